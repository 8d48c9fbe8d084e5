// Settings: colours at once, copying a secret, notifications, and a clean sign-out.

import { closeMenus, copyFrom } from "./lib/controls.js";
import { confirmFirst, focusError, postOnce } from "./lib/forms.js";
import { possible, refused, setWanted, wanted } from "./lib/notifications.js";
import { forget, load } from "./lib/storage.js";
import { localise } from "./lib/times.js";

postOnce();
confirmFirst();
closeMenus();
focusError();
localise();

// The choice is seen while it is made; saving it is the form's.
document.getElementById("appearance-form").addEventListener("change", ({ target }) => {
  document.documentElement.dataset.theme = target.value;
});

for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", () => copyFrom(button, document.getElementById(button.dataset.copies).textContent));
}

const notify = document.getElementById("notify");
const state = document.getElementById("notify-state");

function showNotify() {
  const on = wanted();
  notify.setAttribute("aria-pressed", String(Boolean(on)));
  notify.textContent = on ? "Stop notifying me in this browser" : "Notify me in this browser";
  notify.hidden = !possible() || refused();
  if (!possible()) state.textContent = "This browser has no notifications.";
  else if (refused()) state.textContent = "This browser does not allow notifications for this site. Its own settings can change that.";
  else state.textContent = on ? "On: shown while the tab is in the background." : "";
}

notify.addEventListener("click", async () => {
  await setWanted(!wanted());
  showNotify();
});
showNotify();

// Whoever uses this browser next finds neither drafts nor unsent messages.
const me = document.getElementById("settings").dataset.me;
document.getElementById("sign-out-form").addEventListener("submit", (event) => {
  const waiting = load(`chinwag.${me}.outbox`, []).length;
  const question = `${waiting === 1 ? "One message is" : `${waiting} messages are`} not sent yet and will be lost. Sign out?`;
  if (waiting && !confirm(question)) event.preventDefault();
  else forget(me);
});
