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

/** Copies, and says so on the button. */
export async function copyFrom(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard outside secure contexts: the old way, from a field that is gone at once.
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1_500);
}

/** Menus close on Esc and when something else is clicked. */
export function closeMenus() {
  const closeAll = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeAll(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
    event.preventDefault();
  });
}
