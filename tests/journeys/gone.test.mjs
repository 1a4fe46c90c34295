// A record that is settled or erased elsewhere while it is open here: the page says so by itself, leads on, and keeps
// what is being typed.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Desk } from './support/desk.mjs';
import { vereda } from './support/node.mjs';
import { CARMO } from './support/people.mjs';
import { run } from './support/processes.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.spot = await it.place.spot('movel-07', { link: await it.place.link(it.hub) });
  await it.spot.start();
});

const audit = new Audit();
const gone = (desk) => desk.text('#foi-se');

/** Both desks at the address of a health card. */
async function bothAtTheAddress() {
  const ana = await Desk.open(it.browser, it.spot, 'Ana Martins');
  await ana.nextCitizen();
  await ana.identify(CARMO);
  await ana.begin('Cartão Europeu de Seguro de Doença');
  await ana.onward();
  const rui = await Desk.open(it.browser, it.spot, 'Rui Pires');
  await rui.page.goto(ana.page.url());
  return { ana, rui };
}

test('a request that another desk records is no longer filled in here', { timeout: 90_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const { ana, rui } = await bothAtTheAddress();
  await rui.type('Rua, número e andar', 'Rua da Fonte, 3');
  await rui.kept('address');
  await ana.fill({ 'Código postal': '8550-000', Localidade: 'Monchique' });
  await ana.onward();
  await ana.byWord();
  const number = await ana.record();
  await eventuallySays('Rui is told', () => gone(rui), /já não se preenche aqui.*já foi registado/);
  assert.equal(await rui.field('Rua, número e andar').inputValue(), 'Rua da Fonte, 3', 'what he typed is on his page');
  await audit.look(rui.page, 'recorded elsewhere');
  // Going on leads nowhere but there.
  await rui.field('Rua, número e andar').press('Enter');
  assert.match(rui.page.url(), /\/formulario\//);
  await rui.press('Ver o pedido');
  assert.match(await rui.text('.page-head'), new RegExp(number));
});

test('what is erased while it is open goes, and the page says so', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(404));
  const { ana, rui } = await bothAtTheAddress();
  const [, form] = ana.page.url().match(/\/formulario\/([0-9a-f]{64})/);
  const third = await Desk.open(it.browser, it.spot, 'Ana Martins');
  await third.page.goto(`${third.url}/pedido/${form}`);
  assert.match(await third.text('main'), /Maria do Carmo/);
  await ana.type('Localidade', 'Monch');
  await ana.kept('locality');
  await ana.stripSays(/nada por enviar.*provado/, 40_000);
  // The hub is not asked while it runs.
  await it.hub.end();
  await run(vereda(), ['erase', '--config', join(it.hub.dir, 'config.toml'), '--record', form, '--reason', 'a pedido do cidadão']);
  await it.hub.start();
  for (const desk of [ana, rui]) {
    await eventuallySays('the desk is told', () => gone(desk), /já não está neste posto: foi apagado/, 30_000);
  }
  assert.equal(await ana.field('Localidade').inputValue(), 'Monch');
  await eventuallySays('who only looks', () => third.text('#ligacao'), /já não está neste posto/);
  assert.doesNotMatch(await third.text('#respostas'), /Maria do Carmo|1951/, 'nothing of it is in sight');
  await audit.look(ana.page, 'erased elsewhere');
  await ana.press('Voltar a Hoje');
  audit.assertClean();
});
