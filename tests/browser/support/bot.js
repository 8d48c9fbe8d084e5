// chinwag-bot as a program, for people at pages to talk with.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from '../../clients/js/support/waiting.js';

const repository = resolve(fileURLToPath(import.meta.url), '../../../..');
const binary = process.env.CHINWAG_BOT_BIN ?? resolve(repository, 'target/debug/chinwag-bot');

export class Bot {
  #child;
  #log = '';

  /** Starts it with that account, in all rooms. */
  static start(server, { username, password }, quoteUrl) {
    const bot = new this();
    const settings = { FINBOT_HOST: server.url, FINBOT_USERNAME: username, FINBOT_PASSWORD: password, FINBOT_QUOTE_URL: quoteUrl };
    // Only PATH comes along: the settings of whoever runs the tests must not leak into them.
    bot.#child = spawn(binary, [], { env: { PATH: process.env.PATH, ...settings }, stdio: ['ignore', 'ignore', 'pipe'] });
    bot.#child.stderr.setEncoding('utf8').on('data', (text) => { bot.#log += text; });
    process.once('exit', () => bot.#child.kill('SIGKILL'));
    return bot;
  }

  /** Waits until it has come into that room so many times. */
  async isIn(room, times) {
    const entry = `listening room="${room}"`;
    await until(() => this.#log.split(entry).length > times, `the bot to come into ${room} ${times} times`)
      .catch((error) => { throw new Error(`${error.message}:\n${this.#log}`); });
  }

  /** Ends it, unless it has given up. */
  async stop() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
