// A spot in an embassy, where it is another day than at the hub: the day is the place's own, at the desk, in the till, on
// paper; what the hub plans for it is in its days and hours, and both clocks stand wherever somebody reads another's.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Citizen } from './support/citizen.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { vereda } from './support/node.mjs';
import { CARMO } from './support/people.mjs';
import { recordCertificate } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const LISBON = 'Europe/Lisbon';
const dayIn = (zone) => new Date().toLocaleDateString('sv-SE', { timeZone: zone });
const hourIn = (zone) => Number(new Date().toLocaleTimeString('sv-SE', { timeZone: zone }).slice(0, 2));
/** A day as pages write it, and as paper does. */
const short = (day) => day.split('-').reverse().join('/');
const said = (day) => new Date(`${day}T12:00Z`).toLocaleDateString('pt-PT', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

// No clock is set here: the place is one where it is another day just now, and stays so for the time of this journey.
const PLACES = [
  ['America/Sao_Paulo', 'São Paulo'], ['Asia/Dili', 'Díli'], ['Pacific/Auckland', 'Auckland'], ['Pacific/Honolulu', 'Honolulu'],
  ['Etc/GMT-14', 'UTC\\+14'], ['Etc/GMT+12', 'UTC−12'],
];
const [ZONE, NAME] = PLACES.find(([zone]) => dayIn(zone) !== dayIn(LISBON) && hourIn(zone) < 23 && hourIn(LISBON) < 23)
  ?? PLACES.find(([zone]) => dayIn(zone) !== dayIn(LISBON));
const there = dayIn(ZONE);
const here = dayIn(LISBON);

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', {
    link: it.link,
    place: { name: 'Espaço Cidadão no consulado', stop: 'Consulado', kind: 'fixed', zone: ZONE, languages: ['fr', 'pt'] },
  });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.operator = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

test('the screen greets in the languages of the place first', { timeout: 60_000 }, async () => {
  const { browser, spot, desk } = it;
  const citizen = await Citizen.open(browser, spot);
  await desk.pair(await citizen.code());
  await citizen.says(/Bienvenue/);
  assert.match(await citizen.page.locator('.languages').innerText(), /^Français\s+Português\s+English/);
  await audit.look(citizen.page, 'the greeting in French first', { focus: false });
});

test('the till is that of the day there, and the receipt says both clocks', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.stripSays('provado', 30_000);
  await desk.page.goto(`${desk.url}/caixa`);
  await desk.fill({ '20 €': '1' });
  await desk.press('Abrir a caixa de hoje');
  assert.match(await desk.text('main'), new RegExp(`Caixa de ${short(there)}`));
  it.number = await recordCertificate(desk, CARMO);
  const receipt = await desk.text('.receipt');
  assert.match(receipt, new RegExp(`${said(there)}, \\d\\d:\\d\\d, hora de ${NAME} \\(${said(here)}, \\d\\d:\\d\\d em Lisboa\\)`));
  await look(desk, 'a receipt with both clocks');
  await desk.page.goto(`${desk.url}/numeros`);
  assert.match(await desk.text('main'), new RegExp(short(there)));
});

test('who has no Citizen Card is known by another document, and reached in another country', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.fill({ 'Nome completo': 'Rosa Encarnação', 'Data de nascimento': '02/03/1950' });
  assert.ok(!await desk.field('Número desse documento').isVisible(), 'nobody is asked for what they did not name');
  await desk.choose('Outro documento', 'Passaporte');
  await desk.field('Número desse documento').waitFor();
  await desk.fill({ 'País que o emitiu': 'Brasil', 'Número desse documento': 'FX 123456' });
  await look(desk, 'another document');
  await desk.onward();
  await desk.begin('Cartão Europeu de Seguro de Doença');
  await desk.fill({ 'NISS — número da Segurança Social': '11234567800', 'Número de utente do SNS': '123456789' });
  await desk.onward();
  it.browser.expect(REFUSED(422));
  await desk.fill({ 'Rua, número e andar': 'Rua Augusta, 100', 'Código postal': '01310-100', Localidade: 'São Paulo', Telefone: '+55 11 91234 5678' });
  await desk.onward();
  assert.match(await desk.text('main'), /Escreva como neste exemplo: 8550-000, ou com o país: BR 01310-100/);
  await look(desk, 'a postal code without its country');
  await desk.fill({ 'Código postal': 'BR 01310100' });
  await desk.onward();
  assert.match(await desk.text('main'), /BR 01310-100/);
});

test('the hub plans in the days of the place', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await operator.page.goto(`${operator.url}/percursos`);
  const option = operator.page.locator('#posto option', { hasText: 'Espaço Cidadão no consulado' });
  assert.match(await option.innerText(), new RegExp(`hora de ${NAME}`));
  await operator.page.getByLabel('Quem vai').selectOption({ label: await option.innerText() });
  await operator.fill({ Dia: there, Chegada: '00:05', Partida: '23:55', Lugar: 'Associação Portuguesa' });
  await operator.press('Planear');
  assert.match(await operator.text('#percurso'), new RegExp(`00:05–23:55, hora de ${NAME} \\(\\d\\d:05–\\d\\d:55 em Lisboa\\): a seguir`));
  await look(operator, 'console, a tour by another clock');
  await operator.press('Juntar uma paragem');
  assert.match(await operator.text('main'), new RegExp(`O dia e as horas são os do lugar: hora de ${NAME}`));
  await look(operator, 'console, a stop by another clock');
  it.tour = operator.page.url().replace(/\/paragem$/, '');

  await desk.page.goto(`${desk.url}/percurso`);
  await eventuallySays('the crew', () => desk.text('#hoje'), /A seguir · paragem 1 de 1 Associação Portuguesa 00:05–23:55/, 30_000);
  await desk.page.reload();
  assert.match(await desk.text('.page-head'), new RegExp(short(there)));
  assert.doesNotMatch(await desk.text('#hoje'), /hora de/, 'it is their own clock');
  await look(desk, 'the tour of today, there');
  await desk.press(/^Marcar como realizada/);
  await operator.page.goto(it.tour);
  await eventuallySays('the hub', () => operator.text('#percurso'), new RegExp(`Realizada: Ana Martins, .*\\d\\d:\\d\\d, hora de ${NAME} \\(\\d\\d:\\d\\d em Lisboa\\)`), 30_000);
  await look(operator, 'console, held by another clock');
});

test('doctor says what time it is there', { timeout: 60_000 }, async () => {
  const run = promisify(execFile)(vereda(), ['doctor', '--config', `${it.spot.dir}/config.toml`]);
  const { stdout } = await run.catch((error) => error);
  assert.match(stdout, new RegExp(`Espaço Cidadão no consulado \\(movel-07\\), where it is ${there} \\d\\d:\\d\\d \\(${ZONE.replace('+', '\\+')}\\)`));
});

test('the pages are in order', () => audit.assertClean());
