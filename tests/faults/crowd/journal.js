// What one guest did and saw, written down as it happened and never changed afterwards. The words are told in witness.py.

import { appendFileSync } from 'node:fs';

/** Lines kept back before they are written together. */
const LINES = 200;

export class Journal {
  #path;
  #about;
  #lines = [];

  constructor(path, client, userId) {
    this.#path = path;
    this.#about = { client, user_id: userId };
  }

  write(event, what) {
    this.#lines.push(JSON.stringify({ t: now(), ...this.#about, event, what }));
    if (this.#lines.length >= LINES) this.flush();
  }

  flush() {
    if (this.#lines.length === 0) return;
    appendFileSync(this.#path, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

/** Milliseconds since 1970 by a clock that only goes forward. */
function now() {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000) / 1_000;
}
