// The development inbox: asks each second while somebody looks.

import { copyFrom } from "./lib/forms.js";
import { localise, longLabel, setTime } from "./lib/times.js";

const list = document.getElementById("letters");
const template = document.getElementById("letter-template");

localise();
list.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-act=copy]");
  if (button) copyFrom(button, button.closest(".letter").querySelector(".letter__code").textContent);
});

function show({ id, to, at, code, body }) {
  const letter = template.content.firstElementChild.cloneNode(true);
  letter.dataset.letterId = id;
  letter.querySelector(".letter__to").textContent = to;
  letter.querySelector(".letter__code").textContent = code ?? "";
  letter.querySelector(".letter__body").textContent = body;
  setTime(letter.querySelector("time"), at, longLabel);
  list.prepend(letter);
}

async function look() {
  if (document.visibilityState !== "visible") return;
  const answer = await fetch("/dev/inbox.json", { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const known = new Set([...list.children].map(({ dataset }) => dataset.letterId));
  const fresh = (await answer.json()).filter(({ id }) => !known.has(String(id)));
  for (const letter of fresh.reverse()) show(letter);
  if (!fresh.length) return;
  document.getElementById("nothing").hidden = true;
  document.getElementById("news").textContent = `New message to ${fresh.at(-1).to}`;
}

setInterval(() => look().catch(() => {}), 1_000);
document.addEventListener("visibilitychange", () => look().catch(() => {}));
