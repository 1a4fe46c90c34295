// Two desks on one draft, and a session that ends while somebody types.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { REFUSED } from './support/browser.mjs';
import { Desk } from './support/desk.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

/** Holds back what a page sends, as a slow way to the node does, until it is let go. */
async function holdBack(page) {
  let letGo;
  const gate = new Promise((open) => { letGo = open; });
  await page.route('**/rascunho/**', async (route) => { await gate; await route.continue(); });
  return letGo;
}

/** Both desks at the identification of one citizen. */
async function bothAtTheForm() {
  const ana = await Desk.open(it.browser, it.spot, 'Ana Martins');
  await ana.nextCitizen();
  await ana.press('Identificar o cidadão');
  await ana.type('Nome completo', 'Rosa');
  await ana.kept('full-name');
  const rui = await Desk.open(it.browser, it.spot, 'Rui Pires');
  await rui.page.goto(ana.page.url());
  return { ana, rui };
}

const elsewhere = (desk) => desk.text('[data-elsewhere="full-name"]');

/** Both write the name; Rui's letters reach the node after Ana's. */
async function collide() {
  const { ana, rui } = await bothAtTheForm();
  const letGo = await holdBack(rui.page);
  await rui.field('Nome completo').fill('Rosa Maria');
  await ana.field('Nome completo').fill('Rosa Marta');
  await ana.kept('full-name');
  letGo();
  await eventuallySays('Rui’s field', () => elsewhere(rui), /Ana Martins escreveu entretanto «Rosa Marta»/);
  assert.equal(await rui.field('Nome completo').inputValue(), 'Rosa Maria', 'what Rui typed stays in the field');
  assert.equal(await ana.field('Nome completo').inputValue(), 'Rosa Marta', 'and Ana’s at hers');
  return { ana, rui };
}

test('both are told that the other is there, and what one writes comes to the other', { timeout: 40_000 }, async () => {
  const { ana, rui } = await bothAtTheForm();
  await eventuallySays('Rui is told', () => rui.text('#tambem-aberto'), /Ana Martins também tem este formulário aberto/);
  await rui.type('Data de nascimento', '01/02/1940');
  await eventually('Ana sees it', async () => (await ana.field('Data de nascimento').inputValue()) === '01/02/1940');
  await eventuallySays('Ana is told who', () => ana.savedAt('birth-date'), 'Rui Pires está a escrever');
  await ana.type('Nome completo', ' Vaz');
  await eventually('Rui sees it', async () => (await rui.field('Nome completo').inputValue()) === 'Rosa Vaz');
});

test('writing the same field: the second is asked, and may take the other’s', { timeout: 40_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const { ana, rui } = await collide();
  await rui.page.getByRole('button', { name: 'Ficar com «Rosa Marta»' }).click();
  assert.equal(await rui.field('Nome completo').inputValue(), 'Rosa Marta');
  await rui.page.reload();
  assert.equal(await rui.field('Nome completo').inputValue(), 'Rosa Marta');
  assert.equal(await ana.field('Nome completo').inputValue(), 'Rosa Marta');
});

test('or keep the own, and then the other desk has it', { timeout: 40_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const { ana, rui } = await collide();
  await rui.page.getByRole('button', { name: 'Manter «Rosa Maria»' }).click();
  await rui.kept('full-name');
  await eventually('Ana sees it', async () => (await ana.field('Nome completo').inputValue()) === 'Rosa Maria');
});

test('typing on decides nothing: the other’s words are not written over unasked', { timeout: 40_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const { ana, rui } = await collide();
  await rui.type('Nome completo', ' Pia');
  await eventuallySays('the choice', () => elsewhere(rui), /Manter «Rosa Maria Pia»/);
  assert.equal(await ana.field('Nome completo').inputValue(), 'Rosa Marta');
  // Nor does going on.
  await rui.control(/^Continuar/).click();
  await eventually('the choice has the focus', () => rui.page.evaluate(() => Boolean(document.activeElement?.closest('[data-elsewhere="full-name"]'))));
  // What Ana writes now is what Rui is offered.
  await ana.field('Nome completo').fill('Rosa Marta Reis');
  await eventuallySays('the choice', () => elsewhere(rui), /Ficar com «Rosa Marta Reis»/);
  await rui.page.getByRole('button', { name: 'Manter «Rosa Maria Pia»' }).click();
  await eventually('Ana sees it', async () => (await ana.field('Nome completo').inputValue()) === 'Rosa Maria Pia');
});

test('letters that were on their way when the other wrote are asked about too', { timeout: 40_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const { ana, rui } = await bothAtTheForm();
  // The first letter is on its way, the next ones wait behind it, when Ana's come in.
  const letGo = await holdBack(rui.page);
  await rui.field('Nome completo').fill('Rosa P');
  await rui.field('Nome completo').fill('Rosa Pinto');
  await ana.field('Nome completo').fill('Rosa Marta');
  await ana.kept('full-name');
  letGo();
  await eventuallySays('Rui’s field', () => elsewhere(rui), /Ana Martins escreveu entretanto «Rosa Marta».*Manter «Rosa Pinto»/);
  assert.equal(await ana.field('Nome completo').inputValue(), 'Rosa Marta');
});

test('going on with a page that has not heard of the other’s words does not undo them', { timeout: 40_000 }, async () => {
  const { ana, rui } = await bothAtTheForm();
  // Rui's page hears nothing any more, as after a sleep of his computer.
  await rui.page.route('**/eventos*', (route) => route.abort());
  it.browser.expect(/ERR_FAILED/);
  await rui.page.reload();
  await ana.field('Nome completo').fill('Rosa Marta Reis');
  await ana.kept('full-name');
  await rui.field('Data de nascimento').fill('01/02/1940');
  await rui.kept('birth-date');
  await rui.onward();
  assert.match(await rui.text('main'), /Rosa Marta Reis/);
});

test('a session that ends elsewhere keeps what is typed, and takes it in after signing in again', { timeout: 40_000 }, async () => {
  it.browser.expect(REFUSED(401));
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.type('Nome completo', 'Deolinda');
  await desk.kept('full-name');

  const other = new Desk(await desk.context.newPage(), it.spot.url);
  await other.today();
  await other.press('Sair');
  await desk.type('Nome completo', ' Rebocho');
  await eventuallySays('the page', () => desk.text('#sessao'), /A sessão terminou\. O que escreveu está nesta página/);
  await eventuallySays('the field', () => desk.savedAt('full-name'), 'não guardado');
  assert.equal(await desk.field('Nome completo').inputValue(), 'Deolinda Rebocho');

  // Too early: it says so instead of doing nothing.
  await desk.page.getByRole('button', { name: 'Já entrei: guardar' }).click();
  await eventuallySays('too early', () => desk.text('#sessao'), /Ainda não entrou/);

  const [door] = await Promise.all([desk.context.waitForEvent('page'), desk.page.getByRole('link', { name: 'Entrar de novo' }).click()]);
  await door.waitForLoadState();
  const again = new Desk(door, it.spot.url);
  await again.signIn('Ana Martins');
  await desk.type('Nome completo', ' e Sá');
  await desk.page.getByRole('button', { name: 'Já entrei: guardar' }).click();
  await desk.kept('full-name');
  await desk.page.reload();
  assert.equal(await desk.field('Nome completo').inputValue(), 'Deolinda Rebocho e Sá');
});
