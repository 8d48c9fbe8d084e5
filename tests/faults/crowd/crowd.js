// Guests of the official JavaScript client. matching.py starts this and says when: `start` once everybody is connected, `stop` once
// everybody has had their rounds. What is told back are lines of JSON.

import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { Chance } from './chance.js';
import { Guest } from './guest.js';
import { Journal } from './journal.js';

/** As many at a time come in. */
const ARRIVING = 20;

const config = JSON.parse(process.argv[2]);
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const guests = [];
let arrived = 0;
await Promise.all(Array.from({ length: ARRIVING }, arrive));
tell({ connected: guests.length });

await order('start');
let unfinished = guests.length;
const lives = guests.map((guest) => guest.live(count));
await order('stop');
for (const guest of guests) guest.stop();
await Promise.all(lives);
tell({ rounds: guests.reduce((sum, { rounds }) => sum + rounds, 0) });
process.exit();

/** One after the other, until there are enough. */
async function arrive() {
  while (arrived < config.clients) {
    arrived += 1;
    const name = `js${arrived}`;
    const response = await fetch(`${config.url}/api/guests`, { method: 'POST' });
    if (response.status !== 201) throw new Error(`/api/guests answered ${response.status}: ${await response.text()}`);
    const account = await response.json();
    const journal = new Journal(join(config.directory, `${name}.jsonl`), name, account.user_id);
    const guest = new Guest(name, account, config, new Chance(config.seed, name), journal);
    guests.push(guest);
    await guest.connect();
  }
}

function count({ rounds }) {
  if (rounds !== config.rounds) return;
  unfinished -= 1;
  if (unfinished === 0) tell({ finished: guests.length });
}

async function order(word) {
  const { value } = await orders.next();
  if (value !== word) throw new Error(`expected the order ${word}, not ${value}`);
}

function tell(news) {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}
