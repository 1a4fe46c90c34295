// Training: the same desk on invented people, marked on both screens and on paper, beside real work.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Citizen } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { PIN } from './support/node.mjs';
import { CARMO } from './support/people.mjs';
import { recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});
const audit = new Audit();
const NAME = 'Maria da Graça Ribeiro Inventada';

/** A picture of what is looked at, where the caller says so. */
async function shoot(page, name) {
  const folder = process.env.VEREDA_PICTURES;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function train(desk, name, pin = PIN[name]) {
  await desk.page.goto(`${desk.url}/entrar`);
  await desk.page.getByLabel(name).check();
  await desk.page.getByLabel('PIN').fill(pin);
  await desk.press('Entrar para treinar');
}

test('one trains while the other works, and neither sees the other’s people', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(422), REFUSED(404));
  const desk = new Desk(await it.browser.page(), it.spot.url);
  const real = await Desk.open(it.browser, it.spot, 'Rui Pires');
  const citizen = await Citizen.open(it.browser, it.spot);

  await train(desk, 'Ana Martins', '0000');
  assert.match(await desk.text('[role=alert]'), /mais 4 vezes/, 'the PIN is the real one');
  await train(desk, 'Ana Martins');
  await desk.page.getByRole('heading', { name: 'Hoje', exact: true }).waitFor();
  assert.match(await desk.page.title(), /^TREINO/);
  assert.match(await desk.text('header'), /TREINO – sem valor.*nada daqui é enviado/);
  await audit.look(desk.page, 'today, in training');
  await shoot(desk.page, 'training-today');
  assert.doesNotMatch(await real.text('header'), /TREINO/);

  // The screen goes along.
  await desk.pair(await citizen.code());
  await citizen.says(/Treino: nada disto é a sério.*Bem-vindo/);

  // A card of somebody invented, in a reader that no real card gets into.
  await desk.nextCitizen();
  await desk.page.getByLabel('Cartão no leitor').selectOption({ label: NAME });
  await desk.press('Pôr');
  await desk.press(/^Preencher/);
  await audit.look(desk.page, 'the identification, in training');
  assert.equal(await desk.field('Nome completo').inputValue(), NAME);
  await citizen.says(NAME);
  await citizen.touch('English');
  await citizen.says('Training: nothing here is real');
  await audit.look(citizen.page, 'the citizen’s screen, in training', { focus: false });
  await shoot(citizen.page, 'training-citizen');
  await desk.onward();

  await desk.begin('Cartão Europeu de Seguro de Doença');
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 3', 'Código postal': '8550-000', Localidade: 'Monchique' });
  await desk.onward();
  await desk.byWord();
  const number = await desk.record();
  assert.match(number, /^TREINO/);
  await shoot(desk.page, 'training-receipt');
  await audit.look(desk.page, 'the receipt, in training');
  await desk.page.emulateMedia({ media: 'print' });
  const mark = desk.page.locator('.training-band strong');
  assert.ok(await mark.isVisible(), 'the mark is on paper');
  assert.equal((await mark.innerText()).toUpperCase(), 'TREINO – SEM VALOR');
  assert.ok(!await desk.page.getByLabel('Cartão no leitor').isVisible());
  await shoot(desk.page, 'training-paper');
  await desk.page.emulateMedia({ media: 'screen' });

  // Real work goes on beside it, and knows nothing of it.
  const served = await recordHealthCard(real, CARMO);
  assert.doesNotMatch(served, /TREINO/);
  for (const [who, mine, others] of [[real, served, number], [desk, number, served]]) {
    await who.page.goto(`${who.url}/pedidos`);
    const listed = await who.text('main');
    assert.ok(listed.includes(mine) && !listed.includes(others), listed);
  }
});

test('whoever goes back to work leaves training with the screen', { timeout: 60_000 }, async () => {
  const desk = new Desk(await it.browser.page(), it.spot.url);
  const citizen = await Citizen.open(it.browser, it.spot);
  await train(desk, 'Ana Martins');
  await desk.pair(await citizen.code());
  await citizen.says('Treino:');
  await desk.signIn('Ana Martins');
  assert.doesNotMatch(await desk.text('header'), /TREINO/);
  await eventuallySays('the screen', () => citizen.text(), /Código deste ecrã/);
  assert.doesNotMatch(await citizen.text(), /Treino/);
  await desk.pair(await citizen.code());
  await citizen.says('Bem-vindo');
  assert.doesNotMatch(await citizen.text(), /Treino/);
  // What was done in training is not to be found here, nor after the plug was pulled.
  await desk.page.goto(`${desk.url}/pedidos?q=Inventada`);
  assert.doesNotMatch(await desk.text('main'), /Inventada [^»]*Cartão/);
});

test('every page of training is in order', () => audit.assertClean());
