// Looks at pages as the law asks for it, and says all that it found at the end.

import assert from 'node:assert/strict';

import { assertAccessible, assertFocusIsSeen, assertReflows } from './axe.mjs';

export class Audit {
  #found = [];
  looked = [];

  /** Accessible, flows at 320 px, and the focus is seen at every stop. */
  async look(page, name, { focus = true } = {}) {
    this.looked.push(name);
    // From its top: what the bar of a page that is scrolled lies over is not hidden, but scrolled away.
    await page.evaluate(() => scrollTo(0, 0));
    const looks = [assertAccessible, assertReflows, ...(focus ? [assertFocusIsSeen] : [])];
    for (const look of looks) {
      try { await look(page); } catch (error) {
        if (error.name !== 'AssertionError') throw error;
        this.#found.push(`${name}: ${error.message}`);
      }
    }
  }

  assertClean() { assert.deepEqual(this.#found.splice(0), [], 'pages that are not in order'); }
}
