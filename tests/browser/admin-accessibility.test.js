// axe-core on every page of those who look after the server, light and dark, wide and narrow; fingers find what they press.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { ask, closeSockets, say } from '../clients/js/support/sockets.js';
import { isAccessible, tooSmallForFingers } from './support/accessible.js';
import { Administrator, complain, programOf } from './support/administrator.js';
import { launch } from './support/browser.js';

const WIDTHS = {
  wide: { viewport: { width: 1280, height: 900 } },
  narrow: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

let server, browser, jazz, bicycles;

before(async () => {
  server = await Server.start({ PASSWORD_COST: '4' });
  browser = await launch();
  await Administrator.appoint(server);
  jazz = await programOf(server, 'Jazz');
  for (const [n, reason] of ['Harassment or threats', 'Spam or scam', 'Sexual content', 'Something else'].entries()) {
    const note = n ? undefined : 'It began when I asked about the price.\nI would rather not meet them.';
    await complain(await programOf(server, `Witness ${'abcd'[n]}`), jazz, reason, note);
  }
  const { conversation } = await ask(jazz.socket, 'room:create', { name: 'Bicycles', topic: 'Repairs, routes and second-hand parts' });
  for (const text of ['Has anybody a pump?', 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft']) await say(jazz.socket, conversation, text);
  bicycles = conversation.id;
});

after(async () => {
  closeSockets();
  await browser?.close();
  await server.remove();
});

const PAGES = {
  reports: '/admin/reports',
  report: '/admin/reports/1',
  'report-suspend': '/admin/reports/1/suspend',
  'report-ban': '/admin/reports/1/ban',
  people: '/admin/people',
  'people-refused': '/admin/people?q=1234567',
  person: () => `/admin/people/${jazz.id}`,
  'person-sign-out': () => `/admin/people/${jazz.id}/sign-out`,
  rooms: '/admin/rooms',
  room: () => `/admin/rooms/${bicycles}`,
  'room-general': '/admin/rooms/1',
  'room-delete': () => `/admin/rooms/${bicycles}/delete`,
  messages: '/admin/messages',
  'messages-found': () => `/admin/messages?room=${bicycles}&q=pump`,
  sms: '/admin/sms',
  'sms-pause': '/admin/sms/pause',
  log: '/admin/log',
};

for (const colorScheme of ['light', 'dark']) {
  for (const [width, options] of Object.entries(WIDTHS)) {
    test(`every page (${colorScheme}, ${width})`, { timeout: 120_000 }, async (t) => {
      const ana = await Administrator.atDoor(browser, server, { colorScheme, reducedMotion: 'reduce', ...options });
      const check = (name) => t.test(name, async () => {
        await isAccessible(ana, `admin-${name}-${colorScheme}-${width}`);
        if (width === 'narrow') assert.deepEqual(await tooSmallForFingers(ana.page), []);
      });
      await check('door');
      await ana.page.getByRole('button', { name: 'Open administration' }).click();
      await ana.page.getByText('That is not right').waitFor();
      await check('door-refused');
      await ana.enters();
      await check('overview');
      for (const [name, path] of Object.entries(PAGES)) {
        await ana.page.goto(typeof path === 'function' ? path() : path);
        await check(name);
      }
      await ana.page.goto('/admin/reports/1/ban');
      await ana.page.getByRole('button', { name: 'Ban from matching' }).click();
      await ana.page.getByText('Please say why').waitFor();
      await check('report-ban-refused');
      await ana.page.goto('/admin/rooms');
      await ana.page.getByLabel('Name').fill('two words');
      await ana.page.getByRole('button', { name: 'Make the room' }).click();
      await ana.page.getByText('begins with a letter').waitFor();
      await check('rooms-refused');
      assert.deepEqual(ana.troubles.filter((trouble) => !trouble.includes('answered 5')), []);
      await ana.context.close();
    });
  }
}
