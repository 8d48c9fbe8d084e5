// Who may connect, with which credential and over which transport.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { signInOnPages, signInProgram } from './support/people.js';
import { ask, closeSockets, connect, heard, open } from './support/sockets.js';
import { Server } from './support/server.js';

let server, kevin, jz;

before(async () => {
  server = await Server.start();
  kevin = await signInProgram(server, 'Kevin');
  jz = await signInOnPages(server, 'JZ');
});

after(async () => {
  closeSockets();
  await server.remove();
});

const transports = {
  'polling only': ['polling'],
  'websocket only': ['websocket'],
  'polling first, then upgraded': ['polling', 'websocket'],
};

for (const [how, names] of Object.entries(transports)) {
  test(`a program connects with its token, ${how}`, async () => {
    const socket = await connect(kevin, { transports: names });
    assert.equal(socket.ready.user.id, kevin.id);
    await staysUsable(socket, names);
  });

  test(`a page connects with its cookie, ${how}`, async () => {
    const socket = await connect(jz, { transports: names });
    assert.equal(socket.ready.user.username, jz.username);
    await staysUsable(socket, names);
  });
}

for (const scheme of ['Bearer', 'Token']) {
  test(`a token in the Authorization header (${scheme}) connects as well`, async () => {
    const socket = await connect({ server, name: 'Kevin' }, { extraHeaders: { authorization: `${scheme} ${kevin.token}` } });
    assert.equal(socket.ready.user.id, kevin.id);
    await staysUsable(socket, ['polling', 'websocket']);
  });
}

test('ready is the first event and tells who I am, what the limits are and which conversations I have', async () => {
  const socket = open(kevin);
  const events = [];
  socket.onAny((event) => events.push(event));
  const ready = await heard(socket, 'ready');

  assert.deepEqual(events.slice(0, 1), ['ready']);
  assert.deepEqual(ready.user, { id: kevin.id, username: kevin.username, name: kevin.name, kind: 'person' });
  assert.equal(typeof ready.epoch, 'string');
  assert.equal(typeof ready.server.name, 'string');
  assert.equal(typeof ready.server.version, 'string');
  assert.match(ready.server.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(ready.limits.message_bytes > 0);
  assert.ok(Array.isArray(ready.conversations));
  assert.equal(ready.match, null);
});

for (const names of [['polling'], ['websocket']]) {
  test(`without a credential nobody connects, ${names} only`, async () => {
    await assert.rejects(connect({ server }, { transports: names }), { message: 'not_authenticated' });
  });

  test(`a made-up token connects nobody, ${names} only`, async () => {
    await assert.rejects(connect({ server, token: 'f'.repeat(40) }, { transports: names }), { message: 'not_authenticated' });
  });
}

test('a made-up cookie connects nobody', async () => {
  const stranger = { server, visitor: { cookie: 'chinwag=AAAAAAAAAAAAAAAAAAAAAA' } };
  await assert.rejects(connect(stranger), { message: 'not_authenticated' });
});

test('a wrong token is not saved by a good cookie: the first credential that is present counts', async () => {
  const mixed = { ...jz, token: 'f'.repeat(40) };
  await assert.rejects(connect(mixed, { extraHeaders: { cookie: jz.visitor.cookie, origin: server.url } }), { message: 'not_authenticated' });
});

/** The connection ends on the last of its transports and still carries events with acknowledgements. */
async function staysUsable(socket, names) {
  const engine = socket.io.engine;
  if (engine.transport.name !== names.at(-1)) await new Promise((upgraded) => engine.once('upgrade', upgraded));
  assert.equal(engine.transport.name, names.at(-1));
  const answer = await ask(socket, 'conversation:list');
  assert.equal(answer.ok, true);
  assert.ok(socket.connected);
}
