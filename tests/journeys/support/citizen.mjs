// The citizen's screen, in the words that stand on it.

import { eventuallySays, plain } from './waiting.mjs';

export class Citizen {
  constructor(page, url) { Object.assign(this, { page, url }); }

  /** A tablet: touch, larger than a phone. */
  static async open(browser, node, more = {}) {
    const citizen = new Citizen(await browser.page({ viewport: { width: 1280, height: 800 }, hasTouch: true, ...more }), node.url);
    await citizen.page.goto(`${node.url}/cidadao`);
    return citizen;
  }

  async code() { return plain(await this.page.locator('.code').innerText()); }

  async text(selector = '#ecra') { return plain(await this.page.locator(selector).innerText()); }

  /** What the citizen reads of one field. */
  async value(fieldId) {
    const field = this.page.locator(`[data-field="${fieldId}"]`);
    return (await field.count()) > 0 ? plain(await field.innerText({ timeout: 1000 })) : `(no ${fieldId} on the screen: ${await this.text()})`;
  }

  says(expected, withinMs) { return eventuallySays('the citizen’s screen', () => this.text(), expected, withinMs); }

  reads(fieldId, expected, withinMs) {
    return eventuallySays(`the citizen’s ${fieldId}`, () => this.value(fieldId), expected, withinMs);
  }

  touch(words) { return this.page.getByRole('button', { name: words }).tap(); }
}

/** A desk and its citizen's screen, paired. */
export async function paired(browser, node, desk) {
  const citizen = await Citizen.open(browser, node);
  await desk.pair(await citizen.code());
  await citizen.says('Bem-vindo');
  return citizen;
}
