// The company of a room: who is in it, who writes, what is told once and never stored, and whether it is there.

import { Completion } from "./completion.js";
import { Members } from "./members.js";
import { Mentions } from "./mentions.js";
import { Notices } from "./notices.js";
import { writeTyping } from "./talk.js";

const TYPING_MS = 6_000;
/** "/name=payload", split at the first "="; without one it is a message like any other. */
const COMMAND = /^\/([^=]*)=(.*)$/s;

const find = (id) => document.getElementById(id);

export class Room {
  #id;
  #live;
  #talk;
  #page = find("main");
  #state = find("state");
  #members = new Members(() => this.#showState());
  #mentions;
  #notices;
  #writers = new Map();

  constructor(live, id) {
    this.#id = id;
    this.#live = live;
    const { username, readSeq } = this.#page.dataset;
    this.#mentions = new Mentions({ me: live.me, username, readSeq: Number(readSeq) });
    const here = (event, listener) => live.link.on(event, (told) => told.conversation_id === id && listener(told));
    here("member:joined", ({ user, online }) => this.#joined(user, online));
    here("member:left", ({ user }) => this.#left(user));
    here("room:command", (command) => this.#commanded(command));
    here("typing", ({ user, on }) => user.id !== live.me && this.#writes(user, on));
    here("room:changed", (room) => this.#changed(room));
    here("conversation:removed", () => this.#leave());
    live.link.on("presence", ({ user_id, online }) => this.#members.show(user_id, online));
    live.link.on("message:new", ({ message }) => message.conversation_id === id && this.#writes(message.sender, false));
    live.link.on("ready", ({ conversations }) => this.#back(conversations));
  }

  get acts() {
    return {
      decorate: (item) => this.#mentions.mark(item),
      take: (body) => this.#take(body),
      // Who writes is told by name, below the room's.
      typing: () => {},
    };
  }

  begin(talk) {
    this.#talk = talk;
    this.#notices = new Notices(talk.log);
    this.#mentions.begin(talk.log);
    new Completion(this.#members, this.#live.me);
    this.#showState();
  }

  // Who is there

  #joined(user, online) {
    const isNews = !this.#members.has(user.id);
    this.#members.put(user, online);
    if (isNews && user.id !== this.#live.me) this.#notices.tell(user, true);
  }

  #left(user) {
    const isKnown = this.#members.has(user.id);
    this.#members.remove(user.id);
    if (!isKnown) return;
    this.#writes(user, false);
    if (user.id !== this.#live.me) this.#notices.tell(user, false);
  }

  #writes({ id, name }, on) {
    clearTimeout(this.#writers.get(id)?.lease);
    if (on) this.#writers.set(id, { name, lease: setTimeout(() => this.#writes({ id }, false), TYPING_MS) });
    else if (!this.#writers.delete(id)) return;
    this.#showState();
  }

  #showState() {
    const names = [...this.#writers.values()].map(({ name }) => name);
    this.#state.classList.toggle("conversation__state--typing", names.length > 0);
    if (names.length) return writeTyping(this.#state, `${names.length > 2 ? "Several people" : names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing`);
    const { topic } = this.#page.dataset;
    this.#state.textContent = this.#members.count + (topic ? ` · ${topic}` : "");
  }

  // What is no message

  #take(body) {
    const [, command, payload] = COMMAND.exec(body) ?? [];
    if (command === undefined) return false;
    this.#command(body, command, payload);
    return true;
  }

  async #command(body, command, payload) {
    try {
      await this.#live.link.ask("room:command", { conversation_id: this.#id, command, payload }, 1);
      this.#talk.log.toBottom();
    } catch (refusal) {
      // Nothing keeps it but this page: it goes back to where it was typed.
      const box = find("body");
      box.value ||= body;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      this.#talk.complain(`The command was not sent. ${refusal.message}`);
    }
  }

  #commanded(told) {
    const isMine = told.user.id === this.#live.me;
    this.#notices.command(told, isMine);
    if (!isMine) this.#talk.announcer.message(told.user.name, `Command: /${told.command}=${told.payload}`);
  }

  // Whether I am in it

  async #back(conversations) {
    const room = conversations.find(({ id }) => id === this.#id);
    if (!room) return this.#leave();
    this.#changed({ name: room.title, topic: room.topic });
    const { members, member_count } = await this.#live.link.ask("room:members", { conversation_id: this.#id }).catch(() => ({}));
    if (members) this.#members.replace(members, member_count);
    this.#page.dataset.live = "yes";
  }

  /** Under another name it has another address, which all links and forms of the page go by. What is being written is kept. */
  #changed({ name, topic = "" }) {
    const { room, topic: before } = this.#page.dataset;
    if (name !== room) return location.replace(`/rooms/${name}`);
    if (topic === before) return;
    this.#page.dataset.topic = topic;
    this.#showState();
    const beside = document.querySelector(".members__topic bdi");
    if (beside) beside.textContent = topic;
  }

  /** It is gone, or I left it elsewhere: says which, and leads back to the others. */
  async #leave() {
    if (!find("gone").hidden) return;
    this.#state.textContent = "";
    for (const id of ["composer", "members", "members-button", "room-menu", "no-messages"]) find(id).hidden = true;
    find("gone").hidden = false;
    find("gone-link").focus();
    const { rooms } = await this.#live.link.ask("room:list", {}).catch(() => ({}));
    const isDeleted = rooms && !rooms.some(({ id }) => id === this.#id);
    find("gone-words").textContent = isDeleted ? "This room was deleted." : "You are no longer in this room.";
  }
}
