// People at the console: somebody new comes with a PIN of one use and chooses their own, at the console and at a desk; an
// administrator takes two; whoever leaves is out, in the vehicle too.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  const link = await it.place.link(it.hub);
  it.spot = await (await it.place.spot('movel-07', { link })).start();
  it.vasco = await Console.open(it.browser, it.hub, 'Vasco Rebelo');
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);
const pin = async (who) => (await who.text('.one-pin')).trim();

async function fill(who, values) {
  for (const [label, value] of Object.entries(values)) await who.page.getByLabel(label, { exact: true }).fill(value);
}

/** Chooses a PIN with the one that they were given, wherever they come in. */
async function choose(who, given, own) {
  await who.page.getByRole('heading', { name: 'Escolha o seu PIN' }).waitFor();
  await who.fill({ 'PIN que recebeu': given });
  await who.page.getByLabel('PIN novo', { exact: true }).fill(own);
  await who.page.getByLabel('PIN novo, outra vez').fill(own);
  await who.press(/^Guardar e entrar/);
}

test('an administrator lets a mediator in, who chooses a PIN in the vehicle', { timeout: 120_000 }, async () => {
  const { vasco, browser, spot } = it;
  await vasco.page.goto(`${vasco.url}/pessoas`);
  assert.match(await vasco.text('#lista'), /Ana Martins.*mediador/);
  await look(vasco, 'console, people');
  browser.expect(REFUSED(422));
  await fill(vasco, { Utilizador: 'ana.m', Nome: 'Eva Salgueiro' });
  await vasco.page.getByLabel(/^mediador/).check();
  await vasco.page.getByLabel('Serra de Monchique').check();
  await vasco.press('Dar entrada');
  assert.match(await vasco.text('[role=alert]'), /já é ou já foi de alguém/);
  assert.equal(await vasco.page.getByLabel('Nome', { exact: true }).inputValue(), 'Eva Salgueiro', 'nothing is lost');
  await look(vasco, 'console, a user that is taken');
  await fill(vasco, { Utilizador: 'eva.s' });
  await vasco.press('Dar entrada');
  const given = await pin(vasco);
  assert.match(given, /^\d{6}$/);
  await look(vasco, 'console, a PIN of one use');
  await vasco.page.goto(`${vasco.url}/pessoa/eva.s`);
  assert.doesNotMatch(await vasco.text('main'), new RegExp(given), 'it is shown once');
  const eva = it.eva = new Desk(await browser.page(), spot.url);
  await eva.page.goto(`${spot.url}/entrar`);
  for (let left = 40; left > 0 && (await eva.page.getByText('Eva Salgueiro').count()) === 0; left -= 1) {
    await eva.page.waitForTimeout(1_000);
    await eva.page.reload();
  }
  await eva.tryPin('Eva Salgueiro', given);
  await look(eva, 'desk, a PIN of one use');
  browser.expect(REFUSED(422));
  await choose(eva, given, '1987');
  assert.match(await eva.text('[role=alert]'), /ano ou uma data/);
  await look(eva, 'desk, a PIN that somebody would try');
  await choose(eva, given, '4827');
  await eva.page.getByRole('button', { name: /Próximo cidadão/ }).waitFor();
  await eva.page.getByRole('link', { name: /Eva Salgueiro/ }).click();
  await eva.page.getByRole('heading', { name: 'Mudar o meu PIN' }).waitFor();
  await look(eva, 'desk, another PIN');
});

test('an administrator takes two, and each has a half of the PIN', { timeout: 120_000 }, async () => {
  const { vasco, browser, hub } = it;
  await vasco.page.goto(`${vasco.url}/pessoas`);
  await fill(vasco, { Utilizador: 'rita.f', Nome: 'Rita Faísca' });
  await vasco.page.getByLabel(/^administrador/).check();
  await vasco.page.getByLabel('Todo o país').check();
  await vasco.press('Dar entrada');
  const first = await pin(vasco);
  await look(vasco, 'console, an administrator is proposed');
  const teresa = await Console.open(browser, hub, 'Teresa Nunes');
  await teresa.page.goto(`${teresa.url}/pessoas`);
  await teresa.page.getByRole('link', { name: 'Rita Faísca' }).click();
  await look(teresa, 'console, a second person is asked');
  await teresa.press('Concordo');
  const second = await pin(teresa);
  const rita = new Console(await browser.page({ viewport: { width: 1600, height: 900 } }), hub.url);
  await rita.page.goto(`${hub.url}/entrar`);
  await rita.tryPin('Rita Faísca', first + second);
  await choose(rita, first + second, '90817');
  await rita.page.getByRole('navigation', { name: 'Principal' }).waitFor();
  await rita.page.goto(`${hub.url}/pessoas`);
  assert.match(await rita.text('main'), /Nova pessoa/);
});

test('whoever leaves is out at the hub at once, and in the vehicle at its next contact', { timeout: 120_000 }, async () => {
  const { vasco, eva } = it;
  await vasco.page.goto(`${vasco.url}/pessoa/eva.s`);
  await vasco.press('Sai agora');
  await vasco.page.getByText('Esta pessoa saiu').waitFor();
  await look(vasco, 'console, somebody who left');
  await eva.page.goto(`${eva.url}/entrar`);
  for (let left = 60; left > 0 && (await eva.page.getByText('Eva Salgueiro').count()) > 0; left -= 1) {
    await eva.page.waitForTimeout(1_000);
    await eva.page.reload();
  }
  assert.equal(await eva.page.getByText('Eva Salgueiro').count(), 0);
  assert.ok((await eva.text('main')).includes('Ana Martins'));
  const auditor = await Console.open(it.browser, it.hub, 'Inês Farinha');
  await auditor.page.goto(`${auditor.url}/acessos`);
  await eventuallySays('the account', () => auditor.text('#lista'), /Vasco Rebelo Mudou uma pessoa: eva\.s: permanência: fica → saiu/, 10_000);
  await auditor.page.goto(`${auditor.url}/pessoas`);
  assert.equal(await auditor.page.locator('main form[method=post]:visible').count(), 0);
  await look(auditor, 'console, people as an auditor sees them');
});

test('the pages are in order', () => audit.assertClean());
