// What an open page learns from elsewhere: that a room has another name, that one was named, warned or suspended.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { Administrator } from './support/administrator.js';
import { launch } from './support/browser.js';
import { people } from './support/roommate.js';

let server, browser, admin, bo, cy;

before(async () => {
  server = await Server.start({ PASSWORD_COST: '4' });
  browser = await launch();
  await Administrator.appoint(server);
  admin = await Administrator.atDoor(browser, server);
  await admin.enters();
  [bo, cy] = await people(browser, server, ['Bo', 'Cy'], { viewport: { width: 1280, height: 700 } });
});

after(async () => {
  await browser?.close();
  await server.remove();
});

const rowOf = (person, room) => person.page.locator('#chat-list').getByRole('listitem').filter({ hasText: room });

const wordsBeside = (person) => person.page.locator('#state').innerText();

test('who has a room open that gets another name is led to it, with what they were writing', async () => {
  await bo.creates('climbing', 'Ropes');
  await cy.enters('climbing');
  await cy.page.goto('/chats');
  await rowOf(cy, 'climbing').waitFor();
  await cy.page.getByText('Connecting').waitFor({ state: 'hidden' });
  await bo.composer.fill('Half a sentence');

  await admin.page.goto('/admin/rooms');
  await admin.page.getByRole('link', { name: 'climbing' }).click();
  await admin.page.getByRole('textbox', { name: 'Name' }).fill('walls');
  await admin.page.getByRole('button', { name: 'Save' }).click();

  await bo.isIn('walls');
  assert.equal(new URL(bo.page.url()).pathname, '/rooms/walls');
  assert.equal(await bo.composer.inputValue(), 'Half a sentence');
  await rowOf(cy, 'walls').getByRole('link').click();
  await cy.isIn('walls');

  await admin.page.getByRole('textbox', { name: 'Topic' }).fill('Rocks');
  await admin.page.getByRole('button', { name: 'Save' }).click();
  await bo.page.locator('#state', { hasText: '· Rocks' }).waitFor();
  assert.match(await wordsBeside(bo), /^2 members/);
  assert.deepEqual([...bo.troubles, ...cy.troubles], []);
});

test('who was named while no page was open sees it in the list and in the title', async () => {
  await cy.page.goto('about:blank');
  await bo.say('Is anybody here?');
  await bo.say(`@${cy.username}, are you?`);
  await bo.line('are you?').getByText('sent').waitFor();

  await cy.page.goto('/chats');

  await rowOf(cy, 'walls').getByText('@ 2').waitFor();
  await cy.page.waitForFunction(() => document.title.startsWith('(@ 2) '));
  await cy.page.reload();
  await rowOf(cy, 'walls').getByText('@ 2').waitFor();
  await cy.page.waitForFunction(() => document.title.startsWith('(@ 2) '));
  assert.deepEqual(cy.troubles, []);
});

test('who is warned reads it on the page that is open, without losing what they were writing', async () => {
  await bo.composer.fill('Half a sentence');
  await admin.page.goto('/admin/people');
  await admin.page.getByRole('link', { name: `@${bo.username}` }).click();
  await admin.page.getByRole('link', { name: 'Warn…' }).click();
  await admin.page.getByLabel('Why').fill('Please be kind');
  await admin.page.getByRole('button', { name: 'Warn' }).click();

  const notice = bo.page.getByRole('complementary', { name: 'A word to you' });
  await notice.getByRole('alert').getByText('Those who look after this server warn you: “Please be kind”').waitFor();
  assert.equal(await bo.composer.inputValue(), 'Half a sentence');
  await notice.getByRole('button', { name: 'I have read this' }).click();
  await bo.page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();
  assert.equal(await notice.count(), 0);
  assert.deepEqual(bo.troubles, []);
});

test('somebody who is suspended is told so where they are led', async () => {
  await admin.page.goto('/admin/people');
  await admin.page.getByRole('link', { name: `@${cy.username}` }).click();
  await admin.page.getByRole('link', { name: 'Suspend…' }).click();
  await admin.page.getByLabel('Why').fill('Repeated rudeness');
  await admin.page.getByRole('button', { name: 'Suspend' }).click();

  await cy.page.getByText('Your account was suspended. Sign in to read until when, and why.').waitFor();

  await cy.requestCode();
  await cy.page.getByLabel('Code from the SMS').fill(await cy.readCode());
  await cy.page.getByRole('button', { name: 'Continue' }).click();
  await cy.page.getByRole('heading', { level: 1, name: 'Your account is suspended' }).waitFor();
  await cy.page.getByText(/until \d+ \w+ \d+, \d\d:\d\d UTC\. The reason: Repeated rudeness\. To appeal/).waitFor();
});
