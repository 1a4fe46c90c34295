// The citizen's screen. It shows regions that the node sends as they change, and
// sends the buttons without loading the page anew. Nothing is kept here.

const screen = document.getElementById('ecra');
const away = document.getElementById('ligacao');
const still = matchMedia('(prefers-reduced-motion: reduce)');

function calm() { away.hidden = true; away.textContent = ''; }
function warn(about) { away.textContent = away.dataset[about]; away.hidden = false; }

/** What the citizen writes or draws with has a script of its own: few pages need it. */
let hand = null;
const byHand = () => import('./write.js').then((it) => { hand = it; return it; });

/** Who works with the keyboard stays on the button that was pressed, when it comes anew. */
function keepingFocus(change) {
  const { name, value } = document.activeElement ?? {};
  change();
  if (!name || document.activeElement !== document.body) return;
  const anew = [...screen.querySelectorAll('button')].filter((b) => b.name === name);
  (anew.find((b) => b.value === value) ?? anew[0])?.focus();
}

let leftAlone = 0;
function connect() {
  const source = new EventSource(document.body.dataset.events);
  source.addEventListener('open', () => { clearTimeout(leftAlone); leftAlone = 0; screen.hidden = false; calm(); });
  source.addEventListener('error', () => {
    warn('away');
    // Whoever comes by later is not shown whom it was about: what is true comes with the node.
    leftAlone ||= setTimeout(() => { screen.hidden = true; }, 60_000);
    // The node does not know this screen any more, or refused: begin again.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 1000);
  });
  source.addEventListener('all', (event) => {
    const { html, around } = JSON.parse(event.data);
    const before = screen.firstElementChild?.dataset.stage;
    Object.assign(document.documentElement, { lang: around.lang, dir: around.dir });
    document.title = around.title;
    Object.assign(away.dataset, { away: around.away, failed: around.failed });
    const anew = () => keepingFocus(() => { screen.innerHTML = html; });
    if (hand) hand.keeping(anew); else anew();
    if (screen.firstElementChild?.dataset.stage !== before) scrollTo(0, 0);
    begin();
  });
  source.addEventListener('region', (event) => {
    const { id, html } = JSON.parse(event.data);
    const place = document.getElementById(id);
    if (!place || hand?.merge(place, html)) return;
    keepingFocus(() => { place.innerHTML = html; });
    writing();
    // What is being typed stays in sight.
    place.querySelector('.typing')?.scrollIntoView({ block: 'nearest', behavior: still.matches ? 'auto' : 'smooth' });
  });
  source.addEventListener('reload', () => location.reload());
}

// Buttons: posted in the background; what changes comes back as an event.
document.addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  // What is written goes first, key by key as ever; then only the button is left to say.
  if (form.matches('[data-writes]') && !await (await byHand()).flush(event.submitter)) return;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  if (form.matches('[data-writes]')) [...body.keys()].filter((k) => /^fs?\./.test(k)).forEach((k) => body.delete(k));
  form.querySelectorAll('button').forEach((b) => { b.setAttribute('aria-disabled', 'true'); });
  try {
    const answer = await fetch(form.action, { method: 'POST', body });
    if (answer.ok) calm(); else warn('failed');
  } catch {
    warn('away');
  }
  form.querySelectorAll('button').forEach((b) => { b.removeAttribute('aria-disabled'); });
});

function writing() {
  const place = document.querySelector('[data-sign][hidden]');
  if (place) byHand().then(({ sign }) => sign(place));
  else if (document.querySelector('[data-writes]') && !hand) byHand();
}

// Idle: one service at a time, in every language; it can be stopped.
let turning = 0;
let leaving = 0;
function begin() {
  writing();
  // Asked how it was and gone: a minute later the screen is free for the next one.
  clearTimeout(leaving);
  const rather = document.querySelector('[data-leaves]');
  if (rather) leaving = setTimeout(() => rather.form.requestSubmit(rather), 60_000);
  clearInterval(turning);
  const panels = [...document.querySelectorAll('[data-turning] .turn')];
  const pause = document.querySelector('[data-pause]');
  if (panels.length < 2) return;
  let shown = 0;
  const turn = () => {
    panels[shown].hidden = true;
    shown = (shown + 1) % panels.length;
    panels[shown].hidden = false;
  };
  const start = () => { turning = setInterval(turn, 9000); };
  if (!still.matches || !pause) start();
  if (!pause) return;
  if (still.matches) pause.textContent = pause.dataset.resume;
  pause.hidden = false;
  pause.addEventListener('click', () => {
    const stopped = pause.textContent === pause.dataset.resume;
    pause.textContent = stopped ? pause.dataset.stop : pause.dataset.resume;
    if (stopped) start(); else clearInterval(turning);
  });
}

begin();
if (document.body.dataset.events) connect();
