// What becomes of a request: it is withdrawn, followed up, sent back and corrected, handed to another desk.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { iban } from './support/numbers.mjs';
import { CARMO, ZE } from './support/people.mjs';
import { openRequest, recordHealthCard, recordHousingAid } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const [WRONG, RIGHT] = ['0035000000000000177', '0010000000000000333'].map(iban);
const grouped = (value) => value.replace(/(.{4})/g, '$1 ').trim();

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.links = { van: await it.place.link(it.hub), home: await it.place.link(it.hub) };
  it.van = await it.place.spot('movel-07', { link: it.links.van });
  it.home = await it.place.spot('solidario-02', { link: it.links.home });
  await Promise.all([it.van.start(), it.home.start()]);
  it.desks = { van: await Desk.open(it.browser, it.van, 'Ana Martins'), home: await Desk.open(it.browser, it.home, 'Rui Pires') };
  it.photo = await it.browser.picture();
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);
/** What waits for a desk; the page is loaded again now and then, as a person does who waits long. */
function waits(desk, words) {
  let loaded = Date.now();
  const read = async () => {
    if (Date.now() - loaded > 8_000) { await desk.today(); loaded = Date.now(); }
    return desk.text('#mensagens');
  };
  return eventuallySays('Por tratar', read, words, 60_000);
}
const proven = (desk) => desk.stripSays(/nada por enviar.*provado/, 30_000);

test('a citizen withdraws without a network, and the page says how far that is', { timeout: 180_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const { van } = it.desks;
  await proven(van);
  await it.links.van.cut();
  await van.stripSays('sem rede', 20_000);
  const number = await recordHealthCard(van, CARMO);
  await openRequest(van, number);
  await van.press('Desistir do pedido');
  await look(van, 'withdrawing');
  // Nothing is withdrawn by one click: it asks for who, why and whether that is sure.
  await van.page.locator('form[data-once] :required').evaluateAll((all) => all.forEach((e) => { e.required = false; }));
  await van.fill({ Motivo: 'Já não vai viajar.' });
  await van.press('Desistir do pedido');
  await eventuallySays('without being sure', () => van.text('[role=alert]'), /tem a certeza/);
  await look(van, 'withdrawing, refused');
  assert.equal(await van.field('Motivo').inputValue(), 'Já não vai viajar.');
  await van.fill({ 'Quem diz que desiste': 'a própria' });
  await van.page.getByLabel(/tem a certeza/).check();
  await van.press('Desistir do pedido');
  assert.match(await van.text('.page-head'), /retirado/);
  assert.match(await van.text('#aviso'), /O cidadão desistiu deste pedido\. Di-lo a própria.*ainda não chegou à central nem à entidade/);
  assert.match(await van.text('#historia'), /desistiu do pedido; di-lo a própria.*Já não vai viajar/);
  assert.equal(await van.page.getByText('Corrigir', { exact: false }).count(), 0, 'nothing is corrected any more');
  await look(van, 'withdrawn');

  await it.links.van.restore();
  await eventuallySays('the notice', () => van.text('#aviso'), /A central já recebeu a desistência\. A entidade ainda não disse/, 30_000);
});

test('what the hub sends back comes to its own desk, is corrected and handed in again', { timeout: 240_000 }, async () => {
  const { van, home } = it.desks;
  it.number = await recordHousingAid(van, ZE, { iban: WRONG, photo: it.photo });
  await proven(van);
  const operator = await Console.open(it.browser, it.hub);
  await operator.page.goto(`${operator.url}/pedidos?q=${it.number}`);
  await look(operator, 'console, requests');
  await operator.press(it.number);
  await look(operator, 'console, a request');
  const answer = operator.page.locator('.answer', { has: operator.page.getByRole('heading', { name: 'IBAN em seu nome' }) });
  await answer.locator('summary').click();
  const reason = answer.getByLabel('Porque não pode ser assim');
  await reason.evaluate((e) => { e.required = false; });
  await operator.follow(() => answer.getByRole('button', { name: 'Devolver' }).click());
  await eventuallySays('without a reason', () => operator.text('[role=alert]'), /Escreva porque/);
  await look(operator, 'console, a return refused');
  await reason.fill('O banco diz que a conta não existe.');
  await operator.follow(() => answer.getByRole('button', { name: 'Devolver' }).click());
  assert.match(await operator.text('#aviso'), new RegExp(`Devolvido a Espaço Móvel 07.*${grouped(WRONG)}`));

  await van.today();
  await waits(van, new RegExp(`Devolvido: IBAN em seu nome.*${grouped(WRONG)}.*a conta não existe`));
  await look(van, 'today with returned work');
  await home.today();
  assert.doesNotMatch(await home.text('#mensagens'), /Devolvido/, 'it is not its work');
  await openRequest(home, it.number);
  await eventuallySays('the other desk', () => home.text('#aviso'), /Está com Espaço Móvel 07/, 20_000);
  await van.press(`Pedido ${it.number}`);
  assert.match(await van.text('.page-head'), /devolvido/);
  await look(van, 'a returned request');
  it.browser.expect(REFUSED(409));
  await van.press('Entregar de novo');
  await eventuallySays('nothing corrected', () => van.text('main'), /ainda está como foi recusado/);
  await openRequest(van, it.number);
  // The field is open already: nobody looks for it.
  const field = van.page.locator('.answer', { has: van.page.getByRole('heading', { name: 'IBAN em seu nome' }) });
  assert.match(await field.innerText(), /recusado:/);
  await field.getByLabel('Valor certo').fill(RIGHT);
  await field.getByLabel('Motivo').fill('Enganou-se no papel.');
  await van.follow(() => field.getByRole('button', { name: 'Corrigir' }).click());
  assert.match(await van.text('#aviso'), /Já corrigido; falta entregar de novo/);
  await van.press('Entregar de novo');
  assert.doesNotMatch(await van.text('.page-head'), /devolvido/);
  assert.match(await van.text('#historia'), new RegExp(`não pode ser ${grouped(WRONG)}.*Entregue de novo, corrigido`), 'what was refused is kept');
  await eventuallySays('the state', () => van.text('.page-head'), /recebido pela central/, 30_000);
  await eventuallySays('the console', () => operator.text('#historia'), /Entregue de novo/, 30_000);
});

test('a follow-up waits for its day, and is seen', { timeout: 120_000 }, async () => {
  const { van } = it.desks;
  await openRequest(van, it.number);
  await van.page.locator('summary', { hasText: 'Seguimento' }).click();
  const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });
  await van.fill({ 'O que aconteceu, ou o que é preciso ver': 'Ver se a vistoria foi marcada.', 'Ver de novo a partir de': today });
  await van.press('Juntar seguimento');
  assert.match(await van.text('#notas'), /Ver se a vistoria foi marcada/);
  await van.today();
  await waits(van, /Ver desde .*Ver se a vistoria foi marcada/);
  await van.press(/^Visto/);
  await van.today();
  await waits(van, 'Nada por tratar');
});

test('a case is handed over without a network, arrives with the next exchange and is taken over', { timeout: 240_000 }, async () => {
  const { van, home } = it.desks;
  // Who wrote of it is known by name.
  await openRequest(home, it.number);
  await home.field('Juntar uma nota').fill('Mora agora no lar.');
  await home.press(/^Juntar nota/);
  await openRequest(van, it.number);
  await eventuallySays('the note', () => van.text('#notas'), /Mora agora no lar/, 20_000);
  await it.links.van.cut();
  await van.stripSays('sem rede', 20_000);
  await van.press('Entregar a outro balcão');
  await look(van, 'handing over');
  await van.page.getByLabel('Espaço Solidário 02').check();
  await van.fill({ 'O que o outro balcão precisa de saber': 'A vistoria é na quinta.' });
  await van.press(/^Entregar( \S+)?$/);
  assert.match(await van.text('#aviso'), /Entregue a Espaço Solidário 02, que ainda não o assumiu\. «A vistoria é na quinta\.»/);
  await look(van, 'handed over');
  await home.today();
  assert.doesNotMatch(await home.text('#mensagens'), /A vistoria é na quinta/);
  await it.links.van.restore();
  await waits(home, /Entregue a Espaço Solidário 02.*A vistoria é na quinta/);
  await look(home, 'today with a case that comes');
  await home.press(/^Assumir/);
  assert.match(await home.text('#historia'), /Assumido neste balcão/);
  await eventuallySays('the first desk', () => van.text('#historia'), /Assumido neste balcão/, 30_000);
  assert.doesNotMatch(await van.text('#aviso'), /ainda não o assumiu/);
});

test('a draft is parked and goes on', { timeout: 120_000 }, async () => {
  const { home } = it.desks;
  await home.nextCitizen();
  await home.identify({ ...CARMO, 'Nome completo': 'Ilda Encarnação' });
  await home.begin('Cartão Europeu de Seguro de Doença');
  await home.today();
  await home.press('Ilda Encarnação');
  await home.press(/^Parar ou entregar/);
  await look(home, 'a draft');
  await home.page.locator('summary', { hasText: 'Parar' }).click();
  await home.fill({ 'O que falta para continuar': 'Falta o cartão antigo.' });
  await home.press('Parar o pedido');
  await waits(home, /Parado Falta o cartão antigo\. Rui Pires.*Ilda Encarnação/);
  await look(home, 'today with a parked draft');
  await home.page.locator('#mensagens').getByRole('button', { name: /^Retomar/ }).click();
  await home.page.waitForURL(/formulario/);
  await home.today();
  assert.doesNotMatch(await home.text('#mensagens'), /Parado/);
});

test('the pages are in order', () => {
  assert.ok(audit.looked.length >= 12, audit.looked.join(', '));
  audit.assertClean();
});
