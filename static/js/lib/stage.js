// The talk with a stranger as it is seen: who it is, whether they are here, how it ended, what can be done about it.

import { hueOf, initialOf } from "./ids.js";
import { watchKeys } from "./match_keys.js";
import { warning } from "./personal.js";
import { load, save } from "./storage.js";
import { Talk, writeTyping } from "./talk.js";
import { Twice } from "./twice.js";

const ENDS = {
  left: "They left.",
  lost: "The connection was lost.",
  blocked: "You blocked them.",
  reported: "Thank you. You two won’t be matched again. A moderator will read this talk.",
  moderator: "A moderator ended this talk.",
  "": "This talk has ended.",
};
const OWN_END = "You left.";
const LEFT = "chinwag.match.left";
/** Keys that were meant for a message must not press what has come under them: until they rest. */
const DEAF_MS = 1_000;

const find = (id) => document.getElementById(id);

export class Stage {
  /** The conversation, or 0. */
  id = 0;
  partner = "";
  me = 0;
  closing = "";
  #line = null;
  #over = null;
  #talk = null;
  #clock = null;
  #until = null;
  #say;
  #acts;
  #endedAt = -Infinity;
  #isKept = false;

  /** `acts`: next, stop, again, change, save, and `ask(event, payload)`. */
  constructor({ say, ...acts }) {
    this.#say = say;
    this.#acts = acts;
    const next = new Twice(find("next"), acts.next, say);
    new Twice(find("stop"), acts.stop, say);
    document.addEventListener("keydown", (event) => this.#isDeaf() && this.#ignore(event), true);
    for (const id of ["again", "another"]) find(id).addEventListener("click", acts.again);
    find("change").addEventListener("click", acts.change);
    find("save").addEventListener("click", acts.save);
    for (const button of document.querySelectorAll("[data-act=block]")) new Twice(button, () => this.#block(true), say);
    for (const button of document.querySelectorAll("[data-act=unblock]")) button.addEventListener("click", () => this.#block(false));
    this.#dialog("report", (form) => this.#report(form));
    this.#dialog("keep", (form) => this.#keep(form));
    watchKeys(next, say);
  }

  // The talk

  /** Puts a match on the page, in place of what was there; `page` is what the server has already written of it. */
  open(line, match, page = null) {
    this.close();
    const { conversation_id, partner, you } = match;
    Object.assign(this, { id: conversation_id, me: you.id, partner: partner.name, closing: "" });
    this.#isKept = false;
    this.#line = line;
    this.#over = new AbortController();
    if (!page) this.#clear(match);
    const { signal } = this.#over;
    this.#talk = new Talk({
      live: line,
      id: this.id,
      me: you.id,
      title: partner.name,
      counter: page?.counter ?? 0,
      readSeq: page?.readSeq ?? 0,
      limit: Number(find("main").dataset.limit),
      signal,
      typing: () => this.#showState(),
      warn: warning,
    });
    line.link.on("message:new", ({ message }) => this.#deliver(message), signal);
    if (!page && line.link.ready) this.#talk.catchUp();
    this.update(match);
  }

  /** The same match, told again. */
  update({ partner, asked_to_keep, kept }) {
    this.showPresence(partner.presence, partner.until);
    this.showAsked(asked_to_keep, kept);
    if (kept) this.showKept();
  }

  /** Whatever of it is not sent or not finished is over with it, unless it goes on among the chats. */
  close() {
    if (!this.id) return;
    clearInterval(this.#clock);
    this.#over.abort();
    const { outbox, me } = this.#line;
    if (!this.#isKept) {
      this.#tellLast();
      for (const entry of outbox.entries(this.id)) outbox.remove(entry.client_id);
      save(`chinwag.${me}.draft.${this.id}`, null);
    }
    this.#talk = null;
    this.id = 0;
  }

  /** The talk before stays in reach, also while somebody looks for the next. */
  #tellLast() {
    for (const line of document.querySelectorAll(".match__last")) {
      line.querySelector("bdi").textContent = this.partner;
      line.querySelector("a").href = `/match?talk=${this.id}`;
      line.hidden = false;
    }
  }

  focus() {
    // On a phone the keyboard would hide who it is.
    if (!matchMedia("(pointer: coarse)").matches) this.#talk.composer.focus();
    else find("title").focus();
  }

  #clear({ conversation_id, partner, you, common_interests }) {
    find("log").replaceChildren();
    find("earlier").closest("p").hidden = true;
    find("jump").hidden = true;
    find("body").value = "";
    find("offer").hidden = true;
    find("partner").textContent = find("body-for").textContent = partner.name;
    find("peer-avatar").textContent = initialOf(partner.name);
    // The two are 1 and 2 to each other.
    find("peer-avatar").dataset.hue = hueOf(3 - you.id);
    find("history").ariaLabel = `Messages with ${partner.name}`;
    find("opening").textContent = opening(partner.name, common_interests);
    this.#showBlocked(false);
    for (const button of document.querySelectorAll("[data-act=keep], [data-act=report], [data-act=block]")) button.hidden = false;
    find("main").dataset.conversationId = conversation_id;
  }

  /** Tells the other one that it has come, also where nobody looks. */
  #deliver({ conversation_id, sender, seq }) {
    if (conversation_id !== this.id || sender.id === this.me || document.visibilityState === "visible") return;
    this.#line.link.ask("delivered", { conversation_id, seq }).catch(() => {});
  }

  // How it ends

  #isDeaf() {
    return performance.now() - this.#endedAt < DEAF_MS;
  }

  #ignore(event) {
    // Whoever moves on by Tab has seen where they are.
    this.#endedAt = event.key === "Tab" ? -Infinity : performance.now();
    if (event.key === "Enter" || event.key === " ") event.preventDefault();
  }

  /** Remembers, for all tabs, that it was oneself who left, or that it was not after all. */
  leaving(isLeaving = true) {
    save(LEFT, isLeaving ? this.id : null);
  }

  end(reason) {
    const isOwn = reason === "left" && load(LEFT) === this.id;
    this.closing = isOwn ? OWN_END : (ENDS[reason] ?? ENDS[""]);
    find("closing").textContent = this.closing;
    find("opening").textContent = find("opening").textContent.replace(/^You are/, "You were");
    clearInterval(this.#clock);
    this.#until = null;
    this.#talk.showTyping(false);
    this.#showState();
    this.#showEnd(reason);
    this.#showUnsent();
    this.#talk.log.toBottom();
    this.#say(this.closing);
  }

  /** What comes under the hands of somebody who was writing: what they wrote, where keys do nothing, if there is some. */
  offer(button) {
    this.#endedAt = performance.now();
    (find("unsent").hidden ? button : find("unsent-words")).focus();
  }

  /** What was not finished is not lost with the composer. */
  #showUnsent() {
    const words = find("body").value;
    find("unsent-words").value = words;
    find("unsent").hidden = !words.trim();
  }

  #showEnd(reason) {
    const isOver = reason === "blocked" || reason === "reported";
    for (const button of document.querySelectorAll("[data-act=keep]")) button.hidden = isOver;
    for (const button of document.querySelectorAll("[data-act=report]")) button.hidden = reason === "reported";
    if (isOver) {
      find("offer").hidden = true;
      this.#showBlocked(reason === "blocked", true);
    }
  }

  // Whether they are here

  showPresence(presence, until) {
    const wasLost = this.#until !== null;
    this.#until = presence === "reconnecting" ? Date.parse(until) : null;
    clearInterval(this.#clock);
    if (this.#until) this.#clock = setInterval(() => this.#showState(), 250);
    if (this.#until && !wasLost) this.#say("Connection lost. Waiting for them.");
    if (!this.#until && wasLost) this.#say("They are back.");
    if (this.#until) this.#talk.showTyping(false);
    this.#showState();
  }

  #showState() {
    const line = find("state");
    const isTyping = Boolean(this.#talk?.isTyping);
    line.classList.toggle("conversation__state--typing", isTyping);
    line.classList.toggle("match__lost", this.#until !== null);
    if (isTyping) return line.querySelector(".typing") || writeTyping(line);
    const words = this.#until === null ? "" : `Connection lost — waiting ${minutes(this.#until - this.#line.now())} for them`;
    if (line.textContent !== words) line.textContent = words;
  }

  // Blocking, reporting, keeping in touch

  async #block(isBlocked) {
    const { id } = this;
    const done = await this.#ask(isBlocked ? "user:block" : "user:unblock", { conversation_id: id });
    if (!done || id !== this.id) return;
    if (isBlocked) this.#acts.ended({ conversation_id: id, reason: "blocked" });
    else {
      this.#showBlocked(false);
      this.#say("Unblocked.");
    }
  }

  #showBlocked(isBlocked, isOver = isBlocked) {
    for (const button of document.querySelectorAll("[data-act=block]")) button.hidden = isOver;
    for (const button of document.querySelectorAll("[data-act=unblock]")) button.hidden = !isBlocked;
  }

  async #report(form) {
    const { id } = this;
    const { reason, note } = Object.fromEntries(new FormData(form));
    if (!reason) throw new Error("Please choose what is wrong.");
    await this.#acts.ask("report", note.trim() ? { conversation_id: id, reason, note } : { conversation_id: id, reason });
    form.reset();
    if (id === this.id) this.#acts.ended({ conversation_id: id, reason: "reported" });
  }

  async #keep(form) {
    const { id } = this;
    const name = new FormData(form).get("name").trim();
    if (!name) throw new Error("Please write what they may call you.");
    const { kept } = await this.#acts.ask("match:keep", { conversation_id: id, name });
    if (id !== this.id) return;
    this.showAsked(true, kept);
    if (!kept) this.#say("Asked. They will only know if they press it too.");
  }

  showAsked(asked, haveBoth = false) {
    for (const place of document.querySelectorAll(".twice__asked")) place.textContent = haveBoth ? "Both asked" : "Asked";
    for (const button of document.querySelectorAll("[data-act=keep]")) {
      button.toggleAttribute("data-armed", Boolean(asked));
      if (asked) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  /** Both want to keep in touch, and one of them has no account yet. */
  showKept() {
    const { isGuest } = this.#line;
    const words = isGuest
      ? "You both want to keep in touch. Sign in with your phone to keep this talk."
      : "You both want to keep in touch. They are making an account; the talk will appear in your chats.";
    this.showAsked(true, true);
    if (!find("offer").hidden && find("offer-words").textContent === words) return;
    find("offer-words").textContent = words;
    find("offer-link").hidden = !isGuest;
    find("offer-link").href = `/login/phone?next=${encodeURIComponent(`/match?talk=${this.id}&kept`)}`;
    find("offer").hidden = false;
    this.#say(words);
  }

  /** It is among the chats now, and goes on there. */
  moved() {
    this.closing = "You both want to keep in touch. It is in your chats now.";
    find("closing").textContent = this.closing;
    find("to-chat").href = `/chats/${this.id}`;
    this.#isKept = true;
    clearInterval(this.#clock);
    this.#until = null;
    this.#showState();
    this.#over.abort();
    this.#talk.log.toBottom();
    this.#say(this.closing);
  }

  #dialog(name, submit) {
    const dialog = find(`${name}-dialog`);
    const form = find(`${name}-form`);
    const error = find(`${name}-error`);
    let opener = null;
    for (const button of document.querySelectorAll(`[data-act=${name}]`)) {
      button.addEventListener("click", () => {
        if (button.hasAttribute("aria-disabled")) return;
        opener = button;
        error.hidden = true;
        dialog.showModal();
        form.querySelector("input").focus();
      });
    }
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    // What opened it may be gone by now, with the state that it belonged to.
    dialog.addEventListener("close", () => opener?.checkVisibility?.() && opener.focus());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await submit(form);
        dialog.close();
      } catch (refusal) {
        error.textContent = refusal.message;
        error.hidden = false;
        form.querySelector("input").focus();
      }
    });
  }

  async #ask(event, payload) {
    try {
      this.#talk.complain("");
      return await this.#acts.ask(event, payload);
    } catch (refusal) {
      this.complain(refusal.message);
      return null;
    }
  }

  complain(text) {
    this.#talk?.complain(text);
  }
}

/** The first line of a talk; the server writes the same. */
function opening(partner, common) {
  const whom = partner === "Stranger" ? "a stranger" : `@${partner}`;
  return `You are talking with ${whom}.${common.length ? ` You both like: ${common.join(", ")}.` : ""}`;
}

/** "0:45" */
function minutes(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
