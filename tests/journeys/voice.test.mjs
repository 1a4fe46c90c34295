// Hands full: the damage is described aloud beside the photographs, played at the desk and at the hub, never at the citizen's screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { ZE } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);
const SAID = 'O que dizem as notas de voz';

/** A desk at the step of the photographs. */
async function atThePhotographs(more) {
  const desk = new Desk(await it.browser.page(more), it.spot.url);
  await desk.signIn('Ana Martins');
  desk.citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.identify(ZE);
  await desk.begin('Apoio à habitação após catástrofe');
  await desk.page.goto(`${desk.page.url()}/photos`);
  return desk;
}

const said = (desk, expected) => eventuallySays('what is said of the recording', () => desk.text('[data-voice-said]'), expected);

/** Plays the note of a page; gives whether it sounded. */
const plays = (page) => page.locator('.voice-notes audio').first().evaluate(async (audio) => {
  await audio.play();
  await new Promise((heard, failed) => { audio.ontimeupdate = () => audio.currentTime > 0 && heard(); audio.onerror = failed; setTimeout(failed, 5000); });
  audio.pause();
  return audio.currentTime > 0;
});

test('a voice note is recorded with the keyboard, put in words, and played at the desk and at the hub', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(415));
  const desk = await atThePhotographs({ permissions: ['microphone'] });
  const { page } = desk;
  const id = page.url().match(/formulario\/([0-9a-f]+)/)[1];
  await look(desk, 'photographs, nothing recorded');
  await page.getByRole('button', { name: 'Gravar nota de voz' }).focus();
  await page.keyboard.press('Enter');
  await said(desk, /A gravar/);
  await eventuallySays('the time', () => desk.text('[data-timer]'), /0:0[2-9]/);
  await look(desk, 'recording');
  if (process.env.VEREDA_SHOTS) await page.locator('.voice').screenshot({ path: `${process.env.VEREDA_SHOTS}/recording.png` });
  // Whoever goes on in the midst of it loses nothing.
  await page.getByRole('button', { name: /^Continuar/ }).click();
  await said(desk, /Ainda se está a gravar/);
  await page.keyboard.press('Enter');
  await said(desk, /Nota de voz guardada/);
  assert.match(await desk.text('.voice-notes'), /Nota de voz 1, 0:0[2-9].*Ana Martins/);
  assert.ok(await plays(page));

  // A file that is none is refused in words; so is a step without a photograph.
  await page.getByLabel('Juntar uma gravação que já existe').setInputFiles({ name: 'nota.webm', mimeType: 'audio/webm', buffer: Buffer.from('telhado, muro') });
  await eventuallySays('a file that is no sound', () => desk.uploads(), /nota\.webm: O ficheiro não é uma gravação de voz\. Grave de novo/);
  await desk.field(SAID).fill('O telhado caiu na cozinha.');
  await desk.kept('_said-damage-photos');
  await look(desk, 'a note recorded');
  if (process.env.VEREDA_SHOTS) await page.screenshot({ path: `${process.env.VEREDA_SHOTS}/recorded.png`, fullPage: true });
  it.browser.expect(REFUSED(422));
  await page.reload();
  assert.ok(await plays(page), 'it is there again');
  await desk.onward();
  assert.match(await desk.text('[role=alert]'), /fotografia/);
  await desk.attach('Fotografias dos estragos', { name: 'telhado.jpg', buffer: await it.browser.picture() });
  assert.equal(await desk.citizen.page.locator('audio').count(), 0, 'the citizen hears nothing by itself');
  assert.doesNotMatch(await desk.citizen.text(), /notas? de voz|caiu na cozinha/i);
  assert.doesNotMatch(await desk.text('.mirror'), /notas de voz/);
  await desk.onward();

  await page.goto(`${desk.url}/pedido/${id}`);
  assert.match(await desk.text('#respostas'), new RegExp(`${SAID} O telhado caiu na cozinha`));
  assert.match(await desk.text('#fotografias'), /Nota de voz 1/);
  assert.ok(await plays(page));
  await look(desk, 'the request, with its note');

  const operator = await Console.open(it.browser, it.hub);
  await operator.page.goto(`${operator.url}/pedido/${id}`);
  await eventuallySays('the note at the hub', async () => {
    await operator.page.reload();
    return (await operator.page.locator('#fotografias img, #fotografias audio').count()) === 2 ? 'here' : 'on its way';
  }, 'here', 30_000);
  assert.ok(await plays(operator.page));
  for (const img of await operator.page.locator('.thumbs img').all()) await img.evaluate((e) => e.decode());
  await look(operator, 'console, the request with its note');
  if (process.env.VEREDA_SHOTS) await operator.page.screenshot({ path: `${process.env.VEREDA_SHOTS}/console.png`, fullPage: true });
});

test('without a microphone it is said why, and words do', { timeout: 60_000 }, async () => {
  const desk = await atThePhotographs({ permissions: [] });
  await desk.page.getByRole('button', { name: 'Gravar nota de voz' }).click();
  await said(desk, /não tem licença para usar o microfone\. Junte uma gravação feita noutro aparelho, ou escreva/);
  await look(desk, 'no microphone');
  await desk.field(SAID).fill('O muro caiu.');
  await desk.kept('_said-damage-photos');
});

test('the pages are in order', () => audit.assertClean());
