// Replicates documents from PouchDB to a CouchDB-protocol server on loopback, both in memory, and
// says as JSON what it took: node replicate.mjs DOCUMENTS, a file with an array of documents. Of those, the last
// HUNDRED are new in a second replication, and a third has nothing new.
import { readFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import express from 'express';
import serverOf from 'express-pouchdb';
import PouchDB from 'pouchdb-core';
import memory from 'pouchdb-adapter-memory';
import http from 'pouchdb-adapter-http';
import replication from 'pouchdb-replication';
import mapreduce from 'pouchdb-mapreduce';

const HUNDRED = 20;
const Pouch = PouchDB.plugin(memory).plugin(http).plugin(replication).plugin(mapreduce);

const app = express();
app.use('/', serverOf(Pouch.defaults({ adapter: 'memory' }), { mode: 'minimumForPouchDB', inMemoryConfig: true }));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');

// A way between the two that counts what passes: bytes of HTTP, without TLS.
const passed = { up: 0, down: 0, requests: 0 };
const way = createServer((from) => {
  const to = connect(server.address().port, '127.0.0.1');
  from.on('data', (bytes) => { passed.up += bytes.length; });
  to.on('data', (bytes) => { passed.down += bytes.length; });
  from.pipe(to).pipe(from);
  from.on('error', () => to.destroy());
  to.on('error', () => from.destroy());
});
way.listen(0, '127.0.0.1');
await once(way, 'listening');
server.on('request', () => { passed.requests += 1; });

const documents = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const source = new Pouch('spot', { adapter: 'memory' });
const target = new Pouch(`http://127.0.0.1:${way.address().port}/hub`);
await target.info();

async function taken() {
  const [before, began, cpu] = [{ ...passed }, performance.now(), process.cpuUsage()];
  const { docs_written: written, ok } = await source.replicate.to(target);
  if (!ok) throw new Error('it was not replicated');
  const { user, system } = process.cpuUsage(cpu);
  const sums = Object.fromEntries(Object.entries(passed).map(([name, sum]) => [name, sum - before[name]]));
  return { written, ...sums, seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
}

async function put(some) {
  for (const said of await source.bulkDocs(some)) if (said.error) throw new Error(said.message);
}

await put(documents.slice(0, -HUNDRED));
const all = await taken();
await put(documents.slice(-HUNDRED));
const hundred = await taken();
const nothing = await taken();
const held = (await target.info()).doc_count;
if (held !== documents.length) throw new Error(`the server holds ${held} documents of ${documents.length}`);
console.log(JSON.stringify({ all, hundred, nothing, memory: process.resourceUsage().maxRSS * 1024 }));
process.exit(0);
