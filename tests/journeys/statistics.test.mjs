// What the hub counts over all spots: as pictures with a table beside, filtered, and as files; open data that tells of nobody.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { recordComplaint } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.operator = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const today = () => new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });
const shoot = async (page, name) => process.env.VEREDA_SHOTS && page.screenshot({ path: `${process.env.VEREDA_SHOTS}/${name}.png`, fullPage: true });

async function downloaded(page, link, encoding = 'utf8') {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: link }).click()]);
  return readFile(await download.path(), encoding);
}

test('nothing yet is said, not drawn', { timeout: 60_000 }, async () => {
  const { operator } = it;
  await operator.page.keyboard.press('n');
  await operator.page.waitForURL('**/numeros');
  assert.match(await operator.text('main'), /Pedidos registados 0.*Por serviço Nada nestes meses/);
  await audit.look(operator.page, 'nothing counted');
});

test('what a spot records is counted by month, service, agency, spot and region', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await desk.stripSays('provado', 30_000);
  await recordComplaint(desk, CARMO);
  const page = () => operator.page.goto(`${operator.url}/numeros`);
  await eventuallySays('the figures', async () => { await page(); return operator.text('.tiles'); }, /Atendimentos 1 .*Pedidos registados 1 1 de pé.*Guias para fazer sozinho \d.*Reclamações 1 0 respondidas no prazo/, 30_000);
  const text = await operator.text('main');
  assert.match(text, /Por serviço .*Reclamação, elogio ou sugestão.*Por entidade .*Livro Amarelo.*Por posto .*Espaço Móvel 07.*Por região .*Monchique/);
  await operator.page.getByText('Ver como tabela').click();
  await audit.look(operator.page, 'what was counted');
  await shoot(operator.page, 'statistics');
});

test('filters hold, also without scripts; months that cannot be are said', { timeout: 60_000 }, async () => {
  const { browser, operator } = it;
  const plain = await browser.page({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  await plain.context().addCookies(await operator.context.cookies());
  await plain.goto(`${operator.url}/numeros`);
  await plain.getByLabel('Serviço', { exact: true }).selectOption({ label: 'Reclamação, elogio ou sugestão (Livro Amarelo)' });
  await plain.getByLabel('Região', { exact: true }).selectOption('Monchique');
  await Promise.all([plain.waitForNavigation(), plain.getByRole('button', { name: 'Ver', exact: true }).click()]);
  assert.match(await plain.locator('.tiles').innerText(), /Pedidos registados\s+1/);
  assert.equal(await plain.getByText('Metade esperou', { exact: true }).first().isVisible(), false, 'attendances are of no service');
  browser.expect(REFUSED(422));
  await plain.goto(`${operator.url}/numeros?de=2010-01&ate=2026-01`);
  assert.match(await plain.locator('[role=alert]').innerText(), /São meses de mais: escolha no máximo 24/);
  await plain.close();
});

test('the whole list is a file, and open data tells of nobody', { timeout: 60_000 }, async () => {
  const { operator } = it;
  await operator.page.goto(`${operator.url}/numeros`);
  const month = today().slice(0, 7);
  const all = await downloaded(operator.page, 'Tudo em CSV');
  assert.match(all, new RegExp(`"${month}";"monchique";"";"Espaço Móvel 07";1;[01];`));
  assert.match(all, new RegExp(`"${month}";"monchique";"Reclamação, elogio ou sugestão \\(Livro Amarelo\\)";"Espaço Móvel 07";0;`));
  const open = await downloaded(operator.page, 'Dados abertos em CSV');
  assert.match(open, /^\uFEFF?mês;região;serviço;pedidos;oculto\r\n/);
  assert.ok(!open.includes(month) && !open.includes('Móvel'), open);
  // Programs read the same as tables: begun and ended as Parquet is.
  for (const link of ['Tudo em Parquet', 'Dados abertos em Parquet']) {
    const table = await downloaded(operator.page, link, 'latin1');
    assert.ok(table.startsWith('PAR1') && table.endsWith('PAR1'), link);
  }
  audit.assertClean();
});
