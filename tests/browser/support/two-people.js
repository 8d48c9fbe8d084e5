// Two people who are signed in, new for each test. Whatever must not happen on our pages fails the test it happened in.

import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';

import { Person } from './person.js';
import { browser, server } from './stage.js';

export let kevin, jz;

beforeEach(async () => {
  kevin = await (await Person.arrive(browser, server, 'Kevin')).signIn();
  jz = await (await Person.arrive(browser, server, 'Jazz')).signIn();
});

afterEach(async () => {
  const troubles = [...kevin.troubles, ...jz.troubles];
  await Promise.all([kevin.context.close(), jz.context.close()]);
  assert.deepEqual(troubles, []);
});
