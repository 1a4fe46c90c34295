// The short service, from the sign-in to the receipt, on both screens.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { REFUSED } from './support/browser.mjs';
import { Citizen } from './support/citizen.mjs';
import { Desk } from './support/desk.mjs';
import { PIN } from './support/node.mjs';
import { nif, niss } from './support/numbers.mjs';
import { CARMO } from './support/people.mjs';
import { recordHealthCard } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays, plain } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
});

test('wrong PINs are counted down, then the door closes, for this person alone', { timeout: 40_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const desk = new Desk(await it.browser.page(), it.spot.url);
  await desk.page.goto(desk.url);
  assert.match(desk.page.url(), /\/entrar/, 'a stranger is asked to sign in');
  for (const said of [/mais 4 vezes/, /mais 3 vezes/, /mais 2 vezes/, /Falta uma tentativa/, /abre de novo daqui a \d+ min/]) {
    await desk.tryPin('Rui Pires', '0000');
    await eventuallySays('the sign-in', () => desk.text('[role=alert]'), said);
    assert.ok(await desk.page.evaluate(() => document.activeElement?.getAttribute('role') === 'alert'), 'the message has the focus');
  }
  await desk.tryPin('Rui Pires', PIN['Rui Pires']);
  await eventuallySays('the right PIN after the lock', () => desk.text('[role=alert]'), /abre de novo/);
  await desk.signIn('Ana Martins');
});

test('a health insurance card is asked for, followed live and recorded', { timeout: 60_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await Citizen.open(it.browser, it.spot);

  // The two screens find each other by a code.
  const code = await citizen.code();
  assert.match(code, /^\d{4}$/);
  await desk.pair(code === '1111' ? '2222' : '1111');
  await eventuallySays('a wrong code', () => desk.text('main'), /Nenhum ecrã mostra ess?t?e código/);
  await desk.pair(code);
  await citizen.says('Bem-vindo');
  await eventuallySays('the desk', () => desk.text('header'), 'Ecrã do cidadão: ligado');

  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await citizen.says('Identificação');

  // Each letter is on the citizen's page while the word is being typed.
  const seen = [];
  await citizen.page.exposeFunction('seen', (text) => { if (seen.at(-1) !== text) seen.push(text); });
  await citizen.page.evaluate(() => {
    const look = () => window.seen(document.querySelector('[data-field="full-name"]')?.textContent ?? '');
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const name = 'Maria do Carmo Ferrão';
  await desk.type('Nome completo', name, 40);
  await citizen.reads('full-name', name);
  await desk.kept('full-name');
  const steps = seen.map(plain).filter(Boolean);
  assert.ok(steps.length >= name.length / 2, `the citizen saw the name grow in ${steps.length} steps: ${steps.join('|')}`);
  assert.ok(seen.every((text) => name.startsWith(text)), 'and never anything else');

  // A wrong check digit is told at the field, and in the summary that takes focus.
  const [right] = [nif('19990007')];
  const wrong = right.slice(0, 8) + ((Number(right[8]) + 1) % 10);
  await desk.fill({ 'Data de nascimento': '03/04/1951', 'NIF — número de contribuinte': wrong });
  await desk.onward();
  assert.match(await desk.errorAt('NIF — número de contribuinte'), /algarismos de controlo não batem certo/);
  const summary = desk.page.locator('[role=alert][data-takes-focus]');
  assert.match(plain(await summary.innerText()), /Há um campo por corrigir.*algarismos de controlo/);
  assert.ok(await summary.evaluate((e) => e === document.activeElement), 'the summary has the focus');
  assert.equal(await desk.field('Nome completo').inputValue(), name, 'what was right stays');
  await summary.getByRole('link').click();
  assert.ok(await desk.field('NIF — número de contribuinte').evaluate((e) => e === document.activeElement), 'its link goes to the field');

  // Numbers are hidden on the citizen's screen until the citizen shows them.
  await desk.field('NIF — número de contribuinte').fill(right);
  await desk.fill({ 'NISS — segurança social': niss('1999990007'), 'Número de utente do SNS': '199900070' });
  await citizen.reads('sns', /^••• \d \d{3}$/);
  assert.equal(await citizen.value('nif'), `••• ${right[5]} ${right.slice(6)}`);
  await citizen.touch('Mostrar os números');
  await citizen.reads('nif', right.replace(/(...)(...)(...)/, '$1 $2 $3'));
  await citizen.touch('Esconder os números');
  await citizen.reads('nif', '•••');

  // In English, with the Portuguese under it.
  await citizen.touch('English');
  await citizen.says(/Full name.*Nome completo/);
  assert.equal(await citizen.page.evaluate(() => document.documentElement.lang), 'en');
  await desk.onward();

  // The search forgives accents and slips.
  await eventuallySays('the attendance', () => desk.text('h1'), name);
  for (const words of ['saude', 'SAÚDE', 'cartao europeu', 'cartao europeo', 'doenca']) {
    await desk.search(words);
    await eventuallySays(`the search for ${words}`, () => desk.found(), new RegExp(`com «${words}».*Cartão Europeu de Seguro de Doença`));
  }
  await desk.search('zzzz');
  await eventuallySays('a search in vain', () => desk.found(), 'Nenhum serviço com «zzzz»');
  await desk.search('doenca');
  await eventuallySays('the search', () => desk.found(), /1 serviço com «doenca»/);
  await desk.begin('Cartão Europeu de Seguro de Doença');

  // What the identification knows is there already.
  await citizen.says('European Health Insurance Card');
  assert.equal(plain(await desk.field('NISS — número da Segurança Social').inputValue()), niss('1999990007'));
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 3', 'Código postal': '8550-000', Localidade: 'Monchique' });
  await citizen.reads('locality', 'Monchique');
  await desk.onward();

  // Check, be asked on the screen, want a correction, get it.
  assert.equal(await desk.heading(), 'Conferir antes de registar');
  assert.match(await desk.text('#confirmacao'), /Falta o cidadão confirmar/);
  assert.equal(await desk.page.getByRole('button', { name: 'Registar o pedido' }).count(), 0, 'nothing is recorded without the citizen');
  await desk.ask();
  await citizen.says(/Está certo.*Quero corrigir/);
  await citizen.page.locator('button.wrong').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'O cidadão quer corrigir');
  await desk.press('Mudar Morada para o envio');
  await desk.field('Rua, número e andar').fill('Rua da Fonte, 13');
  await desk.onward();
  await eventuallySays('the corrected answer', () => desk.text('main'), 'Rua da Fonte, 13');
  await desk.press(/^Mostrar (ao cidadão|de novo)/);
  await citizen.says('Rua da Fonte, 13');
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');

  const number = await desk.record();
  assert.match(number, /^M07-/);
  const receipt = await desk.text('.receipt');
  assert.match(receipt, /Provisório\./);
  assert.match(receipt, /Cartão Europeu de Seguro de Doença.*Maria do Carmo Ferrão.*Alferce.*Ana Martins.*grátis/s);
  assert.match(receipt, /O que acontece a seguir .*Da próxima vez, sem vir ao balcão/);
  assert.ok(await desk.page.locator('.receipt svg').first().isVisible(), 'the QR code is there');
  await citizen.says(number);
  await citizen.says('Provisional. Your request is kept safe at this desk');

  await desk.stripSays(/sem rede.*1 pedido por enviar/);
  await desk.today();
  assert.match(await desk.text('#recentes'), new RegExp(`${number}.*Maria do Carmo Ferrão.*registado \\(provisório\\)`));

  // Nothing of this person remains on the screen for the next one.
  await desk.press('Retomar Maria do Carmo Ferrão');
  await desk.press('Fechar atendimento');
  await citizen.says('How did it go?');
  assert.doesNotMatch(await citizen.text(), /Carmo/);
  await citizen.touch(/rather not say/);
  await citizen.says('Bem-vindo');
  assert.doesNotMatch(await citizen.text(), /Carmo/);
});

test('the next citizen finds the screen in Portuguese, whatever the last one chose', { timeout: 30_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await Citizen.open(it.browser, it.spot);
  await desk.pair(await citizen.code());
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await citizen.touch('English');
  await citizen.says('Full name');
  await desk.press('Ver o atendimento');
  await desk.press('Fechar atendimento');
  await citizen.says('Bem-vindo', 3000);
});

test('«Hoje» says what an open attendance has done already', { timeout: 40_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  await recordHealthCard(desk, { ...CARMO, 'Nome completo': 'Perpétua Galhofas' });
  await desk.today();
  assert.doesNotMatch(await desk.text('#em-curso'), /Perpétua Galhofas sem pedido começado/);
});

test('a page that refreshes itself late does not turn the citizen’s page back', { timeout: 30_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await Citizen.open(it.browser, it.spot);
  await desk.pair(await citizen.code());
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Cartão Europeu de Seguro de Doença');
  const before = `${desk.page.url()}/numbers`;
  // The new page does not hear yet what would make it mend this by itself.
  it.browser.expect(/ERR_FAILED/);
  await desk.page.route('**/eventos*', (route) => route.abort());
  await desk.onward();
  await citizen.says('Morada para o envio');
  // As the script of the page before does, when a hint reaches it while the next page is loading.
  await desk.page.evaluate((url) => fetch(url, { headers: { accept: 'text/html' } }).then((answer) => answer.text()), before);
  await desk.type('Localidade', 'Monchique');
  await citizen.reads('locality', 'Monchique', 3000);
});
