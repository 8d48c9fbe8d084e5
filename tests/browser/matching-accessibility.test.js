// axe-core on every state of a talk with a stranger, light and dark, wide and narrow; fingers find what they press, and nothing jumps.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { isAccessible, tooSmallForFingers } from './support/accessible.js';
import { launch } from './support/browser.js';
import { Stranger } from './support/stranger.js';

// Colours that are on their way to others are no colours to judge.
const WIDTHS = {
  wide: { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' },
  narrow: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' },
};

let server, browser, member;

before(async () => {
  server = await Server.start({ MATCH_WIDEN_SECS: '60' });
  browser = await launch();
  member = await (await Stranger.arrive(browser, server, 'Ana')).signIn();
});

after(async () => {
  await browser?.close();
  await server.remove();
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, options] of Object.entries(WIDTHS)) {
    test(`all states (${colorScheme}, ${width})`, { timeout: 120_000 }, async (t) => {
      const kevin = await Stranger.arrive(browser, server, 'Kevin', { colorScheme, ...options });
      const jz = await Stranger.arrive(browser, server, 'Jazz');
      const check = (name, person = kevin) => t.test(name, async () => {
        await isAccessible(person, `match-${name}-${colorScheme}-${width}`);
        if (width === 'narrow') assert.deepEqual(await tooSmallForFingers(person.page), []);
      });

      await kevin.page.goto('/match');
      await check('lobby');
      await kevin.starts();
      await check('lobby-refused');
      await kevin.entersLobby({ interests: ['climbing', 'board games', 'the history of small towns'] });
      await check('lobby-interests');
      const ana = await member.again(browser, { colorScheme, ...options });
      await ana.page.goto('/match');
      await check('lobby-member', ana);
      await ana.page.goto('about:blank');

      await kevin.page.getByLabel('Only people who share one').check();
      await kevin.starts();
      await kevin.isLooking();
      await check('searching');
      await kevin.page.evaluate(() => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + 31_000;
      });
      await kevin.page.getByText('Nobody who likes board games, climbing or the history of small towns has come yet.').first().waitFor();
      await check('alone');

      await jz.entersLobby({ interests: ['climbing'] });
      await jz.starts();
      await kevin.isTalking();
      await check('found');
      const place = await kevin.control('Next').boundingBox();
      await kevin.control('Next').click();
      await check('armed');
      assert.deepEqual(await kevin.control('Really next?').boundingBox(), place, 'the button stays where it is');
      await kevin.say('Hello! I have been climbing since last winter, mostly indoors. And you?');
      await jz.say('Hi');
      await jz.say('The same, but outdoors, wherever there is a rock and no rain. Do you know the cliffs by the sea?');
      await kevin.line('by the sea').waitFor();
      await jz.composer.pressSequentially('W');
      const header = await kevin.page.locator('.match__header').boundingBox();
      await kevin.state.getByText('typing').waitFor();
      assert.deepEqual(await kevin.page.locator('.match__header').boundingBox(), header, 'nothing jumps when they write');
      await check('talk');
      await kevin.control('Report').click();
      await kevin.page.getByRole('dialog').waitFor();
      await check('report');
      await kevin.page.keyboard.press('Escape');
      await kevin.control('Keep in touch').click();
      await check('keep');
      await kevin.page.keyboard.press('Escape');
      await kevin.asksToKeep('Kev');
      await jz.asksToKeep('Jay');
      await kevin.page.locator('#offer').getByText('You both want to keep in touch.').waitFor();
      await check('kept-guest');
      await jz.presses('Stop');
      await kevin.hasEnded('They left.');
      await check('ended');
      await kevin.presses('Block');
      await kevin.hasEnded('You blocked them.');
      await check('blocked');
      await kevin.reports('Something else');
      await kevin.hasEnded('Thank you.');
      await check('reported');
      await kevin.page.goto('/match');
      await check('lobby-after');
      assert.deepEqual([...kevin.troubles, ...jz.troubles, ...ana.troubles], []);
      await Promise.all([kevin, jz, ana].map(({ context }) => context.close()));
    });
  }
}

test('the start page with both choices', async (t) => {
  for (const [width, options] of Object.entries(WIDTHS)) {
    const visitor = await Stranger.arrive(browser, server, 'Visitor', options);
    await visitor.page.goto('/');
    await t.test(width, () => isAccessible(visitor, `start-with-random-${width}`));
    await visitor.context.close();
  }
});

test('the last state: kept by two who have accounts', async (t) => {
  const jz = await (await Stranger.arrive(browser, server, 'Jazz')).signIn();
  await member.looks();
  await jz.entersLobby();
  await jz.starts();
  await jz.isTalking();
  await member.isTalking();
  await jz.say('Shall we?');
  await jz.asksToKeep();
  await member.asksToKeep();
  await jz.page.getByRole('link', { name: 'Go to the chat' }).waitFor();
  await t.test('wide', () => isAccessible(jz, 'match-kept-light-wide'));
  await jz.context.close();
});
