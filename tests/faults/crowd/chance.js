// What a guest leaves to chance. The same seed and name give the same choices, if not the same moments.

export class Chance {
  #state;

  constructor(seed, name) {
    this.#state = hash(`${seed} ${name}`);
  }

  /** From 0 up to, but not including, 1 (mulberry32). */
  number() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Is it one of the `share` of cases? */
  happens(share) {
    return this.number() < share;
  }

  between(least, most) {
    return least + this.number() * (most - least);
  }

  whole(least, most) {
    return Math.floor(this.between(least, most + 1));
  }

  oneOf(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /** One of the keys of `{name: share, …}`, or the last one if the shares leave something over. */
  kind(shares) {
    let left = this.number();
    const names = Object.keys(shares);
    return names.find((name) => (left -= shares[name]) < 0) ?? names.at(-1);
  }
}

/** FNV-1a. */
function hash(text) {
  return [...text].reduce((sum, letter) => Math.imul(sum ^ letter.codePointAt(0), 0x01000193), 0x811c9dc5);
}
