// Every service of the catalogue, walked whole: found by the words that people say, each step filled, each question
// that depends on another seen coming and going, one wrong answer refused and nothing lost by it, the answers checked,
// confirmed on the citizen's screen in each of its languages in turn, recorded, the receipt. The services stand here
// as data; one that has no row fails, and the failure says what to add.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { paired } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { vereda } from './support/node.mjs';
import { documentNumber, iban, nif, niss } from './support/numbers.mjs';
import { run } from './support/processes.mjs';
import { stage } from './support/stage.mjs';
import { eventually, eventuallySays, plain } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
  it.photo = await it.browser.picture({ width: 80, height: 60 });
});

const day = (offsetDays) => new Date(Date.now() + offsetDays * 86_400_000).toLocaleDateString('pt-PT', { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Europe/Lisbon' });

/** 48 years old when this was written, and 75: the younger pays in full and needs no physician. */
const YOUNGER = {
  'Nome completo': 'Conceição d’Ávila Brás',
  'Data de nascimento': '21/12/1978',
  'NIF — número de contribuinte': nif('29990011'),
  'NISS — segurança social': niss('1999990011'),
  'Número de utente do SNS': '199900110',
};
const OLDER = { 'Nome completo': 'Bernardino Sequeira', 'Data de nascimento': '03/04/1951', 'NIF — número de contribuinte': nif('19990015') };

const [NIF, NISS, SNS] = ['NIF — número de contribuinte', 'NISS — segurança social', 'Número de utente do SNS'].map((label) => YOUNGER[label]);
const DOCUMENT = documentNumber('29990011');
const CHILD = documentNumber('30990012');
const IBAN = iban('0035000000000000177');
const ADDRESS = { 'postal-code': '8550-000', phone: '912 345 678' };

/**
 * A row: `id` in the catalogue; `says`, what the citizen says that finds it; `cost` on every paper of it; who asks, when
 * not the younger one; `steps`, in order. A step: `title`; `known`, what the identification has put there; `answers` to
 * every other field that is asked, by id, in the order of answering; `turns`, where what is asked depends on an answer of
 * the same step: after `of` is put, exactly `asks` are asked of the fields that depend on something; `wrong`, an answer that
 * is refused with `why`; `detour`, answers after which the step of that `title` would come. After the check of the answers
 * `instead` changes an answer, and with it the cost.
 */
const SERVICES = [
  {
    id: 'cesd', says: 'viagem', cost: 'grátis', steps: [
      { title: 'Os seus números', known: { niss: NISS, sns: SNS }, wrong: { sns: '19990011', why: /tem 9 algarismos; escreveu 8/ } },
      { title: 'Morada para o envio', answers: { address: 'Rua da Fonte, 3', locality: 'Monchique', ...ADDRESS } },
    ],
  },
  {
    id: 'caderneta-predial', says: 'terreno', cost: 'grátis', steps: [
      { title: 'O proprietário', known: { nif: NIF }, answers: { email: 'conceicao@exemplo.pt' } },
      {
        title: 'Prédio 1',
        turns: [
          { of: { 'property-kind.1': 'urban' }, asks: ['fraction.1'] },
          { of: { 'property-kind.1': 'rural' }, asks: ['section.1'] },
        ],
        answers: { 'parish.1': 'Alferce', 'article.1': '1234', 'section.1': 'AB', 'properties-more.1': 'yes' },
        wrong: { 'article.1': 'o da horta', why: /Escreva como neste exemplo: 1234/ },
      },
      {
        title: 'Prédio 2',
        turns: [{ of: { 'property-kind.2': 'urban' }, asks: ['fraction.2'] }],
        answers: { 'parish.2': 'Marmelete', 'article.2': '77', 'fraction.2': 'B', 'properties-more.2': 'no' },
      },
    ],
  },
  {
    id: 'certidao-predial', says: 'hipoteca', cost: '15,00 €', steps: [
      { title: 'Quem pede', known: { nif: NIF }, answers: { email: 'conceicao@exemplo.pt' }, wrong: { email: 'conceicao.exemplo.pt', why: /Escreva como neste exemplo/ } },
      {
        title: 'O prédio',
        turns: [
          { of: { by: 'article' }, asks: ['article'] },
          { of: { by: 'description' }, asks: ['description'] },
        ],
        answers: { municipality: 'Monchique', parish: 'Alferce', description: '1234/19850312', fraction: 'B' },
        wrong: { description: '1234 de 1985', why: /Escreva como neste exemplo: 1234\/19850312/ },
      },
    ],
  },
  {
    id: 'chave-movel', says: 'assinatura digital', cost: 'grátis', steps: [
      {
        title: 'Identificação',
        known: { nif: NIF },
        turns: [
          { of: { 'document-kind': 'citizen-card' }, asks: ['document-number'] },
          { of: { 'document-kind': 'passport' }, asks: ['foreign-number', 'foreign-valid'] },
        ],
        answers: { 'foreign-number': 'AB1234567', 'foreign-valid': day(700) },
        wrong: { 'foreign-valid': day(-3), why: /Tem de ser em .* ou depois/ },
      },
      { title: 'Telemóvel', answers: { phone: '912 345 678', email: 'conceicao@exemplo.pt', signature: 'yes' } },
    ],
  },
  {
    id: 'confirmacao-morada', says: 'código', cost: 'grátis', steps: [
      {
        title: 'O código da carta',
        answers: { 'document-number': DOCUMENT, case: '123456', code: 'AB12CD34', 'letter-date': day(-9) },
        wrong: { code: 'ab 12', why: /Escreva como neste exemplo: AB12CD34/ },
      },
    ],
  },
  {
    id: 'inscricao-emprego', says: 'desemprego', cost: 'grátis', steps: [
      { title: 'Os seus números', known: { nif: NIF, niss: NISS } },
      {
        title: 'A sua situação',
        turns: [
          { of: { situation: 'first' }, asks: [] },
          { of: { situation: 'unemployed' }, asks: ['unemployed-since', 'benefit'] },
        ],
        answers: { 'unemployed-since': day(-40), benefit: 'yes', schooling: 'secondary', wanted: 'Cozinha, ou a tratar de idosos.', vehicle: ['car', 'tractor'] },
        wrong: { 'unemployed-since': day(12), why: /ainda não chegou: confirme o ano/ },
      },
      { title: 'Contactos', answers: { phone: '912 345 678', email: 'conceicao@exemplo.pt' } },
    ],
  },
  {
    id: 'livro-amarelo', says: 'queixa', cost: 'grátis', steps: [
      {
        title: 'O que aconteceu',
        turns: [
          { of: { kind: 'praise' }, asks: [] },
          { of: { kind: 'complaint' }, asks: ['reasons'] },
        ],
        answers: { office: 'Loja de Cidadão de Faro', 'visit-date': day(-10), reasons: ['waiting', 'manners'], text: 'Esperei três horas e mandaram-me voltar noutro dia.' },
        wrong: { text: 'Mau.', why: /pelo menos 10 caracteres/ },
      },
      {
        title: 'Resposta',
        turns: [
          { of: { 'answer-by': 'email' }, asks: ['email'] },
          { of: { 'answer-by': 'letter' }, asks: ['address', 'postal-code'] },
        ],
        answers: { address: 'Rua da Fonte, 3', 'postal-code': '8550-000', consent: true },
      },
    ],
  },
  {
    id: 'mudanca-morada', says: 'mudei de casa', cost: 'grátis', steps: [
      {
        title: 'Morada nova',
        answers: { street: 'Caminho do Poço, 12', 'postal-code': '8550-150', locality: 'Alferce', since: day(-20) },
        wrong: { 'postal-code': '855', why: /Escreva como neste exemplo: 8550-000/ },
      },
      { title: 'Quem muda consigo', detour: { answers: { 'has-children': 'no', 'has-pins': 'yes' }, title: 'Contacto' }, answers: { 'has-children': 'yes', 'has-pins': 'yes' } },
      {
        title: 'Filho menor 1',
        answers: { 'child-name.1': 'Leonor Brás', 'child-document.1': CHILD, 'children-more.1': 'yes' },
        wrong: { 'child-document.1': `${CHILD.slice(0, -1)}${(Number(CHILD.at(-1)) + 1) % 10}`, why: /algarismos de controlo não batem certo/ },
      },
      { title: 'Filho menor 2', answers: { 'child-name.2': 'Tomé Brás', 'child-document.2': documentNumber('30990020'), 'children-more.2': 'no' } },
      { title: 'Contacto', answers: { phone: '912 345 678' } },
    ],
  },
  {
    id: 'reembolso-adse', says: 'médico', cost: 'grátis', steps: [
      { title: 'Beneficiário', known: { nif: NIF }, answers: { 'member-number': '123456789AA' } },
      {
        title: 'Fatura 1',
        turns: [
          { of: { 'invoice-kind.1': 'consultation' }, asks: [] },
          { of: { 'invoice-kind.1': 'glasses' }, asks: ['prescription-scan.1'] },
        ],
        answers: {
          'invoice-date.1': day(-30), 'invoice-number.1': 'FT 2026/118', 'invoice-amount.1': '184,90', 'invoice-scan.1': ['oculos.jpg'], 'prescription-scan.1': ['receita.jpg'], 'invoices-more.1': 'yes',
        },
        wrong: { 'invoice-date.1': day(-250), why: /Tem de ser em .* ou depois/ },
      },
      {
        title: 'Fatura 2',
        turns: [{ of: { 'invoice-kind.2': 'consultation' }, asks: [] }],
        answers: { 'invoice-date.2': day(-12), 'invoice-number.2': 'FR 9', 'invoice-amount.2': '40', 'invoice-scan.2': ['consulta.jpg'], 'invoices-more.2': 'no' },
      },
      { title: 'Pagamento', answers: { iban: IBAN }, wrong: { iban: 'US89370400440532013000', why: /contas da zona SEPA/ } },
    ],
  },
  {
    id: 'registo-criminal', says: 'cadastro', cost: '5,00 €', steps: [
      {
        title: 'Para que é o certificado',
        turns: [
          { of: { purpose: 'other' }, asks: ['purpose-other'] },
          { of: { purpose: 'work' }, asks: [] },
        ],
        detour: { answers: { 'for-whom': 'self' }, title: 'Como recebe o código' },
        answers: { 'for-whom': 'other' },
      },
      {
        title: 'A outra pessoa',
        answers: { 'subject-name': 'Leopoldina Brás', 'subject-document': documentNumber('09990031'), authority: ['autorizacao.jpg'] },
        wrong: { 'subject-document': '09990031', why: /Escreva como neste exemplo/ },
      },
      { title: 'Como recebe o código', answers: { phone: '912 345 678', email: 'conceicao@exemplo.pt' } },
    ],
    instead: { at: 'Para que é o certificado', answers: { purpose: 'volunteering' }, cost: '0,00 € · isento: Para adoção e voluntariado o certificado é grátis.' },
  },
  {
    id: 'renovacao-carta', says: 'conduzir', cost: '30,00 €', steps: [
      {
        title: 'A carta',
        known: { nif: NIF },
        detour: { answers: { 'licence-number': 'L-1234567 8', 'licence-until': day(45), categories: ['b'] }, title: 'Contacto e morada' },
        answers: { 'licence-number': 'L-1234567 8', 'licence-until': day(45), categories: ['b', 'c'] },
        wrong: { 'licence-number': '1234567', why: /Escreva como neste exemplo: L-1234567 8/ },
      },
      { title: 'Atestado médico', answers: { 'medical-number': '2026-1234567', 'medical-date': day(-8) }, wrong: { 'medical-date': day(-300), why: /Tem de ser em .* ou depois/ } },
      { title: 'Contacto e morada', answers: { address: 'Rua da Fonte, 3', ...ADDRESS } },
    ],
  },
  {
    id: 'renovacao-cc', says: 'caducado', cost: '18,00 €', steps: [
      {
        title: 'O cartão',
        answers: { 'document-number': DOCUMENT, 'valid-until': day(20), unchanged: true, validity: 'ten' },
        wrong: { 'valid-until': day(-60), why: /Tem de ser em .* ou depois/ },
      },
      { title: 'Onde o levanta', answers: { counter: 'Conservatória de Portimão', phone: '912 345 678' } },
    ],
    instead: { at: 'O cartão', answers: { validity: 'five' }, cost: '15,00 €' },
  },
  {
    id: 'segunda-via-cc', says: 'cartão ardeu', cost: '18,00 €', steps: [
      {
        title: 'O que aconteceu',
        answers: { 'lost-how': 'stolen', 'lost-on': day(-6), cancel: true },
        wrong: { cancel: false, why: /Falta o acordo/ },
      },
      { title: 'Onde o levanta', answers: { counter: 'Conservatória de Portimão', phone: '912 345 678' } },
    ],
  },
  {
    id: 'segunda-via-carta', says: 'carta roubada', cost: '30,00 €', steps: [
      { title: 'O que aconteceu', answers: { 'lost-how': 'destroyed', 'lost-on': day(-6) }, wrong: { 'lost-on': day(6), why: /./ } },
      { title: 'A carta', known: { nif: NIF }, answers: { 'licence-number': 'L-1234567 8' }, wrong: { 'licence-number': '1234567', why: /Escreva como neste exemplo: L-1234567 8/ } },
      { title: 'Contacto e morada', answers: { address: 'Rua da Fonte, 3', ...ADDRESS } },
    ],
  },
  {
    id: 'cartao-utente', says: 'centro de saúde', cost: 'grátis', steps: [
      { title: 'O que aconteceu', answers: { 'lost-how': 'lost', 'lost-on': day(-40) }, wrong: { 'lost-on': day(-4000), why: /Tem de ser em .* ou depois/ } },
      { title: 'Os seus números', known: { sns: SNS } },
      { title: 'Morada para o envio', answers: { address: 'Rua da Fonte, 3', locality: 'Monchique', ...ADDRESS } },
    ],
  },
  {
    id: 'subsidio-funeral', says: 'falecimento', cost: 'grátis', signed: true, steps: [
      { title: 'Quem pede', known: { niss: NISS, nif: NIF }, answers: { relation: 'child', phone: '912 345 678' } },
      {
        title: 'A pessoa que morreu',
        answers: { 'deceased-name': 'Ercília Brás', 'deceased-born': '01/02/1938', 'deceased-died': day(-30), 'deceased-niss': niss('1999990033'), 'deceased-residence': 'Alferce' },
        wrong: { 'deceased-died': day(-400), why: /Tem de ser em .* ou depois/ },
      },
      {
        title: 'Provas e pagamento',
        answers: { 'death-scan': ['obito.jpg'], 'receipt-scan': ['recibo.jpg'], amount: '1 250', iban: IBAN, truth: true },
        wrong: { truth: false, why: /Falta o acordo.*Leia a frase com o cidadão/ },
      },
    ],
  },
  {
    id: 'apoio-habitacao', says: 'telhado', cost: 'grátis', steps: [
      { title: 'Contactos', known: { nif: NIF }, answers: { phone: '912 345 678', email: 'conceicao@exemplo.pt' } },
      {
        title: 'A habitação',
        turns: [
          { of: { tenure: 'owner' }, asks: ['article'] },
          { of: { tenure: 'tenant' }, asks: ['lease'] },
        ],
        answers: { lease: '2019', address: 'Monte da Foz, Alferce', 'postal-code': '8550-000', position: '37.319200,-8.555600,12' },
        wrong: { position: 'ao pé da ponte', why: /./ },
      },
      { title: 'Os estragos', answers: { 'event-date': day(-6), damage: 'O telhado e a cozinha.', habitable: 'partly' } },
      { title: 'Fotografias', answers: { 'damage-photos': ['telhado.jpg'], '_said-damage-photos': 'O telhado caiu na cozinha.' } },
      {
        title: 'Seguro',
        turns: [
          { of: { insured: 'no' }, asks: [] },
          { of: { insured: 'yes' }, asks: ['policy', 'claim'] },
        ],
        answers: { policy: 'AP-77', claim: 'S-12' },
      },
      { title: 'Valor e pagamento', answers: { quote: '4 800,50', quotes: ['orcamento.jpg'], iban: IBAN } },
      { title: 'Declarações', turns: [{ of: {}, asks: ['share-insurer'] }], answers: { truth: true, visit: true, 'share-insurer': true } },
    ],
  },
  {
    id: 'renovacao-carta', says: 'carta', by: OLDER, cost: '15,00 €', steps: [
      { title: 'A carta', known: { nif: OLDER['NIF — número de contribuinte'] }, answers: { 'licence-number': 'L-7654321 0', 'licence-until': day(45), categories: ['am'] } },
      { title: 'Atestado médico', answers: { 'medical-number': '2026-7654321', 'medical-date': day(-8) } },
      { title: 'Contacto e morada', answers: { address: 'Largo da Igreja, 1', ...ADDRESS } },
    ],
  },
];

const LANGUAGES = ['pt', 'uk', 'ar', 'en', 'fr', 'es', 'de', 'hi', 'ne'];
const CONFIRM = 'Conferir antes de registar';

/** A step of a form, its fields by their ids in the catalogue. */
class Step {
  constructor(desk) { Object.assign(this, { desk, page: desk.page }); }

  box(id) { return this.page.locator(`[data-field-id="${id}"]`); }

  async put(id, value) {
    const box = this.box(id);
    switch (await box.getAttribute('data-kind', { timeout: 3000 })) {
      case 'choice': await box.locator(`input[value="${value}"]`).check(); break;
      case 'choices':
        for (const option of await box.locator('input[type=checkbox]').all()) await option.setChecked(value.includes(await option.inputValue()));
        break;
      case 'consent': await box.locator('input[type=checkbox]').setChecked(value); break;
      case 'photos': await this.attach(box, value); break;
      default: await box.locator('[data-draft]').fill(value);
    }
  }

  async attach(box, names) {
    const thumbs = box.locator('.thumbs li');
    const there = await thumbs.count();
    await box.locator('input[type=file][accept^=image]').setInputFiles(names.slice(there).map((name) => ({ name, mimeType: 'image/jpeg', buffer: it.photo })));
    await eventually(`${names} at their field`, async () => (await thumbs.count()) === names.length);
  }

  async fill(answers) { for (const [id, value] of Object.entries(answers)) await this.put(id, value); }

  /** What stands in the fields that are asked, by id, as the page has it. */
  stands() {
    return this.page.locator('form.step').evaluate((form) => Object.fromEntries([...form.querySelectorAll('[data-field-id]')].filter((box) => !box.hidden)
      .map((box) => [box.dataset.fieldId, [...box.querySelectorAll('[data-draft], .thumbs li')].map((e) => (/^(radio|checkbox)$/.test(e.type) ? e.checked : e.value ?? e.textContent)).join('|')])));
  }

  /** Those of the fields that depend on an answer that are asked now. */
  depending() {
    return this.page.locator('[data-when]').evaluateAll((boxes) => boxes.filter((box) => !box.hidden).map((box) => box.dataset.fieldId));
  }

  errorAt(id) { return this.desk.text(`[data-error="${id}"]`); }
}

/** One service, from the attendance that is open to its receipt. */
class Walk {
  constructor({ desk, citizen, audit, attendance }, row, language) {
    Object.assign(this, { desk, citizen, audit, attendance, row, language, page: desk.page, step: new Step(desk) });
  }

  look(what) { return this.audit.look(this.page, `${this.row.id}: ${what}`, { focus: false }); }

  async whole() {
    const { row } = this;
    await this.page.goto(this.attendance);
    await this.find();
    for (const step of row.steps) await this.take(step);
    await this.check(row.cost);
    if (row.instead) await this.instead(row.instead);
    await this.confirm();
    await this.record();
  }

  /** By a word that is not in its title, as people ask for it. */
  async find() {
    const { desk, row, citizen } = this;
    await desk.search(row.says);
    await eventuallySays(`the search for «${row.says}»`, () => desk.found(), `com «${row.says}»`);
    const service = this.page.locator(`form.services button[value="${row.id}"]`);
    assert.equal(await service.count(), 1, `«${row.says}» does not find ${row.id}: ${await desk.found()}`);
    this.title = plain(await service.locator('.title').innerText());
    await desk.follow(() => service.click());
    await citizen.page.locator(`button[name=lingua][value=${this.language}]`).tap();
    await eventually(`the citizen’s screen in ${this.language}`, async () => (await citizen.page.evaluate(() => document.documentElement.lang)).startsWith(this.language));
  }

  async take(step) {
    const { desk } = this;
    assert.equal(await desk.heading(), step.title);
    for (const [id, value] of Object.entries(step.known ?? {})) assert.equal((await this.step.box(id).locator('input').inputValue()).replace(/\s/g, ''), value, `${id} is known`);
    await this.turn(step);
    if (step.detour) {
      await this.step.fill(step.detour.answers);
      await desk.onward();
      assert.equal(await desk.heading(), step.detour.title, `after ${JSON.stringify(step.detour.answers)}`);
      await desk.press('Voltar');
      assert.equal(await desk.heading(), step.title);
    }
    await this.step.fill(step.answers ?? {});
    await this.nothingUnanswered(step);
    await this.look(step.title);
    if (step.wrong) await this.refused(step);
    await this.seen(step);
    await desk.onward();
  }

  /** What is asked follows from what is answered, on both screens. */
  async turn({ title, turns }) {
    const depending = await this.page.locator('[data-when]').count();
    assert.equal(depending > 0, turns !== undefined, `${title} of ${this.row.id} has ${depending} questions that depend on others: say in \`turns\` when each is asked`);
    for (const { of, asks } of turns ?? []) {
      await this.step.fill(of);
      assert.deepEqual(await this.step.depending(), asks, `asked after ${JSON.stringify(of)}`);
      const could = new Set(turns.flatMap((t) => t.asks));
      const theirs = () => this.citizen.page.locator('[data-field]').evaluateAll((fields) => fields.map((f) => f.dataset.field));
      await eventually(`the citizen is asked ${asks}`, async () => (await theirs()).filter((id) => could.has(id)).join() === asks.join());
    }
  }

  /** The row answers whatever is asked: a field that is new in the catalogue is noticed here. */
  async nothingUnanswered({ title, known = {}, answers = {}, turns = [] }) {
    const answered = new Set([known, answers, ...turns.map((t) => t.of)].flatMap(Object.keys));
    const left = Object.keys(await this.step.stands()).filter((id) => !answered.has(id));
    assert.deepEqual(left, [], `${title} of ${this.row.id} asks what its row in SERVICES does not answer: add it to \`answers\``);
  }

  /** It stands where it is wrong, says what to do, and everything that was typed is still there. */
  async refused({ title, wrong: { why, ...wrong }, known = {}, answers = {}, turns = [] }) {
    const [[id, value]] = Object.entries(wrong);
    await this.step.put(id, value);
    const typed = await this.step.stands();
    await this.desk.onward();
    assert.equal(await this.desk.heading(), title, `${id} = ${value} is refused`);
    assert.match(await this.step.errorAt(id), why);
    assert.match(await this.desk.text('[role=alert]'), why, 'the summary says it too');
    assert.deepEqual(await this.step.stands(), typed, 'nothing is lost by a refusal');
    await this.look(`${title}, refused`);
    await this.step.put(id, { ...known, ...turns.at(-1)?.of, ...answers }[id]);
  }

  /** The citizen has read along, and nothing stood there in Portuguese that has a language of its own. */
  async seen({ title }) {
    const { citizen } = this;
    // What the mediator heard is put in words at the desk alone.
    const last = Object.keys(await this.step.stands()).filter((id) => !id.startsWith('_said-')).at(-1);
    await citizen.page.locator(`[data-field="${last}"]`).waitFor();
    const portuguese = await citizen.page.locator('#ecra span[lang="pt-PT"]:not(.pt), #ecra bdi[lang="pt-PT"]').allInnerTexts();
    if (this.language !== 'pt') assert.deepEqual(portuguese, [], `${title} of ${this.row.id} has no words in ${this.language}`);
  }

  async check(cost) {
    const { desk, page, row } = this;
    assert.equal(await desk.heading(), CONFIRM);
    assert.deepEqual(await page.locator('.answers-of h2').allInnerTexts(), row.steps.map((s) => s.title));
    assert.deepEqual(await page.locator('.answers-of .none').count(), 0, 'every answer stands there');
    assert.equal(await desk.text('.amount'), cost);
    const said = await desk.text('.main-column');
    // Words stand there as they were typed; numbers and dates in forms of their own.
    const words = row.steps.flatMap(({ answers = {} }) => Object.values(answers)).filter((value) => /\p{L}{2,}.*\s/u.test(value));
    for (const value of words) assert.ok(said.includes(value), `«${value}» is not among the answers: ${said}`);
    assert.equal(await page.getByRole('button', { name: 'Registar o pedido' }).count(), 0, 'nothing is recorded without the citizen');
    await this.look(CONFIRM);
  }

  /** Another answer, from the check of the answers and back to it. */
  async instead({ at, answers, cost }) {
    const { desk, row } = this;
    await desk.press(`Mudar ${at}`);
    await this.step.fill(answers);
    for (let steps = 0; steps < row.steps.length && (await desk.heading()) !== CONFIRM; steps += 1) await desk.onward();
    assert.equal(await desk.heading(), CONFIRM);
    assert.equal(await desk.text('.amount'), cost, `after ${JSON.stringify(answers)}`);
  }

  /** What stands before recording. */
  async confirm() {
    const { desk, citizen, row } = this;
    await desk.ask();
    const right = citizen.page.locator('button.right');
    await right.waitFor();
    const cost = plain(await citizen.page.locator('.cost strong').innerText());
    const [amount] = (row.instead?.cost ?? row.cost).match(/\d+/) ?? [''];
    assert.ok(cost.includes(amount), `the citizen is told what it costs: ${cost}`);
    await this.audit.look(citizen.page, `${row.id}: confirmation in ${this.language}`, { focus: false });
    if (row.signed) await citizen.page.locator('#assina-nome').fill(YOUNGER['Nome completo']);
    await right.tap();
    await eventuallySays('the desk', () => desk.text('#confirmacao'), /Confirmado no ecrã/);
  }

  async record() {
    const { desk, citizen, row } = this;
    const cost = row.instead?.cost ?? row.cost;
    const number = await desk.record();
    assert.match(number, /^M07-/);
    const receipt = await desk.text('.receipt');
    assert.ok(receipt.includes(this.title), receipt);
    assert.match(receipt, new RegExp(`Provis[óo]ri[oa].*Custo ${cost}`, 's'));
    await citizen.says(number);
    await this.look('receipt');
  }
}

/** What the desk offers, by id. */
function offered(desk) {
  return desk.page.locator('form.services button[name=servico]').evaluateAll((all) => all.map((b) => b.value).sort());
}

test('every service of the catalogue, from the words that people say to the receipt', { timeout: 240_000 }, async (t) => {
  it.browser.expect(/status of 4(22|09)/);
  const audit = new Audit();
  // A high window: what header and buttons cover of a page that is scrolled is no fault of the page.
  const desk = new Desk(await it.browser.page({ viewport: { width: 1366, height: 2600 } }), it.spot.url);
  await desk.signIn('Ana Martins');
  const citizen = await paired(it.browser, it.spot, desk);
  const walked = new Set();
  for (const who of [YOUNGER, OLDER]) {
    await desk.nextCitizen();
    await desk.identify(who);
    const attendance = desk.page.url();
    for (const row of SERVICES.filter(({ by = YOUNGER }) => by === who)) {
      const began = Date.now();
      const language = LANGUAGES[SERVICES.indexOf(row) % LANGUAGES.length];
      await t.test(`${row.id}, in ${language}`, () => new Walk({ desk, citizen, audit, attendance }, row, language).whole());
      walked.add(row.id);
      t.diagnostic(`${row.id}: ${Date.now() - began} ms`);
    }
    await desk.page.goto(attendance);
    it.offered = await offered(desk);
    await desk.press('Fechar atendimento');
  }
  audit.assertClean();

  // None is left out: what the desk offers is what the catalogue has, and each was walked.
  const says = await run(vereda(), ['catalogue', 'check', join(it.spot.dir, 'catalogue')]);
  assert.match(says, new RegExp(`^${it.offered.length} services, ${LANGUAGES.length} languages, 0 errors$`));
  const left = it.offered.filter((id) => !walked.has(id));
  assert.deepEqual(left, [], 'services that nobody walks: add a row for each to SERVICES, with the answers to every step, what they make appear, what it costs, and an answer that is refused');
});
