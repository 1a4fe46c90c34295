// Two spots that cannot hear each other, and the hub that hears of both.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { iban, nif, niss } from './support/numbers.mjs';
import { CARMO, ZE } from './support/people.mjs';
import { correct, openRequest, recordHealthCard, recordHousingAid } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays } from './support/waiting.mjs';

const IBANS = ['0035000000000000177', '0035000000000000222', '0010000000000000333', '0007000000000000444'].map(iban);
const grouped = (value) => value.replace(/(.{4})/g, '$1 ').trim();

const it = stage(async (it) => {
  it.hub = await it.place.hub();
  await it.hub.start();
  it.links = { van: await it.place.link(it.hub), home: await it.place.link(it.hub) };
  it.van = await it.place.spot('movel-07', { link: it.links.van });
  it.home = await it.place.spot('solidario-02', { link: it.links.home });
  await Promise.all([it.van.start(), it.home.start()]);
  it.desks = { van: await Desk.open(it.browser, it.van, 'Ana Martins'), home: await Desk.open(it.browser, it.home, 'Rui Pires') };
  it.photo = await it.browser.picture();
});

const audit = new Audit();
const at = (who, name) => audit.look(who.page, name);

const cut = () => Promise.all(Object.values(it.links).map((link) => link.cut()));
const restore = () => Promise.all(Object.values(it.links).map((link) => link.restore()));
/** Until what both have is at the hub: the strip proves it. */
const proven = (desk) => desk.stripSays(/nada por enviar.*provado/, 30_000);

/** A message of the hub's decision on «Hoje», read and acknowledged. */
async function hears(desk, ...said) {
  await desk.today();
  for (const words of said) await eventuallySays('Por tratar', () => desk.text('#mensagens'), words, 20_000);
  await desk.press(/^Tomei conhecimento/);
  await eventuallySays('after the acknowledgement', () => desk.text('#mensagens'), 'Nada por tratar');
}

test('what is recorded without a link reaches the hub by itself', { timeout: 90_000 }, async () => {
  const { van, home } = it.desks;
  await proven(van);
  await it.links.van.cut();
  await van.stripSays('sem rede', 20_000);
  it.number = await recordHousingAid(van, ZE, { iban: IBANS[0], photo: it.photo });
  assert.match(await van.text('.receipt'), /Provisório\./);
  await van.stripSays(/sem rede.*1 pedido e 1 fotografia por enviar/);
  await openRequest(van, it.number);
  assert.match(await van.text('.page-head'), /registado \(provisório\)/);

  await it.links.van.restore();
  await proven(van);
  await van.today();
  await eventuallySays('the state', () => van.text('#recentes'), new RegExp(`${it.number}.*recebido pela central`));
  await eventuallySays('the depot', () => van.text('#na-central'), /Na central desde \d\d:\d\d Tudo entregue e provado, .*Já pode desligar\. Trouxe 1 pedido e 1 fotografia; \d+ registos na central/, 20_000);
  // The care home has it too, without anybody asking for it.
  await home.today();
  await eventually('the request at the care home', async () => {
    await home.page.goto(`${home.url}/pedidos?q=${it.number}`);
    return (await home.text('#resultados')).includes('José d’Ávila Brás');
  }, 20_000);
});

for (const [label, values, before] of [
  ['IBAN em seu nome', [IBANS[1], IBANS[2]], grouped],
  ['Telefone', ['913 000 111', '965 000 222'], (v) => v],
]) {
  test(`${label} changed at two spots is settled by a person, and both hear of it`, { timeout: 90_000 }, async () => {
    it.browser.expect(REFUSED(422));
    const { van, home } = it.desks;
    await Promise.all([openRequest(van, it.number), openRequest(home, it.number)]);
    await cut();
    await Promise.all([
      correct(van, label, values[0], 'O cidadão trouxe o papel do banco'),
      correct(home, label, values[1], 'A filha telefonou'),
    ]);
    await Promise.all([van.stripSays('sem rede', 20_000), home.stripSays('sem rede', 20_000)]);
    const operator = await Console.open(it.browser, it.hub);
    assert.match(await operator.text('#lista'), /Nada por decidir/);
    if (label.startsWith('IBAN')) await at(operator, 'console, no conflicts');
    await restore();

    // It comes by itself, and only what differs is loud.
    await operator.lists(new RegExp(`${label}.*José d’Ávila Brás.*Espaço`), 30_000);
    if (label.startsWith('IBAN')) await at(operator, 'console, conflicts');
    await operator.open(label);
    if (label.startsWith('IBAN')) await at(operator, 'console, a conflict');
    const differences = await operator.differences();
    assert.equal(differences.length, 1, JSON.stringify(differences));
    const [row] = differences;
    assert.match(row[0], new RegExp(label));
    assert.deepEqual(row.slice(1).map((cell) => cell.replace(/ escrito$/, '')).sort(), values.map(before).sort());
    const sides = await operator.text('table.compared thead');
    assert.match(sides, /Espaço Móvel 07.*Ana Martins/);
    assert.match(sides, /Espaço Solidário 02.*Rui Pires/);

    // Without a reason nothing is decided, and what was typed stays.
    await operator.page.locator('textarea[name=motivo]').evaluate((e) => { e.required = false; });
    if (label.startsWith('IBAN')) await operator.page.getByLabel('Outro valor, se for o caso').fill(IBANS[3]);
    else await operator.keep(/Espaço Móvel 07/);
    await operator.press(label.startsWith('IBAN') ? 'Propor a outra pessoa' : 'Decidir');
    await eventuallySays('an empty reason', () => operator.text('[role=alert]'), /Escreva o motivo.*Nada foi decidido/);
    if (label.startsWith('IBAN')) {
      await at(operator, 'console, a decision refused');
      assert.equal(await operator.page.getByLabel('Outro valor, se for o caso').inputValue(), IBANS[3]);
      assert.ok(await operator.page.getByLabel('Outro valor', { exact: true }).isChecked());
    }
    await operator.keep(/Espaço Móvel 07/);
    if (label.startsWith('IBAN')) await twoDecide(operator, label);
    else await operator.decide('Confirmado por telefone com o cidadão.');
    if (!label.startsWith('IBAN')) assert.match(await operator.text('main'), /Não há mais conflitos à espera/);
    assert.match(await operator.text('#lista'), label.startsWith('IBAN')
      ? /Propôs Teresa Nunes, concordou Jorge Lima\..*Confirmado por telefone com o cidadão.*Jorge Lima/
      : /Confirmado por telefone com o cidadão.*Teresa Nunes/);

    for (const desk of [van, home]) {
      await hears(desk, /Confirmado por telefone com o cidadão/, label.startsWith('IBAN') ? /Jorge Lima/ : /Teresa Nunes/);
      await openRequest(desk, it.number);
      const answer = await desk.page.locator('.answer', { has: desk.page.getByRole('heading', { name: label }) }).innerText();
      assert.ok(answer.replace(/\s+/g, ' ').includes(before(values[0])), answer);
      assert.doesNotMatch(answer, /em conflito/);
    }
    if (label.startsWith('IBAN')) {
      await at(operator, 'console, decided');
      await operator.page.goto(`${operator.url}/postos`);
      await at(operator, 'console, spots');
      await operator.page.goto(`${operator.url}/entrar`);
      await at(operator, 'console, signing in');
    }
    await operator.context.close();
  });
}

/** Teresa proposes; Jorge does not agree, then does. Gives to Jorge’s page what follows. */
async function twoDecide(operator, label) {
  await operator.propose('Confirmado por telefone com o cidadão.');
  assert.match(await operator.text('main'), /Proposto\. Nada está decidido até outra pessoa concordar/);
  assert.match(await operator.text('#lista'), /à espera de outra pessoa/);
  await operator.open(label);
  assert.match(await operator.text('.proposed'), /À espera de outra pessoa.*Teresa Nunes propôs/);
  assert.equal(await operator.page.getByRole('button', { name: /^Concordo/ }).count(), 0, 'nobody agrees with themselves');
  await at(operator, 'console, proposed by who looks');

  const second = await Console.open(it.browser, it.hub, 'Jorge Lima');
  await second.page.getByRole('link', { name: 'À espera da segunda pessoa' }).click();
  await second.lists(/Teresa Nunes propôs/);
  await second.open(label);
  await eventuallySays('who else has it open', () => second.text('main'), /Teresa Nunes também tem este conflito aberto agora/);
  assert.match(await second.text('.proposed'), /ficar com [AB], Espaço Móvel 07: PT50/);
  await at(second, 'console, a proposal');
  await second.page.getByLabel('Não concordo, porque').fill('Falta ver a caderneta.');
  await second.press('Não concordo');
  await operator.page.goto(`${operator.url}/`);
  await operator.lists(/proposta recusada/);
  await operator.open(label);
  assert.match(await operator.text('.proposed'), /Jorge Lima não concordou: Falta ver a caderneta/);
  await at(operator, 'console, who did not agree');
  await operator.press('Fico com este');
  assert.match(await operator.text('.in-hand'), /Está consigo/);
  await operator.keep(/Espaço Móvel 07/);
  await operator.propose('Confirmado por telefone com o cidadão.');
  await second.page.goto(`${second.url}/`);
  await second.open(label);
  assert.match(await second.text('.in-hand'), /Está com Teresa Nunes/);
  await second.press(/^Concordo/);
  assert.match(await second.text('main'), /Não há mais conflitos à espera/);

  // Taken back, it waits as before; then it is decided once more.
  await second.page.getByRole('link', { name: label }).first().click();
  await second.page.getByText('Desfazer esta decisão').click();
  await second.page.getByLabel('Motivo').fill('Era o outro papel.');
  await at(second, 'console, undoing');
  await second.press('Desfazer a decisão');
  assert.equal((await second.differences()).length, 1, 'both sides stand again');
  for (const desk of Object.values(it.desks)) await hears(desk, /foi desfeita: está outra vez à espera/, /Jorge Lima/);
  for (const who of [operator, second]) {
    await who.page.goto(`${who.url}/`);
    await who.open(label);
    if (who === second) await who.press(/^Concordo/);
    else { await who.keep(/Espaço Móvel 07/); await who.propose('Confirmado por telefone com o cidadão.'); }
  }
  await operator.page.goto(`${operator.url}/decididos`);
  await second.context.close();
}

test('all that disagrees of one request is seen together and decided at once', { timeout: 90_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const { van, home } = it.desks;
  await Promise.all([openRequest(van, it.number), openRequest(home, it.number)]);
  await cut();
  for (const [label, one, other] of [['Telefone', '914 000 333', '966 000 444'], ['Morada ou lugar da habitação', 'Rua de Cima, 3', 'Rua de Baixo, 4']]) {
    await correct(van, label, one, 'Disse-o hoje');
    await correct(home, label, other, 'Está na carta');
  }
  await restore();
  const operator = await Console.open(it.browser, it.hub);
  await operator.lists(/Telefone.*Morada|Morada.*Telefone/, 30_000);
  await operator.open('Telefone');
  await operator.page.getByRole('link', { name: 'Decidir tudo o que é deste pedido' }).click();
  const choose = (legend, side) => operator.page.getByRole('group', { name: new RegExp(`^${legend}`) }).getByLabel(side).check();
  await choose('Telefone', /^A\./);
  await choose('Morada', /^B\./);
  await at(operator, 'console, all of a request');
  await operator.page.locator('textarea[name=motivo]').evaluate((e) => { e.required = false; });
  await operator.press('Decidir os escolhidos');
  await eventuallySays('an empty reason', () => operator.text('[role=alert]'), /Escreva o motivo/);
  await operator.page.getByLabel('Motivo, para todos').fill('Falei com o senhor.');
  await operator.press('Decidir os escolhidos');
  assert.match(await operator.text('#lista'), /Falei com o senhor/);
  for (const desk of [van, home]) {
    await desk.today();
    await eventuallySays('Por tratar', () => desk.text('#mensagens'), /914 000 333.*Rua de Baixo|Rua de Baixo.*914 000 333/, 20_000);
    for (let left = 2; left > 0; left -= 1) await desk.press(/^Tomei conhecimento/);
    await eventuallySays('after the acknowledgement', () => desk.text('#mensagens'), 'Nada por tratar');
  }
  await operator.context.close();
});

test('the same request made twice: one is kept, and both desks hear of it', { timeout: 150_000 }, async () => {
  const { van, home } = it.desks;
  await cut();
  const who = { ...CARMO, 'NIF — número de contribuinte': nif('19990023'), 'NISS — segurança social': niss('1999990023'), 'Número de utente do SNS': '199900230' };
  const first = await recordHealthCard(van, who);
  // The same person, her name spelt as the daughter spells it.
  const second = await recordHealthCard(home, { ...who, 'Nome completo': 'Maria Carmo Ferrao' }, { street: 'R. da Fonte 3' });
  assert.notEqual(first, second);
  await restore();

  const operator = await Console.open(it.browser, it.hub);
  await operator.lists(/pedido repetido.*Ferr[ãa]o/, 60_000);
  await operator.press(/^Abrir .*Ferr[ãa]o/);
  await at(operator, 'console, a duplicate');
  const page = await operator.text('main');
  assert.match(page, new RegExp(`${first}|${second}`));
  assert.match(page, /Porque parecem o mesmo pedido/);
  await operator.keep(new RegExp(`${first}, e retirar`));
  await operator.decide('É a mesma senhora: pediu nos dois sítios.');
  assert.match(await operator.text('main'), /Não há mais conflitos à espera/);

  await van.today();
  await eventuallySays('Por tratar', () => van.text('#mensagens'), /É a mesma/, 20_000);
  await at(van, 'desk, a message');
  for (const desk of [van, home]) {
    await hears(desk, /É a mesma senhora/);
    await openRequest(desk, second);
    await eventuallySays('the withdrawn one', () => desk.text('.page-head'), 'retirado');
    await openRequest(desk, first);
    assert.doesNotMatch(await desk.text('.page-head'), /retirado/);
  }
  await Promise.all([proven(van), proven(home)]);
});

test('every page of the console is in order', () => {
  assert.ok(audit.looked.length >= 9, audit.looked.join(', '));
  audit.assertClean();
});
