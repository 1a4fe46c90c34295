// Waiting with an end and with words for what did not come.

import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Asks until the answer is truthy; gives it. Says what was last seen when it never comes. */
export async function eventually(what, ask, withinMs = 8000) {
  const end = Date.now() + withinMs;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) { last = error; }
    if (Date.now() > end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`${what}: not within ${withinMs} ms (last: ${seen})`);
    }
    await sleep(40);
  }
}

/** Asks until the text is there; the failure shows the text that is. */
export async function eventuallySays(what, read, expected, withinMs = 8000) {
  let last = '';
  const holds = (text) => (expected instanceof RegExp ? expected.test(text) : text.includes(expected));
  try {
    return await eventually(what, async () => { last = plain(await read()); return holds(last) && last; }, withinMs);
  } catch {
    throw new Error(`${what}: expected ${expected}, it says: ${last.slice(0, 600)}`);
  }
}

/** White space as one reads it: no-break spaces and line ends are spaces. */
export function plain(text) {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}
