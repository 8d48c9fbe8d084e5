// The keyboard beyond Tab: the quick switcher, the next chat, the next region, the list of all this.

import { hueOf, initialOf } from "./ids.js";

/** Where focus goes in each region: to the first of these that is there. */
const REGIONS = [[".rail a[aria-current]", ".rail a"], ["#chat-list a[aria-current]", "#chat-list a"], ["#title"], ["#log [tabindex='0']"], ["#body"]];

const isWriting = (element) => element.matches("input, textarea, select, [contenteditable]");

export class Keys {
  #list;
  #open;
  #switcher = document.getElementById("switcher");
  #shortcuts = document.getElementById("shortcuts");
  #box = document.getElementById("switcher-box");
  #options = document.getElementById("switcher-options");
  #chosen = 0;

  constructor(list, openConversation) {
    this.#list = list;
    this.#open = openConversation;
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.#box.addEventListener("input", () => this.#offer());
    this.#box.addEventListener("keydown", (event) => this.#inSwitcher(event));
    for (const dialog of [this.#switcher, this.#shortcuts]) {
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    }
    for (const button of document.querySelectorAll("[data-opens]")) {
      button.addEventListener("click", () => this.#show(document.getElementById(button.dataset.opens)));
    }
  }

  #pressed(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if ((ctrlKey || metaKey) && key.toLowerCase() === "k") this.#show(this.#switcher);
    else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) this.#step(key === "ArrowUp" ? -1 : 1, shiftKey);
    else if (ctrlKey && key === "F6") this.#nextRegion(shiftKey ? -1 : 1);
    else if (key === "?" && !ctrlKey && !altKey && !isWriting(event.target)) this.#show(this.#shortcuts);
    else return;
    event.preventDefault();
  }

  #show(dialog) {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    if (dialog.open) return;
    document.querySelector("dialog[open]")?.close();
    dialog.showModal();
    if (dialog !== this.#switcher) return;
    this.#box.value = "";
    this.#box.focus();
    this.#offer();
  }

  #step(step, unreadOnly) {
    const row = this.#list.neighbour(this.#open, step, unreadOnly);
    if (row) location.assign(row.path);
  }

  #nextRegion(step) {
    const find = (selectors) => selectors.map((selector) => document.querySelector(selector)).find(Boolean);
    const stops = REGIONS.map(find).filter((stop) => stop?.checkVisibility?.() ?? stop);
    const area = (stop) => stop.closest(".rail, .list-pane, .conversation__header, .history, .composer");
    const here = stops.findIndex((stop) => area(stop)?.contains(document.activeElement));
    stops[(here + step + stops.length) % stops.length]?.focus();
  }

  #offer() {
    const wanted = this.#box.value.trim().toLocaleLowerCase();
    const chats = this.#list.rows.map(({ title, userId, id, isRoom, path }) => ({ title, userId: userId || id, isRoom, go: () => location.assign(path) }));
    const people = [...document.querySelectorAll("#people .row")].map((row) => ({
      title: row.querySelector("bdi").textContent,
      userId: row.dataset.userId,
      go: () => row.querySelector("form").requestSubmit(),
    }));
    const found = [...chats, ...people].filter(({ title }) => title.toLocaleLowerCase().includes(wanted)).slice(0, 20);
    this.#options.replaceChildren(...found.map((choice, index) => this.#option(choice, index)));
    this.#choose(0);
  }

  #option({ title, userId, isRoom, go }, index) {
    const option = document.createElement("li");
    option.className = "switcher__option";
    option.id = `switch-${index}`;
    option.setAttribute("role", "option");
    const avatar = document.createElement("span");
    avatar.className = "avatar avatar--small";
    avatar.dataset.hue = hueOf(userId);
    avatar.ariaHidden = "true";
    avatar.textContent = isRoom ? "#" : initialOf(title);
    const name = document.createElement("bdi");
    name.textContent = title;
    option.append(avatar, name);
    option.addEventListener("click", go);
    return option;
  }

  #choose(index) {
    const options = [...this.#options.children];
    this.#chosen = (index + options.length) % (options.length || 1);
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.#chosen)));
    const chosen = options[this.#chosen];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.#box.setAttribute("aria-activedescendant", chosen.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  #inSwitcher(event) {
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1);
    else if (event.key === "Enter") this.#options.children[this.#chosen]?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
