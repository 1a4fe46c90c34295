// axe-core on a page, with findings that can be read.

import assert from 'node:assert/strict';
import axe from 'axe-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Fails when axe-core finds something against WCAG 2.2 A or AA. */
export async function assertAccessible(page, what = page.url()) {
  // Evaluated, not loaded: the content policy of the page stays as strict as it is.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
    .then((result) => result.violations.map(({ id, help, nodes }) => ({
      id, help, where: nodes.slice(0, 5).map((n) => `${n.target.join(' ')} — ${n.any.concat(n.all, n.none).map((c) => c.message).join('; ')}`),
    }))), TAGS);
  const words = found.map(({ id, help, where }) => `${id}: ${help}\n    ${where.join('\n    ')}`);
  assert.equal(words.length, 0, `${what} is not accessible:\n  ${words.join('\n  ')}`);
}

/** Fails when the page scrolls sideways at this width. */
export async function assertReflows(page, width = 320) {
  const before = page.viewportSize();
  await page.setViewportSize({ width, height: 640 });
  try {
    const wide = await page.evaluate((limit) => {
      const root = document.scrollingElement;
      if (root.scrollWidth <= limit) return null;
      const outside = [...document.body.querySelectorAll('*')]
        .filter((e) => e.getBoundingClientRect().right > limit + 0.5 && !e.closest('[tabindex="0"][role="region"]'))
        .slice(0, 5).map((e) => `${e.tagName.toLowerCase()}.${e.className} to ${Math.round(e.getBoundingClientRect().right)}`);
      return `${root.scrollWidth} px: ${outside.join(', ')}`;
    }, width);
    assert.equal(wide, null, `${page.url()} scrolls sideways at ${width} px: ${wide}`);
  } finally { await page.setViewportSize(before); }
}

/** Fails when what has the focus lies under a bar that sticks, wholly or where its middle is. */
export async function assertFocusIsFree(page) {
  const under = await page.evaluate(() => {
    const e = document.activeElement;
    // A choice is drawn by the tile around it.
    const drawn = e.closest('label') ?? e;
    const box = drawn.getBoundingClientRect();
    if (box.height > innerHeight) return null;
    const [x, middle] = [Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1), box.top + box.height / 2];
    const on = document.elementFromPoint(x, middle);
    if (on && (drawn.contains(on) || on.contains(drawn))) return null;
    return `${e.tagName.toLowerCase()}#${e.id} at ${Math.round(box.top)}–${Math.round(box.bottom)} of ${innerHeight} under ${on ? `${on.tagName.toLowerCase()}.${on.className}` : 'nothing that is seen'}`;
  });
  assert.equal(under, null, `${page.url()}: the focus is covered: ${under}`);
}

/** Goes through the page with Tab; every stop must be seen. Gives how many there were. */
export async function assertFocusIsSeen(page, most = 60) {
  await page.evaluate(() => { document.activeElement?.blur(); window.getSelection()?.removeAllRanges(); });
  const seen = new Set();
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const drawn = (el) => {
        const s = getComputedStyle(el);
        return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none';
      };
      // A choice is drawn by the tile around it.
      const around = e.closest('label');
      const box = (around ?? e).getBoundingClientRect();
      const path = `${e.tagName.toLowerCase()}#${e.id}.${e.className} «${(e.getAttribute('aria-label') ?? e.textContent ?? '').trim().slice(0, 40)}»`;
      const at = [...document.querySelectorAll('*')].indexOf(e);
      return { at, path, drawn: drawn(e) || (around && drawn(around)), size: box.width * box.height, top: box.top, bottom: box.bottom, high: innerHeight };
    });
    if (!stop || seen.has(stop.at)) break;
    seen.add(stop.at);
    assert.ok(stop.drawn, `${page.url()}: the focus on ${stop.path} is not drawn`);
    assert.ok(stop.size > 0 && stop.bottom > 0 && stop.top < stop.high, `${page.url()}: the focus on ${stop.path} is out of sight`);
  }
  return seen.size;
}
