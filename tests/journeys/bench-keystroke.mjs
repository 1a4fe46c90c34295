// Measures from the input event in the desk's page to the citizen's DOM, for the
// benchmark `keystroke`, which starts the spot and reads the JSON that this prints.
//
//   node bench-keystroke.mjs URL MEDIATOR PIN KEYS

import { setTimeout as sleep } from 'node:timers/promises';

import { chromium } from 'playwright-core';

const [url, mediator, pin, keys] = process.argv.slice(2);
const FIELD = 'full-name';
const TEXT = 'Maria do Carmo da Conceição Encarnação Peixeiro e Sá ';
/** As far apart as a quick typist's keys, never quite alike: 55 to 105 ms. */
const pauseMs = (key) => 55 + ((key * 37) % 51);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  // Two pages on two screens: neither is in the background.
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-renderer-backgrounding', '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows'],
});

/** A page of its own person: cookies are not shared. */
async function page(path) {
  const context = await browser.newContext({ locale: 'pt-PT' });
  context.setDefaultTimeout(15_000);
  const made = await context.newPage();
  await made.goto(url + path);
  return made;
}

async function submit(on, selector) {
  await Promise.all([on.waitForNavigation(), on.locator(selector).first().click()]);
}

try {
  const citizen = await page('/cidadao');
  const code = (await citizen.locator('.code').innerText()).trim();

  const desk = await page('/entrar');
  await desk.locator(`input[name=pessoa][value="${mediator}"]`).check();
  await desk.locator('input[name=pin]').fill(pin);
  await submit(desk, 'main button[type=submit]');
  await desk.goto(`${url}/ecra`);
  await desk.locator('input[name=codigo]').fill(code);
  await submit(desk, 'form:has(input[name=codigo]) button');
  await desk.goto(`${url}/`);
  await submit(desk, 'form[action="/atendimentos"] button');
  await desk.goto(`${url}/formulario/${desk.url().split('/').at(-1)}`);
  await citizen.locator(`[data-field="${FIELD}"]`).waitFor({ state: 'attached' });

  // Both clocks are this machine's: the origin of each page plus its own time.
  await citizen.evaluate((field) => {
    window.seen = [];
    const look = () => {
      const text = document.querySelector(`[data-field="${field}"]`)?.textContent ?? '';
      if (window.seen.at(-1)?.text !== text) window.seen.push({ text, at: performance.timeOrigin + performance.now() });
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, FIELD);
  await desk.evaluate(() => {
    window.typed = [];
    document.addEventListener('input', (event) => {
      window.typed.push({ text: event.target.value, at: performance.timeOrigin + performance.now() });
    }, true);
  });

  await desk.locator(`input[name="f.${FIELD}"]`).focus();
  for (let key = 0; key < Number(keys); key += 1) {
    await desk.keyboard.type(TEXT[key % TEXT.length]);
    await sleep(pauseMs(key));
  }
  await sleep(1000);

  const typed = await desk.evaluate(() => window.typed);
  const seen = await citizen.evaluate(() => window.seen);
  // A letter is shown once a value that begins with all that was typed stands there.
  const plain = (text) => text.replace(/\s+/g, ' ').trim();
  const shownMs = typed.map(({ text, at }) => {
    const shown = seen.find((s) => s.at >= at && plain(s.text).startsWith(plain(text)));
    if (!shown) throw new Error(`never shown to the citizen: «${text}»`);
    return shown.at - at;
  });
  const keptMs = await desk.evaluate(() => performance.getEntriesByType('resource')
    .filter((entry) => entry.name.includes('/rascunho/')).map((entry) => entry.duration));
  console.log(JSON.stringify({ shownMs, keptMs, updates: seen.length }));
} finally {
  await browser.close();
}
