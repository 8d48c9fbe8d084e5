// Reporting what somebody said, to those who look after the server. Loaded when it is first asked for.

/** The same as for strangers. */
const REASONS = ["Harassment or threats", "Sexual content", "Seems under age", "Spam or scam", "Something else"];

/**
 * Asks why, and hands in what is said to `send({ reason, note })`, which may refuse. `back` takes the focus afterwards: what was
 * pressed may be gone by then.
 */
export function askToReport({ who, send, done, back }) {
  const dialog = make("dialog", { className: "dialog" });
  dialog.setAttribute("aria-labelledby", "report-heading");
  const error = make("p", { className: "field__error", hidden: true });
  error.setAttribute("role", "alert");
  const form = make("form", { className: "dialog__body" });
  form.append(
    make("fieldset", { className: "choices choices--column" }, make("legend", { textContent: "What is wrong?" }), ...REASONS.map(choice)),
    field(),
    make("p", { className: "soft small", textContent: "The moderators get a copy of what was said here last. Nobody else learns of it." }),
    error,
    make("div", { className: "form-actions" }, make("button", { className: "button button--primary", textContent: "Report" }), cancel(dialog)),
  );
  dialog.append(make("div", { className: "dialog__head" }, make("h2", { id: "report-heading", textContent: `Report what ${who} said` })), form);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    back();
  });
  let isSending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    const { reason, note } = Object.fromEntries(new FormData(form));
    try {
      if (!reason) throw new Error("Please choose what is wrong.");
      await send(note.trim() ? { reason, note } : { reason });
      dialog.close();
      done();
    } catch (refusal) {
      error.textContent = refusal.message;
      error.hidden = false;
      isSending = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  form.elements.reason[0].focus();
}

function choice(reason) {
  const radio = make("input", { type: "radio", name: "reason", value: reason });
  return make("label", { className: "check" }, radio, reason);
}

function field() {
  const label = make("label", { className: "field__label", htmlFor: "report-note", textContent: "Something to add " });
  label.append(make("span", { className: "soft", textContent: "(may stay empty)" }));
  return make("div", { className: "field" }, label, make("textarea", { className: "input", id: "report-note", name: "note", rows: 2, maxLength: 1_000 }));
}

function cancel(dialog) {
  const button = make("button", { type: "button", className: "button", textContent: "Cancel" });
  button.addEventListener("click", () => dialog.close());
  return button;
}

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}
