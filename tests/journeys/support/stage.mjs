// What every journey begins with and ends with: a place for nodes, a browser;
// afterwards everything ended, and no page that complained.

import { after, afterEach, before } from 'node:test';

import { Browser } from './browser.mjs';
import { Place } from './node.mjs';

/** Registers the hooks; the object is filled before the first test. */
export function stage(prepare = async () => {}) {
  const it = {};
  before(async () => {
    // When one cannot be made, the other is ended all the same.
    await Promise.all([
      Place.make().then((place) => { it.place = place; }),
      Browser.launch().then((browser) => { it.browser = browser; }),
    ].map((made) => made.catch((error) => { it.failed = error; })));
    if (it.failed) throw it.failed;
    await prepare(it);
  }, { timeout: 90_000 });
  afterEach(() => it.browser?.assertCalm());
  after(async () => {
    await it.browser?.close();
    await it.place?.clear();
  }, { timeout: 30_000 });
  return it;
}
