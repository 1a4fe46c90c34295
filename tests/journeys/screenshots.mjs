// Walks the tour and writes a picture of each station: node screenshots.mjs FOLDER

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Browser } from './support/browser.mjs';
import { paired } from './support/citizen.mjs';
import { Console } from './support/console.mjs';
import { Desk } from './support/desk.mjs';
import { Devices } from './support/devices.mjs';
import { Place } from './support/node.mjs';
import { iban, nif, niss } from './support/numbers.mjs';
import { correct, openRequest, recordHealthCard, recordHousingAid } from './support/services.mjs';
import { ZE } from './support/people.mjs';

const folder = process.argv[2];
if (!folder) throw new Error('usage: node screenshots.mjs FOLDER');
await mkdir(folder, { recursive: true });

const [place, browser, devices] = await Promise.all([Place.make(), Browser.launch(), Devices.start()]);
try {
  const hub = await (await place.hub()).start();
  const links = [await place.link(hub), await place.link(hub)];
  const [van, home] = [
    await place.spot('movel-07', { link: links[0], reader: 'Virtual PCD 00 00', env: devices.env }),
    await place.spot('solidario-02', { link: links[1] }),
  ];
  await Promise.all([van.start(), home.start()]);
  const desk = await Desk.open(browser, van);
  const other = await Desk.open(browser, home, 'Rui Pires');
  const citizen = await paired(browser, van, desk);
  const shoot = async (who, name) => { await who.page.screenshot({ path: join(folder, `${name}.png`) }); };
  const whole = async (who, name) => { await who.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true }); };

  await shoot(citizen, '01-citizen-idle');
  // Something is already recorded when the day is looked at.
  const photo = await browser.picture();
  await desk.stripSays('provado', 30_000);
  const aid = await recordHousingAid(desk, ZE, { iban: iban('0035000000000000177'), photo });
  await desk.stripSays(/nada por enviar/, 30_000);
  await links[0].cut();
  await desk.stripSays('sem rede', 20_000);
  await recordHealthCard(desk, { 'Nome completo': 'Perpétua Galhofas', 'Data de nascimento': '02/02/1944', 'NISS — segurança social': niss('1999990041'), 'Número de utente do SNS': '199900410' });

  await desk.nextCitizen();
  await shoot(desk, '02-attendance');
  await desk.press('Identificar o cidadão');
  await devices.tell('insert 0 rosario');
  await desk.page.getByText('Maria do Rosário Encarnação').first().waitFor();
  await shoot(desk, '03-card');
  await desk.press('Preencher com o cartão');
  await shoot(desk, '04-identity-from-the-card');
  await desk.onward();
  await desk.search('cartao europeu');
  await desk.page.getByText('com «cartao europeu»').waitFor();
  await shoot(desk, '05-search');
  await desk.search('');
  await desk.page.getByText('Todos os serviços').waitFor();
  await desk.begin('Apoio à habitação após catástrofe');
  await desk.field('NIF').fill('199910104');
  await desk.fill({ Telefone: '912 34' });
  await desk.onward();
  await shoot(desk, '06-errors');
  await desk.fill({ NIF: nif('19991010'), Telefone: '912 345 678' });
  await desk.onward();
  await desk.choose('A casa é', 'Própria');
  await desk.type('Morada ou lugar da habitação', 'Monte da Foz, Alf', 20);
  await citizen.reads('address', 'Monte da Foz, Alf');
  await desk.kept('address');
  await shoot(desk, '07-form-with-mirror');
  await shoot(citizen, '08-citizen-following');
  await citizen.touch('English');
  await citizen.says('The home');
  await shoot(citizen, '09-citizen-following-english');
  await citizen.touch('Português');
  await desk.today();
  await shoot(desk, '10-today');
  await desk.press('Retomar Maria do Rosário Encarnação');

  // The short service to its end, with the citizen's own finger.
  await desk.page.goto(desk.page.url());
  await desk.press('Ver o atendimento');
  await desk.begin('Cartão Europeu de Seguro de Doença');
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': 'Rua da Fonte, 3', 'Código postal': '8550-000', Localidade: 'Monchique' });
  await desk.onward();
  await desk.ask();
  await citizen.says('Está tudo certo?');
  await shoot(desk, '11-check-answers');
  await shoot(citizen, '12-citizen-confirm');
  await whole(citizen, '12-citizen-confirm-whole');
  await citizen.touch('Está certo');
  await desk.papersSeen();
  await desk.page.locator('[data-key=r]').waitFor();
  await desk.record();
  await shoot(desk, '13-receipt');
  await whole(desk, '13-receipt-whole');
  await citizen.says('O seu pedido está registado');
  await shoot(citizen, '14-citizen-recorded');

  // Apart, both change the IBAN; the operator sees both.
  await other.page.goto(`${other.url}/pedidos?q=${aid}`);
  await openRequest(desk, aid);
  await openRequest(other, aid);
  await links[1].cut();
  await correct(desk, 'IBAN em seu nome', iban('0010000000000000333'), 'O cidadão trouxe o papel do banco');
  await correct(other, 'IBAN em seu nome', iban('0007000000000000444'), 'A filha telefonou');
  const operator = await Console.open(browser, hub);
  await Promise.all(links.map((link) => link.restore()));
  await operator.lists('IBAN em seu nome', 60_000);
  await shoot(operator, '15-console-conflicts');
  await operator.open('IBAN em seu nome');
  await shoot(operator, '16-console-conflict');
  await openRequest(desk, aid);
  await whole(desk, '17-request-in-conflict');
  await operator.keep(/Espaço Móvel 07/);
  await operator.propose('Confirmado por telefone com o cidadão.');
  const second = await Console.open(browser, hub, 'Jorge Lima');
  await second.open('IBAN em seu nome');
  await second.press(/^Concordo/);
  await operator.page.goto(`${operator.url}/decididos`);
  await shoot(operator, '18-console-decided');
  await operator.page.goto(`${operator.url}/postos`);
  await shoot(operator, '19-console-spots');
  await desk.today();
  await desk.page.locator('article.message').waitFor({ timeout: 20_000 });
  await desk.stripSays('nada por enviar', 30_000);
  await shoot(desk, '20-message-on-today');
  await desk.page.setViewportSize({ width: 320, height: 640 });
  await shoot(desk, '21-today-narrow');
} finally {
  await browser.close();
  await place.clear();
  await devices.end();
}
