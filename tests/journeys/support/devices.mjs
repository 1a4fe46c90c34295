// Virtual cards under the real smart card daemon, in namespaces of their own.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Program } from './processes.mjs';

export class Devices {
  /** Starts the daemon and two readers; `env` is what the node needs to find it. */
  static async start() {
    const bin = process.env.VEREDA_DEVICES_BIN;
    if (!bin) throw new Error('set VEREDA_DEVICES_BIN to the devices program');
    const devices = new Devices();
    // A socket's path must be short.
    devices.dir = await mkdtemp(join(tmpdir(), 'vd-'));
    await mkdir(devices.dir, { recursive: true });
    devices.program = new Program(bin, ['--run-dir', devices.dir], { log: join(devices.dir, 'devices.log') });
    const [, name, socket] = /^ok (\w+)=(.+)$/.exec(await devices.program.line(20_000));
    devices.env = { [name]: socket };
    return devices;
  }

  /** One command, such as `insert 0 rosario slow 20`. */
  async tell(command) {
    this.program.say(command);
    const answer = await this.program.line(15_000);
    if (!answer.startsWith('ok')) throw new Error(`${command}: ${answer}`);
    return answer.slice(3);
  }

  async end() {
    await this.program.end();
    await rm(this.dir, { recursive: true, force: true });
  }
}
