// What the catalogue knows is shown where it matters: what to bring, what it costs and why not, what remains; and
// a paper that is missing is marked wherever the request goes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Audit } from './support/audit.mjs';
import { REFUSED } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { CARMO, ZE } from './support/people.mjs';
import { openRequest } from './support/services.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

const it = stage(async (it) => {
  it.hub = await (await it.place.hub()).start();
  it.link = await it.place.link(it.hub);
  it.spot = await it.place.spot('movel-07', { link: it.link });
  await it.spot.start();
});

const audit = new Audit();
const papers = (desk) => desk.text('#documentos');
const shot = async (page, name) => { if (process.env.VEREDA_SHOTS) await page.screenshot({ path: `${process.env.VEREDA_SHOTS}/${name}.png`, fullPage: true }); };

test('before a service is begun, the desk says who may ask, what to bring and what it costs where', { timeout: 60_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.identify(CARMO);
  const about = (title) => desk.page.locator('li', { has: desk.page.getByRole('button', { name: title }) }).locator('details');
  const certificate = about(/^Certificado do registo criminal/);
  await certificate.locator('summary').click();
  const said = (await certificate.innerText()).replace(/\s+/g, ' ');
  assert.match(said, /O próprio\. Ou outra pessoa por ele: .*autorização assinada/);
  assert.match(said, /Cartão de Cidadão .*conforme as respostas/);
  assert.match(said, /Aqui: 5,00 € .*Isento: Para adoção e voluntariado/);
  const address = about(/^Mudança de morada/);
  await address.locator('summary').click();
  assert.match((await address.innerText()).replace(/\s+/g, ' '), /Sem rede só se prepara\. Quando houver rede, o mediador/);
  // As the page begins: what has scrolled under the strip is no target.
  await desk.page.evaluate(() => window.scrollTo(0, 0));
  await audit.look(desk.page, 'services, two looked at');
  await shot(desk.page, 'services');
});

test('papers follow the answers; one is missing and marked wherever the request goes, until it is brought', { timeout: 150_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.identify(CARMO);
  await desk.begin('Certificado do registo criminal');
  await eventuallySays('the papers', () => papers(desk), /1 documento por ver .*Cartão de Cidadão/);
  // For somebody else: one more, as soon as that is chosen, without loading anything.
  await desk.choose('Para quem é o certificado?', 'Para outra pessoa, que o autorizou');
  await eventuallySays('the papers', () => papers(desk), /2 documentos por ver .*autorização assinada/s);
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await eventuallySays('the papers', () => papers(desk), /1 documento por ver/);
  await desk.choose('Finalidade', 'Adoção (grátis)');
  await citizen.says('isento: Para adoção e voluntariado');
  await audit.look(desk.page, 'a step with its papers');
  await shot(desk.page, 'step');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  assert.match(await desk.text('main'), /0,00 € · isento: Para adoção e voluntariado/);

  // Confirmed, but the card was not seen: it cannot be recorded, and the page says why.
  await desk.byWord();
  assert.match(await desk.text('#confirmacao'), /veja os documentos que faltam ver/);
  assert.equal(await desk.page.getByRole('button', { name: 'Registar o pedido' }).count(), 0);
  // Neither by a post that the page does not offer.
  const refused = await desk.page.evaluate(async () => {
    const guarda = document.querySelector('input[name=guarda]').value;
    const answer = await fetch(`${location.pathname}/registar`, { method: 'POST', body: new URLSearchParams({ guarda }) });
    return [answer.status, await answer.text()];
  });
  assert.equal(refused[0], 409);
  assert.match(refused[1], /Falta o documento «Cartão de Cidadão»/);

  // It burnt: written with a reason, and the citizen agrees anew, having read that they owe it.
  await desk.page.getByText('Não o trouxe').click();
  await desk.field('Porque falta, e quando o entrega').fill('ardeu na casa; traz o novo em dezembro');
  await desk.press('Guardar o motivo');
  assert.match(await papers(desk), /falta: ardeu na casa; traz o novo em dezembro; entrega depois/);
  await audit.look(desk.page, 'a paper that is missing');
  await shot(desk.page, 'check');
  await desk.ask();
  await citizen.says(/Documentos que ainda tem de entregar.*Cartão de Cidadão: ardeu na casa/);
  await citizen.touch('English');
  await citizen.says(/Documents that you still have to bring.*Citizen Card.*exempt: /s);
  await audit.look(citizen.page, 'what the citizen owes');
  await shot(citizen.page, 'citizen');
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');
  await desk.page.locator('[data-key=r]').waitFor();
  const number = await desk.record();
  const receipt = await desk.text('.receipt');
  assert.match(receipt, /0,00 € · isento: .*Documentos por entregar .*Falta: ardeu na casa/);
  assert.match(receipt, /Documents that you still have to bring.*Citizen Card/s);
  await citizen.says(/Documents that you still have to bring/);
  await audit.look(desk.page, 'the receipt');
  await shot(desk.page, 'receipt');

  // The list, the request's page, the console.
  await desk.page.goto(`${desk.url}/pedidos?q=${number}`);
  assert.match(await desk.text('#resultados'), /falta um documento/);
  await openRequest(desk, number);
  assert.match(await desk.text('#aviso'), /Falta: Cartão de Cidadão\. Entrega depois\. Motivo: ardeu na casa/);
  await audit.look(desk.page, 'the request');
  await shot(desk.page, 'request');
  await desk.stripSays(/nada por enviar/, 30_000);
  const console = await Console.open(it.browser, it.hub);
  await console.page.goto(`${it.hub.url}/pedidos?q=${number}`);
  assert.match(await console.text('main'), /falta um documento/);
  await console.press(number);
  assert.match(await console.text('#aviso'), /Falta: Cartão de Cidadão/);

  // Brought later.
  await desk.press(/^Já o trouxe: visto/);
  assert.equal(await desk.text('#aviso'), '');
  assert.match(await desk.text('#historia'), /Documentos vistos: Cartão de Cidadão\./);
});

test('what is only prepared says what remains and who does it, on every page and in the citizen’s language', { timeout: 90_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  const citizen = await paired(it.browser, it.spot, desk);
  await desk.nextCitizen();
  await desk.identify(ZE);
  await desk.begin('Mudança de morada no Cartão de Cidadão');
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 3', 'Código postal': '8550-000', Localidade: 'Monchique', 'Desde quando vive lá': '01/03/2026' });
  await desk.onward();
  await desk.choose('Mudam também filhos menores?', 'Não');
  await desk.choose('Tem o PIN da morada consigo?', 'Sim');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  assert.match(await desk.text('main'), /Aqui só se prepara .*o mediador faz o pedido no IRN/);
  await desk.ask();
  await citizen.says(/O que falta fazer, e quem o faz.*o mediador faz o pedido no IRN/);
  await citizen.touch('Deutsch');
  await citizen.says('Was noch zu tun ist, und von wem');
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');
  await desk.record();
  assert.match(await desk.text('.receipt'), /O que falta fazer, e quem o faz .*o mediador faz o pedido no IRN.*Was noch zu tun ist/s);
  await citizen.says('Was noch zu tun ist, und von wem');
});

test('one of three is taken out from the middle, while another desk types into it', { timeout: 120_000 }, async () => {
  it.browser.expect(REFUSED(409));
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.identify(ZE);
  await desk.begin('Caderneta predial');
  await desk.onward();
  const property = async (article, more) => {
    await desk.choose('Tipo', 'Rústico: terra de cultivo ou floresta');
    await desk.fill({ Freguesia: 'Marmelete', Artigo: article });
    if (more) {
      await desk.choose('Quer a caderneta de mais um prédio?', more);
      await eventuallySays('that there is one more is kept as it is said', () => desk.text('form.step'), /mais um prédio\?.*guardado/s);
    }
  };
  await property('11', 'Sim');
  await desk.onward();
  await property('22', 'Sim');
  const second = desk.page.url();
  await desk.onward();
  await property('33', 'Não');
  await desk.kept('article.3');

  const other = await Desk.open(it.browser, it.spot, 'Rui Pires');
  await other.page.goto(second);
  await desk.page.goto(second);
  assert.equal(await desk.heading(), 'Prédio 2');
  await desk.page.getByText('Retirar «Prédio 2»').click();
  await audit.look(desk.page, 'taking one out');
  await shot(desk.page, 'take-out');
  await desk.press(/^Retirar do pedido/);
  // The third is the second now, with what was typed into it.
  assert.equal(await desk.heading(), 'Prédio 2');
  assert.equal(await desk.field('Artigo').inputValue(), '33');
  // The other desk types on in what is gone: it lands nowhere, and is told.
  await other.type('Artigo', '9');
  await eventuallySays('the other desk', () => other.text('#foi-se'), /foi retirado do pedido/);
  assert.equal(await other.field('Artigo').inputValue(), '229', 'what was typed is still there');
  await desk.onward();
  const answers = await desk.text('main');
  assert.match(answers, /Prédio 1 .*11 .*Prédio 2 .*33/);
  assert.doesNotMatch(answers, /Prédio 3|22/);
  await desk.byWord();
  await desk.record();
});

test('several choices are corrected on a recorded request, and what somebody asked before leads there', { timeout: 120_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.identify(ZE);
  // The tax records of before; and what is said of them is a way into them.
  assert.match(await desk.text('#antes'), /O que já pediu .*Caderneta predial .*M07-/);
  await audit.look(desk.page, 'what was asked before');
  await shot(desk.page, 'before');
  await desk.begin('Renovação da carta de condução');
  await desk.fill({ 'Número da carta': 'L-1234567 8', 'Válida até': '01/03/2027' });
  await desk.page.getByLabel('B — ligeiros', { exact: true }).check();
  await desk.onward();
  await desk.fill({ 'Morada para o envio': 'Rua da Fonte, 3', 'Código postal': '8550-000', Telemóvel: '912 345 678' });
  await desk.onward();
  await desk.byWord();
  const number = await desk.record();
  await openRequest(desk, number);
  const answer = desk.page.locator('.answer', { has: desk.page.getByRole('heading', { name: 'Categorias a renovar' }) });
  await answer.locator('summary').click();
  assert.ok(await answer.getByLabel('B — ligeiros', { exact: true }).isChecked(), 'what stands is ticked');
  await answer.getByLabel('A — motociclos', { exact: true }).check();
  await answer.getByLabel('Motivo').fill('também conduz motas');
  await audit.look(desk.page, 'correcting several choices');
  await shot(desk.page, 'choices');
  await desk.follow(() => answer.getByRole('button', { name: 'Corrigir' }).click());
  assert.match(await desk.text('#respostas'), /A — motociclos, B — ligeiros/);
  assert.match(await desk.text('#historia'), /Corrigido «Categorias a renovar»\. Motivo: também conduz motas/);

  // Found as it is typed, by name and by number; without the focus going anywhere.
  await desk.page.goto(`${desk.url}/pedidos`);
  const search = desk.field('Nome, número do pedido ou do comprovativo');
  await search.pressSequentially('avila bras', { delay: 30 });
  await eventuallySays('what is found', () => desk.text('#resultados'), new RegExp(`^(?!.*Carmo).*${number}.*José d’Ávila`, 's'));
  assert.ok(await search.evaluate((e) => e === document.activeElement), 'the focus stays');
  await eventuallySays('what is said aloud', () => desk.page.locator('#achados').textContent(), /^3 pedidos$/);
  await audit.look(desk.page, 'searching');
  await search.fill(number);
  await eventuallySays('what is found', () => desk.page.locator('#achados').textContent(), /^1 pedido$/);
  await search.fill('zzzz');
  await eventuallySays('a search in vain', () => desk.page.locator('#achados').textContent(), /Nada com «zzzz»/);
  // What is looked for stands in the address: a page loaded again says the same.
  await desk.page.reload();
  assert.match(await desk.text('#resultados'), /Nada com «zzzz»/);
  audit.assertClean();
});
