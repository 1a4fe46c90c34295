// Somebody whose papers burnt: they declare who they are, a neighbour says so too, both screens and
// all papers say that the proof is owed, and a document that comes later ends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('who has no documents declares who they are, and proves it later', { timeout: 90_000 }, async () => {
  it.browser.expect(/status of 4(09|22)/);
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.press('Sem documentos');
  assert.match(await desk.text('#declaracao'), /Falta o cidadão declarar quem é/);
  await desk.identify(CARMO);
  const attendance = desk.page.url().replace('formulario', 'atendimento').replace(/\/declaration$/, '');
  await citizen.says(/Declaração de quem não tem documentos.*Declaro por minha honra/);
  await citizen.touch('العربية');
  await citizen.says(/تصريح من دون وثائق.*أصرّح بشرفي/);
  await desk.choose('Porque não tem documentos', 'Perderam-se ou arderam');
  await desk.choose('Quem está aqui e o conhece', 'Uma pessoa');
  const today = new Intl.DateTimeFormat('pt-PT', { timeZone: 'Europe/Lisbon', day: '2-digit', month: '2-digit', year: 'numeric' }).format();
  await desk.fill({
    'Testemunha 1: nome completo': 'Amália Reis',
    'Testemunha 1: número do documento de identificação': '12345678 9 ZZ1',
    'Testemunha 1: de onde o conhece': 'Vizinha há vinte anos',
    'Entrega a prova de quem é até': today,
  });
  assert.equal(await desk.page.getByLabel('Testemunha 2: nome completo').isVisible(), false);
  await citizen.reads('dec-1-name', 'Amália Reis');
  await audit.look(desk.page, 'the declaration', { focus: false });
  await audit.look(citizen.page, 'the declaration, for the citizen', { focus: false });
  await desk.onward();
  assert.match(await desk.errorAt(/Declaro por minha honra/), /./, 'it is declared on honour or not at all');
  await desk.agree(/Declaro por minha honra/);
  await desk.onward();
  assert.match(await desk.text('#declaracao'), /Sem documentos.*Amália Reis.*Vizinha há vinte anos/);
  await audit.look(desk.page, 'the attendance', { focus: false });

  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  assert.match(await desk.text('main'), /Sem documentos\. O cidadão declarou quem é; falta a prova/);
  await audit.look(desk.page, 'the check', { focus: false });
  await desk.ask();
  await citizen.says(/Amália Reis.*إثبات هويتك الذي ما زال عليك إحضاره/);
  await audit.look(citizen.page, 'what the citizen still owes', { focus: false });
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), /em árabe/);
  const number = await desk.record();
  assert.match(await desk.text('.receipt'), /Declarada, sem documentos\. Falta a prova, até.*إثبات هويتك/);
  await citizen.says('إثبات هويتك الذي ما زال عليك إحضاره');
  await audit.look(desk.page, 'the receipt', { focus: false });

  // The day has come: it waits under «Hoje», and in the list it is marked.
  await desk.today();
  assert.match(await desk.text('#mensagens'), /Falta provar quem é, desde/);
  await audit.look(desk.page, 'today', { focus: false });
  await desk.page.goto(`${desk.url}/pedidos?q=${number}`);
  assert.match(await desk.text('main'), /falta provar quem é/);
  await desk.press(number);
  await desk.page.getByText('Trouxe um documento').click();
  await audit.look(desk.page, 'the proof', { focus: false });
  await desk.page.getByLabel('Que documento viu').selectOption({ label: 'Passaporte' });
  await desk.field('Número do documento').fill('x'.repeat(61));
  await desk.press('Vi o documento: está provado');
  assert.match(await desk.text('#erro-prova'), /Número desse documento/);
  assert.equal(await desk.field('Número do documento').inputValue(), 'x'.repeat(61), 'what was typed is still there');
  // What the strip on top happens to cover is no target.
  await desk.page.evaluate(() => scrollTo(0, 0));
  await audit.look(desk.page, 'a proof that is none', { focus: false });
  await desk.field('Número do documento').fill('P 123456');
  await desk.press('Vi o documento: está provado');
  assert.match(await desk.text('#identidade'), /Provado por Passaporte n\.º P 123456 Visto por Ana Martins/);
  assert.match(await desk.text('#historia'), /Identidade provada: Passaporte n\.º P 123456/);
  await audit.look(desk.page, 'proven', { focus: false });
  await desk.today();
  assert.match(await desk.text('#mensagens'), /Nada por tratar/);
  await desk.page.goto(attendance);
  assert.doesNotMatch(await desk.text('#pedidos'), /falta provar/);
  audit.assertClean();
});
