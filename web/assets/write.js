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
