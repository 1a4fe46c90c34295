// A real Chromium. Whatever a page complains about fails the test, unless the
// test said beforehand that it will happen.

import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // A microphone that hums; who may use it is still asked.
  '--use-fake-device-for-media-stream'];

export const LAPTOP = { width: 1366, height: 768 };
export const PHONE = { width: 320, height: 640 };

export class Browser {
  #complaints = [];
  #expected = [];

  static async launch() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: ARGS, timeout: 30_000,
    });
    return browser;
  }

  /** A page of a person of its own: cookies are not shared. */
  async page({ viewport = LAPTOP, ...more } = {}) {
    const context = await this.chromium.newContext({ viewport, locale: 'pt-PT', timezoneId: 'Europe/Lisbon', ...more });
    context.setDefaultTimeout(10_000);
    // For whoever works on scripts and styles without building the program.
    const assets = process.env.VEREDA_ASSETS;
    if (assets) await context.route(/\/assets\/[^/]+\/[\w-]+\.(js|css)$/, (route) => route.fulfill({ path: join(assets, basename(new URL(route.request().url()).pathname)) }));
    context.on('page', (page) => this.#watch(page));
    return context.newPage();
  }

  #watch(page) {
    page.on('pageerror', (error) => this.#complain(page, `error: ${error.stack || error.message}`));
    page.on('crash', () => this.#complain(page, 'the page crashed'));
    page.on('console', (message) => {
      // Violations of the content policy come as errors too.
      if (message.type() === 'error') this.#complain(page, `${message.text()} (${message.location().url})`);
    });
  }

  #complain(page, text) {
    if (this.#expected.some((pattern) => pattern.test(text))) return;
    this.#complaints.push(`${page.url()}: ${text}`);
  }

  /** From now on a page may say this: refusals with a status, a node that is down. */
  expect(...patterns) { this.#expected.push(...patterns); }

  /** Fails with what the pages complained about. */
  assertCalm() {
    const complaints = this.#complaints.splice(0);
    assert.deepEqual(complaints, [], 'the browser complained');
  }

  /** A real photograph, as bytes: noise and lines, so that it does not compress to nothing. */
  async picture({ type = 'jpeg', width = 640, height = 480, seed = 1 } = {}) {
    const context = await this.chromium.newContext({ viewport: { width, height } });
    try {
      const page = await context.newPage();
      const stripes = Array.from({ length: 24 }, (_, i) => `hsl(${(seed * 47 + i * 31) % 360} 60% ${30 + ((i * 17) % 50)}%) ${i * 4}% ${i * 4 + 4}%`);
      await page.setContent(`<body style="margin:0;height:100vh;background:linear-gradient(${seed * 13}deg, ${stripes})">`);
      return await page.screenshot({ type });
    } finally { await context.close(); }
  }

  async close() { await this.chromium.close(); }
}

/** What Chromium says of answers that are refusals and of a node that is away. */
export const REFUSED = (status) => new RegExp(`status of ${status}`);
export const AWAY = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|ERR_CONNECTION_CLOSED/;
