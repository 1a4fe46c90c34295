// A tablet at the desk and one before the citizen: a finger, no key and no mouse.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './support/stage.mjs';
import { TouchDesk, wholeJourney } from './support/ways.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

/** Controls that a finger would miss: what is around a choice is touched with it, links within a sentence are excepted (WCAG 2.5.8). */
function small(page, least) {
  return page.evaluate((least) => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .map((e) => e.closest('label') ?? e)
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.matches('.skip, p a, dd a, li a:not(.button), td a:not(.button)'))
    .map((e) => ({ e, box: e.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && (box.width < least - 0.5 || box.height < least - 0.5))
    .map(({ e, box }) => `${e.tagName.toLowerCase()}.${e.className} «${(e.textContent ?? '').trim().slice(0, 30)}» ${Math.round(box.width)} × ${Math.round(box.height)}`), least);
}

test('a certificate by touch alone, the citizen in three languages', { timeout: 120_000 }, async () => {
  const tablet = { viewport: { width: 1024, height: 768 }, hasTouch: true };
  const { desk } = await wholeJourney({
    browser: it.browser, spot: it.spot, DeskKind: TouchDesk, desk: tablet, screen: tablet,
    looks: async (page) => assert.deepEqual(await small(page, 24), [], page.url()),
    atScreen: async (page) => assert.deepEqual(await small(page, 44), [], 'on the citizen’s screen'),
  });
  // And the look finds what is too small.
  await desk.control('Próximo cidadão').evaluate((e) => Object.assign(e.style, { minHeight: '0', height: '20px', padding: '0' }));
  assert.equal((await small(desk.page, 24)).length, 1);
});
