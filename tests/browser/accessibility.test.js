// axe-core on every page, light and dark, wide and narrow: nothing serious, nothing critical.

import { before, test } from 'node:test';

import { isAccessible } from './support/accessible.js';
import { Person } from './support/person.js';
import { browser, server } from './support/stage.js';

const WIDTHS = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

let kevin, talk;

before(async () => {
  kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  const jz = await (await Person.arrive(browser, server, 'Jazz')).signIn();
  await kevin.beginTalkWith(jz);
  await jz.beginTalkWith(kevin);
  // Something of everything: both sides, a group, an unread line, a long word.
  for (const text of ['Hello Jazz', 'I have been meaning to write', 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft']) await kevin.say(text);
  await jz.say('Hello Kevin, what a long word. Let us take a whole paragraph to see how it wraps, and where it ends when it does.');
  await kevin.line('Hello Kevin').waitFor();
  talk = new URL(kevin.page.url()).pathname;
  await kevin.page.goto('/contacts');
  await jz.say('And one that is not read yet');
  await jz.line('not read yet').getByText(/^(sent|delivered)$/).waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    const look = `${colorScheme}, ${width}`;

    test(`pages for people who are not signed in (${look})`, async (t) => {
      const visitor = await Person.arrive(browser, server, 'Visitor', { colorScheme, viewport });
      for (const [name, open] of Object.entries({
        start: () => visitor.page.goto('/'),
        phone: () => visitor.page.goto('/login/phone'),
        verify: () => visitor.requestCode(),
        welcome: () => visitor.proveCode(),
        inbox: () => visitor.page.goto('/dev/inbox'),
        login: () => visitor.page.goto('/login'),
        register: () => visitor.page.goto('/register'),
        forgot: () => visitor.page.goto('/forgot'),
        missing: () => visitor.page.goto('/no-such-page'),
      })) {
        await t.test(name, () => looksAt(visitor, open, `${name}-${colorScheme}-${width}`));
      }
      await visitor.context.close();
    });

    test(`pages for people who are signed in (${look})`, async (t) => {
      const twin = await kevin.again(browser, { colorScheme, viewport });
      // The conversation comes last, because looking at it takes its unread mark out of the list.
      for (const [name, path] of Object.entries({ home: '/chats', contacts: '/contacts', people: '/people?q=jazz', settings: '/settings', chat: talk })) {
        await t.test(name, () => looksAt(twin, () => twin.page.goto(path), `${name}-${colorScheme}-${width}`));
      }
      await twin.context.close();
    });
  }
}

async function looksAt(person, open, name) {
  await open();
  await person.page.getByRole('heading', { level: 1 }).waitFor();
  await isAccessible(person, name);
}
