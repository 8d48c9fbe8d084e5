// What a tab remembers where localStorage is full or missing. Only the module itself, without a browser around it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const source = await readFile(new URL('../../static/js/lib/storage.js', import.meta.url), 'utf8');
const KEY = 'chinwag.7.outbox';

let tabs = 0;

/** The module as a new tab loads it, before `storage`. */
async function openTab(storage) {
  globalThis.localStorage = storage;
  tabs += 1;
  return import(`data:text/javascript,${encodeURIComponent(`${source}\n// tab ${tabs}`)}`);
}

/** A localStorage with these keys; `full` when it takes no more. */
function storage(entries = {}, { full = false } = {}) {
  const methods = {
    getItem: (key) => (Object.hasOwn(kept, key) ? kept[key] : null),
    setItem: (key, text) => {
      if (full) throw new Error('QuotaExceededError');
      kept[key] = text;
    },
    removeItem: (key) => delete kept[key],
  };
  const kept = Object.assign(Object.create(methods), entries);
  return kept;
}

/** What a browser gives to sites that may store nothing: each use is an error. */
const forbidden = new Proxy({}, {
  get() { throw new Error('SecurityError'); },
  ownKeys() { throw new Error('SecurityError'); },
});

test('what did not fit into a full storage is what the tab loads, not the older value', async () => {
  const { load, save } = await openTab(storage({ [KEY]: '[1]' }, { full: true }));
  assert.deepEqual(load(KEY, []), [1]);

  save(KEY, [1, 2]);
  assert.deepEqual(load(KEY, []), [1, 2]);

  save(KEY, null);
  assert.deepEqual(load(KEY, []), []);
});

test('a tab without any storage remembers by itself', async () => {
  const { load, save } = await openTab(forbidden);
  assert.deepEqual(load(KEY, []), []);

  save(KEY, [1]);
  assert.deepEqual(load(KEY, []), [1]);

  save(KEY, null);
  assert.deepEqual(load(KEY, []), []);
});

test('once there is room again, what is stored counts', async () => {
  const { load, save } = await openTab(storage({}, { full: true }));
  save(KEY, [1]);
  globalThis.localStorage = storage();
  save(KEY, [1, 2]);
  assert.equal(localStorage.getItem(KEY), '[1,2]');

  localStorage.setItem(KEY, '[2]');
  assert.deepEqual(load(KEY, []), [2]);
});

test('forgetting one person leaves the others, and works without any storage', async () => {
  const stored = await openTab(storage({ [KEY]: '[1]', 'chinwag.70.outbox': '[2]', 'chinwag.notify': 'true' }));
  stored.forget(7);
  assert.deepEqual(Object.keys(localStorage), ['chinwag.70.outbox', 'chinwag.notify']);

  const { load, save, forget } = await openTab(forbidden);
  save(KEY, [1]);
  forget(7);
  assert.deepEqual(load(KEY, []), []);
});
