// Being named in a room: the marks, the way to them, and completing names by keyboard alone.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { people } from './support/roommate.js';
import { browser, server } from './support/stage.js';

let ana, bo;

before(async () => {
  [ana, bo] = await people(browser, server, ['Ana', 'Bo'], { viewport: { width: 1280, height: 700 } });
  await ana.creates('harbour', 'Ships');
  await bo.enters('harbour');
});

const rowOf = (person) => person.page.locator('#chat-list').getByRole('listitem').filter({ hasText: 'harbour' });

test('a message that names me is marked for me, for nobody else, and after a reload too', async () => {
  await ana.say(`Ask @${bo.username}.`);
  await ana.say(`Not ${bo.username}, nor @${bo.username}x, nor x@${bo.username}`);
  await bo.line('Ask @').getByText('mentions you').waitFor();
  await ana.line('Ask @').getByText('sent').waitFor();
  assert.equal(await ana.log.getByText('mentions you').count(), 0);
  await bo.line('Not ').waitFor();
  assert.equal(await bo.line('Not ').getByText('mentions you').count(), 0);
  assert.equal(await bo.line('Ask @').locator('strong').innerText(), `@${bo.username}`);

  await bo.page.reload();
  await bo.isIn('harbour');
  await bo.line('Ask @').getByText('mentions you').waitFor();
  assert.deepEqual([...ana.troubles, ...bo.troubles], []);
});

test('somebody who is elsewhere is told in the list and in the title, and by a notification if they want', async () => {
  await rowOf(bo).getByText('unread').waitFor({ state: 'hidden' });
  await bo.page.addInitScript(() => {
    localStorage.setItem('chinwag.notify', 'true');
    // Nobody looks at this page, and what it would show on the desktop is written down.
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    globalThis.shown = [];
    globalThis.Notification = class { static permission = 'granted'; constructor(title, { body }) { globalThis.shown.push(`${title}: ${body}`); } };
  });
  await bo.page.goto('/chats');
  await ana.page.bringToFront();
  await ana.say('A quiet word');
  await rowOf(bo).getByText('1 unread').waitFor();
  assert.match(await bo.page.title(), /^\(1\) /);
  await ana.say(`Look, @${bo.username}!`);

  await rowOf(bo).getByText('@ 2').waitFor();
  await until(async () => (await bo.page.title()).startsWith('(@ 2) '), 'the title to tell of it');
  const shown = await bo.page.evaluate(() => globalThis.shown);
  assert.deepEqual(shown, [`Ana in harbour: Look, @${bo.username}!`]);

  bo.page = await bo.openTab();
  await bo.page.goto('/rooms/harbour');
  await bo.isIn('harbour');
  await rowOf(bo).getByText('@ 2').waitFor({ state: 'hidden' });
});

test('a button leads to what names me and is out of sight, one after the other', async () => {
  for (let n = 1; n <= 30; n += 1) await ana.say(`Line ${n}`);
  await bo.line('Line 30').waitFor();
  await bo.page.locator('#history').evaluate((log) => log.scrollTo(0, 0));
  const button = bo.page.getByRole('button', { name: /^\d mentions?$/ });

  await ana.say(`First for @${bo.username}`);
  for (let n = 31; n <= 50; n += 1) await ana.say(`Line ${n}`);
  await ana.say(`Second for @${bo.username}`);

  await bo.page.getByRole('button', { name: '2 mentions' }).click();
  await until(() => bo.line('First for').locator('article').evaluate((article) => article === document.activeElement), 'the first to have the focus');
  await bo.page.getByRole('button', { name: '1 mention' }).click();
  await until(() => bo.line('Second for').locator('article').evaluate((article) => article === document.activeElement), 'the second to have the focus');
  await button.waitFor({ state: 'hidden' });
});

test('names are completed by keyboard: arrows, Enter, Tab and Esc, and nothing is sent meanwhile', async () => {
  const [cy, cleo] = await people(browser, server, ['Cy', 'Cleo']);
  await cy.enters('harbour');
  await cleo.enters('harbour');
  await ana.member(cleo).waitFor();
  await ana.page.reload();
  await ana.isIn('harbour');
  const before = (await ana.lines()).length;
  await ana.composer.focus();
  const { keyboard } = ana.page;

  await keyboard.type('Hello @c');
  await ana.suggestions.first().waitFor();
  assert.deepEqual(await ana.suggestions.locator('bdi').allInnerTexts(), ['Cleo', 'Cy']);
  const box = ana.page.locator('#body');
  assert.equal(await box.getAttribute('aria-expanded'), 'true');
  const chosen = async () => ana.page.locator(`#${await box.getAttribute('aria-activedescendant')}`).locator('bdi').innerText();
  assert.equal(await chosen(), 'Cleo');
  await keyboard.press('ArrowDown');
  assert.equal(await chosen(), 'Cy');
  await keyboard.press('ArrowDown');
  assert.equal(await chosen(), 'Cleo');
  await keyboard.press('ArrowUp');
  await keyboard.press('Enter');
  assert.equal(await box.inputValue(), `Hello @${cy.username} `);
  assert.equal(await ana.suggestions.count(), 0);

  await keyboard.type('and @CL');
  await ana.suggestions.first().waitFor();
  await keyboard.press('Tab');
  assert.equal(await box.inputValue(), `Hello @${cy.username} and @${cleo.username} `);

  await keyboard.type('@c');
  await ana.suggestions.first().waitFor();
  await keyboard.press('Escape');
  await ana.suggestions.first().waitFor({ state: 'hidden' });
  assert.equal(await box.getAttribute('role'), null);
  // An address is no name that begins.
  await keyboard.type(' me@c');
  assert.equal(await ana.suggestions.count(), 0);
  // Nor is there anything left to complete of a whole one: Enter sends it.
  await box.fill(`Hello @${cy.username}`);
  await keyboard.press('Enter');

  await cy.line('Hello @').getByText('mentions you').waitFor();
  assert.equal((await ana.lines()).length, before + 1);
  await Promise.all([cy, cleo].map(({ context }) => context.close()));
});

test('by keyboard alone one finds a room, joins, writes and leaves', async () => {
  const [di] = await people(browser, server, ['Di'], { viewport: { width: 1280, height: 700 } });
  const { page } = di;
  const tabTo = async (name) => {
    for (let n = 0; n < 60; n += 1) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim());
      if (found === name) return;
    }
    throw new Error(`Tab never came to ${name}`);
  };
  await tabTo('Rooms');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Rooms' }).waitFor();
  await tabTo('harbour');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Join harbour' }).waitFor();
  await tabTo('Join harbour');
  await page.keyboard.press('Enter');
  await di.isIn('harbour');
  await page.keyboard.type('Ahoy');
  await page.keyboard.press('Enter');
  await ana.line('Ahoy').waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('harb');
  assert.equal(await page.getByRole('option').count(), 1);
  await page.keyboard.press('Escape');
  await page.locator('#title').focus();
  await tabTo('More');
  await page.keyboard.press('Enter');
  await tabTo('Leave room');
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'You left harbour.' }).waitFor();
  assert.deepEqual(di.troubles, []);
  await di.context.close();
});
