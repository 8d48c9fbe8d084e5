// Nobody outside a conversation hears of it, and what is not mine answers like what is not there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { signInOnPages, signInProgram } from './support/people.js';
import { ask, closeSockets, connect, heard, openConversation, recordingOf, say } from './support/sockets.js';
import { Server } from './support/server.js';

const MISSING = 9_007_199_254_740_991;

let server, kevins, jzs, stranger, conversation, message;

before(async () => {
  server = await Server.start();
  const [kevin, jz] = [await signInProgram(server, 'Kevin'), await signInProgram(server, 'JZ')];
  [kevins, jzs] = [await connect(kevin), await connect(jz)];
  stranger = await connect(await signInProgram(server, 'Stranger'));
  conversation = await openConversation(kevins, jz);
  message = await say(kevins, conversation, 'Between the two of us');
});

after(async () => {
  closeSockets();
  await server.remove();
});

const reaches = {
  'message:send': (id) => ({ conversation_id: id, body: 'Let me in', client_id: crypto.randomUUID() }),
  'history': (id) => ({ conversation_id: id }),
  'read': (id) => ({ conversation_id: id, seq: 1 }),
  'delivered': (id) => ({ conversation_id: id, seq: 1 }),
  'typing': (id) => ({ conversation_id: id, on: true }),
};

for (const [event, payload] of Object.entries(reaches)) {
  test(`${event} to a conversation of others answers not_found, as for one that does not exist`, async () => {
    assert.equal((await ask(kevins, event, payload(conversation.id))).ok, true, 'it must work for its members');
    const foreign = await ask(stranger, event, payload(conversation.id));
    const missing = await ask(stranger, event, payload(MISSING));
    assert.equal(foreign.ok, false);
    assert.equal(foreign.error.code, 'not_found');
    assert.deepEqual(foreign, missing);
  });
}

for (const [event, more] of [['message:edit', { body: 'Rewritten' }], ['message:delete', {}]]) {
  test(`${event} of a message among others answers not_found, as for one that does not exist`, async () => {
    const foreign = await ask(stranger, event, { message_id: message.id, ...more });
    const missing = await ask(stranger, event, { message_id: MISSING, ...more });
    assert.equal(foreign.error.code, 'not_found');
    assert.deepEqual(foreign, missing);
  });

  test(`${event} of what the other one said is forbidden`, async () => {
    const answer = await ask(jzs, event, { message_id: message.id, ...more });
    assert.equal(answer.ok, false);
    assert.equal(answer.error.code, 'forbidden');
  });
}

test('opening a conversation with nobody answers not_found; with oneself it is refused', async () => {
  const nobody = await ask(kevins, 'conversation:open', { username: 'nobody-of-that-name' });
  assert.equal(nobody.error.code, 'not_found');
  assert.deepEqual(await ask(kevins, 'conversation:open', { user_id: MISSING }), nobody);
  const myself = await ask(kevins, 'conversation:open', { user_id: kevins.ready.user.id });
  assert.equal(myself.ok, false);
});

test('somebody whose id was guessed cannot be written to: they answer like nobody', async () => {
  const target = stranger.ready.user.id;
  const nobody = await ask(kevins, 'conversation:open', { user_id: MISSING });
  assert.deepEqual(await ask(kevins, 'conversation:open', { user_id: target }), nobody);
  const draft = { body: 'Who are you?', client_id: crypto.randomUUID() };
  const missing = await ask(kevins, 'message:send', { ...draft, to: MISSING });
  assert.equal(missing.error.code, 'not_found');
  assert.deepEqual(await ask(kevins, 'message:send', { ...draft, to: target }), missing);
});

test('a conversation is nothing to the other one until something is said in it', async () => {
  const recording = recordingOf(stranger);
  const opened = await openConversation(kevins, { username: stranger.ready.user.username });
  const answer = await ask(stranger, 'conversation:list');
  assert.deepEqual(answer.conversations, []);
  assert.deepEqual(recording, []);
  assert.equal((await ask(stranger, 'history', { conversation_id: opened.id })).error.code, 'not_found');
});

test('a bystander hears nothing of a talk: no message, edit, deletion, typing, receipt', async () => {
  const witness = recordingOf(jzs);
  const recording = recordingOf(stranger);
  const gone = heard(jzs, 'message:deleted');

  const sent = await say(kevins, conversation, 'A secret');
  await ask(kevins, 'typing', { conversation_id: conversation.id, on: true });
  await ask(jzs, 'read', { conversation_id: conversation.id, seq: sent.seq });
  await ask(kevins, 'message:edit', { message_id: sent.id, body: 'A better secret' });
  await ask(kevins, 'message:delete', { message_id: sent.id });
  await gone;
  // Whatever was on its way to the bystander lies before this answer.
  await ask(stranger, 'conversation:list');

  const events = new Set(witness.map(({ event }) => event));
  for (const event of ['message:new', 'message:edited', 'message:deleted', 'typing']) assert.ok(events.has(event), `the other one hears ${event}`);
  assert.deepEqual(recording, []);
});

test('a deletion carries nothing of what was said', async () => {
  const sent = await say(kevins, conversation, 'Unsay this');
  const hearing = heard(jzs, 'message:deleted', ({ message: { id } }) => id === sent.id);
  await ask(kevins, 'message:delete', { message_id: sent.id });
  const { message: tombstone } = await hearing;
  assert.equal(tombstone.deleted, true);
  assert.equal(tombstone.body, '');
  assert.equal(tombstone.seq, sent.seq);
  assert.ok(tombstone.rev > sent.rev);
});

test('nothing that a socket receives or a page shows contains a phone number of somebody else or a session id', async () => {
  const ana = await signInOnPages(server, 'Ana');
  const bo = await signInProgram(server, 'Bo');
  const [anas, bos] = [await connect(ana, { transports: ['websocket'] }), await connect(bo, { transports: ['websocket'] })];
  const recording = recordingOf(anas);
  const talk = await openConversation(anas, bo);
  const introduced = heard(bos, 'message:new');
  await say(anas, talk, 'Hello Bo');
  await introduced;
  const hearing = heard(anas, 'message:new');
  await say(bos, talk, 'Hello Ana');
  await hearing;
  const page = await ana.visitor.get(`/chats/${talk.id}`);
  assert.equal(page.status, 200);
  assert.match(page.text, /Hello Ana/);

  for (const text of [JSON.stringify(recording), JSON.stringify(anas.ready), page.text]) {
    assert.ok(!text.includes(bo.phone.slice('+1'.length)));
    assert.ok(!text.includes(bos.id) && !text.includes(bos.io.engine.id));
  }
});

test('on the pages, what belongs to others answers like what is not there', async () => {
  const [ana, bo] = [await signInOnPages(server, 'Ana'), await signInOnPages(server, 'Bo')];
  const cara = await signInProgram(server, 'Cara');
  const added = await ana.visitor.submit('/contacts', '/contacts', { who: cara.username, name: 'My Cara' });
  assert.equal(added.status, 303);
  const contacts = (await ana.visitor.get('/contacts')).text;
  const contact = /id="contact-(\d+)"/.exec(contacts)[1];
  const { location: talk } = await ana.visitor.post(`/contacts/${contact}/open`, {});
  assert.match(talk, /^\/chats\/\d+$/);
  await ana.visitor.post('/settings/tokens', { label: 'Ana\'s script' });
  const settings = (await ana.visitor.get('/settings')).text;
  const token = /\/settings\/tokens\/(\d+)\/revoke/.exec(settings)[1];

  const mine = [
    ['GET', talk],
    ['POST', `${talk}/messages`, { body: 'Let me in', client_id: crypto.randomUUID() }],
    ['POST', `/contacts/${contact}/rename`, { name: 'Mine now' }],
    ['POST', `/contacts/${contact}/open`, {}],
    ['POST', `/contacts/${contact}/delete`, {}],
    ['POST', `/settings/tokens/${token}/revoke`, {}],
  ];
  for (const [method, path, fields] of mine) {
    const ask = (address) => (method === 'GET' ? bo.visitor.get(address) : bo.visitor.post(address, fields));
    const foreign = await ask(path);
    const missing = await ask(path.replace(/\d+/, MISSING));
    assert.equal(foreign.status, 404, path);
    assert.deepEqual(foreign, missing, path);
  }

  // Nothing of it was touched, and for its owner all of it works.
  assert.match((await ana.visitor.get('/contacts')).text, /My Cara/);
  assert.doesNotMatch((await ana.visitor.get(talk)).text, /Let me in/);
  for (const [method, path, fields] of mine) {
    const answer = method === 'GET' ? await ana.visitor.get(path) : await ana.visitor.post(path, fields);
    assert.ok([200, 303].includes(answer.status), `${path} answered its owner ${answer.status}`);
  }
});
