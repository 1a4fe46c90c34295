// What the citizen does on the screen on their side: reads, signs, says how it was; and who comes
// in another's place.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { iban } from './support/numbers.mjs';
import { CARMO } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

/** A request that is signed, up to the check of the answers. */
async function funeral(desk) {
  const photo = await it.browser.picture({ width: 80, height: 60 });
  const today = new Intl.DateTimeFormat('pt-PT', { timeZone: 'Europe/Lisbon', day: '2-digit', month: '2-digit', year: 'numeric' }).format();
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Subsídio de funeral');
  await desk.choose('O que era à pessoa que morreu', 'Filho ou filha');
  await desk.fill({ Telefone: '912 345 678' });
  await desk.onward();
  await desk.fill({ 'Nome completo': 'José Ferrão', 'Data de nascimento': '01/02/1930', 'Data da morte': today, 'Onde vivia': 'Alferce' });
  await desk.onward();
  await desk.attach('Certidão de óbito (fotografia)', { name: 'certidao.jpg', buffer: photo });
  await desk.attach('Recibo do funeral (fotografia)', { name: 'recibo.jpg', buffer: await it.browser.picture({ width: 80, height: 60, seed: 2 }) });
  await desk.fill({ 'Valor do recibo': '1250', 'IBAN em seu nome': iban('0002012312345678901') });
  await desk.agree(/o que disse é verdade/);
  await desk.onward();
}

/** Draws a line of waves in the field, as a hand does. */
async function draw(citizen) {
  const pad = citizen.page.locator('[data-sign] svg');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  const { mouse } = citizen.page;
  await mouse.move(box.x + 30, box.y + box.height / 2);
  await mouse.down();
  for (let i = 1; i <= 24; i += 1) await mouse.move(box.x + 30 + i * 10, box.y + box.height * (0.5 + 0.3 * Math.sin(i)));
  await mouse.up();
}

test('what the citizen signs by hand stands under what was shown, on the desk and on paper', { timeout: 90_000 }, async () => {
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await funeral(desk);
  assert.match(await desk.text('#confirmacao'), /confirmar e assinar/);
  await desk.ask();
  await citizen.says(/A sua assinatura.*Está certo e assino/);
  await citizen.touch('English');
  await citizen.says(/Your signature.*It is right and I sign/);
  await audit.look(citizen.page, 'signing', { focus: false });

  // Nothing is confirmed without a signature, and the page says so.
  await citizen.page.locator('button.right').tap();
  await citizen.says('The signature is missing');
  assert.match(await desk.text('#confirmacao'), /À espera da resposta/);
  await draw(citizen);
  await citizen.touch('Clear and sign again');
  assert.equal(await citizen.page.locator('[data-strokes]').inputValue(), '');
  await draw(citizen);
  const drawn = await citizen.page.locator('[data-sign] path').getAttribute('d');
  assert.match(drawn, /^M\d+ \d+(L\d+ \d+){10,}/);
  await citizen.page.locator('button.right').tap();
  await citizen.says('You confirmed that it is right');
  await eventuallySays('the desk', () => desk.text('#confirmacao'), /Confirmado no ecrã do cidadão \([0-9a-f]{8}\), em inglês.*Viu: \d+ respostas.*Assinado à mão/);
  assert.equal(await desk.page.locator('#confirmacao svg.signature path').getAttribute('d'), drawn, 'as it was drawn');
  await audit.look(desk.page, 'signed', { focus: false });

  const number = await desk.record();
  assert.match(await desk.text('.receipt'), /O que confirmou.*em inglês.*Assinado à mão/);
  assert.equal(await desk.page.locator('.receipt svg.signature path').getAttribute('d'), drawn);
  await desk.page.goto(`${desk.url}/pedidos?q=${number}`);
  await desk.press(number);
  assert.match(await desk.text('main'), /O que o cidadão confirmou.*Assinado à mão/);
  await audit.look(desk.page, 'the request', { focus: false });
  audit.assertClean();
});

test('who does not draw writes the name, by keyboard alone', { timeout: 60_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await funeral(desk);
  await desk.ask();
  await citizen.says('A sua assinatura');
  const { page } = citizen;
  const onto = async (selector) => {
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    }
    assert.fail(`no way to ${selector} by Tab`);
  };
  await onto('#assina-nome');
  await page.keyboard.type('Maria do Carmo Ferrão');
  await onto('button.right');
  await page.keyboard.press('Enter');
  await eventuallySays('the desk', () => desk.text('#confirmacao'), /com o nome escrito: Maria do Carmo Ferrão/);
  assert.match(await desk.record(), /^M07-/);
});

test('somebody who comes for another is known, on both screens and wherever the request goes', { timeout: 60_000 }, async () => {
  it.browser.expect(/status of 409/);
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.press('Em nome de outra pessoa');
  await citizen.says(/Quem representa.*Com que autoridade/);
  await citizen.touch('Français');
  await desk.type('Nome completo de quem representa', 'Rosa Ferrão Lopes');
  await citizen.reads('rep-name', 'Rosa Ferrão Lopes');
  await audit.look(desk.page, 'who acts', { focus: false });
  await audit.look(citizen.page, 'who acts, for the citizen', { focus: false });
  await desk.fill({ 'Número do documento de identificação de quem representa': 'PT 1234567', 'Documento que o prova': 'Autorização de 2 de novembro' });
  await desk.choose('Com que autoridade', 'Familiar com autorização assinada');
  await citizen.says('Membre de la famille avec autorisation signée');
  await desk.onward();
  assert.match(await desk.text('#representante'), /Rosa Ferrão Lopes.*Familiar com autorização assinada/);
  const attendance = desk.page.url();

  // Where the agency takes nobody else, it says so, and nothing is begun.
  await desk.begin('Cartão Europeu de Seguro de Doença');
  assert.match(await desk.text('main'), /só o próprio pode pedir/);
  await desk.page.goto(attendance);
  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  assert.match(await desk.text('main'), /Pede Rosa Ferrão Lopes, em nome de Maria do Carmo Ferrão/);
  await audit.look(desk.page, 'check of what another asks', { focus: false });
  await desk.ask();
  await citizen.says(/Rosa Ferrão Lopes.*Tout est-il exact|Tout est-il.*Rosa Ferrão Lopes|Rosa Ferrão Lopes/);
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), /em francês/);
  const number = await desk.record();
  assert.match(await desk.text('.receipt'), /Representado por Rosa Ferrão Lopes/);
  await desk.page.goto(`${desk.url}/pedidos?q=${number}`);
  await desk.press(number);
  assert.match(await desk.text('main'), /Pedido por Rosa Ferrão Lopes, em nome de Maria do Carmo Ferrão/);
  audit.assertClean();

  // At the end the citizen says how it was, in a face with its word; the desk only counts.
  await desk.page.goto(attendance);
  await desk.press('Fechar atendimento');
  await citizen.says(/Comment cela s’est-il passé.*Bon.*Moyen.*Mauvais/);
  await audit.look(citizen.page, 'three faces');
  await citizen.page.getByRole('button', { name: /^Moyen/ }).tap();
  await citizen.says('Bem-vindo');
  assert.doesNotMatch(await citizen.text(), /Ferrão/);
  await desk.page.goto(`${desk.url}/numeros`);
  assert.match(await desk.text('#numeros'), /O que acharam os cidadãos.*Razoável 1.*Sem resposta 0/);
  await audit.look(desk.page, 'figures', { focus: false });
  audit.assertClean();
});

test('the citizen writes a step in their own language, and the desk sees it live', { timeout: 90_000 }, async () => {
  it.browser.expect(/status of 409/, AWAY);
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  const { page } = citizen;
  const written = (field) => page.locator(`[data-write="${field}"]`).first();
  const deskReads = (label, expected) => eventuallySays(`the desk’s ${label}`, () => desk.field(label).inputValue(), expected);
  const lets = () => desk.press('Deixar o cidadão escrever');
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Apoio à habitação após catástrofe');
  await citizen.touch('English');
  await lets();
  await citizen.says(/Write your answers here.*I have answered/);
  await eventuallySays('the picture of the screen', () => desk.text('#espelho'), /O cidadão escreve este passo/);
  // What the card or the mediator knows is hidden until the citizen wants to see it.
  assert.equal(await written('nif').count(), 0);

  await written('phone').pressSequentially('912 34', { delay: 30 });
  await deskReads('Telefone', '912 34');
  await eventuallySays('the mark', () => desk.markAt('phone'), 'escrito pelo cidadão');
  await citizen.touch(/^I have answered/);
  await citizen.says(/It must have 9 digits.*Some answers need correcting/);
  assert.equal(await written('phone').getAttribute('aria-invalid'), 'true');
  await audit.look(page, 'writing', { focus: false });
  await audit.look(desk.page, 'the citizen writes', { focus: false });
  await written('phone').press('End');
  await written('phone').pressSequentially('5 678', { delay: 30 });
  await deskReads('Telefone', '912 345 678');
  await citizen.touch('Français');
  await eventuallySays('their words in another language', () => written('phone').inputValue(), '912 345 678');
  await citizen.touch(/^J’ai répondu/);
  await citizen.reads('phone', /678|•/);
  await eventuallySays('the picture of the screen', () => desk.text('#espelho'), /Deixar o cidadão escrever/);
  await desk.onward();

  // What is asked follows from what is answered, around the words that are being written.
  await lets();
  await citizen.says('Écrivez vos réponses ici');
  await page.locator('[data-write="tenure"][value="owner"]').check();
  await written('article').waitFor();
  assert.ok(await page.locator('[data-write="tenure"][value="owner"]').isChecked());
  await written('article').pressSequentially('12', { delay: 30 });
  await deskReads('Artigo da caderneta predial', '12');
  await desk.field('Morada ou lugar da habitação').pressSequentially('Monte da Foz', { delay: 30 });
  await eventuallySays('the mediator’s words', () => written('address').inputValue(), 'Monte da Foz');
  assert.ok(await written('article').evaluate((i) => i === document.activeElement), 'they stay where they write');
  await audit.look(page, 'writing what is asked', { focus: false });

  // Both at once: neither is written over unseen.
  await page.route('**/cidadao/rascunho', async (route) => {
    await desk.field('Morada ou lugar da habitação').fill('Monte da Foz, Alferce');
    await desk.kept('address');
    await route.continue();
  }, { times: 1 });
  await written('address').press('End');
  await written('address').pressSequentially('!');
  await citizen.says(/a aussi écrit ici.*Monte da Foz, Alferce/);
  await audit.look(page, 'both wrote', { focus: false });
  await citizen.touch('Prendre ce que le guichet a écrit');
  assert.equal(await written('address').inputValue(), 'Monte da Foz, Alferce');

  // The node goes and comes back while they write: nothing is lost.
  await it.spot.kill();
  await written('article').press('End');
  await written('article').pressSequentially('34', { delay: 30 });
  await citizen.says('Non enregistré');
  await it.spot.start();
  await citizen.says('Enregistré.');

  // The mediator takes over.
  await desk.press('Voltar a escrever eu');
  await citizen.says('Monte da Foz, Alferce');
  assert.equal(await page.locator('[data-write]').count(), 0);
  assert.equal(await desk.field('Artigo da caderneta predial').inputValue(), '1234');
  audit.assertClean();
});

test('what the citizen writes as private stays theirs, on the desk and on paper', { timeout: 90_000 }, async () => {
  it.browser.expect(/status of 4(09|22)/, AWAY);
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  const { page } = citizen;
  const [own, other] = [iban('0002012312345678901'), iban('0001000001234567890')];
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Apoio à habitação após catástrofe');
  await desk.fill({ Telefone: '912 345 678' });
  await desk.onward();
  await desk.choose('A casa é', 'Própria');
  await desk.fill({ 'Morada ou lugar da habitação': 'Monte da Foz, Alferce' });
  await desk.onward();
  await desk.fill({ 'Quando aconteceu': '05/02/2026', 'O que ficou destruído ou danificado': 'O telhado e a cozinha.' });
  await desk.choose('Consegue viver na casa?', 'Não');
  await desk.onward();
  await desk.attach('Fotografias dos estragos', { name: 'telhado.jpg', buffer: await it.browser.picture({ width: 80, height: 60 }) });
  await desk.onward();
  await desk.choose('A casa tem seguro?', 'Não');
  await desk.onward();

  const hidden = () => desk.page.locator('[data-private="iban"]');
  const written = () => page.locator('[data-write="iban"]').first();
  const writes = async (value) => {
    await desk.press('Deixar o cidadão escrever');
    await written().waitFor();
    await written().fill(value);
    await hidden().waitFor();
    await page.getByRole('button', { name: /^(Já respondi|I have answered)/ }).tap();
  };
  const isNowhere = async (value, where) => {
    const source = await desk.page.content();
    for (const part of [value, value.replace(/ /g, ''), value.replace(/ /g, '').slice(-4)]) assert.ok(!source.includes(part), `${part} is in ${where}`);
  };
  await desk.fill({ 'Valor dos orçamentos (euros)': '4800' });
  await citizen.touch('English');
  await desk.press('Deixar o cidadão escrever');
  await citizen.says('What you write here is not shown at the desk');
  await audit.look(page, 'a private field', { focus: false });
  await desk.press('Voltar a escrever eu');
  // As it is written, without the page being loaded again.
  await writes(own);
  assert.match(await hidden().innerText(), /preenchido pelo cidadão/);
  assert.equal(await desk.field('IBAN em seu nome').isVisible(), false);
  await isNowhere(own, 'the form');
  await audit.look(desk.page, 'hidden from the desk', { focus: false });
  // Taken over, it is gone; written again by the citizen, it is theirs again.
  await hidden().locator('summary').click();
  await audit.look(desk.page, 'taking over', { focus: false });
  await desk.press(/^Apagar e escrever eu/);
  assert.equal(await desk.field('IBAN em seu nome').inputValue(), '');
  await page.waitForFunction((end) => !document.querySelector('[data-field="iban"]').innerText.includes(end), own.slice(-3), { timeout: 5000 });
  await desk.field('IBAN em seu nome').fill(other);
  await desk.kept('iban');
  await desk.field('IBAN em seu nome').fill('');
  await desk.kept('iban');
  await writes(own);
  await eventuallySays('the picture of the screen', () => desk.text('#espelho'), /Deixar o cidadão escrever/);
  await desk.onward();
  await desk.agree(/o que disse é verdade/);
  await desk.agree(/Autorizo a vistoria/);
  await desk.onward();
  assert.match(await desk.text('main'), /IBAN em seu nome •••••• preenchido pelo cidadão/);
  await isNowhere(own, 'the check');
  await audit.look(desk.page, 'the check of what is private', { focus: false });
  await desk.ask();
  await citizen.touch('Show the numbers');
  await citizen.says(new RegExp(own.replace(/ /g, '').slice(-4, -1)));
  await page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), /em inglês/);
  const number = await desk.record();
  assert.match(await desk.text('.receipt'), /preenchido pelo cidadão ••••••/);
  await isNowhere(own, 'the receipt');
  await desk.page.goto(`${desk.url}/pedidos?q=${number}`);
  await desk.press(number);
  assert.match(await desk.text('#resposta-iban'), /preenchido pelo cidadão/);
  await isNowhere(own, 'the request');
  await audit.look(desk.page, 'the request with what is private', { focus: false });
  audit.assertClean();
});
