// kill -9 in the middle of a word. What the citizen has seen is on disk: it is in
// the desk's form again, and on the citizen's screen, without anybody touching it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AWAY } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { stage } from './support/stage.mjs';
import { eventually, plain, sleep } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

const WORDS = 'Ana Rita da Conceição Vale de Água e Sousa Botelho do Monte da Foz';

/** When the plug is pulled: once so many letters were seen, and some ms into the next one. */
const ROUNDS = [
  { letters: 1, later: 0, browserToo: false },
  { letters: 7, later: 11, browserToo: true },
  { letters: 15, later: 5, browserToo: false },
  { letters: 24, later: 19, browserToo: true },
  { letters: 38, later: 26, browserToo: false },
];

test('nothing that was seen is lost', { timeout: 120_000 }, async (t) => {
  it.browser.expect(AWAY);
  let desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  const seen = [];
  await citizen.page.exposeFunction('seen', (text) => seen.push(text));
  await citizen.page.evaluate(() => {
    const look = () => window.seen(document.querySelector('[data-field="full-name"]')?.textContent ?? '');
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });

  for (const { letters, later, browserToo } of ROUNDS) {
    await t.test(`${letters} letters and ${later} ms in${browserToo ? ', with the desk’s own screen' : ''}`, async () => {
      await desk.nextCitizen();
      await desk.press('Identificar o cidadão');
      const form = desk.page.url();
      await citizen.says('Identificação');
      seen.length = 0;
      const typing = desk.type('Nome completo', WORDS, 30).catch(() => {});
      await eventually('the letters', () => (seen.at(-1) ?? '').length >= letters);
      await sleep(later);
      await it.spot.kill();
      // The page may still be drawing what it was sent before.
      if (browserToo) await desk.page.close();
      await typing;
      await sleep(150);
      const shown = plain(seen.at(-1));
      const longest = seen.reduce((most, text) => (text.length > most.length ? text : most), '');
      assert.ok(longest.length > 0 && WORDS.startsWith(longest), `the citizen had seen «${longest}»`);

      await it.spot.start();
      if (browserToo) {
        // A new window, as after a power cut; the session is still good.
        desk = new Desk(await desk.context.newPage(), it.spot.url);
        await desk.page.goto(form);
        const kept = await desk.field('Nome completo').inputValue();
        assert.ok(kept.startsWith(longest), `«${longest}» was seen, «${kept}» is in the form`);
        await citizen.reads('full-name', plain(kept));
      } else {
        // What was typed while the node was away follows by itself.
        await citizen.reads('full-name', WORDS, 15_000);
        await desk.kept('full-name');
        assert.equal(await desk.field('Nome completo').inputValue(), WORDS);
        await desk.page.reload();
        assert.equal(await desk.field('Nome completo').inputValue(), WORDS);
      }
      await eventually('the citizen’s screen is calm again', async () => !(await citizen.page.locator('#ligacao').isVisible()));
      t.diagnostic(`seen ${shown.length} letters before the plug was pulled`);
    });
  }
});
