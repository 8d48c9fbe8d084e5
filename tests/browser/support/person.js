// A person in front of a browser. They do what people do, by the labels that people read; the tests look at what they see.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { freshPhone } from '../../clients/js/support/people.js';
import { until } from '../../clients/js/support/waiting.js';

export class Person {
  /** What must never happen on our pages: dialogs, script errors, blocked content, foreign requests, faults of the server. */
  troubles = [];

  constructor(server, name, context) {
    this.server = server;
    this.name = name;
    this.context = context;
    this.phone = freshPhone();
  }

  /** Somebody with an empty browser of their own; `options` are those of a browser context. */
  static async arrive(browser, server, name, options = {}) {
    const context = await browser.newContext({ baseURL: server.url, locale: 'en-US', ...options });
    context.setDefaultTimeout(20_000);
    const person = new this(server, name, context);
    person.page = await person.openTab();
    return person;
  }

  /** The same person with a second browser that is signed in already. */
  async again(browser, options = {}) {
    const storageState = await this.context.storageState();
    const twin = await this.constructor.arrive(browser, this.server, this.name, { storageState, ...options });
    return Object.assign(twin, { phone: this.phone, username: this.username });
  }

  async openTab() {
    const page = await this.context.newPage();
    page.on('dialog', (dialog) => {
      this.troubles.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('pageerror', (error) => this.troubles.push(`script error: ${error.message}`));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.troubles.push(message.text());
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== this.server.url) this.troubles.push(`foreign request: ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 500) this.troubles.push(`${response.url()} answered ${response.status()}`);
    });
    return page;
  }

  /** From the start page to the chats, with the code from the development inbox in another tab. */
  async signIn({ name = this.name, username = `${this.name.toLowerCase()}${this.phone.slice(-4)}` } = {}) {
    await this.requestCode();
    await this.proveCode();
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Username').fill(username);
    await this.page.getByRole('button', { name: 'Start talking' }).click();
    await this.page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();
    this.username = username;
    return this;
  }

  /** Up to the page that asks for the code. */
  async requestCode() {
    await this.page.goto('/');
    await this.page.getByRole('link', { name: 'Sign in with your phone' }).click();
    await this.page.getByLabel('Phone number').fill(this.phone.slice('+1'.length));
    await this.page.getByRole('button', { name: 'Send code' }).click();
    await this.page.getByRole('heading', { level: 1, name: 'Enter the code' }).waitFor();
  }

  /** From there, with the right code, to the page that asks a new person for a name. */
  async proveCode() {
    await this.page.getByLabel('Code from the SMS').fill(await this.readCode());
    await this.page.getByRole('button', { name: 'Continue' }).click();
    await this.page.getByRole('heading', { level: 1, name: 'Welcome' }).waitFor();
  }

  async readCode() {
    const inbox = await this.openTab();
    await inbox.goto('/dev/inbox');
    const letter = inbox.getByRole('listitem').filter({ hasText: this.phone }).first();
    const code = /^\s*(\d{6})\s*$/m.exec(await letter.innerText());
    await inbox.close();
    return code[1];
  }

  async addContact(other, label = other.name) {
    await this.page.goto('/contacts');
    await this.page.getByLabel('Phone number or username').fill(other.username);
    await this.page.getByLabel('What you call them').fill(label);
    await this.page.getByRole('button', { name: 'Add contact' }).click();
    await this.page.getByRole('button', { name: `Message ${label}` }).waitFor();
  }

  /** Adds somebody and opens the conversation with them. */
  async beginTalkWith(other) {
    await this.addContact(other);
    await this.page.getByRole('button', { name: `Message ${other.name}` }).click();
    await this.seesTalkWith(other);
  }

  /** Opens a conversation from the list of chats. */
  async openTalkWith(other) {
    await this.page.goto('/chats');
    await this.rowOf(other).getByRole('link').click();
    await this.seesTalkWith(other);
  }

  /** The conversation is there, and its script runs: before that, its form would be posted like any other. */
  async seesTalkWith({ name }) {
    await this.page.getByRole('heading', { level: 1, name }).waitFor();
    await this.page.waitForLoadState('load');
  }

  /** The line of the list of chats that shows somebody. */
  rowOf(other) {
    return this.page.getByRole('listitem').filter({ hasText: other.name });
  }

  async say(text) {
    await this.composer.fill(text);
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  /** Deletes a message for everybody. It asks once; that is the one dialog that belongs here. */
  async delete(text) {
    await this.line(text).hover();
    this.page.removeAllListeners('dialog');
    this.page.on('dialog', (dialog) => dialog.accept());
    await this.page.getByRole('button', { name: 'Delete' }).first().click();
  }

  /** Blocks whom the open conversation is with. */
  async blocks() {
    await this.page.getByLabel('More', { exact: true }).click();
    await this.page.getByRole('button', { name: 'Block', exact: true }).click();
  }

  get composer() {
    return this.page.getByRole('textbox', { name: /^Message to / });
  }

  /** The list item of a message, found by its text. */
  line(text) {
    return this.log.getByRole('listitem').filter({ hasText: text });
  }

  get log() {
    return this.page.getByRole('region', { name: /^Messages with / });
  }

  /** What the log says, from top to bottom. */
  lines() {
    return this.log.locator('.message__body').allInnerTexts();
  }

  /** Waits until the log says exactly this. Fails with what it says instead. */
  async seesLines(expected) {
    let seen;
    await until(async () => {
      seen = await this.lines();
      return JSON.stringify(seen) === JSON.stringify(expected);
    }, `the lines ${JSON.stringify(expected)}`).catch(async (error) => {
      await this.photograph('failure');
      throw new Error(`${this.name} at ${this.page.url()}: ${error.message}, saw ${JSON.stringify(seen)}`);
    });
  }

  /** Saves what is on the screen, when SCREENSHOTS names a directory. */
  async photograph(what) {
    const directory = process.env.SCREENSHOTS;
    if (!directory) return;
    await mkdir(directory, { recursive: true });
    await this.page.screenshot({ path: join(directory, `${what}.png`) });
  }
}
