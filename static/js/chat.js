// An open conversation, live: what is written here arrives, and what arrives is shown.
//
// Pushes are a convenience. What is true comes from `sync`: each change of the conversation moves its
// counter by one, this page knows how far it has seen, and a gap or a reconnect makes it ask.

import { Announcer } from "./lib/announcer.js";
import { Composer, followKeyboard } from "./lib/composer.js";
import { copyFrom } from "./lib/forms.js";
import { Live } from "./lib/live.js";
import { MessageLog } from "./lib/message_log.js";
import { localise, longLabel } from "./lib/times.js";

const PAGE = 50;
const READ_AFTER_MS = 250;
const TYPING_MS = 6_000;
const CANCELLED_AFTER_MS = 2_000;

class ChatPage {
  #page = document.getElementById("main");
  #id = Number(this.#page.dataset.conversationId);
  #peerId = Number(this.#page.dataset.peerId);
  #title = this.#page.dataset.title;
  #known = Number(this.#page.dataset.counter);
  #readSeq = Number(this.#page.dataset.readSeq);
  #live = new Live(this.#id);
  #log = new MessageLog({
    me: this.#live.me,
    title: this.#title,
    delivered: Number(this.#page.dataset.peerDeliveredSeq),
    read: Number(this.#page.dataset.peerReadSeq),
  });
  #announcer = new Announcer();
  #composer = null;
  #toolbar = document.getElementById("toolbar-template").content.firstElementChild.cloneNode(true);
  #earlier = document.getElementById("earlier");
  #jump = document.getElementById("jump");
  #state = document.getElementById("state");
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

  constructor() {
    localise();
    followKeyboard();
    this.#connect();
    this.#write();
    this.#navigate();
    this.#showLastSeen();
    this.#onScroll();
  }

  // What comes in

  #connect() {
    const { link } = this.#live;
    this.#live.isReading = (id) => id === this.#id && this.#isReading;
    link.watch((state) => state !== "ready" && (this.#wasAway = true));
    link.on("ready", ({ conversations }) => this.#ready(conversations));
    for (const event of ["message:new", "message:edited", "message:deleted"]) {
      link.on(event, ({ message }) => message.conversation_id === this.#id && this.#pushed(message));
    }
    link.on("receipt", ({ conversation_id, user_id, delivered_seq, read_seq }) => {
      if (conversation_id !== this.#id) return;
      if (user_id === this.#peerId) this.#log.receipt(delivered_seq, read_seq);
      else this.#readSeq = Math.max(this.#readSeq, read_seq);
    });
    link.on("typing", ({ conversation_id, user, on }) => {
      if (conversation_id === this.#id && user.id === this.#peerId) this.#showTyping(on);
    });
    link.on("presence", ({ user_id, online, last_seen }) => {
      if (user_id === this.#peerId) this.#showPresence(online, last_seen);
    });
  }

  #ready(conversations) {
    this.#takeConversation(conversations.find(({ id }) => id === this.#id));
    this.#catchUp();
  }

  #takeConversation(conversation) {
    if (!conversation?.peer) return;
    const { online, last_seen, delivered_seq, read_seq } = conversation.peer;
    this.#showPresence(online, last_seen);
    if (delivered_seq != null) this.#log.receipt(delivered_seq, read_seq);
    this.#readSeq = Math.max(this.#readSeq, conversation.read_seq);
  }

  #pushed(message) {
    const isNext = message.rev <= this.#known + 1;
    if (isNext) this.#known = Math.max(this.#known, message.rev);
    this.#take(message, true);
    if (!isNext) this.#catchUp();
  }

  /** Asks for everything since what is known, until there is no more. One at a time. */
  async #catchUp() {
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
    let missed = 0;
    for (const conversation of conversations) this.#live.list.put(conversation);
    for (const message of messages.filter(({ conversation_id }) => conversation_id === this.#id)) {
      if (this.#take(message, false) && message.sender.id !== this.#live.me) missed++;
      this.#known = Math.max(this.#known, message.rev);
    }
    const mine = conversations.find(({ id }) => id === this.#id);
    this.#takeConversation(mine);
    if (more) this.#syncAgain = true;
    else if (mine) this.#known = Math.max(this.#known, mine.counter);
    return missed;
  }

  /** Shows a stored message. Says whether it was new to this page. */
  #take(message, announce) {
    // A change to something older than what is loaded shows when it is loaded.
    const isAbove = message.seq < this.#log.firstSeq && !this.#earlier.closest("p").hidden;
    if (isAbove) return false;
    const { atBottom } = this.#log;
    const reading = this.#isReading;
    const isNew = this.#log.put(message) && message.seq > this.#readSeq;
    if (!isNew || message.sender.id === this.#live.me || message.deleted) return false;
    this.#showTyping(false);
    if (!reading && this.#dividerIsOld) {
      this.#log.divide(message.id);
      this.#dividerIsOld = false;
    }
    if (!atBottom) this.#arrivedBelow++;
    this.#showJump();
    if (announce && (atBottom || !document.hasFocus())) this.#announcer.message(this.#title, message.body);
    this.#readSoon();
    return true;
  }

  // What goes out

  #write() {
    const { outbox, link } = this.#live;
    for (const entry of outbox.entries(this.#id)) this.#log.putPending(entry);
    outbox.addEventListener("sent", ({ detail }) => detail.conversation_id === this.#id && this.#sent(detail));
    outbox.addEventListener("failed", ({ detail }) => detail.conversation_id === this.#id && this.#log.putPending(detail));
    outbox.addEventListener("changed", () => {
      for (const entry of outbox.entries(this.#id)) this.#log.putPending(entry);
      this.#dropCancelledSoon();
    });
    if (!document.getElementById("composer")) return;
    // Whoever writes on has seen what went wrong.
    this.#page.addEventListener("input", () => this.#complain(""));
    this.#composer = new Composer({
      draftKey: `chinwag.${this.#live.me}.draft.${this.#id}`,
      limit: Number(this.#page.dataset.limit),
      send: (body) => this.#send(body),
      save: (item, body) => this.#change(item, "message:edit", { message_id: item.id, body }),
      editLast: () => this.#edit(this.#log.lastOwn()),
      typing: (on) => link.tell("typing", { conversation_id: this.#id, on }),
    });
    if (matchMedia("(min-width: 900px)").matches) this.#composer.focus();
  }

  #send(body) {
    this.#complain("");
    this.#log.divide();
    this.#dividerIsOld = true;
    this.#log.putPending(this.#live.outbox.add(this.#id, body));
    this.#log.toBottom();
  }

  /** What another tab took from the queue was sent, and arrives here as well, or was cancelled. */
  #dropCancelledSoon() {
    clearTimeout(this.#cancelTimer);
    this.#cancelTimer = setTimeout(() => {
      const waiting = new Set(this.#live.outbox.entries(this.#id).map((entry) => entry.client_id));
      for (const clientId of this.#log.pending) {
        if (!waiting.has(clientId)) this.#log.removePending(clientId);
      }
    }, CANCELLED_AFTER_MS);
  }

  /** The answer to a send may come before or after its push; both are the same message. */
  #sent(message) {
    this.#pushed(message);
    this.#live.list.message(message, true);
  }

  async #change(item, event, payload) {
    this.#complain("");
    try {
      const { message } = await this.#live.link.ask(event, payload);
      this.#pushed(message);
    } catch (refusal) {
      const what = event === "message:edit" ? "The change was not saved" : "The message was not deleted";
      // First back to the text, then why: a screen reader tells what is said last.
      if (event === "message:edit") this.#composer.edit({ ...item, body: payload.body });
      this.#complain(`${what}. ${refusal.message}`);
    }
  }

  #edit(item) {
    if (item?.id && !item.deleted) this.#composer?.edit(item);
  }

  async #delete(item) {
    if (!confirm("Delete this message for both of you?")) return;
    const next = this.#log.neighbourOf(item);
    await this.#change(item, "message:delete", { message_id: item.id });
    this.#log.focus(next ?? item);
  }

  /** Says what went wrong, or takes it back. Not in the composer: that is not always there, and has its own to say. */
  #complain(text) {
    const place = document.getElementById("complaint");
    place.textContent = text;
    place.hidden = !text;
  }

  // What is read

  get #isReading() {
    return document.visibilityState === "visible" && this.#log.atBottom;
  }

  #readSoon() {
    if (!this.#isReading || this.#log.lastSeq <= this.#readSeq) return;
    this.#readTimer ??= setTimeout(() => this.#read(), READ_AFTER_MS);
  }

  async #read() {
    this.#readTimer = null;
    const seq = this.#log.lastSeq;
    if (!this.#isReading || seq <= this.#readSeq) return;
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
    if (this.#log.atBottom) this.#arrivedBelow = 0;
    this.#showJump();
    this.#readSoon();
  }

  #showJump() {
    if (!this.#jump) return;
    this.#jump.hidden = this.#log.atBottom || (!this.#arrivedBelow && this.#log.windowsFromEnd < 1);
    document.getElementById("jump-count").textContent = this.#arrivedBelow ? `${this.#arrivedBelow} new` : "Newest";
  }

  /** The top is in sight, or comes into it: what is above it should be there before the reader is. */
  #nearTop(isNear) {
    this.#isNearTop = isNear;
    if (isNear && this.#live.link.ready) this.#loadEarlier();
  }

  async #loadEarlier() {
    if (this.#loadingEarlier || this.#earlier.closest("p").hidden) return;
    this.#loadingEarlier = true;
    try {
      const before = this.#log.firstSeq;
      const { messages, more } = await this.#live.link.ask("history", { conversation_id: this.#id, before, limit: PAGE });
      this.#complain("");
      this.#log.prepend(messages, more);
    } catch (refusal) {
      this.#complain(`Earlier messages could not be loaded. ${refusal.message}`);
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
    this.#log.onScroll = () => this.#onScroll();
    this.#live.link.watch((state) => {
      if (state !== "ready") return;
      this.#readSoon();
      this.#nearTop(this.#isNearTop);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#dividerIsOld = true;
      else this.#readSoon();
    });
    this.#earlier.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadEarlier();
    });
    new IntersectionObserver(([entry]) => this.#nearTop(entry.isIntersecting), {
      root: history,
      rootMargin: "400px 0px 0px",
    }).observe(this.#earlier);
    this.#jump?.addEventListener("click", () => {
      this.#log.toBottom();
      this.#composer?.focus();
    });
    history.addEventListener("keydown", (event) => this.#pressedInLog(event));
    history.addEventListener("click", (event) => this.#clicked(event));
    for (const event of ["focusin", "pointerover"]) history.addEventListener(event, ({ target }) => this.#offerActions(target));
    history.addEventListener("pointerleave", () => this.#toolbar.contains(document.activeElement) || this.#toolbar.remove());
    document.addEventListener("keydown", (event) => {
      const free = event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]");
      if (free) this.#composer?.focus();
    });
  }

  #pressedInLog(event) {
    if (!event.target.matches(".message") || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowUp: -1, ArrowDown: 1, Home: "first", End: "last" }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#log.focus(to);
  }

  /** The toolbar goes to the message that is pointed at or focused, with what can be done to it. */
  #offerActions(target) {
    if (target.closest(".toolbar")) return;
    const item = this.#log.itemOf(target);
    if (!item) return;
    if (target.matches(".message")) this.#log.makeStop(item);
    const isStored = item.id && !item.deleted;
    const isMine = item.senderId === this.#live.me;
    const canCancel = item.state === "pending" && !item.id;
    if (!isStored && !canCancel) return this.#toolbar.remove();
    this.#button("copy").hidden = canCancel;
    this.#button("edit").hidden = !isStored || !isMine || !this.#composer;
    this.#button("delete").hidden = !isMine;
    this.#button("delete").ariaLabel = this.#button("delete").title = canCancel ? "Cancel sending" : "Delete";
    item.element.querySelector(".message__bubble").append(this.#toolbar);
  }

  #button(act) {
    return this.#toolbar.querySelector(`[data-act=${act}]`);
  }

  #clicked(event) {
    const button = event.target.closest("[data-act]");
    const item = button && this.#log.itemOf(button);
    if (!item) return;
    const { outbox } = this.#live;
    if (button.dataset.act === "copy") this.#copy(button, item);
    else if (button.dataset.act === "edit") this.#edit(item);
    else if (button.dataset.act === "retry") this.#retry(item);
    else if (button.dataset.act === "delete" && item.id) this.#delete(item);
    else if (!outbox.isInFlight(item.clientId)) this.#discard(item);
  }

  async #copy(button, item) {
    this.#announcer.say(await copyFrom(button, item.body));
  }

  #retry(item) {
    const entry = this.#live.outbox.retry(item.clientId);
    this.#log.removePending(item.clientId);
    if (entry) this.#log.putPending(entry);
    this.#composer?.focus();
  }

  #discard(item) {
    this.#live.outbox.remove(item.clientId);
    this.#log.removePending(item.clientId);
    this.#composer?.focus();
  }

  // Who is there

  #showPresence(online, lastSeen) {
    document.getElementById("peer-avatar").classList.toggle("avatar--online", Boolean(online));
    this.#state.dataset.online = online ? "yes" : "";
    if (lastSeen) this.#state.dataset.lastSeen = lastSeen;
    if (!online) this.#showTyping(false);
    else this.#showState();
  }

  #showLastSeen() {
    this.#state.dataset.online = this.#state.textContent === "online" ? "yes" : "";
    this.#showState();
  }

  #showTyping(on) {
    clearTimeout(this.#typingLease);
    this.#typingLease = on ? setTimeout(() => this.#showTyping(false), TYPING_MS) : null;
    this.#showState();
  }

  #showState() {
    const { online, lastSeen } = this.#state.dataset;
    const isTyping = this.#typingLease !== null;
    this.#state.classList.toggle("conversation__state--typing", isTyping);
    if (!isTyping) {
      this.#state.textContent = online ? "online" : lastSeen ? `last seen ${longLabel(new Date(lastSeen))}` : "";
      return;
    }
    const dots = document.createElement("span");
    dots.className = "typing";
    dots.ariaHidden = "true";
    dots.append(...[0, 1, 2].map(() => document.createElement("i")));
    this.#state.replaceChildren("typing", dots);
  }
}

// An older page of history, opened without script and found again with it, has a gap below.
if (document.getElementById("main").dataset.newest === "true") new ChatPage();
else location.replace(location.pathname);
