// The socket: connects, stays connected, and asks questions that are always answered.

import { io } from "../../vendor/socket.io-client-4.8.4.esm.min.js";

const ANSWER_MS = 10_000;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server's "no", or the lack of an answer. */
export class Refusal extends Error {
  constructor({ code, message, retryable = false, retry_after_ms = 0 }) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retry_after_ms;
  }

  /** How long to wait before try `attempt`: what the server says or longer, never all at once. */
  delay(attempt) {
    const least = Math.max(this.retryAfter, Math.min(500 * 2 ** attempt, 15_000));
    return least * (1 + Math.random() * 0.4);
  }
}

function toSignIn(why) {
  location.replace(why === "not_authenticated" ? `/login/phone?next=${encodeURIComponent(location.pathname)}` : `/?why=${why}`);
}

export class Link {
  /** Whether `ready` has come and the socket still stands. */
  ready = false;
  #socket;
  #watchers = new Set();

  /** `refused` when nobody is signed in here, or no longer. */
  constructor(refused = toSignIn) {
    this.#socket = io({
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 10_000,
    });
    let restartIn = 0;
    this.#socket.on("ready", () => {
      this.ready = true;
      restartIn = 0;
      this.#tell("ready");
    });
    this.#socket.on("server:draining", ({ reconnect_in_ms: wait }) => {
      restartIn = wait || 1_000;
      this.#tell("draining");
    });
    this.#socket.on("notice:new", async () => (await import("./notice.js")).showNotice());
    this.#socket.on("session:ended", ({ reason }) => {
      this.#socket.disconnect();
      refused(reason);
    });
    // Whoever signs out on this very page is led on by the form.
    addEventListener("submit", (event) => {
      const signsOut = event.target.matches('form[action="/logout"]') && !event.defaultPrevented;
      if (signsOut) this.#socket.off("session:ended");
    });
    this.#socket.on("disconnect", () => {
      this.ready = false;
      this.#tell(restartIn ? "draining" : "lost");
      // The client only comes back by itself when the network broke, not when the server hung up.
      if (!this.#socket.active) this.#connectIn(restartIn || 1_000);
    });
    this.#socket.on("connect_error", (error) => {
      this.#tell("lost");
      if (this.#socket.active) return;
      if (error.message === "not_authenticated" || error.message === "suspended") {
        refused(error.message);
      } else {
        this.#connectIn(5_000);
      }
    });
    // A page that sleeps in the back-forward cache wakes with a dead socket.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    addEventListener("online", () => this.#socket.active || this.#socket.connect());
  }

  /** Calls `watcher` with "ready", "lost" or "draining", until `signal` says otherwise. */
  watch(watcher, signal) {
    this.#watchers.add(watcher);
    signal?.addEventListener("abort", () => this.#watchers.delete(watcher));
  }

  on(event, listener, signal) {
    this.#socket.on(event, listener);
    signal?.addEventListener("abort", () => this.#socket.off(event, listener));
  }

  /** Says something that may be lost: typing. */
  tell(event, payload) {
    if (this.ready) this.#socket.volatile.emit(event, payload);
  }

  /** Asks, waits as the server wishes, asks again; the answer, or a `Refusal`. */
  async ask(event, payload, tries = 4) {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#askOnce(event, payload);
      if (answer.ok) return answer;
      const refusal = new Refusal(answer.error);
      if (!refusal.retryable || attempt + 1 >= tries) throw refusal;
      await pause(refusal.delay(attempt));
    }
  }

  async #askOnce(event, payload) {
    // Never into the client's own buffer: what waits, waits in the outbox, in order.
    if (!this.ready) throw new Refusal({ code: "offline", message: "You are offline.", retryable: true });
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck(event, payload);
    } catch {
      throw new Refusal({ code: "timeout", message: "The server did not answer.", retryable: true });
    }
  }

  #connectIn(ms) {
    setTimeout(() => this.#socket.connected || this.#socket.connect(), ms * (1 + Math.random() * 0.5));
  }

  #tell(state) {
    for (const watcher of this.#watchers) watcher(state);
  }
}
