// The development inbox: asks each second while somebody looks.

import { copyFrom } from "./lib/controls.js";
import { localise, longLabel, setTime } from "./lib/times.js";

const list = document.getElementById("letters");
const template = document.getElementById("letter-template");

localise();
list.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-act=copy]");
  if (button) copyFrom(button, button.closest(".letter").querySelector(".letter__code").textContent);
});

const keyOf = ({ kind, id }) => `${kind}-${id}`;

function show({ kind, id, to, at, code, subject, link, body }) {
  const letter = template.content.firstElementChild.cloneNode(true);
  const isMail = kind === "mail";
  letter.dataset.letterId = keyOf({ kind, id });
  letter.querySelector(".letter__subject").textContent = subject ?? "";
  letter.querySelector(".letter__subject").hidden = !isMail;
  letter.querySelector(".letter__code").hidden = isMail;
  letter.querySelector("[data-act=copy]").hidden = isMail;
  const leads = letter.querySelector(".letter__link");
  leads.hidden = isMail && !link;
  if (isMail && link) [leads.href, leads.textContent] = [link, "Open the link"];
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
  const fresh = (await answer.json()).filter((letter) => !known.has(keyOf(letter)));
  for (const letter of fresh.reverse()) show(letter);
  if (!fresh.length) return;
  document.getElementById("nothing").hidden = true;
  document.getElementById("news").textContent = `New message to ${fresh.at(-1).to}`;
}

setInterval(() => look().catch(() => {}), 1_000);
document.addEventListener("visibilitychange", () => look().catch(() => {}));
