// The small things under one's fingers in a chat: the button that copies, the keys that lead around the page.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { until } from '../clients/js/support/waiting.js';
import { Person } from './support/person.js';
import { browser, server } from './support/stage.js';

let kevin, jz, bo;

before(async () => {
  kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  jz = await (await Person.arrive(browser, server, 'Jazz')).signIn();
  bo = await (await Person.arrive(browser, server, 'Bo')).signIn();
  for (const [other, text] of [[jz, 'To be copied'], [bo, 'Newer']]) {
    await kevin.beginTalkWith(other);
    await kevin.say(text);
    await kevin.line(text).getByText('sent').waitFor();
  }
  await kevin.openTalkWith(jz);
});

for (const clipboard of ['with a clipboard', 'on plain http, where there is none']) {
  test(`copying says that it did and leaves the button as it was: ${clipboard}`, async () => {
    const twin = await kevin.again(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
    if (clipboard !== 'with a clipboard') await twin.page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await twin.page.goto(new URL(kevin.page.url()).pathname);
    await twin.line('To be copied').hover();
    const button = twin.page.locator('[data-act=copy]');
    const before = await button.evaluate((element) => element.outerHTML);

    await button.click();
    await button.click();

    await twin.page.getByRole('button', { name: 'Copied' }).waitFor();
    await twin.page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
    await until(async () => (await button.evaluate((element) => element.outerHTML)) === before, 'the button to be what it was');
    await twin.composer.press('Control+v');
    assert.equal(await twin.composer.inputValue(), 'To be copied');
    assert.deepEqual(twin.troubles, []);
    await twin.context.close();
  });
}

test('Ctrl F6 leads to the current section and the open chat, not to the first of each', async () => {
  const focused = () => kevin.page.evaluate(() => document.activeElement.innerText);
  assert.match(await kevin.page.getByRole('navigation', { name: 'Chats' }).getByRole('listitem').first().innerText(), /Bo/);
  await kevin.composer.focus();

  await kevin.page.keyboard.press('Control+F6');
  assert.equal(await focused(), 'Chats');
  await kevin.page.keyboard.press('Control+F6');
  assert.match(await focused(), /Jazz/);
});
