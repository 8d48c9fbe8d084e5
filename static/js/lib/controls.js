// What is pressed outside of forms: buttons that copy, and menus that close.

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
