// Two strangers in two browsers: they meet, talk, lose each other and go on, without an account.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { Server } from '../clients/js/support/server.js';
import { until } from '../clients/js/support/waiting.js';
import { launch } from './support/browser.js';
import { Stranger, meet, twoWhoMet } from './support/stranger.js';

let server, browser;
let people = [];

before(async () => {
  server = await Server.start();
  browser = await launch();
});

afterEach(async () => {
  const troubles = people.flatMap((person) => person.troubles);
  await Promise.all(people.map((person) => person.context.close()));
  people = [];
  assert.deepEqual(troubles, []);
});

after(async () => {
  await browser?.close();
  await server.remove();
});

async function arrive(name, options) {
  const stranger = await Stranger.arrive(browser, server, name, options);
  people.push(stranger);
  return stranger;
}

async function two(options) {
  const met = await twoWhoMet(browser, server, options);
  people.push(...met);
  return met;
}

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
