// Messages that name me: marked where they stand, and a button that leads to those I have not seen.

const SIGNS = "[\\p{L}\\p{N}_.@+-]";

export class Mentions {
  #me;
  #username;
  #readSeq;
  #log;
  #button = document.getElementById("mention-jump");
  #unseen = new Set();
  #inView = new Set();
  #sight;

  constructor({ me, username, readSeq }) {
    this.#me = me;
    this.#username = username.toLowerCase();
    this.#readSeq = readSeq;
    this.#sight = new IntersectionObserver((entries) => this.#saw(entries), {
      root: document.getElementById("history"),
      threshold: 0.5,
    });
    document.addEventListener("visibilitychange", () => this.#look());
  }

  begin(log) {
    this.#log = log;
    this.#button.addEventListener("click", () => this.#jump());
    this.#show();
  }

  /** Marks a message, or takes the mark away. */
  mark(item) {
    const { element, senderId, deleted } = item;
    const places = deleted || senderId === this.#me ? [] : this.#places(item.body);
    const isMarked = places.length > 0;
    element.classList.toggle("log__item--mention", isMarked);
    element.querySelector(".message__mention")?.remove();
    if (isMarked) {
      element.querySelector(".message__meta").prepend(Object.assign(document.createElement("span"), { className: "message__mention", textContent: "mentions you" }));
      this.#highlight(element.querySelector(".message__body"), item.body, places);
    }
    if (isMarked && item.seq > this.#readSeq && !item.isSeen) this.#watch(item);
    else this.#forget(item);
  }

  /** Where in the text my name stands, as pairs of start and end. */
  #places(text) {
    const places = [];
    for (const { 0: sign, index } of text.matchAll(new RegExp(`(?<!${SIGNS})@${SIGNS}+`, "gu"))) {
      // A full stop after a name is no part of it, unless it is.
      const named = [sign, sign.replace(/[.@+-]+$/, "")].find((word) => word.slice(1).toLowerCase() === this.#username);
      if (named) places.push([index, index + named.length]);
    }
    return places;
  }

  #highlight(place, text, places) {
    const parts = [];
    let from = 0;
    for (const [start, end] of places) {
      parts.push(text.slice(from, start), Object.assign(document.createElement("strong"), { className: "message__name", textContent: text.slice(start, end) }));
      from = end;
    }
    place.replaceChildren(...parts, text.slice(from));
  }

  #watch(item) {
    this.#unseen.add(item);
    this.#sight.observe(item.element);
    this.#show();
  }

  #forget(item) {
    if (!this.#unseen.delete(item)) return;
    this.#sight.unobserve(item.element);
    this.#inView.delete(item.element);
    this.#show();
  }

  #saw(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#inView.add(target);
      else this.#inView.delete(target);
    }
    this.#look();
  }

  #look() {
    if (document.visibilityState !== "visible") return;
    for (const item of [...this.#unseen]) {
      if (!this.#inView.has(item.element)) continue;
      item.isSeen = true;
      this.#forget(item);
    }
  }

  #jump() {
    const next = [...this.#unseen].sort((a, b) => a.seq - b.seq)[0];
    if (!next) return;
    this.#log.focus(next);
    next.element.scrollIntoView({ block: "center" });
  }

  #show() {
    const count = this.#unseen.size;
    this.#button.hidden = !count;
    document.getElementById("mention-count").textContent = count === 1 ? "1 mention" : `${count} mentions`;
  }
}
