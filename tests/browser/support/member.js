// Somebody with a password: makes an account, signs in by it, forgets it, and looks people up by name.

import { freshPhone } from '../../clients/js/support/people.js';
import { Person } from './person.js';

export const PASSWORD = 'correct horse';

export class Member extends Person {
  /** An account and a chats page, from an empty browser. */
  static async join(browser, server, name, options = {}) {
    const member = await this.arrive(browser, server, name, options);
    return member.joins();
  }

  get email() {
    return `${this.username}@example.org`;
  }

  /** The form of those who have an account. */
  get signInForm() {
    return this.page.getByRole('form', { name: 'Sign in' });
  }

  /** The form of those who have none. */
  get registerForm() {
    return this.page.getByRole('form', { name: 'Create an account' });
  }

  /** What the page says once. */
  banner(words) {
    return this.page.locator('.flash').filter({ hasText: words });
  }

  async joins({ again = PASSWORD } = {}) {
    this.username ??= `${this.name.replace(/\W+/g, '')}.${freshPhone().slice(-5)}`;
    await this.page.goto('/login');
    await this.page.getByRole('heading', { level: 2, name: 'Create an account' }).click();
    await this.fillsIn(this.registerForm, {
      'Your name': this.name, Username: this.username, 'E-mail address (may stay empty)': this.email, Password: PASSWORD, 'The same password again': again,
    });
    await this.registerForm.getByRole('button', { name: 'Create the account' }).click();
    if (again === PASSWORD) await this.seesChats();
    return this;
  }

  async signsInAs(login, password = PASSWORD) {
    await this.page.goto('/login');
    await this.fillsIn(this.signInForm, { 'Username or e-mail address': login, Password: password });
    await this.signInForm.getByRole('button', { name: 'Sign in' }).click();
  }

  async seesChats() {
    await this.page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();
  }

  /** Clicks away what the page says once, when its script runs. */
  async dismissesBanner() {
    await this.page.waitForLoadState('load');
    await this.page.getByRole('button', { name: 'Dismiss' }).click();
  }

  async signsOut() {
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Sign out' }).click();
    await this.banner('You are signed out.').waitFor();
    await this.page.waitForLoadState('load');
  }

  /** The address that the last mail to somebody leads to, read in another tab. */
  async linkOfMailTo(email) {
    const inbox = await this.openTab();
    await inbox.goto('/dev/inbox');
    const letter = inbox.getByRole('listitem').filter({ hasText: email }).first();
    const link = await letter.getByRole('link', { name: 'Open the link' }).getAttribute('href');
    await inbox.close();
    return new URL(link).pathname;
  }

  /** Types into fields by their labels. */
  async fillsIn(form, values) {
    for (const [label, value] of Object.entries(values)) await form.getByLabel(label, { exact: true }).fill(value);
  }

  /** A card of the settings, by what it is about. */
  card(heading) {
    return this.page.locator('form').filter({ has: this.page.getByRole('heading', { level: 3, name: heading }) });
  }
}
