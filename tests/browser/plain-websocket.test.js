// The dialect of the financial chat with the WebSocket of a browser: every frame and every error, by two people.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { request } from '../clients/js/support/people.js';
import { PlainChatter } from './support/plain-chatter.js';
import { browser, server } from './support/stage.js';

const PASSWORD = 'a long enough password';
const ROOM = 'general';

let kevin, jz;

before(async () => {
  for (const username of ['kevin', 'jz']) {
    assert.equal((await request(server, '/register', { username, password: PASSWORD })).status, 200);
  }
  [kevin, jz] = await Promise.all([PlainChatter.arrive(browser, server), PlainChatter.arrive(browser, server)]);
});

const signsIn = async (username) => (await request(server, '/login', { username, password: PASSWORD })).body.token;
const error = (code, details) => ({ type: 'error', code, ...(details && { details }) });
const say = (fields) => ({ type: 'message', room_name: ROOM, ...fields });
const custom = (fields) => ({ ...say(fields), type: 'custom' });

/** A frame about the room, its stamp looked at and taken away. */
function told({ stamp, ...frame }) {
  assert.match(stamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  return frame;
}

const about = (code, you, user, fields = {}) => ({ type: 'room:notification', code, you, user, room_name: ROOM, ...fields });

test('two people go through every frame, and one signs out with the connection open', async () => {
  const stranger = await PlainChatter.arrive(browser, server);
  assert.deepEqual(await stranger.opens('nonsense'), { type: 'fatal', code: 'not-authenticated' });
  assert.deepEqual(await stranger.closes(), { code: 1000, frames: [] });

  const [kevins, jzs] = await Promise.all([signsIn('kevin'), signsIn('jz')]);
  for (const [person, token] of [[kevin, kevins], [jz, jzs]]) {
    const { content, ...greeting } = await person.opens(token);
    assert.deepEqual(greeting, { type: 'notification', code: 'api-motd' });
    assert.match(content, /help/);
  }
  assert.deepEqual(await stranger.opens(kevins), { type: 'fatal', code: 'already-chatting' });
  assert.deepEqual(await stranger.closes(), { code: 1000, frames: [] });
  await stranger.leaves();

  assert.ok((await kevin.asks({ type: 'help' })).help);
  const joined = await kevin.asks({ type: 'join', room_name: ROOM });
  assert.deepEqual(joined.status, { users: [{ name: 'kevin', you: true }], messages: [] });
  assert.deepEqual((await kevin.asks({ type: 'list' })).list, [{ name: ROOM, joined: true }]);
  assert.deepEqual((await jz.asks({ type: 'list' })).list, [{ name: ROOM, joined: false }]);

  for (let n = 0; n < 55; n += 1) {
    assert.deepEqual(told(await kevin.asks(say({ body: ` line ${n}\n` }))), about('message', true, 'kevin', { body: `line ${n}` }));
  }
  const { status, ...entry } = told(await jz.asks({ type: 'join', room_name: ROOM }));
  assert.deepEqual(entry, about('joined', true, 'jz'));
  assert.deepEqual(status.users, [{ name: 'jz', you: true }, { name: 'kevin', you: false }]);
  const last50 = Array.from({ length: 50 }, (_, n) => `line ${54 - n}`);
  assert.deepEqual(status.messages.map(({ body }) => body), last50, 'the newest first');
  assert.ok(status.messages.every(({ user, you }) => user === 'kevin' && !you));
  assert.deepEqual(told(await kevin.frame()), about('joined', false, 'jz', { status: null }));

  for (const frame of [say, custom]) {
    await jz.says(frame({ command: ' stock ', payload: 'aapl.us' }));
    const asked = { command: 'stock', payload: 'aapl.us' };
    assert.deepEqual(told(await jz.frame()), about('custom', true, 'jz', asked));
    assert.deepEqual(told(await kevin.frame()), about('custom', false, 'jz', asked));
  }
  await jz.says({ type: 'part', room_name: ROOM });
  assert.deepEqual(told(await jz.frame()), about('parted', true, 'jz'));
  assert.deepEqual(told(await kevin.frame()), about('parted', false, 'jz'));

  const out = await fetch(`${server.url}/logout`, { method: 'POST', headers: { authorization: `Token ${kevins}` } });
  assert.equal(out.status, 204);
  assert.deepEqual(await kevin.frame(), { type: 'notification', code: 'logged-out' });
  assert.deepEqual(await kevin.closes(), { code: 1000, frames: [] });
  assert.deepEqual(await kevin.opens(kevins), { type: 'fatal', code: 'not-authenticated' });
});

test('every error is answered, and costs nobody the connection', async () => {
  assert.equal((await kevin.opens(await signsIn('kevin'))).code, 'api-motd');
  await kevin.asks({ type: 'join', room_name: ROOM });
  for (const odd of ['', 'hello', '{', '[]', '7', 'null']) {
    await kevin.sends(odd);
    assert.deepEqual(await kevin.frame(), error('invalid-format'), odd);
  }
  await kevin.sendsBytes(0, 255);
  assert.deepEqual(await kevin.frame(), error('invalid-format'));
  for (const [frame, expected] of [
    [{ type: 'join' }, error('invalid-format')],
    [say({ body: 7 }), error('invalid-format')],
    [say({ body: 'x'.repeat(4097) }), error('invalid-format', { reason: 'too-long' })],
    [{ type: 'dance' }, error('unsupported-command', { type: 'dance' })],
    [{}, error('unsupported-command', { type: null })],
    [say({ body: ' \n' }), error('room:empty-message')],
    [say({ command: ' ', payload: 'x' }), error('room:empty-custom')],
    [custom({ command: 'x', payload: '' }), error('room:empty-custom')],
    [{ type: 'join', room_name: ROOM }, error('room:already-joined', { name: ROOM })],
    [{ type: 'join', room_name: 'nowhere' }, error('room:invalid', { name: 'nowhere' })],
    [{ type: 'part', room_name: 'nowhere' }, error('room:not-joined', { name: 'nowhere' })],
    [say({ room_name: 'nowhere', body: 'x' }), error('room:not-joined', { name: 'nowhere' })],
  ]) {
    assert.deepEqual(await kevin.asks(frame), expected);
  }
  assert.equal((await kevin.asks(say({ body: 'still here' }))).body, 'still here');
});
