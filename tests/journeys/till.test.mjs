// The day's money, from the float to a closing with a difference, and what comes after it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Desk } from './support/desk.mjs';
import { PIN } from './support/node.mjs';
import { CARMO, ZE } from './support/people.mjs';
import { openRequest, recordCertificate } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});
const audit = new Audit();

test('a till is opened, paid into, counted and closed with a difference', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const desk = await Desk.open(it.browser, it.spot);
  const other = await Desk.open(it.browser, it.spot, 'Rui Pires');
  const look = (name) => audit.look(desk.page, name);
  const said = () => desk.text('main');

  const number = await recordCertificate(desk, CARMO);
  assert.match(await said(), /Custo 5,00 €, por pagar/);
  await look('a receipt to be paid');
  await desk.press('Receber 5,00 €');
  assert.match(await said(), /A caixa de hoje ainda não foi aberta/);
  await look('a payment before the till is opened');

  await desk.press('Abrir a caixa');
  await desk.fill({ '20 €': '2', '5 €': 'dez' });
  await look('opening the till');
  await desk.press('Abrir a caixa de hoje');
  assert.match(await desk.text('[role=alert]'), /Quantas de 5 €\? .* escreveu «dez»/);
  assert.equal(await desk.field('20 €').inputValue(), '2', 'what was right stays');
  await look('opening the till, refused');
  await desk.fill({ '5 €': '2' });
  await desk.press('Abrir a caixa de hoje');
  assert.match(await said(), /Caixa de .*Aberta por Ana Martins.*Fundo 50,00 €/);

  // Cash, from the request; the other desk's till follows by itself.
  await other.page.goto(`${other.url}/caixa`);
  await openRequest(desk, number);
  await desk.press('Receber o pagamento');
  await look('receiving');
  await desk.choose('Como foi pago?', 'Numerário');
  assert.ok(!await desk.field('Referência do talão do terminal').isVisible(), 'only a terminal gives a reference');
  await desk.press('Confirmar');
  await eventuallySays('the receipt', said, /Custo 5,00 €, pagos em numerário \(movimento 1, [0-9A-Z]{4}-[0-9A-Z]{4}\)/);
  await eventuallySays('the other desk', () => other.text('#somas'), /Recebido em numerário 5,00 €/);

  // By the terminal, with what its slip says.
  await recordCertificate(desk, ZE);
  await desk.press('Receber 5,00 €');
  await desk.choose('Como foi pago?', 'Multibanco (terminal)');
  await desk.press('Confirmar');
  assert.match(await desk.text('[role=alert]'), /referência que está no talão/);
  await look('receiving, refused');
  await desk.fill({ 'Referência do talão do terminal': '004821' });
  await desk.press('Confirmar');
  assert.match(await said(), /pagos por multibanco \(movimento 2/);

  // Taken back: with a reason, and by two.
  await desk.page.goto(`${desk.url}/caixa`);
  const second = desk.page.locator('tr', { hasText: 'talão 004821' });
  await second.locator('summary').click();
  await second.getByLabel('Motivo').fill('Cobrado no pedido errado');
  await second.getByLabel('Segunda pessoa', { exact: true }).selectOption({ label: 'Rui Pires' });
  await second.getByLabel('PIN da segunda pessoa').fill('0000');
  await look('the till with a movement to be taken back');
  await desk.follow(() => second.getByRole('button', { name: 'Anular' }).click());
  assert.match(await desk.text('[role=alert]'), /Segunda pessoa: O PIN não está certo/);
  await look('a void refused');
  await second.getByLabel('PIN da segunda pessoa').fill(PIN['Rui Pires']);
  await desk.follow(() => second.getByRole('button', { name: 'Anular' }).click());
  assert.match(await said(), /Anula o 2, com Rui Pires.*anulado pelo 3/);

  // Counted six euros short: explained, and closed by two.
  await desk.page.goto(`${desk.url}/caixa`);
  await desk.press('Contar e fechar');
  await look('counting');
  await desk.fill({ '20 €': '2', '5 €': '1', '2 €': '2' });
  await desk.press('Somar e conferir');
  assert.match(await said(), /Devia estar 55,00 €.*Contado 49,00 €.*Faltam 6,00 €/);
  await look('closing with a difference');
  await desk.fill({ 'O que explica a diferença': 'Troco dado a mais, não se sabe a quem.' });
  await desk.page.getByLabel('Segunda pessoa', { exact: true }).selectOption({ label: 'Rui Pires' });
  await desk.page.getByLabel('PIN da segunda pessoa').fill(PIN['Rui Pires']);
  await desk.press('Fechar o dia');
  assert.match(await said(), /Fechada por Ana Martins com Rui Pires.*Faltam 6,00 €.*Troco dado a mais/);
  await look('a closed till');
});

test('what comes after the closing is an addendum to that day, also after the plug was pulled', { timeout: 60_000 }, async () => {
  it.browser.expect(AWAY);
  const desk = await Desk.open(it.browser, it.spot);
  await recordCertificate(desk, CARMO);
  await desk.press('Receber 5,00 €');
  assert.match(await desk.text('main'), /já foi fechada.*adenda/);
  await audit.look(desk.page, 'receiving after the closing');
  await desk.choose('Como foi pago?', 'Numerário');
  await desk.fill({ Motivo: 'Pagou à saída.' });
  await desk.press('Confirmar');
  assert.match(await desk.text('main'), /pagos em numerário \(movimento 4/);
  await it.spot.kill();
  await it.spot.start();
  await desk.page.goto(`${desk.url}/caixa`);
  const said = await desk.text('main');
  assert.match(said, /Adenda, em numerário.*Pagou à saída/);
  assert.match(said, /Faltam 6,00 €/, 'the closing stays as it was');
});

test('every page about money is in order', () => audit.assertClean());
