// What is told among the messages once, and never stored: who came, who left, and commands.

import { hueOf } from "./ids.js";
import { setTime, timeLabel } from "./times.js";

/** Up to so many notices each have a line of their own. */
const APART = 3;
/** So many are named where they share one. */
const NAMED = 2;

export class Notices {
  #log;
  #line = null;
  /** Who came and went since the last message: each time they did while these are few, … */
  #told = [];
  /** … then each once, as it is now. */
  #people = new Map();

  constructor(log) {
    this.#log = log;
  }

  /** Somebody joined or left. What comes in a row, without a message between, is told together. */
  tell({ id, name }, joined) {
    if (!this.#line || this.#line.nextElementSibling) {
      this.#line = element("li", "log__notices");
      this.#told = [];
      this.#people = new Map();
    }
    if (this.#told.length <= APART) this.#told.push({ id, name, joined });
    this.#people.set(id, { id, name, joined });
    this.#log.note(this.#line, this.#groups().map(notice));
  }

  command({ user, command, payload, sent_at }, isMine) {
    const line = element("li", isMine ? "log__command log__command--own" : "log__command");
    const label = element("span", "command__label", "Command");
    label.prepend(icon("command"));
    const who = element("bdi", "message__who", isMine ? "You" : user.name);
    who.dataset.hue = hueOf(user.id);
    const time = element("time", "message__time");
    setTime(time, sent_at, timeLabel);
    const head = element("p", "command__head");
    head.append(label, who, time);
    this.#log.note(line, [head, element("p", "command__text", `/${command}=${payload}`)]);
  }

  #groups() {
    if (this.#told.length <= APART) return this.#told.map((person) => [person]);
    const people = [...this.#people.values()];
    return [true, false].map((joined) => people.filter((person) => person.joined === joined)).filter((group) => group.length);
  }
}

/** "→ Ana joined", "← Bo, Cy and 4 others left" */
function notice(people) {
  const [{ joined }] = people;
  const line = element("p", `notice notice--${joined ? "joined" : "left"}`);
  line.append(icon(joined ? "joined" : "left"), listed(people.map(({ name }) => name)), joined ? " joined" : " left");
  return line;
}

function listed(names) {
  const rest = names.length - NAMED;
  const shown = rest > 1 ? names.slice(0, NAMED) : names;
  const words = rest > 1 ? [...shown, `${rest} others`] : shown;
  const line = element("span", "notice__names");
  words.forEach((word, index) => {
    if (index) line.append(index === words.length - 1 ? " and " : ", ");
    line.append(element("bdi", "", word));
  });
  return line;
}

function element(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.append(use);
  return picture;
}
