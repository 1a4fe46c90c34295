// The criminal record certificate, at a desk without a mouse: fee, free purposes,
// the third party with its photographed authority.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFocusIsFree } from './support/axe.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { Keyboard } from './support/keyboard.mjs';
import { PIN } from './support/node.mjs';
import { DOCUMENT_OF_ANOTHER } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('a criminal record certificate for another person, by keyboard only', { timeout: 60_000 }, async () => {
  const photo = await it.browser.picture({ type: 'png', width: 400, height: 300 });
  const page = await it.browser.page();
  const desk = new Desk(page, it.spot.url);
  const keyboard = new Keyboard(desk);

  await page.goto(`${desk.url}/entrar`);
  await keyboard.tabTo('input[name=pessoa]');
  await keyboard.keys.press('Space');
  await keyboard.tabTo('#pin');
  await keyboard.keys.type(PIN['Ana Martins']);
  await keyboard.onward();
  assert.equal(await desk.heading(), 'Hoje');

  // The only thing that another hand does: bring a second screen.
  const citizen = await paired(it.browser, it.spot, { pair: async (code) => {
    await keyboard.follow('e');
    await eventually('the cursor', () => page.evaluate(() => document.activeElement?.id === 'codigo'));
    await keyboard.keys.type(code);
    await keyboard.onward();
    await keyboard.follow('Escape');
  } });

  await keyboard.follow('n');
  await keyboard.follow('i');
  await keyboard.type('full-name', 'José d’Ávila Brás');
  await keyboard.type('birth-date', '21/12/1978');
  await keyboard.onward();
  await eventuallySays('the attendance', () => desk.heading(), 'José d’Ávila Brás');

  // «/» goes to the search, and the first service found is a Tab or two away.
  await keyboard.keys.press('/');
  await keyboard.keys.type('cadastro');
  await eventuallySays('the search', () => desk.found(), /com «cadastro» Certificado do registo criminal/);
  await keyboard.tabTo('button.service');
  await keyboard.onward();

  // A purpose that is free, then one that costs: the citizen sees it change.
  assert.equal(await desk.heading(), 'Para que é o certificado');
  await keyboard.choose('purpose', 'other');
  await page.locator('#f-purpose-other').waitFor();
  await keyboard.keys.press('ArrowUp');
  assert.ok(await page.locator('#f-purpose-other').isHidden(), 'the other purpose is asked only for «Outra»');
  await citizen.reads('purpose', 'Adoção (grátis)');
  await citizen.says(/Custo 0,00 € · isento: Para adoção/);
  for (let i = 0; i < 3; i += 1) await keyboard.keys.press('ArrowUp');
  await citizen.reads('purpose', 'Emprego');
  // On a small tablet the bars have several lines: what has the focus is never under them, on the way down
  // nor on the way back.
  const before = page.viewportSize();
  await page.setViewportSize({ width: 768, height: 640 });
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let i = 0; i < 24; i += 1) {
      await keyboard.keys.press(key);
      if (await page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest('.top'))) await assertFocusIsFree(page);
    }
  }
  await keyboard.tabTo('[data-draft="purpose"]', 90);
  const count = await page.locator('[data-draft="purpose"]').count();
  for (let i = 1; i < count; i += 1) {
    await keyboard.keys.press('ArrowDown');
    await assertFocusIsFree(page);
  }
  for (let i = 1; i < count; i += 1) {
    await keyboard.keys.press('ArrowUp');
    await assertFocusIsFree(page);
  }
  await page.setViewportSize(before);
  await keyboard.choose('purpose', 'work');
  await citizen.reads('purpose', 'Emprego');
  await citizen.says(/Custo 5,00 €/);
  assert.equal(await page.locator('nav.steps li').count(), 3, 'for oneself: two steps and the check');
  await keyboard.choose('for-whom', 'other');
  await keyboard.onward();

  // The third party: a step that only now is there.
  assert.equal(await desk.heading(), 'A outra pessoa');
  assert.match(await desk.text('.middle'), /5,00 €/);
  await keyboard.type('subject-name', 'Amílcar do Ó');
  await keyboard.type('subject-document', DOCUMENT_OF_ANOTHER.replaceAll(' ', ''));
  await keyboard.attach('authority', { name: 'autorização.png', mimeType: 'image/png', buffer: photo });
  await citizen.reads('authority', '1 fotografia');
  await page.locator('.thumbs img').first().evaluate((img) => img.decode());
  await keyboard.tabTo('form.step button.primary');
  await keyboard.onward();

  await keyboard.type('phone', '+351 912 345 678');
  await keyboard.onward();
  assert.equal(await desk.heading(), 'Conferir antes de registar');
  assert.match(await desk.text('main'), /Custo 5,00 €/);
  assert.match(await desk.text('main'), new RegExp(`Amílcar do Ó.*${DOCUMENT_OF_ANOTHER}`));
  await keyboard.follow('t');
  await keyboard.follow('m');
  await citizen.touch('Está certo');
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');
  await eventually('the button', () => page.locator('[data-key=r]').isVisible());
  await keyboard.follow('r');
  assert.match(await desk.text('.receipt'), /Provisório\..*Custo 5,00 €/s);
  await keyboard.follow('Escape');
  await keyboard.follow('f');
  assert.equal(await desk.heading(), 'Hoje');
  assert.match(await desk.text('.served'), /1 atendimento fechado hoje/);
});
