// A new machine becomes a spot: the administrator makes a code, the machine makes its own key and enrols, and appears on the
// map. Then it is told to send what helps to find a fault, and to lay down what it holds of people.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { vereda } from './support/node.mjs';
import { Program } from './support/processes.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const it = stage(async (it) => {
  it.hub = await it.place.hub({ scopes: ['monchique', 'aljezur'] });
  it.door = await freePort();
  it.hub.config += `\n[enrolment]\nlisten = "127.0.0.1:${it.door}"\naddress = "127.0.0.1:${it.door}"\nhub = "127.0.0.1:${it.hub.syncPort}"\nauthority_key = "${join(it.place.dir, 'authority', 'authority.key')}"\n`;
  await it.hub.start();
  it.administrator = await Console.open(it.browser, it.hub);
  it.folder = join(it.place.dir, 'novo');
  await mkdir(it.folder);
  await cp(join(it.hub.dir, 'catalogue'), join(it.place.dir, 'catalogo'), { recursive: true });
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

/** Enrols the machine; gives what was said. */
function enrols(code) {
  return new Promise((done) => {
    const child = spawn(vereda(), ['enrol', '--hub', `127.0.0.1:${it.door}`, '--code', code, '--folder', it.folder,
      '--web', `127.0.0.1:${it.web}`, '--catalogue', join(it.place.dir, 'catalogo')]);
    let said = '';
    child.stdout.on('data', (bytes) => { said += bytes; });
    child.stderr.on('data', (bytes) => { said += bytes; });
    child.on('close', (status) => done({ status, said }));
  });
}

test('an administrator makes a code, which is shown once', { timeout: 120_000 }, async () => {
  const { browser, administrator } = it;
  await administrator.press(/^Postos/);
  await administrator.press('Inscrever um posto');
  await look(administrator, 'the form of a new spot');
  const fill = (label, value) => administrator.page.getByLabel(label).fill(value);
  await fill('Nome', 'Espaço Móvel 09');
  await fill('Identificador', 'central');
  await fill('Começo dos números', 'M09');
  await administrator.page.getByLabel('monchique').check();
  await fill('Lugar', 'Alferce');
  await fill('Posição no mapa', '37,3337; -8,4889');
  browser.expect(REFUSED(422));
  await administrator.press('Fazer o código');
  assert.match(await administrator.text('#erro'), /Já há, ou já houve, um posto com esse identificador/);
  await look(administrator, 'an id that is taken');
  assert.equal(await administrator.page.getByLabel('Lugar').inputValue(), 'Alferce');
  await fill('Identificador', 'movel-09');
  await administrator.press('Fazer o código');
  it.code = (await administrator.text('#codigo')).trim();
  assert.match(it.code, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){4}$/);
  assert.match(await administrator.text('main'), new RegExp(`vereda enrol --hub 127.0.0.1:${it.door} --code ${it.code}`));
  await look(administrator, 'the code');
  await administrator.page.goto(`${administrator.url}/postos/inscrever`);
  assert.match(await administrator.text('#codigos'), /Espaço Móvel 09 \(movel-09\).*vale até às/);
  assert.doesNotMatch(await administrator.text('main'), new RegExp(it.code));
  await look(administrator, 'the codes that were made');
});

test('the machine enrols with it, once, starts, and is on the map', { timeout: 180_000 }, async () => {
  const { administrator } = it;
  it.web = await freePort();
  const wrong = await enrols(`${it.code.slice(0, 10)}0000-0000-0000`);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.said, /is not the hub of this code.*nothing was sent/);
  const good = await enrols(it.code);
  assert.equal(good.status, 0, good.said);
  assert.match(good.said, /vereda spot --config/);
  assert.equal((await stat(join(it.folder, 'keys', 'node.key'))).mode & 0o077, 0);
  assert.match(await readFile(join(it.folder, 'config.toml'), 'utf8'), /id = "movel-09"/);
  it.spot = new Program(vereda(), ['spot', '--config', join(it.folder, 'config.toml'), '--stop-with-stdin'], { log: join(it.folder, 'node.log') });
  await administrator.page.goto(`${administrator.url}/postos`);
  await eventuallySays('the fleet', () => administrator.text('#lista'), /Espaço Móvel 09 .*nada por enviar/, 60_000);
  assert.match(await administrator.page.locator('.fleet-map svg title').first().textContent(), /Espaço Móvel 09/);
  await look(administrator, 'the new spot on the map');
  await administrator.page.goto(`${administrator.url}/postos/inscrever`);
  assert.match(await administrator.text('#codigos'), /inscreveu-se/);
});

test('it is told to send a diagnosis, and does', { timeout: 120_000 }, async () => {
  const { browser, administrator } = it;
  await administrator.page.goto(`${administrator.url}/posto/movel-09`);
  await administrator.press('Ver e dar ordens');
  await look(administrator, 'no orders yet');
  await administrator.press('Dar a ordem');
  await eventuallySays('the orders', () => administrator.text('#dadas'), /Enviar um diagnóstico.*Pedida por Teresa Nunes.*O posto ouviu.*Feita/, 60_000);
  await look(administrator, 'a diagnosis');
  const [download] = await Promise.all([administrator.page.waitForEvent('download'), administrator.page.getByRole('link', { name: 'Guardar o diagnóstico' }).click()]);
  const { size } = await stat(await download.path());
  assert.ok(size > 300 && size < 1 << 20, `${size} bytes`);
  // What it holds of people goes when two people say so; nothing is ordered without a reason.
  await administrator.page.getByLabel(/^Largar o que tem de pessoas/).check();
  browser.expect(REFUSED(422));
  await administrator.press('Dar a ordem');
  assert.match(await administrator.text('#erro'), /Escreva porquê/);
  await look(administrator, 'an order without a reason');
  await administrator.page.getByLabel('Porquê').fill('A junta fechou.');
  await administrator.press('Dar a ordem');
  assert.match(await administrator.text('#dadas'), /A junta fechou\..*Espera por uma segunda pessoa/);
  const second = await Console.open(browser, it.hub, 'Vasco Rebelo');
  await second.page.goto(`${second.url}/posto/movel-09/ordens`);
  await look(second, 'an order that waits for the second person');
  await second.press(/^Concordo/);
  await eventuallySays('the orders', () => administrator.text('#dadas'), /Vasco Rebelo concordou.*O posto ouviu/, 60_000);
  await look(administrator, 'an order that was heard');
});

test('the pages are in order', async () => {
  await it.spot?.end?.();
  audit.assertClean();
});
