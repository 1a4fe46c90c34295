// Pictures of both screens, step by step, through three whole journeys, in three languages on the citizen's
// screen, at 100 % and at 400 %: node screenshots-journeys.mjs FOLDER

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Browser } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { Place } from './support/node.mjs';
import { iban } from './support/numbers.mjs';
import { CARMO, ZE } from './support/people.mjs';
import { recordCertificate, recordHealthCard, recordHousingAid } from './support/services.mjs';
import { SPOKEN } from './support/ways.mjs';
import { eventually } from './support/waiting.mjs';

const folder = process.argv[2];
if (!folder) throw new Error('usage: node screenshots-journeys.mjs FOLDER');

/** As wide as the screens are, and as they are at 400 %. */
const SIZES = {
  100: { desk: { width: 1366, height: 768 }, citizen: { width: 1280, height: 800 } },
  400: { desk: { width: 320, height: 256 }, citizen: { width: 320, height: 256 } },
};

/** Takes its pictures before it goes on, and of what came of it. */
class Photographer extends Desk {
  shots = 0;

  async onward() { await this.shoot(); await super.onward(); }

  async record() {
    await this.shoot();
    const number = await super.record();
    await this.citizen.says(number);
    await this.shoot();
    return number;
  }

  async shoot() {
    const name = join(this.folder, String(this.shots += 1).padStart(2, '0'));
    const fullPage = this.percent === '400';
    await this.page.screenshot({ path: `${name}-desk.png`, fullPage });
    for (const { tag, name: button } of SPOKEN) {
      await this.citizen.touch(button);
      await eventually(`the page in ${button}`, () => this.citizen.page.evaluate((tag) => document.documentElement.lang === tag, tag));
      await this.citizen.page.screenshot({ path: `${name}-citizen-${tag}.png`, fullPage });
    }
  }
}

const [place, browser] = await Promise.all([Place.make(), Browser.launch()]);
try {
  const spot = await (await place.spot()).start();
  const photo = await browser.picture();
  let taken = 0;
  for (const [percent, size] of Object.entries(SIZES)) {
    const desk = new Photographer(await browser.page({ viewport: size.desk }), spot.url);
    await desk.signIn('Ana Martins');
    const citizen = await paired(browser, spot, desk);
    await citizen.page.setViewportSize(size.citizen);
    Object.assign(desk, { citizen, percent });
    for (const [journey, walk] of Object.entries({
      'health-card': () => recordHealthCard(desk, CARMO),
      certificate: () => recordCertificate(desk, ZE),
      'housing-aid': () => recordHousingAid(desk, ZE, { iban: iban('0035000000000000177'), photo }),
    })) {
      Object.assign(desk, { folder: join(folder, `${journey}-${percent}`), shots: 0 });
      await mkdir(desk.folder, { recursive: true });
      await walk();
      await desk.press('Voltar ao atendimento');
      await desk.press('Fechar atendimento');
      taken += desk.shots * (1 + SPOKEN.length);
    }
  }
  console.log(`${taken} pictures in ${folder}`);
} finally {
  await browser.close();
  await place.clear();
}
