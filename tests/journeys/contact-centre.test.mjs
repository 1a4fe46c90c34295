// A mediator who is stuck asks without a network; the contact centre answers; the desk hears of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { openRequest, recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
});

test('a question without a network is answered, and the answer waits at the desk', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const look = (name) => audit.look(desk.page, `desk, ${name}`);
  await desk.stripSays('provado', 30_000);
  await it.link.cut();
  await desk.stripSays('sem rede', 20_000);
  const number = await recordHealthCard(desk, CARMO);
  await openRequest(desk, number);
  await desk.press('Pedir apoio');
  assert.match(await desk.text('main'), /Sobre: Cartão Europeu de Seguro de Doença · Maria do Carmo Ferrão/);
  await desk.fill({ Pergunta: '   ' });
  await desk.press('Enviar a pergunta');
  assert.match(await desk.text('[role=alert]'), /Escreva a pergunta/);
  await look('a question refused');
  await desk.fill({ Pergunta: 'A morada está em França.\nServe?' });
  await desk.press('Enviar a pergunta');
  assert.match(await desk.text('main'), /A morada está em França.*por enviar: segue quando houver rede/);
  await look('a ticket');

  const centre = await Console.open(it.browser, it.hub);
  await it.link.restore();
  await eventuallySays('the console', () => centre.text('#resumo'), /1 pergunta de um balcão espera/, 30_000);
  await eventuallySays('the desk', () => desk.text('#estado-do-apoio'), 'à espera de resposta', 20_000);
  await centre.page.goto(`${centre.url}/apoio`);
  await audit.look(centre.page, 'console, tickets');
  await centre.press('A morada está em França.');
  await centre.page.getByText('O que está no pedido').click();
  const said = await centre.text('main');
  assert.match(said, /Serve\?/);
  assert.match(said, /Localidade Monchique/, 'with what the request says');
  assert.match(said, /NISS[^•]*•••/, 'numbers masked');
  await audit.look(centre.page, 'console, a ticket');
  await centre.fill({ Resposta: 'Serve: ponha o código postal de lá numa nota.' });
  await centre.press('Responder');

  // It comes to the page that the mediator looks at, and waits among what is to be done.
  await eventuallySays('the ticket', () => desk.text('#conversa'), /Centro de contacto: Teresa Nunes.*Serve: ponha o código postal/, 20_000);
  await desk.today();
  assert.match(await desk.text('#mensagens'), /O centro de contacto respondeu A morada está em França/);
  await look('today with an answer');
  await desk.press('A morada está em França.');
  await desk.press('Está resolvido');
  assert.match(await desk.text('main'), /resolvido/);
  await look('the list of tickets');
  await desk.today();
  assert.match(await desk.text('#mensagens'), /Nada por tratar/);
  audit.assertClean();
});
