// The contact centre on a day: a question with a citizen at the desk goes to the second line, another is answered with an answer
// that is kept; and citizens are sent word over a real server of mail, which takes one message and refuses another.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { nif, niss } from './support/numbers.mjs';
import { CARMO } from './support/people.mjs';
import { Program } from './support/processes.mjs';
import { openRequest, recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const ROSA = {
  'Nome completo': 'Rosa Lopes',
  'Data de nascimento': '07/09/1966',
  'NIF — número de contribuinte': nif('29990022'),
  'NISS — segurança social': niss('2999990022'),
  'Número de utente do SNS': '299900220',
};
const SERVER = join(dirname(fileURLToPath(import.meta.url)), '../harness/mail_server.py');

const it = stage(async (it) => {
  it.mail = join(it.place.dir, 'mail');
  await mkdir(it.mail);
  it.server = new Program('/usr/bin/python3', [SERVER, it.mail], { log: join(it.place.dir, 'mail.log') });
  const port = await it.server.line(20_000);
  it.hub = await it.place.hub();
  it.hub.config += `\n[notices]\ndelay_minutes = 0\n[notices.mail]\nhost = "127.0.0.1"\nport = ${port}\ntls = "none"\n`
    + 'from = "Espaço Cidadão <nao-responda@exemplo.pt>"\n';
  await it.hub.start();
  it.spot = await it.place.spot('movel-07', { link: await it.place.link(it.hub) });
  await it.spot.start();
});

after(() => it.server?.end());

/** Records a request of somebody who is told by mail how it ends, and lets them withdraw it. */
async function withdrawn(desk, who, address, more) {
  const number = await recordHealthCard(desk, who, more);
  await openRequest(desk, number);
  await desk.page.locator('#avisar summary').click();
  await desk.page.getByLabel('De que forma').selectOption({ label: 'Correio eletrónico' });
  await desk.fill({ 'Endereço de correio eletrónico para avisar': address });
  await desk.agree(/O cidadão ouviu e aceita/);
  await desk.press('Guardar a forma de avisar');
  await desk.press('Desistir do pedido');
  await desk.fill({ 'Quem diz que desiste': 'a própria', Motivo: 'Já não vai viajar.' });
  await desk.page.getByLabel(/tem a certeza/).check();
  await desk.press('Desistir do pedido');
  return number;
}

test('questions are answered in their order, with what is kept, or go to the second line', { timeout: 180_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const number = await recordHealthCard(desk, CARMO);
  await openRequest(desk, number);
  await desk.press('Pedir apoio');
  await desk.fill({ Pergunta: 'A morada está em França. Serve?' });
  await desk.press('Enviar a pergunta');
  await desk.page.goto(`${desk.url}/apoio`);
  await desk.fill({ Pergunta: 'O terminal não imprime.' });
  await desk.agree('O cidadão está à espera aqui');
  await audit.look(desk.page, 'desk, asking with the citizen at the desk');
  await desk.press('Enviar a pergunta');

  const centre = await Console.open(it.browser, it.hub);
  const look = (name) => audit.look(centre.page, `console, ${name}`);
  await eventuallySays('the console', () => centre.text('#resumo'), /2 perguntas de balcões esperam/, 30_000);
  await centre.page.goto(`${centre.url}/apoio`);
  assert.match(await centre.text('#lista'), /O terminal não imprime\..*cidadão à espera.*falta 1 dia útil.*A morada está em França.*faltam 3 dias úteis/);
  await look('questions');

  // An answer is kept; a placeholder that nobody fills is refused, and nothing typed is lost.
  await centre.press('Respostas guardadas');
  await centre.fill({ Nome: 'Morada no estrangeiro', Resposta: 'Bom dia. Diga a {nome} que o pedido {num} serve.' });
  await centre.press('Guardar');
  assert.match(await centre.text('[role=alert]'), /Ninguém preenche \{num\}/);
  await look('an answer refused');
  assert.match(await centre.field('Resposta').inputValue(), /\{num\}/);
  await centre.fill({ Resposta: 'Bom dia. Diga a {nome} que o pedido {numero} serve.' });
  await centre.press('Guardar');
  assert.match(await centre.text('main'), /Morada no estrangeiro qualquer serviço/);
  await look('answers that are kept');
  if (process.env.SHOTS) await centre.page.screenshot({ path: `${process.env.SHOTS}/canned.png`, fullPage: true });

  // To the second line: who has it, why, and the desk is told.
  await centre.page.goto(`${centre.url}/apoio`);
  await centre.press('O terminal não imprime.');
  await centre.press('Fico com esta');
  assert.match(await centre.text('main'), /Está consigo\./);
  await centre.page.getByText('Passar à segunda linha').first().click();
  await centre.fill({ Porquê: 'É uma avaria: o fornecedor tem de ir lá.' });
  await centre.follow(() => centre.page.getByRole('button', { name: 'Passar à segunda linha' }).click());
  assert.match(await centre.text('main'), /Está na segunda linha.*pode demorar mais.*fornecedor/);
  await look('a question with the second line');
  await eventuallySays('the desk', () => desk.text('#estado-do-apoio'), /segunda linha.*pode demorar mais.*É uma avaria/, 20_000);
  await audit.look(desk.page, 'desk, with the second line');
  if (process.env.SHOTS) await desk.page.screenshot({ path: `${process.env.SHOTS}/desk.png`, fullPage: true });

  // Another is answered with what is kept, looked at before it goes.
  await centre.page.goto(`${centre.url}/apoio`);
  assert.match(await centre.text('#lista'), /O terminal não imprime\..*na segunda linha.*A morada está em França/);
  if (process.env.SHOTS) await centre.page.screenshot({ path: `${process.env.SHOTS}/apoio.png`, fullPage: true });
  await centre.press('A morada está em França. Serve?');
  await centre.page.getByLabel('Resposta guardada').selectOption({ label: 'Morada no estrangeiro' });
  await centre.press('Pôr na resposta');
  const answer = centre.page.getByLabel('Resposta', { exact: true });
  assert.equal(await answer.inputValue(), `Bom dia. Diga a Maria que o pedido ${number} serve.`);
  await look('a question with an answer in it');
  if (process.env.SHOTS) await centre.page.screenshot({ path: `${process.env.SHOTS}/um.png`, fullPage: true });
  await centre.press('Responder');
  await desk.today();
  await eventuallySays('today', () => desk.text('#mensagens'), /O centro de contacto respondeu A morada está em França/, 20_000);
  audit.assertClean();
});

test('a citizen is sent word by mail; what the server refuses stays with the desk', { timeout: 180_000 }, async () => {
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const number = await withdrawn(desk, CARMO, 'carmo@exemplo.pt', { street: 'Rua da Serra, 9' });
  await eventuallySays('the request', () => desk.text('#avisar'), /Entregue ao correio eletrónico .*pela central\. Não se sabe se foi lido/, 60_000);
  await audit.look(desk.page, 'desk, word was sent', { focus: false });
  const taken = await readdir(it.mail);
  assert.deepEqual(taken, ['0001.eml']);
  const mail = await readFile(join(it.mail, taken[0]), 'utf8');
  assert.match(mail, /^X-To: carmo@exemplo\.pt\r?$/m);
  assert.ok(!mail.includes('Ferrão'), 'nothing of the person');

  const refused = await withdrawn(desk, ROSA, 'recusado@exemplo.pt');
  const centre = await Console.open(it.browser, it.hub);
  await centre.page.goto(`${centre.url}/avisos`);
  await eventuallySays('what failed', () => centre.text('#lista'), /Não se conseguiu entregar 1 aviso.*Rosa Lopes.*recusado.*550/, 60_000);
  assert.match(await centre.text('#lista'), new RegExp(`Entregues ao correio ou à rede 1 aviso.*${number}`));
  await audit.look(centre.page, 'console, word to citizens');
  if (process.env.SHOTS) await centre.page.screenshot({ path: `${process.env.SHOTS}/avisos.png`, fullPage: true });
  await centre.press(/^Tentar outra vez/);
  await eventuallySays('what failed again', () => centre.text('#lista'), /Não se conseguiu entregar 1 aviso.*Rosa Lopes/, 30_000);
  await desk.today();
  await eventuallySays('today', () => desk.text('#mensagens'), /Avisar o cidadão.*O pedido foi retirado.*recusado@exemplo\.pt.*Tentou-se .*Central/, 30_000);
  await openRequest(desk, refused);
  assert.match(await desk.text('#historia'), /A central não conseguiu entregar ao correio eletrónico/);
  audit.assertClean();
});
