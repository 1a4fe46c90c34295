// Whoever holds a receipt sees how far its request is: by the QR code, or typed; on a page of the hub that anybody may open,
// which says nothing of any person, and the same of a wrong number as of a wrong code.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { openRequest, recordComplaint } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays, plain } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.address = `http://127.0.0.1:${it.place.verifyPort}`;
  // On a telephone, which speaks French, and runs no scripts.
  it.phone = await it.browser.page({ viewport: { width: 390, height: 844 }, locale: 'fr-FR', javaScriptEnabled: false });
});

const audit = new Audit();
const says = async (selector = 'main') => plain(await it.phone.locator(selector).innerText());

async function type(number, code) {
  await it.phone.goto(`${it.address}/?lingua=pt`);
  await it.phone.getByLabel('Número do pedido').fill(number);
  await it.phone.getByLabel('Código de verificação').fill(code);
  await Promise.all([it.phone.waitForNavigation(), it.phone.getByRole('button', { name: 'Ver em que ponto está' }).click()]);
}

test('the receipt says where to look, and with which code', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.stripSays('provado', 30_000);
  await it.link.cut();
  it.number = await recordComplaint(desk, CARMO);
  assert.match(await desk.text('.receipt'), /Código de verificação: \w{4}-\w{4}/);
  it.code = /Código de verificação: (\w{4}-\w{4})/.exec(await desk.text('.number-and-qr'))[1];
  assert.match(await desk.text('.receipt'), new RegExp(`Para saber em que ponto está o pedido .*127\\.0\\.0\\.1.* ${it.code}`));
  await audit.look(desk.page, 'a receipt with its code');
});

test('what has not arrived is not known, which the page says without alarm', { timeout: 60_000 }, async () => {
  it.browser.expect(REFUSED(404));
  await type(it.number, it.code);
  assert.match(await says('[role=alert]'), /Não encontrámos nenhum pedido com este número e este código\..*pode ainda não ter chegado à central: continua guardado/);
});

test('once it is at the hub the address in the code shows it, in the language of the telephone', { timeout: 120_000 }, async () => {
  const { desk, phone } = it;
  await it.link.restore();
  await desk.today();
  await desk.stripSays('provado', 60_000);
  const path = `${it.address}/${it.number}/${it.code}`;
  it.browser.expect(REFUSED(404));
  await eventuallySays('the phone', async () => { await phone.goto(path); return says(); }, /Le service central a reçu|Enregistrée\. /, 30_000);
  assert.match(await says(), new RegExp(`${it.number}.*Enregistrée au guichet Reçue par le service central Terminée.*Espaço Móvel 07.*Cette page ne montre aucune donnée personnelle`));
  for (const of of Object.values(CARMO)) assert.ok(!(await phone.content()).includes(of), of);
  for (const language of ['Português', 'العربية', 'नेपाली']) {
    await Promise.all([phone.waitForNavigation(), phone.getByRole('link', { name: language, exact: true }).click()]);
    assert.match(await says(), new RegExp(it.number));
  }
  if (process.env.VEREDA_SHOTS) {
    await phone.goto(`${path}?lingua=pt`);
    await phone.screenshot({ path: `${process.env.VEREDA_SHOTS}/verify-phone.png`, fullPage: true });
    await phone.goto(`${path}?lingua=ar`);
    await phone.screenshot({ path: `${process.env.VEREDA_SHOTS}/verify-phone-ar.png`, fullPage: true });
    await desk.page.goto(`${desk.url}/`);
  }
});

test('typed as people type, it is found; a slip is said; a wrong code says no more than a wrong number', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(404));
  it.browser.expect(REFUSED(422));
  await type(` ${it.number.toLowerCase().replaceAll('-', ' ')} `, it.code.toLowerCase().replace('-', ''));
  assert.match(await says(), /Registado\. A central recebeu o pedido e prova que o guarda\..*Prazo para responder/);
  await type(`${it.number.slice(0, -1)}${it.number.endsWith('0') ? '1' : '0'}`, 'abc');
  assert.match(await says(), /Corrija o que está marcado.*Há um algarismo trocado.*O código tem oito letras/);
  const other = it.code === 'AAAA-AAAA' ? 'BBBB-BBBB' : 'AAAA-AAAA';
  await type(it.number, other);
  assert.match(await says('[role=alert]'), /Não encontrámos nenhum pedido/);
});

test('by the keys alone, seen at every stop; nothing of the console is behind this door', { timeout: 60_000 }, async () => {
  const { browser, hub } = it;
  const page = await browser.page({ viewport: { width: 1280, height: 900 }, locale: 'pt-PT' });
  await page.goto(it.address);
  await audit.look(page, 'the question');
  await page.getByLabel('Número do pedido').focus();
  await page.keyboard.type(it.number);
  await page.keyboard.press('Tab');
  await page.keyboard.type(it.code);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.match(plain(await page.locator('main').innerText()), /Registado\. A central recebeu/);
  await audit.look(page, 'how far it is');
  if (process.env.VEREDA_SHOTS) {
    await page.screenshot({ path: `${process.env.VEREDA_SHOTS}/verify.png`, fullPage: true });
    await page.goto(it.address);
    await page.screenshot({ path: `${process.env.VEREDA_SHOTS}/verify-form.png`, fullPage: true });
  }
  browser.expect(REFUSED(404));
  for (const path of ['/entrar', '/pedidos', '/conflito/x']) {
    const { status } = await fetch(`${it.address}${path}`);
    assert.ok([404, 422].includes(status), `${path}: ${status}`);
  }
  assert.equal((await fetch(`${hub.url}/entrar`)).status, 200, 'the console is where it was');
  await page.close();
});

test('who asks too often waits, and is told for how long', { timeout: 60_000 }, async () => {
  const answers = await Promise.all(Array.from({ length: 45 }, () => fetch(`${it.address}/${it.number}/0000-0000?lingua=pt`)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 5, `${refused.length} of ${answers.length}`);
  assert.match(refused[0].headers.get('retry-after'), /^\d+$/);
  assert.match(await refused[0].text(), /Espere um minuto/);
  audit.assertClean();
});
