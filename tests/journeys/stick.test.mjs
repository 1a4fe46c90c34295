// No network for days: the work goes to the hub on a memory stick, by way of another spot, and the receipt comes back.

import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.van = await it.place.spot('movel-07');
  it.home = await it.place.spot('solidario-02', { link: it.link });
  await Promise.all([it.van.start(), it.home.start()]);
  it.desks = { van: await Desk.open(it.browser, it.van, 'Ana Martins'), home: await Desk.open(it.browser, it.home, 'Rui Pires') };
  it.pen = join(it.place.dir, 'pen');
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

test('what is unsent is put on a stick that was plugged in meanwhile', { timeout: 120_000 }, async () => {
  const { van } = it.desks;
  it.number = await recordHealthCard(van, CARMO);
  await van.page.getByRole('link', { name: 'Levar numa pen' }).click();
  assert.match(await van.text('#pens'), /Não há nenhuma pen ligada/);
  await look(van, 'no stick');
  await mkdir(it.pen);
  await van.press('Ver outra vez');
  assert.match(await van.text('#pens'), /pen .* livres/);
  await van.press('Guardar nesta pen');
  await eventuallySays('the stick', () => van.text('#com-a-pen'), /Guardado em pen.*\d+ alterações, em 1 ficheiro\. Já pode tirar a pen\..*até voltar o recibo/, 30_000);
  await look(van, 'work on a stick');
  await van.stripSays('1 pedido por enviar', 10_000);
  const files = await readdir(join(it.pen, 'vereda'));
  assert.deepEqual(files.map((name) => name.replace(/-[0-9a-f]{8}-/, '-…-')), ['movel-07-…-001-of-001.vereda-bundle', 'movel-07.vereda-condition'], 'its work, and how it is');
});

test('another spot carries it to the hub, and says what it did not take', { timeout: 120_000 }, async () => {
  const { home } = it.desks;
  await writeFile(join(it.pen, 'férias.vereda-bundle'), 'isto não é uma remessa');
  await home.stripSays('ligado', 30_000);
  await home.page.goto(`${home.url}/pen`);
  await home.press('Ler esta pen');
  await eventuallySays('the files', () => home.text('#com-a-pen'),
    /férias\.vereda-bundle Não se aceitou: está estragado ou incompleto.*É do posto movel-07: segue com este para a central.*Já pode tirar a pen/, 30_000);
  await look(home, 'a stick that was read');
  const operator = await Console.open(it.browser, it.hub);
  await operator.page.goto(`${operator.url}/pedidos`);
  const asked = () => operator.page.evaluate(async () => (await fetch(location.href)).text());
  await eventuallySays('the hub', asked, it.number, 60_000);
  // The receipt is here with the next exchange; it goes back on the same stick.
  const save = async () => { await home.page.goto(`${home.url}/pen`); await home.press('Guardar nesta pen'); return home.text('#com-a-pen'); };
  await eventuallySays('the receipt', save, /1 recibo para outro posto/, 60_000);
  await look(home, 'a receipt on a stick');
});

test('the receipt comes back, and nothing is unsent any more', { timeout: 120_000 }, async () => {
  const { van } = it.desks;
  await van.page.goto(`${van.url}/pen`);
  await van.press('Ler esta pen');
  await eventuallySays('the receipt', () => van.text('#com-a-pen'), /Recibo: a central tem as primeiras \d+ alterações deste posto/, 30_000);
  await look(van, 'a receipt that came back');
  await van.stripSays('nada por enviar', 30_000);
});

test('the pages are in order', () => audit.assertClean());
