// Somebody comes from another region: the hub is asked, with a reason, and lends what it has, to be read.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { nif, niss } from './support/numbers.mjs';
import { CARMO } from './support/people.mjs';
import { recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const NIF = 'NIF — número de contribuinte';
const SOMEBODY_ELSE = { ...CARMO, 'Nome completo': 'Rosa Pintassilgo', [NIF]: nif('29990029'), 'NISS — segurança social': niss('1999990015') };
const WHY = 'Evacuada de Aljezur; perdeu os papéis.';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub({ scopes: ['monchique', 'aljezur'] })).start();
  it.links = { van: await it.place.link(it.hub), far: await it.place.link(it.hub) };
  it.van = await it.place.spot('movel-07', { link: it.links.van });
  it.far = await it.place.spot('solidario-02', { link: it.links.far, scopes: ['aljezur'] });
  await Promise.all([it.van.start(), it.far.start()]);
  it.desks = { van: await Desk.open(it.browser, it.van, 'Ana Martins'), far: await Desk.open(it.browser, it.far, 'Rui Pires') };
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

test('an evacuee is looked up with a reason, without a network first, and her request is here to be read', { timeout: 180_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const { van, far } = it.desks;
  it.number = await recordHealthCard(far, CARMO);
  await recordHealthCard(far, SOMEBODY_ELSE);
  await far.stripSays(/nada por enviar.*provado/, 30_000);
  await van.stripSays(/nada por enviar|ligad/, 30_000);
  await it.links.van.cut();
  await van.stripSays('sem rede', 20_000);

  // The mediator finds nothing here, and is led on.
  await van.page.goto(`${van.url}/pedidos?q=Carmo`);
  assert.match(await van.text('#resultados'), /Nada com «Carmo»/);
  await van.press('Vem de outra região? Consultar a central');
  await look(van, 'look-ups, none');
  await van.page.getByLabel('Procurar por').selectOption({ label: NIF });
  await van.fill({ 'Número': '123456780', 'Porque é preciso': WHY });
  await van.press('Perguntar à central');
  await eventuallySays('a wrong number', () => van.text('[role=alert]'), /controlo não batem certo/);
  assert.equal(await van.field('Porque é preciso').inputValue(), WHY, 'what was typed is kept');
  await look(van, 'look-ups, a wrong number');

  // From the attendance nobody types the number again.
  await van.nextCitizen();
  await van.identify(CARMO);
  await van.press('Vem de outra região? Consultar a central');
  assert.equal(await van.page.getByLabel('Número').inputValue(), CARMO[NIF]);
  await van.page.getByLabel('Porque é preciso').fill(WHY);
  await van.press('Perguntar à central');
  assert.match(await van.text('#resposta-da-central'), /por enviar: segue quando houver ligação/);
  await look(van, 'a look-up that waits');

  // The page that is open follows by itself.
  await it.links.van.restore();
  await eventuallySays('the answer', () => van.text('#resposta-da-central'), new RegExp(`1 pedido, para ler até.*${it.number}.*Maria do Carmo`), 60_000);
  await look(van, 'a look-up that was answered');
  await van.press(it.number);
  const page = await van.text('main');
  assert.match(page, /Está aqui só para ler, até/);
  assert.match(page, /Rua da Fonte, 3/);
  assert.equal(await van.page.getByText('Corrigir', { exact: false }).count(), 0, 'nothing can be changed');
  assert.equal(await van.page.getByRole('button', { name: 'Juntar nota' }).count(), 0);
  await look(van, 'a request that is lent');
  await van.page.goto(`${van.url}/pedidos?q=Pintassilgo`);
  assert.match(await van.text('#resultados'), /Nada com/, 'of nobody else anything came');
});

test('the hub has written down who asked for whom and why', { timeout: 60_000 }, async () => {
  const operator = await Console.open(it.browser, it.hub);
  await operator.press(/^Consultas/);
  await eventuallySays('the audit', () => operator.text('#lista'), new RegExp(`Ana Martins, Espaço Móvel 07.*•••.*${WHY}.*1 pedido`));
  assert.doesNotMatch(await operator.text('#lista'), new RegExp(CARMO[NIF]), 'the number is masked');
  await look(operator, 'console, look-ups');
  audit.assertClean();
});
