// What must be refused at the door: foreign pages, borrowed session ids, frames that are too large or make no sense.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { signInOnPages, signInProgram } from './support/people.js';
import * as engine from './support/engine.js';
import { ask, closeSockets, connect, cookieHeaders, heard, openConversation, recordingOf, say } from './support/sockets.js';
import { Server } from './support/server.js';
import { soon } from './support/waiting.js';

let server, kevin, jz;

before(async () => {
  server = await Server.start();
  kevin = await signInOnPages(server, 'Kevin');
  jz = await signInProgram(server, 'JZ');
});

after(async () => {
  closeSockets();
  await server.remove();
});

const foreignOrigins = (port) => ({
  'another site': 'https://evil.example',
  'null': 'null',
  'our address under another scheme': `https://127.0.0.1:${port}`,
  'our address at another port': `http://127.0.0.1:${port + 1}`,
  'a name that begins like ours': `http://127.0.0.1:${port}.evil.example`,
  'ours as the user name of another': `http://127.0.0.1:${port}@evil.example`,
});

test('our own Origin is let in, on polling and on the upgrade', async () => {
  const headers = cookieHeaders(kevin);
  assert.equal((await engine.poll(server, {}, headers)).status, 200);
  assert.equal(await engine.upgradeStatus(server, {}, headers), 101);
});

for (const what of Object.keys(foreignOrigins(0))) {
  test(`a foreign Origin is refused with 403 on polling and on the upgrade: ${what}`, async () => {
    const headers = { ...cookieHeaders(kevin), origin: foreignOrigins(server.port)[what] };
    assert.equal((await engine.poll(server, {}, headers)).status, 403);
    assert.equal(await engine.upgradeStatus(server, {}, headers), 403);
  });
}

test('a form that a foreign page submits in my name is refused and changes nothing', async () => {
  const { cookie } = cookieHeaders(kevin);
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: server.url, 'sec-fetch-site': 'cross-site' },
    { origin: server.url, 'sec-fetch-site': 'same-site' },
    {},
  ];
  for (const headers of foreign) {
    for (const [path, body] of [['/settings/profile', 'name=Mallory&username=mallory'], ['/logout', '']]) {
      const response = await fetch(server.url + path, {
        method: 'POST', redirect: 'manual', body,
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      });
      assert.equal(response.status, 403, `${path} with ${JSON.stringify(headers)}`);
    }
  }
  const page = await kevin.visitor.get('/settings');
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(kevin.username) && !page.text.includes('mallory'));
});

test('a cookie without an Origin is refused: only a browser page may ride on it', async () => {
  const { cookie } = cookieHeaders(kevin);
  assert.equal(await engine.upgradeStatus(server, {}, { cookie }), 403);
});

const thieves = {
  'nothing but the sid': () => ({}),
  'the sid and our Origin': () => ({ origin: server.url }),
  'the sid and another person\'s cookie': async () => cookieHeaders(await signInOnPages(server, 'Thief')),
  'the sid and another person\'s token': () => ({ authorization: `Bearer ${jz.token}` }),
};

for (const [what, headersOf] of Object.entries(thieves)) {
  test(`a stolen sid is refused to somebody with ${what}`, async () => {
    const victim = cookieHeaders(kevin);
    const sid = await engine.openSession(server, victim);
    const thief = await headersOf();
    const conversation = await openConversation(await connect(jz), kevin);
    const forged = `42["message:send",${JSON.stringify({ conversation_id: conversation.id, body: 'Forged', client_id: crypto.randomUUID() })}]`;

    assert.equal((await engine.poll(server, { sid }, thief)).status, 403);
    assert.equal((await engine.post(server, { sid }, thief, forged)).status, 403);
    assert.equal(await engine.upgradeStatus(server, { sid }, thief), 403);

    // The victim noticed nothing, and nothing was said in their name.
    await soon(engine.pollFor(server, sid, victim, '"ready"'), 'ready for the victim');
    const { messages } = await ask(await connect(jz), 'history', { conversation_id: conversation.id, limit: 100 });
    assert.ok(!messages.some(({ body }) => body === 'Forged'));
  });
}

test('the sid of a token session wants its token', async () => {
  const owner = { authorization: `Bearer ${jz.token}` };
  const sid = await engine.openSession(server, owner);
  assert.equal((await engine.poll(server, { sid }, {})).status, 403);
  assert.equal((await engine.poll(server, { sid }, cookieHeaders(kevin))).status, 403);
  await soon(engine.pollFor(server, sid, owner, '"ready"'), 'ready for the owner');
});

for (const transports of [['websocket'], ['polling']]) {
  test(`a frame of 2 MB ends its connection and no other (${transports})`, async () => {
    const bystander = await connect(jz, { transports });
    const conversation = await openConversation(bystander, kevin);
    const offender = await connect(kevin, { transports, reconnection: false });
    const ended = once(offender, 'disconnect');

    offender.emit('message:send', { conversation_id: conversation.id, body: 'x'.repeat(2 * 1024 * 1024) });

    await ended;
    assert.ok(bystander.connected);
    const stored = await say(bystander, conversation, 'Still here');
    const { messages } = await ask(bystander, 'history', { conversation_id: conversation.id, limit: 1 });
    assert.deepEqual(messages.map(({ id }) => id), [stored.id]);
    assert.equal((await connect(kevin, { transports })).ready.user.username, kevin.username);
  });
}

for (const [what, body, code] of [
  ['4,097 characters', 'x'.repeat(4_097), 'too_large'],
  ['17 KiB in fewer than 4,096 characters', '💬'.repeat(4_096 + 256), 'too_large'],
  ['nothing', '', 'invalid'],
  ['line ends alone', '\n\r\n\n', 'invalid'],
  ['a NUL', 'a\u0000b', 'invalid'],
]) {
  test(`a body of ${what} is refused as ${code}`, async () => {
    const socket = await connect(jz);
    const conversation = await openConversation(socket, kevin);
    const answer = await ask(socket, 'message:send', { conversation_id: conversation.id, body, client_id: crypto.randomUUID() });
    assert.equal(answer.ok, false);
    assert.equal(answer.error.code, code);
    assert.equal(answer.error.retryable, false);
  });
}

test('4,096 characters are stored whole', async () => {
  const socket = await connect(jz);
  const conversation = await openConversation(socket, kevin);
  for (const letter of ['x', 'ß', '語']) {
    assert.equal((await say(socket, conversation, letter.repeat(4_096))).body, letter.repeat(4_096));
  }
});

const nonsense = [
  '42["message:send"', '42', '42[]', '42{}', '42[1]', '42null', '4', '49', '4x', '', '9', 'b', 'bAAAA',
  '451-["message:send",{"_placeholder":true,"num":0}]', '45999999-["x"]', '43["x"]', '4399999999999999999999[{}]',
  `4299999999999999999999["conversation:list",{}]`, `42["message:send",${'['.repeat(5_000)}${']'.repeat(5_000)}]`,
  '40', '40/nowhere,', '41/nowhere,', '1', '6', '5', '3probe', '42["disconnect"]', '42["connect_error",{}]', '42["\u0000",{}]',
];

test('packets that make no sense are answered or end their connection, and touch no other', async () => {
  const bystander = await connect(jz);
  const conversation = await openConversation(bystander, kevin);
  const recording = recordingOf(bystander);

  for (const packet of nonsense) {
    const raw = await engine.openWebSocket(server, cookieHeaders(kevin));
    raw.send(packet);
    // Either the server closes, or it still answers a sensible question behind the nonsense.
    raw.send('427["conversation:list",{}]');
    const outcome = await engine.answeredOrClosed(raw, '437');
    assert.ok(['answered', 'closed'].includes(outcome), `${JSON.stringify(packet)}: ${outcome}`);
    raw.terminate();
  }

  assert.ok(bystander.connected);
  const pushed = heard(bystander, 'message:new');
  await say(bystander, conversation, 'All quiet');
  assert.equal((await pushed).message.body, 'All quiet');
  assert.ok(!recording.some(({ event }) => event === 'disconnect'));
  assert.ok(!/panicked/.test(server.log), 'nothing may have panicked');
});
