// A day of sixty attendances at two desks: six drawn in the browser with their citizens' screens, the others by
// the same forms. Services that are recorded, sent later and only prepared; with a fee and without; one that is
// interrupted and taken over, two that stay open. In the evening the figures and the till are what was done.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { AWAY } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { Visit } from './support/forms.mjs';
import { documentNumber, nif, niss } from './support/numbers.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

const day = (offsetDays) => new Date(Date.now() + offsetDays * 86_400_000).toLocaleDateString('pt-PT', { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Europe/Lisbon' });

/** Who comes, as number `n` of the day; no two share a number. */
const person = (n) => ({
  'full-name': `Cidadã ${['Aurora', 'Benilde', 'Celeste', 'Dulce', 'Etelvina', 'Firmina'][n % 6]} ${['Um', 'Dois', 'Três', 'Quatro', 'Cinco', 'Seis', 'Sete', 'Oito', 'Nove', 'Dez'][Math.floor(n / 6) % 10]}`,
  'birth-date': '03/04/1951',
  nif: nif(`1${String(9_000_000 + n).padStart(7, '0')}`),
});

/** What is answered wherever it is asked. */
const ANSWERS = {
  niss: niss('1999990007'), sns: '199900070', address: 'Rua da Fonte, 3', 'postal-code': '8550-000', locality: 'Monchique', phone: '912 345 678',
  'for-whom': 'self',
  kind: 'praise', office: 'Loja de Cidadão de Faro', 'visit-date': day(-10), text: 'Fui atendida com muita paciência.', 'answer-by': 'letter', consent: 'yes',
  'document-kind': 'passport', 'foreign-number': 'AB1234567', 'foreign-valid': day(300), signature: 'no',
  'document-number': documentNumber('00009112'), case: '123456', code: 'AB12CD34',
  situation: 'first', schooling: 'basic', wanted: 'Cozinha, limpezas.',
};

/** Service, its own answers, and what it brings into the till in euros. */
const SERVICES = [
  { id: 'cesd' },
  { id: 'registo-criminal', more: { purpose: 'work' }, euros: 5 },
  { id: 'registo-criminal', more: { purpose: 'adoption' } },
  { id: 'livro-amarelo' },
  { id: 'chave-movel', prepared: true },
  { id: 'confirmacao-morada' },
  { id: 'inscricao-emprego' },
];

/** An attendance from beginning to end by forms. */
async function whole(desk, n, done) {
  const { id, more = {}, euros = 0, prepared = false } = SERVICES[n % SERVICES.length];
  const visit = new Visit(desk);
  await visit.begin({ ...ANSWERS, ...more, ...person(n) });
  const request = await visit.fill(await visit.ask(id));
  done.numbers.push(await visit.record(request));
  if (euros > 0) { await visit.pay(request); done.euros += euros; }
  if (prepared) done.prepared += 1;
  await visit.close();
}

/** And one in the browser, the citizen confirming with a finger. */
async function drawn(desk, citizen, n, done) {
  await desk.nextCitizen();
  const who = person(n);
  await desk.identify({ 'Nome completo': who['full-name'], 'Data de nascimento': who['birth-date'], 'NIF — número de contribuinte': who.nif });
  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await citizen.reads('purpose', 'Emprego');
  return async (by = desk, screen = citizen) => {
    await by.onward();
    await by.fill({ Telemóvel: '912 345 678' });
    await by.onward();
    await by.ask();
    await screen.touch('Está certo');
    await by.papersSeen();
    await by.page.locator('[data-key=r]').waitFor();
    done.numbers.push(await by.record());
    await by.press('Receber 5,00 €');
    await by.choose('Como foi pago?', 'Numerário');
    await by.press('Confirmar');
    done.euros += 5;
    await by.press('Voltar ao atendimento');
    await by.press('Fechar atendimento');
  };
}

test('sixty attendances, and the evening knows of each', { timeout: 240_000 }, async (t) => {
  const began = Date.now();
  const done = { numbers: [], euros: 0, prepared: 0 };
  const [ana, rui] = [await Desk.open(it.browser, it.spot), await Desk.open(it.browser, it.spot, 'Rui Pires')];
  const [first, second] = [await paired(it.browser, it.spot, ana), await paired(it.browser, it.spot, rui)];
  await ana.page.goto(`${ana.url}/caixa`);
  await ana.fill({ '20 €': '2', '5 €': '2' });
  await ana.press('Abrir a caixa de hoje');

  // Ana is called away in the middle of her third; Rui takes it over and brings it to its end.
  const morning = async (desk, citizen, from) => {
    for (const n of [from, from + 1]) await (await drawn(desk, citizen, n, done))();
  };
  await Promise.all([morning(ana, first, 0), morning(rui, second, 3)]);
  const finish = await drawn(ana, first, 2, done);
  await ana.today();
  await (await drawn(ana, first, 5, done))();
  await rui.today();
  await rui.press(`Retomar ${person(2)['full-name']}`);
  await eventuallySays('what Ana had asked', () => rui.text('main'), 'Certificado do registo criminal');
  await finish(rui, second);

  // The afternoon: 52 to their end, and two that are begun and stay open.
  const served = async (desk, from, to) => { for (let n = from; n < to; n += 1) await whole(desk, n, done); };
  await Promise.all([served(ana, 6, 32), served(rui, 32, 58)]);
  for (const n of [58, 59]) {
    const visit = new Visit(n === 58 ? ana : rui);
    await visit.begin({ ...ANSWERS, ...person(n) });
    await visit.ask('cesd');
  }

  assert.equal(new Set(done.numbers).size, 58, 'each request has its own number');
  await ana.page.goto(`${ana.url}/numeros`);
  const figures = await ana.text('#numeros');
  assert.match(figures, /Atendimentos 60 58 fechados/);
  assert.match(figures, new RegExp(`Pedidos registados 58 ${done.prepared} só preparados`));
  assert.ok(done.prepared > 0 && done.euros > 30);
  await ana.today();
  assert.match(await ana.text('.served'), /58 atendimentos fechados hoje/);
  for (const n of [58, 59]) assert.match(await ana.text('#em-curso'), new RegExp(person(n)['full-name']));

  // Every request is found by its number, also after the plug was pulled.
  it.browser.expect(AWAY);
  await it.spot.kill();
  await it.spot.start();
  const lost = await ana.page.evaluate(async (numbers) => {
    const missing = [];
    for (const number of numbers) {
      const page = await (await fetch(`/pedidos?q=${encodeURIComponent(number)}`)).text();
      if (!page.includes(`>${number}<`)) missing.push(number);
    }
    return missing;
  }, done.numbers);
  assert.deepEqual(lost, [], 'requests that are not found');

  // The till is what was paid, to the cent, and closes without a difference.
  await ana.page.goto(`${ana.url}/caixa`);
  assert.match(await ana.text('#somas'), new RegExp(`Recebido em numerário ${done.euros},00 €`));
  await ana.press('Contar e fechar');
  await ana.fill({ '20 €': '2', '5 €': String(2 + done.euros / 5) });
  await ana.press('Somar e conferir');
  assert.match(await ana.text('main'), new RegExp(`Devia estar ${50 + done.euros},00 €.*Contado ${50 + done.euros},00 €`));
  await ana.press('Fechar o dia');
  assert.match(await ana.text('main'), /Fechada por Ana Martins/);

  const log = await readFile(join(it.spot.dir, 'node.log'), 'utf8');
  assert.deepEqual(log.split('\n').filter((line) => /\b(ERROR|panicked)\b/.test(line)), []);
  t.diagnostic(`60 attendances, 58 requests, ${done.euros} € in ${Math.round((Date.now() - began) / 1000)} s`);
});
