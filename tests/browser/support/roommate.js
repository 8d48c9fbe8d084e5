// Somebody who talks in rooms.

import { Person } from './person.js';

export class Roommate extends Person {
  /** Makes a room by the form of the directory, and is in it. */
  async creates(room, topic = '') {
    await this.page.goto('/rooms');
    const form = this.page.getByRole('form', { name: 'Create a room' });
    await form.getByLabel('Name').fill(room);
    await form.getByLabel('Topic (may stay empty)').fill(topic);
    await form.getByRole('button', { name: 'Create room' }).click();
    await this.isIn(room);
    return this;
  }

  /** By its link in the directory, and by the door if it is the first time. */
  async enters(room) {
    await this.page.goto('/rooms');
    await this.directory.getByRole('link', { name: room, exact: true }).click();
    await this.page.getByRole('heading', { level: 1, name: room }).waitFor();
    const door = this.page.getByRole('button', { name: `Join ${room}` });
    if (await door.isVisible()) await door.click();
    await this.isIn(room);
    return this;
  }

  /** The room is open, and its script runs: a notice or a command would be missed before. */
  async isIn(room) {
    await this.page.getByRole('heading', { level: 1, name: room }).waitFor();
    await this.composer.waitFor();
    await this.page.locator('#main[data-live]').waitFor();
  }

  async opensMenu() {
    await this.page.getByLabel('More', { exact: true }).click();
  }

  async leaves() {
    await this.opensMenu();
    await this.page.getByRole('button', { name: 'Leave room' }).click();
    await this.page.getByRole('status').filter({ hasText: 'You left' }).waitFor();
  }

  async deletesRoom() {
    await this.opensMenu();
    await this.page.getByText('Delete room', { exact: true }).click();
    await this.page.getByRole('button', { name: 'Yes, delete it' }).click();
    await this.page.getByRole('status').filter({ hasText: 'was deleted' }).waitFor();
  }

  get directory() {
    return this.page.getByRole('list', { name: 'Rooms' });
  }

  /** While it completes a name it is no plain text box. */
  get composer() {
    return this.page.getByLabel(/^Message to /);
  }

  /** Its line in the directory. */
  entryOf(room) {
    return this.directory.getByRole('listitem').filter({ has: this.page.getByRole('link', { name: room, exact: true }) });
  }

  get log() {
    return this.page.getByRole('region', { name: /^Messages in / });
  }

  notice(words) {
    return this.log.locator('.notice').getByText(words, { exact: true });
  }

  command(text) {
    return this.log.locator('.log__command').filter({ hasText: text });
  }

  /** The line of a member, in the list beside the talk. */
  member({ name }) {
    return this.page.getByRole('complementary', { name: 'Members' }).getByRole('listitem').filter({ hasText: name });
  }

  get suggestions() {
    return this.page.getByRole('listbox', { name: 'Members' }).getByRole('option');
  }
}

/** So many people, each with a browser of their own. */
export async function people(browser, server, names, options = {}) {
  return Promise.all(names.map(async (name) => {
    const person = await Roommate.arrive(browser, server, name, options);
    return person.signIn({ username: `${name.split(' ')[0].toLowerCase()}${person.phone.slice(-4)}` });
  }));
}
