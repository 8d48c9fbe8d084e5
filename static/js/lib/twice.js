// A button that asks once more, in its own place: the first press arms it, a second within three seconds means it.

const ARMED_MS = 3_000;

export class Twice {
  /** The one that is armed: whoever turns to another has called it off. */
  static armed = null;
  #button;
  #act;
  #say;
  #timer = null;

  constructor(button, act, say) {
    this.#button = button;
    this.#act = act;
    this.#say = say;
    // The second half of a double click is no second thought.
    button.addEventListener("click", ({ detail }) => detail > 1 || this.press());
  }

  press() {
    if (Twice.armed !== this) return this.#arm();
    this.disarm();
    this.#act();
  }

  disarm() {
    clearTimeout(this.#timer);
    if (Twice.armed === this) Twice.armed = null;
    delete this.#button.dataset.armed;
  }

  #arm() {
    Twice.armed?.disarm();
    Twice.armed = this;
    this.#button.dataset.armed = "yes";
    this.#timer = setTimeout(() => this.disarm(), ARMED_MS);
    this.#say(this.#button.dataset.sure);
  }
}
