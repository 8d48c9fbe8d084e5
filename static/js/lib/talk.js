// One conversation on a page: what is written here goes out, what comes in is shown.
//
// Pushes are a convenience. What is true comes from `sync`: each change of the conversation moves its
// counter by one, a talk knows how far it has seen, and a gap or a reconnect makes it ask. It lives until
// its `signal` says that it is over, so that a page can put another in its place.

import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { copyFrom } from "./controls.js";
import { MessageLog } from "./message_log.js";

const PAGE = 50;
const READ_AFTER_MS = 250;
const TYPING_MS = 6_000;
const CANCELLED_AFTER_MS = 2_000;

export class Talk {
  announcer = new Announcer();
  composer = null;
  log;
  #live;
  #id;
  #me;
  #title;
  #known;
  #readSeq;
  #signal;
  /** What else the page does: `took(conversation)`, `typing(on)`, `warn(body)`, `take(body)` of what is no message, `report(item)`, and where messages can be changed `edit(item)`, `save(item, body)`, `remove(item)`. */
  #acts;
  #toolbar = document.getElementById("toolbar-template").content.firstElementChild.cloneNode(true);
  #earlier = document.getElementById("earlier");
  #jump = document.getElementById("jump");
  #arrivedBelow = 0;
  #dividerIsOld = true;
  #syncing = null;
  #syncAgain = false;
  #wasAway = false;
  #readTimer = null;
  #typingLease = null;
  #cancelTimer = null;
  #loadingEarlier = false;
  #isNearTop = false;

  /** `me` is by what messages of mine are known in this conversation; no `title` where many talk, each under a name. */
  constructor({ live, id, me = live.me, title, counter, readSeq, delivered = 0, read = 0, limit, decorate, signal, ...acts }) {
    this.#live = live;
    this.#id = id;
    this.#me = me;
    this.#title = title;
    this.#known = counter;
    this.#readSeq = readSeq;
    this.#signal = signal;
    this.#acts = acts;
    this.log = new MessageLog({ me, title, delivered, read, decorate, signal });
    this.#connect();
    this.#write(limit);
    this.#navigate();
    this.#onScroll();
  }

  get isTyping() {
    return this.#typingLease !== null;
  }

  // What comes in

  #connect() {
    const { link } = this.#live;
    const signal = this.#signal;
    this.#live.isReading = (id) => id === this.#id && this.#isReading;
    link.watch((state) => state !== "ready" && (this.#wasAway = true), signal);
    link.on("ready", ({ conversations }) => {
      this.#took(conversations.find(({ id }) => id === this.#id));
      this.catchUp();
    }, signal);
    for (const event of ["message:new", "message:edited", "message:deleted"]) {
      link.on(event, ({ message }) => message.conversation_id === this.#id && this.pushed(message), signal);
    }
    link.on("receipt", ({ conversation_id, user_id, delivered_seq, read_seq }) => {
      if (conversation_id !== this.#id) return;
      if (user_id !== this.#live.me) this.log.receipt(delivered_seq, read_seq);
      else this.#readSeq = Math.max(this.#readSeq, read_seq);
    }, signal);
    link.on("typing", ({ conversation_id, user, on }) => {
      if (conversation_id === this.#id && user.id !== this.#me) this.showTyping(on);
    }, signal);
  }

  #took(conversation) {
    if (!conversation) return;
    const { peer, read_seq } = conversation;
    if (peer?.delivered_seq != null) this.log.receipt(peer.delivered_seq, peer.read_seq);
    this.#readSeq = Math.max(this.#readSeq, read_seq);
    this.#acts.took?.(conversation);
  }

  /** A message as it is now, by push or as the answer to what was asked here. */
  pushed(message) {
    const isNext = message.rev <= this.#known + 1;
    if (isNext) this.#known = Math.max(this.#known, message.rev);
    this.#take(message, true);
    if (!isNext) this.catchUp();
  }

  /** Asks for everything since what is known, until there is no more. One at a time. */
  async catchUp() {
    this.#syncAgain = true;
    if (this.#syncing) return;
    this.#syncing = true;
    let missed = 0;
    try {
      while (this.#syncAgain) {
        this.#syncAgain = false;
        missed += await this.#syncOnce();
      }
      if (this.#wasAway) this.#live.bar.welcomeBack(missed);
      this.#wasAway = false;
    } catch {
      // Lost again: the next `ready` starts over from what is known.
    } finally {
      this.#syncing = false;
    }
  }

  async #syncOnce() {
    const cursors = { ...this.#live.list.cursors, [this.#id]: this.#known };
    const { conversations, messages, more } = await this.#live.link.ask("sync", { cursors, limit: 200 });
    if (this.#signal?.aborted) return 0;
    let missed = 0;
    for (const conversation of conversations) this.#live.list.put(conversation);
    for (const message of messages.filter(({ conversation_id }) => conversation_id === this.#id)) {
      if (this.#take(message, false) && message.sender.id !== this.#me) missed++;
      this.#known = Math.max(this.#known, message.rev);
    }
    const mine = conversations.find(({ id }) => id === this.#id);
    this.#took(mine);
    if (more) this.#syncAgain = true;
    else if (mine) this.#known = Math.max(this.#known, mine.counter);
    return missed;
  }

  /** Shows a stored message. Says whether it was new to this page. */
  #take(message, announce) {
    // A change to something older than what is loaded shows when it is loaded.
    const isAbove = message.seq < this.log.firstSeq && !this.#earlier.closest("p").hidden;
    if (isAbove) return false;
    const { atBottom } = this.log;
    const reading = this.#isReading;
    const isNew = this.log.put(message) && message.seq > this.#readSeq;
    // What is stored cannot be cancelled any more.
    const pointedAt = this.#toolbar.parentElement;
    if (pointedAt) this.#offerActions(pointedAt);
    if (!isNew || message.sender.id === this.#me || message.deleted) return false;
    this.showTyping(false);
    if (!reading && this.#dividerIsOld) {
      this.log.divide(message.id);
      this.#dividerIsOld = false;
    }
    if (!atBottom) this.#arrivedBelow++;
    this.#showJump();
    if (announce && (atBottom || !document.hasFocus())) this.announcer.message(this.#title ?? message.sender.name, message.body);
    this.#readSoon();
    return true;
  }

  /** They write, or have stopped: a lease, which ends by itself. */
  showTyping(on) {
    clearTimeout(this.#typingLease);
    this.#typingLease = on ? setTimeout(() => this.showTyping(false), TYPING_MS) : null;
    this.#acts.typing();
  }

  // What goes out

  #write(limit) {
    const { outbox, link } = this.#live;
    const options = { signal: this.#signal };
    for (const entry of outbox.entries(this.#id)) this.log.putPending(entry);
    outbox.addEventListener("sent", ({ detail }) => detail.conversation_id === this.#id && this.#sent(detail), options);
    outbox.addEventListener("failed", ({ detail }) => detail.conversation_id === this.#id && this.log.putPending(detail), options);
    outbox.addEventListener("changed", () => {
      for (const entry of outbox.entries(this.#id)) this.log.putPending(entry);
      this.#dropCancelledSoon();
    }, options);
    if (!document.getElementById("composer")) return;
    // Whoever writes on has seen what went wrong.
    document.getElementById("main").addEventListener("input", () => this.complain(""), options);
    const { edit, save, warn } = this.#acts;
    this.composer = new Composer({
      draftKey: `chinwag.${this.#live.me}.draft.${this.#id}`,
      limit,
      signal: this.#signal,
      send: (body) => this.#send(body),
      typing: (on) => link.tell("typing", { conversation_id: this.#id, on }),
      editLast: edit && (() => edit(this.log.lastOwn())),
      save,
      warn,
    });
  }

  #send(body) {
    this.complain("");
    if (this.#acts.take?.(body)) return;
    this.log.divide();
    this.#dividerIsOld = true;
    this.log.putPending(this.#live.outbox.add(this.#id, body));
    this.log.toBottom();
  }

  /** What another tab took from the queue was sent, and arrives here as well, or was cancelled. */
  #dropCancelledSoon() {
    clearTimeout(this.#cancelTimer);
    this.#cancelTimer = setTimeout(() => {
      if (this.#signal?.aborted) return;
      const waiting = new Set(this.#live.outbox.entries(this.#id).map((entry) => entry.client_id));
      for (const clientId of this.log.pending) {
        if (!waiting.has(clientId)) this.log.removePending(clientId);
      }
    }, CANCELLED_AFTER_MS);
  }

  /** The answer to a send may come before or after its push; both are the same message. */
  #sent(message) {
    this.pushed(message);
    this.#live.list.message(message, true);
  }

  /** Says what went wrong, or takes it back. Not in the composer: that is not always there, and has its own to say. */
  complain(text) {
    const place = document.getElementById("complaint");
    place.textContent = text;
    place.hidden = !text;
  }

  // What is read

  get #isReading() {
    return document.visibilityState === "visible" && this.log.atBottom;
  }

  #readSoon() {
    if (!this.#isReading || this.log.lastSeq <= this.#readSeq) return;
    this.#readTimer ??= setTimeout(() => this.#read(), READ_AFTER_MS);
  }

  async #read() {
    this.#readTimer = null;
    const seq = this.log.lastSeq;
    if (this.#signal?.aborted || !this.#isReading || seq <= this.#readSeq) return;
    try {
      const { read_seq } = await this.#live.link.ask("read", { conversation_id: this.#id, seq });
      this.#readSeq = Math.max(this.#readSeq, read_seq);
      this.#live.read(this.#id, this.#readSeq);
      this.#readSoon();
    } catch {
      // Offline: said again after the next `ready`.
    }
  }

  #onScroll() {
    if (this.log.atBottom) this.#arrivedBelow = 0;
    this.#showJump();
    this.#readSoon();
  }

  #showJump() {
    if (!this.#jump) return;
    this.#jump.hidden = this.log.atBottom || (!this.#arrivedBelow && this.log.windowsFromEnd < 1);
    document.getElementById("jump-count").textContent = this.#arrivedBelow ? `${this.#arrivedBelow} new` : "Newest";
  }

  /** The top is in sight, or comes into it: what is above it should be there before the reader is. */
  #nearTop(isNear) {
    this.#isNearTop = isNear;
    if (isNear && this.#live.link.ready) this.#loadEarlier();
  }

  async #loadEarlier() {
    if (this.#loadingEarlier || this.#signal?.aborted || this.#earlier.closest("p").hidden) return;
    this.#loadingEarlier = true;
    try {
      const before = this.log.firstSeq;
      const { messages, more } = await this.#live.link.ask("history", { conversation_id: this.#id, before, limit: PAGE });
      if (this.#signal?.aborted) return;
      this.complain("");
      this.log.prepend(messages, more);
    } catch (refusal) {
      this.complain(`Earlier messages could not be loaded. ${refusal.message}`);
      return;
    } finally {
      this.#loadingEarlier = false;
    }
    // One portion may not fill the window; by the next frame it is known where the top is.
    requestAnimationFrame(() => setTimeout(() => this.#nearTop(this.#isNearTop), 50));
  }

  // What is seen and pressed

  #navigate() {
    const history = document.getElementById("history");
    const options = { signal: this.#signal };
    this.log.onScroll = () => this.#onScroll();
    this.#live.link.watch((state) => {
      if (state !== "ready") return;
      this.#readSoon();
      this.#nearTop(this.#isNearTop);
    }, this.#signal);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#dividerIsOld = true;
      else this.#readSoon();
    }, options);
    this.#earlier.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadEarlier();
    }, options);
    const top = new IntersectionObserver(([entry]) => this.#nearTop(entry.isIntersecting), {
      root: history,
      rootMargin: "400px 0px 0px",
    });
    top.observe(this.#earlier);
    this.#signal?.addEventListener("abort", () => top.disconnect());
    this.#jump?.addEventListener("click", () => {
      this.log.toBottom();
      this.composer?.focus();
    }, options);
    history.addEventListener("keydown", (event) => this.#pressedInLog(event), options);
    history.addEventListener("click", (event) => this.#clicked(event), options);
    for (const event of ["focusin", "pointerover"]) history.addEventListener(event, ({ target }) => this.#offerActions(target), options);
    history.addEventListener("pointerleave", () => this.#toolbar.contains(document.activeElement) || this.#toolbar.remove(), options);
    document.addEventListener("keydown", (event) => {
      const free = event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]");
      if (free) this.composer?.focus();
    }, options);
  }

  #pressedInLog(event) {
    if (!event.target.matches(".message") || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowUp: -1, ArrowDown: 1, Home: "first", End: "last" }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.log.focus(to);
  }

  /** The toolbar goes to the message that is pointed at or focused, with what can be done to it. */
  #offerActions(target) {
    if (target.closest(".toolbar")) return;
    const item = this.log.itemOf(target);
    if (!item) return;
    if (target.matches(".message")) this.log.makeStop(item);
    const isStored = item.id && !item.deleted;
    const isMine = item.senderId === this.#me;
    const canCancel = item.state === "pending" && !item.id;
    if (!isStored && !canCancel) return this.#toolbar.remove();
    this.#button("copy").hidden = canCancel;
    this.#button("edit").hidden = !this.#acts.edit || !isStored || !isMine || !this.composer;
    this.#button("delete").hidden = !canCancel && (!this.#acts.remove || !isMine);
    this.#button("report").hidden = !this.#acts.report || isMine;
    this.#button("delete").ariaLabel = this.#button("delete").title = canCancel ? "Cancel sending" : "Delete";
    item.element.querySelector(".message__bubble").append(this.#toolbar);
  }

  #button(act) {
    return this.#toolbar.querySelector(`[data-act=${act}]`);
  }

  #clicked(event) {
    const button = event.target.closest("[data-act]");
    const item = button && this.log.itemOf(button);
    if (!item) return;
    const { act } = button.dataset;
    if (act === "copy") this.#copy(button, item);
    else if (act === "edit") this.#acts.edit(item);
    else if (act === "report") this.#acts.report(item);
    else if (act === "retry") this.#retry(item);
    else if (act === "delete" && item.id) this.#acts.remove(item);
    else if (!this.#live.outbox.isInFlight(item.clientId)) this.#discard(item);
  }

  async #copy(button, item) {
    this.announcer.say(await copyFrom(button, item.body));
  }

  #retry(item) {
    const entry = this.#live.outbox.retry(item.clientId);
    this.log.removePending(item.clientId);
    if (entry) this.log.putPending(entry);
    this.composer?.focus();
  }

  #discard(item) {
    this.#live.outbox.remove(item.clientId);
    this.log.removePending(item.clientId);
    this.composer?.focus();
  }
}

/** Says "typing" in the line under a name, with dots where things may move. */
export function writeTyping(line, words = "typing") {
  const dots = document.createElement("span");
  dots.className = "typing";
  dots.ariaHidden = "true";
  dots.append(...[0, 1, 2].map(() => document.createElement("i")));
  line.replaceChildren(words, dots);
}
