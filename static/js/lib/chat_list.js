// The list of chats, kept true: last line, time, unread count, presence, order.

import { hueOf, initialOf } from "./ids.js";
import { localise, setTime, shortLabel } from "./times.js";

const TYPING_MS = 6_000;

export class ChatList {
  #list = document.getElementById("chat-list");
  #template = document.getElementById("row-template");
  #rows = new Map();
  me = Number(this.#list.dataset.me);

  constructor() {
    localise(this.#list);
    for (const element of this.#list.children) this.#adopt(element);
  }

  get unread() {
    return this.rows.reduce((sum, row) => sum + row.unread, 0);
  }

  /** Whether something unread names me. */
  get isMentioned() {
    return this.rows.some((row) => row.isMentioned);
  }

  get rows() {
    return [...this.#rows.values()];
  }

  /** Known counters, as `sync` wants them. */
  get cursors() {
    return Object.fromEntries(this.rows.map((row) => [row.id, row.counter]));
  }

  find(conversationId) {
    return this.#rows.get(conversationId);
  }

  /** Takes a conversation as the server sees it. */
  put(conversation) {
    if (conversation.kind === "match") return;
    const row = this.#rows.get(conversation.id) ?? this.#create(conversation);
    if (conversation.counter < row.counter) return;
    row.title = conversation.title;
    row.counter = conversation.counter;
    row.unread = conversation.unread;
    row.isMentioned = conversation.mentioned;
    row.readSeq = conversation.read_seq;
    row.lastSeq = conversation.last_seq;
    row.deliveredSeq = Math.max(row.deliveredSeq, conversation.delivered_seq);
    if (conversation.peer) {
      row.userId = conversation.peer.id;
      row.online = conversation.peer.online;
    }
    if (conversation.last_message) this.#takeLast(row, conversation.last_message);
    this.#show(row);
  }

  /** It is mine no more. */
  remove(conversationId) {
    this.#rows.get(conversationId)?.element.remove();
    this.#rows.delete(conversationId);
    const empty = document.getElementById("no-chats");
    if (empty) empty.hidden = this.#rows.size > 0;
  }

  /** That room is called something else now. */
  rename(conversationId, name) {
    const row = this.#rows.get(conversationId);
    if (!row) return;
    row.title = name;
    this.#show(row);
  }

  /** Something in that room names me. */
  mention(conversationId) {
    const row = this.#rows.get(conversationId);
    if (!row?.unread) return;
    row.isMentioned = true;
    this.#show(row);
  }

  /** A message came, changed or went; `reading` when it is being read as it arrives. */
  message(message, reading) {
    const row = this.#rows.get(message.conversation_id);
    if (!row) return;
    const isNew = message.seq > row.lastSeq;
    const isMine = message.sender.id === this.me;
    // Once only: what the row knows already may come again.
    const wasUnread = message.rev > row.counter && !isMine && message.seq > row.readSeq;
    row.counter = Math.max(row.counter, message.rev);
    if (isNew) {
      row.lastSeq = message.seq;
      row.typing = false;
      if (isMine || reading) this.#readAll(row);
      else row.unread += 1;
    } else if (message.deleted && wasUnread) {
      row.unread = Math.max(0, row.unread - 1);
    }
    if (message.seq === row.lastSeq) this.#takeLast(row, message);
    this.#show(row);
  }

  /** Another of my devices, or this one, read up to there. */
  read(conversationId, seq) {
    const row = this.#rows.get(conversationId);
    if (!row) return;
    row.readSeq = Math.max(row.readSeq, seq);
    row.unread = Math.max(0, Math.min(row.unread, row.lastSeq - seq));
    this.#show(row);
  }

  presence(userId, online) {
    for (const row of this.rows) {
      if (row.userId !== userId) continue;
      row.online = online;
      this.#show(row);
    }
    // People without a chat yet have a dot too.
    document.querySelector(`#people [data-user-id="${userId}"] .avatar`)?.classList.toggle("avatar--online", online);
  }

  typing(conversationId, on) {
    const row = this.#rows.get(conversationId);
    if (!row) return;
    clearTimeout(row.lease);
    row.typing = on;
    if (on) row.lease = setTimeout(() => this.typing(conversationId, false), TYPING_MS);
    this.#show(row);
  }

  /** The next chat in that direction, from the open one; only unread ones if asked. */
  neighbour(conversationId, step, unreadOnly) {
    const shown = [...this.#list.children].map((element) => this.#rows.get(Number(element.dataset.conversationId)));
    let index = shown.findIndex((row) => row.id === conversationId);
    if (index < 0) index = step > 0 ? -1 : shown.length;
    do index += step; while (shown[index] && unreadOnly && !shown[index].unread);
    return shown[index];
  }

  #adopt(element) {
    const { conversationId, userId, counter, unread, at, lastSeq, deliveredSeq } = element.dataset;
    const path = element.firstElementChild.getAttribute("href");
    this.#rows.set(Number(conversationId), {
      element,
      id: Number(conversationId),
      userId: Number(userId),
      path,
      isRoom: path.startsWith("/rooms"),
      title: element.querySelector("bdi").textContent,
      counter: Number(counter),
      unread: Number(unread),
      // Known with `ready`, which comes before any change.
      readSeq: 0,
      lastSeq: Number(lastSeq),
      deliveredSeq: Number(deliveredSeq),
      online: element.querySelector(".avatar").matches(".avatar--online"),
      last: element.querySelector(".row__last").textContent,
      at,
      typing: false,
    });
  }

  #create({ id, kind, peer }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.dataset.conversationId = id;
    element.firstElementChild.href = kind === "room" ? "/rooms/" : `/chats/${id}`;
    this.#list.append(element);
    this.#adopt(element);
    // Whoever has a chat now is no longer among those without.
    document.querySelector(`#people [data-user-id="${peer?.id}"]`)?.remove();
    const people = document.getElementById("people");
    if (people && !people.querySelector(".row")) people.hidden = true;
    const empty = document.getElementById("no-chats");
    if (empty) empty.hidden = true;
    return this.#rows.get(id);
  }

  #readAll(row) {
    row.unread = 0;
    row.readSeq = row.lastSeq;
  }

  #takeLast(row, message) {
    const text = message.deleted ? "Message deleted" : message.body.replace(/\s+/g, " ").slice(0, 200);
    const { id, name } = message.sender;
    row.last = (id === this.me ? "You: " : row.isRoom ? `${name}: ` : "") + text;
    row.at = message.sent_at;
  }

  #show(row) {
    const { element } = row;
    const find = (name) => element.querySelector(`.row__${name}`);
    element.classList.toggle("row--unread", row.unread > 0);
    const avatar = element.querySelector(".avatar");
    avatar.classList.toggle("avatar--online", Boolean(row.online));
    avatar.dataset.hue = hueOf(row.userId || row.id);
    avatar.textContent = row.isRoom ? "#" : initialOf(row.title);
    element.querySelector("bdi").textContent = row.title;
    if (row.isRoom) row.path = element.firstElementChild.href = `/rooms/${row.title}`;
    find("online").textContent = row.isRoom ? ", room" : row.online ? ", online" : "";
    setTime(find("time"), row.at, shortLabel);
    find("last").textContent = row.typing ? "typing…" : row.last;
    find("last").classList.toggle("row__last--typing", row.typing);
    row.isMentioned &&= row.unread > 0;
    find("count").textContent = (row.isMentioned ? "@ " : "") + (row.unread > 999 ? "999+" : row.unread);
    find("badge").hidden = row.unread === 0;
    this.#sort(row);
  }

  /** Latest first; moved only when it must, so that focus stays where it is. */
  #sort(row) {
    let before = this.#list.firstElementChild;
    while (before && before !== row.element && this.#at(before) >= (row.at ?? "")) before = before.nextElementSibling;
    if (before === row.element) return;
    const focused = row.element.contains(document.activeElement) ? document.activeElement : null;
    this.#list.insertBefore(row.element, before);
    focused?.focus();
  }

  #at(element) {
    return this.#rows.get(Number(element.dataset.conversationId))?.at ?? "";
  }
}
