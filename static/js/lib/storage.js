// The browser's small memory. Where it is missing or full, the tab's own memory stands in.

const spare = new Map();

export function load(key, otherwise = null) {
  try {
    const text = localStorage.getItem(key) ?? spare.get(key);
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
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(`chinwag.${me}.`)) localStorage.removeItem(key);
  }
}
