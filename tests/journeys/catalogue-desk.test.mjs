// The catalogue desk as administrators walk it: a folder with faults that say where; one changes a fee in the editor, the other
// one reads what changes, sees it as the mediator will, and agrees; the desk offers it; then it is taken back.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { PIN } from './support/node.mjs';
import { CARMO } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.first = await as('Teresa Nunes');
  it.second = await as('Vasco Rebelo');
});

/** Signs in and ends on whatever page is first for them. */
async function as(name) {
  const who = new Console(await it.browser.page({ viewport: { width: 1600, height: 900 } }), it.hub.url);
  await who.page.goto(`${who.url}/entrar`);
  await who.tryPin(name, PIN[name]);
  await who.page.getByRole('navigation', { name: 'Principal' }).waitFor();
  return who;
}

const audit = new Audit();
const shot = async (who, name) => { if (process.env.VEREDA_SHOTS) await who.page.screenshot({ path: `${process.env.VEREDA_SHOTS}/${name}.png`, fullPage: true }); };
const look = async (who, name) => { await audit.look(who.page, name); await shot(who, name.replaceAll(/\W+/g, '-')); };
const edit = async (who, change) => {
  const text = who.page.getByLabel('Texto do ficheiro');
  await text.fill(change(await text.inputValue()));
  await who.press('Guardar e verificar');
};

test('a folder that is wrong says where and what to do, and goes no further', { timeout: 120_000 }, async () => {
  const { first, place, browser } = it;
  const folder = join(place.dir, 'do-computador');
  await cp(join(place.dir, 'movel-07', 'catalogue'), folder, { recursive: true }).catch(() => cp(join(import.meta.dirname, '../../images/demo/catalogue'), folder, { recursive: true }));
  const cesd = join(folder, 'services', 'cesd.toml');
  await writeFile(cesd, (await readFile(cesd, 'utf8')).replace('minutes = 5', 'minutes = "cinco"'));
  await first.page.goto(`${first.url}/catalogo`);
  assert.match(await first.text('main'), /Em vigor: edição 3 .*uma pasta na central, que ninguém selou/);
  await look(first, 'catalogue, a folder');
  browser.expect(REFUSED(422));
  await first.press('Enviar e verificar');
  assert.match(await first.text('#erro'), /Não escolheu nada/);
  await first.page.getByLabel('Pasta do catálogo').setInputFiles(folder);
  await first.press('Enviar e verificar');
  const said = await first.text('main');
  assert.match(said, /erros? por corrigir .*services\/cesd\.toml, linha 7/);
  assert.equal(await first.page.getByRole('button', { name: 'Propor a outra pessoa' }).count(), 0);
  await look(first, 'catalogue, faults');
  await first.press(/^services\/cesd.toml, linha 7/);
  await edit(first, (text) => text.replace('"cinco"', '6'));
  assert.match(await first.text('main'), /Guardado\. Este ficheiro não tem erros/);
  await look(first, 'catalogue, a file mended');
});

test('one changes a fee, the other one reads what changes and agrees, and the desk offers it', { timeout: 180_000 }, async () => {
  const { first, second, browser, spot } = it;
  await first.page.goto(`${first.url}/catalogo`);
  await first.press('Começar da edição em vigor');
  assert.match(await first.text('main'), /Proposta 2: edição 4/);
  await first.press('services/registo-criminal.toml');
  await edit(first, (text) => text.replace('cents = 500', 'cents = 750'));
  await first.press('Ver o que muda');
  assert.match(await first.text('main'), /edição 3 → 4 .*Certificado do registo criminal taxa ao balcão: 5,00 € → 7,50 €/);
  await look(first, 'catalogue, what changes');
  await first.page.getByLabel('Porque se publica').fill('A portaria muda a taxa.');
  await first.press('Propor a outra pessoa');
  assert.match(await first.text('main'), /Espera por uma segunda pessoa/);
  assert.equal(await first.page.getByRole('button', { name: /^Concordo/ }).count(), 0, 'nobody agrees to their own');
  await look(first, 'catalogue, waits for a second person');

  await second.page.goto(`${second.url}/catalogo`);
  assert.match(await second.text('#cat-espera'), /Teresa Nunes propõe publicar para todos os postos.*A portaria muda a taxa/);
  await look(second, 'catalogue, somebody proposes');
  await second.press('Ver o que muda, e decidir');
  await second.page.locator('section[aria-labelledby=t-ver]').getByRole('link', { name: 'Certificado do registo criminal' }).click();
  await second.page.getByRole('heading', { level: 1, name: 'Certificado do registo criminal' }).waitFor();
  assert.match(await second.text('main'), /ao balcão 7,50 €.*Antevisão.*Para quem é o certificado\?/);
  assert.equal(await second.page.locator('main fieldset.only-read input:enabled').count(), 0);
  await look(second, 'catalogue, as the mediator will see it');
  await second.press('inglês');
  await look(second, 'catalogue, as the mediator will see it, English');
  await second.page.goBack();
  await second.press('Proposta 2');
  await look(second, 'catalogue, the second person decides');
  await second.press(/^Concordo/);
  assert.match(await second.text('main'), /Em vigor: edição 4 .*Propôs Teresa Nunes; concordou Vasco Rebelo/);
  await eventuallySays('the uptake', () => second.text('#cat-tomada'), /1 de 1 posto tem/, 100_000);
  await look(second, 'catalogue, every spot has it');

  const desk = await Desk.open(browser, spot);
  await desk.nextCitizen();
  await desk.identify(CARMO);
  const about = desk.page.locator('li', { has: desk.page.getByRole('button', { name: /^Certificado do registo criminal/ }) }).locator('details');
  await about.locator('summary').click();
  assert.match((await about.innerText()).replace(/\s+/g, ' '), /Aqui: 7,50 €/);
});

test('without scripts, and where it is narrow, the same is there; a withdrawal is a new number', { timeout: 180_000 }, async () => {
  const { first, second, browser } = it;
  // A second edition, so that there is one before it.
  await first.page.goto(`${first.url}/catalogo`);
  await first.press('Começar da edição em vigor');
  await first.press('services/registo-criminal.toml');
  await edit(first, (text) => text.replace('cents = 750', 'cents = 9900'));
  await first.press('Ver o que muda');
  await first.page.getByLabel('Porque se publica').fill('Nova taxa.');
  await first.press('Propor a outra pessoa');
  const proposal = first.page.url();
  await second.page.goto(proposal);
  await second.press(/^Concordo/);
  assert.match(await second.text('main'), /Em vigor: edição 5/);

  await second.page.getByText('Retirar a edição 5').click();
  await look(second, 'catalogue, taken back');
  await second.page.goto(`${second.url}/catalogo`);
  await second.page.getByText('Retirar a edição 5').click();
  await second.page.getByLabel('Porque se retira').fill('Faltou uma vírgula: são 9,90 €.');
  await second.press('Propor que se retire');
  assert.match(await second.text('main'), /Retira a edição 5: volta ao que havia antes.*taxa ao balcão: 99,00 € → 7,50 €/);
  const back = second.page.url();
  const bare = new Console(await browser.page({ javaScriptEnabled: false, viewport: { width: 400, height: 800 } }), it.hub.url);
  await bare.page.goto(`${bare.url}/entrar`);
  await bare.tryPin('Teresa Nunes', PIN['Teresa Nunes']);
  await bare.page.goto(back);
  await bare.press(/^Concordo/);
  assert.match(await bare.text('main'), /Em vigor: edição 6.*retira a edição 5/);
  await shot(bare, 'catalogue-narrow');
});

test('the pages are in order', () => audit.assertClean());
