// The disk is full: nothing that was acknowledged is lost, the page says what to do, and
// when there is room again it goes on by itself.

import assert from 'node:assert/strict';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { AWAY, REFUSED } from './support/browser.mjs';
import { Desk } from './support/desk.mjs';
import { Program } from './support/processes.mjs';
import { stage } from './support/stage.mjs';
import { eventuallySays } from './support/waiting.mjs';

// A small disk of its own needs a mount, in a namespace that nobody else sees.
const skip = process.getuid() === 0 ? false : 'needs root for a small disk of its own';

const it = stage(async (it) => {
  if (skip) return;
  it.spot = await it.place.spot();
  const data = join(it.spot.dir, 'data');
  // It holds the namespace, so that the disk outlives the node.
  it.disk = new Program('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=12m tmpfs '${data}' && echo ok && exec cat`], { log: join(it.place.dir, 'disk.log') });
  assert.equal(await it.disk.line(10_000), 'ok');
  it.filler = join('/proc', String(it.disk.pid), 'root', data, 'filler');
  it.spot.under = ['nsenter', '-m', '-t', String(it.disk.pid), '--'];
  await it.spot.start();
});
after(() => it.disk?.end());

/** Takes all the room that there is. */
async function fill() {
  const file = await open(it.filler, 'a');
  for (const size of [1 << 16, 1 << 12, 1 << 9]) {
    for (;;) {
      try { if ((await file.write(Buffer.alloc(size, 1))).bytesWritten < size) break; } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
        break;
      }
    }
  }
  await file.close();
}

test('a full disk', { timeout: 60_000, skip }, async () => {
  it.browser.expect(REFUSED(507), REFUSED(500), AWAY);
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.type('Nome completo', 'Deolinda das Dores');
  await desk.kept('full-name');
  const form = desk.page.url();

  await fill();
  // What is already there may have room in the store for some letters yet.
  await desk.field('Nacionalidade').fill('p'.repeat(180));
  for (let i = 0; i < 40 && !/disco/.test(await desk.savedAt('nationality')); i += 1) {
    await desk.field('Nacionalidade').fill(`${'p'.repeat(150)}${i}`);
    await desk.page.waitForTimeout(50);
  }
  await eventuallySays('the field', () => desk.savedAt('nationality'), /não guardado: O disco do posto está cheio\..*chame o apoio/);
  const typed = await desk.field('Nacionalidade').inputValue();

  // Also finishing the step says so, and keeps what was typed.
  await desk.fill({ 'Data de nascimento': '11/02/1935' });
  desk.page.on('dialog', (dialog) => dialog.accept());
  await desk.onward();
  assert.match(await desk.text('[role=alert]'), /O disco do posto está cheio.*Não feche esta página.*O que escreveu continua nesta página/);
  assert.equal(await desk.field('Nacionalidade').inputValue(), typed);
  assert.equal(await desk.field('Nome completo').inputValue(), 'Deolinda das Dores');
  assert.ok(it.spot.isRunning);

  // Room again: the next letters are kept, and the step goes through.
  await unlink(it.filler);
  await desk.field('Nacionalidade').fill('portuguesa');
  await desk.kept('nationality');
  await desk.onward();
  assert.equal(await desk.heading(), 'Deolinda das Dores');

  // The plug is pulled on a full disk: what was acknowledged is there after the next start.
  await fill();
  await it.spot.kill();
  await unlink(it.filler);
  await it.spot.start();
  await desk.page.goto(form);
  assert.equal(await desk.field('Nacionalidade').inputValue(), 'portuguesa');
});

test('with room again the letters that waited are kept by themselves', { timeout: 60_000, skip }, async () => {
  it.browser.expect(REFUSED(507), REFUSED(500));
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  await desk.press('Identificar o cidadão');
  await desk.type('Nome completo', 'Aníbal');
  await desk.kept('full-name');
  await fill();
  for (let i = 0; i < 40 && !/disco/.test(await desk.savedAt('nationality')); i += 1) {
    await desk.field('Nacionalidade').fill(`${'q'.repeat(150)}${i}`);
    await desk.page.waitForTimeout(50);
  }
  await eventuallySays('the field', () => desk.savedAt('nationality'), /O disco do posto está cheio/);
  await unlink(it.filler);
  await desk.kept('nationality');
});
