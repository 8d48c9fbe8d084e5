// Two strangers in two browsers: they meet, talk, lose each other and go on, without an account.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { Stranger } from './support/stranger.js';
import { arrive, two } from './support/strangers.js';

test('two visitors without an account meet, see each other typing and talk', async () => {
  const [kevin, jz] = await two({ wishes: { interests: ['Climbing', 'chess'] } });

  await kevin.opening('You are talking with a stranger. You both like: chess, climbing.').waitFor();
  await kevin.composer.pressSequentially('Hello');
  await jz.state.getByText('typing').waitFor();
  await kevin.composer.press('Enter');
  await jz.seesLines(['Hello']);
  await jz.state.getByText('typing').waitFor({ state: 'hidden' });
  await jz.say('Hello to you');

  await kevin.seesLines(['Hello', 'Hello to you']);
  assert.match(await kevin.line('Hello to you').innerText(), /^Stranger/);
  for (const person of [kevin, jz]) {
    const hues = await person.page.locator('#peer-avatar, .log__item:not(.log__item--own) .message__who').evaluateAll((all) => all.map(({ dataset }) => dataset.hue));
    assert.equal(new Set(hues).size, 1, `one colour for the other one: ${hues}`);
  }
  assert.match(await kevin.page.title(), /^Stranger/);
});

test('a reload in the middle of a talk comes back to it, with everything', async () => {
  const [kevin, jz] = await two();
  const talk = Array.from({ length: 8 }, (_, n) => `Line ${n + 1}`);

  const talking = (async () => { for (const text of talk) await jz.say(text); })();
  await kevin.line(talk[2]).waitFor();
  await kevin.page.reload();
  await talking;

  await kevin.seesLines(talk);
  await kevin.say('Still here');
  await jz.seesLines([...talk, 'Still here']);
  assert.equal(await jz.page.getByText('Connection lost').count(), 0);
});

test('a network that is gone for twenty seconds is told to the other one, and that it is back', { timeout: 120_000 }, async () => {
  const [kevin, jz] = await two();
  await kevin.say('Into the tunnel');
  await jz.seesLines(['Into the tunnel']);

  const cut = performance.now();
  await kevin.context.setOffline(true);
  await kevin.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();
  await kevin.say('From the tunnel');
  await jz.state.getByText(/^Connection lost — waiting 0:\d\d for them$/).waitFor({ timeout: 30_000 });
  await jz.heard('Connection lost. Waiting for them.').waitFor();
  await jz.photograph('match-lost');
  await jz.say('Are you there?');
  await until(() => performance.now() - cut > 20_000, 'twenty seconds without a network', 30_000);
  await kevin.context.setOffline(false);

  await jz.state.getByText('Connection lost').waitFor({ state: 'hidden', timeout: 30_000 });
  await jz.heard('They are back.').waitFor();
  const talk = ['Into the tunnel', 'Are you there?', 'From the tunnel'];
  await kevin.seesLines(talk);
  await jz.seesLines(talk);
});

test('markup as an interest is shown as the text it is', async () => {
  const trick = '<img src=x onerror=alert(1)>';
  const [kevin] = await two({ wishes: { interests: [trick] } });
  await kevin.opening(`You both like: ${trick}.`).waitFor();
  await kevin.page.reload();
  await kevin.opening(`You both like: ${trick}.`).waitFor();
  await kevin.presses('Stop');
  await kevin.findNew.click();
  await kevin.page.getByRole('heading', { name: `Looking for someone who likes ${trick}` }).waitFor();
});

test('a second tab follows: found, talking, typing in either, next and stop', async () => {
  const kevin = await arrive('Kevin');
  await kevin.looks({ interests: ['maps'] });
  const first = kevin.page;
  kevin.page = await kevin.openTab();
  await kevin.page.goto('/match');
  await kevin.isLooking();
  const jz = await arrive('Jazz');
  await jz.entersLobby({ interests: ['maps'] });
  await jz.starts();
  await kevin.isTalking();
  await kevin.say('From the second tab');
  const second = kevin.page;
  kevin.page = first;
  await kevin.isTalking();
  await kevin.seesLines(['From the second tab']);
  await kevin.say('From the first');
  await jz.seesLines(['From the second tab', 'From the first']);

  await kevin.presses('Stop');

  kevin.page = second;
  await kevin.hasEnded('You left.');
  await kevin.findNew.click();
  await kevin.isLooking();
  kevin.page = first;
  await kevin.isLooking();
  await kevin.control('Cancel').click();
  kevin.page = second;
  await kevin.page.getByRole('heading', { name: 'Talk to someone at random' }).waitFor();
});

test('everything can be done by keyboard alone', async () => {
  const kevin = await arrive('Kevin');
  const jz = await arrive('Jazz');
  await kevin.looks();
  await jz.page.goto('/match');
  const { keyboard } = jz.page;
  const focused = () => jz.page.evaluate(() => document.activeElement.labels?.[0]?.innerText ?? document.activeElement.ariaLabel ?? document.activeElement.innerText);
  const tabTo = async (name) => {
    for (let n = 0; n < 40; n += 1) {
      if ((await focused()).trim().startsWith(name)) return;
      await keyboard.press('Tab');
    }
    throw new Error(`there is no way to ${name}`);
  };
  await tabTo('I am 18');
  await keyboard.press('Space');
  await tabTo('Interests');
  await keyboard.type('tea,Board games');
  await keyboard.press('Enter');
  await jz.heard('board games added').waitFor();
  await keyboard.type('gone,');
  await keyboard.press('Backspace');
  await jz.heard('gone removed').waitFor();
  assert.deepEqual(await jz.page.locator('#tags-list li').allInnerTexts(), ['tea', 'board games']);
  await keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'Remove board games');
  await keyboard.press('Enter');
  assert.equal(await focused(), 'Remove tea');
  await tabTo('Start');
  await keyboard.press('Enter');
  await kevin.isTalking();
  await jz.isTalking();

  await until(async () => (await focused()).startsWith('Message to'), 'the composer to have the focus');
  await keyboard.type('Typed');
  await keyboard.press('Enter');
  await kevin.seesLines(['Typed']);
  await jz.control('Report').focus();
  await keyboard.press('Enter');
  await jz.page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  assert.equal(await focused(), 'Report');
  await jz.control('Stop').focus();
  await keyboard.press('Enter');
  await jz.control('Really stop?').waitFor();
  await keyboard.press('Enter');
  await jz.hasEnded('You left.');
  await tabTo('Change interests');
  await keyboard.press('Enter');
  await until(async () => (await focused()) === 'Talk to someone at random', 'the lobby to have the focus');
});

test('a talk can be saved as text', async () => {
  const [kevin, jz] = await two();
  await kevin.say('Hello');
  await jz.say('Hello\nyou');
  await kevin.seesLines(['Hello', 'Hello\nyou']);
  await kevin.presses('Stop');
  await kevin.hasEnded('You left.');

  const [download] = await Promise.all([kevin.page.waitForEvent('download'), kevin.page.getByRole('button', { name: 'Save as text' }).click()]);

  assert.match(download.suggestedFilename(), /^talk-\d{4}-\d\d-\d\d-\d{4}\.txt$/);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  assert.match(text, /\] You: Hello\n\[\d\d:\d\d\] Stranger: Hello\nyou\n\nYou left\.\n$/);
});

test('whoever does not look sees it in the title', async () => {
  const kevin = await arrive('Kevin');
  await kevin.looks();
  // A page of a headless browser never knows that it is hidden; this one is told.
  const hide = (state) => kevin.page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
  await hide('hidden');
  const jz = await arrive('Jazz');
  await jz.entersLobby();
  await jz.starts();
  await until(async () => (await kevin.page.title()).startsWith('● Someone is here'), 'the title to tell of it');
  await jz.say('Hello?');
  await until(async () => (await kevin.page.title()).startsWith('(1) Stranger'), 'the title to count');
  await hide('visible');
  await until(async () => (await kevin.page.title()).startsWith('Stranger'), 'the title to be calm again');
});

test('a sound rings when somebody is found, unless it is switched off', async () => {
  const kevin = await arrive('Kevin');
  const jz = await arrive('Jazz');
  for (const { page } of [kevin, jz]) {
    await page.addInitScript(() => {
      globalThis.notes = 0;
      globalThis.OscillatorNode = class extends globalThis.OscillatorNode {
        constructor(...parts) {
          super(...parts);
          globalThis.notes += 1;
        }
      };
    });
  }
  const notes = ({ page }) => page.evaluate(() => globalThis.notes);
  await jz.page.goto('/match');
  await jz.page.getByLabel('Sound when matched').uncheck();
  await kevin.looks();
  await jz.entersLobby();
  assert.equal(await jz.page.getByLabel('Sound when matched').isChecked(), false, 'it is remembered');
  await jz.starts();
  await Promise.all([kevin.isTalking(), jz.isTalking()]);

  await until(async () => (await notes(kevin)) === 2, 'two notes');
  assert.equal(await notes(jz), 0);
});
