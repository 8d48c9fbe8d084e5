// What the home page and an open chat have in common: one socket, the list, the bar, the title.

import { ChatList } from "./chat_list.js";
import { ConnectionBar } from "./connection_bar.js";
import { closeMenus } from "./controls.js";
import { Keys } from "./keys.js";
import { Link } from "./link.js";
import { notify } from "./notifications.js";
import { Outbox } from "./outbox.js";

const DELIVERED_AFTER_MS = 400;

export class Live {
  link = new Link();
  list = new ChatList();
  me = this.list.me;
  outbox = new Outbox(this.me, this.link);
  bar = new ConnectionBar(this.link, () => this.outbox.waiting);
  /** Whether a message of that conversation is read as it arrives; the open chat knows. */
  isReading = () => false;
  #title = document.title;
  #delivered = new Map();
  /** Talks with strangers: they have a page of their own. */
  #apart = new Set();
  #epoch = null;

  constructor(openConversation = null) {
    const { link, list } = this;
    closeMenus();
    new Keys(list, openConversation);
    this.#showTitle();
    link.on("ready", ({ epoch, conversations }) => this.#ready(epoch, conversations));
    link.on("message:new", ({ message }) => this.#arrived(message));
    for (const event of ["message:edited", "message:deleted"]) {
      link.on(event, ({ message }) => this.#changed(message));
    }
    link.on("match:found", ({ conversation_id }) => this.#apart.add(conversation_id));
    for (const event of ["conversation:new", "match:kept"]) link.on(event, ({ conversation }) => this.#put(conversation));
    link.on("conversation:removed", ({ conversation_id }) => {
      list.remove(conversation_id);
      this.#showTitle();
    });
    link.on("room:changed", ({ conversation_id, name }) => list.rename(conversation_id, name));
    link.on("mention", ({ message }) => this.#mentioned(message));
    link.on("presence", ({ user_id, online }) => list.presence(user_id, online));
    link.on("typing", ({ conversation_id, on }) => list.typing(conversation_id, on));
    link.on("receipt", ({ conversation_id, user_id, read_seq }) => {
      if (user_id === this.me) this.read(conversation_id, read_seq);
    });
    this.outbox.addEventListener("changed", () => this.bar.refresh());
  }

  /** This person read up to there, here or elsewhere. */
  read(conversationId, seq) {
    this.list.read(conversationId, seq);
    this.#showTitle();
  }

  #ready(epoch, conversations) {
    // Another epoch is another database, restored: nothing on this page is to be trusted.
    if (this.#epoch && epoch !== this.#epoch) return location.reload();
    this.#epoch = epoch;
    const mine = new Set(conversations.map(({ id }) => id));
    for (const { id, isRoom } of this.list.rows) if (isRoom && !mine.has(id)) this.list.remove(id);
    for (const conversation of conversations) this.#take(conversation);
    this.#showTitle();
  }

  #put(conversation) {
    const { id, kind } = conversation;
    if (kind === "match") this.#apart.add(id);
    else this.#apart.delete(id);
    this.list.put(conversation);
  }

  #take(conversation) {
    this.#put(conversation);
    // Who has received what is told in direct talks only.
    if (conversation.kind !== "direct") return;
    if (conversation.last_seq > conversation.delivered_seq && conversation.unread) {
      this.#deliver(conversation.id, conversation.last_seq);
    }
  }

  async #arrived(message) {
    const { conversation_id: id, sender, body } = message;
    if (!this.list.find(id) && !this.#apart.has(id)) {
      const { conversations } = await this.link.ask("conversation:list", {}).catch(() => ({ conversations: [] }));
      for (const conversation of conversations) this.#take(conversation);
    }
    if (this.#apart.has(id)) return;
    this.list.message(message, this.isReading(id));
    this.#showTitle();
    const row = this.list.find(id);
    // A room is too busy to be told of every message: what names one is told.
    if (!row || row.isRoom || sender.id === this.me) return;
    this.#deliver(id, message.seq);
    notify(row.title, body, row.path);
  }

  #mentioned({ conversation_id: id, sender, body }) {
    const row = this.list.find(id);
    if (!row) return;
    this.list.mention(id);
    this.#showTitle();
    notify(`${sender.name} in ${row.title}`, body, row.path);
  }

  /** Edited or deleted: one unread less, perhaps. */
  #changed(message) {
    this.list.message(message, false);
    this.#showTitle();
  }

  /** Tells the sender, a moment later, once for all that came meanwhile. */
  #deliver(conversationId, seq) {
    if (!this.#delivered.size) setTimeout(() => this.#flushDelivered(), DELIVERED_AFTER_MS);
    this.#delivered.set(conversationId, Math.max(seq, this.#delivered.get(conversationId) ?? 0));
  }

  #flushDelivered() {
    for (const [conversation_id, seq] of this.#delivered) {
      // If it is lost, the next `ready` brings it up again.
      this.link.ask("delivered", { conversation_id, seq }).catch(() => {});
    }
    this.#delivered.clear();
  }

  #showTitle() {
    const { unread, isMentioned } = this.list;
    const mark = isMentioned ? "@ " : "";
    document.title = unread ? `(${mark}${unread > 999 ? "999+" : unread}) ${this.#title}` : this.#title;
  }
}
