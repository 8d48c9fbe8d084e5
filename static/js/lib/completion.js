// "@" and the beginning of a name, completed from the members of a room. The cursor stays in the box; arrows
// move through the list, Enter and Tab take, Esc leaves it.

import { hueOf, initialOf } from "./ids.js";

const BEGUN = /(?<![\p{L}\p{N}_.@+-])@([\p{L}\p{N}_.+-]*)$/u;
const MOST = 8;

export class Completion {
  #members;
  #me;
  #box = document.getElementById("body");
  #list = document.getElementById("completion");
  #found = [];
  #chosen = 0;
  #start = 0;

  constructor(members, me) {
    this.#members = members;
    this.#me = me;
    const box = this.#box;
    box.addEventListener("input", () => this.#offer());
    box.addEventListener("blur", () => this.#close());
    box.form.addEventListener("submit", () => this.#close());
    // Before the composer hears of it: Enter takes a name here, and sends nothing.
    box.form.addEventListener("keydown", (event) => event.target === box && this.#pressed(event), true);
    document.addEventListener("selectionchange", () => this.#isOpen && this.#offer());
    // A click must not take the cursor out of the box.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#take([...this.#list.children].indexOf(option));
    });
  }

  get #isOpen() {
    return !this.#list.hidden;
  }

  #offer() {
    const { value, selectionStart, selectionEnd } = this.#box;
    const begun = selectionStart === selectionEnd && BEGUN.exec(value.slice(0, selectionStart));
    if (!begun) return this.#close();
    this.#start = begun.index;
    const word = begun[1].toLowerCase();
    this.#found = this.#fitting(word);
    // What is complete needs no completing: Enter sends it.
    const isComplete = this.#found.length === 1 && this.#found[0].username.toLowerCase() === word;
    if (!this.#found.length || isComplete) return this.#close();
    this.#list.replaceChildren(...this.#found.map(option));
    this.#list.hidden = false;
    // A box that completes is a combobox, for as long as there is something to choose from.
    this.#box.setAttribute("role", "combobox");
    this.#box.ariaExpanded = "true";
    this.#choose(0);
  }

  /** Those whose username or name begins like that, who are here first. */
  #fitting(begun) {
    const fits = ({ username, name }) => [username, ...name.split(/\s+/)].some((word) => word.toLowerCase().startsWith(begun));
    const others = this.#members.all.filter((person) => person.id !== this.#me && fits(person));
    return others.sort((a, b) => b.online - a.online || a.username.localeCompare(b.username)).slice(0, MOST);
  }

  #choose(index) {
    const options = [...this.#list.children];
    this.#chosen = (index + options.length) % options.length;
    options.forEach((option, i) => (option.ariaSelected = String(i === this.#chosen)));
    options[this.#chosen].scrollIntoView({ block: "nearest" });
    this.#box.setAttribute("aria-activedescendant", options[this.#chosen].id);
  }

  #pressed(event) {
    if (!this.#isOpen || event.isComposing) return;
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1);
    else if (event.key === "Escape") this.#close();
    else if (event.key === "Tab" && event.shiftKey) return this.#close();
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") this.#take(this.#chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #take(index) {
    const { username } = this.#found[index];
    this.#box.setRangeText(`@${username} `, this.#start, this.#box.selectionStart, "end");
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#close();
  }

  #close() {
    if (!this.#isOpen) return;
    this.#list.hidden = true;
    this.#box.removeAttribute("role");
    this.#box.removeAttribute("aria-expanded");
    this.#box.removeAttribute("aria-activedescendant");
  }
}

function option({ id, username, name, online }) {
  const line = document.createElement("li");
  line.className = "switcher__option";
  line.id = `complete-${id}`;
  line.setAttribute("role", "option");
  const avatar = Object.assign(document.createElement("span"), { className: "avatar avatar--small", textContent: initialOf(name), ariaHidden: "true" });
  avatar.classList.toggle("avatar--online", online);
  avatar.dataset.hue = hueOf(id);
  const label = Object.assign(document.createElement("bdi"), { textContent: name });
  const handle = Object.assign(document.createElement("span"), { className: "soft small", textContent: `@${username}` });
  line.append(avatar, label, handle);
  return line;
}
