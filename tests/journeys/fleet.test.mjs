// The fleet as an administrator walks it: how the spots are, on a map and in a table; an alarm that somebody takes in hand; a
// vehicle that is stolen, which two people agree on, is refused at once, and what of it never came.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays, plain as words } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link, place: { position: '37,3184; -8,5561', stop: 'Monchique' } });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.operator = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);
const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

test('every spot is on the map and in the table, and says in a sentence how it is', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await desk.stripSays('provado', 30_000);
  await operator.press(/^Postos/);
  await eventuallySays('the fleet', () => operator.text('#lista'), /Espaço Móvel 07 .*agora.*nada por enviar.*Monchique.*nenhum/, 30_000);
  assert.match(await operator.text('#avisos'), /Nada precisa de alguém agora/);
  assert.match(await operator.page.locator('.fleet-map svg title').first().textContent(), /Espaço Móvel 07: provado hoje/);
  await look(operator, 'the fleet');
  await operator.press('Espaço Móvel 07');
  await eventuallySays('the spot', () => operator.text('#frase'), /Espaço Móvel 07: nada por enviar, .*catálogo em vigor\./, 30_000);
  const facts = await operator.text('#como');
  assert.match(facts, /Disco livre [\d,]+ [GMk]?B/);
  assert.match(facts, /Programa \d+\.\d+\.\d+, a correr há/);
  assert.match(facts, /Relógio certo/);
  // Somebody signed in meanwhile: the next word says so, and nobody loads the page.
  await eventuallySays('the spot', () => operator.text('#como'), /Alguém ao balcão sim/, 60_000);
  await look(operator, 'a spot that is well');
});

test('an alarm says what to do, is taken in hand with a note, and stays quiet until it is worse', { timeout: 120_000 }, async () => {
  const { browser, operator, place } = it;
  // The certificate was made long ago, and the list of then did not say when it ends.
  const list = join(place.dir, 'authority', 'enrolled.toml');
  const text = await readFile(list, 'utf8');
  await writeFile(list, text.replaceAll(/^ends = .*\n/gm, '').replaceAll(/^enrolled = ".*"$/gm, `enrolled = "${daysAgo(80)}"`));
  await operator.page.goto(`${operator.url}/postos`);
  await eventuallySays('the alarm', async () => { await operator.page.reload(); return operator.text('#avisos'); }, /1 aviso precisa de alguém Espaço Móvel 07: o certificado acaba em .* Inscreva-o de novo/, 20_000);
  await eventuallySays('the frame', async () => { await operator.page.reload(); return operator.text('#resumo'); }, /1 aviso dos postos/, 20_000);
  await look(operator, 'an alarm');
  await operator.page.getByLabel('Só com avisos').check();
  await operator.press('Ver');
  assert.match(await operator.text('#lista'), /1 posto.*Espaço Móvel 07.*1 aviso/);
  await operator.press('Espaço Móvel 07');
  await operator.page.getByLabel('O que vai fazer').fill('Vou inscrevê-lo no depósito na sexta-feira.');
  await look(operator, 'an alarm of a spot');
  await operator.press(/^Tenho isto em mãos/);
  assert.match(await operator.text('#avisos'), /Em mãos de Teresa Nunes, agora: Vou inscrevê-lo/);
  await look(operator, 'an alarm in hand');
  await operator.page.goto(`${operator.url}/postos`);
  assert.match(await operator.text('#avisos'), /Nada precisa de alguém agora. 1 aviso está em mãos/);
  browser.expect(REFUSED(404));
  await operator.page.goto(`${operator.url}/posto/nao-existe`);
  await operator.page.goto(`${operator.url}/postos?q=zzz&ordem=nada&pagina=99`);
  assert.match(await operator.text('#lista'), /Nenhum posto é assim/);
  await look(operator, 'nobody is so');
});

test('without scripts, and where it is narrow, the same is there', { timeout: 120_000 }, async () => {
  const { browser, operator } = it;
  const bare = await browser.page({ javaScriptEnabled: false, viewport: { width: 400, height: 800 } });
  await bare.context().addCookies(await operator.context.cookies());
  await bare.goto(`${operator.url}/postos?ordem=nome`);
  await Promise.all([bare.waitForNavigation(), bare.getByRole('link', { name: 'Espaço Móvel 07' }).first().click()]);
  assert.match(words(await bare.locator('#frase').innerText()), /Espaço Móvel 07: nada por enviar/);
  await bare.close();
});

test('a stolen vehicle needs two people, is refused at once, and what never came is named', { timeout: 180_000 }, async () => {
  const { browser, desk, operator } = it;
  const second = await Console.open(browser, it.hub, 'Vasco Rebelo');
  await operator.page.goto(`${operator.url}/posto/movel-07`);
  await operator.press('Dar o posto por perdido');
  assert.match(await operator.text('main'), /O que vai acontecer.*as ligações abertas são cortadas.*O que falta hoje dele Tudo o que se sabe/);
  await look(operator, 'what will happen');
  await operator.page.getByLabel('O que aconteceu').fill('Furtado esta noite do parque em Monchique.');
  await operator.press('Propor a outra pessoa');
  assert.match(await operator.text('#perda'), /Teresa Nunes diz que o posto está perdido.*Espera por uma segunda pessoa/);
  await look(operator, 'proposed by oneself');
  await second.page.goto(`${second.url}/posto/movel-07`);
  await look(second, 'proposed by another');
  browser.expect(AWAY);
  await second.press('Concordo: está perdido');
  assert.match(await second.text('#perda'), /Perdido: já não é aceite desde .*Teresa Nunes, com Vasco Rebelo: Furtado.*O que nunca chegou dele/);
  // The vehicle hears of it by itself, and nobody loads the operator's page.
  await desk.stripSays(/inscrit/, 30_000);
  await eventuallySays('the operator', () => operator.text('#perda'), /Perdido: já não é aceite/, 30_000);
  await look(operator, 'a lost spot');
  // It still writes; what it brings is set aside, and the page says so.
  await recordHealthCard(desk, CARMO);
  await eventuallySays('the operator', () => operator.text('#perda'), /registos nunca chegaram, que se saiba.*Na central, em quarentena: decida lá/, 60_000);
  await look(operator, 'what never came of it');
  await operator.page.goto(`${operator.url}/postos`);
  assert.match(await operator.text('#lista'), /Espaço Móvel 07/);
  await look(operator, 'the fleet without it');
});

test('the pages are in order', () => audit.assertClean());
