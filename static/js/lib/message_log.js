// The messages of one conversation, in order, whatever order they come in.
//
// An item is { element, seq, rev, id, clientId, senderId, sentAt, state, … }. Stored messages stand by
// `seq`; those on their way stand last. A message is known by its id, and an own one by the client's own id
// as well, so that the pending line, the server's answer and the push of the same message are one element.

import { hueOf } from "./ids.js";
import { dayLabel, exactLabel, sameDay, setTime, timeLabel } from "./times.js";

const GROUP_MS = 5 * 60_000;
const AT_BOTTOM_PX = 48;
const WORDS = { pending: "sending", sent: "sent", delivered: "delivered", read: "read", failed: "not sent" };

export class MessageLog {
  #me;
  #title;
  #scroller = document.getElementById("history");
  #log = document.getElementById("log");
  #template = document.getElementById("message-template");
  #items = [];
  #byId = new Map();
  #byClientId = new Map();
  #fresh = this.#log.querySelector(".log__divider--new");
  #receipt;
  #decorate;
  #atBottom = true;
  /** Called when the reader reaches or leaves the bottom. */
  onScroll = () => {};

  /** Without a `title` everybody goes by their own name; `decorate(item)` adds what only this page shows. */
  constructor({ me, title, delivered, read, decorate, signal }) {
    this.#me = me;
    this.#title = title;
    this.#decorate = decorate;
    this.#receipt = { delivered, read };
    for (const day of this.#log.querySelectorAll(".log__divider--day")) day.remove();
    for (const element of this.#log.querySelectorAll(".log__item")) this.#adopt(element);
    for (const item of this.#items) this.#settle(item);
    if (this.#fresh) this.#fresh.scrollIntoView({ block: "start" });
    else this.#toBottom();
    this.#noteScroll();
    this.#scroller.addEventListener("scroll", () => this.#noteScroll(), { passive: true, signal });
    // A growing composer or a soft keyboard makes the log smaller: its end stays in view.
    const size = new ResizeObserver(() => this.#atBottom && this.#toBottom());
    size.observe(this.#scroller);
    signal?.addEventListener("abort", () => size.disconnect());
  }

  get atBottom() {
    return this.#atBottom;
  }

  /** How far the view is from the end, in windows. */
  get windowsFromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return (scrollHeight - scrollTop - clientHeight) / (clientHeight || 1);
  }

  get firstSeq() {
    return this.#items.find((item) => item.seq)?.seq ?? 0;
  }

  get lastSeq() {
    return this.#items.findLast((item) => item.seq)?.seq ?? 0;
  }

  itemOf(element) {
    const item = element?.closest?.(".log__item");
    return this.#items.find((candidate) => candidate.element === item);
  }

  /** The ids of those that are not stored yet. */
  get pending() {
    return this.#items.filter((item) => !item.seq).map((item) => item.clientId);
  }

  lastOwn() {
    return this.#items.findLast((item) => item.id && item.senderId === this.#me && !item.deleted);
  }

  /** Takes a stored message as it is now. Says whether it is new here. */
  put(message) {
    // A client's id is unique per sender only: by another's message it must never find a line of mine.
    const clientId = message.sender.id === this.#me ? message.client_id : null;
    let item = this.#byId.get(message.id) ?? this.#byClientId.get(clientId);
    if (item && item.rev >= message.rev) return false;
    const isNew = !item;
    this.#keepingPlace(() => {
      item ??= this.#create();
      const { id, seq, rev, sender, body, sent_at, edited_at, deleted } = message;
      Object.assign(item, { id, seq, rev, body, senderId: sender.id, who: sender.name, sentAt: sent_at, edited: edited_at, deleted });
      item.clientId = clientId ?? item.clientId;
      item.state = "sent";
      this.#byId.set(id, item);
      if (item.clientId) this.#byClientId.set(item.clientId, item);
      this.#render(item);
      this.#place(item);
    });
    return isNew;
  }

  /** Shows a message on its way, or one that failed. */
  putPending({ client_id, body, at, failed }) {
    const known = this.#byClientId.get(client_id);
    if (known?.seq) return;
    this.#keepingPlace(() => {
      const item = known ?? this.#create();
      Object.assign(item, { clientId: client_id, body, senderId: this.#me, sentAt: at, rev: 0, failed });
      item.state = failed ? "failed" : "pending";
      this.#byClientId.set(client_id, item);
      this.#render(item);
      this.#place(item);
    });
  }

  /** Takes away one that was never stored. */
  removePending(clientId) {
    const item = this.#byClientId.get(clientId);
    if (!item || item.seq) return;
    const index = this.#items.indexOf(item);
    this.#items.splice(index, 1);
    this.#byClientId.delete(clientId);
    item.day?.remove();
    item.element.remove();
    if (this.#items[index]) this.#settle(this.#items[index]);
  }

  /** Older ones, above all others, without moving what is read; `more` says whether there are older yet. */
  prepend(messages, more) {
    const { scrollHeight, scrollTop } = this.#scroller;
    document.getElementById("earlier").closest("p").hidden = !more;
    for (const message of messages) this.put(message);
    this.#scroller.scrollTop = scrollTop + this.#scroller.scrollHeight - scrollHeight;
  }

  /** The other person's devices got or showed that far. */
  receipt(delivered, read) {
    this.#receipt.delivered = Math.max(this.#receipt.delivered, delivered);
    this.#receipt.read = Math.max(this.#receipt.read, read);
    for (const item of this.#items) {
      if (item.seq && item.senderId === this.#me) this.#showState(item);
    }
  }

  /** Marks where the unread ones begin: before that message, or nowhere. */
  divide(messageId = null) {
    this.#fresh?.remove();
    this.#fresh = null;
    const item = this.#byId.get(messageId);
    if (!item) return;
    this.#keepingPlace(() => {
      this.#fresh = document.createElement("li");
      this.#fresh.className = "log__divider log__divider--new";
      this.#fresh.textContent = "New messages";
      this.#log.insertBefore(this.#fresh, item.element);
      this.#settle(item);
    });
  }

  /** Puts a line that is no message, holding `parts`, at the end, or tells it anew. */
  note(line, parts) {
    this.#keepingPlace(() => {
      line.replaceChildren(...parts);
      if (!line.isConnected) this.#log.append(line);
    });
  }

  toBottom() {
    this.#toBottom();
    this.#noteScroll();
  }

  /** Moves the one focus stop; `to` is an item, a step, "first" or "last". */
  focus(to) {
    const current = this.#items.findIndex((item) => item.element.contains(document.activeElement));
    const index = { first: 0, last: this.#items.length - 1 }[to] ?? (typeof to === "number" ? current + to : this.#items.indexOf(to));
    const item = this.#items[Math.max(0, Math.min(index, this.#items.length - 1))];
    if (!item) return;
    this.makeStop(item);
    item.element.firstElementChild.focus();
    item.element.scrollIntoView({ block: "nearest" });
  }

  /** The message that Tab comes to. */
  makeStop(item) {
    for (const stop of this.#log.querySelectorAll(".message[tabindex='0']")) stop.tabIndex = -1;
    item.element.firstElementChild.tabIndex = 0;
  }

  neighbourOf(item) {
    const index = this.#items.indexOf(item);
    return this.#items[index + 1] ?? this.#items[index - 1];
  }

  #adopt(element) {
    const { messageId, seq, rev, senderId, clientId } = element.dataset;
    const time = element.querySelector("time");
    const item = {
      element,
      id: Number(messageId),
      seq: Number(seq),
      rev: Number(rev),
      senderId: Number(senderId),
      who: element.querySelector("bdi").textContent,
      clientId: clientId || null,
      body: element.querySelector(".message__body").textContent,
      sentAt: time.dateTime,
      edited: !element.querySelector(".message__edited").hidden,
      deleted: element.matches(".log__item--deleted"),
      state: "sent",
    };
    setTime(time, item.sentAt, timeLabel);
    this.#items.push(item);
    this.#byId.set(item.id, item);
    if (item.clientId) this.#byClientId.set(item.clientId, item);
    this.#decorate?.(item);
  }

  #create() {
    return { element: this.#template.content.firstElementChild.cloneNode(true), body: "", rev: 0 };
  }

  #render(item) {
    const { element, senderId } = item;
    const own = senderId === this.#me;
    const find = (name) => element.querySelector(`.message__${name}`);
    element.classList.toggle("log__item--own", own);
    element.classList.toggle("log__item--deleted", Boolean(item.deleted));
    element.classList.toggle("log__item--failed", item.state === "failed");
    this.#nameParts(item);
    element.dataset.messageId = item.id ?? "";
    element.dataset.seq = item.seq ?? "";
    find("who").textContent = own ? "You" : (this.#title ?? item.who);
    find("who").classList.toggle("hidden-text", own);
    find("who").dataset.hue = hueOf(senderId);
    find("body").textContent = item.deleted ? "Message deleted" : item.body;
    find("edited").hidden = !item.edited || item.deleted;
    find("edited").textContent = find("edited").hidden ? "" : "edited";
    if (!own) find("state")?.remove();
    setTime(find("time"), item.sentAt, timeLabel);
    this.#showFailure(item);
    this.#showState(item);
    this.#decorate?.(item);
  }

  /** Its name to a screen reader is a sentence put together from its parts. */
  #nameParts({ element, id, clientId }) {
    const key = id ? `m${id}` : `c${clientId}`;
    const parts = ["head", "body", "meta"];
    for (const part of parts) element.querySelector(`.message__${part}`).id = `${key}-${part}`;
    element.firstElementChild.setAttribute("aria-labelledby", parts.map((part) => `${key}-${part}`).join(" "));
  }

  #showState(item) {
    const place = item.element.querySelector(".message__state");
    if (!place) return;
    let { state } = item;
    if (state === "sent" && item.seq <= this.#receipt.delivered) state = "delivered";
    if (item.seq && item.seq <= this.#receipt.read) state = "read";
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    place.querySelector("use").setAttribute("href", `#icon-${state}`);
    place.querySelector(".message__state-word").textContent = WORDS[state];
  }

  #showFailure({ element, failed, state }) {
    element.querySelector(".message__failure")?.remove();
    if (state !== "failed") return;
    const line = document.createElement("p");
    line.className = "message__failure";
    line.append(`Not sent. ${failed.message}`);
    for (const [act, label] of [["retry", "Retry"], ["discard", "Delete"]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "button button--link", textContent: label });
      button.dataset.act = act;
      line.append(button);
    }
    element.firstElementChild.append(line);
  }

  /** Puts an item where its `seq` wants it. */
  #place(item) {
    const order = item.seq ?? Infinity;
    const old = this.#items.indexOf(item);
    if (old >= 0) this.#items.splice(old, 1);
    let index = this.#items.length;
    while (index && (this.#items[index - 1].seq ?? Infinity) > order) index--;
    this.#items.splice(index, 0, item);
    const next = this.#items[index + 1];
    if (old !== index || !item.element.isConnected) {
      item.day?.remove();
      item.day = null;
      this.#log.insertBefore(item.element, next ? (next.day ?? this.#freshBefore(next) ?? next.element) : null);
      // What stood after its old place has another predecessor now.
      if (old >= 0 && this.#items[old]) this.#settle(this.#items[old]);
    }
    this.#settle(item);
    if (next) this.#settle(next);
  }

  #freshBefore(item) {
    return item.element.previousElementSibling === this.#fresh ? this.#fresh : null;
  }

  /** Day separator and grouping of one item, from the one before it. */
  #settle(item) {
    const index = this.#items.indexOf(item);
    const previous = this.#items[index - 1];
    const moment = new Date(item.sentAt);
    const before = previous && new Date(previous.sentAt);
    const newDay = !before || !sameDay(moment, before);
    if (newDay && !item.day) {
      item.day = document.createElement("li");
      item.day.className = "log__divider log__divider--day";
      const time = document.createElement("time");
      time.dateTime = item.sentAt;
      time.title = exactLabel(moment);
      time.textContent = dayLabel(moment);
      item.day.append(time);
      this.#log.insertBefore(item.day, this.#freshBefore(item) ?? item.element);
    } else if (!newDay && item.day) {
      item.day.remove();
      item.day = null;
    }
    const isNext = previous?.element.nextElementSibling === item.element;
    const grouped = !newDay && isNext && previous.senderId === item.senderId && moment - before < GROUP_MS;
    item.element.classList.toggle("log__item--lead", !grouped);
  }

  /** Changes the log; who was at its end is there still. */
  #keepingPlace(change) {
    const stay = this.#atBottom;
    change();
    const empty = document.getElementById("no-messages");
    empty.hidden = this.#items.length > 0;
    if (stay) this.#toBottom();
  }

  #toBottom() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #noteScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atBottom = scrollHeight - scrollTop - clientHeight < AT_BOTTOM_PX;
    this.onScroll();
  }
}
