// Talking to somebody at random: from the lobby to the next stranger without loading a page.
//
// The server knows how it stands; this page shows it. Whatever was missed comes with `ready`, so that a
// reload, a lost network and a second tab all end in the same place.

import { Announcer } from "./lib/announcer.js";
import { Chime } from "./lib/chime.js";
import { followKeyboard } from "./lib/composer.js";
import { closeMenus } from "./lib/controls.js";
import { Lobby } from "./lib/lobby.js";
import { MatchLine } from "./lib/match_line.js";
import { notify } from "./lib/notifications.js";
import { saveTalk } from "./lib/save_text.js";
import { Search } from "./lib/search.js";
import { Stage } from "./lib/stage.js";
import { localise } from "./lib/times.js";

const LEAVE_WITHIN_MS = 1_000;

class MatchPage {
  #page = document.getElementById("main");
  #announcer = new Announcer();
  #say = (words) => this.#announcer.say(words);
  #chime = new Chime();
  #line = null;
  #lobby;
  #search;
  #stage;
  /** The talk that is being left for the next one, so that its end is no news. */
  #leaving = 0;
  #endedMeanwhile = false;
  #unseen = 0;
  #isNews = false;
  /** Whether this page came to ask why a talk is over: it must not ask in a circle. */
  #hasAsked = new URLSearchParams(location.search).has("why");

  constructor() {
    localise();
    followKeyboard();
    closeMenus();
    this.#lobby = new Lobby({
      chime: this.#chime,
      say: this.#say,
      begin: (wishes) => this.#begin(wishes),
      wanted: () => this.#state === "lobby" || this.#state === "searching",
    });
    this.#search = new Search({
      chime: this.#chime,
      say: this.#say,
      now: () => this.#line?.now() ?? Date.now(),
      cancel: () => this.#cancel(),
      anyone: () => this.#widen(),
      soundChanged: () => this.#lobby.showSound(),
    });
    this.#stage = new Stage({
      say: this.#say,
      next: () => this.#next(),
      stop: () => this.#stop(),
      again: () => this.#begin(this.#lobby.wishes),
      change: () => this.#toLobby(),
      save: () => this.#save(),
      ended: (end) => this.#ended(end),
      ask: (event, payload) => this.#ask(event, payload),
    });
    this.#watchPage();
    const me = Number(this.#page.dataset.me);
    if (me) this.#connect(me, this.#page.dataset.guest === "true");
    if (me && this.#page.dataset.conversationId) this.#resume();
    this.#showTitle();
  }

  get #state() {
    return this.#page.dataset.state;
  }

  #show(state) {
    this.#page.dataset.state = state;
    if (state !== "searching") this.#search.stop();
    const talk = ["talk", "ended", "kept"].includes(state) ? `?talk=${this.#stage.id}` : "";
    history.replaceState(null, "", `/match${talk}`);
    this.#showTitle();
  }

  // The connection

  #connect(me, isGuest = true) {
    const isNew = !me;
    this.#line = new MatchLine({
      me,
      isGuest,
      ready: (match) => this.#ready(match),
      refused: () => {
        if (!isNew || this.#line.me) return location.reload();
        this.#line = null;
        this.#page.dataset.accepted = "false";
        this.#lobby.busy = false;
        this.#lobby.complain("Your browser did not keep our cookie. Without it you could not be told from others.");
      },
    });
    const { link } = this.#line;
    link.on("match:waiting", (match) => this.#take(match));
    link.on("match:found", (match) => this.#take(match));
    link.on("match:cancelled", () => this.#state === "searching" && this.#toLobby());
    link.on("match:partner", ({ conversation_id, presence, until }) => {
      if (conversation_id === this.#stage.id && this.#state === "talk") this.#stage.showPresence(presence, until);
    });
    link.on("match:ended", (end) => this.#ended(end));
    link.on("match:kept", (kept) => this.#kept(kept));
    link.on("message:new", ({ message }) => this.#noteUnseen(message));
  }

  /** What the server has written into the page is taken over as it stands. */
  #resume() {
    const { conversationId, you, partner, counter, readSeq, reason, asked, kept } = this.#page.dataset;
    const match = {
      conversation_id: Number(conversationId),
      you: { id: Number(you) },
      partner: { name: partner, presence: "here" },
      asked_to_keep: asked === "true",
      kept: kept === "true",
    };
    this.#stage.open(this.#line, match, { counter: Number(counter), readSeq: Number(readSeq) });
    if (this.#state === "ended") this.#stage.end(reason);
    else this.#stage.focus();
  }

  #ready(match) {
    this.#lobby.complain("");
    if (match) return this.#take(match);
    if (this.#state === "searching") this.#find("match:find", this.#lobby.wishes);
    if (this.#state !== "talk" || this.#leaving) return;
    // It ended while we were away; the server knows why.
    if (!this.#hasAsked) location.replace(`/match?talk=${this.#stage.id}&why`);
    else this.#ended({ conversation_id: this.#stage.id, reason: "" });
  }

  #ask(event, payload) {
    return this.#line.link.ask(event, payload, 1);
  }

  // From state to state

  #take(match) {
    this.#leaving = 0;
    if (match.state === "waiting") this.#waiting(match);
    else this.#found(match);
  }

  #waiting(match) {
    const isNews = this.#state !== "searching";
    this.#stage.close();
    this.#show("searching");
    this.#search.show(match);
    if (isNews) this.#lobby.refresh();
    if (isNews) document.getElementById("looking").focus();
  }

  #found(match) {
    const isSame = match.conversation_id === this.#stage.id;
    if (isSame && this.#state === "talk") return this.#stage.update(match);
    this.#hasAsked = false;
    this.#stage.open(this.#line, match);
    this.#show("talk");
    this.#say(document.getElementById("opening").textContent);
    this.#isNews = document.visibilityState === "hidden";
    this.#showTitle();
    this.#chime.ring();
    notify("Random", "Someone is here to talk.", "/match");
    document.querySelector("dialog[open]")?.close();
    this.#stage.focus();
  }

  #ended({ conversation_id, reason }) {
    if (conversation_id !== this.#stage.id) return;
    if (conversation_id === this.#leaving) return (this.#endedMeanwhile = true);
    const wasTalk = this.#state === "talk";
    for (const dialog of document.querySelectorAll("dialog[open]")) if (wasTalk || reason === "reported") dialog.close();
    this.#show("ended");
    this.#stage.end(reason);
    if (wasTalk) this.#stage.offer(document.getElementById("again"));
  }

  #kept({ conversation_id, conversation }) {
    if (conversation_id !== this.#stage.id) return;
    if (conversation.kind !== "direct") return this.#stage.showKept();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    // Another one, if the two have talked there before.
    this.#stage.id = conversation.id;
    this.#show("kept");
    this.#stage.moved();
    this.#stage.offer(document.getElementById("to-chat"));
  }

  #toLobby() {
    this.#stage.close();
    this.#show("lobby");
    this.#lobby.refresh();
    document.getElementById("lobby-title").focus();
  }

  // What people want

  async #begin(wishes) {
    this.#chime.unlock();
    this.#lobby.busy = true;
    try {
      await this.#enter();
      if (!this.#line) this.#connect(0);
      await this.#line.connected();
      await this.#find("match:find", wishes);
    } catch (refusal) {
      this.#complain(refusal.message);
    } finally {
      this.#lobby.busy = false;
    }
  }

  /** Says that the rules are accepted, unless that is known; whoever is nobody here yet becomes a guest. */
  async #enter() {
    if (this.#line && this.#page.dataset.accepted === "true") return;
    const { value } = document.querySelector("#lobby [name=form_token]");
    const body = new URLSearchParams({ accept: "on", form_token: value });
    const answer = await fetch("/match/enter", { method: "POST", body }).catch(() => null);
    if (answer?.ok) return (this.#page.dataset.accepted = "true");
    const said = await answer?.json().catch(() => null);
    throw new Error(said?.message ?? "The server could not be reached. Please try again.");
  }

  async #find(event, wishes) {
    // Nobody is named who did not choose it: not a guest of a moment ago either, who had no name to show.
    const payload = { as: "anonymous", ...wishes };
    if (this.#line.isGuest) payload.as = "anonymous";
    try {
      await this.#enter();
      const { match } = await this.#ask(event, payload);
      this.#take(match);
    } catch (refusal) {
      this.#complain(refusal.message);
    }
  }

  /** Says it where it can be seen. */
  #complain(words) {
    if (this.#state === "searching") this.#toLobby();
    if (this.#state === "lobby") this.#lobby.complain(words);
    else this.#stage.complain(words);
  }

  async #cancel() {
    await this.#ask("match:cancel", {}).catch(() => {});
    // Found in that very moment: then it is a talk.
    if (this.#state === "searching") this.#toLobby();
  }

  #widen() {
    this.#lobby.wishes = { ...this.#lobby.wishes, only_common: false };
    this.#find("match:find", this.#lobby.wishes);
  }

  async #next() {
    const { id } = this.#stage;
    this.#leaving = id;
    this.#stage.leaving();
    this.#chime.unlock();
    this.#endedMeanwhile = false;
    await this.#find("match:next", this.#lobby.wishes);
    this.#leaving = 0;
    if (this.#stage.id === id && !this.#endedMeanwhile) this.#stage.leaving(false);
    // There is no next one, too soon perhaps, but this one is over.
    if (this.#endedMeanwhile && this.#stage.id === id) this.#ended({ conversation_id: id, reason: "left" });
  }

  async #stop() {
    const { id } = this.#stage;
    this.#stage.leaving();
    try {
      await this.#ask("match:leave", {});
      this.#ended({ conversation_id: id, reason: "left" });
    } catch (refusal) {
      this.#stage.leaving(false);
      this.#stage.complain(refusal.message);
    }
  }

  async #save() {
    const { id, me, partner, closing } = this.#stage;
    try {
      await saveTalk({ link: this.#line.link, id, me, title: partner, server: this.#page.dataset.server, closing });
    } catch (refusal) {
      this.#stage.complain(`The talk could not be saved. ${refusal.message}`);
    }
  }

  // The page around it

  #watchPage() {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.#unseen = 0;
      this.#isNews = false;
      this.#showTitle();
    });
    document.addEventListener("click", (event) => this.#leaveBy(event));
  }

  /** Whoever goes elsewhere looks no more. A reload is not a link, and keeps the place. */
  async #leaveBy(event) {
    const link = event.target.closest("a[href]");
    const isPlain = link && !link.target && !link.download && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
    if (!isPlain || event.defaultPrevented || this.#state !== "searching" || link.hash) return;
    event.preventDefault();
    const soon = new Promise((resolve) => setTimeout(resolve, LEAVE_WITHIN_MS));
    await Promise.race([this.#ask("match:cancel", {}).catch(() => {}), soon]);
    location.assign(link.href);
  }

  #noteUnseen({ conversation_id, sender }) {
    if (document.visibilityState === "visible" || conversation_id !== this.#stage.id || sender.id === this.#stage.me) return;
    this.#unseen += 1;
    this.#showTitle();
  }

  #showTitle() {
    const { partner } = this.#stage;
    const what = { searching: "Looking…", talk: partner, ended: `${partner} · ended`, kept: partner }[this.#state] ?? "Random";
    const mark = this.#unseen ? `(${this.#unseen}) ` : this.#isNews ? "● Someone is here: " : "";
    document.title = `${mark}${what} – ${this.#page.dataset.server}`;
  }
}

new MatchPage();
