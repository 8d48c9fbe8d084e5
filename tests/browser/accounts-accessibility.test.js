// The pages of an account with a password, in every state: axe-core, light and dark, wide and narrow; fingers.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { isAccessible, tooSmallForFingers } from './support/accessible.js';
import { Member, PASSWORD } from './support/member.js';
import { browser, server } from './support/stage.js';

const WINDOWS = {
  wide: { viewport: { width: 1280, height: 800 } },
  narrow: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

let alice;

before(async () => {
  alice = await Member.join(browser, server, 'Alice');
  await Member.join(browser, server, 'Alicia');
  await Member.join(browser, server, 'A name that is as long as a name can be in here, so');
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, window] of Object.entries(WINDOWS)) {
    const look = `${colorScheme}, ${width}`;

    test(`joining, signing in and a forgotten password (${look})`, async (t) => {
      const visitor = await Member.arrive(browser, server, 'Visitor', { colorScheme, ...window });
      const { page } = visitor;
      const link = async () => {
        await page.goto('/forgot');
        await page.getByLabel('E-mail address of your account').fill(alice.email);
        await page.getByRole('button', { name: 'Send a link' }).click();
        await visitor.banner('If somebody has that address').waitFor();
      };
      await looksAtEach(t, visitor, look, {
        login: () => page.goto('/login'),
        register: () => page.goto('/register'),
        'login-refused': () => visitor.signsInAs('alice', 'wrong horse'),
        'register-refused': () => visitor.joins({ again: 'another' }),
        'forgot-sent': link,
        inbox: () => page.goto('/dev/inbox'),
        reset: async () => page.goto(await visitor.linkOfMailTo(alice.email)),
        'reset-refused': () => page.getByRole('button', { name: 'Save the password' }).click(),
        joined: () => visitor.joins(),
        'signed-out': async () => {
          await page.goto('/settings');
          await page.getByRole('button', { name: 'Sign out of this browser' }).click();
        },
      });
      await visitor.context.close();
    });

    test(`settings and people (${look})`, async (t) => {
      const twin = await alice.again(browser, { colorScheme, ...window });
      const { page } = twin;
      await looksAtEach(t, twin, look, {
        settings: () => page.goto('/settings'),
        'settings-refused': async () => {
          await twin.fillsIn(twin.card('E-mail'), { 'Your password': 'wrong horse' });
          await twin.card('E-mail').getByRole('button', { name: 'Save e-mail address' }).click();
          await page.getByText('This is not your password.').waitFor();
        },
        'new-number': async () => {
          await twin.fillsIn(twin.card('Phone'), { 'Phone number': twin.phone, 'Your password': PASSWORD });
          await twin.card('Phone').getByRole('button', { name: 'Send code' }).click();
          await page.getByRole('heading', { level: 1, name: 'Enter the code' }).waitFor();
        },
        people: () => page.goto('/people'),
        'people-found': () => page.goto('/people?q=ali+name'),
        'people-nobody': () => page.goto('/people?q=zz+zz'),
        'people-short': () => page.goto('/people?q=z'),
      });
      await twin.context.close();
    });
  }
}

async function looksAtEach(t, person, look, pages) {
  for (const [name, open] of Object.entries(pages)) {
    await t.test(name, async () => {
      await open();
      await person.page.getByRole('heading', { level: 1 }).waitFor();
      await isAccessible(person, `${name}-${look.replace(', ', '-')}`);
      // The inbox is for those who develop.
      if (look.endsWith('narrow') && name !== 'inbox') assert.deepEqual(await tooSmallForFingers(person.page), []);
    });
  }
}
