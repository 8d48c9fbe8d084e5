// Speaks to screen readers, politely: arriving messages, a burst as one sentence, and what shows only on an icon.

export class Announcer {
  #place = document.getElementById("announcer");
  #heard = [];
  #timer = null;

  message(name, text) {
    this.#heard.push({ name, text });
    this.#timer ??= setTimeout(() => this.#speak(), 700);
  }

  #speak() {
    const heard = this.#heard.splice(0);
    this.#timer = null;
    const [{ name, text }] = heard;
    const from = heard.every((other) => other.name === name) ? ` from ${name}` : "";
    this.say(heard.length === 1 ? `${name}: ${text}` : `${heard.length} new messages${from}`);
  }

  say(sentence) {
    // A paragraph of its own, so that the same words twice are still news.
    this.#place.replaceChildren(Object.assign(document.createElement("span"), { textContent: sentence }));
  }
}
