// Sending again: what a client does that heard no answer, and why it never ends in two messages.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { signInProgram } from './support/people.js';
import { ask, closeSockets, connect, heard, open, openConversation, recordingOf, say } from './support/sockets.js';
import { Server } from './support/server.js';

let server, kevin, jz;

before(async () => {
  server = await Server.start();
  kevin = await signInProgram(server, 'Kevin');
  jz = await signInProgram(server, 'JZ');
});

after(async () => {
  closeSockets();
  await server.remove();
});

test('a second send with the same client_id gets the original answer and delivers nothing', async () => {
  const [kevins, jzs] = [await connect(kevin), await connect(jz)];
  const conversation = await openConversation(kevins, jz);
  const draft = { conversation_id: conversation.id, body: 'Only once, please', client_id: crypto.randomUUID() };
  const pushed = heard(jzs, 'message:new', ({ message }) => message.body === draft.body);
  const first = await ask(kevins, 'message:send', draft);
  await pushed;
  const recording = recordingOf(jzs);

  const second = await ask(kevins, 'message:send', draft);

  assert.equal(first.ok, true);
  assert.equal(first.duplicate, false);
  assert.deepEqual(second, { ...first, duplicate: true });
  // What is said afterwards arrives afterwards: were there a second delivery, it would lie before it.
  const next = await heardAfter(jzs, () => say(kevins, conversation, 'Now something else'));
  assert.equal(next.body, 'Now something else');
  assert.deepEqual(recording.filter(({ event }) => event === 'message:new').map(({ payload }) => payload.message.body), ['Now something else']);
});

test('the same client_id with another body or conversation is a client_id_conflict', async () => {
  const kevins = await connect(kevin);
  const conversation = await openConversation(kevins, jz);
  const third = await signInProgram(server, 'Third');
  const elsewhere = await openConversation(kevins, third);
  const draft = { conversation_id: conversation.id, body: 'As it was', client_id: crypto.randomUUID() };
  assert.equal((await ask(kevins, 'message:send', draft)).ok, true);

  for (const changed of [{ ...draft, body: 'As it was not' }, { ...draft, conversation_id: elsewhere.id }]) {
    const answer = await ask(kevins, 'message:send', changed);
    assert.equal(answer.ok, false);
    assert.equal(answer.error.code, 'client_id_conflict');
    assert.equal(answer.error.retryable, false);
  }
});

test('two people may use the same client_id', async () => {
  const [kevins, jzs] = [await connect(kevin), await connect(jz)];
  const conversation = await openConversation(kevins, jz);
  const clientId = crypto.randomUUID();

  const first = await say(kevins, conversation, 'Mine', clientId);
  const second = await say(jzs, conversation, 'Mine too', clientId);

  assert.notEqual(first.id, second.id);
});

for (const end of ['stop', 'kill']) {
  test(`a retry after the server was ended by ${end}() and started again gets the original answer`, async () => {
    const before = await connect(kevin);
    const conversation = await openConversation(before, jz);
    const draft = { conversation_id: conversation.id, body: `Survives ${end}`, client_id: crypto.randomUUID() };
    const original = await ask(before, 'message:send', draft);
    assert.equal(original.duplicate, false);
    before.disconnect();

    await server[end]();
    await server.resume();

    const afterwards = await connect(kevin);
    assert.equal(afterwards.ready.epoch, before.ready.epoch);
    assert.deepEqual(await ask(afterwards, 'message:send', draft), { ...original, duplicate: true });
    const { messages } = await ask(afterwards, 'history', { conversation_id: conversation.id, limit: 100 });
    assert.equal(messages.filter(({ client_id: id }) => id === draft.client_id).length, 1);
  });
}

for (const end of ['stop', 'kill']) {
  test(`stock retries carry a talk over a server ended by ${end}(): in order, each once`, { timeout: 60_000 }, async () => {
    const jzs = await connect(jz);
    const kevins = open(kevin, { retries: 5, ackTimeout: 5_000 });
    await heard(kevins, 'ready');
    const conversation = await openConversation(jzs, kevin);
    const bodies = Array.from({ length: 100 }, (_, n) => `${end}: line ${n}`);

    let acknowledged = 0;
    let tellHalf;
    const half = new Promise((reached) => { tellHalf = reached; });
    const answers = bodies.map((body) => kevins
      .emitWithAck('message:send', { conversation_id: conversation.id, body, client_id: crypto.randomUUID() })
      .then((answer) => {
        acknowledged += 1;
        if (acknowledged === bodies.length / 2) tellHalf();
        return answer;
      }));
    await half;
    await server[end]();
    assert.ok(acknowledged < bodies.length, 'the server must end in the middle of the talk');
    await server.resume();

    const stored = (await Promise.all(answers)).map(({ ok, message }) => { assert.equal(ok, true); return message; });
    assert.deepEqual(stored.map(({ body }) => body), bodies);
    const { messages } = await ask(await connect(jz), 'history', { conversation_id: conversation.id, limit: 100 });
    assert.deepEqual(messages.map(({ id }) => id), stored.map(({ id }) => id));
  });
}

test('an event that nobody knows is answered and does not hold up what comes after it', async () => {
  const kevins = open(kevin, { retries: 5, ackTimeout: 5_000 });
  await heard(kevins, 'ready');
  const conversation = await openConversation(kevins, jz);

  const [unknown, sent] = await Promise.all([
    ask(kevins, 'no:such:event', { anything: 1 }),
    ask(kevins, 'message:send', { conversation_id: conversation.id, body: 'Behind it', client_id: crypto.randomUUID() }),
  ]);

  assert.equal(unknown.ok, false);
  assert.equal(unknown.error.code, 'unknown_event');
  assert.equal(unknown.error.retryable, false);
  assert.equal(sent.ok, true);
});

const malformed = {
  'no payload at all': [],
  'null': [null],
  'a string': ['hello'],
  'a list': [[1, 2, 3]],
  'text for an id': [{ conversation_id: 'one', body: 'x' }],
  'no body': [{ conversation_id: 1 }],
  'a number for a body': [{ conversation_id: 1, body: 5 }],
};

for (const [what, args] of Object.entries(malformed)) {
  test(`message:send with ${what} is answered as invalid`, async () => {
    const kevins = await connect(kevin);
    const answer = await kevins.timeout(5_000).emitWithAck('message:send', ...args);
    assert.equal(answer.ok, false);
    assert.equal(answer.error.code, 'invalid');
  });
}

/** Does something and gives back the message that the socket hears of because of it. */
async function heardAfter(socket, act) {
  const hearing = heard(socket, 'message:new');
  await act();
  return (await hearing).message;
}
