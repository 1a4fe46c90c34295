// One whole journey, from the sign-in to the receipt and the next citizen, for whoever works in another way
// than with a mouse on a laptop; what must hold on every page of both screens is given along.

import assert from 'node:assert/strict';

import { Citizen } from './citizen.mjs';
import { Desk } from './desk.mjs';
import { PIN } from './node.mjs';
import { CARMO } from './people.mjs';
import { eventually, eventuallySays } from './waiting.mjs';

/** What the citizen reads at each stage, in three scripts. */
export const SPOKEN = [
  { tag: 'pt-PT', name: 'Português', idle: 'Bem-vindo', who: 'Nome completo', step: 'Finalidade', right: 'Está certo', recorded: 'O seu pedido está registado', faces: 'Como foi o atendimento?' },
  { tag: 'uk', name: 'Українська', idle: 'Ласкаво просимо', who: 'Повне ім’я', step: 'Finalidade', right: 'Усе правильно', recorded: 'Вашу заяву зареєстровано', faces: 'Як вас обслужили?' },
  { tag: 'ar', name: 'العربية', idle: 'أهلاً وسهلاً', who: 'الاسم الكامل', step: 'Finalidade', right: 'كل شيء صحيح', recorded: 'تم تسجيل طلبك', faces: 'كيف كانت الخدمة؟' },
];

/** A desk that looks at every page that it comes to. */
export class LookingDesk extends Desk {
  looks = async () => {};

  async follow(act) {
    await super.follow(act);
    await this.looks(this.page);
  }
}

/** A tablet: nothing but a finger, and the letters of the keyboard on the screen. */
export class TouchDesk extends LookingDesk {
  press(words) { return this.follow(() => this.control(words).tap()); }

  async tryPin(name, pin) {
    await this.page.locator('label', { hasText: name }).tap();
    await this.fill({ PIN: pin });
    await this.press('Entrar');
  }

  async pair(code) {
    await this.today();
    await this.press(/^Ecrã do cidadão/);
    await this.fill({ 'Código que o ecrã mostra': code });
    await this.press('Emparelhar');
    await this.press('Hoje');
  }

  async today() { await this.press('Hoje'); }

  async fill(values) {
    for (const [label, value] of Object.entries(values)) {
      const field = this.field(label);
      await field.tap();
      assert.ok(await field.evaluate((e) => e === document.activeElement), `a touch puts the cursor into ${label}`);
      await this.page.keyboard.insertText(value);
    }
  }

  async choose(question, option) {
    const choice = this.page.getByRole('group', { name: question }).locator('label', { hasText: new RegExp(`^${option}`) });
    await choice.first().tap();
    assert.ok(await choice.first().locator('input').isChecked(), `a touch chooses ${option}`);
  }
}

/** A criminal record certificate, which has a fee. `looks` holds on every page, `atScreen` on every stage and language. */
export async function wholeJourney({ browser, spot, DeskKind = LookingDesk, desk: deskOptions = {}, screen: screenOptions = {}, looks = async () => {}, atScreen = looks }) {
  const desk = new DeskKind(await browser.page(deskOptions), spot.url);
  desk.looks = looks;
  const citizen = await Citizen.open(browser, spot, screenOptions);
  await desk.page.goto(`${desk.url}/entrar`);
  await looks(desk.page);
  await desk.tryPin('Ana Martins', PIN['Ana Martins']);
  assert.equal(await desk.heading(), 'Hoje');

  /** The stage in each of the languages. */
  const inAll = async (what) => {
    for (const language of SPOKEN) {
      await citizen.touch(language.name);
      await eventually(`the page in ${language.name}`, async () => (await citizen.page.evaluate(() => document.documentElement.lang)) === language.tag);
      await citizen.says(language[what]);
      await atScreen(citizen.page);
    }
  };

  await atScreen(citizen.page);
  await desk.pair(await citizen.code());
  await citizen.says('Bem-vindo');
  await inAll('idle');
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.fill(CARMO);
  await inAll('who');
  await desk.onward();
  assert.equal(await desk.heading(), CARMO['Nome completo']);
  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await inAll('step');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  assert.equal(await desk.heading(), 'Conferir antes de registar');
  await desk.ask();
  await citizen.says(SPOKEN.at(-1).right);
  await inAll('right');
  await citizen.page.locator('button.right').tap();
  await eventuallySays('the desk', () => desk.text('#confirmacao'), 'Confirmado no ecrã');
  await desk.papersSeen();
  await desk.page.locator('[data-key=r]').waitFor();
  const number = await desk.record();
  assert.match(await desk.text('.receipt'), /Provisório\..*Custo 5,00 €/s);
  await citizen.says(number);
  await inAll('recorded');
  await desk.press('Voltar ao atendimento');
  await desk.press('Fechar atendimento');
  // How it was, in three faces, which nobody has to say.
  await inAll('faces');
  await citizen.page.locator('form.faces button').first().tap();
  await citizen.says('Bem-vindo');
  await atScreen(citizen.page);
  assert.match(await desk.text('main'), /1 atendimento fechado hoje/);
  return { desk, citizen, number };
}
