// Forms that are posted once: the button says what is going on and does not fire twice.

export function postOnce(root = document) {
  for (const form of root.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.posted) return event.preventDefault();
      form.dataset.posted = "yes";
      const button = form.querySelector("button:not([type=button])");
      button.dataset.label = button.textContent;
      button.textContent = form.dataset.once;
      // Not `disabled`: that would take the focus away.
      button.setAttribute("aria-disabled", "true");
    });
  }
  // Coming back by the Back button finds the form usable again.
  addEventListener("pageshow", ({ persisted }) => {
    for (const form of persisted ? root.querySelectorAll("form[data-posted]") : []) {
      delete form.dataset.posted;
      const button = form.querySelector("[data-label]");
      button.textContent = button.dataset.label;
      button.removeAttribute("aria-disabled");
    }
  });
}

/** Forms that cannot be undone ask once. */
export function confirmFirst(root = document) {
  for (const form of root.querySelectorAll("form[data-confirm]")) {
    form.addEventListener("submit", (event) => confirm(form.dataset.confirm) || event.preventDefault());
  }
}

/** Puts the cursor into the field that has to be mended, with its text selected. */
export function focusError(root = document) {
  const field = root.querySelector("[aria-invalid=true]");
  field?.focus();
  field?.select?.();
}
