// A busy stop: turns are given, called by two desks, served; and the day's figures know of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('turns are given, called by two desks, and served; the figures of the day say so', { timeout: 90_000 }, async () => {
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const other = await Desk.open(it.browser, it.spot, 'Rui Pires');
  const queue = (of) => of.text('#fila');
  await other.today();
  for (const number of [1, 2, 3]) {
    await desk.press('Dar senha');
    assert.match(await queue(desk), new RegExp(`Dada a senha ${number}`));
  }
  await audit.look(desk.page, 'today with a queue');
  await eventuallySays('the other desk', () => queue(other), /Chamar a senha 1.*3 pessoas esperam/);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.today();
  await desk.press('Chamar a senha 1');
  await citizen.says(/Senha 1 É a sua vez.*Ticket 1: It is your turn/);
  await audit.look(citizen.page, 'the citizen is called', { focus: false });
  await eventuallySays('the other desk', () => queue(other), /Chamar a senha 2.*2 pessoas esperam/);
  await other.press('Chamar a senha 2');
  await other.press('Não compareceu');
  await other.press('Chamar a senha 3');
  await audit.look(desk.page, 'today with a turn called');
  await desk.press('Atender a senha 1');
  assert.match(desk.page.url(), /\/atendimento\//);
  await citizen.says(/Bem-vindo/);
  await desk.press(/^(Fechar|Terminar)/);

  await desk.page.goto(`${desk.url}/numeros`);
  const said = await desk.text('#numeros');
  assert.match(said, /Atendimentos 1 1 fechado/);
  assert.match(said, /Espera menos de 1 min/);
  await audit.look(desk.page, 'figures of a day');
  const [month] = await desk.page.getByRole('navigation', { name: 'Períodos' }).getByRole('link', { name: / de \d{4}$/ }).all();
  await desk.follow(() => month.click());
  await audit.look(desk.page, 'figures of a month');
  const link = desk.page.getByRole('link', { name: 'Ficheiro CSV' });
  const [download] = await Promise.all([desk.page.waitForEvent('download'), link.click()]);
  assert.match(download.suggestedFilename(), /^vereda-\d{4}-\d{2}\.csv$/);
  audit.assertClean();
});
