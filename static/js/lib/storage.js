// The browser's small memory. Where it is missing or full, the tab's own memory stands in.

const spare = new Map();

export function load(key, otherwise = null) {
  try {
    // What stands in is newer than what may still be stored under that key.
    const text = spare.has(key) ? spare.get(key) : localStorage.getItem(key);
    return text == null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function save(key, value) {
  const text = value == null ? null : JSON.stringify(value);
  try {
    if (text == null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    spare.delete(key);
  } catch {
    spare.set(key, text);
  }
}

/** Forgets what belongs to one person: drafts, and messages not yet sent. */
export function forget(me) {
  const isTheirs = (key) => key.startsWith(`chinwag.${me}.`);
  for (const key of [...spare.keys()].filter(isTheirs)) spare.delete(key);
  try {
    for (const key of Object.keys(localStorage).filter(isTheirs)) localStorage.removeItem(key);
  } catch {
    // No storage: nothing was kept.
  }
}
