// Who is in a room: those who are here first, each under their name.

import { hueOf, initialOf } from "./ids.js";

const WIDE = matchMedia("(min-width: 1200px)");

export class Members {
  #panel = document.getElementById("members");
  #list = document.getElementById("members-list");
  #template = document.getElementById("member-template");
  #people = new Map();
  /** How many more are in it than the server lists. */
  #unlisted = Number(this.#list.dataset.unlisted);
  #changed;

  constructor(changed) {
    this.#changed = changed;
    for (const element of this.#list.children) this.#adopt(element);
    // What was opened over a narrow page stands beside a wide one.
    WIDE.addEventListener("change", () => this.#panel.matches(":popover-open") && this.#panel.hidePopover());
  }

  get all() {
    return [...this.#people.values()];
  }

  get #total() {
    return this.#people.size + this.#unlisted;
  }

  /** "12 members, 3 here" */
  get count() {
    const here = this.all.filter(({ online }) => online).length;
    return `${this.#total} ${this.#total === 1 ? "member" : "members"}, ${here} here`;
  }

  has(id) {
    return this.#people.has(id);
  }

  put({ id, username, name }, online) {
    const person = this.#people.get(id) ?? this.#adopt(this.#create(id));
    Object.assign(person, { username, name, online });
    this.#show(person);
    this.#tell();
  }

  /** Came or went. */
  show(id, online) {
    const person = this.#people.get(id);
    if (person) this.put(person, online);
  }

  remove(id) {
    this.#people.get(id)?.element.remove();
    // One who is not listed is one of the others.
    if (!this.#people.delete(id) && this.#unlisted > 0) this.#unlisted -= 1;
    this.#tell();
  }

  /** Takes them as the server sees them, and how many there are. */
  replace(members, total) {
    const there = new Set(members.map(({ id }) => id));
    for (const id of this.#people.keys()) if (!there.has(id)) this.remove(id);
    for (const member of members) this.put(member, member.online);
    this.#unlisted = total - this.#people.size;
    this.#tell();
  }

  #adopt(element) {
    const { userId, username } = element.dataset;
    const person = {
      element,
      id: Number(userId),
      username,
      name: element.querySelector("bdi").textContent,
      online: element.querySelector(".avatar").matches(".avatar--online"),
    };
    this.#people.set(person.id, person);
    return person;
  }

  #create(id) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.dataset.userId = id;
    return element;
  }

  #show(person) {
    const { element, id, username, name, online } = person;
    const avatar = element.querySelector(".avatar");
    element.dataset.username = username;
    element.classList.toggle("member--away", !online);
    avatar.classList.toggle("avatar--online", online);
    avatar.dataset.hue = hueOf(id);
    avatar.textContent = initialOf(name);
    element.querySelector("bdi").textContent = name;
    element.querySelector(".member__username").textContent = `@${username}`;
    element.querySelector(".member__here").textContent = online ? ", here" : "";
    const next = this.all.filter((other) => other !== person && other.element.isConnected && isBefore(person, other)).sort((a, b) => (isBefore(a, b) ? -1 : 1))[0];
    this.#list.insertBefore(element, next?.element ?? null);
  }

  #tell() {
    document.getElementById("members-count").textContent = this.count;
    document.getElementById("members-number").textContent = this.#total;
    const more = document.getElementById("members-more");
    more.hidden = this.#unlisted === 0;
    more.textContent = `and ${this.#unlisted} more`;
    this.#changed();
  }
}

/** The server sorts by the same rule. */
function isBefore(a, b) {
  return a.online !== b.online ? a.online : a.name.toLowerCase() < b.name.toLowerCase();
}
