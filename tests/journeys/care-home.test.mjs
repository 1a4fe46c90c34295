// A visit to a care home: planned at the hub, made without a network. One service for several residents, each of whom
// consents or does not; a representative whose authority ended is refused; a tablet at the bedside; a sheet of paper
// for the home that says no more than it may; what was done is at the hub, and gone from the vehicle when the day is over.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { vereda } from './support/node.mjs';
import { run } from './support/processes.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

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
const inLisbon = (ms) => new Date(ms).toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });
const today = () => inLisbon(Date.now());
const DAY = 86_400_000;

const SERVICE = 'Certificado do registo criminal';
const RESIDENTS = [
  ['Maria do Rosário', '199900078', '1'],
  ['José Amaro', '123456789', '2'],
  ['Rosa Brito', '299999998', '4A'],
];

/** The row of a resident. */
const row = (who, name) => who.page.locator('.residents li', { hasText: name });

async function add(who, [name, nif, room]) {
  await who.press(/^Juntar (um residente|quem não está na lista)$/);
  await who.fill({ 'Nome completo': name, Quarto: room, 'Data de nascimento': '02/03/1941', NIF: nif });
  await who.page.getByLabel(SERVICE).check();
}

/** Who they are, as it was proposed, is confirmed. */
async function confirmWho(desk) {
  assert.match(desk.page.url(), /\/formulario\//);
  await desk.onward();
}

/** What is of each alone: the telephone, the papers, the confirmation. */
async function finish(desk) {
  await desk.fill({ 'Telemóvel': '912345678' });
  await desk.onward();
  await desk.papersSeen();
  await desk.byWord();
  await desk.record();
}

test('the hub writes down the home and who is to be seen; what cannot be is said', { timeout: 120_000 }, async () => {
  const { operator, desk, browser } = it;
  await desk.stripSays('provado', 30_000);
  await operator.page.goto(`${operator.url}/lares`);
  await look(operator, 'console, no homes');
  await operator.fill({ 'Nome do lar': 'Lar da Serra', Concelho: 'Monchique', Quartos: '1-3, 4A' });
  await operator.fill({ 'Função do contacto 1': 'Direção', 'Nome do contacto 1': 'Ilda Encarnação', 'Telefone do contacto 1': '282 000 000' });
  const scope = operator.page.getByLabel('Território');
  if (await scope.count()) await scope.selectOption('monchique');
  await operator.press('Guardar o lar');
  await look(operator, 'console, a home');
  browser.expect(REFUSED(422));
  await operator.page.getByLabel('Quem vai').selectOption({ label: 'Espaço Móvel 07' });
  await operator.fill({ Dia: inLisbon(Date.now() - 365 * DAY), Chegada: '10:00', Partida: '12:00' });
  await operator.press('Começar a lista');
  assert.match(await operator.text('[role=alert]'), /Esse dia já passou: confira o dia e o ano/);
  await operator.page.getByLabel('Quem vai').selectOption({ label: 'Espaço Móvel 07' });
  await operator.fill({ Dia: today(), Chegada: '10:00', Partida: '12:00' });
  await operator.press('Começar a lista');
  it.list = operator.page.url();
  for (const who of RESIDENTS) {
    await add(operator, who);
    if (who === RESIDENTS[0]) await look(operator, 'console, a resident');
    await operator.press('Juntar');
  }
  assert.match(await operator.text('#visita'), /1 Maria do Rosário.*2 José Amaro.*4A Rosa Brito/);
  await look(operator, 'console, a list of residents');
});

test('the list reaches the vehicle; the sheet for the home says room, name and hour', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  await desk.page.goto(`${desk.url}/lares`);
  await eventuallySays('the crew', () => desk.text('#visitas'), /Lar da Serra.*0 de 3/, 30_000);
  browser.expect(AWAY);
  await it.link.cut();
  await look(desk, 'visits');
  await desk.press(/^Lar da Serra ?,/);
  it.here = desk.page.url();
  await look(desk, 'a list of residents');
  await desk.press('Lista para o lar');
  const sheet = await desk.text('article');
  assert.match(sheet, /1 Maria do Rosário.*Impressa por Ana Martins, Espaço Móvel 07, .*É para destruir no fim da visita/);
  assert.doesNotMatch(sheet, /criminal|199|0078|NIF|1941/);
  await look(desk, 'the sheet for the home');
  await desk.page.goto(`${it.here}/papel?para=equipa`);
  assert.match(await desk.text('article'), /Maria do Rosário.*••• 0 078.*registo criminal/);
  await look(desk, 'the sheet for the crew');
});

test('what is the same for all is asked once', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.page.goto(it.here);
  await desk.press('Escolher o serviço e os residentes');
  await look(desk, 'a service for several is chosen');
  await desk.page.getByLabel(SERVICE).check();
  await desk.press('Continuar');
  for (const [name] of RESIDENTS) assert.ok(await desk.page.getByLabel(name).isChecked(), name);
  assert.doesNotMatch(await desk.text('main'), /NISS|Data de nascimento/);
  await desk.page.getByLabel('Voluntariado (grátis)').check();
  await desk.page.getByLabel('Para o próprio').check();
  await look(desk, 'for whom, and what they share');
  await desk.press('Começar');
  it.batch = desk.page.url();
  assert.match(await desk.text('main'), /0 de 3.*Finalidade Voluntariado/);
  await look(desk, 'a batch');
});

test('on a tablet at the bedside the next one is one press away', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.page.goto(it.here);
  await desk.press('Vista à cabeceira');
  await desk.page.setViewportSize({ width: 768, height: 1024 });
  await look(desk, 'the list on a tablet');
  await desk.follow(() => desk.page.locator('.thumb').getByRole('link', { name: 'Próximo residente' }).click());
  assert.match(await desk.text('h1'), /Maria do Rosário/);
  const thumb = await desk.page.locator('.thumb').boundingBox();
  assert.ok(thumb.y + thumb.height > 1000, 'at the thumb');
  const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 768, `${wide}`);
  await look(desk, 'a resident on a tablet');
  await desk.press('Disse que sim');
  await look(desk, 'who they are, on a tablet');
  await confirmWho(desk);
  await desk.press(new RegExp(`^Começar: ${SERVICE}`));
  assert.match(await desk.text('main'), /Como recebe o código/, 'the purpose was asked for all');
  await look(desk, 'what is hers alone, on a tablet');
  await finish(desk);
  assert.match(await desk.text('main'), /Maria do Rosário/);
  await desk.page.goto(it.batch);
  assert.match(await desk.text('main'), /1 de 3/);
  await look(desk, 'a batch on a tablet');
});

test('who asks for a resident needs an authority in force', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  await desk.follow(() => desk.page.locator('.thumb').getByRole('link', { name: 'Próximo residente' }).click());
  assert.match(await desk.text('h1'), /José Amaro/);
  browser.expect(REFUSED(422));
  await desk.page.getByLabel('Capacidade').selectOption('general');
  await desk.press('Disse que sim');
  assert.match(await desk.text('[role=alert]'), /é o acompanhante que decide/);
  await desk.page.getByLabel('Capacidade').selectOption('general');
  await desk.press('Pede quem representa');
  await confirmWho(desk);
  await desk.fill({ 'Nome completo de quem representa': 'Rosa Lopes', 'Número do documento de identificação de quem representa': 'PT 1234567', 'Documento que o prova': 'Sentença de 2 de novembro' });
  await desk.choose('Com que autoridade', 'Acompanhante de maior, por sentença');
  await desk.choose('O que o documento deixa fazer', 'Todos os atos');
  await desk.fill({ 'Válido até': '01/11/2025' });
  await desk.onward();
  assert.match(await desk.text('[role=alert]'), /Válido até|depois/);
  await look(desk, 'an authority that ended');
  await desk.page.goto(it.here);
  await desk.follow(() => row(desk, 'José Amaro').getByRole('link', { name: /^Abrir/ }).click());
  assert.match(await desk.text('main'), /Pede quem representa · Maior acompanhado: representação geral.*Identificar quem representa/);
  await look(desk, 'a resident whose representative is not known');
  await desk.press('Agora não consegue dizer');
});

test('who does not consent is left out, with the reason; the batch is done', { timeout: 120_000 }, async () => {
  const { desk } = it;
  assert.match(await desk.text('h1'), /Rosa Brito/);
  await desk.press('Não consente');
  await desk.page.goto(it.batch);
  assert.match(await desk.text('main'), /1 de 3.*Já ninguém espera. 2 residentes ficaram de fora.*Agora não consegue dizer.*Não consente/);
  await look(desk, 'a batch that is done');
  await desk.follow(() => desk.page.locator('.thumb').getByRole('button', { name: 'Sair da vista à cabeceira' }).click());
  await desk.page.setViewportSize({ width: 1366, height: 768 });
  assert.equal(await desk.page.locator('.thumb').count(), 0);
});

test('without scripts the same is there, and who is close is told what the resident lets them', { timeout: 120_000 }, async () => {
  const { browser, desk } = it;
  const plain = await browser.page({ javaScriptEnabled: false });
  await plain.context().addCookies(await desk.context.cookies());
  const bare = new Desk(plain, desk.url);
  await plain.goto(it.here);
  await bare.follow(() => row(bare, 'Maria do Rosário').getByRole('link', { name: /^Abrir/ }).click());
  await plain.getByText('O residente diz quem pode ser informado').click();
  await bare.fill({ Nome: 'Rosa Lopes', 'O que lhe é': 'filha', Telefone: '912 345 678' });
  await plain.getByLabel('Pode ser informada do resultado').check();
  await bare.press('Guardar');
  assert.match(await bare.text('main'), /Rosa Lopes \(filha\): pode ser informada do resultado/);
  await plain.close();
});

test('back at the hub it is there', { timeout: 120_000 }, async () => {
  const { operator, desk } = it;
  await it.link.restore();
  await operator.page.goto(it.list);
  await eventuallySays('the hub', () => operator.text('#visita'), /3 de 3 vistos.*Maria do Rosário.*1 pedido registado.*José Amaro.*Agora não consegue dizer.*Rosa Brito.*Não consente/, 40_000);
  await look(operator, 'console, a list after the visit');
  await desk.page.goto(it.here);
  await look(desk, 'a list after the visit');
});

test('the day over, and archived by the hub, it is gone from the vehicle', { timeout: 120_000 }, async () => {
  const { desk, hub, spot, browser } = it;
  await desk.follow(() => row(desk, 'Maria do Rosário').getByRole('link', { name: /^Abrir/ }).click());
  await desk.press(/^Ver o atendimento/);
  await desk.press('Fechar atendimento');
  await desk.stripSays(/nada por enviar.*provado/, 30_000);
  // A copy counts only on another disk than the store's.
  const elsewhere = await mkdtemp('/dev/shm/vereda-journey-');
  try {
    await run(vereda(), ['archive', '--config', join(hub.dir, 'config.toml'), '--to', join(elsewhere, 'archive.db')]);
  } finally { await rm(elsewhere, { recursive: true }); }
  browser.expect(AWAY);
  // What the hub archived it says when the spot comes anew.
  await eventually('what was listed is gone', async () => {
    await desk.page.goto('about:blank');
    await spot.end();
    await run(vereda(), ['purge', '--config', join(spot.dir, 'config.toml'), '--before', inLisbon(Date.now() + 3 * DAY)]);
    await spot.start();
    await desk.page.goto(`${desk.url}/lares`);
    await desk.stripSays('provado', 30_000);
    return /Não há visitas marcadas/.test(await desk.text('#visitas')) && !/Anteriores/.test(await desk.text('main'));
  }, 60_000);
  browser.expect(REFUSED(404));
  const response = await desk.page.goto(it.here);
  assert.equal(response.status(), 404);
  await desk.page.goto(`${desk.url}/pedidos`);
  assert.doesNotMatch(await desk.text('main'), /Maria do Rosário/);
});

test('the pages are in order', () => audit.assertClean());
