// One room, four doors: the page, the stock Socket.IO client, a plain WebSocket and REST. Whoever comes in, and by whichever, sees
// what was said in the same order, once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';

import { signInProgram } from '../clients/js/support/people.js';
import { Server } from '../clients/js/support/server.js';
import { ask, closeSockets, connect } from '../clients/js/support/sockets.js';
import { soon, until } from '../clients/js/support/waiting.js';
import { launch } from './support/browser.js';
import { Roommate, people } from './support/roommate.js';

const ROUNDS = 10;
const ROOM = 'doors';

let server, browser;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  closeSockets();
  await browser?.close();
  await server.remove();
});

test('a page, a socket, a plain WebSocket and REST see one room in the same order', async () => {
  const [ana] = await people(browser, server, ['Ana']);
  await ana.creates(ROOM);
  const [bo, caz, dee] = await Promise.all(['Bo', 'Caz', 'Dee'].map((name) => signInProgram(server, name)));
  const byPage = { says: (text) => ana.say(text), sees: () => seenOnPage(ana) };
  const doors = [byPage, await bySocket(bo), await byWebSocket(caz), await byRest(dee)];

  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(doors.map((door, n) => door.says(`${round} by door ${n}`)));
  }

  const [first, ...others] = await until(async () => {
    const seen = await Promise.all(doors.map((door) => door.sees()));
    return seen.every((texts) => texts.length >= ROUNDS * doors.length) && seen;
  }, 'everything to be seen through every door');
  assert.equal(new Set(first).size, ROUNDS * doors.length, 'each once');
  for (const other of others) assert.deepEqual(other, first);
  assert.deepEqual(ana.troubles, []);
  await ana.context.close();
});

test('what REST changes or takes back changes before the eyes of who has the page open', async () => {
  const [ana] = await people(browser, server, ['Ana']);
  await ana.creates('changes');
  const dee = await signInProgram(server, 'Dee');
  await rest(dee, 'PUT', '/api/rooms/changes/membership');
  const { message_id: id } = await rest(dee, 'POST', '/api/rooms/changes/messages', { text: 'On Sunday?' });
  await ana.log.getByText('On Sunday?', { exact: true }).waitFor();

  await rest(dee, 'PUT', `/api/messages/${id}`, { text: 'On Saturday?' });
  await ana.log.getByText('On Saturday?', { exact: true }).waitFor();
  assert.equal(await ana.log.getByText('On Sunday?', { exact: true }).count(), 0);

  await rest(dee, 'DELETE', `/api/messages/${id}`);
  await ana.log.getByText('On Saturday?', { exact: true }).waitFor({ state: 'detached' });
  await ana.log.getByText('Message deleted').waitFor();
  await ana.context.close();
});

/** The texts on the page, from top to bottom. */
function seenOnPage(person) {
  return person.log.getByRole('article').locator('.message__body').allInnerTexts();
}

/** The stock client: what is pushed, in the order in which it comes. */
async function bySocket(person) {
  const socket = await connect(person);
  const seen = [];
  socket.on('message:new', ({ message }) => seen.push(message.body));
  const { conversation } = await ask(socket, 'room:join', { name: ROOM });
  return {
    says: async (body) => assert.ok((await ask(socket, 'message:send', { conversation_id: conversation.id, body })).ok),
    sees: () => seen,
  };
}

/** Plain JSON frames, in the order in which they come. */
async function byWebSocket(person) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/chat?token=${person.token}`);
  const seen = [];
  const entered = new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(data);
      if (frame.code === 'api-motd') socket.send(JSON.stringify({ type: 'join', room_name: ROOM }));
      if (frame.type === 'room:notification' && frame.code === 'joined' && frame.you) resolve();
      if (frame.type === 'room:notification' && frame.code === 'message') seen.push(frame.body);
    });
    socket.once('error', reject);
  });
  await soon(entered, `the entry into ${ROOM}`);
  return {
    says: (body) => socket.send(JSON.stringify({ type: 'message', room_name: ROOM, body })),
    sees: () => seen,
  };
}

/** No connection at all: it posts, and reads page by page from the end to the beginning. */
async function byRest(person) {
  await rest(person, 'PUT', `/api/rooms/${ROOM}/membership`);
  return {
    says: (text) => rest(person, 'POST', `/api/rooms/${ROOM}/messages`, { text }),
    sees: async () => {
      const seen = [];
      for (let before = ''; before !== null;) {
        const page = await rest(person, 'GET', `/api/rooms/${ROOM}/messages?limit=7&before_seq=${before}`);
        seen.unshift(...page.data.map(({ text }) => text));
        before = page.before_seq;
      }
      return seen;
    },
  };
}

async function rest(person, method, path, body) {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}
