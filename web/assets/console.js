// The console's script. Everything works without it; it keeps the lists fresh and
// lets the keyboard decide.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const toast = document.getElementById('ligacao');

// ---- fresh lists ------------------------------------------------------------

let refreshing = false;
let again = '';
/** Fetches the page once more and replaces the regions that the hints are about. */
async function refresh(hints) {
  const regions = $$('[data-region]').filter((r) => r.dataset.region.split(' ').some((h) => hints.includes(h)));
  if (regions.length === 0) return;
  if (refreshing) { again = `${again} ${hints}`; return; }
  refreshing = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const region of regions) {
        const fresh = page.getElementById(region.id);
        if (fresh && fresh.innerHTML !== region.innerHTML && !isBeingFilled(region)) replace(region, fresh.innerHTML);
      }
    }
  } catch { /* the next hint, or the reconnection, tries again */ }
  refreshing = false;
  if (again) { const missed = again; again = ''; refresh(missed); }
}

/** Somebody types in it: it stays. */
function isBeingFilled(region) {
  return region.contains(document.activeElement) && document.activeElement.matches('input, textarea, select');
}

/** Replaces what is in the region; whoever stands on a link of it by keyboard still does. */
function replace(region, html) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const same = focused && [focused.tagName, focused.textContent.trim()].join('|');
  const opened = $$('details[open][id]', region);
  region.innerHTML = html;
  // What somebody opened stays open.
  for (const { id } of opened) document.getElementById(id)?.setAttribute('open', '');
  if (same) $$('a, button', region).find((e) => [e.tagName, e.textContent.trim()].join('|') === same)?.focus();
}

function connect() {
  const url = document.body.dataset.events;
  if (!url) return;
  const source = new EventSource(url);
  source.addEventListener('open', () => { toast.textContent = ''; });
  source.addEventListener('error', () => {
    toast.textContent = 'A central não responde. Volta a ligar sozinho.';
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
  for (const hint of ['record', 'messages', 'strip']) source.addEventListener(hint, () => refresh(hint));
}

// ---- keys -------------------------------------------------------------------

const off = () => localStorage.getItem('teclas') === 'off';
const place = document.getElementById('teclas');
if (place) {
  const b = document.createElement('button');
  b.type = 'button';
  b.className = 'quiet';
  const draw = () => {
    b.textContent = off() ? 'Ligar as teclas de atalho' : 'Desligar as teclas de atalho';
    document.body.classList.toggle('no-keys', off());
  };
  b.addEventListener('click', () => { localStorage.setItem('teclas', off() ? 'on' : 'off'); draw(); });
  draw();
  place.append(b);
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.closest?.('textarea, select, input:not([type=radio])');
  if (event.key !== 'Escape' && (typing || off())) return;
  // Within the decision a letter chooses a side before it changes the page.
  const control = $$('[data-key]').filter((e) => e.dataset.key.toLowerCase() === event.key.toLowerCase());
  const chosen = control.find((e) => e.matches('input')) ?? control[0];
  if (!chosen) return;
  event.preventDefault();
  chosen.click();
  if (chosen.matches('input')) chosen.focus();
});

// ---- the decision -----------------------------------------------------------

// Typing another value chooses it.
for (const input of $$('[data-chooses]')) {
  input.addEventListener('input', () => { document.getElementById(input.dataset.chooses).checked = true; });
}
document.addEventListener('submit', (event) => {
  const sent = event.target.closest('form[data-once]');
  if (!sent) return;
  if (sent.dataset.sent) { event.preventDefault(); return; }
  sent.dataset.sent = 'yes';
  setTimeout(() => { delete sent.dataset.sent; }, 4000);
});
document.querySelector('[data-takes-focus]')?.focus();
connect();
