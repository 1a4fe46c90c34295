// A pack is printed; the power goes and a citizen is served on paper; later the form is entered under its own number, by
// another desk with a scanner, is marked as from paper everywhere, and stands under that number at the hub.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { stage } from './support/stage.mjs';
import { CARMO } from './support/people.mjs';
import { eventuallySays, plain } from './support/waiting.mjs';

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

/** Types as a scanner does: the text and Enter, into what has the place. */
async function scan(desk, text) {
  await desk.page.getByLabel('Número do impresso').focus();
  await desk.page.keyboard.type(text);
  await desk.follow(() => desk.page.keyboard.press('Enter'));
}

test('a pack is made, and its forms are looked at as they print', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  await desk.stripSays('provado', 30_000);
  await desk.page.goto(`${desk.url}/papel`);
  await look(desk, 'paper, nothing yet');
  browser.expect(REFUSED(422));
  await desk.press('Fazer o maço');
  assert.match(await desk.text('[role=alert]'), /quantos impressos/);
  await look(desk, 'paper, nothing chosen');
  await desk.page.getByLabel('Cartão Europeu de Seguro de Doença').fill('3');
  await desk.press('Fazer o maço');
  assert.match(await desk.text('#t-impressos'), /3 em branco/);
  it.pack = desk.page.url();
  await look(desk, 'a pack');
  await desk.press(/^Ver e imprimir/);
  it.numbers = (await desk.page.locator('.blank-form header .big-number').allInnerTexts()).map(plain);
  assert.equal(new Set(it.numbers).size, 3);
  await look(desk, 'forms to be printed');
  const { page } = desk;
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.done-bar').isVisible(), false);
  assert.equal(await page.locator('.blank-form .qr').count(), 6, 'a code on the form and on its stub');
  assert.match(await page.locator('.stub').first().innerText(), /só conta quando for passado ao computador/);
  const pdf = await page.pdf({ format: 'A4' });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
  assert.ok(pages >= 3 && pages <= 6, `${pages} sheets for 3 forms`);
  await page.screenshot({ path: `${it.place.dir}/pack.png`, fullPage: true });
  await page.emulateMedia({ media: 'screen' });
  await page.goto(`${it.pack}/imprimir?lingua=uk`);
  assert.match(await page.locator('.stub [lang=uk]').last().innerText(), /Збережіть/);
  await page.goto(it.pack);
});

test('without scripts a pack is made and printed too', { timeout: 60_000 }, async () => {
  const plainPage = await it.browser.page({ javaScriptEnabled: false });
  await plainPage.context().addCookies(await it.desk.context.cookies());
  await plainPage.goto(it.pack);
  await plainPage.getByRole('link', { name: /^Ver e imprimir/ }).click();
  assert.equal(await plainPage.locator('.blank-form').count(), 3);
  await plainPage.close();
});

test('the power is gone; afterwards the form is entered, and is marked as late', { timeout: 120_000 }, async () => {
  const { browser } = it;
  browser.expect(AWAY);
  await it.link.cut();
  await it.spot.kill();
  await it.spot.start();
  it.desk = await Desk.open(browser, it.spot, 'Rui Pires');
  const { desk } = it;
  await desk.page.goto(`${desk.url}/papel`);
  const wrong = it.numbers[0].slice(0, -1) + (it.numbers[0].endsWith('7') ? '8' : '7');
  await scan(desk, wrong);
  assert.match(await desk.text('[role=alert]'), /não está certo/);
  assert.equal(await desk.page.getByLabel('Número do impresso').inputValue(), wrong);
  await look(desk, 'a wrong number');
  // A scanner set to another layout of keys writes other signs for the hyphens.
  await desk.page.goto(`${desk.url}/papel`);
  await scan(desk, it.numbers[0].replaceAll('-', "'"));
  assert.match(await desk.heading(), /Cartão Europeu/);
  await look(desk, 'when it was filled in');
  await desk.page.getByLabel('Dia', { exact: true }).evaluate((field) => { field.removeAttribute('min'); });
  await desk.page.getByLabel('Dia', { exact: true }).fill('2020-01-02');
  await desk.page.getByLabel('Hora', { exact: true }).fill('00:00');
  await desk.fill({ Onde: 'Alferce, salão da junta', 'Quem atendeu': 'Ana Martins' });
  await desk.press('Passar este impresso');
  assert.match(await desk.text('[role=alert]'), /não pode ter sido preenchido antes/);
  assert.equal(await desk.field('Onde').inputValue(), 'Alferce, salão da junta', 'nothing is lost');
  await look(desk, 'a wrong year');
  const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });
  await desk.page.getByLabel('Dia', { exact: true }).fill(today);
  await desk.press('Passar este impresso');
  await desk.fill(CARMO);
  await desk.onward();
  assert.match(await desk.text('main'), /Passado do papel.*Está no impresso Começar/s);
  await look(desk, 'an attendance from paper');
  await desk.press(/^Começar: /);
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 12', 'Código postal': '8550-000', Localidade: 'Alferce' });
  await desk.onward();
  assert.match(await desk.text('main'), /Compare as respostas com o impresso/);
  await desk.page.getByLabel('Juntar, se quiser').setInputFiles({ name: 'impresso.jpg', mimeType: 'image/jpeg', buffer: await browser.picture() });
  await desk.press('Juntar a fotografia');
  assert.equal(await desk.page.locator('#impresso img').count(), 1);
  await look(desk, 'check what was on paper');
  await desk.papersSeen();
  await desk.press('Está assinado no impresso');
  assert.equal(await desk.record(), it.numbers[0]);
  assert.match(await desk.text('.receipt'), /Preenchido em papel .*00:00, em Alferce, salão da junta, por Ana Martins.*Confirmado no impresso de papel/s);
  await look(desk, 'a receipt of what was on paper');
});

test('the request keeps the photograph of its form', { timeout: 60_000 }, async () => {
  const { desk } = it;
  await desk.page.goto(`${desk.url}/pedidos?q=${it.numbers[0]}`);
  assert.match(await desk.text('main'), /passado do papel/);
  await desk.press(it.numbers[0]);
  assert.match(await desk.text('main'), /Passado do papel.*O cidadão confirmou no impresso e assinou em papel/s);
  assert.equal(await desk.page.locator('main .thumbs img').count(), 1);
  await look(desk, 'a request from paper');
});

test('a second entry of the number is refused, and a lost form cannot be entered', { timeout: 60_000 }, async () => {
  const { desk } = it;
  await desk.page.goto(`${desk.url}/papel`);
  await scan(desk, it.numbers[0]);
  assert.match(await desk.text('[role=alert]'), new RegExp(`já foi registado para ${CARMO['Nome completo']}`));
  await desk.page.goto(it.pack.replace(/^https?:\/\/[^/]+/, desk.url));
  const lost = desk.page.locator('.blanks li', { hasText: it.numbers[1] });
  await lost.locator('summary').click();
  await lost.getByLabel('Porquê').fill('molhou-se');
  await desk.follow(() => lost.getByRole('button', { name: /^Anular/ }).click());
  assert.match(await desk.text('#t-impressos'), /1 em branco, 1 passado, 1 anulado/);
  await look(desk, 'a pack of which one form was lost');
  await desk.page.goto(`${desk.url}/papel`);
  await scan(desk, it.numbers[1]);
  assert.match(await desk.text('[role=alert]'), /foi anulado/);
});

test('at the hub it stands under the same number, and says that it was on paper', { timeout: 120_000 }, async () => {
  const { operator } = it;
  await it.link.restore();
  await eventuallySays('the hub', async () => {
    await operator.page.goto(`${operator.url}/pedidos?q=${it.numbers[0]}`);
    return operator.text('#lista');
  }, new RegExp(CARMO['Nome completo']), 40_000);
  assert.match(await operator.text('#lista'), /passado do papel/);
  await operator.page.goto(await operator.page.getByRole('link', { name: it.numbers[0] }).evaluate((a) => a.href));
  assert.match(await operator.text('main'), new RegExp(`${it.numbers[0]}.*Passado do papel.*por Ana Martins`, 's'));
  await look(operator, 'console, a request from paper');
});

test('every page is in order', () => audit.assertClean());
