// The sample pages that the tests of `web/` dump, served as a node serves its own.

import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.woff2': 'font/woff2' };
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** The folder's pages by name, and where they are served. */
export async function samplePages() {
  const folder = process.env.VEREDA_PAGES;
  if (!folder) throw new Error('set VEREDA_PAGES to where `VEREDA_DUMP_PAGES=… cargo nextest run -p vereda-web dump_pages` wrote');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.html')).map((name) => name.slice(0, -5)).sort();
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    if (path.startsWith('/anexo/')) { response.setHeader('content-type', 'image/png').end(PICTURE); return; }
    try {
      const bytes = await readFile(join(folder, path));
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(bytes);
    } catch { response.writeHead(404).end(); }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { names, url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}
