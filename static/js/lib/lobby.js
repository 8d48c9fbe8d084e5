// Before a talk: the rules, and with whom one would like to talk. What is chosen is remembered in this browser.

import { countPeople } from "./census.js";
import { load, save } from "./storage.js";
import { Tags } from "./tags.js";

const WISHES = "chinwag.match.wishes";
const ACCEPTED = "chinwag.match.accepted";

export class Lobby {
  #form = document.getElementById("lobby");
  #accept = document.getElementById("accept");
  #sound = document.getElementById("sound");
  #start = document.getElementById("start");
  #tags;
  #chime;

  /** `begin(wishes)` when somebody presses Start; `wanted()` while the numbers are looked at. */
  constructor({ chime, say, begin, wanted }) {
    this.#chime = chime;
    this.#tags = new Tags(say);
    this.#tags.onChange = () => this.#offerWhom();
    this.#accept.checked ||= load(ACCEPTED, false);
    this.#fill(this.wishes);
    this.refresh = countPeople(wanted);
    this.showSound();
    this.#sound.addEventListener("change", () => this.#ringOrNot());
    this.#accept.addEventListener("change", () => this.#complain("accept", ""));
    this.#form.addEventListener("submit", (event) => this.#submit(event, begin));
  }

  /** What was wished for last. */
  get wishes() {
    return { interests: [], only_common: false, ...load(WISHES, {}) };
  }

  set wishes(wishes) {
    save(WISHES, wishes);
    this.#fill(wishes);
  }

  /** Says why it did not begin, or takes it back. */
  complain(text) {
    this.#complain("lobby", text);
  }

  set busy(busy) {
    this.#start.textContent = busy ? "One moment…" : "Start";
    // Not `disabled`: that would take the focus away.
    if (busy) this.#start.setAttribute("aria-disabled", "true");
    else this.#start.removeAttribute("aria-disabled");
  }

  showSound() {
    this.#sound.checked = this.#chime.on;
  }

  #fill({ interests, only_common, as }) {
    this.#tags.values = interests;
    const choose = (name, value) => {
      const radio = [...this.#form.querySelectorAll(`[name=${name}]`)].find((input) => input.value === value);
      if (radio) radio.checked = true;
    };
    choose("only_common", only_common ? "yes" : "");
    if (as) choose("as", as);
  }

  /** Without interests there is nothing to share. */
  #offerWhom() {
    document.getElementById("whom").hidden = !this.#tags.values.length;
  }

  #submit(event, begin) {
    event.preventDefault();
    this.complain("");
    if (this.#start.hasAttribute("aria-disabled") || !this.#tags.flush()) return;
    if (!this.#accept.checked) {
      this.#complain("accept", "Please tick this first.");
      return this.#accept.focus();
    }
    save(ACCEPTED, true);
    const choices = new FormData(this.#form);
    const interests = this.#tags.values;
    const wishes = { interests, only_common: interests.length > 0 && choices.get("only_common") === "yes" };
    if (choices.has("as")) wishes.as = choices.get("as");
    save(WISHES, wishes);
    begin(wishes);
  }

  async #ringOrNot() {
    this.#chime.on = this.#sound.checked;
    await this.#chime.unlock();
    this.#chime.ring();
  }

  #complain(name, text) {
    const place = document.getElementById(`${name}-error`);
    place.textContent = text;
    place.hidden = !text;
  }
}
