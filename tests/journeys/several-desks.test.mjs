// A vehicle's own network: another machine joins as a desk with a code, over https; a desk dies in the middle of an
// interview and another goes on with it; the citizen's tablet joins too, and is shown nobody else's matter.

import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join as path } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Citizen } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { PIN } from './support/node.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

/** Another machine: the certificate's own tests say what it vouches for. */
const FOREIGN = { ignoreHTTPSErrors: true };
const TABLET = { ...FOREIGN, viewport: { width: 1280, height: 800 }, hasTouch: true };

const it = stage(async (it) => {
  it.spot = await it.place.spot('movel-07');
  it.stick = path(it.place.dir, 'stick');
  await mkdir(it.stick);
  it.spot.config += `\n[lan]\nlisten = "127.0.0.1:0"\n[keep]\nfolder = ${JSON.stringify(it.stick)}\n`;
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot, 'Ana Martins');
});

const audit = new Audit();
const look = (who, name) => audit.look(who.page, name);

/** Shows a code at the node; gives it, with the address. */
async function offer(desk, what = 'Juntar uma mesa') {
  await desk.page.goto(`${desk.url}/mesas`);
  await desk.press(what);
  return { code: await desk.text('.join-code'), url: await desk.text('.address') };
}

/** A machine that opens the address of the node. */
async function machine(url, more = FOREIGN) {
  const page = await it.browser.page(more);
  await page.goto(url);
  return new Desk(page, url);
}

async function join(who, code, name) {
  await who.fill({ 'Código que o posto mostra': code, 'Como se chama esta máquina': name });
  await who.press('Juntar');
}

test('another machine joins with the code, and until then sees how to and nothing else', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  await desk.page.goto(`${desk.url}/mesas`);
  await look(desk, 'desks');
  const { code, url } = await offer(desk);
  await look(desk, 'a code');
  assert.match(code, /^\d{4} \d{4}$/);
  assert.match(url, /^https:/);
  assert.equal(await desk.page.locator('.qr-box svg').count(), 1);
  const second = await machine(`${url}/pedidos`);
  second.url = url;
  assert.equal(await second.heading(), 'Juntar esta máquina ao posto');
  await look(second, 'joining');
  browser.expect(REFUSED(422), REFUSED(401), REFUSED(409), AWAY);
  await join(second, '0000 0000', 'Mesa 2');
  assert.match(await second.text('[role=alert]'), /Não é este o código/);
  assert.equal(await second.field('Como se chama').inputValue(), 'Mesa 2', 'what was typed is there');
  await look(second, 'a wrong code');
  await eventuallySays('the node', () => desk.text('#juntar'), /1 código errado/);
  await join(second, code, 'Mesa 2');
  assert.equal(await second.heading(), 'Entrar');
  await second.tryPin('Rui Pires', PIN['Rui Pires']);
  assert.equal(await second.heading(), 'Hoje');
  await eventuallySays('the node', () => desk.text('#mesas'), /Mesa 2 Ligada: Rui Pires/);
  await second.page.goto(`${url}/mesas`);
  assert.match(await second.text('#juntar'), /Só no computador do posto/);
  await look(second, 'desks, at another');
  it.second = second;
  it.url = url;
});

test('a desk dies in the middle of an interview and another goes on with what it wrote last', { timeout: 120_000 }, async () => {
  const { desk, second } = it;
  await second.nextCitizen();
  await second.press('Identificar o cidadão');
  await second.type('Nome completo', 'Maria do Rosário');
  await second.kept('full-name');
  it.form = new URL(second.page.url()).pathname;
  await desk.today();
  assert.doesNotMatch(await desk.text('#em-curso'), /não dá sinal/);
  // Its lid is closed: nothing comes from it any more.
  it.cookies = await second.context.storageState();
  await second.page.close();
  const dead = Date.now();
  await eventuallySays('today', () => desk.text('#em-curso'), /«Mesa 2» não dá sinal/, 40_000);
  console.log(`heard as dead after ${Math.round((Date.now() - dead) / 1000)} s`);
  await look(desk, 'today, a desk is silent');
  await desk.press(/^Continuar aqui/);
  await desk.press(/^(Identificar o cidadão|Ver ou corrigir)/);
  assert.equal(await desk.field('Nome completo').inputValue(), 'Maria do Rosário');
  await desk.type('Nome completo', ' Vaz');
  await desk.kept('full-name');
});

test('the desk that comes back is told who has it, only reads, and takes it back with what it had not sent', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  const page = await browser.page({ ...FOREIGN, storageState: it.cookies });
  const second = new Desk(page, it.url);
  it.second = second;
  await page.goto(`${it.url}${it.form}`);
  assert.match(await second.text('#de-quem'), /Ana Martins tem agora isto, em «Espaço Móvel 07»/);
  assert.equal(await second.field('Nome completo').isDisabled(), true);
  assert.equal(await second.field('Nome completo').inputValue(), 'Maria do Rosário Vaz');
  await look(second, 'a form that another desk has');
  await second.press('Continuar aqui');
  assert.equal(await second.field('Nome completo').isDisabled(), false);
  // At the first desk it stands at once, and what is typed there stays in its field.
  await eventuallySays('the first desk', () => desk.text('#de-quem'), /Rui Pires tem agora isto, em «Mesa 2»/);
  await desk.type('Data de nascimento', '03/05/1951');
  assert.match(await desk.savedAt('birth-date'), /não guardado/);
  await look(desk, 'a form that was taken over while somebody types');
  await desk.control('Continuar aqui').click();
  await desk.kept('birth-date');
  await eventually('the second desk has it', async () => (await second.field('Data de nascimento').inputValue()) === '03/05/1951');
});

test('the citizen’s tablet joins, follows its desk, and after an hour away shows the truth and nobody else', { timeout: 120_000 }, async () => {
  const { desk, browser } = it;
  const { code, url } = await offer(desk, 'Juntar um ecrã do cidadão');
  const joining = await machine(url, TABLET);
  await join(joining, code, 'Tablet da entrada');
  assert.equal(new URL(joining.page.url()).pathname, '/cidadao');
  await joining.page.goto(`${url}/pedidos`);
  assert.equal(new URL(joining.page.url()).pathname, '/cidadao', 'nothing else is served to it');
  const tablet = new Citizen(joining.page, url);
  await desk.pair(await tablet.code());
  await tablet.says('Bem-vindo');
  await desk.page.goto(`${desk.url}${it.form}`);
  await tablet.says(/Maria do Rosário/);
  await audit.look(tablet.page, 'the tablet');
  // Out of reach for an hour; meanwhile another citizen sits there.
  await tablet.page.clock.install();
  await tablet.page.reload();
  await tablet.says(/Maria do Rosário/);
  it.spot.config = it.spot.config.replace(/(\[lan\]\nlisten = )".*"/, `$1"${new URL(url).host}"`);
  await it.spot.kill();
  await tablet.page.locator('#ligacao').waitFor();
  await tablet.page.clock.runFor(3_600_000);
  assert.equal(await tablet.page.locator('#ecra').isVisible(), false, 'who passes by meanwhile reads nothing');
  await it.spot.start();
  await desk.today();
  await desk.page.goto(`${desk.url}${it.form.replace('formulario', 'atendimento').split('/').slice(0, 3).join('/')}`);
  await desk.press('Fechar atendimento');
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.type('Nome completo', 'José Amaro');
  await desk.kept('full-name');
  await tablet.page.clock.runFor(10_000);
  await tablet.page.clock.resume();
  await tablet.says(/José Amaro/, 30_000);
  assert.doesNotMatch(await tablet.text('body'), /Maria do Rosário/);
  it.tablet = tablet;
});

test('who is taken out is nobody within a second, also where a page is open', { timeout: 60_000 }, async () => {
  const { desk, second, tablet } = it;
  await second.today();
  await desk.page.goto(`${desk.url}/mesas`);
  await desk.page.getByRole('button', { name: 'Retirar Tablet da entrada' }).click();
  await eventually('the tablet shows nothing', async () => new URL(tablet.page.url()).pathname === '/juntar', 3_000);
  await desk.press(/^Retirar Mesa 2/);
  await second.page.goto(`${it.url}/`);
  assert.equal(new URL(second.page.url()).pathname, '/juntar');
  assert.doesNotMatch(await desk.text('#mesas'), /Mesa 2|Tablet/);
});

test('a laptop is stolen: what was typed goes on at another spot, from the stick and with the code on paper', { timeout: 180_000 }, async () => {
  const { desk, browser, place, spot } = it;
  await desk.page.goto(`${desk.url}/copia`);
  assert.match(await desk.text('#copia-agora'), /Falta fazer o código/);
  await look(desk, 'no copy yet');
  await desk.press('Fazer o código de recuperação');
  const code = await desk.text('.recovery-code');
  assert.match(code, /^(\w{5}-){4}\w{5}$/);
  await look(desk, 'a recovery code');
  await desk.page.goto(`${desk.url}/copia`);
  assert.doesNotMatch(await desk.text(), new RegExp(code), 'it is shown once');
  const attendance = await desk.nextCitizen();
  await desk.identify({ 'Nome completo': 'Ilda Encarnação', 'Data de nascimento': '02/02/1944', NIF: '123456789' });
  await desk.page.goto(`${desk.url}/atendimento/${attendance}`);
  await desk.begin('Cartão Europeu');
  const field = desk.page.locator('[data-draft]').first();
  const name = await field.getAttribute('data-draft');
  await field.fill('912 345 678');
  await desk.kept(name);
  const typed = Date.now();
  await desk.today();
  await eventually('a copy that is later than the last key', async () => {
    const said = /Cópia do que se escreve: (\d+):(\d+):(\d+)/.exec(await desk.text('#copia'));
    if (!said) return false;
    const at = new Date(typed);
    const [h, m, s] = said.slice(1).map(Number);
    return h * 3600 + m * 60 + s >= at.toLocaleTimeString('pt-PT', { timeZone: 'Europe/Lisbon', hour12: false }).split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  }, 30_000);
  console.log(`in the copy after ${Math.round((Date.now() - typed) / 1000)} s`);
  assert.deepEqual(await readdir(it.stick), ['movel-07.vereda-rascunhos']);
  // Gone, with its store and its key.
  browser.expect(AWAY);
  await spot.kill();
  await desk.page.close();
  const other = await place.spot('solidario-02');
  other.config = other.config.replace(/^folders = .*$/m, `folders = [${JSON.stringify(it.stick)}]`);
  await other.start();
  const rui = await Desk.open(browser, other, 'Rui Pires');
  await rui.page.goto(`${rui.url}/copia`);
  await look(rui, 'a copy of another spot');
  await rui.fill({ 'Código de recuperação': 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' });
  await rui.press(/^Recuperar/);
  assert.match(await rui.text('[role=alert]'), /Este código não abre a cópia de Espaço Móvel 07/);
  await look(rui, 'a copy, another code');
  await rui.fill({ 'Código de recuperação': code.toLowerCase() });
  await rui.press(/^Recuperar/);
  assert.match(await rui.text('#em-curso'), /Ilda Encarnação.*Recuperado de Espaço Móvel 07/);
  await look(rui, 'today, a conversation that came back');
  await rui.press('Ilda Encarnação');
  assert.match(await rui.text(), /Recuperado de Espaço Móvel 07, da cópia de/);
  await look(rui, 'a conversation that came back');
  await rui.press(/^Continuar/);
  assert.equal(await rui.page.locator(`[data-draft="${name}"]`).first().inputValue(), '912 345 678');
});

test('every page that was seen is in order', () => audit.assertClean());
