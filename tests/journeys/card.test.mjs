// The Citizen Card through the real PC/SC daemon.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { Devices } from './support/devices.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.devices = await Devices.start();
  it.spot = await it.place.spot('movel-07', { reader: 'Virtual PCD 00 00', env: it.devices.env });
  await it.spot.start();
});
after(() => it.devices?.end());

const panel = (desk, expected, withinMs = 15_000) => eventuallySays('the card panel', () => desk.text('#cartao'), expected, withinMs);

test('the card fills in what it knows, and each field says so', { timeout: 60_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await panel(desk, 'Insira o cartão no leitor');

  await it.devices.tell('insert 0 rosario slow 30');
  await panel(desk, 'A ler o cartão. Não o retire.');
  assert.ok(await desk.page.locator('#cartao progress').count(), 'the progress is shown');
  await panel(desk, 'Maria do Rosário Encarnação');

  // What was typed before stays: the card fills only what is empty.
  await desk.field('Nacionalidade').fill('Portuguesa e suíça');
  await desk.kept('nationality');
  await desk.press('Preencher com o cartão');
  assert.equal(await desk.field('Nome completo').inputValue(), 'Maria do Rosário Encarnação');
  assert.equal(await desk.field('Data de nascimento').inputValue(), '07/10/1957');
  assert.equal(await desk.markAt('full-name'), 'do cartão');
  assert.equal(await desk.markAt('nif'), 'do cartão');
  assert.equal(await desk.field('Nacionalidade').inputValue(), 'Portuguesa e suíça');
  assert.equal(await desk.markAt('nationality'), 'escrito');
  await panel(desk, 'já estão preenchidos');
  await citizen.reads('full-name', 'Maria do Rosário Encarnação');
  await citizen.reads('niss', '•••');

  // Typing over a value of the chip makes it a typed one; the others stay.
  await desk.field('Nome completo').fill('Maria do Rosário da Encarnação');
  await eventuallySays('the mark', () => desk.markAt('full-name'), 'escrito');
  await desk.onward();
  const identity = await desk.text('#identidade');
  assert.match(identity, /Maria do Rosário da Encarnação escrito/);
  assert.match(identity, /199 910 103 do cartão/);

  // A service takes the numbers over, with where they come from.
  await desk.begin('Cartão Europeu de Seguro de Doença');
  assert.match(await desk.field('NISS — número da Segurança Social').inputValue(), /^[\d\s]{11,}$/);
  assert.equal(await desk.markAt('niss'), 'do cartão');
  await it.devices.tell('remove 0');
});

test('a date of the chip stays one of the chip, and reads as a date', { timeout: 60_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  await it.devices.tell('insert 0 deolinda');
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await panel(desk, 'Deolinda das Dores');
  await desk.press('Preencher com o cartão');
  assert.equal(await desk.markAt('birth-date'), 'do cartão');
  await desk.onward();
  await it.devices.tell('remove 0');
  assert.match(await desk.text('#identidade'), /11\/02\/1935 do cartão/);
});

test('what goes wrong with a card is said, and mends by itself', { timeout: 90_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.type('Nome completo', 'João');

  await it.devices.tell('insert 0 baptista pull 12');
  await panel(desk, 'O cartão saiu antes do fim da leitura. Insira-o de novo.');
  await it.devices.tell('insert 0 baptista unknown');
  await panel(desk, 'não é um Cartão de Cidadão');
  await it.devices.tell('insert 0 baptista');
  await panel(desk, 'João Baptista d\'Assunção Peixeiro');

  await it.devices.tell('kill-daemon');
  await panel(desk, /O serviço de cartões (não responde|parou)/);
  await it.devices.tell('start-daemon');
  await panel(desk, 'João Baptista d\'Assunção Peixeiro', 25_000);
  assert.equal(await desk.field('Nome completo').inputValue(), 'João', 'what was typed was never touched');

  await it.devices.tell('remove 0');
  await panel(desk, 'Insira o cartão no leitor');
  await eventually('the button is gone', async () => (await desk.page.getByRole('button', { name: 'Preencher com o cartão' }).count()) === 0);
});
