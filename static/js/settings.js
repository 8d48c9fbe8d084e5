// Settings: colours at once, copying a secret, and notifications.

import { closeMenus, copyFrom } from "./lib/controls.js";
import { confirmFirst, focusError, postOnce } from "./lib/forms.js";
import { possible, refused, setWanted, wanted } from "./lib/notifications.js";
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
