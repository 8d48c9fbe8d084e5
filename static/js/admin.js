// Administration: times in the reader's zone, forms posted once, and J and K to move through reports.

import { focusError, postOnce } from "./lib/forms.js";
import { localise } from "./lib/times.js";

postOnce();
focusError();
localise();

const STEPS = { j: 1, k: -1 };

document.addEventListener("keydown", (event) => {
  const { key, altKey, ctrlKey, metaKey, target } = event;
  const step = STEPS[key.toLowerCase()];
  if (!step || altKey || ctrlKey || metaKey || target.matches("input, textarea, select")) return;
  const links = [...document.querySelectorAll("main > .admin > .queue .queue__link")];
  if (links.length === 0) {
    // On the page of one report: to the next that waits.
    document.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
    return;
  }
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), links.length - 1);
  links[next].focus();
});
