// Two spots on one network, and no hub anywhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { Desk } from './support/desk.mjs';
import { iban } from './support/numbers.mjs';
import { CARMO, ZE } from './support/people.mjs';
import { openRequest, recordHealthCard, recordHousingAid } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const NIF = 'NIF — número de contribuinte';

const it = stage(async (it) => {
  it.van = await it.place.spot('movel-07');
  it.together = await it.place.meeting(it.van.values.peers_port);
  it.home = await it.place.spot('solidario-02', { meets: it.together, scopes: ['aljezur', 'monchique'] });
  await Promise.all([it.van.start(), it.home.start()]);
  it.desks = { van: await Desk.open(it.browser, it.van, 'Ana Martins'), home: await Desk.open(it.browser, it.home, 'Rui Pires') };
  it.photo = await it.browser.picture();
});

const audit = new Audit();
const shot = async (page, name) => { if (process.env.VEREDA_SHOTS) await page.screenshot({ path: `${process.env.VEREDA_SHOTS}/${name}.png`, fullPage: true }); };

test('what one recorded the other has, and is not told that it is at the hub', { timeout: 90_000 }, async () => {
  const { van, home } = it.desks;
  it.number = await recordHousingAid(van, ZE, { iban: iban('0035000000000000177'), photo: it.photo });
  await it.together.restore();
  await home.stripSays(/Espaço Móvel 07 está perto: tudo partilhado/, 30_000);
  await van.stripSays(/está perto: tudo partilhado/, 30_000);
  await audit.look(home.page, 'the strip of two that are together');
  await openRequest(home, it.number);
  await eventuallySays('the state', () => home.text('.page-head'), /registado \(provisório\)/);
  assert.doesNotMatch(await home.text('.page-head'), /recebido pela central/);
});

test('where the work is stands on a page: with whom is near, and what of theirs is here', { timeout: 60_000 }, async () => {
  const { van, home } = it.desks;
  await van.press('Onde está o trabalho');
  assert.match(await van.text('#onde'), /Neste posto 1 pedido que a central ainda não tem.*sem rede.*Espaço Solidário 02: tem tudo o que este posto escreveu/);
  await home.press('Onde está o trabalho');
  assert.match(await home.text('#onde'), /Nada por enviar.*Espaço Móvel 07: 1 pedido que partilhou e que a central ainda não disse ter\. Se até .* não os levar, leva-os este posto/);
  await audit.look(home.page, 'where the work is');
  await openRequest(home, it.number);
});

test('a note at one desk comes to the other while somebody looks at it', { timeout: 60_000 }, async () => {
  const { van, home } = it.desks;
  await openRequest(van, it.number);
  await van.field('Juntar uma nota').fill('Telefonou a filha.');
  await van.press(/^Juntar/);
  await eventuallySays('the own desk', () => van.text('#notas'), /Telefonou a filha\./, 5_000);
  await eventuallySays('the other desk', () => home.text('#notas'), /Telefonou a filha\./, 20_000);
});

test('who comes from the other’s region is looked up there, with no hub', { timeout: 90_000 }, async () => {
  const { van, home } = it.desks;
  const number = await recordHealthCard(home, CARMO);
  await van.page.goto(`${van.url}/consultas`);
  await van.page.getByLabel('Procurar por').selectOption({ label: NIF });
  await van.fill({ 'Número': CARMO[NIF], 'Porque é preciso': 'Evacuada de Aljezur; perdeu os papéis.' });
  await van.press('Perguntar à central');
  await eventuallySays('what is lent', () => van.text('#resposta-da-central'),
    new RegExp(`Solidário 02 emprestou 1 pedido, para ler até.*${number}.*Maria do Carmo.*Pode haver mais pedidos`), 30_000);
  await audit.look(van.page, 'a look-up that a spot nearby answered');
  await van.press(number);
  const page = await van.text('main');
  assert.match(page, /Está aqui só para ler, até/);
  assert.match(page, /registado \(provisório\)/);
  await audit.look(van.page, 'a request that a spot nearby lent');
});

test('what was asked for at both is said before it is recorded, and afterwards, with what to do', { timeout: 120_000 }, async () => {
  const { van, home } = it.desks;
  const attendance = await home.nextCitizen();
  await home.identify(ZE);
  await home.begin('Apoio à habitação após catástrofe');
  await home.page.goto(`${home.url}/atendimento/${attendance}`);
  assert.match(await home.text('#parecidos'), /Parece a mesma pessoa e o mesmo pedido: Espaço Móvel 07, .*Pergunte ao cidadão se já pediu isto/);
  await shot(home.page, 'twice-before');
  await audit.look(home.page, 'an attendance in which something was asked for elsewhere');
  const number = await recordHealthCard(van, CARMO);
  await home.today();
  await eventuallySays('what waits', () => home.text('#mensagens'), /Parece a mesma pessoa e o mesmo pedido Maria do Carmo Ferrão, Cartão Europeu.*Também em Espaço Móvel 07/, 30_000);
  await shot(home.page, 'twice-waits');
  await audit.look(home.page, 'today, with what was asked for twice');
  await home.page.locator('#mensagens').getByRole('link', { name: /Maria do Carmo Ferrão, Cartão/ }).click();
  await home.page.waitForURL(/pedido/);
  assert.match(await home.text('.twice'), new RegExp(`Espaço Móvel 07.*${number}.*O NIF é o mesmo`));
  await shot(home.page, 'twice-request');
  await audit.look(home.page, 'a request that seems to be made twice');
  await home.page.getByText('Ficam os dois').first().click();
  await home.fill({ 'Porque ficam os dois': 'O primeiro foi pedido para a filha, com o NIF trocado.' });
  await home.press('Deixar os dois');
  assert.equal(await home.page.locator('.twice').count(), 0);
  assert.match(await home.text('#historia'), /ficam os dois\. Motivo: O primeiro foi pedido para a filha/);
  await home.today();
  assert.doesNotMatch(await home.text('#mensagens'), /o mesmo pedido/);
});

test('apart again, each says so and works on', { timeout: 60_000 }, async () => {
  const { van } = it.desks;
  await van.page.goto(`${van.url}/onde`);
  await it.together.cut();
  // The page follows by itself.
  await eventuallySays('who is near', () => van.text('#onde'), /Nenhum outro posto está por perto/, 30_000);
  for (const desk of Object.values(it.desks)) await desk.stripSays(/^(?!.*está perto).*$/s, 30_000);
});

test('the pages are in order', () => audit.assertClean());
