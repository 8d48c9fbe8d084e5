// Codes: bound to who asked for them, good once, dead after too many guesses, and never seen outside the SMS.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { freshPhone, request, requestCode, requestCodeOnPages, signInOnPages, signInProgram, wrongCode } from './support/people.js';
import { closeSockets, connect } from './support/sockets.js';
import { Server } from './support/server.js';
import { Visitor } from './support/visitor.js';

let server;

before(async () => { server = await Server.start(); });

after(async () => {
  closeSockets();
  await server.remove();
});

test('a person signs in on the pages and stays signed in', async () => {
  const kevin = await signInOnPages(server, 'Kevin');
  assert.equal((await kevin.visitor.get('/chats')).status, 200);
  assert.equal((await kevin.visitor.get('/')).location, '/chats');
});

test('a program signs in twice with one number and is the same person', async () => {
  const kevin = await signInProgram(server, 'Kevin');
  const { challenge, code } = await requestCode(server, kevin.phone);
  const again = await request(server, '/api/phone/verify', { challenge, pin: code });
  assert.equal(again.status, 200);
  assert.equal(again.body.known, true);
  assert.equal(again.body.user_id, kevin.id);
  assert.equal((await connect({ server, token: again.body.token })).ready.user.id, kevin.id);
});

test('asking for a code answers the same for a known and an unknown number', async () => {
  // Both numbers were sent one code before; only one of them led to an account.
  const known = await signInProgram(server, 'Kevin');
  const unknown = freshPhone();
  await requestCode(server, unknown);

  const [first, second] = [
    await request(server, '/api/phone', { phone: known.phone }),
    await request(server, '/api/phone', { phone: unknown }),
  ];

  assert.equal(first.status, 202);
  const own = { challenge: '', phone: '' };
  assert.deepEqual({ ...first, body: { ...first.body, ...own } }, { ...second, body: { ...second.body, ...own } });
  assert.equal(first.body.challenge.length, second.body.challenge.length);
});

test('a code from another browser signs nobody in', async () => {
  const [owner, thief] = [new Visitor(server), new Visitor(server)];
  const code = await requestCodeOnPages(owner, freshPhone());
  assert.notEqual(await requestCodeOnPages(thief, freshPhone()), code);

  const stolen = await thief.submit('/verify', '/verify', { code });

  assert.equal(stolen.status, 422);
  assert.match((await thief.get('/chats')).location, /^\/login\/phone/);
  // It was a good code: in the browser that asked for it, it works.
  assert.equal((await owner.submit('/verify', '/verify', { code })).location, '/welcome');
});

test('a code without a challenge of its own finds no verify page', async () => {
  const visitor = new Visitor(server);
  await requestCodeOnPages(new Visitor(server), freshPhone());
  const answer = await visitor.get('/verify');
  assert.equal(answer.status, 303);
  assert.match(answer.location, /^\/login\/phone/);
});

test('after five wrong codes the right one is refused too, on the pages', async () => {
  const visitor = new Visitor(server);
  const code = await requestCodeOnPages(visitor, freshPhone());
  for (let guess = 1; guess <= 5; guess += 1) {
    const answer = await visitor.post('/verify', { code: wrongCode(code) });
    assert.notEqual(answer.location, '/welcome', `guess ${guess}`);
    assert.ok([303, 422, 429].includes(answer.status), `guess ${guess} answered ${answer.status}`);
  }

  const sixth = await visitor.post('/verify', { code });

  assert.notEqual(sixth.location, '/welcome');
  assert.match((await visitor.get('/chats')).location, /^\/login\/phone/);
});

test('after five wrong codes the right one is refused too, for programs', async () => {
  const { challenge, code } = await requestCode(server, freshPhone());
  for (let guess = 1; guess <= 5; guess += 1) {
    const { status } = await request(server, '/api/phone/verify', { challenge, pin: wrongCode(code) });
    assert.ok([400, 410].includes(status), `guess ${guess} answered ${status}`);
  }

  const sixth = await request(server, '/api/phone/verify', { challenge, pin: code });

  assert.equal(sixth.status, 410);
  assert.ok(!('token' in sixth.body) && !('signup' in sixth.body));
});

test('a second use of the code is refused', async () => {
  const { challenge, code } = await requestCode(server, freshPhone());
  assert.equal((await request(server, '/api/phone/verify', { challenge, pin: code })).status, 200);
  assert.equal((await request(server, '/api/phone/verify', { challenge, pin: code })).status, 410);
});

test('twenty submits of the right code at once make one sign-in', async () => {
  const { challenge, code } = await requestCode(server, freshPhone());
  const answers = await Promise.all(Array.from({ length: 20 }, () => request(server, '/api/phone/verify', { challenge, pin: code })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('the code is in no cookie, no page and not in the log', async () => {
  const visitor = new Visitor(server);
  const code = await requestCodeOnPages(visitor, freshPhone());
  const page = await visitor.get('/verify');
  assert.equal(page.status, 200);
  assert.ok(visitor.cookieValues.length > 0);

  for (const value of visitor.cookieValues) {
    for (const reading of [value, decodeURIComponent(value), Buffer.from(value, 'base64').toString('latin1')]) {
      assert.ok(!reading.includes(code));
    }
  }
  assert.ok(!page.text.includes(code));
  assert.ok(!server.log.includes(code));
});

test('the session cookie is HttpOnly and Lax, and its value changes with the sign-in', async () => {
  const visitor = new Visitor(server);
  const code = await requestCodeOnPages(visitor, freshPhone());
  const planted = visitor.cookie;
  assert.match(planted, /(^|; )chinwag=/);
  const proved = await visitor.submit('/verify', '/verify', { code });
  assert.equal(proved.location, '/welcome');
  await visitor.submit('/welcome', '/welcome', { name: 'Renewed', username: 'renewed' });

  assert.equal((await visitor.get('/chats')).status, 200);
  assert.notEqual(visitor.cookie, planted);
  const old = await fetch(`${server.url}/chats`, { headers: { cookie: planted }, redirect: 'manual' });
  assert.equal(old.status, 303, 'the id from before the sign-in is worth nothing');
  const response = await fetch(`${server.url}/login/phone`);
  for (const line of response.headers.getSetCookie()) {
    assert.match(line, /;\s*HttpOnly/i);
    assert.match(line, /;\s*SameSite=Lax/i);
  }
});

test('a username that is taken is refused and the sign-up can be finished with another', async () => {
  const kevin = await signInProgram(server, 'Kevin');
  const { challenge, code } = await requestCode(server, freshPhone());
  const { body: { signup } } = await request(server, '/api/phone/verify', { challenge, pin: code });

  const taken = await request(server, '/api/phone/finish', { signup, username: kevin.username.toUpperCase() });
  const free = await request(server, '/api/phone/finish', { signup, username: `${kevin.username}.two` });

  assert.equal(taken.status, 400);
  assert.equal(free.status, 201);
});
