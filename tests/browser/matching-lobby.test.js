// Before two strangers talk: the lobby, and the search for somebody.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { server } from './support/stage.js';
import { arrive, two } from './support/strangers.js';

test('searching survives a reload, counts down, and ends when one goes elsewhere by a link', async () => {
  const kevin = await arrive('Kevin');
  await kevin.looks({ interests: ['glass harmonica'] });
  await kevin.page.getByText(/^anyone in \d+ s$/).waitFor();
  await kevin.page.reload();
  await kevin.page.getByRole('heading', { name: 'Looking for someone who likes glass harmonica' }).waitFor();
  await kevin.page.getByRole('heading', { name: 'Looking for anyone' }).waitFor();
  await kevin.heard('Looking for anyone now.').waitFor();

  await kevin.page.getByRole('link', { name: 'Sign in' }).click();
  await kevin.page.getByRole('heading', { name: 'Sign in with your phone' }).waitFor();
  await kevin.page.goto('/match');
  await kevin.page.getByRole('heading', { name: 'Talk to someone at random' }).waitFor();
  assert.deepEqual(await kevin.page.locator('#tags-list li').allInnerTexts(), ['glass harmonica']);
  assert.ok(await kevin.accept.isChecked());
});

test('a server that restarts is asked again with the same wishes', { timeout: 60_000 }, async () => {
  const kevin = await arrive('Kevin');
  await kevin.looks({ interests: ['kites'] });
  await server.restart();

  const jz = await arrive('Jazz');
  await jz.entersLobby({ interests: ['kites'] });
  await jz.starts();

  await kevin.opening('You both like: kites.').waitFor({ timeout: 30_000 });
});

test('without a tick it does not begin and says why, and a number is asked about before it is sent', async () => {
  const kevin = await arrive('Kevin');
  await kevin.page.goto('/match');
  await kevin.starts();
  await kevin.page.getByRole('alert').filter({ hasText: 'Please tick this first.' }).waitFor();
  assert.ok(await kevin.accept.evaluate((box) => box === document.activeElement));
  const cookies = await kevin.context.cookies();
  assert.deepEqual(cookies.map(({ name }) => name), ['form'], 'looking at the page makes no guest');

  const [ana, bo] = await two();
  await ana.say('Call me: +1 (201) 555-0123');
  await ana.page.getByRole('alert').filter({ hasText: 'This looks like a phone number. Share this? Press Send again.' }).waitFor();
  await ana.say('ana@mail.example');
  await ana.page.getByRole('alert').filter({ hasText: 'an e-mail address' }).waitFor();
  await ana.seesLines([]);
  await ana.page.getByRole('button', { name: 'Send', exact: true }).click();
  await bo.seesLines(['ana@mail.example']);
});

test('without script the page says that it needs it', async () => {
  const kevin = await arrive('Kevin', { javaScriptEnabled: false });
  await kevin.page.goto('/');
  await kevin.page.getByRole('link', { name: 'Talk to someone at random' }).click();
  await kevin.page.locator('noscript p', { hasText: 'This page needs script' }).waitFor();
  assert.equal(await kevin.page.getByRole('button').count(), 0);
  assert.equal(await kevin.page.getByRole('link', { name: 'Random' }).count(), 1);
});

test('an eleventh interest and one that is too long are refused with the reason, and what was typed stays', async () => {
  const kevin = await arrive('Kevin');
  await kevin.entersLobby({ interests: Array.from({ length: 10 }, (_, n) => `interest ${n}`) });
  await kevin.interest.fill('one more');
  await kevin.starts();
  await kevin.page.getByRole('alert').filter({ hasText: 'more than 10' }).waitFor();
  assert.equal(await kevin.interest.inputValue(), 'one more');
  await kevin.page.getByRole('button', { name: 'Remove interest 3' }).click();
  await kevin.interest.fill('x'.repeat(31));
  await kevin.interest.press('Enter');
  await kevin.page.getByRole('alert').filter({ hasText: 'up to 30 characters' }).waitFor();
  await kevin.interest.fill('a, b');
  await kevin.interest.press('Enter');
  await kevin.page.getByRole('alert').filter({ hasText: 'more than 10' }).waitFor();
  assert.equal(await kevin.page.locator('#tags-list li').count(), 10);
});
