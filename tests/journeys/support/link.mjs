// A link between a spot and the hub that can be cut: a forwarder on loopback.

import { connect, createServer } from 'node:net';

export class Link {
  #server = null;
  #carried = new Set();

  constructor(port, to) { this.port = port; this.to = to; }

  /** Listens on a free port and forwards to the other. `to` may be set later. */
  static async open(to = 0) {
    const link = new Link(0, to);
    await link.restore();
    return link;
  }

  get isUp() { return this.#server !== null; }

  /** Drops what is carried and refuses what is new. */
  async cut() {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#carried) socket.destroy();
    this.#carried.clear();
    if (server) await new Promise((done) => server.close(done));
  }

  /** Drops what is carried, but takes new connections: a hiccup. */
  hiccup() {
    for (const socket of this.#carried) socket.destroy();
  }

  async restore() {
    if (this.#server) return;
    const server = createServer((near) => this.#carry(near));
    await new Promise((done, failed) => { server.once('error', failed); server.listen(this.port, '127.0.0.1', done); });
    this.port = server.address().port;
    this.#server = server;
  }

  #carry(near) {
    const far = connect(this.to, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      this.#carried.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => { this.#carried.delete(one); other.destroy(); });
      one.pipe(other);
    }
  }
}
