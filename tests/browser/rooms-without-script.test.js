// Rooms with JavaScript off: found, made, joined, talked in, left and deleted by links and plain forms.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { people } from './support/roommate.js';
import { browser, server } from './support/stage.js';

let ana, bo;

before(async () => {
  [ana, bo] = await people(browser, server, ['Ana', 'Bo'], { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
});

test('a room is made, found, joined, talked in, left and deleted', async () => {
  await ana.page.goto('/rooms');
  const form = ana.page.getByRole('form', { name: 'Create a room' });
  await form.getByLabel('Name').fill('harbour master');
  await form.getByLabel('Topic (may stay empty)').fill('Ships');
  await form.getByRole('button', { name: 'Create room' }).click();
  await ana.page.getByRole('alert').filter({ hasText: 'begins with a letter' }).waitFor();
  assert.equal(await form.getByLabel('Name').inputValue(), 'harbour master');
  assert.equal(await form.getByLabel('Topic (may stay empty)').inputValue(), 'Ships');
  await form.getByLabel('Name').fill('Harbour');
  await form.getByRole('button', { name: 'Create room' }).click();
  await ana.page.getByRole('heading', { level: 1, name: 'Harbour' }).waitFor();
  await ana.say('Anybody here?');

  await bo.page.goto('/rooms');
  await bo.page.getByLabel('Find a room').fill('ships');
  await bo.page.getByRole('button', { name: 'Find' }).click();
  assert.deepEqual(await bo.directory.getByRole('link').allInnerTexts(), ['Harbour']);
  await bo.page.getByRole('button', { name: 'Join Harbour' }).click();
  await bo.seesLines(['Anybody here?']);
  await bo.line('Anybody').getByText('Ana').waitFor();
  await bo.say(`I am, @${ana.username}`);
  await bo.say('/stock=x');
  await bo.page.getByRole('status').filter({ hasText: 'Command sent.' }).waitFor();
  await bo.seesLines(['Anybody here?', `I am, @${ana.username}`]);
  // Behind a button on a narrow page, which needs no script.
  await bo.page.getByRole('button', { name: /^Members/ }).click();
  await bo.member(ana).waitFor();
  await bo.page.getByRole('button', { name: 'Close' }).click();

  await ana.page.goto('/chats');
  await ana.page.locator('#chat-list').getByText('1 unread').waitFor();
  await ana.page.getByRole('link', { name: /Harbour ?, room/ }).click();
  await ana.line('I am, @').getByText('mentions you').waitFor();

  await bo.leaves();
  assert.equal(await bo.entryOf('Harbour').getByText('joined').count(), 0);
  await ana.deletesRoom();
  assert.equal(await ana.entryOf('Harbour').count(), 0);
  assert.deepEqual([...ana.troubles, ...bo.troubles], []);
});
