// The keys of a talk with a stranger: Esc, which goes on or calls off, and the list of all keys.

import { Twice } from "./twice.js";

/** In the composer Esc Esc does what Next does; what is armed otherwise, one Esc calls off. */
export function watchKeys(next, say) {
  const box = document.getElementById("body");
  const list = document.getElementById("keys-dialog");
  const show = () => document.querySelector("dialog[open]") || list.showModal();
  list.addEventListener("click", ({ target }) => target === list && list.close());
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, altKey } = event;
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    // What is open on top has its own Esc.
    if (key === "Escape" && document.querySelector("dialog[open]")) return;
    const isWriting = target.matches("input, textarea");
    if (key === "Escape" && Twice.armed && !(target === box && Twice.armed === next)) callOff(say);
    else if (key === "Escape" && target === box) next.press();
    else if (key === "?" && !ctrlKey && !altKey && !isWriting) show();
    else return;
    event.preventDefault();
  });
}

function callOff(say) {
  Twice.armed.disarm();
  say("Called off.");
}
