// How the citizen is told how it ended: they choose it on their own screen, in their language; the hub gives the
// request back; the desk has it to tell, and tells it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO } from './support/people.mjs';
import { openRequest } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.spot = await it.place.spot('movel-07', { link: await it.place.link(it.hub) });
  await it.spot.start();
});

test('the citizen says on their screen how to be told, and is told', { timeout: 180_000 }, async () => {
  it.browser.expect(REFUSED(422));
  const audit = new Audit();
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await citizen.touch('Українська');
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();

  // Nothing is chosen: nobody is told, both sides are told so, and nothing is kept from being recorded.
  assert.match(await desk.text('#avisar'), /Ninguém avisa o cidadão.*regista-se na mesma/);
  await audit.look(desk.page, 'the check, nothing chosen', { focus: false });
  await desk.ask();
  await citizen.says(/Вас ніхто не повідомить/);
  await desk.press('Escolher como avisar');
  assert.equal(await desk.heading(), 'Como quer saber do resultado');
  await citizen.says(/Як ви хочете дізнатися про результат/);
  await desk.press('Deixar o cidadão escrever');
  const way = citizen.page.getByLabel('Телефонний дзвінок');
  await way.waitFor();
  await way.check();
  // The number that was typed for the certificate is proposed, to be shown on request.
  await citizen.says(/Телефон для повідомлення/);
  await citizen.page.getByLabel('Електронна пошта').check();
  const mail = citizen.page.getByLabel(/Електронна адреса/);
  await mail.waitFor();
  await mail.fill('olena@exemplo.pt');
  await eventuallySays('the desk', () => desk.page.getByLabel(/correio eletrónico para avisar/).inputValue(), 'olena@exemplo.pt');
  await audit.look(citizen.page, 'the citizen chooses', { focus: false });
  await citizen.page.getByRole('group', { name: /лише для того, щоб повідомити мені/ }).getByRole('checkbox').check();
  await citizen.touch('Відповіді готові');
  await audit.look(desk.page, 'what the citizen chose', { focus: false });
  await desk.onward();
  assert.equal(await desk.heading(), 'Conferir antes de registar');
  assert.match(await desk.text('main'), /Correio eletrónico.*olena@exemplo\.pt/);
  await audit.look(desk.page, 'the check, chosen', { focus: false });
  await desk.ask();
  await citizen.says(/Електронна пошта.*olena@exemplo\.pt/);
  await audit.look(citizen.page, 'the confirmation', { focus: false });
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), /em ucraniano/);
  const number = await desk.record();
  const receipt = await desk.text('.receipt');
  assert.match(receipt, /Correio eletrónico: o•••@exemplo\.pt/);
  assert.match(receipt, /Електронна пошта: o•••@exemplo\.pt/);
  assert.doesNotMatch(receipt, /olena/);
  await audit.look(desk.page, 'the receipt', { focus: false });

  await openRequest(desk, number);
  assert.match(await desk.text('#avisar'), /olena@exemplo\.pt.*Aceitou.*no seu ecrã \([0-9a-f]{8}\), em ucraniano/);
  await audit.look(desk.page, 'the request', { focus: false });
  await desk.stripSays(/nada por enviar.*provado/, 30_000);
  const operator = await Console.open(it.browser, it.hub);
  await operator.page.goto(`${operator.url}/pedidos?q=${number}`);
  await operator.press(number);
  assert.match(await operator.text('#avisar'), /olena@exemplo\.pt/);
  await audit.look(operator.page, 'console, a request', { focus: false });
  const answer = operator.page.locator('.answer', { has: operator.page.getByRole('heading', { name: 'Telemóvel' }) });
  await answer.locator('summary').click();
  await answer.getByLabel('Porque não pode ser assim').fill('O número não existe.');
  await operator.follow(() => answer.getByRole('button', { name: 'Devolver' }).click());

  await desk.today();
  await eventuallySays('Por tratar', () => desk.text('#mensagens'), /Avisar o cidadão.*falta corrigir «Telemóvel».*O número não existe\..*olena@exemplo\.pt, em ucraniano/, 60_000);
  await audit.look(desk.page, 'today, somebody to tell', { focus: false });
  await desk.press(/^Não se conseguiu/);
  assert.match(await desk.text('#mensagens'), /Tentou-se .*Ana Martins/);
  await desk.press(/^Avisado/);
  assert.doesNotMatch(await desk.text('#mensagens'), /Avisar o cidadão/);
  await openRequest(desk, number);
  assert.match(await desk.text('#avisar'), /Avisado .*, por Ana Martins/);

  // Another way, by word; refused it loses nothing.
  await desk.page.locator('#avisar summary').click();
  await desk.page.getByLabel('De que forma').selectOption({ label: 'Carta' });
  await desk.fill({ 'Morada para a carta': 'Rua da Serra 1' });
  await desk.press('Guardar a forma de avisar');
  assert.match(await desk.text('#avisar'), /assinale que aceita/);
  assert.equal(await desk.field('Morada para a carta').inputValue(), 'Rua da Serra 1');
  // From the top: what is half under the bar after scrolling is no fault.
  await desk.page.evaluate(() => window.scrollTo(0, 0));
  await audit.look(desk.page, 'the request, refused', { focus: false });
  await desk.agree(/O cidadão ouviu e aceita/);
  await desk.press('Guardar a forma de avisar');
  assert.match(await desk.text('#avisar-como'), /Carta: Rua da Serra 1.*de viva voz/);
  await desk.press('O cidadão retira a autorização');
  const after = await desk.text('main');
  assert.match(after, /Ninguém avisa|Avisado/);
  assert.doesNotMatch(after, /Rua da Serra|olena/);
  assert.match(await desk.text('#historia'), /retirou a autorização/);
  audit.assertClean();
});
