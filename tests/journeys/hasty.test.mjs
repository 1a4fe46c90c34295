// Hands that are quicker than the page, and pages that are older than the record: twice on the same button, back after
// it was recorded, a whole document pasted into a field, a session that ends between two keys. One request comes of it,
// and nothing that was typed is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { REFUSED } from './support/browser.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

const RECORD = 'Registar o pedido';

/** A health card that the citizen has confirmed: the next click records it. */
async function confirmed(name) {
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.identify({ ...CARMO, 'Nome completo': name });
  await desk.begin('Cartão Europeu de Seguro de Doença');
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 3', 'Código postal': '8550-000', Localidade: 'Monchique' });
  await desk.onward();
  await desk.byWord();
  await desk.papersSeen();
  return desk;
}

/** The numbers of the requests that stand under a name. */
async function recorded(desk, name) {
  await desk.page.goto(`${desk.url}/pedidos?q=${encodeURIComponent(name)}`);
  return [...new Set((await desk.text('main')).match(/M07-[0-9A-Z-]+/g) ?? [])];
}

test('who clicks twice on «Registar» records once, also from two windows at the same time', { timeout: 60_000 }, async () => {
  const desk = await confirmed('Celeste Apressada');
  await desk.follow(() => desk.control(RECORD).dblclick());
  assert.match(await desk.text('.receipt'), /Celeste Apressada/);
  assert.equal((await recorded(desk, 'Celeste Apressada')).length, 1);

  // Without the script's guard, and from a second window that shows the same page.
  const other = await confirmed('Dulce Dobrada');
  const twin = new Desk(await other.context.newPage(), other.url);
  await twin.page.goto(other.page.url());
  await Promise.all([other, twin].map((d) => d.follow(() => d.page.locator('form[action$="/registar"]').evaluate((form) => form.submit()))));
  const numbers = await Promise.all([other, twin].map((d) => d.text('.big-number')));
  assert.equal(numbers[0], numbers[1], 'both windows show the same receipt');
  assert.deepEqual(await recorded(other, 'Dulce Dobrada'), [numbers[0]]);
});

test('back after recording: the pages of before record nothing more, and say that it is done', { timeout: 60_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const desk = await confirmed('Firmina Volta');
  const number = await desk.record();
  await desk.page.goBack();
  // What was checked comes again as it was, or as the receipt: either way the button gives the same number.
  const again = desk.control(RECORD);
  if (await again.count() > 0) await desk.follow(() => again.click());
  assert.equal(await desk.text('.big-number'), number);
  // Further back, a step of it is no form any more.
  const step = `${desk.page.url().replace('/comprovativo/', '/formulario/')}/address`;
  for (let back = 0; back < 5 && desk.page.url() !== step; back += 1) await desk.page.goBack();
  assert.equal(desk.page.url(), step);
  assert.match(await desk.text('main'), /já foi registado. Para mudar um valor, abra-o em «Pedidos» e corrija-o lá/);
  assert.deepEqual(await recorded(desk, 'Firmina Volta'), [number]);
});

test('a document of 100 kB that is pasted into a field is refused in words, and stays until it is shorter', { timeout: 60_000 }, async () => {
  it.browser.expect(REFUSED(413), REFUSED(422));
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Reclamação, elogio ou sugestão');
  await desk.choose('É', 'Um elogio');
  await desk.fill({ 'Serviço público': 'Junta de Alferce', 'Data em que lá foi': '01/11/2026' });
  const said = 'Foram muito atenciosos comigo. ';
  const pasted = said.repeat(Math.ceil((100 << 10) / said.length));
  const field = desk.field('Por palavras suas');
  await field.focus();
  await desk.page.keyboard.insertText(pasted);
  await eventuallySays('the field', () => desk.savedAt('text'), /não guardado: É longo de mais.*Encurte o texto: o que escreveu está nesta página/);
  await desk.control('Continuar').click();
  await eventuallySays('the field', () => desk.savedAt('text'), /longo de mais para se enviar \(mais de 64 kB\)/);
  assert.ok(await field.evaluate((e) => e === document.activeElement), 'the cursor is where it is too long');
  assert.equal(await field.inputValue(), pasted, 'nothing of it is cut off');
  // Shorter, but not short enough to be an answer: refused by the node, and still there.
  await field.fill(pasted.slice(0, 5000));
  await desk.kept('text');
  await desk.onward();
  assert.match(await desk.errorAt('Por palavras suas'), /cabem 4000 caracteres; escreveu \d+/);
  assert.equal((await field.inputValue()).length, 5000);
  await field.fill(said);
  await desk.onward();
  assert.equal(await desk.heading(), 'Resposta');
});

test('a session that ends between two keys: going on waits, and loses nothing', { timeout: 60_000 }, async () => {
  it.browser.expect(REFUSED(401));
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.type('Nome completo', 'Deolinda');
  await desk.kept('full-name');
  const other = new Desk(await desk.context.newPage(), it.spot.url);
  await other.today();
  await other.press('Sair');
  await desk.fill({ 'Nome completo': 'Deolinda Rebocho', 'Data de nascimento': '03/04/1951' });
  await eventuallySays('the page', () => desk.text('#sessao'), /A sessão terminou/);
  await desk.control('Continuar').click();
  assert.ok(await desk.page.getByRole('link', { name: 'Entrar de novo' }).evaluate((e) => e === document.activeElement), 'the way in has the focus');
  assert.equal(await desk.field('Nome completo').inputValue(), 'Deolinda Rebocho');
  await other.signIn('Ana Martins');
  await desk.page.getByRole('button', { name: 'Já entrei: guardar' }).click();
  await desk.kept('full-name');
  await desk.onward();
  assert.equal(await desk.heading(), 'Deolinda Rebocho');

  // Sent before the page could know: what was typed comes back to be copied, as nowhere else has it.
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await other.today();
  await other.press('Sair');
  await desk.page.locator('form.step').evaluate((form) => { form.querySelector('[name="f.full-name"]').value = 'Benilde Ferraz'; });
  await desk.follow(() => desk.page.locator('form.step').evaluate((form) => form.submit()));
  assert.match(await desk.text('main'), /A sessão terminou.*entre de novo.*O que escreveu.*Não foi guardado.*Nome completo Benilde Ferraz/);
  await desk.press('Ir para a página de hoje');
  assert.equal(await desk.heading(), 'Entrar');
});
