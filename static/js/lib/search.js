// Waiting for somebody: for whom, until when, and the plain truth when nobody comes.

const ALONE_AFTER_MS = 30_000;

export class Search {
  #looking = document.getElementById("looking-for");
  #when = document.getElementById("when");
  #alone = document.getElementById("alone");
  #widen = document.getElementById("widen");
  #ring = document.getElementById("ring");
  #chime;
  #say;
  #now;
  #timer = null;
  #wait = null;
  #isWide = false;
  #toldAlone = false;

  /** `now()` is the server's time. */
  constructor({ chime, say, now, cancel, anyone, soundChanged }) {
    this.#chime = chime;
    this.#say = say;
    this.#now = now;
    document.getElementById("cancel").addEventListener("click", cancel);
    this.#widen.addEventListener("click", anyone);
    this.#ring.addEventListener("click", async () => {
      chime.on = !chime.ready;
      await chime.unlock();
      chime.ring();
      this.#showRing();
      soundChanged();
    });
  }

  /** Shows a MatchState that waits, and counts down by itself. */
  show({ since, interests = [], only_common = false, widen_at }) {
    clearInterval(this.#timer);
    this.#wait = { since: Date.parse(since), interests, only_common, widenAt: interests.length && widen_at ? Date.parse(widen_at) : null };
    this.#isWide = null;
    this.#toldAlone = false;
    this.#alone.hidden = true;
    this.#timer = setInterval(() => this.#tick(), 250);
    this.#tick();
  }

  stop() {
    clearInterval(this.#timer);
  }

  #tick() {
    const { since, interests, only_common, widenAt } = this.#wait;
    const left = widenAt ? Math.max(0, Math.ceil((widenAt - this.#now()) / 1_000)) : 0;
    const isWide = !interests.length || (!only_common && left === 0);
    if (isWide !== this.#isWide) this.#showWhom(isWide, interests);
    const words = !isWide && widenAt ? `anyone in ${left} s` : "";
    if (this.#when.textContent !== words) this.#when.textContent = words;
    if (this.#now() - since > ALONE_AFTER_MS) this.#tellAlone(interests, only_common);
  }

  #showWhom(isWide, interests) {
    const hasWidened = this.#isWide === false && isWide;
    this.#isWide = isWide;
    if (isWide) {
      this.#looking.textContent = "Looking for anyone";
      if (hasWidened) this.#say("Looking for anyone now.");
      return;
    }
    const liked = Object.assign(document.createElement("em"), { textContent: oneOf(interests) });
    this.#looking.replaceChildren("Looking for someone who likes ", liked);
  }

  #tellAlone(interests, only_common) {
    if (this.#toldAlone) return;
    this.#toldAlone = true;
    const whom = only_common ? `Nobody who likes ${oneOf(interests)} has come yet.` : "Nobody else has come yet.";
    const words = `${whom} You keep your place, as long as this page is open.`;
    document.getElementById("alone-words").textContent = words;
    this.#widen.hidden = !only_common;
    this.#showRing();
    this.#alone.hidden = false;
    this.#say(words);
  }

  #showRing() {
    this.#ring.setAttribute("aria-pressed", String(Boolean(this.#chime.ready)));
  }
}

/** "climbing, chess or tea" */
const oneOf = (words) => [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" or ");
