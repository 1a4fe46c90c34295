// QualWeb on a page: the engine behind AccessMonitor, by which the state grades its pages. Only its
// rules are installed, which run within any page; its own driver would bring a second browser.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const source = (await Promise.all(['qw-page', 'util', 'locale', 'act-rules', 'wcag-techniques']
  .map((name) => readFile(require.resolve(`@qualweb/${name}`), 'utf8')))).join('\n;\n');

/** Where a rule is wrong about us: rule, the elements, why. */
const EXCUSED = [
  ['QW-WCAG-T3', 'form fieldset', 'it looks for the form one element up only'],
  ['QW-WCAG-T23', 'body:has(> main:first-child) *', 'nothing stands before the content that one could skip'],
  ['QW-WCAG-T24', 'fieldset[disabled] *', 'what is switched off with all of its group cannot take the focus'],
  ['QW-WCAG-T24', 'details:not([open]) *', 'what is folded away cannot take the focus, and nobody can give it'],
];

const OPTIONS = { levels: ['A', 'AA'] };

/** Runs the ACT rules and the techniques of levels A and AA: how many rules applied, and what failed. */
export async function qualweb(page) {
  await page.evaluate(source);
  await page.evaluate(([options, sourceHtml]) => {
    const data = { sourceHtml, newTabWasOpen: false };
    window.act = new window.ACTRulesRunner(options, 'en').configure(options).test(data);
    window.techniques = new window.WCAGTechniquesRunner(options, 'en').configure(options).test(data).getReport();
  }, [OPTIONS, await page.content()]);
  // Some rules look at the page in a window of this size.
  const before = page.viewportSize();
  await page.setViewportSize({ width: 640, height: 512 });
  await page.evaluate(() => { window.act.testSpecial(); });
  await page.setViewportSize(before);
  return page.evaluate((excuses) => {
    const assertions = [window.act.getReport(), window.techniques].flatMap((report) => Object.values(report.assertions));
    const excused = [];
    const failed = assertions.filter((a) => a.metadata.outcome === 'failed').map((a) => {
      const isExcused = (result) => excuses.some(([rule, selector]) => rule === a.code
        && result.elements?.length > 0 && result.elements.every(({ pointer }) => document.querySelector(pointer)?.matches(selector)));
      const [mine, theirs] = [false, true].map((is) => a.results.filter((r) => r.verdict === 'failed' && isExcused(r) === is));
      if (theirs.length > 0) excused.push(a.code);
      return {
        rule: a.code,
        says: a.name,
        where: mine.map((r) => `${r.elements?.map((e) => `${e.pointer} ${e.htmlCode ?? ''}`).join(' ; ').slice(0, 300)} — ${r.description}`),
      };
    }).filter(({ where }) => where.length > 0);
    return { applied: assertions.filter((a) => a.metadata.outcome !== 'inapplicable').length, failed, excused };
  }, EXCUSED);
}
