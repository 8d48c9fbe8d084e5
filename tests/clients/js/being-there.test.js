// Signs of life between two people: typing, presence, receipts, unread counts, and several sockets of one person in step.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { signInProgram } from './support/people.js';
import { ask, closeSockets, connect, heard, openConversation, recordingOf, say } from './support/sockets.js';
import { Server } from './support/server.js';

/** Presence waits ten seconds before it says that somebody is gone; allow for a slow machine. */
const ABSENCE_MS = 30_000;

let server, kevin, jz, kevins, jzs, conversation;

before(async () => { server = await Server.start(); });

beforeEach(async () => {
  closeSockets();
  // New people for each test, so that none depends on what another left behind.
  [kevin, jz] = [await signInProgram(server, 'Kevin'), await signInProgram(server, 'JZ')];
  [kevins, jzs] = [await connect(kevin), await connect(jz)];
  conversation = await openConversation(kevins, jz);
  // A conversation begins with the first thing said in it; before, jz knows nothing of it.
  const begun = heard(jzs, 'message:new');
  await say(kevins, conversation, 'Hello');
  await begun;
});

after(async () => {
  closeSockets();
  await server.remove();
});

test('ana hears of a new conversation with the first message, and before it', async () => {
  const ana = await signInProgram(server, 'Ana');
  const anas = await connect(ana);
  const recording = recordingOf(anas);
  const opened = await openConversation(kevins, ana);
  const hearing = heard(anas, 'message:new');
  const first = await say(kevins, opened, 'Hello Ana');
  await hearing;

  const [told, pushed] = recording.filter(({ event }) => ['conversation:new', 'message:new'].includes(event));
  assert.equal(told.event, 'conversation:new');
  assert.equal(told.payload.conversation.id, opened.id);
  assert.equal(told.payload.conversation.kind, 'direct');
  assert.equal(told.payload.conversation.peer.username, kevin.username);
  assert.equal(pushed.payload.message.id, first.id);
});

test('a message reaches every socket of both people, the sending one included', async () => {
  const [kevinsOther, jzsOther] = [await connect(kevin), await connect(jz)];
  const sockets = [kevins, kevinsOther, jzs, jzsOther];
  const hearings = sockets.map((socket) => heard(socket, 'message:new'));
  const clientId = crypto.randomUUID();

  const sent = await say(kevins, conversation, 'To all of us', clientId);

  for (const { message } of await Promise.all(hearings)) assert.equal(message.id, sent.id);
  assert.equal((await hearings[0]).message.client_id, clientId);
});

test('jz sees that kevin is typing and that he stopped; kevin does not see himself', async () => {
  const echo = recordingOf(kevins);
  for (const on of [true, false]) {
    const hearing = heard(jzs, 'typing');
    kevins.volatile.emit('typing', { conversation_id: conversation.id, on });
    const told = await hearing;
    assert.equal(told.conversation_id, conversation.id);
    assert.equal(told.user.username, kevin.username);
    assert.equal(told.on, on);
  }
  await ask(kevins, 'conversation:list');
  assert.ok(!echo.some(({ event }) => event === 'typing'));
});

test('typing ends when the typist is gone', async () => {
  const started = heard(jzs, 'typing', ({ on }) => on);
  kevins.emit('typing', { conversation_id: conversation.id, on: true });
  await started;
  const ended = heard(jzs, 'typing', ({ on }) => !on);
  kevins.disconnect();
  assert.equal((await ended).user.username, kevin.username);
});

test('receipts tell kevin what was delivered and read, and never go back', async () => {
  const sent = [];
  for (const body of ['One', 'Two', 'Three']) sent.push(await say(kevins, conversation, body));
  const last = sent.at(-1).seq;

  const delivered = heard(kevins, 'receipt', ({ delivered_seq: seq }) => seq === last);
  assert.deepEqual(await ask(jzs, 'delivered', { conversation_id: conversation.id, seq: last }), { ok: true, delivered_seq: last });
  const first = await delivered;
  assert.equal(first.conversation_id, conversation.id);
  assert.equal(first.user_id, jz.id);
  assert.ok(first.read_seq < last);

  const read = heard(kevins, 'receipt', ({ read_seq: seq }) => seq === last);
  assert.deepEqual(await ask(jzs, 'read', { conversation_id: conversation.id, seq: last }), { ok: true, read_seq: last });
  assert.equal((await read).user_id, jz.id);

  assert.deepEqual(await ask(jzs, 'read', { conversation_id: conversation.id, seq: sent[0].seq }), { ok: true, read_seq: last });
});

test('a read receipt goes to one\'s own other sockets as well', async () => {
  const jzsOther = await connect(jz);
  const sent = await say(kevins, conversation, 'Read me');
  const hearing = heard(jzsOther, 'receipt', ({ read_seq: seq }) => seq === sent.seq);
  await ask(jzs, 'read', { conversation_id: conversation.id, seq: sent.seq });
  assert.equal((await hearing).user_id, jz.id);
});

test('unread counts what the other one said and I have not read', async () => {
  assert.equal((await listed(jzs)).unread, 1);
  await ask(jzs, 'read', { conversation_id: conversation.id, seq: (await listed(jzs)).last_seq });
  assert.equal((await listed(jzs)).unread, 0);

  await say(jzs, conversation, 'Mine does not count');
  assert.equal((await listed(jzs)).unread, 0);
  assert.equal((await listed(kevins)).unread, 1);
  const sent = [];
  for (const body of ['One', 'Two', 'Three']) sent.push(await say(kevins, conversation, body));
  assert.equal((await listed(jzs)).unread, 3);

  await ask(jzs, 'read', { conversation_id: conversation.id, seq: sent[1].seq });
  assert.equal((await listed(jzs)).unread, 1);
  await ask(jzs, 'read', { conversation_id: conversation.id, seq: sent[2].seq });
  assert.equal((await listed(jzs)).unread, 0);
});

test('jz sees kevin leave when his last socket is gone, not before, and come back', { timeout: 60_000 }, async () => {
  assert.equal((await listed(jzs)).peer.online, true);
  const second = await connect(kevin);
  const recording = recordingOf(jzs);
  const gone = heard(jzs, 'presence', ({ user_id: id, online }) => id === kevin.id && !online, ABSENCE_MS);
  kevins.disconnect();
  // An exchange over the second socket: kevin is still here, and was never said to be away.
  const said = heard(jzs, 'message:new');
  await say(second, conversation, 'Still here on the phone');
  await said;
  assert.ok(!recording.some(({ event }) => event === 'presence'));

  second.disconnect();
  assert.ok((await gone).last_seen);
  assert.equal((await listed(jzs)).peer.online, false);

  const back = heard(jzs, 'presence', ({ user_id: id, online }) => id === kevin.id && online);
  await connect(kevin);
  await back;
});

test('a blocked person cannot write, and can again when unblocked', async () => {
  assert.deepEqual(await ask(jzs, 'user:block', { user_id: kevin.id }), { ok: true });
  const refused = await ask(kevins, 'message:send', { conversation_id: conversation.id, body: 'Hello?', client_id: crypto.randomUUID() });
  assert.equal(refused.ok, false);
  assert.equal(refused.error.code, 'blocked');

  assert.deepEqual(await ask(jzs, 'user:unblock', { user_id: kevin.id }), { ok: true });
  const hearing = heard(jzs, 'message:new');
  await say(kevins, conversation, 'Hello again');
  assert.equal((await hearing).message.body, 'Hello again');
});

async function listed(socket) {
  const { conversations } = await ask(socket, 'conversation:list');
  return conversations.find(({ id }) => id === conversation.id);
}
