// Housing aid after a disaster: the long one, with photographs, position, IBAN and consents.

import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { REFUSED } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { iban } from './support/numbers.mjs';
import { ZE } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

const MB = 1 << 20;

/** A photograph of that size on disk: what a camera appends to its JPEG is of any length. */
async function bigPhoto(picture, bytes) {
  const path = join(it.place.dir, 'grande.jpg');
  const file = await open(path, 'w');
  await file.write(picture);
  // Not zeros: nothing on the way may profit from their being alike.
  const noise = Buffer.alloc(MB);
  for (let i = 0; i < MB; i += 4) noise.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  for (let left = bytes - picture.length; left > 0; left -= MB) await file.write(noise, 0, Math.min(MB, left));
  await file.close();
  return path;
}

test('housing aid is recorded whole', { timeout: 100_000 }, async () => {
  it.browser.expect(REFUSED(415), REFUSED(422));
  const picture = await it.browser.picture();
  const second = await it.browser.picture({ seed: 2 });
  const page = await it.browser.page({ geolocation: { latitude: 37.3192, longitude: -8.5556, accuracy: 12 }, permissions: ['geolocation'] });
  const desk = new Desk(page, it.spot.url);
  await desk.signIn('Ana Martins');
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.identify(ZE);
  await desk.search('a casa ardeu');
  await desk.search('incendio');
  await eventuallySays('the search', () => desk.found(), /com «incendio».*Apoio à habitação/);
  await desk.begin('Apoio à habitação após catástrofe');

  // Contacts: the NIF came along from the identification.
  assert.equal((await desk.field('NIF').inputValue()).replace(/\D/g, ''), ZE['NIF — número de contribuinte']);
  await desk.fill({ Telefone: '912 34' });
  await desk.onward();
  assert.match(await desk.errorAt('Telefone'), /9 algarismos; escreveu 5/);
  await desk.fill({ Telefone: '912 345 678' });
  await desk.onward();

  // The home: what is asked follows from who owns it; the computer knows where it is.
  assert.ok(await desk.field('Contrato de arrendamento').isHidden());
  await desk.choose('A casa é', 'Arrendada');
  await desk.field('Contrato de arrendamento').fill('2019');
  await desk.choose('A casa é', 'Própria');
  assert.ok(await desk.field('Contrato de arrendamento').isHidden());
  await desk.fill({ 'Artigo da caderneta predial': '1234', 'Morada ou lugar da habitação': 'Monte da Foz, Alferce' });
  await page.getByRole('button', { name: 'Usar a posição deste computador' }).click();
  await desk.kept('position');
  await citizen.reads('position', '37.319200, -8.555600 (± 12 m)');
  await desk.onward();

  await desk.fill({ 'Quando aconteceu': '31/02/2026', 'O que ficou destruído ou danificado': 'O telhado.\nA cozinha, e o muro.' });
  await desk.choose('Consegue viver na casa?', 'Só em parte');
  await desk.onward();
  assert.match(await desk.errorAt('Quando aconteceu'), /não existe no calendário/);
  await desk.fill({ 'Quando aconteceu': '05/02/2026' });
  await desk.onward();

  // Photographs: one is missing, one is none, then real ones.
  assert.equal(await desk.heading(), 'Fotografias');
  await desk.onward();
  assert.match(await desk.text('[role=alert]'), /fotografia/);
  await desk.field('Fotografias dos estragos').setInputFiles({ name: 'lista.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('telhado, muro, cozinha\n') });
  await eventuallySays('a file that is no image', () => desk.uploads(), /lista\.jpg: O ficheiro não é uma imagem\. Escolha uma fotografia/);
  assert.equal(await page.locator('.thumbs li').count(), 0);

  await page.getByLabel(/^Juntar onde se está/).check();
  await eventuallySays('where it is', () => desk.text('[data-where-said]'), /Sabe-se onde se está, a 12 m/);
  await desk.attach('Fotografias dos estragos', { name: 'telhado.jpg', buffer: picture }, { name: 'muro.jpg', buffer: second });
  assert.match(await desk.text('.thumbs'), /Não diz quando foi tirada 37,3192; -8,5556 \(± 12 m\) · diz o navegador, ao juntar/);
  await citizen.reads('damage-photos', '2 fotografias');
  for (const img of await page.locator('.thumbs img').all()) await img.evaluate((e) => e.decode());
  // One too many is taken off again.
  await desk.press('Tirar muro.jpg');
  await citizen.reads('damage-photos', '1 fotografia');
  await desk.onward();

  await desk.choose('A casa tem seguro?', 'Sim');
  await desk.fill({ 'Número da apólice': 'AP-77', 'Número da participação': 'S-12' });
  await desk.onward();

  // Money.
  const right = iban('0035000000000000177');
  const wrong = right.slice(0, 10) + ((Number(right[10]) + 1) % 10) + right.slice(11);
  await desk.fill({ 'Valor dos orçamentos (euros)': '4 800,50', 'IBAN em seu nome': wrong });
  await desk.onward();
  assert.match(await desk.errorAt('IBAN em seu nome'), /algarismos de controlo não batem certo: confirme o IBAN/);
  await desk.fill({ 'IBAN em seu nome': right.replace(/(.{4})/g, '$1 ').trim() });
  await citizen.reads('iban', /^••• \w \w{3}$/);
  await desk.onward();

  // Consents: without them nothing goes on; the insurer's is asked because there is one.
  assert.equal(await desk.heading(), 'Declarações');
  await desk.onward();
  assert.match(await desk.text('[role=alert]'), /2 campos.*Falta o acordo/);
  await desk.agree(/o que disse é verdade/);
  await desk.agree(/Autorizo a vistoria/);
  await desk.agree(/seguradora/);
  await citizen.reads('truth', 'sim');
  await desk.onward();

  assert.equal(await desk.heading(), 'Conferir antes de registar');
  const answers = await desk.text('main');
  assert.match(answers, /4 800,50 €/);
  assert.match(answers, /05\/02\/2026.*O telhado\..*A cozinha, e o muro\./s);
  assert.doesNotMatch(answers, /Contrato de arrendamento/, 'what is not asked is not sent');
  await desk.ask();
  await citizen.says('Está tudo certo?');
  assert.doesNotMatch(await citizen.text(), new RegExp(right.slice(-8)), 'the IBAN is masked here too');
  await citizen.touch('Está certo');
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');
  const number = await desk.record();
  await citizen.says(number);
  await desk.stripSays(/1 pedido e \d fotografias? por enviar/);
});

/** A desk at the step of the photographs. */
async function atThePhotographs(spot = it.spot) {
  const desk = await Desk.open(it.browser, spot);
  await desk.nextCitizen();
  await desk.identify(ZE);
  await desk.begin('Apoio à habitação após catástrofe');
  await desk.page.goto(`${desk.page.url()}/photos`);
  return desk;
}

/** Puts a huge photograph into the field and waits for what becomes of it. */
async function huge(desk, bytes) {
  const row = desk.page.locator('.upload.error', { hasText: 'grande.jpg' });
  const thumb = desk.page.locator('.thumbs li');
  const before = await thumb.count();
  await desk.field('Fotografias dos estragos').setInputFiles(await bigPhoto(await it.browser.picture(), bytes));
  await row.or(thumb.nth(before)).first().waitFor({ timeout: 45_000 });
  return (await row.count()) > 0 ? desk.uploads() : 'taken';
}

test('a photograph of 50 MB is taken, one that is larger than the limit is refused in words', { timeout: 90_000 }, async () => {
  it.browser.expect(REFUSED(413));
  const desk = await atThePhotographs();
  assert.equal(await huge(desk, 50 * MB), 'taken');
  assert.match(await desk.text('.thumbs'), /grande\.jpg 52,4 MB/);
  assert.match(await huge(desk, 80 * MB), /grande\.jpg: É grande de mais\. O posto aceita até 6\d,\d MB\. Nada foi guardado\./);
  assert.ok(it.spot.isRunning);
});

test('a photograph of 50 MB is never whole in memory', { timeout: 60_000 }, async () => {
  // A node of its own: memory that another test left to it would hide the growth.
  const spot = await it.place.spot('solidario-02');
  await spot.start();
  const desk = await atThePhotographs(spot);
  const before = await spot.peakMemoryBytes({ fromNow: true });
  await huge(desk, 50 * MB);
  const grown = (await spot.peakMemoryBytes()) - before;
  assert.ok(grown < 24 * MB, `the node grew by ${Math.round(grown / MB)} MB`);
});
