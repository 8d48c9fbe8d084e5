// Waiting for a thing, never for a duration: everything here ends as soon as it is so, and fails with a sentence when it never is.

const STEP_MS = 20;
/** Generous, for machines that are busy with something else; whoever waits in vain has failed anyway. */
const PATIENCE_MS = 20_000;

/** Asks `condition` again and again until it answers something truthy, and gives that back. For what sends no event. */
export async function until(condition, what, patienceMs = PATIENCE_MS) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    await new Promise((wake) => setTimeout(wake, STEP_MS));
  }
}

/** The promise itself, or a failure that names `what` when it takes too long. */
export function soon(promise, what, patienceMs = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patienceMs} ms in vain for ${what}`)), patienceMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
