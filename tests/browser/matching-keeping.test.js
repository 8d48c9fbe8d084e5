// Strangers who want to keep in touch, with an account and without.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { meet } from './support/stranger.js';
import { arrive } from './support/strangers.js';

test('two who are signed in keep in touch: nobody knows until both asked, then the talk is in their chats', async () => {
  const kevin = await (await arrive('Kevin')).signIn();
  const jz = await (await arrive('Jazz')).signIn();
  await kevin.looks({ isNamed: true });
  await jz.entersLobby();
  assert.ok(await jz.page.getByLabel('Stay anonymous').isChecked());
  await jz.starts();
  await kevin.opening('You are talking with a stranger.').waitFor();
  await jz.opening(`You are talking with @${kevin.username}.`).waitFor();
  await kevin.say('Nice to meet you');
  await jz.seesLines(['Nice to meet you']);

  await kevin.asksToKeep();
  await kevin.page.getByRole('button', { name: 'Asked' }).waitFor();
  await kevin.page.reload();
  await kevin.page.getByRole('button', { name: 'Asked' }).waitFor();
  assert.equal(await jz.page.getByText('You both want to keep in touch').count(), 0);
  await jz.asksToKeep('Jazzy');

  for (const person of [kevin, jz]) {
    await person.log.getByText('It is in your chats now.').waitFor();
    if (person === kevin) await person.page.getByRole('link', { name: 'Go to the chat' }).click();
    else await person.page.reload();
    await person.page.waitForURL(/\/chats\/\d+$/);
    await person.seesLines(['Nice to meet you']);
  }
  await kevin.page.getByRole('heading', { level: 1, name: 'Jazzy' }).waitFor();
  await jz.page.getByRole('heading', { level: 1, name: 'Kevin' }).waitFor();
  await kevin.say('And now?');
  await jz.seesLines(['Nice to meet you', 'And now?']);
});

test('two who have a chat already and keep a talk are led to that chat, also after a reload', async () => {
  const kevin = await (await arrive('Kevin')).signIn();
  const jz = await (await arrive('Jazz')).signIn();
  await kevin.beginTalkWith(jz);
  await kevin.say('Long ago');
  await meet(kevin, jz);
  await jz.say('Just now');
  await kevin.seesLines(['Just now']);

  await kevin.asksToKeep();
  await jz.asksToKeep();

  for (const person of [kevin, jz]) {
    await person.log.getByText('It is in your chats now.').waitFor();
    if (person === kevin) await person.page.getByRole('link', { name: 'Go to the chat' }).click();
    else await person.page.reload();
    await person.page.waitForURL(/\/chats\/\d+$/);
    await person.seesLines(['Long ago', 'Just now']);
  }
});

test('a guest keeps a talk by signing in with a phone, and loses nothing of it', { timeout: 60_000 }, async () => {
  const kevin = await (await arrive('Kevin')).signIn();
  const jz = await arrive('Jazz');
  await kevin.looks();
  await jz.entersLobby();
  await jz.starts();
  await jz.isTalking();
  await jz.say('I have no account');
  await kevin.seesLines(['I have no account']);
  await jz.asksToKeep('Jazzy');
  await kevin.asksToKeep();

  await kevin.page.getByRole('region').getByText('They are making an account').waitFor();
  await jz.page.getByRole('region').getByText('Sign in with your phone to keep this talk.').waitFor();
  await kevin.say('Take your time');
  await jz.seesLines(['I have no account', 'Take your time']);
  await jz.page.reload();
  await jz.page.getByRole('region').getByText('Sign in with your phone to keep this talk.').waitFor();

  await jz.page.locator('#offer').getByRole('link', { name: 'Sign in' }).click();
  await jz.page.getByLabel('Phone number').fill(jz.phone.slice('+1'.length));
  await jz.page.getByRole('button', { name: 'Send code' }).click();
  await jz.proveCode();
  assert.equal(await jz.page.getByLabel('Your name').inputValue(), 'Jazzy', 'what they asked to be called');
  await jz.page.getByRole('button', { name: 'Start talking' }).click();

  await kevin.log.getByText('It is in your chats now.').waitFor();
  await jz.page.waitForURL(/\/chats\/\d+$/);
  await jz.seesTalkWith(kevin);
  await jz.seesLines(['I have no account', 'Take your time']);
});
