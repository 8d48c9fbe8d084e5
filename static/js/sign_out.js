// Signing out, from wherever: whoever uses this browser next finds neither drafts nor unsent messages.

import { forget, load } from "./lib/storage.js";

for (const form of document.querySelectorAll('form[action="/logout"]')) {
  const { me } = form.dataset;
  form.addEventListener("submit", (event) => {
    const waiting = load(`chinwag.${me}.outbox`, []).length;
    const question = `${waiting === 1 ? "One message is" : `${waiting} messages are`} not sent yet and will be lost. Sign out?`;
    if (waiting && !confirm(question)) event.preventDefault();
    else forget(me);
  });
}
