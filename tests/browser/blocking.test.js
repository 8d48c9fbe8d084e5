// Blocking from the chat: it is confirmed, and whatever it makes impossible says why.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { server } from './support/stage.js';
import { jz, kevin } from './support/two-people.js';

beforeEach(async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
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

test('somebody is reported from the menu of the chat, for all that they said', async () => {
  await jz.page.getByLabel('More', { exact: true }).click();
  await jz.page.getByRole('button', { name: 'Report', exact: true }).click();
  const dialog = jz.page.getByRole('dialog', { name: `Report what ${kevin.name} said` });
  await dialog.getByLabel('Spam or scam').check();
  await dialog.getByRole('button', { name: 'Report' }).click();

  await dialog.waitFor({ state: 'detached' });
  await jz.page.getByRole('status').filter({ hasText: 'Reported. Thank you.' }).waitFor();
  await jz.page.locator('summary:focus').waitFor();
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
