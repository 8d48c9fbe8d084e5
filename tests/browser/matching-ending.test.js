// How strangers part: next, stop, blocking, reporting.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { arrive, two } from './support/strangers.js';

test('next asks once more, then leaves and looks on with the same wishes, without loading a page', async () => {
  const [kevin, jz] = await two({ wishes: { interests: ['opera'] } });
  await kevin.page.evaluate(() => { globalThis.isSamePage = true; });

  await kevin.control('Next').click();
  await kevin.heard('Really go on to the next person? Press again.').waitFor();
  await jz.say('Wait');
  await kevin.seesLines(['Wait']);
  await kevin.control('Next').waitFor();
  await kevin.presses('Next');

  await jz.hasEnded('They left.');
  await kevin.page.getByRole('heading', { name: 'Looking for someone who likes opera' }).waitFor();
  const bo = await arrive('Bo');
  await bo.entersLobby({ interests: ['opera'] });
  await bo.starts();
  await kevin.opening('You both like: opera.').waitFor();
  await kevin.seesLines([]);
  await bo.say('I am another one');
  await kevin.seesLines(['I am another one']);
  assert.ok(await kevin.page.evaluate(() => globalThis.isSamePage));
});

test('stop ends it for both, the log stays, and one press finds somebody new', async () => {
  const [kevin, jz] = await two();
  await kevin.say('One word');
  await jz.seesLines(['One word']);

  await kevin.presses('Stop');

  await kevin.hasEnded('You left.');
  await jz.hasEnded('They left.');
  await jz.heard('They left.').waitFor();
  await jz.opening('You were talking with a stranger.').waitFor();
  await until(() => jz.findNew.evaluate((button) => button === document.activeElement), 'the focus to be on it');
  await kevin.seesLines(['One word']);
  await jz.seesLines(['One word']);
  assert.equal(await jz.composer.count(), 0);

  await kevin.page.reload();
  await kevin.hasEnded('You left.');
  await kevin.opening('You were talking with a stranger.').waitFor();
  await kevin.seesLines(['One word']);
  await jz.page.goto('/match');
  await jz.page.getByRole('link', { name: 'Read, report or block' }).click();
  await jz.hasEnded('They left.');

  const bo = await arrive('Bo');
  await jz.findNew.click();
  await jz.isLooking();
  await bo.entersLobby();
  await bo.starts();
  await bo.say('Hello');
  await jz.seesLines(['Hello']);
});

test('Esc Esc in the composer does what next does', async () => {
  const [kevin, jz] = await two();
  await kevin.composer.press('Escape');
  await kevin.heard('Really go on to the next person?').waitFor();

  await kevin.composer.press('Escape');

  await kevin.isLooking();
  await jz.hasEnded('They left.');
});

test('a key that was meant for a message does not press what has come under it', async () => {
  const [kevin, jz] = await two();
  await kevin.composer.pressSequentially('I was just ');
  await jz.presses('Stop');
  await kevin.hasEnded('They left.');
  await kevin.page.keyboard.type('going to say that I like it a lot here', { delay: 60 });
  await kevin.page.keyboard.press('Enter');
  assert.equal(await kevin.page.locator('#main').getAttribute('data-state'), 'ended');
  // Nor does it when the keys have rested: what has the focus is what was written.
  for (const key of ['Tab', 'Shift+Tab', 'Enter']) await kevin.page.keyboard.press(key);
  assert.equal(await kevin.page.getByLabel('You were writing').inputValue(), 'I was just ');
  assert.equal(await kevin.page.locator('#main').getAttribute('data-state'), 'ended');
  await kevin.page.reload();
  assert.equal(await kevin.page.getByLabel('You were writing').inputValue(), 'I was just ');
});

test('blocking takes two presses, ends it, and can be taken back', async () => {
  const [kevin, jz] = await two();

  await jz.presses('Block');

  await jz.hasEnded('You blocked them.');
  await kevin.hasEnded('They left.');
  assert.equal(await jz.control('Keep in touch').count(), 0);
  await jz.page.reload();
  await jz.hasEnded('You blocked them.');
  await jz.control('Unblock').click();
  await jz.heard('Unblocked.').waitFor();
  await jz.control('Block').waitFor();
});

test('two who blocked do not meet again while others come', async () => {
  const [kevin, jz] = await two();
  await jz.presses('Block');
  await jz.hasEnded('You blocked them.');
  await kevin.findNew.click();
  await kevin.isLooking();
  await jz.findNew.click();
  await jz.isLooking();

  const bo = await arrive('Bo');
  await bo.entersLobby();
  await bo.starts();

  await bo.isTalking();
  const talking = await Promise.all([kevin, jz].map(({ composer }) => composer.count()));
  await until(async () => (await Promise.all([kevin, jz].map(({ composer }) => composer.count()))).reduce((a, b) => a + b) === 1, 'one of the two to be found');
  assert.ok(talking.reduce((a, b) => a + b) <= 1);
});

test('reporting takes two presses, thanks, and binds', async () => {
  const [kevin, jz] = await two();
  await kevin.say('Something nasty');
  await jz.seesLines(['Something nasty']);

  await jz.reports();

  await jz.hasEnded('Thank you. You two won’t be matched again. A moderator will read this talk.');
  await kevin.hasEnded('They left.');
  assert.equal(await jz.control('Report').count(), 0);
  await jz.page.reload();
  await jz.hasEnded('Thank you.');
});

test('a talk can be reported and blocked after its end, with a note', async () => {
  const [kevin, jz] = await two();
  await kevin.presses('Stop');
  await jz.hasEnded('They left.');
  await jz.presses('Block');
  await jz.hasEnded('You blocked them.');
  await jz.control('Report').click();
  const dialog = jz.page.getByRole('dialog', { name: 'Report this talk' });
  await dialog.getByRole('button', { name: 'Report' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'Please choose what is wrong.' }).waitFor();
  await dialog.getByLabel('Spam or scam').check();
  await dialog.getByLabel('Something to add').fill('A link in every line');
  await dialog.getByRole('button', { name: 'Report' }).click();
  await jz.hasEnded('Thank you.');
});
