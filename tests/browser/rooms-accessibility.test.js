// axe-core on every state of rooms, light and dark, wide and as narrow as phones get; fingers find what they press.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { isAccessible, tooSmallForFingers } from './support/accessible.js';
import { people } from './support/roommate.js';
import { browser, server } from './support/stage.js';

const WIDTHS = {
  wide: { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' },
  narrow: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' },
};

let ana, others;

before(async () => {
  [ana, ...others] = await people(browser, server, ['Ana', 'Bo', 'Cy', 'Marguerite de la Tour']);
  await ana.creates('lighthouses', 'Lighthouses, fog horns, and the people who look after them when nobody else does');
  await ana.creates('a-room-with-a-rather-long-name-for-narrow-windows', '');
  await ana.creates('tea');
  for (const one of others) await one.enters('lighthouses');
  await ana.enters('lighthouses');
  await ana.say('Has anybody seen the one at the end of the pier?');
  await others[0].say('Last summer, yes. It has been painted since, and the lamp was changed for one that one can hardly look at.');
  await others[0].say(`@${ana.username} you should go there.`);
  await others[1].say('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft');
  await ana.line('Donaudampf').waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, options] of Object.entries(WIDTHS)) {
    test(`all states (${colorScheme}, ${width})`, { timeout: 180_000 }, async (t) => {
      const twin = await ana.again(browser, { colorScheme, ...options });
      const [bo, cy, marguerite] = others;
      const check = (name) => t.test(name, async () => {
        await isAccessible(twin, `rooms-${name}-${colorScheme}-${width}`);
        if (width === 'narrow') assert.deepEqual(await tooSmallForFingers(twin.page), []);
      });

      await twin.page.goto('/rooms');
      await check('directory');
      await twin.page.getByLabel('Find a room').fill('nothing like it');
      await check('directory-none');
      await twin.page.getByLabel('Find a room').fill('');
      const form = twin.page.getByRole('form', { name: 'Create a room' });
      await form.getByLabel('Name').fill('tea');
      await form.getByRole('button', { name: 'Create room' }).click();
      await twin.page.getByRole('alert').filter({ hasText: 'already' }).waitFor();
      await check('directory-refused');
      await twin.page.goto('/rooms/general');
      await check('door');

      await twin.page.goto('/rooms/tea');
      await twin.isIn('tea');
      await check('empty');
      await twin.page.goto('/rooms/lighthouses');
      await twin.isIn('lighthouses');
      await check('talk');
      await cy.leaves();
      await twin.notice('Cy left').waitFor();
      await cy.enters('lighthouses');
      await twin.notice('Cy joined').waitFor();
      await bo.say('/stock=aapl.us');
      await twin.command('/stock').waitFor();
      await marguerite.say('What is that?');
      await twin.line('What is that?').last().waitFor();
      await twin.say('/weather=Cape Wrath, the whole week, and the tides if there are any');
      await twin.command('/weather').waitFor();
      await check('lines');
      await bo.composer.pressSequentially('Let me');
      await twin.page.locator('#state').getByText('Bo is typing').waitFor();
      await check('typing');
      await bo.composer.fill('');
      await twin.composer.pressSequentially('Hello @');
      await twin.suggestions.first().waitFor();
      await check('completion');
      await twin.page.keyboard.press('Escape');
      await twin.composer.fill('');

      await twin.opensMenu();
      await twin.page.getByText('Delete room', { exact: true }).click();
      await check('menu');
      await twin.page.keyboard.press('Escape');
      if (width === 'narrow') {
        await twin.page.getByRole('button', { name: /^Members/ }).click();
        await twin.member(bo).waitFor();
        await check('members');
        await twin.page.keyboard.press('Escape');
      }
      await twin.line('What is that?').last().locator('article').focus();
      await check('toolbar');
      await twin.page.getByRole('button', { name: 'Report' }).click();
      await twin.page.getByRole('dialog', { name: /^Report/ }).waitFor();
      await check('report');
      await twin.page.keyboard.press('Escape');

      for (let n = 1; n <= 30; n += 1) await bo.say(`Line ${n}`);
      await twin.line('Line 30').last().waitFor();
      await twin.page.locator('#history').evaluate((log) => log.scrollTo(0, 0));
      await bo.say(`@${ana.username}?`);
      await twin.page.getByRole('button', { name: '1 mention' }).waitFor();
      await check('mention');
      await twin.page.goto('/chats');
      await bo.say(`And @${ana.username}, again`);
      await twin.page.locator('#chat-list').getByText('@ 1').waitFor();
      await check('list');

      const room = `gone-${colorScheme}-${width}`;
      await marguerite.creates(room, 'For a while');
      await twin.enters(room);
      await marguerite.deletesRoom();
      await twin.page.getByRole('alert').filter({ hasText: 'This room was deleted.' }).waitFor();
      await check('gone');
      await marguerite.enters('lighthouses');
      assert.deepEqual(twin.troubles, []);
      await twin.context.close();
    });
  }
}
