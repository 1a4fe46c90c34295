// Programs under test: started with their lines read, ended by their id, also when a test fails.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Everything that still runs; nothing outlives this process. */
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export class Program {
  #lines = [];
  #waiting = [];
  #ended = false;

  /** Starts a program; what it says on standard error goes to `log`. */
  constructor(command, args, { log, env = {}, cwd } = {}) {
    this.name = command;
    this.child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(this.child);
    // It may be gone when something is said to it.
    this.child.stdin.on('error', () => {});
    this.child.stderr.pipe(createWriteStream(log, { flags: 'a' }));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#hear(line));
    this.exit = new Promise((done) => {
      this.child.once('error', (error) => done({ error }));
      this.child.once('exit', (code, signal) => done({ code, signal }));
    }).then((how) => {
      running.delete(this.child);
      this.#ended = true;
      for (const { missed } of this.#waiting.splice(0)) missed(new Error(`${this.name} ended: ${JSON.stringify(how)}`));
      return how;
    });
  }

  get pid() { return this.child.pid; }
  get isRunning() { return !this.#ended; }

  #hear(line) {
    const next = this.#waiting.shift();
    if (next) next.got(line);
    else this.#lines.push(line);
  }

  /** The next line that it prints. */
  line(withinMs) {
    if (this.#lines.length > 0) return Promise.resolve(this.#lines.shift());
    if (this.#ended) return Promise.reject(new Error(`${this.name} has ended`));
    return new Promise((got, missed) => {
      const entry = { got: (line) => { clearTimeout(timer); got(line); }, missed: (error) => { clearTimeout(timer); missed(error); } };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        missed(new Error(`${this.name} said nothing within ${withinMs} ms`));
      }, withinMs);
      this.#waiting.push(entry);
    });
  }

  say(line) { this.child.stdin.write(`${line}\n`); }

  /** As a power cut. */
  async kill() {
    this.child.kill('SIGKILL');
    return this.exit;
  }

  /** Closes its input, which tells it to end; kills it when it does not. */
  async end(withinMs = 5000) {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), withinMs);
    const how = await this.exit;
    clearTimeout(timer);
    return how;
  }
}

/** Runs a program to its end; gives what it printed. */
export async function run(command, args, { input = '', withinMs = 30_000 } = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: withinMs, killSignal: 'SIGKILL' });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => { out += piece; });
  child.stderr.on('data', (piece) => { err += piece; });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise((done, failed) => { child.once('error', failed); child.once('close', done); });
  running.delete(child);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${err || out}`);
  return out.trim();
}
