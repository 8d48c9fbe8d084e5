// The socket of somebody who talks to strangers, and what belongs to it. There is no list of chats here.

import { ConnectionBar } from "./connection_bar.js";
import { Link } from "./link.js";
import { Outbox } from "./outbox.js";

export class MatchLine {
  link;
  bar;
  outbox = null;
  me = 0;
  isGuest;
  /** Whether a message of that conversation is read as it arrives; the open talk knows. */
  isReading = () => false;
  /** Where others have their list of chats: only how far each of them is known, so that nobody syncs those here. */
  list = {
    cursors: {},
    put: ({ id, counter }) => (this.list.cursors[id] = counter),
    message: () => {},
  };
  #ahead = 0;
  #epoch = null;

  /** `me` and `isGuest` as the page knows it, 0 and true for who became a guest just now; `ready(match)` with each connection. */
  constructor({ me, isGuest, ready, refused }) {
    this.isGuest = isGuest;
    this.link = new Link(refused);
    this.bar = new ConnectionBar(this.link, () => this.outbox?.waiting ?? 0);
    if (me) this.#become(me);
    this.link.on("ready", (message) => this.#ready(message, ready));
  }

  /** Here is nobody who counts what is unread. */
  read() {}

  /** The server's time: what it says that something lasts until is by its own clock. */
  now() {
    return Date.now() + this.#ahead;
  }

  /** Waits until something can be asked. */
  connected() {
    if (this.link.ready) return Promise.resolve();
    return new Promise((resolve) => {
      const once = new AbortController();
      this.link.watch((state) => {
        if (state !== "ready") return;
        once.abort();
        resolve();
      }, once.signal);
    });
  }

  #ready({ user, epoch, server, conversations, match }, tell) {
    const isOther = this.me && user.id !== this.me;
    // Signed in meanwhile, in another tab; or another database, restored.
    if (isOther || (this.#epoch && epoch !== this.#epoch)) return location.reload();
    this.#epoch = epoch;
    this.#ahead = Date.parse(server.time) - Date.now();
    this.isGuest = user.kind === "guest";
    if (!this.me) this.#become(user.id);
    conversations.forEach(this.list.put);
    tell(match);
  }

  #become(me) {
    this.me = me;
    this.outbox = new Outbox(me, this.link);
    this.outbox.addEventListener("changed", () => this.bar.refresh());
    this.outbox.pump();
  }
}
