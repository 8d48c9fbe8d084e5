// Blocking from the chat: it is confirmed, and whatever it makes impossible says why.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { launch } from './support/browser.js';
import { Person } from './support/person.js';

let server, browser, kevin, jz;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

beforeEach(async () => {
  kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  jz = await (await Person.arrive(browser, server, 'Jazz')).signIn();
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
});

afterEach(async () => {
  const troubles = [...kevin.troubles, ...jz.troubles];
  await Promise.all([kevin.context.close(), jz.context.close()]);
  assert.deepEqual(troubles, []);
});

after(async () => {
  await browser?.close();
  await server.remove();
});

test('blocking and unblocking from the chat are confirmed there, once', async () => {
  await jz.blocks();
  await jz.page.getByRole('status').filter({ hasText: 'Blocked.' }).waitFor();
  await jz.page.reload();
  await jz.page.getByText('You have blocked').waitFor();
  assert.equal(await jz.page.getByRole('status').filter({ hasText: 'Blocked.' }).count(), 0);

  await jz.page.getByRole('button', { name: 'Unblock' }).click();
  await jz.page.getByRole('status').filter({ hasText: 'Unblocked.' }).waitFor();
  await jz.composer.waitFor();
});

test('an edit that is refused comes back with what was typed and says why', async () => {
  await kevin.say('Helo');
  await kevin.line('Helo').getByText('read').waitFor();
  await kevin.line('Helo').hover();
  await kevin.page.getByRole('button', { name: 'Edit' }).first().click();
  await jz.blocks();

  await kevin.say('Hello');

  const reason = kevin.page.getByRole('alert').filter({ hasText: 'The change was not saved.' });
  await reason.waitFor();
  assert.equal(await kevin.composer.inputValue(), 'Hello');
  assert.ok(await kevin.page.getByText('Editing your message').isVisible());
  await kevin.seesLines(['Helo']);

  await kevin.composer.press('End');
  await kevin.composer.pressSequentially('!');
  await reason.waitFor({ state: 'hidden' });
});

test('a deletion that fails says so where there is no composer', { timeout: 60_000 }, async () => {
  await jz.say('Never mind');
  await jz.line('Never mind').getByText('read').waitFor();
  await jz.blocks();
  await jz.page.getByText('You have blocked').waitFor();
  await server.stop();

  await jz.delete('Never mind');

  await jz.page.getByRole('alert').filter({ hasText: 'The message was not deleted.' }).waitFor({ timeout: 30_000 });
  await jz.seesLines(['Never mind']);
  await server.resume();
});
