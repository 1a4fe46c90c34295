// Who may do what at the hub: an agent sees no conflicts and is told whom to ask, an auditor sees them and decides nothing, an
// operator of another region finds nothing of this one, and what she opens by its address is written down.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { PIN } from './support/node.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.operator = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

/** Signs in and ends on whatever page is first for them. */
async function as(name) {
  const who = new Console(await it.browser.page({ viewport: { width: 1600, height: 900 } }), it.hub.url);
  await who.page.goto(`${who.url}/entrar`);
  await who.tryPin(name, PIN[name]);
  await who.page.getByRole('navigation', { name: 'Principal' }).waitFor();
  return who;
}

const menu = async (who) => (await who.page.locator('nav a').allInnerTexts()).map((name) => name.replace(/\s+\S$/, '').trim());

test('an agent has the pages of an agent, and is told who has the others', { timeout: 60_000 }, async () => {
  it.browser.expect(REFUSED(403));
  const agent = await as('Carla Simões');
  assert.equal(new URL(agent.page.url()).pathname, '/pedidos');
  const theirs = await menu(agent);
  assert.ok(theirs.includes('Apoio') && theirs.includes('Lares'), theirs.join());
  for (const name of ['Conflitos', 'Quarentena', 'Reservas', 'Fora da região']) assert.ok(!theirs.includes(name), name);
  await agent.page.goto(`${agent.url}/quarentena`);
  assert.match(await agent.text('main'), /Isto não é do seu papel.*agente do centro de contacto.*administrador ou auditor.*A quem pedir.*Vasco Rebelo.*Inês Farinha/);
  await look(agent, 'console, not their role');
  await agent.follow(() => agent.page.getByRole('link', { name: 'Ir para as minhas páginas' }).click());
});

test('an auditor sees and changes nothing', { timeout: 60_000 }, async () => {
  const auditor = it.auditor = await as('Inês Farinha');
  assert.equal(new URL(auditor.page.url()).pathname, '/');
  assert.match(await auditor.text('main'), /mudar o que cá está não é do seu papel/);
  await look(auditor, 'console, an auditor');
  await auditor.page.goto(`${auditor.url}/mensagens`);
  assert.equal(await auditor.page.locator('main form[method=post]:visible').count(), 0);
  await look(auditor, 'console, an auditor where others write');
});

test('whoever is of another region finds nothing of this one, and trying is written down', { timeout: 60_000 }, async () => {
  const { operator, auditor, browser } = it;
  await operator.page.goto(`${operator.url}/lares`);
  await operator.fill({ 'Nome do lar': 'Lar da Serra', Concelho: 'Monchique' });
  await operator.press('Guardar o lar');
  const address = new URL(operator.page.url()).pathname;
  assert.match(address, /^\/lar\//);
  browser.expect(REFUSED(404));
  const olga = await as('Olga Barros');
  assert.match(await olga.text('header'), /Olga Barros · Costa Vicentina/);
  await olga.page.goto(`${olga.url}/lares`);
  assert.doesNotMatch(await olga.text('main'), /Lar da Serra/);
  await olga.page.goto(`${olga.url}${address}`);
  const theirs = await olga.text('main');
  await olga.page.goto(`${olga.url}/lar/${'0'.repeat(64)}`);
  assert.equal(await olga.text('main'), theirs, 'as of an address that nobody ever had');
  await auditor.page.goto(`${auditor.url}/alheios`);
  await eventuallySays('the auditor', () => auditor.text('#lista'), new RegExp(`Olga Barros.*1 vez.*${address}`), 10_000);
  await look(auditor, 'console, what was opened beyond the region');
});

test('who saw what is written down, for auditors and for the citizen who asks, under the seal of the hub', { timeout: 60_000 }, async () => {
  const { auditor, operator, browser } = it;
  await operator.page.goto(`${operator.url}/pedidos?q=peixeiro`);
  browser.expect(REFUSED(403));
  await operator.page.goto(`${operator.url}/acessos`);
  assert.match(await operator.text('main'), /Isto não é do seu papel/);
  await auditor.page.goto(`${auditor.url}/acessos`);
  assert.match(await auditor.text('#lista'), /Teresa Nunes Viu a lista de pedidos, procurou «peixeiro»/);
  await look(auditor, 'console, the log of accesses');
  await auditor.page.getByRole('link', { name: 'Teresa Nunes' }).first().click();
  await auditor.page.getByRole('heading', { name: 'Acessos de Teresa Nunes' }).waitFor();
  await auditor.page.goto(`${auditor.url}/acessos/cidadao`);
  browser.expect(REFUSED(422));
  await auditor.fill({ 'NIF, NIC, NISS ou número de utente': 'Maria' });
  await auditor.press('Ver');
  assert.match(await auditor.text('[role=alert]'), /8 a 12 algarismos/);
  await auditor.fill({ 'NIF, NIC, NISS ou número de utente': '299 900 118' });
  await auditor.press('Ver');
  assert.match(await auditor.text('main'), /A central não tem nenhum pedido com este número/);
  await look(auditor, 'console, what there is of a citizen');
});

test('the pages are in order', () => audit.assertClean());
