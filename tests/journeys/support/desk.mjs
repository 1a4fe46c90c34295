// The mediator's desk, in the words that stand on it.

import { eventuallySays, plain } from './waiting.mjs';
import { PIN } from './node.mjs';

export class Desk {
  constructor(page, url) { Object.assign(this, { page, url, context: page.context() }); }

  /** A desk in a browser of its own, signed in. */
  static async open(browser, node, name = 'Ana Martins') {
    const desk = new Desk(await browser.page(), node.url);
    await desk.signIn(name);
    return desk;
  }

  async signIn(name, pin = PIN[name]) {
    await this.page.goto(`${this.url}/entrar`);
    await this.tryPin(name, pin);
    await this.page.getByRole('heading', { name: 'Hoje', exact: true }).waitFor();
  }

  async tryPin(name, pin) {
    await this.page.getByLabel(name).check();
    await this.page.getByLabel('PIN').fill(pin);
    await this.press('Entrar');
  }

  /** Does something that loads a page, and waits for the page. */
  async follow(act) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), act()]);
  }

  /** A button or link by its words; the key that it shows does not count. */
  control(words) {
    const name = words instanceof RegExp ? words : new RegExp(`^${escape(words)}( \\S{1,5})?$`);
    return this.page.getByRole('button', { name }).or(this.page.getByRole('link', { name })).first();
  }

  press(words) { return this.follow(() => this.control(words).click()); }

  async text(selector = 'body') { return plain(await this.page.locator(selector).innerText()); }

  /** The strip on top. */
  strip() { return this.text('#faixa'); }

  stripSays(expected, withinMs) { return eventuallySays('the strip', () => this.strip(), expected, withinMs); }

  async today() { await this.page.goto(`${this.url}/`); }

  /** Two clicks: today, next citizen. Gives the attendance's id. */
  async nextCitizen() {
    await this.today();
    await this.press('Próximo cidadão');
    return this.page.url().split('/').at(-1);
  }

  async pair(code) {
    await this.page.goto(`${this.url}/ecra`);
    await this.page.getByLabel('Código que o ecrã mostra').fill(code);
    await this.press('Emparelhar');
  }

  /** Opens the identification and fills it in. */
  async identify(who) {
    await this.press('Identificar o cidadão');
    await this.fill(who);
    await this.onward();
  }

  field(label) { return this.page.getByLabel(label).first(); }

  async fill(values) {
    for (const [label, value] of Object.entries(values)) await this.field(label).fill(value);
  }

  /** Types as a person does. */
  async type(label, text, delay = 30) {
    await this.field(label).press('End');
    await this.field(label).pressSequentially(text, { delay });
  }

  choose(question, option) {
    return this.page.getByRole('group', { name: question }).getByLabel(option, { exact: true }).check();
  }

  agree(words) { return this.page.getByRole('checkbox', { name: words }).check(); }

  /** The next step, once everything typed is on disk. */
  async onward() { await this.press(/^(Continuar|Tentar de novo)( Enter)?$/); }

  heading() { return this.text('h1'); }

  /** What stands at a field as wrong. */
  async errorAt(label) {
    const described = await this.field(label).getAttribute('aria-describedby');
    const id = described.split(' ').find((part) => part.startsWith('erro-'));
    return plain(await this.page.locator(`#${id}`).innerText());
  }

  /** What is said under the field about its keeping. */
  savedAt(fieldId) { return this.text(`[data-saved="${fieldId}"]`); }

  kept(fieldId) { return eventuallySays(`«guardado» at ${fieldId}`, () => this.savedAt(fieldId), /^guardado/); }

  markAt(fieldId) { return this.text(`[data-mark="${fieldId}"]`); }

  async search(words) {
    await this.page.getByLabel('Procurar um serviço').fill(words);
  }

  found() { return this.text('#servicos'); }

  async begin(service) { await this.press(new RegExp(`^${escape(service)}`)); }

  /** Puts photographs into a field and waits until all are there. */
  async attach(label, ...files) {
    const before = await this.page.locator('.thumbs li').count();
    await this.field(label).setInputFiles(files.map(({ name, mimeType = 'image/jpeg', buffer }) => ({ name, mimeType, buffer })));
    await this.page.locator('.thumbs li').nth(before + files.length - 1).waitFor();
  }

  uploads() { return this.text('.uploads'); }

  /** Asks the citizen on the screen. */
  ask() { return this.press('Mostrar ao cidadão'); }
  byWord() { return this.press('Confirmou de viva voz'); }

  /** All papers that are needed lie on the desk. */
  async papersSeen() {
    if ((await this.control('Todos vistos').count()) > 0) await this.press('Todos vistos');
  }

  /** Records, once the papers were seen; gives the number on the receipt. */
  async record() {
    await this.papersSeen();
    await this.press('Registar o pedido');
    return this.text('.big-number');
  }
}

function escape(text) { return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'); }
