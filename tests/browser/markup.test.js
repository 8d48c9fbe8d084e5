// Markup in every field: shown as the text it is, never run. Any dialog or blocked content fails the test (Person.troubles).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Person } from './support/person.js';
import { browser, server } from './support/stage.js';

const SCRIPT = '<script>alert(1)</script>';
const IMAGE = '<img src=x onerror=alert(2)>';
const CLOSING = '</textarea></bdi>"\'><script>alert(3)</script>';

test('a script as name, label, message, token label and typed number is shown as text wherever it appears', { timeout: 60_000 }, async () => {
  const mallory = await Person.arrive(browser, server, SCRIPT);
  const kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();

  // The fields of signing in that show again what was typed into them.
  await mallory.page.goto(`/login/phone?next=${encodeURIComponent(`/"${SCRIPT}`)}`);
  await mallory.page.getByLabel('Phone number').fill(IMAGE);
  await mallory.page.getByRole('button', { name: 'Send code' }).click();
  await showsText(mallory, null);
  await mallory.requestCode();
  await mallory.page.getByLabel('Code from the SMS').fill(SCRIPT);
  await mallory.page.getByRole('button', { name: 'Continue' }).click();
  await showsText(mallory, null);
  await mallory.page.getByLabel('Code from the SMS').fill(await mallory.readCode());
  await mallory.page.getByRole('button', { name: 'Continue' }).click();
  await mallory.page.getByLabel('Your name').fill(SCRIPT);
  await mallory.page.getByLabel('Username').fill(SCRIPT);
  await mallory.page.getByRole('button', { name: 'Start talking' }).click();
  // A username has letters; this one is refused, and both fields show what was typed.
  await mallory.page.getByRole('alert').first().waitFor();
  assert.equal(await mallory.page.getByLabel('Username').inputValue(), SCRIPT);
  await showsText(mallory, null);
  mallory.username = 'mallory';
  await mallory.page.getByLabel('Username').fill(mallory.username);
  await mallory.page.getByRole('button', { name: 'Start talking' }).click();
  await mallory.page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();

  // Contacts: label, rename, and the field that found nobody.
  await mallory.page.goto('/contacts');
  await mallory.page.getByLabel('Phone number or username').fill(SCRIPT);
  await mallory.page.getByLabel('What you call them').fill(IMAGE);
  await mallory.page.getByRole('button', { name: 'Add contact' }).click();
  await mallory.page.getByRole('alert').first().waitFor();
  await showsText(mallory, null);
  await mallory.addContact(kevin, IMAGE);
  await showsText(mallory, IMAGE);
  await kevin.addContact(mallory, IMAGE);
  await kevin.page.getByLabel(`More about ${IMAGE}`).click();
  await kevin.page.getByLabel('Rename').fill(SCRIPT);
  await kevin.page.getByRole('button', { name: 'Save name' }).click();
  await kevin.page.getByRole('button', { name: `Message ${SCRIPT}` }).waitFor();
  await showsText(kevin, SCRIPT);
  await kevin.page.getByRole('button', { name: `Message ${SCRIPT}` }).click();
  await kevin.seesTalkWith(mallory);

  // Messages, live and as the page is rendered again.
  await mallory.page.getByRole('button', { name: `Message ${IMAGE}` }).click();
  await mallory.seesTalkWith({ name: IMAGE });
  const said = [SCRIPT, IMAGE, CLOSING, 'javascript:alert(4)', '&lt;b&gt;'];
  for (const text of said) await mallory.say(text);
  for (const person of [mallory, kevin]) {
    await person.seesLines(said);
    await showsText(person, SCRIPT);
    await person.page.reload();
    await person.seesLines(said);
    await showsText(person, SCRIPT);
    await person.page.goto('/chats');
    await person.page.getByText('&lt;b&gt;').first().waitFor();
    await showsText(person, null);
  }

  // Settings: one's own name, and the label of a token.
  await mallory.page.goto('/settings');
  await mallory.page.getByLabel('Label of a new token').fill(IMAGE);
  await mallory.page.getByRole('button', { name: 'Make a token' }).click();
  await mallory.page.getByRole('button', { name: `Revoke ${IMAGE}` }).waitFor();
  await showsText(mallory, IMAGE);
  await mallory.page.getByLabel('Your name').fill(IMAGE);
  await mallory.page.getByRole('button', { name: 'Save profile' }).click();
  await mallory.page.goto('/settings');
  assert.equal(await mallory.page.getByLabel('Your name').inputValue(), IMAGE);
  await showsText(mallory, null);

  assert.deepEqual([...mallory.troubles, ...kevin.troubles], []);
});

test('every page of ours is under a policy that would not run an inline script', async () => {
  const kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  for (const path of ['/chats', '/contacts', '/settings', '/dev/inbox', '/no-such-page']) {
    const response = await kevin.page.goto(path);
    const policy = await response.headerValue('content-security-policy');
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /script-src 'self'/, path);
    assert.match(policy, /style-src 'self'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.match(policy, /base-uri 'none'/, path);
    assert.doesNotMatch(policy, /unsafe/, path);
    assert.equal(await response.headerValue('x-content-type-options'), 'nosniff', path);
  }
});

/** The page shows `text` (when given) and holds no element that came out of anybody's text. */
async function showsText(person, text) {
  if (text) await person.page.getByText(text).first().waitFor();
  const strange = await person.page.evaluate(() => [...document.querySelectorAll('script:not([src]), img, iframe, [onerror], [onload], [onclick]')].map((element) => element.outerHTML));
  assert.deepEqual(strange, []);
}
