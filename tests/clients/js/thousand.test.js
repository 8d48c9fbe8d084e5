// A thousand messages each way, with acknowledgements, in order, each once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { signInOnPages, signInProgram } from './support/people.js';
import { ask, closeSockets, connect, openConversation } from './support/sockets.js';
import { Server } from './support/server.js';
import { until } from './support/waiting.js';

const MESSAGES = 1_000;
/** How many of one side may be unacknowledged at a time; enough for batches to form on every leg. */
const WINDOW = 50;

let server;

before(async () => { server = await Server.start(); });

after(async () => {
  closeSockets();
  await server.remove();
});

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
  test(`a token and a cookie exchange a thousand each way over ${transports.join(', then ')}`, { timeout: 120_000 }, async () => {
    const kevin = await signInProgram(server, 'Kevin');
    const jz = await signInOnPages(server, 'JZ');
    const kevins = await connect(kevin, { transports });
    const jzs = await connect(jz, { transports });
    const conversation = await openConversation(kevins, jz);
    const heardByKevin = messagesHeardBy(kevins);
    const heardByJz = messagesHeardBy(jzs);

    const [answersToKevin, answersToJz] = await Promise.all([
      sendAThousand(kevins, conversation, 'kevin'),
      sendAThousand(jzs, conversation, 'jz'),
    ]);

    for (const [answers, side] of [[answersToKevin, 'kevin'], [answersToJz, 'jz']]) {
      assert.equal(answers.length, MESSAGES);
      assert.ok(answers.every(({ ok, duplicate }) => ok === true && duplicate === false));
      assert.deepEqual(answers.map(({ message }) => message.body), bodies(side));
      assertAscending(answers.map(({ message }) => message.seq));
    }

    for (const messages of [heardByKevin, heardByJz]) {
      await until(() => messages.length >= 2 * MESSAGES, 'all messages to be pushed', 30_000);
      assert.equal(messages.length, 2 * MESSAGES);
      // One order for both readers, without a gap: the counter has taken nothing but these messages.
      assert.deepEqual(messages.map(({ seq }) => seq), Array.from({ length: 2 * MESSAGES }, (_, n) => n + 1));
      for (const [person, side] of [[kevin, 'kevin'], [jz, 'jz']]) {
        const theirs = messages.filter(({ sender }) => sender.username === person.username);
        assert.deepEqual(theirs.map(({ body }) => body), bodies(side));
      }
    }
    assert.deepEqual(heardByKevin.map(({ id }) => id), heardByJz.map(({ id }) => id));
  });
}

function messagesHeardBy(socket) {
  const messages = [];
  socket.on('message:new', ({ message }) => messages.push(message));
  return messages;
}

/** Sends the whole thousand with a bounded number in flight; the answers come in the order of sending. */
async function sendAThousand(socket, conversation, side) {
  const answers = [];
  const inFlight = [];
  for (const body of bodies(side)) {
    if (inFlight.length === WINDOW) answers.push(await inFlight.shift());
    inFlight.push(ask(socket, 'message:send', { conversation_id: conversation.id, body, client_id: crypto.randomUUID() }));
  }
  return [...answers, ...await Promise.all(inFlight)];
}

function bodies(side) {
  return Array.from({ length: MESSAGES }, (_, n) => `${side} says ${n}`);
}

function assertAscending(numbers) {
  const wrong = numbers.findIndex((number, at) => at > 0 && number <= numbers[at - 1]);
  assert.equal(wrong, -1, `out of order at ${wrong}: ${numbers[wrong - 1]} before ${numbers[wrong]}`);
}
