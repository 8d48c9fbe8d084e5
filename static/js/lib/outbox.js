// Messages on their way: kept until the server has them, sent one after the other, in order.
//
// The queue lives in localStorage, so a reload loses nothing and every tab sees the same one. A lock
// lets one tab send at a time; without it the message's own id would still keep it from being doubled.

import { newId } from "./ids.js";
import { pause } from "./link.js";
import { load, save } from "./storage.js";

export class Outbox extends EventTarget {
  #key;
  #link;
  #pumping = false;
  #again = false;
  #inFlight = null;

  constructor(me, link) {
    super();
    this.#key = `chinwag.${me}.outbox`;
    this.#link = link;
    link.watch((state) => state === "ready" && this.pump());
    addEventListener("storage", ({ key }) => key === this.#key && this.#changed());
  }

  /** All that wait or failed, oldest first; of one conversation if it is named. */
  entries(conversationId) {
    return load(this.#key, []).filter((entry) => !conversationId || entry.conversation_id === conversationId);
  }

  get waiting() {
    return this.entries().filter((entry) => !entry.failed).length;
  }

  isInFlight(clientId) {
    return this.#inFlight === clientId;
  }

  add(conversationId, body) {
    const entry = { client_id: newId(), conversation_id: conversationId, body, at: new Date().toISOString() };
    this.#update((entries) => [...entries, entry]);
    this.pump();
    return entry;
  }

  remove(clientId) {
    this.#update((entries) => entries.filter((entry) => entry.client_id !== clientId));
  }

  /** Puts a failed one at the end of the queue again, under a new id if the old one is taken. */
  retry(clientId) {
    const old = this.entries().find((entry) => entry.client_id === clientId);
    if (!old) return null;
    const { failed, ...entry } = old;
    if (failed?.code === "client_id_conflict") entry.client_id = newId();
    this.#update((entries) => [...entries.filter((other) => other.client_id !== clientId), entry]);
    this.pump();
    return entry;
  }

  /** Sends what waits, as long as there is a connection. */
  async pump() {
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        if (navigator.locks) await navigator.locks.request(this.#key, () => this.#drain());
        else await this.#drain();
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #drain() {
    for (let attempt = 0; this.#link.ready; ) {
      // Read anew each time: another tab may have added or cancelled.
      const entry = this.entries().find((candidate) => !candidate.failed);
      if (!entry) return;
      try {
        await this.#send(entry);
        attempt = 0;
      } catch (refusal) {
        if (refusal.retryable) {
          await pause(refusal.delay(attempt++));
        } else {
          this.#fail(entry, refusal);
        }
      }
    }
  }

  async #send({ client_id, conversation_id, body }) {
    this.#inFlight = client_id;
    try {
      const { message } = await this.#link.ask("message:send", { conversation_id, body, client_id });
      // The sender's copy carries the id by which the pending line is known.
      this.dispatchEvent(new CustomEvent("sent", { detail: { ...message, client_id } }));
      this.remove(client_id);
    } finally {
      this.#inFlight = null;
    }
  }

  #fail(entry, { code, message }) {
    const failed = { ...entry, failed: { code, message } };
    this.#update((entries) => entries.map((other) => (other.client_id === entry.client_id ? failed : other)));
    this.dispatchEvent(new CustomEvent("failed", { detail: failed }));
  }

  #update(change) {
    const entries = change(load(this.#key, []));
    save(this.#key, entries.length ? entries : null);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("changed"));
  }
}
