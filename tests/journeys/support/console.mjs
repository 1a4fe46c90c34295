// The operator's console at the hub, in the words that stand on it.

import { PIN } from './node.mjs';
import { Desk } from './desk.mjs';
import { eventuallySays, plain } from './waiting.mjs';

export class Console extends Desk {
  static async open(browser, hub, name = 'Teresa Nunes') {
    const console = new Console(await browser.page({ viewport: { width: 1600, height: 900 } }), hub.url);
    await console.signIn(name);
    return console;
  }

  async signIn(name, pin = PIN[name]) {
    await this.page.goto(`${this.url}/entrar`);
    await this.tryPin(name, pin);
    // Each role has another first page.
    await this.page.waitForURL((url) => url.pathname !== '/entrar');
  }

  /** The list comes by itself: nobody loads the page. */
  lists(expected, withinMs = 15_000) { return eventuallySays('the conflicts', () => this.text('#lista'), expected, withinMs); }

  open(what) { return this.press(new RegExp(`^Abrir ${what}`)); }

  /** The rows that differ: label and the values of each side. */
  async differences() {
    const rows = [];
    for (const row of await this.page.locator('tr.differs').all()) {
      rows.push([plain(await row.locator('th').innerText()), ...(await row.locator('td').allInnerTexts()).map(plain)]);
    }
    return rows;
  }

  keep(words) { return this.page.getByRole('group', { name: /^(Decisão|O que propõe)/ }).getByLabel(words).check(); }

  async decide(reason) {
    await this.page.getByLabel('Motivo').fill(reason);
    await this.press('Decidir');
  }

  /** What is money or identity only a second person decides. */
  async propose(reason) {
    await this.page.getByLabel('Motivo').fill(reason);
    await this.press('Propor a outra pessoa');
  }
}
