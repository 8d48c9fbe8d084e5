// Two people in two browsers: they meet, talk, reload, lose the network and come back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { server } from './support/stage.js';
import { jz, kevin } from './support/two-people.js';

test('two people sign in, add each other and talk', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);

  await kevin.say('Hello Jazz');
  await jz.seesLines(['Hello Jazz']);
  await jz.say('Hello Kevin');
  await jz.say('How are you?');

  const talk = ['Hello Jazz', 'Hello Kevin', 'How are you?'];
  await kevin.seesLines(talk);
  await jz.seesLines(talk);
  await kevin.page.reload();
  await kevin.seesLines(talk);
});

test('jz sees kevin typing, and no more once the message is there', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  // Typing is told to who is there, and to nobody later: both must be connected by now.
  await kevin.say('Are you there?');
  await jz.say('Yes');
  await kevin.seesLines(['Are you there?', 'Yes']);

  await kevin.composer.pressSequentially('Wait for it');
  await jz.page.getByText('typing').first().waitFor();

  await kevin.page.getByRole('button', { name: 'Send', exact: true }).click();
  await jz.seesLines(['Are you there?', 'Yes', 'Wait for it']);
  await jz.page.getByText('typing').first().waitFor({ state: 'hidden' });
});

test('a message is sent, then delivered when jz is there, then read when she looks at it', async () => {
  await kevin.beginTalkWith(jz);
  await jz.page.goto('about:blank');

  await kevin.say('Are you there?');
  await kevin.line('Are you there?').getByText('sent').waitFor();

  // The list of chats takes the message in, but nobody has read it yet.
  await jz.page.goto('/chats');
  await kevin.line('Are you there?').getByText('delivered').waitFor();
  await jz.rowOf(kevin).getByText('1 unread').waitFor();

  await jz.openTalkWith(kevin);
  await kevin.line('Are you there?').getByText('read').waitFor();
  await jz.page.goto('/chats');
  await jz.rowOf(kevin).getByText('unread').waitFor({ state: 'hidden' });
});

test('unread messages are counted in the list and in the title while jz is elsewhere', async () => {
  await kevin.beginTalkWith(jz);
  await jz.page.goto('/chats');
  for (const text of ['One', 'Two', 'Three']) await kevin.say(text);

  await jz.rowOf(kevin).getByText('3 unread').waitFor();
  await until(async () => (await jz.page.title()).startsWith('(3)'), 'the title to count three');

  await jz.openTalkWith(kevin);
  await jz.seesLines(['One', 'Two', 'Three']);
  await jz.log.getByText('New messages').waitFor();
});

test('a deleted message is not unread any more, in the list and in the title', async () => {
  await kevin.beginTalkWith(jz);
  await jz.page.goto('/chats');
  for (const text of ['Stays', 'Goes']) await kevin.say(text);
  await jz.rowOf(kevin).getByText('2 unread').waitFor();

  await kevin.delete('Goes');
  await jz.rowOf(kevin).getByText('1 unread').waitFor();
  await until(async () => (await jz.page.title()).startsWith('(1)'), 'the title to count one');

  await kevin.delete('Stays');
  await jz.rowOf(kevin).getByText('unread').waitFor({ state: 'hidden' });
  await until(async () => !(await jz.page.title()).startsWith('('), 'the title to count none');

  // What was read is not subtracted from what is not.
  await kevin.say('Seen by her');
  await jz.openTalkWith(kevin);
  await kevin.line('Seen by her').getByText('read').waitFor();
  await jz.page.goto('/chats');
  await kevin.say('Not yet');
  await jz.rowOf(kevin).getByText('1 unread').waitFor();
  await kevin.delete('Seen by her');
  await kevin.seesLines(['Message deleted', 'Message deleted', 'Message deleted', 'Not yet']);
  await kevin.say('Nor this');
  await jz.rowOf(kevin).getByText('2 unread').waitFor();
});

test('marks that are piled up in a message leave the lines around it as they are', async () => {
  await kevin.beginTalkWith(jz);
  const piled = `a${'\u0301'.repeat(200)}g${'\u0323'.repeat(200)}`;
  for (const text of ['Above', piled, 'Below']) await kevin.say(text);
  await kevin.seesLines(['Above', piled, 'Below']);
  for (const text of ['Above', 'Below']) await kevin.line(text).getByText('delivered').waitFor();
  // What is pointed at has its toolbar, which may cover what is beside it.
  await kevin.page.mouse.move(0, 0);

  const around = () => Promise.all(['Above', 'Below'].map((text) => kevin.line(text).screenshot()));
  const beside = await around();
  await kevin.line(piled).evaluate((line) => { line.style.overflow = 'visible'; });
  const covered = await around();
  await kevin.line(piled).evaluate((line) => { line.style.visibility = 'hidden'; });
  const alone = await around();

  const changed = (pictures) => Promise.all(pictures.map((picture, n) => differences(kevin.page, picture, alone[n])));
  assert.deepEqual(await changed(beside), [0, 0]);
  assert.notDeepEqual(await changed(covered), [0, 0], 'unclipped, the marks must reach that far');
});

test('the keyboard shows where it is on a message that nothing can be done to', async () => {
  await kevin.beginTalkWith(jz);
  for (const text of ['Stays', 'Goes']) await kevin.say(text);
  await kevin.delete('Goes');
  const deleted = kevin.line('Message deleted').locator('.message');
  const { x, y, height } = await deleted.boundingBox();
  const beside = () => kevin.page.screenshot({ clip: { x: x - 4, y, width: 4, height } });
  const before = await beside();

  await kevin.line('Stays').locator('.message').focus();
  await kevin.page.keyboard.press('ArrowDown');

  await deleted.and(kevin.page.locator(':focus')).waitFor();
  assert.notEqual(await differences(kevin.page, before, await beside()), 0);
});

/** In how many places two pictures of one size look different, be it only in one colour. */
function differences(page, ...pictures) {
  return page.evaluate(async (files) => {
    const [one, other] = await Promise.all(files.map(async (file) => {
      const picture = await createImageBitmap(new Blob([Uint8Array.from(file)]));
      const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
      pen.drawImage(picture, 0, 0);
      return pen.getImageData(0, 0, picture.width, picture.height).data;
    }));
    // The edges of a round corner are never quite the same twice.
    return one.filter((value, at) => Math.abs(value - other[at]) > 16).length;
  }, pictures.map((picture) => [...picture]));
}

test('jz uses the client_id of a message of kevin: his line stays what it was', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  await kevin.say('I owe you 10');
  await jz.seesLines(['I owe you 10']);
  await kevin.page.reload();
  const client_id = await kevin.line('I owe you 10').getAttribute('data-client-id');
  assert.ok(client_id, 'his own page must know the id');

  const status = await jz.page.evaluate(async ([path, form]) => {
    const form_token = document.querySelector('[name=form_token]').value;
    return (await fetch(path, { method: 'POST', body: new URLSearchParams({ ...form, form_token }) })).status;
  }, [`${new URL(jz.page.url()).pathname}/messages`, { body: 'I owe you 100', client_id }]);

  assert.equal(status, 200);
  const lines = ['I owe you 10', 'I owe you 100'];
  await kevin.seesLines(lines);
  await jz.seesLines(lines);
});

test('kevin reloads in the middle of the talk: nothing missing, nothing twice', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  const talk = Array.from({ length: 12 }, (_, n) => `Line ${n + 1}`);

  const talking = (async () => { for (const text of talk) await jz.say(text); })();
  await kevin.line(talk[2]).waitFor();
  await kevin.page.reload();
  await talking;
  await kevin.page.reload();

  await kevin.seesLines(talk);
  await jz.seesLines(talk);
});

test('what kevin sends just before a reload is sent, once', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);

  await kevin.say('Just in time');
  await kevin.page.reload();

  await kevin.seesLines(['Just in time']);
  await jz.seesLines(['Just in time']);
});

test('kevin goes offline and comes back: nothing missing, nothing twice, on either side', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  await kevin.say('Into the tunnel');
  await jz.seesLines(['Into the tunnel']);

  await kevin.context.setOffline(true);
  await kevin.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();
  await kevin.say('From the tunnel, one');
  await kevin.say('From the tunnel, two');
  await kevin.line('From the tunnel, two').getByText('sending').waitFor();
  for (const text of ['Are you', 'still', 'there?']) await jz.say(text);
  await jz.seesLines(['Into the tunnel', 'Are you', 'still', 'there?']);

  await kevin.context.setOffline(false);

  const talk = ['Into the tunnel', 'Are you', 'still', 'there?', 'From the tunnel, one', 'From the tunnel, two'];
  await jz.seesLines(talk);
  await kevin.seesLines(talk);
  await kevin.page.reload();
  await kevin.seesLines(talk);
});

test('what waits in the outbox survives closing the page while offline', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  const address = kevin.page.url();
  await kevin.context.setOffline(true);
  await kevin.page.getByRole('status').filter({ hasText: 'Offline' }).waitFor();
  await kevin.say('Written on the plane');
  await kevin.line('Written on the plane').getByText('sending').waitFor();
  await kevin.page.close();

  await kevin.context.setOffline(false);
  kevin.page = await kevin.openTab();
  await kevin.page.goto(address);

  await kevin.seesLines(['Written on the plane']);
  await jz.seesLines(['Written on the plane']);
});

test('the server restarts in the middle of the talk and nobody has to do anything', { timeout: 60_000 }, async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  await kevin.say('Before');
  await jz.seesLines(['Before']);

  await server.stop();
  await kevin.say('Meanwhile');
  await server.resume();

  await jz.line('Meanwhile').waitFor({ timeout: 30_000 });
  await jz.say('After');
  await kevin.seesLines(['Before', 'Meanwhile', 'After']);
  await jz.seesLines(['Before', 'Meanwhile', 'After']);
});

test('an edited message changes before the eyes of jz and a deleted one leaves a mark', async () => {
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  await kevin.say('Helo');
  await kevin.say('Never mind');
  await jz.seesLines(['Helo', 'Never mind']);

  await kevin.line('Helo').hover();
  await kevin.page.getByRole('button', { name: 'Edit' }).first().click();
  await kevin.composer.fill('Hello');
  await kevin.page.getByRole('button', { name: 'Send', exact: true }).or(kevin.page.getByRole('button', { name: 'Save' })).click();
  await jz.seesLines(['Hello', 'Never mind']);
  await jz.line('Hello').getByText('edited').waitFor();

  await kevin.delete('Never mind');
  await jz.seesLines(['Hello', 'Message deleted']);
  await kevin.seesLines(['Hello', 'Message deleted']);
});
