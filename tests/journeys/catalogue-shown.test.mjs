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
  audit.assertClean();
});
