// Taking back what was written last: by its key, field by field, and what the card filled in at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { Desk } from './support/desk.mjs';
import { paired } from './support/citizen.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('what was typed last is taken back, and the citizen sees it go', { timeout: 60_000 }, async () => {
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.press(/^Identificar o cidadão/);
  const undo = () => desk.control(/^Desfazer/);
  assert.equal(await undo().isVisible(), false, 'there is nothing to take back');
  await desk.fill({ 'Nome completo': 'Maria do Carmo', 'Data de nascimento': '03/04/1951' });
  await citizen.reads('birth-date', /1951/);
  await undo().waitFor();
  await audit.look(desk.page, 'something can be taken back');

  // By its key, from outside a field.
  await desk.page.getByRole('heading', { level: 1 }).click();
  await desk.follow(() => desk.page.keyboard.press('z'));
  await eventuallySays('what was done', () => desk.text('.notice[role=status]'), /Desfeito: «Data de nascimento» voltou ao que era/);
  assert.equal(await desk.field('Data de nascimento').inputValue(), '');
  assert.equal(await desk.field('Nome completo').inputValue(), 'Maria do Carmo');
  await citizen.says(/^(?!.*1951)/);
  await audit.look(desk.page, 'something was taken back');
  await desk.press(/^Desfazer/);
  assert.equal(await desk.field('Nome completo').inputValue(), '');
  assert.equal(await undo().isVisible(), false);
  audit.assertClean();
});
