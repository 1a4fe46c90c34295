// Every page of the desk and every stage of the citizen's screen: accessible, readable
// at 320 px, the focus always in sight. The console's pages are looked at where it has
// something to show, in two-spots.test.mjs.

import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Citizen } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { iban } from './support/numbers.mjs';
import { ZE } from './support/people.mjs';
import { correct, fillHousingAid, openRequest } from './support/services.mjs';
import { stage } from './support/stage.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('every page of the desk and of the citizen’s screen', { timeout: 150_000 }, async () => {
  it.browser.expect(REFUSED(404), REFUSED(422));
  const audit = new Audit();
  const photo = await it.browser.picture();
  const desk = new Desk(await it.browser.page(), it.spot.url);
  const page = desk.page;
  const atDesk = (name) => audit.look(page, `desk, ${name}`);

  await page.goto(`${desk.url}/entrar`);
  await atDesk('signing in');
  await desk.tryPin('Ana Martins', '0000');
  await atDesk('a wrong PIN');
  await desk.signIn('Ana Martins');
  await atDesk('today, nothing yet');

  const citizen = await Citizen.open(it.browser, it.spot);
  const atScreen = (name) => audit.look(citizen.page, `citizen, ${name}`);
  await atScreen('unpaired');
  await desk.pair('00');
  await atDesk('a wrong code');
  await desk.pair(await citizen.code());
  await atDesk('pairing');
  await citizen.says('Bem-vindo');
  await atScreen('idle');

  await desk.nextCitizen();
  await atDesk('an attendance, nobody yet');
  await desk.press('Identificar o cidadão');
  await atDesk('identification, empty');
  await desk.fill({ ...ZE, 'NISS — segurança social': '123' });
  await desk.onward();
  await atDesk('identification, refused');
  await citizen.says('José d’Ávila Brás');
  await atScreen('following');
  await desk.fill({ 'NISS — segurança social': '' });
  await desk.onward();
  await atDesk('an attendance');
  await desk.search('zzzz');
  await atDesk('a search in vain');

  // Every step of every service, empty and refused.
  for (const service of ['Cartão Europeu de Seguro de Doença', 'Certificado do registo criminal']) {
    const attendance = page.url();
    await page.goto(attendance.split('?')[0]);
    await desk.begin(service);
    await atDesk(service);
    await desk.onward();
    await atDesk(`${service}, refused`);
    await page.goto(attendance);
  }
  await fillHousingAid(desk, ZE, { iban: iban('0035000000000000177'), photo });
  await atDesk('check the answers');
  const request = page.url().split('/').at(-1);
  for (const step of ['contact', 'property', 'damage', 'photos', 'insurance', 'amount', 'consents']) {
    await page.goto(`${desk.url}/formulario/${request}/${step}`);
    await atDesk(`housing aid, ${step}`);
    if (step === 'photos' || step === 'consents') await atScreen(`following, ${step}`);
  }
  await citizen.touch('English');
  await citizen.says('Statements');
  await atScreen('following in English');
  await page.goto(`${desk.url}/conferir/${request}`);
  await desk.ask();
  await citizen.says('Está certo');
  await atDesk('waiting for the citizen');
  await atScreen('confirm');
  await citizen.page.locator('button.wrong').tap();
  await citizen.says('diga ao mediador').catch(() => {});
  await atScreen('wants a correction');
  await desk.press('Mostrar de novo');
  await citizen.page.locator('button.right').tap();
  await desk.papersSeen();
  await page.locator('[data-key=r]').waitFor();
  await atDesk('confirmed');
  const number = await desk.record();
  await atDesk('receipt');
  await citizen.says(number);
  await atScreen('recorded');

  await desk.today();
  await atDesk('today');
  await page.goto(`${desk.url}/pedidos?q=nada`);
  await atDesk('requests, none found');
  await page.goto(`${desk.url}/pedidos`);
  await atDesk('requests');
  await openRequest(desk, number);
  await atDesk('a request');
  await correct(desk, 'IBAN em seu nome', 'PT50', 'engano');
  await atDesk('a correction, refused');
  await page.goto(`${desk.url}/nada`);
  await atDesk('no such page');
  await page.goto(`${desk.url}/pedido/nada`);
  await atDesk('no such request');
  await desk.today();
  await desk.press('Retomar José d’Ávila Brás');
  await page.goto(`${desk.url}/atendimento/${(await page.locator('a.leave, form[action$="/fechar"]').first().evaluate((e) => e.href ?? e.action)).match(/atendimento\/([^/]+)/)[1]}`);
  await desk.press('Fechar atendimento');
  await page.goBack();
  await page.reload();
  await atDesk('a closed attendance');
  audit.assertClean();
});
