// Rooms: two and three people in as many browsers, who find a room, talk in it, and go. Names with a number are promises of the
// seed with the financial chat. Two of them are carried in another way here: there is no entry "Server Logs" (S2-10), because what
// the server has to say stands in the line under the header; and a second window is never refused (S2-21), it just works.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { people } from './support/roommate.js';
import { browser, server } from './support/stage.js';

const WIDE = { viewport: { width: 1280, height: 800 } };

let ana, bo, rooms = 0;

beforeEach(async () => {
  [ana, bo] = await people(browser, server, ['Ana', 'Bo'], WIDE);
});

afterEach(async () => {
  const troubles = [...ana.troubles, ...bo.troubles];
  await Promise.all([ana.context.close(), bo.context.close()]);
  assert.deepEqual(troubles, []);
});

/** Each test has a room to itself. */
const freshRoom = () => `room-${(rooms += 1)}`;

async function bothIn(room = freshRoom(), topic = '') {
  await ana.creates(room, topic);
  await bo.enters(room);
  return room;
}

test('s2_09 after signing in one sees a talk with the rooms beside it', async () => {
  const room = await bothIn(undefined, 'All things small');

  const chats = ana.page.getByRole('navigation', { name: 'Chats' });
  await chats.getByRole('link', { name: new RegExp(`${room} ?, room`) }).waitFor();
  await ana.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Rooms' }).waitFor();
  await ana.page.getByText('2 members, 2 here · All things small').waitFor();
  assert.equal(await ana.page.title(), `${room} – Chinwag`);
});

test('s2_10 what the server has to say stands in the line under the header', async () => {
  const room = await bothIn();
  await ana.context.setOffline(true);
  await ana.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();
  await bo.say('Are you there?');
  await bo.line('Are you there?').getByText('sent').waitFor();

  await ana.context.setOffline(false);

  await ana.page.getByRole('status').filter({ hasText: 'You were away: 1 new message loaded' }).waitFor();
  await ana.isIn(room);
});

test('s2_11 and s2_12 the list of rooms is read again by its button, and each room in it is a link', async () => {
  await bo.page.goto('/rooms');
  assert.equal(await bo.directory.getByRole('link').first().innerText(), 'general');
  const room = freshRoom();
  await ana.creates(room);
  assert.equal(await bo.entryOf(room).count(), 0);

  await bo.page.getByRole('link', { name: 'Refresh rooms' }).click();

  await bo.entryOf(room).getByText('1 member, 1 here').waitFor();
  await bo.enters(room);
  await bo.page.goto('/rooms');
  await bo.entryOf(room).getByText('joined').waitFor();
});

test('the directory is narrowed by what is typed, without asking the server', async () => {
  await ana.creates(freshRoom(), 'Lighthouses and how to paint them');
  await ana.page.goto('/rooms');
  const all = await ana.directory.getByRole('listitem').count();

  await ana.page.getByLabel('Find a room').fill('LIGHTHOUSES');
  await until(async () => (await ana.directory.getByRole('listitem').count()) === 1, 'one room to be left');
  await ana.page.getByRole('status').filter({ hasText: '1 room' }).waitFor();
  await ana.page.reload();
  assert.equal(await ana.directory.getByRole('listitem').count(), 1);

  await ana.page.getByLabel('Find a room').fill('no such thing');
  await ana.page.getByText('No room is called that').waitFor();
  await ana.page.getByLabel('Find a room').fill('');
  assert.equal(await ana.directory.getByRole('listitem').count(), all);
});

test('whoever is not in a room sees what it is and how many are in it, and no message', async () => {
  const room = freshRoom();
  await ana.creates(room, 'Secrets of the trade');
  await ana.say('Buy low, sell high');
  await ana.line('Buy low').getByText('sent').waitFor();

  await bo.page.goto(`/rooms/${room}`);

  await bo.page.getByRole('heading', { level: 1, name: room }).waitFor();
  await bo.page.getByText('Secrets of the trade').waitFor();
  await bo.page.getByText('1 member, 1 here').waitFor();
  assert.doesNotMatch(await bo.page.content(), /Buy low/);
  await bo.page.getByRole('button', { name: `Join ${room}` }).click();
  await bo.isIn(room);
  await bo.seesLines(['Buy low, sell high']);
});

test('s2_13 a room shows the last 50 messages, and those before them when one goes up', { timeout: 90_000 }, async () => {
  const room = freshRoom();
  await ana.creates(room);
  const said = Array.from({ length: 60 }, (_, n) => `Line ${n + 1}`);
  for (const text of said) await ana.say(text);
  await ana.line('Line 60').getByText('sent').waitFor();

  const scriptless = await bo.again(browser, { javaScriptEnabled: false });
  await scriptless.page.goto(`/rooms/${room}`);
  await scriptless.page.getByRole('button', { name: `Join ${room}` }).click();
  await scriptless.seesLines(said.slice(10));
  await scriptless.page.getByRole('link', { name: 'Load earlier' }).click();
  await scriptless.seesLines(said.slice(0, 10));
  await scriptless.context.close();

  await bo.enters(room);
  await bo.log.getByText('Line 11', { exact: true }).scrollIntoViewIfNeeded();
  await bo.seesLines(said);
});

test('s2_14 a room shows who is in it, and who of them is here', async () => {
  await bothIn();

  await ana.member(bo).getByText('here').waitFor();
  await ana.member(ana).getByText('here').waitFor();
  await bo.page.goto('about:blank');
  await ana.member(bo).getByText('here').waitFor({ state: 'hidden' });
  await ana.page.getByText('2 members, 1 here').first().waitFor();
});

test('s2_15 messages are shown live, under the names of those who said them, and are still there after a reload', async () => {
  const room = await bothIn();

  await ana.say('Hello Bo');
  await bo.seesLines(['Hello Bo']);
  await bo.line('Hello Bo').getByText('Ana').waitFor();
  await bo.say('Hello Ana');
  await ana.seesLines(['Hello Bo', 'Hello Ana']);
  await ana.line('Hello Ana').getByText('Bo', { exact: true }).waitFor();
  // Who of many has read it is nobody's business.
  await ana.line('Hello Bo').getByText('sent').waitFor();

  await ana.page.reload();
  await ana.isIn(room);
  await ana.seesLines(['Hello Bo', 'Hello Ana']);
  await ana.line('Hello Ana').getByText('Bo', { exact: true }).waitFor();
});

test('s2_16 and s2_17 who joins is told in green and who leaves in red, by words too, and neither is stored', async () => {
  const room = freshRoom();
  await ana.creates(room);
  await bo.enters(room);
  await ana.notice('Bo joined').waitFor();
  await bo.leaves();
  await ana.notice('Bo left').waitFor();

  const [joined, left] = await Promise.all(['joined', 'left'].map((kind) => colourOf(ana.log.locator(`.notice--${kind}`))));
  assert.ok(joined.green > joined.red && joined.green > joined.blue, JSON.stringify(joined));
  assert.ok(left.red > left.green && left.red > left.blue, JSON.stringify(left));
  assert.equal(await ana.page.locator('#announcer').innerText(), '', 'nobody is told aloud');

  await ana.page.reload();
  await ana.isIn(room);
  assert.equal(await ana.log.locator('.notice').count(), 0);
  assert.equal(await ana.member(bo).count(), 0);
});

test('when many come and go they are told together', async () => {
  const room = freshRoom();
  await ana.creates(room);
  const crowd = await people(browser, server, ['Cy', 'Di', 'Ed', 'Fay']);
  for (const one of crowd) {
    await one.enters(room);
    await ana.member(one).waitFor();
  }
  await ana.notice('Cy, Di and 2 others joined').waitFor();
  await crowd[3].leaves();
  await ana.notice('Cy, Di and Ed joined').waitFor();
  await ana.notice('Fay left').waitFor();
  assert.equal(await ana.log.locator('.notice').count(), 2);

  // After a message they begin anew.
  await ana.say('Welcome');
  await crowd[2].leaves();
  await ana.notice('Ed left').waitFor();
  await Promise.all(crowd.map(({ context }) => context.close()));
});

test('s2_18 and s2_20 a command is told in purple and kept nowhere; without "=" it is a message, and blank it is not sent', async () => {
  const room = await bothIn();

  await ana.say('/stock=aapl.us=x');
  for (const person of [ana, bo]) await person.command('/stock=aapl.us=x').getByText('Command').waitFor();
  await bo.command('/stock').getByText('Ana').waitFor();
  await ana.command('/stock').getByText('You').waitFor();
  const purple = await colourOf(bo.command('/stock').locator('.command__text'));
  assert.ok(purple.red > purple.green && purple.blue > purple.red, JSON.stringify(purple));

  await ana.say('/shrug');
  await ana.say('   ');
  await bo.seesLines(['/shrug']);
  assert.equal(await ana.command('/shrug').count(), 0);

  await bo.page.reload();
  await bo.isIn(room);
  await bo.seesLines(['/shrug']);
  assert.equal(await bo.command('/stock').count(), 0);
});

test('a command without a name or a payload goes back to where it was typed, and says why', async () => {
  await bothIn();
  for (const text of ['/=aapl.us', '/stock=']) {
    await ana.say(text);
    await ana.page.getByRole('alert').filter({ hasText: 'The command was not sent.' }).waitFor();
    assert.equal(await ana.composer.inputValue(), text);
    await ana.composer.fill('');
  }
  await ana.seesLines([]);
});

test('with somebody one knows, what looks like a command is a message', async () => {
  await ana.addContact(bo);
  await ana.page.getByRole('button', { name: 'Message Bo' }).click();
  const log = ana.page.getByRole('region', { name: 'Messages with Bo' });
  await ana.page.waitForLoadState('load');
  await ana.say('/stock=aapl.us');
  await log.getByText('/stock=aapl.us').waitFor();
  await log.getByText('sent').waitFor();
  assert.equal(await ana.page.locator('.log__command').count(), 0);
});

test('s2_19 several rooms are in the list at once, each with what is unread in it, and any can be left', async () => {
  const first = await bothIn();
  const second = await bothIn();
  await bo.page.goto(`/rooms/${first}`);
  await bo.isIn(first);

  await ana.say('In the second');
  await rowOf(bo, second).getByText('1 unread').waitFor();
  await rowOf(bo, second).getByText('Ana: In the second').waitFor();
  await until(async () => (await bo.page.title()).startsWith('(1) '), 'the title to count one');
  await bo.seesLines([]);

  await rowOf(bo, second).getByRole('link').click();
  await bo.isIn(second);
  await bo.seesLines(['In the second']);
  await bo.leaves();
  await bo.page.goto('/chats');
  await rowOf(bo, first).waitFor();
  assert.equal(await rowOf(bo, second).count(), 0);
});

test('s2_21 a second window of the same person just works, and signing out brings the start page back', async () => {
  const room = await bothIn();
  const tab = ana.page;
  ana.page = await ana.openTab();
  await ana.page.goto(`/rooms/${room}`);
  await ana.isIn(room);

  await ana.say('From the second window');
  await bo.seesLines(['From the second window']);
  ana.page = tab;
  await ana.seesLines(['From the second window']);
  await ana.page.getByText('2 members, 2 here').first().waitFor();
  assert.equal(await ana.log.locator('.notice').filter({ hasText: 'Ana' }).count(), 0);

  await ana.page.goto('/settings');
  await ana.page.getByRole('button', { name: 'Sign out of this browser' }).click();
  await ana.page.getByRole('link', { name: 'Sign in with your phone' }).waitFor();
});

test('s2_22 three people in three browsers see the same talk', async () => {
  const room = await bothIn();
  const [cy] = await people(browser, server, ['Cy'], WIDE);
  await cy.enters(room);

  await ana.say('One');
  await cy.seesLines(['One']);
  await cy.say('Two');
  await bo.seesLines(['One', 'Two']);
  await bo.say('Three');

  for (const person of [ana, bo, cy]) await person.seesLines(['One', 'Two', 'Three']);
  await cy.line('Three').getByText('Bo', { exact: true }).waitFor();
  assert.deepEqual(cy.troubles, []);
  await cy.context.close();
});

test('those who write are told by name', async () => {
  const room = await bothIn();
  await ana.composer.pressSequentially('Wait for it');
  await bo.page.locator('#state').getByText('Ana is typing').waitFor();
  await ana.page.getByRole('button', { name: 'Send', exact: true }).click();
  await bo.seesLines(['Wait for it']);
  await bo.page.locator('#state').getByText('typing').waitFor({ state: 'hidden' });
  await bo.page.locator('#state').getByText('2 members, 2 here').waitFor();
  await bo.isIn(room);
});

test('what is said and changed while one is offline is there afterwards, once, and what was typed goes out', async () => {
  const room = await bothIn();
  await ana.say('Into the tunnel');
  await bo.seesLines(['Into the tunnel']);
  await ana.context.setOffline(true);
  await ana.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();

  await ana.say('From the tunnel');
  await ana.line('From the tunnel').getByText('sending').waitFor();
  await ana.say('/stock=x');
  await ana.page.getByRole('alert').filter({ hasText: 'The command was not sent. You are offline.' }).waitFor();
  assert.equal(await ana.composer.inputValue(), '/stock=x');
  await bo.say('Are you there?');
  const [cy] = await people(browser, server, ['Cy']);
  await cy.enters(room);
  await ana.context.setOffline(false);

  const talk = ['Into the tunnel', 'Are you there?', 'From the tunnel'];
  await ana.seesLines(talk);
  await bo.seesLines(talk);
  await ana.member(cy).waitFor();
  await cy.context.close();
});

test('an own message can be edited and deleted, and another’s only copied or reported', async () => {
  await bothIn();
  await ana.say('Helo');
  await ana.say('Never mind');
  await bo.seesLines(['Helo', 'Never mind']);

  await ana.line('Helo').hover();
  await ana.page.getByRole('button', { name: 'Edit' }).click();
  await ana.composer.fill('Hello');
  await ana.page.getByRole('button', { name: 'Send', exact: true }).click();
  await bo.seesLines(['Hello', 'Never mind']);
  await ana.delete('Never mind');
  await bo.seesLines(['Hello', 'Message deleted']);

  await bo.line('Hello').hover();
  await bo.page.getByRole('button', { name: 'Copy' }).waitFor();
  assert.equal(await bo.page.getByRole('button', { name: 'Delete' }).count(), 0);
  await bo.page.getByRole('button', { name: 'Report' }).click();
  const dialog = bo.page.getByRole('dialog', { name: 'Report what Ana said' });
  await dialog.getByLabel('Harassment or threats').and(bo.page.locator(':focus')).waitFor();
  // Off the message: what was pressed is not there any more.
  await bo.page.mouse.move(1, 1);
  await bo.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await bo.page.locator('.message:focus').filter({ hasText: 'Hello' }).waitFor();
});

test('the creator deletes a room after a second question, and whoever is in it is told and led back', async () => {
  const room = await bothIn();
  await bo.opensMenu();
  assert.equal(await bo.page.getByText('Delete room').count(), 0, 'it is not his');
  await bo.page.keyboard.press('Escape');
  await bo.composer.fill('half a sentence');

  await ana.deletesRoom();

  await bo.page.getByRole('alert').filter({ hasText: 'This room was deleted.' }).waitFor();
  assert.equal(await bo.composer.isVisible(), false);
  assert.equal(await rowOf(bo, room).count(), 0);
  await bo.page.getByRole('link', { name: 'All rooms' }).last().click();
  await bo.page.getByRole('heading', { level: 1, name: 'Rooms' }).waitFor();
  assert.equal(await bo.entryOf(room).count(), 0);
  await bo.page.goto(`/rooms/${room}`);
  await bo.page.getByRole('heading', { name: 'Nothing here' }).waitFor();
});

test('a room that one has left in another tab says so; one that went while one was offline does too', async () => {
  const room = await bothIn();
  const tab = bo.page;
  bo.page = await bo.openTab();
  await bo.page.goto(`/rooms/${room}`);
  await bo.isIn(room);
  await bo.leaves();
  bo.page = tab;
  await bo.page.getByRole('alert').filter({ hasText: 'You are no longer in this room.' }).waitFor();

  const other = await bothIn();
  await bo.context.setOffline(true);
  await bo.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();
  await ana.page.goto(`/rooms/${other}`);
  await ana.isIn(other);
  await ana.deletesRoom();
  await bo.context.setOffline(false);
  await bo.page.getByRole('alert').filter({ hasText: 'This room was deleted.' }).waitFor();
});

test('general is always there', async () => {
  await ana.enters('general');
  await ana.opensMenu();
  await ana.page.getByRole('button', { name: 'Leave room' }).waitFor();
  assert.equal(await ana.page.getByText('Delete room').count(), 0);
});

test('markup in a topic, a name, a command and a message is text wherever it is shown', async () => {
  const image = '<img src=x onerror=alert(1)>';
  await bo.page.goto('/settings');
  await bo.page.getByLabel('Your name').fill(image);
  await bo.page.getByRole('button', { name: 'Save profile' }).click();
  const room = freshRoom();
  await ana.creates(room, image);
  await bo.enters(room);
  await ana.notice(`${image} joined`).waitFor();
  await bo.say(`/${image}=${image}`);
  await bo.say(`${image} @${ana.username}`);
  await ana.command(`/${image}=${image}`).waitFor();
  await ana.line(`${image} @`).getByText('mentions you').waitFor();
  await ana.composer.pressSequentially('@bo');
  await ana.suggestions.getByText(image).waitFor();
  await ana.page.reload();
  await ana.line(`${image} @`).getByText('mentions you').waitFor();
  await ana.page.goto('/rooms');
  await ana.entryOf(room).getByText(image).waitFor();
  assert.equal(await ana.page.locator('img').count(), 0);
});

function rowOf(person, room) {
  return person.page.locator('#chat-list').getByRole('listitem').filter({ hasText: room });
}

/** The colour that a text is written in, as red, green and blue. */
async function colourOf(locator) {
  const [red, green, blue] = await locator.first().evaluate((element) => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  });
  return { red, green, blue };
}
