// The citizen's screen and the paper in the languages that people speak there: what changes
// with the language, what never does, and that each page is in order in each script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

/** Tag, name on the button, what the desk says, direction; and words of each stage. */
const LANGUAGES = [
  { tag: 'pt-PT', name: 'Português', desk: '', dir: 'ltr', idle: 'Bem-vindo', who: 'Nome completo', right: 'Está certo', recorded: 'O seu pedido está registado' },
  { tag: 'uk', name: 'Українська', desk: ', em ucraniano', dir: 'ltr', idle: 'Ласкаво просимо', who: 'Повне ім’я', right: 'Усе правильно', recorded: 'Вашу заяву зареєстровано' },
  { tag: 'ne', name: 'नेपाली', desk: ', em nepalês', dir: 'ltr', idle: 'स्वागत छ', who: 'पूरा नाम', right: 'सबै ठीक छ', recorded: 'तपाईंको निवेदन दर्ता भयो' },
  { tag: 'ar', name: 'العربية', desk: ', em árabe', dir: 'rtl', idle: 'أهلاً وسهلاً', who: 'الاسم الكامل', right: 'كل شيء صحيح', recorded: 'تم تسجيل طلبك' },
];

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('a service from the greeting to the paper in four scripts, each page in order', { timeout: 240_000 }, async () => {
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  const page = citizen.page;
  const root = () => page.evaluate(() => ({ lang: document.documentElement.lang, dir: document.documentElement.dir, title: document.title }));
  const speak = async ({ name, tag }) => {
    await citizen.touch(name);
    await eventually(`the page in ${name}`, async () => (await root()).lang === tag);
  };
  /** The stage in each of the languages, looked at; it goes on in the last, from right to left. */
  const inAll = async (stage, what) => {
    for (const language of LANGUAGES) {
      await speak(language);
      await citizen.says(language[what]);
      assert.equal((await root()).dir || 'ltr', language.dir);
      await eventuallySays('the desk', () => desk.text('header.top'), new RegExp(`Ecrã do cidadão: ligado${language.desk} `));
      // As wide as a phone, and as a screen of 1280 px enlarged four times.
      await audit.look(page, `${stage} in ${language.name}`, { focus: stage !== 'idle' });
    }
  };

  await inAll('idle', 'idle');
  const small = await page.locator('.languages button').evaluateAll((all) => all.map((b) => b.getBoundingClientRect()).filter((b) => b.width < 44 || b.height < 44).length);
  assert.equal(small, 0, 'every language can be touched');
  assert.equal(await page.locator('.languages button').count(), 9);

  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.fill({ 'Nome completo': CARMO['Nome completo'], 'NIF — número de contribuinte': CARMO['NIF — número de contribuinte'] });
  await inAll('identification', 'who');
  assert.match((await root()).title, /شاشة المواطن/);
  // A Latin name within Arabic stands apart, and what is Portuguese is said to be.
  assert.equal(await page.locator('[data-field=full-name] bdi').evaluate((e) => getComputedStyle(e).direction), 'ltr');
  assert.equal(await page.locator('.pt').first().evaluate((e) => `${e.lang} ${e.dir}`), 'pt-PT ltr');
  await desk.fill(CARMO);
  const identification = desk.page.url();
  await desk.onward();
  const attendance = desk.page.url();
  // What is answered has its month in words, and the digits of the paper.
  await desk.page.goto(identification);
  await citizen.reads('birth-date', '3 أبريل 1951');
  await desk.page.goto(attendance);

  await desk.begin('Cartão Europeu de Seguro de Doença');
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 3', 'Código postal': '8550-000', Localidade: 'Monchique' });
  await citizen.reads('locality', 'Monchique');
  await audit.look(page, 'following, in Arabic');
  await desk.onward();
  await desk.ask();
  await citizen.says('كل شيء صحيح');
  await inAll('confirm', 'right');
  await page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');
  const number = await desk.record();
  await citizen.says(number);
  await inAll('recorded', 'recorded');
  assert.equal(await page.locator('svg.qr').count(), 2, 'the request to check, and the guide to take along');

  // The paper speaks the screen's language besides Portuguese, and another when it is asked for.
  await desk.page.reload();
  const other = desk.page.locator('.receipt .in-language');
  assert.equal(await other.evaluate((e) => `${e.lang} ${e.dir}`), 'ar rtl');
  await eventuallySays('the receipt', () => desk.text('.receipt'), /Provisório\..*مؤقت\..*النص المعتمد/s);
  await audit.look(desk.page, 'a receipt in Portuguese and Arabic');
  await desk.press('e ucraniano');
  assert.match(await desk.text('.receipt'), /Provisório\..*Попередньо\./s);
  await audit.look(desk.page, 'a receipt in Portuguese and Ukrainian');
  await desk.press('só português');
  assert.equal(await other.count(), 0);

  // The next citizen is greeted in Portuguese, from left to right.
  await desk.press('Voltar ao atendimento');
  await desk.press('Fechar atendimento');
  await citizen.page.locator('[data-leaves]').tap();
  await citizen.says('Bem-vindo');
  await eventually('the page as it was', async () => (await root()).lang === 'pt-PT' && (await root()).dir === 'ltr');
  await eventuallySays('the desk', () => desk.text('header.top'), /Ecrã do cidadão: ligado(?!, em)/);
  audit.assertClean();
});

test('a page fetches the letters that it shows, and no more', { timeout: 60_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await citizen.says('Nome completo');
  // The same screen in a browser that has seen nothing yet.
  const fonts = async () => {
    const fresh = await it.browser.page({ storageState: await citizen.page.context().storageState() });
    try {
      await fresh.goto(`${it.spot.url}/cidadao`);
      await fresh.locator('.asked').first().waitFor();
      await fresh.evaluate(() => document.fonts.ready.then(() => true));
      return await fresh.evaluate(() => performance.getEntriesByType('resource').map((e) => e.name.split('/').at(-1)).filter((name) => name.endsWith('.woff2')).sort());
    } finally { await fresh.context().close(); }
  };
  const always = ['noto-sans-latin.woff2', 'noto-sans-names.woff2'];
  assert.deepEqual(await fonts(), always, 'Latin, and the names of the languages');
  for (const [name, script] of [['Українська', 'cyrillic'], ['हिन्दी', 'devanagari'], ['العربية', 'arabic']]) {
    await citizen.touch(name);
    await eventually(name, () => citizen.page.evaluate((n) => document.querySelector('[aria-pressed=true]')?.textContent === n, name));
    assert.deepEqual(await fonts(), [`noto-sans-${script}.woff2`, ...always].sort(), `and the script of ${name}`);
  }
});

test('a language is chosen by keyboard', { timeout: 30_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  // Past the way around the languages.
  for (let i = 0; i < 8; i += 1) await citizen.page.keyboard.press('Tab');
  assert.equal(await citizen.page.evaluate(() => document.activeElement.textContent), 'हिन्दी');
  await citizen.page.keyboard.press('Enter');
  await citizen.says('आपका स्वागत है');
  assert.equal(await citizen.page.evaluate(() => document.documentElement.lang), 'hi');
  assert.equal(await citizen.page.evaluate(() => document.activeElement.textContent), 'हिन्दी', 'the focus stays where it was');
});
