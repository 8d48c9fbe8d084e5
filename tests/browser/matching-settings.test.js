// Strangers on a server of one's own: what the operator decides, and what is counted.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { launch } from './support/browser.js';
import { Stranger, twoWhoMet } from './support/stranger.js';

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

test('who does not come back in time has lost the talk, and both are told so', { timeout: 90_000 }, async (t) => {
  const server = await Server.start({ MATCH_RECONNECT_SECS: '4' });
  t.after(() => server.remove());
  const [kevin, jz] = await twoWhoMet(browser, server);
  await kevin.say('Last words');
  await jz.seesLines(['Last words']);
  const address = kevin.page.url();
  await kevin.page.goto('about:blank');

  await jz.state.getByText(/^Connection lost — waiting 0:0\d for them$/).waitFor();
  await jz.hasEnded('The connection was lost.');

  // Coming back finds how it ended, and the way on.
  await kevin.page.goto('/match');
  await kevin.page.locator('#lobby').getByText('Your talk with Stranger has ended.').waitFor();
  await kevin.page.goto(address);
  await kevin.hasEnded('The connection was lost.');
  await kevin.seesLines(['Last words']);
  assert.deepEqual([...kevin.troubles, ...jz.troubles], []);
});

test('a page that comes back too late from a tunnel is told why', { timeout: 90_000 }, async (t) => {
  const server = await Server.start({ MATCH_RECONNECT_SECS: '2' });
  t.after(() => server.remove());
  const [kevin, jz] = await twoWhoMet(browser, server);
  await jz.say('Are you there?');
  await kevin.seesLines(['Are you there?']);
  await kevin.context.setOffline(true);
  await jz.hasEnded('The connection was lost.');
  await kevin.context.setOffline(false);

  await kevin.page.locator('#closing').getByText('The connection was lost.').waitFor({ timeout: 30_000 });
  await kevin.seesLines(['Are you there?']);
  assert.deepEqual([...kevin.troubles, ...jz.troubles], []);
});

test('where strangers are switched off nothing leads to them', async (t) => {
  const server = await Server.start({ MATCH_ENABLED: 'false' });
  t.after(() => server.remove());
  const kevin = await Stranger.arrive(browser, server, 'Kevin');
  await kevin.page.goto('/');
  await kevin.page.getByRole('link', { name: 'Sign in with your phone' }).waitFor();
  assert.equal(await kevin.page.getByText(/random|stranger/i).count(), 0);
  await kevin.signIn();
  assert.equal(await kevin.page.getByRole('link', { name: 'Random' }).count(), 0);
  for (const [path, method] of [['/match', 'GET'], ['/match/now', 'GET'], ['/match/enter', 'POST']]) {
    assert.equal((await kevin.page.request.fetch(path, { method, headers: { origin: server.url } })).status(), 404, path);
  }
});

test('only who accepts the rules, on our own page, comes in', async (t) => {
  const server = await Server.start({ LIMITS: 'on', LIMIT_GUESTS_PER_ADDRESS_HOUR: '1' });
  t.after(() => server.remove());
  const looked = await fetch(`${server.url}/match`);
  // The cookie of the form, and no session.
  const [kept] = looked.headers.get('set-cookie').split(';');
  assert.match(kept, /^form=/);
  const [, form_token] = (await looked.text()).match(/name="form_token" value="(\w+)"/);
  const enter = (form, headers = { 'sec-fetch-site': 'same-origin' }) => fetch(`${server.url}/match/enter`, { method: 'POST', body: new URLSearchParams({ ...form, form_token }), headers: { cookie: kept, ...headers } });
  assert.equal((await enter({ accept: 'on' }, { origin: 'https://evil.example' })).status, 403);
  const refused = await enter({});
  assert.equal(refused.status, 422);
  assert.match((await refused.json()).message, /accept the rules/);
  assert.equal(refused.headers.get('set-cookie'), null);

  const entered = await enter({ accept: 'on' });
  assert.equal(entered.status, 204);
  const cookie = entered.headers.get('set-cookie');
  assert.match(cookie, /^chinwag=/);
  const page = await (await fetch(`${server.url}/match`, { headers: { cookie: cookie.split(';')[0] } })).text();
  assert.match(page, /data-accepted="true"/);
  assert.match(page, /data-me="[1-9]/);

  const another = await enter({ accept: 'on' });
  assert.equal(another.status, 429);
  assert.match((await another.json()).message, /\w/);
});

test('who looks too often is told when to try again, and keeps the talk they have', async (t) => {
  const server = await Server.start({ LIMITS: 'on', LIMIT_MATCHES_PER_MINUTE: '1' });
  t.after(() => server.remove());
  const [kevin, jz] = await twoWhoMet(browser, server);

  await kevin.presses('Next');

  await kevin.page.getByRole('alert').filter({ hasText: 'You have met many people lately. Try again in' }).waitFor();
  await kevin.say('Still here');
  await jz.seesLines(['Still here']);
  await jz.presses('Stop');
  await kevin.hasEnded('They left.');
  await kevin.findNew.click();
  await kevin.page.getByRole('alert').filter({ hasText: 'You have met many people lately.' }).waitFor();
  assert.deepEqual([...kevin.troubles, ...jz.troubles], []);
});

test('a browser that keeps no cookie is told that it must', async (t) => {
  const server = await Server.start();
  t.after(() => server.remove());
  const kevin = await Stranger.arrive(browser, server, 'Kevin');
  await kevin.entersLobby();
  await kevin.page.route('**/match/enter', (route) => route.fulfill({ status: 204 }));
  await kevin.starts();
  await kevin.page.getByRole('alert').filter({ hasText: 'did not keep our cookie' }).waitFor();

  await kevin.page.unroute('**/match/enter');
  await kevin.starts();
  await kevin.isLooking();
});

test('the start page tells how many wait', async (t) => {
  const server = await Server.start();
  t.after(() => server.remove());
  const kevin = await Stranger.arrive(browser, server, 'Kevin');
  await kevin.looks();
  const jz = await Stranger.arrive(browser, server, 'Jazz');
  await jz.page.goto('/');
  await jz.page.getByText('1 waiting now').waitFor();
  await kevin.control('Cancel').click();
  await jz.page.getByText('0 waiting now').waitFor();
});
