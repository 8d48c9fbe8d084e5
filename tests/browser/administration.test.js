// Looking after the server: by keys, and without script.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { closeSockets } from '../clients/js/support/sockets.js';
import { Administrator, complain, programOf } from './support/administrator.js';
import { launch } from './support/browser.js';

let server, browser;

before(async () => {
  server = await Server.start({ PASSWORD_COST: '4' });
  browser = await launch();
  await Administrator.appoint(server);
  const jazz = await programOf(server, 'Jazz');
  for (const [n, reason] of ['Harassment or threats', 'Spam or scam', 'Sexual content'].entries()) {
    await complain(await programOf(server, `Witness ${'abc'[n]}`), jazz, reason);
  }
});

after(async () => {
  closeSockets();
  await browser?.close();
  await server.remove();
});

test('J and K move through the queue, and on to the next report', async () => {
  const ana = await Administrator.atDoor(browser, server);
  await ana.enters();
  await ana.page.getByRole('link', { name: /^Reports/ }).click();
  await ana.page.getByRole('heading', { level: 1, name: 'Reports' }).waitFor();
  await ana.page.waitForLoadState('load');
  const focused = () => ana.page.evaluate(() => document.activeElement.getAttribute('href'));
  for (const [key, expected] of [['j', 1], ['j', 2], ['J', 3], ['k', 2], ['k', 1], ['k', 1]]) {
    await ana.page.keyboard.press(key);
    assert.equal(await focused(), `/admin/reports/${expected}`, key);
  }
  await ana.page.keyboard.press('Enter');
  await ana.page.getByRole('heading', { level: 1, name: 'Report 1' }).waitFor();
  await ana.page.waitForLoadState('load');
  await ana.page.keyboard.press('j');
  await ana.page.getByRole('heading', { level: 1, name: 'Report 2' }).waitFor();
  await ana.page.waitForLoadState('load');
  await ana.page.keyboard.press('k');
  await ana.page.getByRole('heading', { level: 1, name: 'Report 1' }).waitFor();
});

test('a report is decided without script', async () => {
  const ana = await Administrator.atDoor(browser, server, { javaScriptEnabled: false });
  await ana.enters();
  await ana.page.getByRole('link', { name: /^Reports/ }).click();
  await ana.page.getByRole('link', { name: /Harassment or threats/ }).click();
  await ana.page.getByRole('link', { name: 'Warn…' }).click();
  await ana.page.getByLabel('Why').fill('Be kind, please.');
  await ana.page.getByRole('button', { name: 'Warn' }).click();
  await ana.page.getByText('Report 1 is decided.').waitFor();
  await ana.page.getByRole('link', { name: 'Log' }).click();
  await ana.page.getByText('Be kind, please.').waitFor();
});

test('a room is made, renamed and deleted without script', async () => {
  const ana = await Administrator.atDoor(browser, server, { javaScriptEnabled: false });
  await ana.enters();
  await ana.page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Rooms' }).click();
  await ana.page.getByRole('textbox', { name: 'Name' }).fill('Lounge');
  await ana.page.getByRole('button', { name: 'Make the room' }).click();
  await ana.page.getByText('The room Lounge is there.').waitFor();
  await ana.page.getByRole('textbox', { name: 'Name' }).fill('Salon');
  await ana.page.getByRole('button', { name: 'Save' }).click();
  await ana.page.getByRole('heading', { level: 1, name: 'Salon' }).waitFor();
  await ana.page.getByRole('link', { name: 'Delete the room…' }).click();
  await ana.page.getByRole('button', { name: 'Delete the room' }).click();
  await ana.page.getByText('The room Salon is deleted.').waitFor();
});
