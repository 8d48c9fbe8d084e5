// Having been away: `sync` and `history` bring everything that was missed, also over a restart of the server.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { signInProgram } from './support/people.js';
import { ask, closeSockets, connect, openConversation, say } from './support/sockets.js';
import { Server } from './support/server.js';

let server, kevin, jz, ana;

before(async () => {
  server = await Server.start();
  kevin = await signInProgram(server, 'Kevin');
  jz = await signInProgram(server, 'JZ');
  ana = await signInProgram(server, 'Ana');
});

after(async () => {
  closeSockets();
  await server.remove();
});

test('after an absence with a restart in it, sync brings all that was sent, edited and deleted', async () => {
  let kevins = await connect(kevin);
  const jzs = await connect(jz);
  const conversation = await openConversation(kevins, jz);
  const kept = await say(kevins, conversation, 'Stays as it is');
  const edited = await say(kevins, conversation, 'Will be edited');
  const deleted = await say(kevins, conversation, 'Will be deleted');
  const cursor = deleted.rev;
  jzs.disconnect();

  // More than one page of sync holds.
  const sent = [];
  for (let n = 0; n < 250; n += 1) sent.push(say(kevins, conversation, `While you were away ${n}`));
  const missed = await Promise.all(sent);
  await server.restart();
  kevins = await connect(kevin);
  assert.equal((await ask(kevins, 'message:edit', { message_id: edited.id, body: 'Was edited' })).ok, true);
  assert.equal((await ask(kevins, 'message:delete', { message_id: deleted.id })).ok, true);
  const elsewhere = await openConversation(await connect(ana), jz);
  const greeting = await say(await connect(ana), elsewhere, 'Hello from somebody new');

  const back = await connect(jz);
  const { messages, conversations } = await syncAll(back, { [conversation.id]: cursor });

  const inTalk = messages.filter(({ conversation_id: id }) => id === conversation.id);
  assert.deepEqual(inTalk.map(({ id }) => id), [...missed.map(({ id }) => id), edited.id, deleted.id]);
  assert.equal(inTalk.at(-2).body, 'Was edited');
  assert.ok(inTalk.at(-2).edited_at);
  assert.equal(inTalk.at(-2).seq, edited.seq, 'an edited message keeps its place');
  assert.equal(inTalk.at(-1).deleted, true);
  assert.equal(inTalk.at(-1).body, '');
  assert.ok(!inTalk.some(({ id }) => id === kept.id), 'what was known is not sent again');
  // A conversation that had no cursor comes whole.
  assert.deepEqual(messages.filter(({ conversation_id: id }) => id === elsewhere.id).map(({ id }) => id), [greeting.id]);
  assert.deepEqual(new Set(conversations.map(({ id }) => id)), new Set([conversation.id, elsewhere.id]));
});

test('sync with cursors up to date brings nothing', async () => {
  const kevins = await connect(kevin);
  const conversation = await openConversation(kevins, jz);
  await say(kevins, conversation, 'The last word');
  const { conversations } = await ask(kevins, 'conversation:list');
  const cursors = Object.fromEntries(conversations.map(({ id, counter }) => [id, counter]));

  const answer = await ask(kevins, 'sync', { cursors });

  assert.deepEqual(answer, { ok: true, conversations: [], messages: [], more: false });
});

test('sync gives away nothing of a conversation that is not mine, whatever cursor I name', async () => {
  const kevins = await connect(kevin);
  const conversation = await openConversation(kevins, jz);
  await say(kevins, conversation, 'Between the two of us');
  const stranger = await connect(await signInProgram(server, 'Stranger'));

  const answer = await ask(stranger, 'sync', { cursors: { [conversation.id]: 0 } });

  assert.deepEqual(answer, { ok: true, conversations: [], messages: [], more: false });
});

test('history goes back page by page, ascending, until there is no more', async () => {
  const kevins = await connect(kevin);
  const conversation = await openConversation(kevins, ana);
  const sent = [];
  for (let n = 0; n < 60; n += 1) sent.push(await say(kevins, conversation, `Line ${n}`));

  const pages = [];
  let before;
  for (;;) {
    const page = await ask(kevins, 'history', { conversation_id: conversation.id, limit: 25, ...(before && { before }) });
    assert.equal(page.ok, true);
    pages.unshift(page.messages);
    if (!page.more) break;
    before = page.messages[0].seq;
  }

  assert.deepEqual(pages.map(({ length }) => length), [10, 25, 25]);
  assert.deepEqual(pages.flat().map(({ id }) => id), sent.map(({ id }) => id));
});

/** Asks again while there is more, as the protocol says, moving each cursor to the last `rev` seen. */
async function syncAll(socket, cursors) {
  const known = { ...cursors };
  const messages = [];
  const conversations = [];
  for (;;) {
    const answer = await ask(socket, 'sync', { cursors: known });
    assert.equal(answer.ok, true);
    messages.push(...answer.messages);
    conversations.push(...answer.conversations);
    for (const { conversation_id: id, rev } of answer.messages) known[id] = rev;
    if (!answer.more) return { messages, conversations };
    assert.ok(answer.messages.length > 0, 'a page with more behind it must move something');
  }
}
