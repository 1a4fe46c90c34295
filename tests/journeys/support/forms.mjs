// A desk whose pages are fetched and whose forms are posted as the browser would, without drawing them: for
// days with many people. Everything goes through the page's session, its tokens and its redirects.

/** Loads a page, fills the form that matches, posts it. Gives where it led and what that page says. */
function post(page, url, form, values = {}) {
  return page.evaluate(async ([url, form, values]) => {
    const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), 'text/html');
    const from = await parsed(await fetch(url));
    const found = from.querySelector(form);
    if (!found) throw new Error(`no ${form} on ${url}: ${from.querySelector('main')?.textContent.slice(0, 300)}`);
    const body = new URLSearchParams();
    for (const control of found.elements) {
      if (!control.name || ['submit', 'file'].includes(control.type) || control.tagName === 'BUTTON' || control.tagName === 'FIELDSET') continue;
      const value = values[control.name];
      if (control.type === 'radio' || control.type === 'checkbox') {
        if (value === undefined ? control.checked : value === control.value) body.append(control.name, control.value);
      } else if (control.type === 'hidden' && control.name in values) body.append(control.name, '');
      else body.append(control.name, value ?? control.value);
    }
    // What a button says is not among the controls.
    for (const [name, value] of Object.entries(values.press ?? {})) body.append(name, value);
    const answer = await fetch(found.getAttribute('action'), { method: 'POST', body });
    const to = await parsed(answer);
    return { status: answer.status, path: new URL(answer.url).pathname, says: (to.querySelector('main')?.textContent ?? '').replace(/\s+/g, ' ').trim(), number: to.querySelector('.big-number')?.textContent.trim() };
  }, [url, form, values]);
}

/** One citizen, from «Próximo cidadão» on, by forms alone. */
export class Visit {
  constructor(desk) { this.page = desk.page; }

  async #post(url, form, values) {
    const answer = await post(this.page, url, form, values);
    if (answer.status !== 200) throw new Error(`${form} on ${url}: ${answer.status}, ${answer.says.slice(0, 300)}`);
    return answer;
  }

  async begin(answers) {
    const { path } = await this.#post('/', 'form[action="/atendimentos"]');
    this.id = path.split('/').at(-1);
    this.answers = Object.fromEntries(Object.entries(answers).map(([id, value]) => [`f.${id}`, value]));
    const after = await this.#step(`/formulario/${this.id}`);
    if (!after.path.startsWith('/atendimento/')) throw new Error(`identification: ${after.says.slice(0, 400)}`);
  }

  #step(url) { return this.#post(url, 'form.step', this.answers); }

  /** Begins a service; gives the address of its first step. */
  async ask(service) {
    const { path } = await this.#post(`/atendimento/${this.id}`, 'form.services', { press: { servico: service } });
    return path;
  }

  /** Step after step to the check of the answers; gives the request. */
  async fill(path) {
    for (let steps = 0; path.startsWith('/formulario/') && steps < 12; steps += 1) {
      const answer = await this.#step(path);
      if (answer.path === path) throw new Error(`${path} was refused: ${answer.says.slice(0, 500)}`);
      path = answer.path;
    }
    return path.split('/').at(-1);
  }

  /** The papers seen, confirmed by word, recorded; gives the number. */
  async record(request) {
    const saysSeen = `form[action="/documentos/${request}"]`;
    await this.#post(`/conferir/${request}`, saysSeen);
    await this.#post(`/conferir/${request}`, 'form[action$="/voz"]');
    const { number } = await this.#post(`/conferir/${request}`, 'form[action$="/registar"]');
    return number;
  }

  pay(request) { return this.#post(`/pagamento/${request}`, 'form.payment', { como: 'cash' }); }

  close() { return this.#post(`/atendimento/${this.id}`, 'form[action$="/fechar"]'); }
}
