// What the citizen does by hand, loaded where it is asked for.

// A signature drawn by hand: strokes in the units of the field, as the node keeps them. Who does not
// draw writes the name; without this script there is only that.
const MOST_POINTS = 1400;
const MOST_STROKES = 60;

export function sign(pad) {
  if (!pad.hidden) return;
  pad.hidden = false;
  const field = pad.querySelector('svg');
  const path = field.querySelector('path');
  const kept = pad.parentElement.querySelector('[data-strokes]');
  const { width, height } = field.viewBox.baseVal;
  let strokes = [];
  let pointer = null;
  const draw = () => {
    // A stroke of one point is a dot: round ends draw a line without length.
    path.setAttribute('d', strokes.map((s) => `M${s.join('L').replaceAll(',', ' ')}${s.length === 1 ? `L${s[0].replace(',', ' ')}` : ''}`).join(''));
    kept.value = strokes.map((s) => s.join(' ')).join(';');
  };
  const at = (event) => {
    const box = field.getBoundingClientRect();
    const within = (part, most) => Math.round(Math.max(0, Math.min(1, part)) * most);
    return [within((event.clientX - box.left) / box.width, width), within((event.clientY - box.top) / box.height, height)];
  };
  let last = [0, 0];
  field.addEventListener('pointerdown', (event) => {
    if (pointer !== null || event.button > 0 || strokes.length >= MOST_STROKES) return;
    event.preventDefault();
    pointer = event.pointerId;
    field.setPointerCapture(pointer);
    last = at(event);
    strokes.push([last.join(',')]);
    draw();
  });
  field.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    const now = at(event);
    // Points that nobody can tell apart only fill the record.
    if (Math.hypot(now[0] - last[0], now[1] - last[1]) < 4) return;
    if (strokes.reduce((n, s) => n + s.length, 0) >= MOST_POINTS) return;
    last = now;
    strokes.at(-1).push(now.join(','));
    draw();
  });
  for (const end of ['pointerup', 'pointercancel']) {
    field.addEventListener(end, (event) => { if (event.pointerId === pointer) pointer = null; });
  }
  pad.querySelector('[data-sign-again]').addEventListener('click', () => { strokes = []; draw(); });
}

// Answers, key by key: the latest value of a field only, one request in flight, acknowledged
// revisions. What the mediator writes meanwhile appears, unless the same field is being written here.
const waiting = new Map();
const late = new Map();
const choices = new Map();
let sending = null;
let running = null;
let delay = 0;

const $ = (selector, root = document) => root.querySelector(selector);
const place = () => $('[data-writes]');
const answer = (field) => $(`[data-answer="${CSS.escape(field)}"]`);
const inputs = (box) => [...box.querySelectorAll('[data-write]')];
const ticks = (i) => i.type === 'radio' || i.type === 'checkbox';
const isBusy = (field) => waiting.has(field) || sending === field || choices.has(field);

function read(box) {
  const all = inputs(box);
  return ticks(all[0]) ? all.filter((i) => i.checked).map((i) => i.value).join(' ') : all[0].value;
}

function put(box, value) {
  for (const i of inputs(box)) {
    if (ticks(i)) i.checked = value.split(' ').includes(i.value);
    else if (i.value !== value) i.value = value;
  }
}

/** As it reads: of an option its words. */
function inWords(box, value) {
  const all = inputs(box);
  if (!ticks(all[0])) return value;
  return all.filter((i) => value.split(' ').includes(i.value)).map((i) => i.closest('label').innerText.trim()).join(', ');
}

function status(about) {
  const line = $('[data-status]');
  if (!line) return;
  line.textContent = place().dataset[about];
  line.dataset.state = about;
}

document.addEventListener('input', ({ target }) => {
  const field = target.dataset?.write;
  if (!field) return;
  // Typing on is no choice: the mediator's words would be written over unseen.
  if (choices.has(field)) { choose(field); return; }
  waiting.delete(field);
  waiting.set(field, read(answer(field)));
  status('saving');
  running ??= pump().finally(() => { running = null; });
});

/** Sends what waits, and tries again what did not arrive: after 0.25 s, at most 2 s. */
async function pump() {
  while (waiting.size > 0 && place()) {
    const [field, value] = waiting.entries().next().value;
    waiting.delete(field);
    sending = field;
    const kept = await send(field, value);
    sending = null;
    if (kept) { delay = 0; after(field); continue; }
    if (!waiting.has(field)) waiting.set(field, value);
    status('lost');
    delay = Math.min(2000, delay ? delay * 2 : 250);
    await new Promise((done) => { setTimeout(done, delay); });
  }
  if (!place()) for (const of of [waiting, late, choices]) of.clear();
}

/** True when this value need not be sent again. */
async function send(field, value) {
  const { guarda, formulario, passo } = place().elements;
  let reply;
  try {
    reply = await fetch('/cidadao/rascunho', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        guarda: guarda.value, form: formulario.value, step: passo.value, field, value, base: Number(answer(field)?.dataset.revision ?? 0),
      }),
      signal: AbortSignal.timeout(8000),
    });
  } catch {
    return false;
  }
  const said = await reply.json().catch(() => ({}));
  const box = answer(field);
  if (reply.ok) {
    if (box) box.dataset.revision = said.revision;
    if (waiting.size === 0) status('kept');
    return true;
  }
  if (reply.status === 409 && said.elsewhere) {
    waiting.delete(field);
    choices.set(field, said);
    $('[data-status]').textContent = '';
    choose(field);
    return true;
  }
  // The node answered and does not take it as it is: the next key tries again.
  if (reply.status < 500) status('lost');
  return reply.status < 500;
}

/** What the mediator wrote while this was on its way. */
function after(field) {
  const theirs = late.get(field);
  const box = answer(field);
  if (!theirs || !box || isBusy(field)) return;
  late.delete(field);
  if (theirs.revision <= Number(box.dataset.revision)) return;
  put(box, theirs.value);
  box.dataset.revision = theirs.revision;
}

/** Both wrote the same field: the citizen sees the other's words and chooses. */
function choose(field) {
  const box = answer(field);
  const where = box && $('[data-choice]', box.closest('[data-one]'));
  if (!where || !where.hidden) return;
  const theirs = choices.get(field);
  const text = document.createElement('p');
  text.textContent = `${place().dataset.other} «${inWords(box, theirs.value)}»`;
  const settle = (words, mine) => {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = words;
    b.addEventListener('click', () => {
      const now = answer(field);
      choices.delete(field);
      now.dataset.revision = theirs.revision;
      where.hidden = true;
      where.replaceChildren();
      if (!mine) put(now, theirs.value);
      const [first] = inputs(now);
      first.focus();
      if (mine) first.dispatchEvent(new Event('input', { bubbles: true }));
      else status('kept');
    });
    return b;
  };
  where.replaceChildren(text, settle(place().dataset.take, false), settle(place().dataset.keep, true));
  where.setAttribute('role', 'alert');
  where.hidden = false;
}

/** Waits until all that is written is kept; false when somebody must choose, or the node does not answer. */
export async function flush() {
  for (let i = 0; i < 40 && (running || waiting.size > 0); i += 1) {
    await Promise.race([running, new Promise((done) => { setTimeout(done, 250); })]);
  }
  const [field] = choices.keys();
  if (field !== undefined) $(`[data-one="${CSS.escape(field)}"] [data-choice] button`)?.focus();
  return field === undefined && waiting.size === 0 && !running;
}

/** A field as the node now has it, around what is being written; false: show it as it comes. */
export function merge(region, html) {
  const fresh = document.createElement('div');
  fresh.innerHTML = html;
  const [was, is] = [region, fresh].map((r) => $('[data-answer]', r));
  const field = was?.dataset.answer;
  if (!field || is?.dataset.answer !== field) return false;
  $('[data-wrong]', region).replaceWith($('[data-wrong]', fresh));
  const isWrong = inputs(is)[0].getAttribute('aria-invalid');
  for (const i of inputs(was)) if (isWrong) i.setAttribute('aria-invalid', isWrong); else i.removeAttribute('aria-invalid');
  const theirs = { value: read(is), revision: Number(is.dataset.revision) };
  if (isBusy(field)) late.set(field, theirs);
  else if (theirs.revision > Number(was.dataset.revision)) { put(was, theirs.value); was.dataset.revision = theirs.revision; }
  return true;
}

/** The whole page comes anew: what is being written stays, and so does the place in it. */
export function keeping(anew) {
  const busy = [...document.querySelectorAll('[data-answer]')].filter((b) => isBusy(b.dataset.answer))
    .map((b) => [b.dataset.answer, read(b), b.dataset.revision]);
  const { id, selectionStart, selectionEnd } = document.activeElement ?? {};
  anew();
  for (const [field, value, revision] of busy) {
    const box = answer(field);
    if (!box) continue;
    put(box, value);
    box.dataset.revision = revision;
    if (choices.has(field)) choose(field);
  }
  const again = id && document.getElementById(id);
  if (!again || !again.dataset.write) return;
  again.focus();
  if (selectionStart !== null && selectionStart !== undefined) {
    try { again.setSelectionRange(selectionStart, selectionEnd); } catch { /* an e-mail has no places within it */ }
  }
}
