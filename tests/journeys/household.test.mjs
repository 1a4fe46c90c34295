// Two of one house come together after a fire: one conversation, the house is written down once, each says who they are and
// confirms alone; that the aid for the house is asked for twice is seen before it is recorded, and at the hub.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { iban } from './support/numbers.mjs';
import { CARMO, ZE } from './support/people.mjs';
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

test('what is of the house is written down with the first of them', { timeout: 120_000 }, async () => {
  const { desk } = it;
  it.first = await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.press('Perdeu tudo');
  await desk.page.getByLabel(/^A casa, ou parte dela/).check();
  await desk.press('Começar a conversa');
  await desk.press(/^Continuar: Apoio/);
  await desk.fill({ Telefone: '912 345 678' });
  await desk.onward();
  await desk.choose('A casa é', 'Própria');
  await desk.fill({ 'Morada ou lugar da habitação': 'Sítio da Fonte, Alferce' });
  await desk.onward();
  await desk.page.goto(`${desk.url}/atendimento/${it.first}/perdeu-tudo`);
  await look(desk, 'the first of the house');
  await desk.press('Outra pessoa da casa');
  assert.match(desk.page.url(), /\/perdeu-tudo$/, 'the conversation goes on with somebody else');
  assert.match(await desk.text('#da-casa'), /Maria do Carmo Ferrão Apoio à habitação/);
  await look(desk, 'somebody else of the house');
});

test('the second says who they are, and finds the house known', { timeout: 120_000 }, async () => {
  const { desk } = it;
  const lost = desk.page.url();
  await desk.press('Identificar o cidadão');
  assert.equal(await desk.field('Nome completo').inputValue(), '');
  await desk.fill(ZE);
  await desk.onward();
  await desk.page.goto(lost);
  assert.match(await desk.text('.lost'), /Um por casa: Maria do Carmo Ferrão já o pediu/);
  await look(desk, 'once to a house');
  await desk.page.getByLabel(/^O cartão de saúde/).check();
  await desk.page.getByLabel(/^A casa, ou parte dela/).check();
  await desk.press('Começar a conversa');
  await desk.page.locator('#em-conversa').getByRole('listitem').filter({ hasText: 'Apoio à habitação' }).getByRole('link').click();
  await desk.page.waitForURL(/formulario/);
  it.second = desk.page.url().split('/')[4];
  await desk.page.goto(`${desk.url}/formulario/${it.second}/property`);
  assert.equal(await desk.field('Morada ou lugar da habitação').inputValue(), 'Sítio da Fonte, Alferce');
  await look(desk, 'the house is known');
  for (const step of ['contact', 'property']) {
    await desk.page.goto(`${desk.url}/formulario/${it.second}/${step}`);
    await desk.onward();
  }
  const open = (step) => desk.page.goto(`${desk.url}/formulario/${it.second}/${step}`);
  await open('damage');
  await desk.fill({ 'Quando aconteceu': '05/02/2026', 'O que ficou destruído ou danificado': 'O telhado.' });
  await desk.choose('Consegue viver na casa?', 'Não');
  await desk.onward();
  await open('photos');
  await desk.attach('Fotografias dos estragos', { name: 'telhado.jpg', buffer: await it.browser.picture({ width: 80, height: 60 }) });
  await desk.onward();
  await open('insurance');
  await desk.choose('A casa tem seguro?', 'Não');
  await desk.onward();
  await open('amount');
  await desk.fill({ 'Valor dos orçamentos (euros)': '4 800', 'IBAN em seu nome': iban('0035000000000000177') });
  await desk.onward();
  await open('consents');
  await desk.agree(/o que disse é verdade/);
  await desk.agree(/Autorizo a vistoria/);
  await desk.onward();
  await desk.page.goto(`${desk.url}/conferir/${it.second}`);
  assert.match(await desk.text('main'), /É um apoio por casa, e Maria do Carmo Ferrão, da mesma casa, também o pediu/);
  await look(desk, 'the check, of a house that asked');
  await desk.page.goto(`${desk.url}/atendimento/${it.first}`);
  assert.match(await desk.text('#da-casa'), /José d’Ávila Brás/);
  await look(desk, 'the attendance, with the house');
});

test('the operator sees both of the house', { timeout: 120_000 }, async () => {
  const { desk, operator } = it;
  await desk.page.goto(`${desk.url}/pedido/${it.second}`);
  assert.match(await desk.text('#da-casa'), /Maria do Carmo Ferrão: Apoio à habitação.*o mesmo apoio, que é um por casa/);
  await look(desk, 'the request, with the house');
  await operator.page.goto(`${operator.url}/pedido/${it.second}`);
  const here = async () => {
    await operator.page.reload();
    return (await operator.page.locator('#da-casa').count()) > 0 ? operator.text('#da-casa') : '';
  };
  await eventuallySays('the hub', here, /Maria do Carmo Ferrão: Apoio à habitação.*o mesmo apoio/, 30_000);
  await look(operator, 'console, the request, with the house');
});

test('the pages are in order', () => audit.assertClean());
