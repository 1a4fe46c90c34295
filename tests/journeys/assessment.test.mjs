// A spot holds itself against the standards of service: what is answered is there after the plug was pulled, it
// is recorded, the hub reads it, and what was promised waits until somebody says it is done.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
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
const tomorrow = () => new Date(Date.now() + 86_400_000).toLocaleDateString('pt-PT', { timeZone: 'Europe/Lisbon' });

const LIVRO = 'O aviso do Livro Amarelo está à vista.';
const MET = [
  'O horário afixado foi cumprido.',
  'O segundo ecrã está ligado e o cidadão vê-o sem se levantar.',
  'A tabela de preços está afixada e em dia.',
  'Chega-se ao balcão sem degraus.',
  'Quem espera não ouve nem vê o que o cidadão diz e mostra.',
  'Explica-se ao cidadão quem vê os seus dados.',
  'O cidadão sai com o comprovativo na mão ou no telemóvel.',
];

/** The part of the page about one standard. */
const standard = (desk, id) => desk.page.locator(`#norma-${id}`);

test('it is begun beside the figures, and what is typed is kept at once', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.stripSays('provado', 30_000);
  await desk.page.goto(`${desk.url}/numeros`);
  await desk.press('Avaliação do espaço');
  assert.match(await desk.text('#avaliacoes'), /Ainda nenhuma/);
  await look(desk, 'assessments, none yet');
  await desk.press('Começar uma avaliação');
  assert.match(await standard(desk, 'espera').innerText(), /sem números; meta: no máximo 15 min/i);
  for (const text of MET) await desk.choose(text, 'Cumpre-se');
  const livro = standard(desk, 'livro');
  assert.ok(await livro.getByLabel('O que se vai fazer').isHidden(), 'nothing is owed yet');
  await desk.choose(LIVRO, 'Não se cumpre');
  await livro.getByLabel('O que se vai fazer').pressSequentially('Afixar o aviso à porta', { delay: 10 });
  await desk.kept('livro.todo');
  await desk.page.evaluate(() => scrollTo(0, 0));
  await look(desk, 'an assessment, half answered');
});

test('the plug is pulled, and everything is there', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  browser.expect(AWAY);
  const page = desk.page.url();
  await it.spot.kill();
  await it.spot.start();
  await desk.page.goto('about:blank');
  await desk.page.goto(page);
  assert.equal(await standard(desk, 'livro').getByLabel('O que se vai fazer').inputValue(), 'Afixar o aviso à porta');
  for (const text of MET) {
    assert.ok(await desk.page.getByRole('group', { name: text }).getByLabel('Cumpre-se', { exact: true }).isChecked(), text);
  }
  await desk.page.goto(`${desk.url}/avaliacao`);
  assert.match(await desk.text('#avaliacoes'), /Avaliação por acabar Começada por Ana Martins/);
  await desk.press('Continuar');
});

test('what is missing is said, and then it is recorded', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  browser.expect(REFUSED(422));
  await desk.press('Registar a avaliação');
  assert.match(await desk.text('[role=alert]'), /Há 2 campos por corrigir.*Até que dia.*Mostra-se ao cidadão/);
  await look(desk, 'an assessment refused');
  await desk.choose('Mostra-se ao cidadão como fazer sozinho da próxima vez.', 'Em parte');
  await standard(desk, 'livro').getByLabel('Até que dia').fill(tomorrow());
  await desk.press('Registar a avaliação');
  assert.match(await desk.text('article.assessment'), /Espaço Móvel 07 Registada por Ana Martins.*7 cumprem-se 1 em parte 1 não se cumpre/);
  assert.match(await standard(desk, 'livro').innerText(), /Não se cumpre[^]*Afixar o aviso à porta/);
  await look(desk, 'an assessment');
  await desk.press('Avaliações');
  assert.match(await desk.text('#avaliacoes'), /7 cumprem-se 1 em parte 1 não se cumpre 1 medida/);
  await look(desk, 'assessments');
});

test('the hub reads it', { timeout: 120_000 }, async () => {
  const operator = it.operator = await Console.open(it.browser, it.hub);
  await operator.page.goto(`${operator.url}/avaliacoes`);
  await eventuallySays('the console', () => operator.text('#lista'), /Espaço Móvel 07.*Ana Martins.*O aviso do Livro Amarelo está à vista\. Não se cumpre.*Afixar o aviso à porta até/, 30_000);
  await look(operator, 'console, assessments');
  await operator.follow(() => operator.page.locator('#lista a').first().click());
  assert.match(await operator.text('main'), /Espaço Móvel 07 Registada por Ana Martins.*Ao longo do tempo/);
  await look(operator, 'console, an assessment');
});

test('what was promised waits until it is done', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await desk.today();
  assert.match(await desk.text('#mensagens'), /Fica por fazer até .*Afixar o aviso à porta/);
  await look(desk, 'today with something promised');
  await desk.press('Dizer que está feito');
  await desk.fill({ 'O que se fez': 'Afixado, com a morada da página.' });
  await desk.press(/^Está feito/);
  assert.match(await standard(desk, 'livro').innerText(), /Feito: Afixado, com a morada da página\./);
  await desk.today();
  assert.match(await desk.text('#mensagens'), /Nada por tratar/);
  await operator.page.goto(`${operator.url}/avaliacoes`);
  await eventuallySays('the console', () => operator.text('#lista'), /Em parte nada/, 30_000);
});

test('the pages are in order', () => audit.assertClean());
