// Both screens at 400 %: what stands on 1280 × 1024 pixels then has the room of 320 × 256 (WCAG 1.4.10).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './support/stage.mjs';
import { wholeJourney } from './support/ways.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

const SIZE = { width: 320, height: 256 };

/** Nothing to the side, and every control comes into sight, uncovered, when it has the focus. */
async function inSight(page) {
  const found = await page.evaluate(() => {
    const root = document.scrollingElement;
    const wrong = root.scrollWidth > innerWidth ? [`it scrolls sideways: ${root.scrollWidth} px`] : [];
    const before = scrollY;
    for (const e of document.querySelectorAll('main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)')) {
      const target = e.closest('label') ?? e;
      if (!e.checkVisibility({ visibilityProperty: true }) || target.getBoundingClientRect().width <= 1) continue;
      e.focus();
      if (document.activeElement !== e) continue;
      const box = target.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1)];
      const top = document.elementFromPoint(x, y);
      const name = `${e.tagName.toLowerCase()} «${(e.getAttribute('aria-label') ?? target.textContent ?? '').trim().slice(0, 40)}»`;
      if (box.bottom <= 0 || box.top >= innerHeight) wrong.push(`${name} stays out of sight`);
      else if (!top || !(target.contains(top) || top.contains(target))) wrong.push(`${name} is covered by ${top?.tagName.toLowerCase()}.${top?.className}`);
    }
    document.activeElement?.blur();
    scrollTo(0, before);
    return wrong;
  });
  assert.deepEqual(found, [], page.url());
}

test('a certificate at 400 %, the citizen in three languages', { timeout: 120_000 }, async () => {
  const { desk } = await wholeJourney({ browser: it.browser, spot: it.spot, desk: { viewport: SIZE }, screen: { viewport: SIZE }, looks: inSight });
  // And the look finds what is covered, and what is too wide.
  await desk.page.locator('header.top').evaluate((e) => Object.assign(e.style, { position: 'fixed', inset: '0', width: '400px' }));
  await assert.rejects(inSight(desk.page), /is covered by/);
  await desk.page.locator('main').evaluate((e) => { e.style.minWidth = '400px'; });
  await assert.rejects(inSight(desk.page), /scrolls sideways/);
});
