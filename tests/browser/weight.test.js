// The first chat page somebody ever opens: everything it loads, as it comes over the wire.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { Person } from './support/person.js';
import { browser, server } from './support/stage.js';

const LIMIT_BYTES = 60_000;

test('a first chat page weighs less than 60 KB over the wire', async (t) => {
  const kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  const jz = await (await Person.arrive(browser, server, 'Jazz')).signIn();
  await kevin.beginTalkWith(jz);
  for (let n = 1; n <= 20; n += 1) await kevin.say(`A line such as people write, number ${n}`);
  await kevin.line('number 20').getByText(/^(sent|delivered)$/).waitFor();

  // A browser that has never seen us, but is signed in: nothing is in its cache.
  const fresh = await kevin.again(browser);
  const network = await fresh.context.newCDPSession(fresh.page);
  await network.send('Network.enable');
  const requests = new Map();
  network.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, { url: request.url, bytes: 0 }));
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request) Object.assign(request, { bytes: encodedDataLength, done: true });
  });
  const live = fresh.page.waitForEvent('websocket');

  await fresh.page.goto(new URL(kevin.page.url()).pathname, { waitUntil: 'load' });
  await live;
  await fresh.line('number 20').waitFor();
  // Long polls end when the server has something to say; everything else must have arrived.
  const isLongPoll = ({ url }) => url.includes('transport=polling');
  await until(() => [...requests.values()].every((request) => request.done || isLongPoll(request) || request.url.startsWith('data:')), 'all requests to finish');

  const sizes = [...requests.values()];
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { url, bytes } of sizes) t.diagnostic(`${String(bytes).padStart(6)} ${url.replace(server.url, '')}`);
  t.diagnostic(`${String(total).padStart(6)} together, of ${LIMIT_BYTES} allowed`);
  assert.ok(sizes.some(({ url, bytes }) => url.endsWith('.css') && bytes > 0), 'a style sheet must have been loaded');
  assert.ok(sizes.some(({ url, bytes }) => url.endsWith('.js') && bytes > 0), 'a script must have been loaded');
  assert.ok(total < LIMIT_BYTES, `${total} bytes`);
});
