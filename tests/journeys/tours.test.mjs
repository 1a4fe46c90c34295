// The hub plans a day and books somebody; the vehicle sees it, serves whom was booked and marks the stop as held without a
// network; the hub, which moved the stop meanwhile, sees that it was held.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays, plain as words } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.operator = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);
const today = () => new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });

const stop = (place, from, to, position = '') => ({
  Dia: today(), Chegada: from, Partida: to, Lugar: place, Concelho: 'Monchique', 'Posição no mapa': position,
});

/** The part of the page about a stop. */
const about = (page, place) => page.locator('.stop', { hasText: place });

/** Cancels a stop. */
async function cancel(who, place, reason) {
  const part = about(who.page, place);
  await part.getByText('Cancelar esta paragem').click();
  await part.getByLabel('Porque não se realiza').fill(reason);
  await who.follow(() => part.getByRole('button', { name: /^Cancelar / }).click());
}

test('the hub plans a day, and what cannot be is said', { timeout: 120_000 }, async () => {
  const { desk, operator, browser } = it;
  await desk.stripSays('provado', 30_000);
  await desk.page.goto(`${desk.url}/percurso`);
  assert.match(await desk.text('#hoje'), /Hoje não há paragens planeadas/);
  await look(desk, 'no tour today');
  await operator.page.goto(`${operator.url}/percursos`);
  await look(operator, 'console, no tours');
  browser.expect(REFUSED(422));
  await operator.page.getByLabel('Quem vai').selectOption({ label: 'Espaço Móvel 07' });
  await operator.fill(stop('Alferce', '10:00', '12:00', '38,5; -11,0'));
  await operator.press('Planear');
  assert.match(await operator.text('[role=alert]'), /fica fora de Portugal, ou no mar/);
  await look(operator, 'console, a tour refused');
  await operator.fill({ 'Posição no mapa': '37,3337; -8,4889', 'O que levar': 'Impressos do apoio à habitação\n50 comprovativos de reserva' });
  await operator.page.getByLabel('Distrito').selectOption('Faro');
  await operator.page.getByText('Serviços que se fazem lá').click();
  await operator.page.getByLabel(/Cartão Europeu/i).check();
  await operator.press('Planear');
  await operator.press('Juntar uma paragem');
  await look(operator, 'console, another stop');
  await operator.fill(stop('Marmelete', '08:30', '09:30', '37,3117; -8,6664'));
  await operator.press('Guardar a paragem');
  await operator.press('Marcar alguém em Alferce');
  await operator.fill({ Nome: 'Maria Rosa', Hora: '10:30', NIF: '123456789', Telefone: '912 345 678' });
  await look(operator, 'console, a booking');
  await operator.page.getByLabel('Serviço').selectOption('cesd');
  await operator.press('Marcar');
  assert.match(await operator.text('#percurso'), /2\. Alferce.*10:30 Maria Rosa/);
  assert.equal(await operator.page.locator('.map svg').count(), 1);
  it.tour = operator.page.url();
  await look(operator, 'console, a tour');
});

test('the vehicle sees its day by itself: the next stop, who is booked, what to bring', { timeout: 120_000 }, async () => {
  const { desk } = it;
  // Nobody loads the page.
  await eventuallySays('the crew', () => desk.text('#hoje'), /A seguir · paragem 1 de 2 Marmelete 08:30–09:30.*1 Marmelete.*a seguir.*2 Alferce.*planeada 1 /, 30_000);
  assert.match(await desk.page.locator('.map svg').textContent(), /Alferce/);
  await look(desk, 'the tour of today');
  await desk.today();
  assert.match(await desk.text('#a-seguir'), /Próxima paragem: Marmelete, 08:30–09:30/);
  await desk.page.goto(`${desk.url}/percurso`);
});

test('without a network a slip is taken back, and by the keys alone', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  browser.expect(AWAY);
  await it.link.cut();
  await desk.page.locator('main').focus();
  await desk.follow(() => desk.page.keyboard.press('r'));
  assert.match(await desk.text('.just-said'), /Marmelete: realizada/);
  assert.match(await desk.text('.next-stop'), /A seguir · paragem 2 de 2 Alferce 10:00–12:00.*50 comprovativos de reserva.*10:30 Maria Rosa/);
  await look(desk, 'a stop held just now');
  await desk.follow(() => desk.page.keyboard.press('z'));
  assert.match(await desk.text('.next-stop'), /Marmelete/);
  await cancel(desk, 'Marmelete', 'estrada cortada');
  assert.match(await desk.text('.route'), /Marmelete.*cancelada/);
  await desk.follow(() => desk.page.keyboard.press('t'));
  assert.match(await desk.text('.next-stop'), /Alferce 10:30–12:30 com 30 min de atraso/);
  // What is to be brought follows from the services and who is booked; what is on board is ticked.
  const next = desk.page.locator('.next-stop');
  assert.match(await desk.text('.next-stop'), /O que levar: 0 de 4 a bordo.*Impressos em branco: Cartão Europeu.*\(3\) 1 marcação e 2 de reserva.*Comprovativos de reserva em papel \(11\)/);
  await next.getByLabel('50 comprovativos de reserva').check();
  await next.getByLabel(/^Impressos em branco/).check();
  await desk.follow(() => next.getByRole('button', { name: /^Guardar o que está a bordo/ }).click());
  assert.match(await desk.text('.next-stop'), /O que levar: 2 de 4 a bordo/);
  assert.equal(await next.getByLabel('50 comprovativos de reserva').isChecked(), true);
});

test('who is booked is served with one press, and the number is confirmed', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.follow(() => desk.page.keyboard.press('n'));
  assert.match(desk.page.url(), /\/formulario\//);
  assert.equal(await desk.field('Nome completo').inputValue(), 'Maria Rosa');
  assert.equal((await desk.field('NIF').inputValue()).replace(/\s/g, ''), '123456789');
  await look(desk, 'who was booked, to be confirmed');
  await desk.fill({ 'Data de nascimento': '02/03/1950' });
  await desk.onward();
  assert.match(await desk.text('main'), /Maria Rosa.*Veio com marcação Começar: /);
  await look(desk, 'what was booked comes first');
  await desk.page.goto(`${desk.url}/percurso`);
  assert.match(await desk.text('.next-stop'), /Maria Rosa.*Veio/);
  await desk.press('Marcar como realizada');
  assert.match(await desk.text('#hoje'), /Já não há paragens por fazer hoje/);
  await look(desk, 'a day that is done');
});

test('without scripts the same is there', { timeout: 120_000 }, async () => {
  const { browser, desk } = it;
  const plain = await browser.page({ javaScriptEnabled: false });
  await plain.context().addCookies(await desk.context.cookies());
  await plain.goto(`${desk.url}/percurso`);
  const alferce = about(plain, 'Alferce');
  await alferce.locator('summary').first().click();
  await Promise.all([plain.waitForNavigation(), alferce.getByRole('button', { name: /^Desfazer.*realizada/ }).click()]);
  assert.match(await plain.locator('.next-stop').innerText(), /Alferce/);
  await Promise.all([plain.waitForNavigation(), plain.getByRole('button', { name: /Marcar como realizada/ }).click()]);
  assert.match(await plain.locator('.just-said').innerText(), /Alferce: realizada/);
  await plain.close();
});

test('the hub moved it meanwhile: what happened wins, and both stay to be seen', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await operator.page.goto(it.tour);
  await operator.press('Mudar a paragem Alferce');
  await operator.fill({ Chegada: '15:00', Partida: '17:00' });
  await look(operator, 'console, a stop is changed');
  await operator.press('Guardar a paragem');
  await it.link.restore();
  const said = /Alferce.*15:00–17:00: realizada.*Foi realizada como estava: Alferce, .*10:00–12:00.*Vale o que aconteceu.*Maria Rosa.*Veio/;
  await eventuallySays('the hub', () => operator.text('#percurso'), said, 40_000);
  assert.match(await operator.text('#percurso'), /Cancelada: Ana Martins.*Motivo: estrada cortada/);
  await look(operator, 'console, a tour that was held');
  await operator.page.goto(`${operator.url}/percursos`);
  assert.match(await operator.text('#lista'), /Espaço Móvel 07 Marmelete → Alferce 1 realizada, 1 cancelada 1/);
  await look(operator, 'console, tours');
  await eventuallySays('the crew', () => desk.text('#hoje'), /mudada depois/, 40_000);
});

test('the crew plans a day itself, and the hub books at it', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await desk.page.goto(`${desk.url}/percurso`);
  await desk.press('Planear um percurso');
  await look(desk, 'a tour is planned in the vehicle');
  const tomorrow = new Date(Date.now() + 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });
  await desk.fill({ ...stop('Casais', '09:00', '10:00'), Dia: tomorrow });
  await desk.press('Guardar a paragem');
  assert.match(await desk.text('main'), /Planeado neste espaço.*Casais.*sem posição no mapa/);
  await look(desk, 'a tour of another day');
  await operator.page.goto(`${operator.url}/percursos`);
  await eventuallySays('the hub', () => operator.text('#lista'), /Casais/, 30_000);
  await operator.follow(() => operator.page.locator('#lista tr', { hasText: 'Casais' }).getByRole('link').click());
  assert.match(await operator.text('main'), /Planeado pelo espaço: é lá que se muda/);
  await operator.press('Marcar alguém em Casais');
  await operator.fill({ Nome: 'José Amaro', Hora: '09:30' });
  await operator.press('Marcar');
  await eventuallySays('the crew', () => desk.text('#percurso'), /1\. Casais.*/, 30_000);
  await about(desk.page, 'Casais').locator('summary').first().click();
  await eventuallySays('the crew', () => desk.text('#percurso'), /José Amaro/, 30_000);
});

test('a month as a picture: who goes where, and how it stands, also without scripts', { timeout: 120_000 }, async () => {
  const { browser, desk, operator } = it;
  await desk.page.goto(`${desk.url}/percurso`);
  await desk.press('Ver o mês no calendário');
  const day = String(Number(today().slice(8)));
  assert.match(await desk.text('.month .this-day'), new RegExp(`${day} hoje .*Marmelete 08:30–09:30 ✕ cancelada.*Alferce 15:00–17:00 ✓ realizada`));
  await look(desk, 'the month at the desk');
  await operator.page.goto(`${operator.url}/percursos/calendario`);
  assert.match(await operator.text('.month .this-day'), /Alferce 15:00–17:00 Espaço Móvel 07 ✓ realizada/);
  await look(operator, 'the month at the console');
  // By the keys there and back; a month that is none is this one.
  await operator.page.locator('main').focus();
  await operator.follow(() => operator.page.keyboard.press('PageDown'));
  const next = operator.page.url();
  assert.match(next, /mes=\d{4}-\d\d$/);
  await operator.follow(() => operator.page.keyboard.press('PageUp'));
  await operator.page.goto(`${operator.url}/percursos/calendario?mes=2026-13`);
  assert.match(await operator.text('.month .this-day'), /hoje/);
  const bare = await browser.page({ javaScriptEnabled: false, viewport: { width: 683, height: 384 } });
  await bare.context().addCookies(await desk.context.cookies());
  await bare.goto(`${desk.url}/percurso/calendario`);
  assert.match(words(await bare.locator('.month .this-day').innerText()), /-feira|sábado|domingo/, 'where it is narrow a day says which it is');
  assert.equal(await bare.locator('.month td.empty:not(.this-day)').first().isVisible(), false);
  await Promise.all([bare.waitForNavigation(), bare.getByRole('link', { name: 'Alferce' }).click()]);
  assert.match(bare.url(), /\/percurso\/[0-9a-f]+#paragem-/);
  await bare.close();
});

test('the pages are in order', () => audit.assertClean());
