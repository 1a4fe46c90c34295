// A desk without a mouse: Tab, arrows, Space, Enter and the keys that are shown.

import assert from 'node:assert/strict';

export class Keyboard {
  constructor(desk) { Object.assign(this, { desk, page: desk.page, keys: desk.page.keyboard }); }

  /** Tab until the focus is on what matches. */
  async tabTo(selector, most = 60) {
    for (let i = 0; i < most; i += 1) {
      await this.keys.press('Tab');
      if (await this.page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    }
    assert.fail(`Tab never came to ${selector} on ${this.page.url()}`);
  }

  /** Presses a key that loads a page. */
  follow(key) { return this.desk.follow(() => this.keys.press(key)); }

  async type(fieldId, text) {
    await this.tabTo(`[data-draft="${fieldId}"]`);
    await this.keys.type(text);
  }

  /** Chooses an option of a group by arrows; Space takes the first one. */
  async choose(fieldId, option) {
    const group = `[data-draft="${fieldId}"]`;
    await this.tabTo(group);
    for (let i = 0; i < 12; i += 1) {
      const [value, checked] = await this.page.evaluate(() => [document.activeElement.value, document.activeElement.checked]);
      if (value === option) { if (!checked) await this.keys.press('Space'); return; }
      await this.keys.press('ArrowDown');
    }
    assert.fail(`no option ${option} in ${fieldId}`);
  }

  /** Opens the file dialog of a field by its key and gives it files. */
  async attach(fieldId, ...files) {
    await this.tabTo(`#f-${fieldId}`);
    // A page in the background opens no dialog, and the other screen may have come to the front.
    await this.page.bringToFront();
    let dialog;
    for (let i = 0; i < 3 && !dialog; i += 1) {
      const opened = this.page.waitForEvent('filechooser', { timeout: 4000 }).catch(() => null);
      await this.keys.press('Space');
      dialog = await opened;
    }
    assert.ok(dialog, 'the key opens the file dialog');
    await dialog.setFiles(files);
    await this.page.locator(`#campo-${fieldId} .thumbs li`).first().waitFor();
  }

  /** Goes on from the field that has the focus. */
  onward() { return this.follow('Enter'); }
}
