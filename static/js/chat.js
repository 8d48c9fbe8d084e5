// An open conversation with somebody one knows: the talk, changing what one said, and whether they are here.

import { followKeyboard } from "./lib/composer.js";
import { Live } from "./lib/live.js";
import { Talk, writeTyping } from "./lib/talk.js";
import { localise, longLabel } from "./lib/times.js";

class ChatPage {
  #page = document.getElementById("main");
  #peerId = Number(this.#page.dataset.peerId);
  #state = document.getElementById("state");
  #live;
  #talk;

  constructor() {
    const { conversationId, title, counter, readSeq, peerDeliveredSeq, peerReadSeq, limit } = this.#page.dataset;
    const id = Number(conversationId);
    localise();
    followKeyboard();
    this.#live = new Live(id);
    this.#talk = new Talk({
      live: this.#live,
      id,
      title,
      counter: Number(counter),
      readSeq: Number(readSeq),
      delivered: Number(peerDeliveredSeq),
      read: Number(peerReadSeq),
      limit: Number(limit),
      took: ({ peer }) => peer && this.#showPresence(peer.online, peer.last_seen),
      typing: () => this.#showState(),
      edit: (item) => this.#edit(item),
      save: (item, body) => this.#change(item, "message:edit", { message_id: item.id, body }),
      remove: (item) => this.#delete(item),
      report: (item) => this.#report(item),
    });
    this.#live.link.on("presence", ({ user_id, online, last_seen }) => {
      if (user_id === this.#peerId) this.#showPresence(online, last_seen);
    });
    this.#state.dataset.online = this.#state.textContent === "online" ? "yes" : "";
    this.#showState();
    if (matchMedia("(min-width: 900px)").matches) this.#talk.composer?.focus();
  }

  // What is said differently afterwards

  async #change(item, event, payload) {
    const talk = this.#talk;
    talk.complain("");
    try {
      const { message } = await this.#live.link.ask(event, payload);
      talk.pushed(message);
    } catch (refusal) {
      const what = event === "message:edit" ? "The change was not saved" : "The message was not deleted";
      // First back to the text, then why: a screen reader tells what is said last.
      if (event === "message:edit") talk.composer.edit({ ...item, body: payload.body });
      talk.complain(`${what}. ${refusal.message}`);
    }
  }

  #edit(item) {
    if (item?.id && !item.deleted) this.#talk.composer?.edit(item);
  }

  async #delete(item) {
    if (!confirm("Delete this message for both of you?")) return;
    const { log } = this.#talk;
    const next = log.neighbourOf(item);
    await this.#change(item, "message:delete", { message_id: item.id });
    log.focus(next ?? item);
  }

  async #report({ id }) {
    const { askToReport } = await import("./lib/report.js");
    const { conversationId, title } = this.#page.dataset;
    askToReport({
      who: title,
      send: (why) => this.#live.link.ask("report", { conversation_id: Number(conversationId), message_id: id, ...why }),
      done: () => this.#talk.announcer.say("Reported. Thank you."),
    });
  }

  // Who is there

  #showPresence(online, lastSeen) {
    document.getElementById("peer-avatar").classList.toggle("avatar--online", Boolean(online));
    this.#state.dataset.online = online ? "yes" : "";
    if (lastSeen) this.#state.dataset.lastSeen = lastSeen;
    if (!online) this.#talk.showTyping(false);
    else this.#showState();
  }

  #showState() {
    const { online, lastSeen } = this.#state.dataset;
    const isTyping = Boolean(this.#talk?.isTyping);
    this.#state.classList.toggle("conversation__state--typing", isTyping);
    if (isTyping) writeTyping(this.#state);
    else this.#state.textContent = online ? "online" : lastSeen ? `last seen ${longLabel(new Date(lastSeen))}` : "";
  }
}

// An older page of history, opened without script and found again with it, has a gap below.
if (document.getElementById("main").dataset.newest === "true") new ChatPage();
else location.replace(location.pathname);
