// After a fire: a crew without a network declares what happened and serves somebody whose papers burnt, with fees waived and
// papers owed because of it; the hub confirms it later, and the requests say so.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { AWAY, REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
  it.desk = await Desk.open(it.browser, it.spot);
  it.operator = await Console.open(it.browser, it.hub);
});

const audit = new Audit();
const look = async (who, name) => {
  if (process.env.VEREDA_SHOTS) await who.page.screenshot({ path: `${process.env.VEREDA_SHOTS}/${name.replaceAll(/[^a-z]+/g, '-')}.png`, fullPage: true });
  return audit.look(who.page, name);
};
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Europe/Lisbon' });

test('without a network a crew declares what happened', { timeout: 120_000 }, async () => {
  const { desk, link, browser } = it;
  await desk.stripSays('provado', 30_000);
  browser.expect(AWAY);
  await link.cut();
  await desk.press('Ocorrências');
  await look(desk, 'no occurrence');
  await desk.page.getByText('Declarar agora').click();
  await desk.fill({
    'Nome da ocorrência': 'Incêndio de Monchique', 'Porque se declara': 'Casas ardidas em Alferce.',
    'Último dia': day(-3),
  });
  await desk.page.getByLabel('Dispensam-se em todos os serviços').check();
  await desk.page.getByLabel(/^Podem faltar/).check();
  await desk.page.getByText('Serviços que vêm primeiro na procura').click();
  await desk.page.getByRole('group', { name: 'Vêm primeiro' }).getByLabel(/^Apoio à habitação/).check();
  browser.expect(REFUSED(422));
  await desk.press(/^Declarar: vale já aqui/);
  assert.match(await desk.text('[role=alert]'), /O último dia vem antes do primeiro/);
  assert.equal(await desk.field('Nome da ocorrência').inputValue(), 'Incêndio de Monchique');
  await look(desk, 'an occurrence refused');
  await desk.fill({ 'Último dia': day(20) });
  await desk.press(/^Declarar: vale já aqui/);
  assert.match(await desk.text('#ocorrencia'), /Incêndio de Monchique em vigor por confirmar pela central Sem taxas em todos os serviços Documentos podem faltar/);
  await look(desk, 'today, after a fire');
  // Until the hub answers it is the crew's to change.
  await desk.page.goto(`${desk.url}/ocorrencias`);
  await desk.press(/^Mudar ?: Incêndio de Monchique/);
  assert.equal(await desk.field('Nome da ocorrência').inputValue(), 'Incêndio de Monchique');
  await desk.fill({ 'Porque muda': 'Também arde em Silves.', Concelhos: 'Monchique, Silves', 'Último dia': day(-3) });
  await desk.press('Mudar a ocorrência');
  assert.match(await desk.text('[role=alert]'), /O último dia vem antes do primeiro|O último dia já passou/);
  assert.equal(await desk.field('Porque muda').inputValue(), 'Também arde em Silves.');
  await look(desk, 'an occurrence, change refused');
  await desk.fill({ 'Último dia': day(30) });
  await desk.press('Mudar a ocorrência');
  assert.match(await desk.text('main'), /Monchique, Silves.*Mudada por Ana Martins.*Motivo: Também arde em Silves/);
  await look(desk, 'an occurrence, changed');
});

test('who lost their papers is served, nothing is paid and papers are owed with one press', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.nextCitizen();
  await desk.identify(CARMO);
  assert.match(await desk.found(), /^Todos os serviços \(\d+\) Apoio à habitação/);
  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  assert.match(await desk.text('main'), /isento: Incêndio de Monchique/);
  await desk.press(/^Falta por causa da ocorrência «Incêndio de Monchique»/);
  assert.match(await desk.text('#documentos'), /falta: por causa da ocorrência «Incêndio de Monchique»; entrega depois/);
  await look(desk, 'the check, after a fire');
  await desk.byWord();
  it.number = await desk.record();
  assert.match(await desk.text('.receipt'), /Custo 0,00 € · isento: Incêndio de Monchique/);
  await look(desk, 'the receipt, after a fire');
  await desk.page.goto(`${desk.url}/pedidos?q=${it.number}`);
  await desk.press(it.number);
  assert.match(await desk.text('#aviso'), /Registado com a ocorrência Incêndio de Monchique: 5,00 € dispensados\. A central ainda não a confirmou/);
  await look(desk, 'the request, after a fire');
});

test('who lost everything has one conversation that asks each thing once', { timeout: 120_000 }, async () => {
  const { desk } = it;
  await desk.nextCitizen();
  const attendance = desk.page.url();
  await desk.press('Perdeu tudo');
  await look(desk, 'lost everything: who first');
  await desk.press('Não tem documentos');
  assert.match(await desk.text('main'), /escreva os dados que o cidadão disser/);
  await desk.press('Identificar o cidadão');
  await desk.fill(CARMO);
  await desk.onward();
  await desk.choose('Porque não tem documentos', 'Perderam-se ou arderam');
  await desk.choose('Quem está aqui e o conhece', 'Ninguém');
  await desk.fill({ 'Entrega a prova de quem é até': day(30).split('-').reverse().join('/') });
  await desk.agree(/Declaro por minha honra/);
  await desk.onward();
  await desk.page.goto(`${attendance}/perdeu-tudo`);
  await look(desk, 'lost everything: what');
  for (const lost of ['O Cartão de Cidadão', 'O cartão de saúde', 'A casa, ou parte dela']) {
    await desk.page.getByLabel(new RegExp(`^${lost}`)).check();
  }
  await desk.press('Começar a conversa');
  assert.match(await desk.text('#em-conversa'), /Cartão de Cidadão novo, por perda ou estrago Falta: O que aconteceu, Onde o levanta.*Número de utente do SNS: novo comprovativo Falta: O que aconteceu, Morada para o envio.*Continuar: Cartão de Cidadão novo/);
  await look(desk, 'lost everything: the conversation');
  // The telephone is said once.
  await desk.page.getByRole('listitem').filter({ hasText: 'Número de utente' }).getByRole('link').click();
  await desk.page.waitForURL(/loss/);
  await desk.choose('Como ficou sem ele', 'Ardeu ou estragou-se');
  await desk.onward();
  await desk.page.waitForURL(/address/);
  await desk.fill({ 'Rua, número e andar': 'Rua de Cima 7', 'Código postal': '8550-145', Localidade: 'Monchique', Telefone: '912 345 678' });
  await desk.onward();
  assert.match(await desk.text('.crumb'), /Cartão de Cidadão novo/, 'it leads on to the next');
  await desk.page.goto(`${attendance}/perdeu-tudo`);
  assert.match(await desk.text('#em-conversa'), /Número de utente do SNS: novo comprovativo pronto a conferir/);
  await desk.page.getByRole('listitem').filter({ hasText: 'Apoio à habitação' }).getByRole('link').click();
  assert.equal((await desk.field('Telefone').inputValue()).replace(/\s/g, ''), '912345678');
  await look(desk, 'lost everything: what is known stands there');
  await desk.page.goto(`${attendance}/perdeu-tudo`);
  await desk.page.getByRole('listitem').filter({ hasText: 'Número de utente' }).getByRole('link').click();
  await desk.press(/^Falta por causa da ocorrência/);
  await desk.byWord();
  await desk.record();
  assert.match(await desk.text('.receipt'), /Identidade Declarada, sem documentos/);
  await desk.page.goto(`${attendance}/perdeu-tudo`);
  assert.match(await desk.text('#em-conversa'), /Número de utente do SNS: novo comprovativo registado · /);
  await look(desk, 'lost everything: one is recorded');
});

test('the hub confirms it, the desk hears it, and what was done stays', { timeout: 120_000 }, async () => {
  const { desk, operator, link } = it;
  await desk.page.goto(`${desk.url}/pedidos?q=${it.number}`);
  await desk.press(it.number);
  await link.restore();
  await operator.page.goto(`${operator.url}/ocorrencias`);
  await eventuallySays('the hub', () => operator.text('#lista'), /Incêndio de Monchique.*por confirmar pela central.*2, 5,00 € dispensados/, 40_000);
  await look(operator, 'console, occurrences');
  await operator.press('Incêndio de Monchique');
  assert.match(await operator.text('#com-ela'), new RegExp(it.number));
  await look(operator, 'console, to be confirmed');
  await operator.press('Confirmar a ocorrência');
  assert.match(await operator.text('#como-esta'), /em vigor.*Respondida pela central: Teresa Nunes/);
  await look(operator, 'console, confirmed');
  await eventuallySays('the request', () => desk.text('#aviso'), /5,00 € dispensados\. (?!A central)/, 40_000);
  await desk.today();
  await eventuallySays('today', () => desk.text('#ocorrencia'), /^Incêndio de Monchique em vigor Sem taxas/, 40_000);
  // The hub changes what holds: what was recorded before stays as it was.
  await operator.press('Mudar o prazo, os lugares ou as regras');
  await look(operator, 'console, to be changed');
  await operator.page.getByLabel('Porque muda').fill('A câmara volta a cobrar.');
  await operator.page.getByLabel('Cobram-se como sempre').check();
  await operator.press('Mudar a ocorrência');
  assert.match(await operator.text('#como-esta'), /As taxas cobram-se como sempre.*Mudada por Teresa Nunes.*Motivo: A câmara volta a cobrar/);
  await look(operator, 'console, changed');
  await eventuallySays('today, changed', () => desk.text('#ocorrencia'), /As taxas cobram-se como sempre/, 40_000);
  await desk.page.goto(`${desk.url}/pedidos?q=${it.number}`);
  await desk.press(it.number);
  assert.match(await desk.text('#aviso'), /5,00 € dispensados/);
  await desk.today();
  await operator.page.getByText('Terminar antes do tempo').click();
  await operator.page.getByLabel('Porque termina').fill('O incêndio está apagado.');
  await operator.press('Terminar a ocorrência');
  assert.match(await operator.text('#como-esta'), /terminada.*Motivo: O incêndio está apagado/);
  await eventuallySays('today, afterwards', async () => `[${await desk.page.locator('#ocorrencia').textContent()}]`, /^\[\]$/, 40_000);
  await desk.page.goto(`${desk.url}/ocorrencias`);
  assert.match(await desk.text('#outras'), /Incêndio de Monchique terminada.*2 pedidos registados com esta ocorrência; 5,00 € dispensados/);
  await look(desk, 'an occurrence that is over');
});

test('the pages are in order', () => audit.assertClean());
