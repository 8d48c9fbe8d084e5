// Somebody who looks after the server, and those whom they have to look after.

import assert from 'node:assert/strict';

import { signInProgram } from '../../clients/js/support/people.js';
import { ask, connect, openConversation, say } from '../../clients/js/support/sockets.js';
import { Person } from './person.js';

const PASSWORD = 'correct horse battery';

export class Administrator extends Person {
  /** Makes the account, as an operator does. */
  static appoint(server) {
    return server.makeAdmin('ana', PASSWORD);
  }

  /** In front of the form that asks who it is. */
  static async atDoor(browser, server, options) {
    const ana = await this.arrive(browser, server, 'Ana', options);
    await ana.page.goto('/admin');
    return ana;
  }

  async enters() {
    await this.page.getByLabel('Username or e-mail address').fill('ana');
    await this.page.getByLabel('Password').fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Open administration' }).click();
    await this.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  }
}

/** Somebody with a socket of their own. */
export async function programOf(server, name) {
  const person = await signInProgram(server, name);
  return { ...person, socket: await connect(person) };
}

/** One is rude, the other one reports it. */
export async function complain(reporter, about, reason, note) {
  const conversation = await openConversation(reporter.socket, about);
  await say(reporter.socket, conversation, 'Hello, do you still have the bicycle?');
  await say(about.socket, conversation, 'Yes. Come by tonight.');
  const rude = await say(about.socket, conversation, 'And bring the money, you fool. Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft!');
  const answer = await ask(reporter.socket, 'report', { conversation_id: conversation.id, message_id: rude.id, reason, note });
  assert.ok(answer.ok, JSON.stringify(answer));
}
