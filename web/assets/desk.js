// The desk's script. Everything works without it, except what is live: saving
// each keystroke, revealing fields, the card, the strip, progress of photographs.
//
// Parts: `live` (events of the node), `drafts` (keystrokes: in order, one request
// in flight a form, the latest value of a field only, acknowledged revisions),
// `reveal`, `photos`, `voice`, `position`, `search`, `keys`, `once`.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const toast = $('#ligacao');

/** Says something about the connection; an empty text takes it away. */
function say(text) {
  if (toast && toast.textContent !== text) toast.textContent = text;
}

// ---- drafts -----------------------------------------------------------------

const form = $('form[data-form]');
const announcer = $('#anuncio');
let announcedAt = 0;

/** Tells screen readers, at most every 5 s: each pause of the typing would be too much. */
function announce(text) {
  const now = Date.now();
  if (!announcer || now - announcedAt < 5000) return;
  announcedAt = now;
  announcer.textContent = text;
}

/** The step was sent and came back with something to mend. */
const refused = Boolean($('[data-takes-focus]'));

const drafts = {
  /** The revision that this page came with, and by field the one that it has shown since. */
  loaded: form ? Number(form.dataset.revision) : 0,
  shown: new Map(),
  /** Fields that somebody else wrote meanwhile, until the mediator chooses. */
  choices: new Map(),
  /** Values that are typed and not acknowledged, in the order of typing. */
  waiting: new Map(),
  sending: null,
  timer: 0,
  delay: 0,
  stopped: false,

  type(field, value) {
    // Typing on is no choice: the other's words would be written over unseen.
    if (this.choices.has(field)) { elsewhere(field); return; }
    this.waiting.delete(field);
    this.waiting.set(field, value);
    if (this.stopped) { status(field, 'não guardado', 'lost'); return; }
    status(field, 'a guardar…', 'busy');
    if (!this.timer) this.pump();
  },

  /** Whether the node has what stands in this field, or has something newer. */
  isKept(field) {
    if (this.waiting.has(field) || this.sending === field) return false;
    const asLoaded = (i) => (/^(radio|checkbox)$/.test(i.type) ? i.checked === i.defaultChecked : i.value === i.defaultValue);
    // Not as it was loaded and never sent: the browser restored it by itself. And a page
    // that came back refused shows what was typed, which the node may not have kept.
    return this.shown.has(field) || (!refused && inputs(field).every(asLoaded));
  },

  /** The mediator chose, knowing what the other wrote. */
  choose(field) {
    this.shown.set(field, this.choices.get(field).revision);
    this.choices.delete(field);
  },

  /** Sends what waits, one after the other. */
  async pump() {
    if (this.sending) return;
    while (this.waiting.size > 0 && !this.stopped) {
      const [field, value] = this.waiting.entries().next().value;
      this.waiting.delete(field);
      this.sending = field;
      const kept = await this.send(field, value);
      this.sending = null;
      if (!kept) {
        // What was typed meanwhile is newer; else the same value is tried again.
        if (!this.waiting.has(field)) this.waiting = new Map([[field, value], ...this.waiting]);
        if (!this.stopped) this.later();
        return;
      }
      this.delay = 0;
    }
  },

  /** Tries again: after 0.25 s, then twice as long each time, at most 2 s. */
  later() {
    this.delay = Math.min(2000, this.delay ? this.delay * 2 : 250);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), this.delay);
  },

  now() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.stopped) this.pump();
  },

  /** True when there is nothing to send again for this value. */
  async send(field, value) {
    let answer;
    try {
      answer = await fetch(`/rascunho/${encodeURIComponent(form.dataset.form)}/${encodeURIComponent(field)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ guarda: form.elements.guarda.value, value, base: this.shown.get(field) ?? this.loaded }),
        signal: AbortSignal.timeout(8000),
      });
    } catch {
      status(field, 'não guardado: o posto não responde — o que escreveu está nesta página', 'lost');
      announce('Não guardado: o posto não responde.');
      return false;
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) {
      this.shown.set(field, said.revision);
      if (!this.waiting.has(field)) status(field, `guardado ${said.at}`, 'kept');
      mark(field, value === '' ? '' : 'escrito');
      $$('[data-undo]').forEach((undo) => { undo.hidden = false; });
      announce('Guardado.');
      return true;
    }
    if (answer.status === 409 && said.elsewhere) {
      this.waiting.delete(field);
      this.choices.set(field, said);
      elsewhere(field);
      return true;
    }
    if (answer.status === 423) {
      // Another desk has it: what is typed waits here, until this one takes it back.
      this.stopped = true;
      status(field, 'não guardado', 'lost');
      announce(`Não guardado: ${said.message}`);
      return false;
    }
    if (answer.status === 401) {
      this.stopped = true;
      status(field, 'não guardado', 'lost');
      signInAgain();
      return false;
    }
    status(field, `não guardado: ${said.message || 'tente de novo'}`, 'lost');
    announce(`Não guardado: ${said.message || ''}`);
    // The node answered and cannot keep it as it is: the next key tries again.
    return answer.status < 500;
  },
};

function status(field, text, state) {
  const mark = $(`[data-saved="${CSS.escape(field)}"]`);
  if (!mark) return;
  mark.textContent = text;
  mark.dataset.state = state;
}

function mark(field, text) {
  const mark = $(`[data-mark="${CSS.escape(field)}"]`);
  if (mark) mark.textContent = text;
}

/** The input with the most in it, when the form is larger than the node takes; it says so. */
function tooLong() {
  const most = Number(form.dataset.mostBytes);
  // As it is sent: an end of line is two characters, and each of them three.
  const sent = new URLSearchParams(new FormData(form)).toString().replaceAll('%0A', '%0D%0A');
  if (sent.length <= most) return null;
  const longest = $$('[data-draft]', form).reduce((a, b) => (b.value.length > a.value.length ? b : a));
  const why = `não guardado: É longo de mais para se enviar (mais de ${Math.floor(most / 1024)} kB). Encurte o texto: o que escreveu está nesta página.`;
  status(longest.dataset.draft, why, 'lost');
  announce(why);
  return longest;
}

/** Another desk wrote the same field: both values in sight, the mediator chooses. */
function elsewhere(field) {
  const place = $(`[data-elsewhere="${CSS.escape(field)}"]`);
  const theirs = drafts.choices.get(field);
  if (!place || !theirs) return;
  status(field, 'não guardado: escolha', 'lost');
  const mine = `Manter «${read(field)}»`;
  if (!place.hidden && place.dataset.revision === String(theirs.revision)) {
    // Only what is typed here changed: the rest is not read aloud again.
    place.lastElementChild.textContent = mine;
    return;
  }
  const close = () => { place.hidden = true; place.replaceChildren(); inputs(field)[0]?.focus(); };
  const text = document.createElement('p');
  text.textContent = `${theirs.by} escreveu entretanto «${theirs.value}».`;
  const take = button(`Ficar com «${theirs.value}»`, () => {
    drafts.choose(field);
    put(field, theirs.value);
    status(field, 'guardado por outra pessoa', 'kept');
    close();
  });
  const keep = button(mine, () => {
    drafts.choose(field);
    drafts.type(field, read(field));
    close();
  });
  place.replaceChildren(text, take, keep);
  place.dataset.revision = theirs.revision;
  place.className = 'elsewhere';
  place.setAttribute('role', 'alert');
  place.hidden = false;
}

function button(text, action) {
  const b = document.createElement('button');
  b.type = 'button';
  b.textContent = text;
  b.addEventListener('click', action);
  return b;
}

function signInAgain() {
  if ($('#sessao')) return;
  const box = document.createElement('div');
  box.id = 'sessao';
  box.className = 'alert';
  box.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = 'A sessão terminou. O que escreveu está nesta página. Entre de novo noutro separador e volte aqui.';
  const link = document.createElement('a');
  link.href = '/entrar';
  link.target = '_blank';
  link.className = 'button primary';
  link.textContent = 'Entrar de novo';
  box.append(text, link, button('Já entrei: guardar', () => resume(box)));
  form.prepend(box);
}

/** After signing in elsewhere: takes the new session's token from a fresh page. */
async function resume(box) {
  const page = await freshPage().catch(() => null);
  const token = page && $('form[data-form] input[name=guarda]', page);
  if (!token) {
    $('p', box).textContent = 'Ainda não entrou, ou o posto não responde. O que escreveu está nesta página.';
    return;
  }
  $$('input[name=guarda]').forEach((input) => { input.value = token.value; });
  box.remove();
  drafts.stopped = false;
  drafts.now();
  live.open();
}

function inputs(field) {
  return $$(`[data-draft="${CSS.escape(field)}"]`);
}

function read(field) {
  const [first, ...rest] = inputs(field);
  if (!first) return '';
  if (first.dataset.many !== undefined) return [first, ...rest].filter((i) => i.checked).map((i) => i.value).join(' ');
  if (first.type === 'radio') return [first, ...rest].find((i) => i.checked)?.value ?? '';
  if (first.type === 'checkbox') return first.checked ? first.value : '';
  return first.value;
}

function put(field, value) {
  for (const input of inputs(field)) {
    if (input.dataset.many !== undefined) input.checked = value.split(' ').includes(input.value);
    else if (input.type === 'radio' || input.type === 'checkbox') input.checked = input.value === value;
    else input.value = value;
  }
  reveal();
}

if (form) {
  form.addEventListener('input', (event) => {
    const field = event.target.dataset?.draft;
    if (!field) return;
    reveal();
    drafts.type(field, read(field));
  });
  // A page that the browser restored by itself may hold what the node has not seen.
  window.addEventListener('beforeunload', (event) => {
    if ((drafts.waiting.size > 0 || drafts.choices.size > 0) && !form.dataset.sent) event.preventDefault();
  });
  // What the node has is not sent once more: another desk may have written since, unheard here.
  form.addEventListener('formdata', ({ formData }) => {
    for (const { dataset } of $$('[data-draft]', form)) {
      if (!drafts.isKept(dataset.draft)) continue;
      for (const prefix of ['f.', 'fs.']) formData.delete(prefix + dataset.draft);
    }
  });
  // What cannot be taken stays where it was typed: a page that is left for a refusal has lost it.
  form.addEventListener('submit', (event) => {
    const stays = drafts.stopped ? $('#sessao a') ?? $('#foi-se a') ?? $('#de-quem button') : tooLong();
    if (!stays) return;
    event.preventDefault();
    event.stopPropagation();
    stays.focus();
  });
  // What is not kept yet would not be taken back, but lost with the page.
  $('[data-undo]')?.addEventListener('submit', (event) => {
    if (drafts.waiting.size === 0 && !drafts.sending && !drafts.stopped) return;
    event.preventDefault();
    event.stopPropagation();
  });
  // Going on would write over what somebody else wrote: first the choice.
  form.addEventListener('submit', (event) => {
    const [field] = drafts.choices.keys();
    if (field === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    $(`[data-elsewhere="${CSS.escape(field)}"] button`)?.focus();
  });
}

// ---- reveal -----------------------------------------------------------------

/** Shows the fields whose condition holds; the node decides again. */
function reveal() {
  for (const box of $$('[data-when]')) box.hidden = !holds(JSON.parse(box.dataset.when));
}

/** As `When::holds` at the node; what other steps answered is decided there. */
function holds(when) {
  if (typeof when === 'boolean') return when;
  if (when.all) return when.all.every(holds);
  if (when.any) return when.any.some(holds);
  const box = inputs(when.field)[0]?.closest('[data-when]');
  const value = box?.hidden ? '' : read(when.field).trim();
  if (value === '' || when.answered === false) return value === '' && when.answered === false;
  const among = (list) => value.split(' ').some((word) => list.includes(word));
  const number = Number(value.replace(/[\s€]/g, '').replace(',', '.'));
  const day = dayOf(value);
  return (!when.is || among(when.is))
    && !(when.is_not && among(when.is_not))
    && (when.at_least === undefined || number >= when.at_least)
    && (when.at_most === undefined || number <= when.at_most)
    && (when.since === undefined || (day !== '' && day >= when.since))
    && (when.until === undefined || (day !== '' && day <= when.until));
}

/** `yyyy-mm-dd` of a date as people write it. */
function dayOf(value) {
  const parts = value.split(/[-/ .]+/);
  if (parts.length !== 3) return '';
  const [y, m, d] = parts[0].length === 4 ? parts : parts.reverse();
  return y.length === 4 ? [y, m.padStart(2, '0'), d.padStart(2, '0')].join('-') : '';
}

// ---- live -------------------------------------------------------------------

const live = {
  source: null,
  open() {
    const url = document.body.dataset.events;
    if (!url) return;
    this.source?.close();
    const source = new EventSource(url);
    this.source = source;
    source.addEventListener('open', () => {
      if (this.wasAway) refresh('record messages');
      this.wasAway = false;
      say('');
      drafts.now();
    });
    source.addEventListener('error', () => {
      this.wasAway = true;
      const refused = source.readyState === EventSource.CLOSED;
      say(refused
        ? 'O posto respondeu, mas não aceita esta página. Entre de novo noutro separador; o que escreveu continua aqui.'
        : 'O posto não responde. O que escreveu está nesta página; volta a ligar sozinho.');
      // The browser gives up after a refusal; then it is begun again here.
      if (refused) setTimeout(() => this.open(), 1000);
    });
    source.addEventListener('strip', (e) => { replace('faixa', e.data); refresh('strip'); });
    source.addEventListener('card', (e) => replace('cartao', e.data));
    source.addEventListener('screen', (e) => replace('espelho', e.data));
    source.addEventListener('papers', (e) => {
      const place = $('#documentos');
      if (place && !isBeingFilled(place)) replace(place.id, e.data);
    });
    source.addEventListener('gone', (e) => {
      drafts.stopped = true;
      for (const field of drafts.waiting.keys()) status(field, 'não guardado', 'lost');
      const place = $('#foi-se');
      place.className = 'alert';
      place.setAttribute('role', 'alert');
      place.hidden = false;
      replace('foi-se', e.data);
    });
    source.addEventListener('held', (e) => held(JSON.parse(e.data)));
    source.addEventListener('form', (e) => typedElsewhere(JSON.parse(e.data)));
    source.addEventListener('record', () => refresh('record'));
    source.addEventListener('messages', () => refresh('messages'));
  },
};

/** Another desk has what is filled in here, or none does any more. */
function held({ taken, html }) {
  const place = $('#de-quem');
  if (!place) return;
  if (taken) {
    drafts.stopped = true;
    for (const field of drafts.waiting.keys()) status(field, 'não guardado', 'lost');
  } else if (place.dataset.taken !== undefined) {
    drafts.stopped = false;
    drafts.now();
  }
  place.toggleAttribute('data-taken', taken);
  place.className = html ? 'alert' : '';
  if (html) place.setAttribute('role', 'alert');
  place.hidden = !html;
  replace('de-quem', html ?? '');
}

/** "Continuar aqui" with something unsent on the page: it stays, and is sent once this desk has it. */
async function takeHere(event) {
  const take = event.target.closest('form[data-take]');
  if (!take || !form || drafts.waiting.size === 0) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(take));
  const answer = await fetch(take.action, { method: 'POST', body, headers: { accept: 'application/json' } }).catch(() => null);
  if (answer?.ok) held({ taken: false, html: null });
  else say('Não se conseguiu continuar aqui. O que escreveu está nesta página; tente de novo.');
}
document.addEventListener('submit', takeHere);

/** Replaces the content of an element, unless it is the same or in use. */
function replace(id, html) {
  const place = document.getElementById(id);
  if (!place || place.dataset.html === html) return;
  place.dataset.html = html;
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  const same = focused && [focused.tagName, focused.textContent.trim()].join('|');
  const opened = $$('details[open][id]', place);
  place.innerHTML = html;
  // What somebody opened stays open.
  for (const { id } of opened) document.getElementById(id)?.setAttribute('open', '');
  if (same) {
    $$('a, button, input', place).find((e) => [e.tagName, e.textContent.trim()].join('|') === same)?.focus();
  }
}

function typedElsewhere(news) {
  if (!form || news.form !== form.dataset.form) return;
  const choice = drafts.choices.get(news.field);
  if (choice) {
    drafts.choices.set(news.field, { by: news.by ?? choice.by, value: news.value, revision: news.revision });
    elsewhere(news.field);
    return;
  }
  // What is typed here and not sent yet goes on the old revision: the node will say so.
  const mine = drafts.waiting.has(news.field) || drafts.sending === news.field;
  if (mine) return;
  drafts.shown.set(news.field, news.revision);
  put(news.field, news.value);
  hide(news.field, news.hidden);
  mark(news.field, news.mark ?? '');
  status(news.field, news.by ? `${news.by} está a escrever` : '', 'kept');
}

/** What the citizen writes as private takes the place of the control, and gives it back. */
function hide(field, hidden) {
  const control = $(`[data-open="${field}"]`);
  if (!control) return;
  control.hidden = control.disabled = hidden;
  $(`[data-private="${field}"]`).hidden = !hidden;
}

async function freshPage() {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (answer.status === 404) { itWent(); throw new Error('it went'); }
  if (!answer.ok || answer.redirected) throw new Error('no fresh page');
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/** What the page is about was erased, or was only lent: it goes from sight too, and what is being typed stays. */
function itWent() {
  if (form) return; // the event `gone` says more
  for (const region of $$('main [data-region]')) if (!isBeingFilled(region)) region.textContent = '';
  say('Este registo já não está neste posto: foi apagado, ou era emprestado e a consulta acabou. O que escreveu está nesta página.');
}

let refreshing = false;
let refreshAgain = '';
/** Fetches the page once more and replaces the regions that the hint is about. */
async function refresh(hints) {
  const regions = $$('[data-region]').filter((r) => r.dataset.region.split(' ').some((h) => hints.includes(h)));
  if (regions.length === 0) return;
  if (refreshing) { refreshAgain = `${refreshAgain} ${hints}`; return; }
  refreshing = true;
  try {
    const page = await freshPage();
    for (const region of regions) {
      const fresh = page.getElementById(region.id);
      if (fresh && fresh.innerHTML !== region.innerHTML && !isBeingFilled(region)) replace(region.id, fresh.innerHTML);
    }
  } catch { /* the next hint, or the reconnection, tries again */ }
  refreshing = false;
  if (refreshAgain) { const again = refreshAgain; refreshAgain = ''; refresh(again); }
}

/** Somebody types in it: it stays. */
function isBeingFilled(region) {
  return region.contains(document.activeElement) && document.activeElement.matches('input, textarea, select');
}

// ---- photographs ------------------------------------------------------------

for (const input of $$('input[data-upload]')) {
  input.addEventListener('change', async () => {
    const files = [...input.files];
    const all = await Promise.all(files.map((file) => upload(input, file)));
    input.value = '';
    if (all.some(Boolean)) await refreshField(input.dataset.uploadField);
  });
}
$$('[data-without-script]').forEach((b) => { b.hidden = true; });

/** Where this machine stands, as long as somebody wants it said: the last position, and what is said of it. */
const whereabouts = { at: null, watch: null };
/** A photograph from before says nothing of where it is put in; in ms. */
const JUST_NOW = 600000;

for (const box of $$('[data-where]')) {
  if (!navigator.geolocation || !isSecureContext) break;
  const said = $('[data-where-said]', box.parentElement);
  box.closest('label').hidden = false;
  const look = () => {
    navigator.geolocation.clearWatch(whereabouts.watch);
    whereabouts.at = null;
    sessionStorage.setItem('onde', box.checked ? '1' : '');
    if (!box.checked) { said.textContent = 'Não se junta.'; return; }
    said.textContent = 'a procurar a posição…';
    whereabouts.watch = navigator.geolocation.watchPosition(
      (at) => { whereabouts.at = at; said.textContent = `Sabe-se onde se está, a ${Math.round(at.coords.accuracy)} m.`; },
      () => { whereabouts.at = null; said.textContent = 'O navegador não sabe ou não diz onde está: a fotografia guarda-se na mesma.'; },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
    );
  };
  box.addEventListener('change', look);
  if (sessionStorage.getItem('onde')) { box.checked = true; look(); }
}

/** The position as the node reads it; nothing of a file that was there before. */
function seenNow(file) {
  const age = Date.now() - (whereabouts.at?.timestamp ?? 0);
  if (!whereabouts.at || age > JUST_NOW || Date.now() - file.lastModified > JUST_NOW) return null;
  const { latitude, longitude, accuracy } = whereabouts.at.coords;
  return `${latitude.toFixed(6)}; ${longitude.toFixed(6)}|${Math.round(accuracy)}|${Math.max(0, Math.round(age / 1000))}`;
}

/** Sends one photograph; says how far it is, and what is wrong, at the field. */
function upload(input, file, seconds) {
  const place = $(`[data-uploads="${CSS.escape(input.dataset.uploadField)}"]`);
  const row = document.createElement('div');
  row.className = 'upload';
  const label = document.createElement('p');
  const bar = document.createElement('progress');
  label.textContent = `A juntar ${file.name}`;
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', label.textContent);
  row.append(label, bar);
  place.append(row);
  if (seconds) unsent.add(file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('POST', input.dataset.upload);
    request.setRequestHeader('accept', 'application/json');
    request.upload.addEventListener('progress', (e) => { if (e.lengthComputable) bar.value = (100 * e.loaded) / e.total; });
    const failed = (why) => {
      bar.remove();
      row.classList.add('error');
      label.textContent = `${file.name}: ${why}`;
      row.append(button('Tentar de novo', () => { row.remove(); upload(input, file, seconds).then((ok) => ok && refreshField(input.dataset.uploadField)); }));
      if (seconds) row.append(button('Deitar fora', () => { unsent.delete(file); row.remove(); }));
      done(false);
    };
    request.addEventListener('error', () => failed('o posto não responde. Nada foi guardado.'));
    request.addEventListener('load', () => {
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status === 200) { unsent.delete(file); row.remove(); done(true); } else failed(said.message || 'não foi guardada.');
    });
    const body = new FormData();
    // The token stands before the photograph: the node reads in order.
    body.append('guarda', form.elements.guarda.value);
    const seen = seenNow(file);
    if (seen) body.append('posicao', seen);
    if (seconds) body.append('segundos', seconds);
    body.append('ficheiro', file, file.name);
    request.send(body);
  });
}

/** Shows the thumbnails as the node has them. */
async function refreshField(field) {
  const page = await freshPage().catch(() => null);
  const id = `campo-${field}`;
  const [fresh, here] = [page?.getElementById(id), document.getElementById(id)];
  if (!fresh || !here) return;
  $('.thumbs', here)?.remove();
  const thumbs = $('.thumbs', fresh);
  if (thumbs) $('.uploads', here).after(thumbs);
  const [notes, heard] = [$('[data-notes]', fresh), $('[data-notes]', here)];
  if (notes && heard) heard.replaceWith(notes);
  const [count, old] = [$('[data-count]', fresh), $('[data-count]', here)];
  if (count && old) old.textContent = count.textContent;
}

// ---- voice notes ------------------------------------------------------------

/** Recordings that the node does not have yet: the page is not left with them unasked. */
const unsent = new Set();
let recording = null;

const WHY_NOT = {
  NotAllowedError: 'O navegador não tem licença para usar o microfone.',
  NotFoundError: 'Não se encontra um microfone.',
  NotReadableError: 'O microfone está ocupado por outro programa.',
};
const INSTEAD = 'Junte uma gravação feita noutro aparelho, ou escreva o que há a dizer no campo abaixo.';

/** Why nothing can be recorded here; empty when it can. */
function cannotRecord() {
  if (!isSecureContext) return 'Aqui não se grava: a ligação ao posto não é segura (https).';
  if (!window.MediaRecorder || !navigator.mediaDevices) return 'Este navegador não grava som.';
  return '';
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

async function record(b) {
  const box = b.closest('.voice');
  const tell = (text) => { $('[data-voice-said]', box).textContent = text; };
  if (recording) { recording.stop(); return; }
  const why = cannotRecord();
  if (why) { tell(`${why} ${INSTEAD}`); return; }
  b.disabled = true;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((error) => {
    tell(`${WHY_NOT[error.name] ?? 'O microfone não responde.'} ${INSTEAD}`);
  });
  b.disabled = false;
  if (!stream) return;
  const type = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'].find((kind) => MediaRecorder.isTypeSupported(kind));
  recording = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 32000 });
  const [pieces, began, shown] = [[], Date.now(), $('.recording', box)];
  let bytes = 0;
  const seconds = () => Math.min(Number(b.dataset.mostSeconds), Math.floor((Date.now() - began) / 1000));
  const stop = () => { if (recording?.state === 'recording') recording.stop(); };
  recording.addEventListener('dataavailable', ({ data }) => {
    pieces.push(data);
    bytes += data.size;
    // With room for what is on its way.
    if (bytes > 0.9 * Number(b.dataset.mostBytes)) stop();
  });
  const timer = setInterval(() => {
    $('[data-timer]', box).textContent = clock(seconds());
    if (seconds() >= Number(b.dataset.mostSeconds)) stop();
  }, 250);
  recording.addEventListener('stop', async () => {
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
    const [kind, lasted] = [recording.mimeType.split(';')[0], Math.max(1, seconds())];
    recording = null;
    shown.hidden = true;
    b.textContent = 'Gravar nota de voz';
    const file = new File(pieces, `nota-de-voz.${kind.split('/')[1] || 'webm'}`, { type: kind });
    tell('A guardar a nota de voz…');
    const ok = await upload(b, file, lasted);
    tell(ok ? 'Nota de voz guardada.' : '');
    if (ok) await refreshField(b.dataset.uploadField);
  });
  recording.start(1000);
  $('[data-timer]', box).textContent = clock(0);
  shown.hidden = false;
  b.textContent = 'Parar';
  tell('A gravar. Carregue em «Parar» quando acabar.');
}

for (const b of $$('[data-record]')) {
  b.parentElement.hidden = false;
  b.addEventListener('click', () => record(b));
}
window.addEventListener('beforeunload', (event) => { if (recording || unsent.size > 0) event.preventDefault(); });
form?.addEventListener('submit', (event) => {
  if (!recording && unsent.size === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const place = $('[data-voice-said]');
  place.textContent = recording ? 'Ainda se está a gravar. Carregue em «Parar» antes de continuar.' : 'A nota de voz ainda não está guardada. Espere, ou deite-a fora, antes de continuar.';
  place.scrollIntoView({ block: 'center' });
  $('[data-record]').focus();
});

// ---- position ---------------------------------------------------------------

for (const b of $$('[data-position]')) {
  if (!navigator.geolocation) continue;
  b.hidden = false;
  b.addEventListener('click', () => {
    const field = b.dataset.position;
    status(field, 'a procurar a posição…', 'busy');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        put(field, `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)},${Math.round(coords.accuracy)}`);
        drafts.type(field, read(field));
      },
      () => status(field, 'este computador não sabe onde está: escreva as coordenadas', 'lost'),
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
    );
  });
}

// ---- search -----------------------------------------------------------------

for (const input of $$('input[data-search]')) {
  const into = document.getElementById(input.dataset.into);
  let asked = 0;
  let timer = 0;
  const look = async () => {
    const mine = ++asked;
    const query = new URLSearchParams({ q: input.value, atendimento: input.dataset.attendance ?? '' });
    const answer = await fetch(`${input.dataset.search}?${query}`).catch(() => null);
    const found = answer?.ok && !answer.redirected ? await answer.text() : null;
    // Only the answer to the latest question counts.
    if (mine !== asked || found === null) return;
    into.innerHTML = found;
    const said = document.getElementById(input.dataset.said);
    if (!said) return;
    // The list is no place that is read aloud whole: how many there are is.
    said.textContent = $('caption, .none', into)?.textContent ?? '';
    // The page that is fetched afresh, and the one that is come back to, are those of this question.
    history.replaceState(null, '', input.value ? `?q=${encodeURIComponent(input.value)}` : location.pathname);
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    // Somebody who types on is not answered at every key.
    timer = setTimeout(look, 120);
  });
}

// ---- keys -------------------------------------------------------------------

const keysOff = () => localStorage.getItem('teclas') === 'off';

function drawKeys() {
  const place = $('#teclas');
  if (!place || $$('[data-key]').length === 0) return;
  const b = button('', () => { localStorage.setItem('teclas', keysOff() ? 'on' : 'off'); draw(); });
  b.className = 'quiet';
  const draw = () => {
    b.textContent = keysOff() ? 'Ligar as teclas de atalho' : 'Desligar as teclas de atalho';
    document.body.classList.toggle('no-keys', keysOff());
  };
  draw();
  place.append(b);
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.closest?.('textarea, select, input:not([type=radio], [type=checkbox], [type=button], [type=submit])');
  const escape = event.key === 'Escape';
  if (!escape && (typing || keysOff())) return;
  const control = $$('[data-key]').find((e) => e.dataset.key.toLowerCase() === event.key.toLowerCase() && e.getClientRects().length > 0);
  if (!control) return;
  event.preventDefault();
  if (control.matches('input[type=search]')) control.focus();
  else control.click();
});

// ---- once -------------------------------------------------------------------

// A second click sends nothing. The node takes it well too.
document.addEventListener('submit', (event) => {
  const sent = event.target.closest('form[data-once]');
  if (!sent) return;
  if (sent.dataset.sent) { event.preventDefault(); return; }
  sent.dataset.sent = 'yes';
  setTimeout(() => { delete sent.dataset.sent; }, 4000);
});
window.addEventListener('pageshow', () => $$('form[data-sent]').forEach((f) => { delete f.dataset.sent; }));

// ---- the rest ---------------------------------------------------------------

for (const b of $$('[data-print]')) {
  b.hidden = false;
  b.addEventListener('click', () => window.print());
}
$('[data-takes-focus]')?.focus();
// Links of the error summary put the cursor into the field.
document.addEventListener('click', (event) => {
  const link = event.target.closest('.alert a[href^="#"]');
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: 'center' });
  field.focus();
});

if ($('#de-quem[data-taken]')) drafts.stopped = true;
reveal();
drawKeys();
live.open();
