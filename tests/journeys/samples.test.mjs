// Every page in every language, as the tests of `web/` render them from samples, before axe-core and
// QualWeb, and at 320 px. What was found goes to accessibility/report.json beside them.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { assertAccessible, assertReflows } from './support/axe.mjs';
import { Browser } from './support/browser.mjs';
import { samplePages } from './support/pages.mjs';
import { qualweb } from './support/qualweb.mjs';

/** Pages that are looked at at a time. */
const AT_ONCE = 2;
const it = {};

before(async () => {
  it.browser = await Browser.launch();
  it.pages = await samplePages();
}, { timeout: 60_000 });
after(async () => {
  await it.browser?.close();
  await it.pages?.close();
}, { timeout: 30_000 });

/** What an assertion says, or nothing. */
async function said(look) {
  try { await look(); } catch (error) {
    if (error.name !== 'AssertionError') throw error;
    return [error.message];
  }
  return [];
}

test('both engines find what is wrong on a page that is wrong', { timeout: 60_000 }, async () => {
  const page = await it.browser.page();
  await page.setContent('<!DOCTYPE html><html><head><title></title></head><body><main><h1>X</h1><img src="data:,"><input><a href="/"></a><table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></main></body></html>');
  const { failed } = await qualweb(page);
  const rules = failed.map(({ rule }) => rule);
  // Without a language, a title, a text for the picture, a label, a name of the link, a caption.
  for (const rule of ['QW-ACT-R1', 'QW-ACT-R2', 'QW-ACT-R17', 'QW-ACT-R16', 'QW-ACT-R12', 'QW-WCAG-T2']) assert.ok(rules.includes(rule), `${rule} among ${rules}`);
  await assert.rejects(assertAccessible(page), /is not accessible/);
});

test('every sample page, in every language', { timeout: 900_000 }, async (t) => {
  const { names, url } = it.pages;
  const report = {};
  const left = [...names];
  const look = async () => {
    const page = await it.browser.page();
    for (let name = left.shift(); name; name = left.shift()) {
      await page.goto(`${url}/${name}.html`);
      const seen = [...await said(() => assertAccessible(page, name)), ...await said(() => assertReflows(page))];
      // The last, as it moves the focus about.
      const { applied, failed, excused } = await qualweb(page);
      report[name] = {
        language: await page.evaluate(() => document.documentElement.lang),
        applied,
        excused,
        failures: [...seen, ...failed.map(({ rule, says, where }) => `QualWeb ${rule}: ${says}\n    ${where.join('\n    ')}`)],
      };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));

  const folder = join(process.env.VEREDA_PAGES, '../accessibility');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), JSON.stringify(report, null, 1));
  const all = Object.values(report);
  const failures = Object.entries(report).flatMap(([name, { failures }]) => failures.map((failure) => `${name}: ${failure}`));
  const languages = new Set(all.map(({ language }) => language));
  t.diagnostic(`${all.length} pages, ${languages.size} languages, ${failures.length} failures; ${all.reduce((sum, { applied }) => sum + applied, 0)} rules of QualWeb applied`);
  assert.equal(languages.size, 9, [...languages].join());
  assert.deepEqual(failures, []);
  it.browser.assertCalm();
});
