// A complaint waits for its answer at its spot and at the hub; the answer is written down and printed. What
// the hub tells a spot comes to an open desk and is acknowledged.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { openRequest, recordComplaint } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);
const today = () => new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });

test('a complaint is in the log of its spot, and at the hub', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.stripSays('provado', 30_000);
  await desk.page.goto(`${desk.url}/reclamacoes`);
  assert.match(await desk.text('main'), /Ainda não há reclamações/);
  it.number = await recordComplaint(desk, CARMO);
  await desk.page.goto(`${desk.url}/reclamacoes`);
  assert.match(await desk.text('#reclamacoes'), new RegExp(`${it.number}.*faltam 15 dias úteis`));
  await look(desk, 'the log');
  const operator = it.operator = await Console.open(it.browser, it.hub);
  await operator.page.goto(`${operator.url}/reclamacoes`);
  await eventuallySays('the console', () => operator.text('#lista'), new RegExp(`${it.number} Espaço Móvel 07.*faltam 15 dias úteis`), 30_000);
  await look(operator, 'console, complaints');
});

test('the answer is written down once it is whole, and goes home on paper in two languages', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const { desk, operator } = it;
  await openRequest(desk, it.number);
  assert.match(await desk.text('#aviso'), /A responder até .*faltam 15 dias úteis/);
  await desk.press('Ver a reclamação');
  const tomorrow = new Date(Date.now() + 36 * 3_600_000).toISOString().slice(0, 10);
  await desk.fill({ 'Quem respondeu': 'Finanças de Monchique', 'Dia da resposta': tomorrow, 'O que responderam': 'Há duas senhas a mais.' });
  await desk.press('Guardar a resposta');
  assert.match(await desk.text('[role=alert]'), /Esse dia ainda não chegou/);
  assert.equal(await desk.field('O que responderam').inputValue(), 'Há duas senhas a mais.', 'what was typed stands');
  await look(desk, 'an answer refused');
  await desk.fill({ 'Dia da resposta': today() });
  await desk.press('Guardar a resposta');
  assert.match(await desk.text('#prazo'), /respondida a .*Finanças de Monchique.*Há duas senhas a mais\. Escrito por Ana Martins/);
  await look(desk, 'an answered complaint');
  await desk.press('Resposta para o cidadão');
  await desk.press('e francês');
  const paper = await desk.text('article.receipt');
  assert.match(paper, new RegExp(`${it.number}.*Há duas senhas a mais.*Réponse à votre réclamation`));
  await look(desk, 'the paper');
  // The page of the log that is open at the hub hears of it.
  await eventuallySays('the console', () => operator.text('#lista'), /respondida a/, 30_000);
  await openRequest(desk, it.number);
  assert.match(await desk.text('#historia'), /Resposta de Finanças de Monchique, a .*«Há duas senhas a mais\.»/);
});

test('the hub answers a complaint itself, and the spot hears of it and prints it', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  it.browser.expect(REFUSED(422));
  // It comes between the drawing of the operator's page and the page's events.
  let open;
  const held = new Promise((release) => { open = release; });
  await operator.page.route('**/eventos*', async (route) => { await held; await route.continue(); });
  await operator.page.goto(`${operator.url}/reclamacoes`);
  const number = await recordComplaint(desk, CARMO);
  const asked = () => operator.page.evaluate(async () => (await fetch(location.href)).text());
  await eventuallySays('the hub', asked, number, 30_000);
  assert.doesNotMatch(await operator.text('#lista'), new RegExp(number));
  open();
  await eventuallySays('the console', () => operator.text('#lista'), new RegExp(number), 30_000);
  await operator.page.unrouteAll();
  await operator.press(number);
  await operator.fill({ 'Quem respondeu': ' ', 'Dia da resposta': today(), 'O que responderam': 'Pedimos desculpa.' });
  await operator.press('Guardar a resposta');
  assert.match(await operator.text('[role=alert]'), /Escreva quem respondeu/);
  assert.equal(await operator.field('O que responderam').inputValue(), 'Pedimos desculpa.', 'what was typed stands');
  await look(operator, 'console, an answer refused');
  await operator.fill({ 'Quem respondeu': 'ARTE' });
  await operator.press('Guardar a resposta');
  assert.match(await operator.text('#prazo'), /respondida a .*Pedimos desculpa\. Respondido pela central: Teresa Nunes/);
  await look(operator, 'console, a complaint');
  await desk.today();
  await eventuallySays('the desk', () => desk.text('#mensagens'), /A central respondeu à reclamação\. ARTE: «Pedimos desculpa\.»/, 30_000);
  await look(desk, 'today with an answer of the hub');
  await desk.press(/^Tomei conhecimento/);
  await desk.page.goto(`${desk.url}/reclamacoes`);
  assert.match(await desk.text('#reclamacoes'), new RegExp(`${number}.*respondida a`));
  await desk.press(number);
  await desk.press('Resposta para o cidadão');
  assert.match(await desk.text('article.receipt'), /ARTE.*Pedimos desculpa\./);
});

test('the figures of the day count it', { timeout: 60_000 }, async () => {
  const { desk } = it;
  await desk.page.goto(`${desk.url}/numeros`);
  assert.match(await desk.text('#numeros'), /Reclamações 2 registadas; como estão hoje: Respondidas no prazo 2 Respondidas fora do prazo 0/);
  const csv = await desk.page.evaluate(async (day) => (await fetch(`/numeros/${day}/csv`)).text(), today());
  assert.match(csv, /reclamações;número\r\nRespondidas no prazo;2\r\n/);
  await look(desk, 'the figures');
});

test('what the hub tells comes to an open page, and the hub sees who has read it', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await openRequest(desk, it.number);
  await operator.page.goto(`${operator.url}/mensagens`);
  await operator.fill({ 'O que dizer': 'O portal está em baixo.\nRegistem: segue depois.', 'Mostrar até': today() });
  await operator.page.getByLabel(/^Urgente/).check();
  await operator.page.getByLabel('Só estes:').check();
  await operator.press('Enviar aos postos');
  assert.match(await operator.text('[role=alert]'), /Escolha para que postos é/);
  assert.match(await operator.field('O que dizer').inputValue(), /O portal está em baixo/, 'what was typed stands');
  await look(operator, 'console, a message refused');
  await operator.page.getByLabel('Espaço Móvel 07').check();
  await operator.press('Enviar aos postos');
  assert.match(await operator.text('#lista'), /O portal está em baixo\. ….*por 0 postos; falta 1/);
  await look(operator, 'console, messages');
  // Nobody loads the page.
  await eventuallySays('the open page', () => desk.text('#urgente'), /Urgente, da central: O portal está em baixo/, 30_000);
  await look(desk, 'a page with an urgent message');
  await operator.press(/^O portal está em baixo/);
  assert.match(await operator.text('#lida'), /Ainda não leram Espaço Móvel 07 Leram Ninguém/);
  await desk.press('Ler');
  assert.match(await desk.text('#mensagens'), /Urgente: Mensagem da central O portal está em baixo\. Registem: segue depois\./);
  await look(desk, 'today with a message');
  await desk.press(/^Tomei conhecimento/);
  assert.equal(await desk.text('#urgente'), '');
  assert.match(await desk.text('#mensagens'), /Nada por tratar/);
  await eventuallySays('the console', () => operator.text('#lida'), /Todos leram\. Leram Ana Martins, Espaço Móvel 07/, 30_000);
  await look(operator, 'console, a message');
});

test('the pages are in order', () => audit.assertClean());
