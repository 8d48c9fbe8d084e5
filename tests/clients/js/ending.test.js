// Ends that are announced: a server that is asked to stop, and a session that its owner signs out of.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';

import { signInOnPages, signInProgram } from './support/people.js';
import { ask, closeSockets, connect, heard, openConversation } from './support/sockets.js';
import { Server } from './support/server.js';

let server, kevin, jz;

// A server of its own for each: an end that went wrong must not be the next test's beginning.
beforeEach(async () => {
  server = await Server.start();
  kevin = await signInOnPages(server, 'Kevin');
  jz = await signInProgram(server, 'JZ');
});

afterEach(async () => {
  closeSockets();
  await server.remove();
});

for (const transports of [['websocket'], ['polling']]) {
  test(`a stopping server says so, then disconnects, and the stock client comes back by itself (${transports})`, { timeout: 60_000 }, async () => {
    const socket = await connect(jz, { transports });
    const draining = heard(socket, 'server:draining');
    const disconnected = once(socket, 'disconnect');

    const [{ code, signal }, told] = await Promise.all([server.stop(), draining]);
    await disconnected;

    assert.ok(told.reconnect_in_ms >= 0);
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    const back = heard(socket, 'ready');
    await server.resume();
    assert.equal((await back).user.id, jz.id);
  });
}

test('what a stopping server has acknowledged is there afterwards, and what is there was sent', async () => {
  const socket = await connect(jz);
  const conversation = await openConversation(socket, kevin);
  const drafts = Array.from({ length: 200 }, (_, n) => ({
    conversation_id: conversation.id, body: `Last words ${n}`, client_id: crypto.randomUUID(),
  }));
  const acknowledged = [];
  const first = new Promise((resolve) => {
    for (const draft of drafts) {
      socket.emit('message:send', draft, (answer) => {
        if (answer.ok) acknowledged.push(answer.message.id);
        resolve();
      });
    }
  });
  await first;
  const disconnected = once(socket, 'disconnect');
  assert.equal((await server.stop()).code, 0);
  await disconnected;
  socket.disconnect();

  await server.resume();

  const stored = await wholeHistory(await connect(jz), conversation);
  assert.deepEqual(stored.map(({ body }) => body), drafts.slice(0, stored.length).map(({ body }) => body));
  assert.deepEqual(stored.slice(0, acknowledged.length).map(({ id }) => id), acknowledged);
});

test('signing out on the pages ends the sockets of that session, tells them why, and no others', async () => {
  const socket = await connect(kevin, { reconnection: false });
  const elsewhere = await connect(jz);
  const conversation = await openConversation(elsewhere, kevin);
  const ended = heard(socket, 'session:ended');
  const disconnected = once(socket, 'disconnect');

  const answer = await kevin.visitor.submit('/settings', '/logout', {});
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/?why=signed-out');

  assert.deepEqual(await ended, { reason: 'signed_out' });
  await disconnected;
  assert.ok(elsewhere.connected);
  assert.equal((await ask(elsewhere, 'history', { conversation_id: conversation.id })).ok, true);
  await assert.rejects(connect(kevin), { message: 'not_authenticated' });
  assert.match((await kevin.visitor.get('/chats')).location, /^\/login\/phone/);
});

async function wholeHistory(socket, conversation) {
  const pages = [];
  let before;
  for (;;) {
    const page = await ask(socket, 'history', { conversation_id: conversation.id, limit: 100, ...(before && { before }) });
    pages.unshift(...page.messages);
    if (!page.more) return pages;
    before = page.messages[0].seq;
  }
}
