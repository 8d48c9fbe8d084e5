// With JavaScript off: the same two people sign in, add each other, read and send with plain forms.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Person } from './support/person.js';
import { browser, server } from './support/stage.js';

test('two people sign in, add each other, read and send', async () => {
  const kevin = await (await Person.arrive(browser, server, 'Kevin', { javaScriptEnabled: false })).signIn();
  const jz = await (await Person.arrive(browser, server, 'Jazz', { javaScriptEnabled: false })).signIn();

  await kevin.beginTalkWith(jz);
  await kevin.say('Hello Jazz');
  await kevin.seesLines(['Hello Jazz']);

  await jz.addContact(kevin);
  await jz.page.goto('/chats');
  await jz.rowOf(kevin).getByText('1 unread').waitFor();
  await jz.openTalkWith(kevin);
  await jz.seesLines(['Hello Jazz']);
  await jz.say('Hello Kevin, no script here either');
  await jz.seesLines(['Hello Jazz', 'Hello Kevin, no script here either']);

  await kevin.page.getByRole('link', { name: 'Refresh' }).click();
  await kevin.seesLines(['Hello Jazz', 'Hello Kevin, no script here either']);
  assert.deepEqual([...kevin.troubles, ...jz.troubles], []);
});

test('a message that is too long comes back with what was typed and says why', async () => {
  const kevin = await (await Person.arrive(browser, server, 'Kevin', { javaScriptEnabled: false })).signIn();
  const jz = await (await Person.arrive(browser, server, 'Jazz', { javaScriptEnabled: false })).signIn();
  await kevin.beginTalkWith(jz);
  const tooLong = 'x'.repeat(5_000);

  await kevin.say(tooLong);

  await kevin.page.getByRole('alert').filter({ hasText: '4096 characters' }).waitFor();
  assert.equal(await kevin.composer.inputValue(), tooLong);
  await kevin.seesLines([]);
});

test('a wrong code and a wrong number are explained beside the field, and what was typed is kept', async () => {
  const kevin = await Person.arrive(browser, server, 'Kevin', { javaScriptEnabled: false });
  await kevin.page.goto('/login/phone');
  const number = kevin.page.getByLabel('Phone number');
  await number.fill('12');
  await kevin.page.getByRole('button', { name: 'Send code' }).click();
  assert.equal(await number.inputValue(), '12');
  assert.match(await describedError(kevin.page, number), /\w/);

  await kevin.requestCode();
  const code = await kevin.readCode();
  const field = kevin.page.getByLabel('Code from the SMS');
  await field.fill(code === '000000' ? '000001' : '000000');
  await kevin.page.getByRole('button', { name: 'Continue' }).click();
  assert.match(await describedError(kevin.page, field), /\w/);
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
});

/** The text of the alert that the field names as its description. */
async function describedError(page, field) {
  const ids = (await field.getAttribute('aria-describedby')).split(' ');
  const texts = await Promise.all(ids.map((id) => page.locator(`#${id}[role=alert]`).allInnerTexts()));
  return texts.flat().join(' ');
}
