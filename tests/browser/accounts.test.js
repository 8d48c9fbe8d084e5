// Accounts with a password, in a browser: joining, signing in and out, a forgotten password, the settings, finding people.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { freshPhone } from '../clients/js/support/people.js';
import { Member, PASSWORD } from './support/member.js';
import { Person } from './support/person.js';
import { browser, server } from './support/stage.js';

test('s3_21 somebody joins, is greeted once, clicks the banner away, signs out and comes back in whatever case', async () => {
  const alice = await Member.join(browser, server, 'Alice');
  await alice.banner('Welcome, Alice. You are signed in.').waitFor();
  await alice.dismissesBanner();
  assert.equal(await alice.banner('Welcome').count(), 0);
  assert.equal(await alice.page.evaluate(() => document.activeElement.id), 'main');
  await alice.signsOut();
  assert.equal(new URL(alice.page.url()).search, '', 'a reload does not say it again');

  for (const login of [alice.username.toUpperCase(), `@${alice.username.toLowerCase()}`, alice.email.toUpperCase()]) {
    const elsewhere = await Member.arrive(browser, server, 'Alice');
    await elsewhere.signsInAs(login);
    await elsewhere.seesChats();
    await elsewhere.banner('Welcome back, Alice.').waitFor();
    await elsewhere.page.reload();
    await elsewhere.seesChats();
    assert.equal(await elsewhere.banner('Welcome back').count(), 0, 'once');
    await elsewhere.context.close();
  }
  assert.deepEqual(alice.troubles, []);
});

test('what is wrong is said beside the field, in the form that was sent, with the cursor there', async () => {
  const alice = await Member.arrive(browser, server, 'Alice');
  await alice.joins({ again: 'another horse' });
  await alice.banner('The account was not created.').waitFor();
  const again = alice.registerForm.getByLabel('The same password again');
  await alice.registerForm.getByText('The two passwords are not the same.').waitFor();
  assert.ok(await again.evaluate((field) => field === document.activeElement));
  assert.equal(await alice.registerForm.getByLabel('Username').inputValue(), alice.username);
  assert.equal(await alice.signInForm.isVisible(), false);

  await alice.signsInAs(alice.username, 'wrong horse');
  await alice.banner('You are not signed in.').waitFor();
  const password = alice.signInForm.getByLabel('Password', { exact: true });
  assert.equal(await password.getAttribute('aria-invalid'), 'true');
  assert.equal(await password.inputValue(), '');
  assert.deepEqual(alice.troubles, []);
});

test('with the keyboard alone one joins, and one signs in', async () => {
  const alice = await Member.arrive(browser, server, 'Alice');
  const { keyboard } = alice.page;
  const types = async (...texts) => {
    for (const text of texts) {
      await keyboard.type(text);
      await keyboard.press('Tab');
    }
  };
  await alice.page.goto('/login');
  // From the first field past the password, the box, the button and the link to the other form.
  for (let stop = 0; stop < 5; stop += 1) await keyboard.press('Tab');
  await keyboard.press('Enter');
  await alice.registerForm.waitFor();
  await keyboard.press('Tab');
  await types('Alice', 'alice.keys', '', PASSWORD, PASSWORD);
  await keyboard.press('Enter');
  await alice.seesChats();

  const again = await Member.arrive(browser, server, 'Alice');
  await again.page.goto('/login');
  await again.page.keyboard.type('alice.keys');
  await again.page.keyboard.press('Tab');
  await again.page.keyboard.type(PASSWORD);
  await again.page.keyboard.press('Enter');
  await again.seesChats();
});

for (const javaScriptEnabled of [true, false]) {
  test(`s4_14 a forgotten password is reset by the link of a mail${javaScriptEnabled ? '' : ', without script'}`, async () => {
    const alice = await Member.join(browser, server, 'Alice');
    const visitor = await Member.arrive(browser, server, 'Alice', { javaScriptEnabled });
    await visitor.page.goto('/login');
    await visitor.page.getByRole('link', { name: 'Forgotten your password?' }).click();
    for (const email of ['nobody@example.org', alice.email]) {
      await visitor.page.getByLabel('E-mail address of your account').fill(email);
      await visitor.page.getByRole('button', { name: 'Send a link' }).click();
      await visitor.banner('If somebody has that address here, a mail with a link is on its way.').waitFor();
    }
    const link = await visitor.linkOfMailTo(alice.email);
    await visitor.page.goto(link);
    await visitor.page.getByLabel('New password').fill('another horse');
    await visitor.page.getByLabel('The same again').fill('another horse');
    await visitor.page.getByRole('button', { name: 'Save the password' }).click();
    await visitor.banner('Your password was changed.').waitFor();

    await visitor.signsInAs(alice.username, PASSWORD);
    await visitor.banner('You are not signed in.').waitFor();
    await visitor.signsInAs(alice.email, 'another horse');
    await visitor.seesChats();
    await visitor.page.goto(link);
    await visitor.page.getByRole('heading', { level: 1, name: 'This link is no longer valid' }).waitFor();
    // Wherever one was signed in, one is not any more.
    await alice.page.goto('/chats');
    await alice.page.getByRole('heading', { level: 1, name: 'Sign in with your phone' }).waitFor();
    assert.deepEqual([...alice.troubles, ...visitor.troubles], []);
  });
}

test('in the settings one changes username, e-mail address, number and password, and signs in by them', async () => {
  const alice = await Member.join(browser, server, 'Alice');
  const { page } = alice;
  const saved = async (card, button) => {
    await card.getByRole('button', { name: button }).click();
    await alice.banner(/saved|Saved|number/).waitFor();
  };
  await page.goto('/settings');
  const username = `renamed${freshPhone().slice(-5)}`;
  await page.getByLabel('Username', { exact: true }).fill(username);
  await saved(page.getByRole('region', { name: 'Profile' }), 'Save profile');

  const email = `${username}@example.com`;
  await alice.fillsIn(alice.card('E-mail'), { 'E-mail address': email, 'Your password': 'wrong horse' });
  await alice.card('E-mail').getByRole('button', { name: 'Save e-mail address' }).click();
  await alice.card('E-mail').getByText('This is not your password.').waitFor();
  assert.equal(await alice.card('E-mail').getByLabel('E-mail address').inputValue(), email);
  await alice.fillsIn(alice.card('E-mail'), { 'Your password': PASSWORD });
  await saved(alice.card('E-mail'), 'Save e-mail address');

  await alice.fillsIn(alice.card('Phone'), { 'Phone number': alice.phone, 'Your password': PASSWORD });
  await alice.card('Phone').getByRole('button', { name: 'Send code' }).click();
  await page.getByLabel('Code from the SMS').fill(await alice.readCode());
  await page.getByRole('button', { name: 'Continue' }).click();
  await alice.banner('You sign in with that number from now on.').waitFor();
  await alice.card('Phone').getByText(alice.phone).waitFor();

  const password = { 'Password until now': PASSWORD, 'New password': 'another horse', 'The same again': 'another horse' };
  await alice.fillsIn(alice.card('Password'), password);
  await saved(alice.card('Password'), 'Save password');
  for (const login of [username, email]) {
    const elsewhere = await Member.arrive(browser, server, 'Alice');
    await elsewhere.signsInAs(login, 'another horse');
    await elsewhere.seesChats();
    await elsewhere.context.close();
  }
  const byPhone = Object.assign(await Person.arrive(browser, server, 'Alice'), { phone: alice.phone });
  await byPhone.requestCode();
  await byPhone.page.getByLabel('Code from the SMS').fill(await byPhone.readCode());
  await byPhone.page.getByRole('button', { name: 'Continue' }).click();
  await byPhone.page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();
  assert.deepEqual([...alice.troubles, ...byPhone.troubles], []);
});

test('s4_06 people are found while one types, s4_07 a talk begins from there, and s4_08 the list leads back to it', async () => {
  const queen = await Member.join(browser, server, 'Redqueen');
  const alice = await Member.join(browser, server, 'Alice');
  const { page } = alice;
  await page.goto('/contacts');
  await page.getByRole('link', { name: 'Find people' }).click();
  const field = page.getByLabel('Name or username');
  await field.pressSequentially('nobody known here');
  await page.locator('#nobody').waitFor();
  await field.fill('');
  await field.pressSequentially('REDQ');
  await page.getByRole('button', { name: 'Message Redqueen' }).waitFor();
  assert.equal(await page.locator('#news').innerText(), 'One person found.');
  await page.reload();
  assert.equal(await field.inputValue(), 'REDQ', 'the address holds the question');
  await page.getByRole('button', { name: 'Message Redqueen' }).click();
  await alice.seesTalkWith(queen);
  await alice.say('Off with my head?');
  await alice.line('Off with').getByText(/^(sent|delivered)$/).waitFor();

  await page.goto('/chats');
  await alice.rowOf(queen).getByText('Off with my head?').waitFor();
  await queen.page.goto('/chats');
  await queen.rowOf(alice).getByText('1 unread').waitFor();
  await queen.openTalkWith(alice);
  await queen.seesLines(['Off with my head?']);

  // Who does not want to be found any more is not.
  await queen.page.goto('/settings');
  await queen.page.getByLabel(/^People here can find me/).uncheck();
  await queen.page.getByRole('region', { name: 'Being found' }).getByRole('button', { name: 'Save' }).click();
  await queen.banner('Saved.').waitFor();
  await page.goto('/people');
  await field.fill('redqueen');
  await page.locator('#nobody').waitFor();
  assert.deepEqual([...alice.troubles, ...queen.troubles], []);
});
