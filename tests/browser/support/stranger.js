// Somebody who talks to strangers: a visitor without an account, or a person who is signed in.

import { Person } from './person.js';

export class Stranger extends Person {
  /** Opens the lobby, ticks what is to be ticked, and names interests, or oneself. */
  async entersLobby({ interests = [], isNamed = false } = {}) {
    await this.page.goto('/match');
    await this.page.getByRole('heading', { level: 1, name: 'Talk to someone at random' }).waitFor();
    await this.accept.check();
    if (isNamed) await this.page.getByLabel(/^Appear as/).check();
    for (const interest of interests) {
      await this.interest.fill(interest);
      await this.interest.press('Enter');
    }
    return this;
  }

  async starts() {
    await this.page.getByRole('button', { name: 'Start' }).click();
  }

  async looks(wishes) {
    await this.entersLobby(wishes);
    await this.starts();
    await this.isLooking();
    return this;
  }

  async isLooking() {
    await this.page.getByRole('heading', { level: 1, name: /^Looking for/ }).waitFor();
  }

  /** A talk is open, and can be written in. */
  async isTalking() {
    await this.composer.waitFor();
  }

  async hasEnded(why) {
    await this.page.locator('#closing').getByText(why).waitFor();
    await this.findNew.waitFor();
  }

  /** Presses one of the buttons that ask twice. */
  async presses(name) {
    const button = this.control(name);
    await button.click();
    await this.control(`Really ${name.toLowerCase()}?`).click();
  }

  control(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  async reports(reason = 'Harassment or threats') {
    await this.control('Report').click();
    const dialog = this.page.getByRole('dialog', { name: 'Report this talk' });
    await dialog.getByLabel(reason).check();
    await dialog.getByRole('button', { name: 'Report' }).click();
  }

  async asksToKeep(name) {
    await this.control('Keep in touch').click();
    const dialog = this.page.getByRole('dialog', { name: 'Keep in touch' });
    if (name !== undefined) await dialog.getByLabel('How they will know you').fill(name);
    await dialog.getByRole('button', { name: 'Keep in touch' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** By the link that is offered to a guest when both have asked. */
  async signsInToKeep() {
    await this.page.locator('#offer').getByRole('link', { name: 'Sign in' }).click();
    await this.page.getByLabel('Phone number').fill(this.phone.slice('+1'.length));
    await this.page.getByRole('button', { name: 'Send code' }).click();
    await this.proveCode();
    await this.page.getByRole('button', { name: 'Start talking' }).click();
  }

  get accept() {
    return this.page.getByLabel('I am 18 or older and will follow these rules');
  }

  get interest() {
    return this.page.getByLabel('Interests (may stay empty)');
  }

  get findNew() {
    return this.page.getByRole('button', { name: 'Find someone new' });
  }

  /** What the line under the other one's name says. */
  get state() {
    return this.page.locator('#state');
  }

  /** The first line of a talk. */
  opening(words) {
    return this.log.getByText(words);
  }

  /** What a screen reader would have been told last. */
  heard(words) {
    return this.page.locator('#announcer').getByText(words);
  }
}

/** Two who have found each other. */
export async function twoWhoMet(browser, server, { names = ['Kevin', 'Jazz'], options = {}, wishes } = {}) {
  const [kevin, jz] = await Promise.all(names.map((name) => Stranger.arrive(browser, server, name, options)));
  await meet(kevin, jz, wishes);
  return [kevin, jz];
}

export async function meet(kevin, jz, wishes) {
  await kevin.looks(wishes);
  await jz.entersLobby(wishes);
  await jz.starts();
  await Promise.all([kevin.isTalking(), jz.isTalking()]);
}
