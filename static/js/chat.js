// An open conversation, with somebody one knows or in a room: the talk, and changing what one said.
//
// Who else is there is the company: a peer, or a room, which is loaded only where there is one.

import { followKeyboard } from "./lib/composer.js";
import { Live } from "./lib/live.js";
import { Talk, writeTyping } from "./lib/talk.js";
import { localise, longLabel } from "./lib/times.js";

const page = document.getElementById("main");

class ChatPage {
  #live;
  #talk;

  constructor(Company) {
    const { conversationId, counter, readSeq, limit } = page.dataset;
    const id = Number(conversationId);
    localise();
    followKeyboard();
    this.#live = new Live(id);
    const company = new Company(this.#live, id);
    this.#talk = new Talk({
      live: this.#live,
      id,
      counter: Number(counter),
      readSeq: Number(readSeq),
      limit: Number(limit),
      edit: (item) => this.#edit(item),
      save: (item, body) => this.#change(item, "message:edit", { message_id: item.id, body }),
      remove: (item) => this.#delete(item),
      report: (item) => this.#report(item),
      ...company.acts,
    });
    company.begin(this.#talk);
    // Of all that the other one of a direct talk said.
    document.getElementById("report")?.addEventListener("click", () => this.#report());
    if (matchMedia("(min-width: 900px)").matches) this.#talk.composer?.focus();
  }

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
    if (!confirm("Delete this message for everybody?")) return;
    const { log } = this.#talk;
    const next = log.neighbourOf(item);
    await this.#change(item, "message:delete", { message_id: item.id });
    log.focus(next ?? item);
  }

  async #report(item) {
    const { askToReport } = await import("./lib/report.js");
    const { conversationId } = page.dataset;
    askToReport({
      who: item?.who ?? page.dataset.title,
      send: (why) => this.#live.link.ask("report", { conversation_id: Number(conversationId), message_id: item?.id, ...why }),
      done: () => this.#talk.announcer.say("Reported. Thank you."),
      back: () => (item ? this.#talk.log.focus(item) : document.querySelector(".menu > summary").focus()),
    });
  }
}

/** The other one of a direct talk: whether they are here, and how far they have read. */
class Peer {
  #id = Number(page.dataset.peerId);
  #state = document.getElementById("state");
  #talk;

  constructor({ link }) {
    link.on("presence", ({ user_id, online, last_seen }) => {
      if (user_id === this.#id) this.#show(online, last_seen);
    });
    this.#state.dataset.online = this.#state.textContent === "online" ? "yes" : "";
  }

  get acts() {
    const { title, peerDeliveredSeq, peerReadSeq } = page.dataset;
    return {
      title,
      delivered: Number(peerDeliveredSeq),
      read: Number(peerReadSeq),
      took: ({ peer }) => peer && this.#show(peer.online, peer.last_seen),
      typing: () => this.#showState(),
    };
  }

  begin(talk) {
    this.#talk = talk;
    this.#showState();
  }

  #show(online, lastSeen) {
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
if (page.dataset.newest !== "true") location.replace(location.pathname);
else if (page.dataset.room) import("./lib/room.js").then(({ Room }) => new ChatPage(Room));
else new ChatPage(Peer);
