// What the page says to strangers is true: who is there, what was read, what is lost and what it takes.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { meet } from './support/stranger.js';
import { arrive, two } from './support/strangers.js';

before(async () => {
  // Seats are 1 and 2; these two have the accounts of those numbers, so that nobody below is mistaken for a seat.
  await two();
});

test('what I have read says nothing of what the stranger has read', async () => {
  const [kevin, jz] = [await arrive('Kevin'), await arrive('Jazz')];
  let receipts = 0;
  kevin.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => { receipts += String(payload).includes('"receipt"'); }));
  await meet(kevin, jz);
  await kevin.say('One');
  await jz.seesLines(['One']);
  await jz.say('Two');
  await kevin.seesLines(['One', 'Two']);
  await until(() => receipts > 0, 'kevin to have read it');

  await kevin.say('Three');
  await jz.seesLines(['One', 'Two', 'Three']);
  await kevin.line('Three').getByText('sent').waitFor();
  assert.match(await kevin.line('One').innerText(), /sent$/);
});

test('a screen reader hears that a message was edited only of one that was', async () => {
  const [kevin, jz] = await two();
  await kevin.say('As I said it');
  await jz.seesLines(['As I said it']);
  const names = async ({ page }) => {
    const tree = await (await page.context().newCDPSession(page)).send('Accessibility.getFullAXTree');
    return tree.nodes.filter(({ role }) => role?.value === 'article').map(({ name }) => name.value);
  };

  for (const look of [() => {}, () => jz.page.reload()]) {
    await look();
    await jz.seesLines(['As I said it']);
    const [heard] = await names(jz);
    assert.match(heard, /^Stranger .* As I said it$/);
  }
});

test('of two guests who keep in touch, the first to sign in comes back to the talk, and is seen to be back', { timeout: 60_000 }, async () => {
  const [kevin, jz] = await two();
  await jz.say('We should climb one day');
  await kevin.control('Keep in touch').click();
  await kevin.page.getByRole('dialog').getByText('For that you sign in with your phone').waitFor();
  await kevin.page.keyboard.press('Escape');
  await kevin.asksToKeep('Kev');
  await kevin.page.getByRole('button', { name: 'Asked', exact: true }).waitFor();
  await jz.asksToKeep('Jazzy');
  await jz.page.getByRole('region').getByText('Sign in with your phone').waitFor();
  await jz.page.getByRole('button', { name: 'Both asked' }).waitFor();
  await jz.page.goto('about:blank');
  await kevin.state.getByText('Connection lost').waitFor();
  await jz.page.goto('/match');

  await jz.signsInToKeep();

  await jz.isTalking();
  await jz.seesLines(['We should climb one day']);
  await jz.page.getByRole('region').getByText('They are making an account; the talk will appear in your chats.').waitFor();
  await kevin.state.getByText('Connection lost').waitFor({ state: 'hidden' });
  await kevin.say('Any day');
  await jz.seesLines(['We should climb one day', 'Any day']);

  await jz.presses('Stop');
  await jz.page.reload();
  await jz.hasEnded('You left.');
  await jz.page.getByRole('region').getByText('They are making an account; the talk will appear in your chats.').waitFor();
  await kevin.signsInToKeep();
  for (const person of [kevin, jz]) {
    if (person === jz) await person.page.getByRole('link', { name: 'Go to the chat' }).click();
    await person.page.waitForURL(/\/chats\/\d+$/);
    await person.seesLines(['We should climb one day', 'Any day']);
  }
});

test('nobody is named who did not choose it, not even who was a guest a moment ago', { timeout: 60_000 }, async () => {
  const [kevin, jz] = await two();
  await kevin.asksToKeep('Kev');
  await jz.asksToKeep('Jazzy');
  await jz.page.getByRole('region').getByText('Sign in with your phone').waitFor();
  await jz.signsInToKeep();
  await jz.isTalking();

  await jz.presses('Next');

  await jz.isLooking();
  const bo = await arrive('Bo');
  await bo.entersLobby();
  await bo.starts();
  await bo.opening('You are talking with a stranger.').waitFor();
  await jz.isTalking();
});

test('what is sent cannot be cancelled any more, also where the mouse rests on it', async () => {
  const [kevin, jz] = await two();
  await kevin.context.setOffline(true);
  await kevin.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();
  await kevin.say('From the tunnel');
  await kevin.line('From the tunnel').hover();
  await kevin.control('Cancel sending').waitFor();

  await kevin.context.setOffline(false);

  await jz.seesLines(['From the tunnel']);
  await kevin.line('From the tunnel').getByText('sent').waitFor();
  await kevin.control('Copy').waitFor();
  assert.equal(await kevin.control('Cancel sending').count(), 0);
});

test('Esc calls off what asks once more, one question at a time, and the list of keys says what it does', async () => {
  const [kevin] = await two();
  await kevin.control('Next').click();
  await kevin.control('Block').click();
  await kevin.control('Really block?').waitFor();
  assert.equal(await kevin.control('Really next?').count(), 0);

  await kevin.page.keyboard.press('Escape');

  await kevin.heard('Called off.').waitFor();
  await kevin.control('Block').waitFor();
  await kevin.control('Block').click();
  await kevin.composer.press('Escape');
  await kevin.control('Block').waitFor();
  assert.equal(await kevin.control('Really next?').count(), 0);
  await kevin.control('Stop').focus();
  await kevin.page.keyboard.press('?');
  await kevin.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('on to the next person').waitFor();
  await kevin.page.keyboard.press('Escape');
  await kevin.composer.press('?');
  assert.equal(await kevin.composer.inputValue(), '?');
});

test('who has a keyboard can write at once, also in a narrow window', async () => {
  const [kevin] = await two({ options: { viewport: { width: 390, height: 800 } } });
  await until(() => kevin.composer.evaluate((box) => box === document.activeElement), 'the composer to have the focus');
});

test('on a phone nothing covers the time of a line, and the name keeps its place when the talk ends', async () => {
  const [kevin, jz] = await two({ options: { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true } });
  await jz.say('Hm');
  await kevin.line('Hm').locator('.message').tap();
  const button = await kevin.control('Copy').boundingBox();
  const time = await kevin.line('Hm').locator('.message__time').boundingBox();
  const bubble = await kevin.line('Hm').locator('.message__bubble').boundingBox();
  assert.ok(button.x >= bubble.x + bubble.width && button.x + button.width <= 390, JSON.stringify({ button, bubble }));
  assert.ok(button.x >= time.x + time.width || button.y >= time.y + time.height, JSON.stringify({ button, time }));

  const place = () => kevin.page.locator('#partner').boundingBox();
  const before = await place();
  await jz.presses('Stop');
  await kevin.hasEnded('They left.');
  assert.deepEqual(await place(), before);
});

test('the talk before can be read, reported and blocked while looking for the next, which shows how many are here', async () => {
  const [kevin, jz] = await two();
  await jz.say('Something nasty');
  await kevin.seesLines(['Something nasty']);
  await kevin.presses('Next');
  await kevin.isLooking();
  await kevin.page.locator('.match__search').getByText(/^[1-9]\d* online · [1-9]\d* waiting$/).waitFor();

  await kevin.page.getByRole('link', { name: 'Read, report or block' }).click();

  await kevin.hasEnded('You left.');
  await kevin.seesLines(['Something nasty']);
  await kevin.reports();
  await kevin.hasEnded('Thank you.');
  await kevin.control('Change interests').click();
  await kevin.page.getByRole('link', { name: 'Read, report or block' }).waitFor();
});
