// Nodes of vereda in folders of their own, made from the demonstration's files.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Link } from './link.mjs';
import { Program, run } from './processes.mjs';

const DEMO = join(dirname(fileURLToPath(import.meta.url)), '../../../images/demo');
const READY_WITHIN_MS = 60_000;

/** The program under test. */
export function vereda() {
  const bin = process.env.VEREDA_BIN;
  if (!bin) throw new Error('set VEREDA_BIN to the vereda program');
  return bin;
}

/** Who may sign in, as the demonstration's staff file has it: name to PIN. */
export const PIN = {};
const template = await readFile(join(DEMO, 'staff.toml'), 'utf8');
for (const block of template.split('[[mediator]]').slice(1)) {
  PIN[/^name = "(.*)"$/m.exec(block)[1]] = /^demo_pin = "(.*)"$/m.exec(block)[1];
}

let hashed;
/** The staff file with hashes. Hashing is slow on purpose, so once a process. */
function staff() {
  hashed ??= (async () => {
    let text = template;
    for (const [line, pin] of template.matchAll(/^demo_pin = "(.*)"$/gm)) {
      text = text.replace(line, `pin = "${await run(vereda(), ['pin'], { input: `${pin}\n` })}"`);
    }
    return text;
  })();
  return hashed;
}

/** A folder with an authority, and the nodes that it enrolled; cleared with `clear()`. */
export class Place {
  nodes = [];
  links = [];

  static async make() {
    const place = new Place();
    place.dir = await mkdtemp(join(tmpdir(), 'vereda-j-'));
    await run(vereda(), ['authority', 'new', '--name', 'Vereda journeys', '--dir', join(place.dir, 'authority')]);
    return place;
  }

  /** A spot. With `link` it reaches the hub through it; else its hub is never there. With `meets` the other spot. With
   * `place` it stands there: its name, stop, zone, languages and kind. */
  async spot(id = 'movel-07', { link, meets, reader = 'none', env, dir, scopes, place } = {}) {
    this.verifyPort ??= await closedPort();
    const hubPort = link?.port ?? (await closedPort());
    const values = { verify_port: this.verifyPort, hub_port: hubPort, peers_port: await closedPort(), meet_port: meets?.port ?? await closedPort(), reader };
    return this.#add(id, 'spot', values, { env, dir, scopes, place });
  }

  async hub({ scopes } = {}) {
    const port = await closedPort();
    this.verifyPort ??= await closedPort();
    const hub = await this.#add('central', 'hub', { verify_port: this.verifyPort, hub_port: port }, { scopes });
    hub.syncPort = port;
    return hub;
  }

  /** A link on which two spots meet; `to` is the port of the one that is called. They are apart at first. */
  async meeting(to) {
    const link = await Link.open(to);
    await link.cut();
    this.links.push(link);
    return link;
  }

  /** A link to the hub that can be cut. */
  async link(hub) {
    const link = await Link.open(hub.syncPort);
    this.links.push(link);
    return link;
  }

  async #add(id, role, values, { env = {}, dir = join(this.dir, id), scopes = ['monchique'], place = {} } = {}) {
    await mkdir(join(dir, 'data'), { recursive: true });
    const authority = join(this.dir, 'authority');
    await run(vereda(), ['authority', 'enrol', '--node', id, '--role', role, ...scopes.flatMap((scope) => ['--scope', scope]),
      ...(role === 'hub' ? ['--dns', 'localhost'] : []), ...(place.zone ? ['--zone', place.zone] : []), '--dir', authority, '--out', join(dir, 'keys')]);
    await cp(join(DEMO, 'catalogue'), join(dir, 'catalogue'), { recursive: true });
    await writeFile(join(dir, 'staff.toml'), await staff());
    const stands = Object.entries(place).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('');
    const known = new RegExp(`^(${Object.keys(place).join('|') || '-'}) = .*\n`, 'gm');
    const config = (await readFile(join(DEMO, `${id}.toml`), 'utf8')).replace(/^\[node\]\n[^[]*/m, (node) => node.replace(known, '').replace('[node]\n', `[node]\n${stands}`)).replace('../authority/', `${authority}/`)
      // No agency asks there, and a port that the system picks may be one that is kept for another door.
      .replace(/^\[agencies\]\n[\s\S]*/m, '')
      .replace(/^scopes = .*$/m, `scopes = ${JSON.stringify(scopes)}`);
    const node = new Node(dir, role, config, { web_port: 0, ...values }, env);
    this.nodes.push(node);
    return node;
  }

  /** Ends everything and removes the folder; says it when a node had ended by itself. */
  async clear() {
    const fallen = this.nodes.filter((node) => node.fell);
    await Promise.all(this.nodes.map((node) => node.end()));
    await Promise.all(this.links.map((link) => link.cut()));
    const logs = await Promise.all(fallen.map((node) => node.log()));
    if (!process.env.VEREDA_KEEP) await rm(this.dir, { recursive: true, force: true });
    if (fallen.length > 0) throw new Error(`a node ended by itself:\n${logs.join('\n')}`);
  }
}

export class Node {
  #program = null;

  constructor(dir, role, config, values, env) {
    Object.assign(this, { dir, role, config, values, env });
  }

  get pid() { return this.#program?.pid; }
  get isRunning() { return this.#program?.isRunning ?? false; }
  /** It was not told to end and has ended. */
  get fell() { return this.#program !== null && !this.#program.isRunning; }

  /** Starts it and waits until it serves; the port stays the same from then on. */
  async start() {
    const config = this.config.replace(/\{(\w+)\}/g, (_, name) => this.values[name]);
    await writeFile(join(this.dir, 'config.toml'), config);
    const [command, ...before] = [...(this.under ?? []), vereda()];
    const args = [...before, this.role, '--config', join(this.dir, 'config.toml'), '--stop-with-stdin'];
    this.#program = new Program(command, args, { log: join(this.dir, 'node.log'), env: this.env });
    try {
      for (;;) {
        const line = await this.#program.line(READY_WITHIN_MS);
        if (!line.startsWith('serving ')) continue;
        this.url = line.slice('serving '.length).trim();
        this.values.web_port = new URL(this.url).port;
        return this;
      }
    } catch (error) {
      await this.kill();
      throw new Error(`${this.role} ${this.dir}: ${error.message}\n${await this.log()}`);
    }
  }

  /** kill -9: the plug is pulled. */
  async kill() {
    const program = this.#program;
    this.#program = null;
    await program?.kill();
  }

  async end() {
    const program = this.#program;
    this.#program = null;
    await program?.end();
  }

  /** What it wrote to its log, the end of it. */
  async log() {
    const text = await readFile(join(this.dir, 'node.log'), 'utf8').catch(() => '');
    return text.split('\n').slice(-30).join('\n');
  }

  /** Most memory that it held, in bytes: ever, or `fromNow` on. */
  async peakMemoryBytes({ fromNow = false } = {}) {
    if (fromNow) await writeFile(`/proc/${this.pid}/clear_refs`, '5');
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }
}

/** A port where nobody listens now. */
async function closedPort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
