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

/** Copies, and says so on the button: in its words, or in the picture and name of an icon. Returns what it says. */
export async function copyFrom(button, text) {
  const result = (await copy(text)) ? "Copied" : "Not copied";
  // Clicked twice: the first click gives the button back to itself.
  if (button.dataset.copied) return result;
  button.dataset.copied = result;
  const icon = button.querySelector("use");
  const label = icon ? button.title : button.textContent;
  const picture = icon?.getAttribute("href");
  const show = (words, href) => {
    if (!icon) return (button.textContent = words);
    button.title = button.ariaLabel = words;
    icon.setAttribute("href", href);
  };
  show(result, result === "Copied" ? "#icon-sent" : "#icon-warning");
  setTimeout(() => {
    show(label, picture);
    delete button.dataset.copied;
  }, 1_500);
  return result;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard outside secure contexts: the old way, from a field that is gone at once.
    const { activeElement } = document;
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "hidden-text" });
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    activeElement?.focus();
    return isCopied;
  }
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
