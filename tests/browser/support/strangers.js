// The strangers of one test, however many come. They go at its end, and whatever must not happen on our pages fails it.

import assert from 'node:assert/strict';
import { afterEach } from 'node:test';

import { browser, server } from './stage.js';
import { Stranger, twoWhoMet } from './stranger.js';

let people = [];

afterEach(async () => {
  const troubles = people.flatMap((person) => person.troubles);
  await Promise.all(people.map((person) => person.context.close()));
  people = [];
  assert.deepEqual(troubles, []);
});

export async function arrive(name, options) {
  const stranger = await Stranger.arrive(browser, server, name, options);
  people.push(stranger);
  return stranger;
}

/** Two who have found each other. */
export async function two(options) {
  const met = await twoWhoMet(browser, server, options);
  people.push(...met);
  return met;
}
