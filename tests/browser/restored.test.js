// The server comes back with a copy of its database: what was said after the copy is gone, and the pages show what there is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { launch } from './support/browser.js';
import { Person } from './support/person.js';

let server, browser;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server.remove();
});

test('open pages notice that an older copy was restored, show nothing wrong and go on', async () => {
  const kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  const jz = await (await Person.arrive(browser, server, 'Jazz')).signIn();
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  await kevin.say('Before the copy');
  await jz.seesLines(['Before the copy']);
  await server.runCommand(['backup', 'copy.db']);
  await kevin.say('After the copy');
  await jz.say('So it seems');
  for (const one of [kevin, jz]) await one.seesLines(['Before the copy', 'After the copy', 'So it seems']);

  await server.stop();
  await server.loseDatabase();
  await server.runCommand(['restore', 'copy.db']);
  const reloaded = [kevin, jz].map((one) => one.page.waitForEvent('load'));
  await server.resume();
  await Promise.all(reloaded);

  for (const one of [kevin, jz]) await one.seesLines(['Before the copy']);
  await kevin.say('And on');
  for (const one of [kevin, jz]) await one.seesLines(['Before the copy', 'And on']);
  assert.deepEqual([...kevin.troubles, ...jz.troubles], []);
});
