// For whom movement makes ill: nothing moves by itself, glides or fades on either screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './support/stage.mjs';
import { wholeJourney } from './support/ways.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

/** What would move: animations that run, and styles that would make a change glide. */
const moving = (page) => page.evaluate(() => {
  const gliding = [...document.querySelectorAll('*')].filter((e) => {
    const style = getComputedStyle(e);
    return style.transitionDuration.split(',').some((s) => parseFloat(s) > 0)
      || style.animationName !== 'none' || style.scrollBehavior === 'smooth';
  });
  return [...document.getAnimations().map((a) => `runs: ${a.constructor.name}`), ...gliding.map((e) => `${e.tagName.toLowerCase()}.${e.className}`)];
});

test('a certificate with reduced motion, the citizen in three languages', { timeout: 120_000 }, async () => {
  // The look finds what glides where nobody asked for less.
  const other = await it.browser.page();
  await other.goto(`${it.spot.url}/entrar`);
  assert.notDeepEqual(await moving(other), []);

  const still = { reducedMotion: 'reduce' };
  const { citizen } = await wholeJourney({
    browser: it.browser, spot: it.spot, desk: still, screen: still,
    looks: async (page) => assert.deepEqual(await moving(page), [], page.url()),
  });
  // The screen that waits for somebody does not turn its pages by itself, but when asked to.
  assert.equal(await citizen.page.locator('[data-pause]').innerText(), 'Continuar');
});
