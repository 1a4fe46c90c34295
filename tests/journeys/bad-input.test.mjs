// What no page sends: refused in words that say what to do, and the node goes on.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';

import { Desk } from './support/desk.mjs';
import { PIN } from './support/node.mjs';
import { stage } from './support/stage.mjs';

const it = stage(async (it) => {
  it.spot = await it.place.spot();
  await it.spot.start();
  it.port = Number(new URL(it.spot.url).port);
  const own = { origin: it.spot.url, 'content-type': 'application/x-www-form-urlencoded' };
  const door = await ask('POST', '/entrar', { headers: own, body: form({ pessoa: 'ana.m', pin: PIN['Ana Martins'], para: '/' }) });
  it.own = { ...own, cookie: door.headers['set-cookie'][0].split(';')[0] };
  const today = await ask('GET', '/', { headers: it.own });
  [, it.guard] = /name="guarda" value="(\w+)"/.exec(today.body);
  const begun = await ask('POST', '/atendimentos', { headers: it.own, body: form({ guarda: it.guard }) });
  it.attendance = begun.headers.location.split('/').at(-1);
});

const form = (fields) => new URLSearchParams(fields).toString();

/** One request as it is, without a browser's manners. */
function ask(method, path, { headers = {}, body } = {}) {
  return new Promise((done, failed) => {
    const sent = request({ host: '127.0.0.1', port: it.port, method, path, agent: false, headers: { accept: 'text/html', ...headers }, timeout: 15_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: text }));
      answer.on('error', failed);
    });
    // A refusal may come before all was sent.
    sent.on('error', (error) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? done({ status: 0, headers: {}, body: String(error) }) : failed(error)));
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} got no answer`)));
    sent.end(body);
  });
}

/** The node answers as ever. */
async function goesOn() {
  assert.ok(it.spot.isRunning, 'the node runs');
  const page = await ask('GET', `/atendimento/${it.attendance}`, { headers: it.own });
  assert.equal(page.status, 200);
}

const id = 'ab'.repeat(32);

test('each bad request gets its answer', { timeout: 60_000 }, async (t) => {
  const { own, guard, attendance } = it;
  const keystroke = `/rascunho/${attendance}/full-name`;
  const json = { ...own, accept: 'application/json', 'content-type': 'application/json' };
  const step = `/formulario/${attendance}/identity`;
  const boundary = (parts) => `${parts.map((p) => `--x\r\ncontent-disposition: form-data; ${p[0]}\r\n\r\n${p[1]}\r\n`).join('')}--x--\r\n`;
  const multipart = { ...own, accept: 'application/json', 'content-type': 'multipart/form-data; boundary=x' };
  const cases = [
    ['a field of 1 MB', 'POST', step, { headers: own, body: form({ guarda: guard, 'f.full-name': 'a'.repeat(1 << 20) }) }, 413, /grande de mais.*64 kB.*encurte o texto/s],
    ['a field of 40 kB', 'POST', step, { headers: own, body: form({ guarda: guard, 'f.full-name': 'b'.repeat(40 << 10) }) }, 413, /grande de mais.*bbbbbbbb/s],
    ['a name of 300 letters', 'POST', step, { headers: own, body: form({ guarda: guard, 'f.full-name': 'c'.repeat(300), 'f.birth-date': '01/01/1950' }) }, 422, /longo de mais: cabem 200 caracteres; escreveu 300/],
    ['a keystroke of 1 MB', 'POST', keystroke, { headers: json, body: JSON.stringify({ guarda: guard, value: 'a'.repeat(1 << 20), base: 0 }) }, 413, /"message":"É longo de mais/],
    ['a keystroke that is no JSON', 'POST', keystroke, { headers: json, body: '{' }, 400, /"message":"O posto não percebeu/],
    ['a keystroke with the guard of nobody', 'POST', keystroke, { headers: json, body: JSON.stringify({ guarda: 'x', value: 'a', base: 0 }) }, 403, /"message":"Esta página é de outra sessão/],
    ['a keystroke of a stranger', 'POST', keystroke, { headers: { ...json, cookie: '' }, body: JSON.stringify({ guarda: guard, value: 'a', base: 0 }) }, 401, /"message":"A sessão terminou/],
    ['a keystroke into a field that there is not', 'POST', `/rascunho/${attendance}/nada`, { headers: json, body: JSON.stringify({ guarda: guard, value: 'a', base: 0 }) }, 404, /"message":"Não se encontra/],
    ['another host', 'GET', '/', { headers: { ...own, host: 'evil.example' } }, 421, /Este endereço não é o deste posto/],
    ['a page of another site posts', 'POST', '/atendimentos', { headers: { ...own, origin: 'http://evil.example' }, body: form({ guarda: guard }) }, 403, /não veio de uma página deste posto/],
    ['no origin at all', 'POST', '/atendimentos', { headers: { ...own, origin: '' }, body: form({ guarda: guard }) }, 403, /não veio de uma página deste posto/],
    ['no guard', 'POST', '/atendimentos', { headers: own, body: '' }, 403, /Esta página é de outra sessão.*Nada foi feito/s],
    ['a form that is none', 'POST', '/atendimentos', { headers: own, body: '%ff=%ff&guarda' }, [400, 403], /não se lê|outra sessão/],
    ['JSON where a form belongs', 'POST', '/atendimentos', { headers: { ...own, 'content-type': 'application/json' }, body: '{}' }, [400, 415], /não se lê/],
    ['a photograph without a guard', 'POST', `/anexos/${attendance}/full-name`, { headers: multipart, body: boundary([['name="ficheiro"; filename="a.jpg"', 'x']]) }, [400, 403], /[Nn]enhum ficheiro|outra sessão/],
    ['a photograph into a name', 'POST', `/anexos/${attendance}/full-name`, { headers: multipart, body: boundary([['name="guarda"', guard], ['name="ficheiro"; filename="a.jpg"', 'x']]) }, 404, /Não se encontra/],
    ['a multipart that ends early', 'POST', `/anexos/${attendance}/full-name`, { headers: multipart, body: '--x\r\ncontent-dispo' }, 409, /não chegou inteiro/],
    ['a service that there is not', 'POST', `/atendimento/${attendance}/pedidos`, { headers: own, body: form({ guarda: guard, servico: 'nada' }) }, 404, /Não se encontra/],
    ['a method that is none here', 'DELETE', '/', { headers: own }, 405, /não se usa assim.*Nada foi mudado/s],
    ['a page that there is not', 'GET', '/nada', { headers: own }, 404, /Esta página não existe/],
    ['a path out of the house', 'GET', '/assets/x/..%2f..%2f..%2fetc%2fpasswd', { headers: own }, 404, /^/],
    ...['atendimento', 'formulario', 'conferir', 'comprovativo', 'pedido', 'anexo'].flatMap((place) => [id, 'nada', '%00', `${'9'.repeat(2000)}`].map((unknown) =>
      [`${place}/${unknown.slice(0, 8)}`, 'GET', `/${place}/${unknown}`, { headers: own }, 404, /Não se encontra neste posto/])),
    ['an id that is no text', 'GET', '/pedido/%ff', { headers: own }, [400, 404], /./],
  ];
  for (const [name, method, path, more, status, words] of cases) {
    await t.test(name, async () => {
      const answer = await ask(method, path, more);
      assert.ok([status].flat().includes(answer.status), `${answer.status}: ${answer.body.slice(0, 300)}`);
      assert.match(answer.body, words);
      if (/html/.test(answer.headers['content-type'] ?? '')) {
        assert.match(answer.body, /<html lang="pt/);
        assert.match(answer.headers['content-security-policy'] ?? '', /default-src 'none'|script-src 'self'/);
      }
      await goesOn();
    });
  }
});

test('garbage on the wire ends a connection, not the node', { timeout: 20_000 }, async () => {
  for (const garbage of ['\x16\x03\x01\x02\x00\x01\x00', 'GET / HTTP/9.9\r\n\r\n', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'a'.repeat(1 << 20)}\r\n\r\n`, '\0'.repeat(4096)]) {
    await new Promise((done) => {
      const socket = connect(it.port, '127.0.0.1', () => socket.end(garbage, 'latin1'));
      socket.on('error', done);
      socket.on('close', done);
      socket.resume();
      socket.setTimeout(3000, () => { socket.destroy(); });
    });
    await goesOn();
  }
});

test('what people type is text, whatever it looks like', { timeout: 30_000 }, async () => {
  const desk = await Desk.open(it.browser, it.spot);
  await desk.nextCitizen();
  const name = '<img src=x onerror=alert(1)> "\'&amp; {{7*7}} \u202Eabc 𝒜';
  await desk.identify({ 'Nome completo': name, 'Data de nascimento': '01/01/1950' });
  assert.equal(await desk.page.locator('h1').textContent(), name);
  assert.equal(await desk.page.locator('main img').count(), 0);
});
