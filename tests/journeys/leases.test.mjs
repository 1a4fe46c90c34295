// Payment references and hours at a counter: given at the console, leased to a spot, used without a network,
// nearly used up, and more at the next exchange.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { fillJobRegistration, recordLandCertificate } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const YEAR = new Date().getFullYear() + 1;
const LAND = 'Certidão permanente do registo predial';
const references = (from, to) => Array.from({ length: to - from }, (_, n) => `21312; ${String(123456000 + from + n)}; ; ${YEAR}-12-31`).join('\n');
const HOURS = `Centro de Emprego de Portimão; ${YEAR}-03-02; 09:30\nCentro de Emprego de Portimão; ${YEAR}-03-02; 10:30`;

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.console = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

async function give(operator, kind, list) {
  await operator.page.goto(`${operator.url}/reservas`);
  await operator.page.getByLabel('De que serviço').selectOption({ label: kind });
  await operator.page.getByLabel('Lista, uma por linha').fill(list);
  await operator.press('Receber a lista');
}

/** The page as it is after it was loaded again. */
const again = (who) => async () => {
  await who.page.reload();
  return who.text('main');
};

test('a list with a wrong line is refused whole, says which, and keeps what was pasted', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const operator = it.console;
  await operator.press(/^Reservas/);
  assert.match(await operator.text('main'), /Ainda nenhum posto tem reservas.*Ainda não se deu nenhuma lista/);
  await look(operator, 'console, no lists');
  const wrong = `${references(0, 3)}\n21312; 12345; ; ${YEAR}-12-31`;
  await give(operator, `${LAND}: referências de pagamento`, wrong);
  assert.match(await operator.text('[role=alert]'), /Nada foi recebido.*Linha 4: a referência tem nove algarismos/);
  assert.equal(await operator.page.getByLabel('Lista, uma por linha').inputValue(), wrong);
  await look(operator, 'console, a wrong line');
  await give(operator, `${LAND}: referências de pagamento`, references(0, 4));
  assert.match(await operator.text('main'), /4 referências de pagamento Entregues aos postos: 4. Usadas: 0. Por entregar: 0/);
  await give(operator, `${LAND}: referências de pagamento`, references(3, 5));
  assert.match(await operator.text('[role=alert]'), /Linha 1: já tinha sido dada à central/);
  await give(operator, 'Inscrição para emprego: marcações', HOURS);
  assert.match(await operator.text('main'), /2 marcações/);
});

test('a spot uses them without a network, and says when few are left', { timeout: 180_000 }, async () => {
  const { desk } = it;
  it.number = await recordLandCertificate(desk, CARMO);
  await desk.press('Receber 15,00 €');
  await eventuallySays('what the hub leased', again(desk), /Restam 4 referências de pagamento neste posto/, 30_000);
  await it.link.cut();
  await desk.stripSays('sem rede', 20_000);
  await look(desk, 'a payment by reference');
  await desk.press('Dar referência para pagar depois');
  assert.match(await desk.text('main'), /15,00 €, por pagar por referência: entidade 21312, referência 123 456 00\d, até/);
  await desk.press('Ver o comprovativo');
  assert.match(await desk.text('article.receipt'), /Custo 15,00 €, por pagar por referência/);
  await desk.page.goto(`${desk.url.replace(/\/$/, '')}${new URL(desk.page.url()).pathname}?lingua=en`);
  assert.match(await desk.text('.in-language'), /To pay later Entity: 21312 Reference: 123 456 00\d Pay by: /);
  await look(desk, 'a receipt with a reference');

  await desk.today();
  assert.match(await desk.text('#mensagens'), new RegExp(`Restam 3 referências de pagamento para «${LAND}»: ligue-se à central`));
  await look(desk, 'few are left');

  await fillJobRegistration(desk, CARMO);
  assert.match(await desk.text('#marcacao'), /Ainda sem hora/);
  await desk.page.getByLabel('Hora', { exact: true }).selectOption({ index: 2 });
  await desk.press('Escolher a hora');
  assert.match(await desk.text('#marcacao'), /às 10:30, Centro de Emprego de Portimão/);
  await look(desk, 'an hour is chosen');
  await desk.byWord();
  await desk.record();
  assert.match(await desk.text('article.receipt'), /Marcação 02\/03\/\d{4}, às 10:30, Centro de Emprego de Portimão/);

  // The other hour, and then none is left: the request goes on without, and says so.
  await fillJobRegistration(desk, CARMO);
  assert.equal(await desk.page.getByLabel('Hora', { exact: true }).locator('option').count(), 2, 'what was used is gone');
  await desk.page.getByLabel('Hora', { exact: true }).selectOption({ index: 1 });
  await desk.press('Escolher a hora');
  await desk.byWord();
  await desk.record();
  await fillJobRegistration(desk, CARMO);
  assert.match(await desk.text('#marcacao'), /Não há horas neste posto/);
  await desk.byWord();
  await desk.record();
  assert.match(await desk.text('article.receipt'), /Marcação em falta/);
  await desk.today();
  assert.match(await desk.text('#mensagens'), /Acabaram as marcações para «Inscrição para emprego»/);
});

test('the next exchange brings more, and the hub knows what was used', { timeout: 120_000 }, async () => {
  const { desk, console: operator } = it;
  await give(operator, `${LAND}: referências de pagamento`, references(10, 20));
  await it.link.restore();
  await operator.page.goto(`${operator.url}/reservas`);
  await eventuallySays('the spots', () => operator.text('#postos'), /Certidão permanente do registo predial referências de pagamento 1[0-9] 1 (9|10) 0/, 60_000);
  await look(operator, 'console, what spots have');
  await desk.today();
  await eventuallySays('nothing is low', async () => {
    await desk.today();
    return (await desk.text('#mensagens')).includes('referências') ? 'low' : 'enough';
  }, /enough/, 30_000);
  audit.assertClean();
});
