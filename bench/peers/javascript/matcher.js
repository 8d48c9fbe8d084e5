// Strangers: who has an interest in common meets first, and anybody else who does not insist on one.

import { room } from "./chat.js";

export class Matcher {
  #io;
  #store;
  // Those who wait, in the order in which they came: all who take anybody, and each by interest.
  #anybody = new Set();
  #byInterest = new Map();

  constructor(io, store) {
    this.#io = io;
    this.#store = store;
  }

  attend(socket) {
    const leave = () => {
      this.#stopWaiting(socket);
      this.#end(socket);
    };
    const find = (wishes, acknowledge) => {
      leave();
      this.#find(socket, wishes, acknowledge);
    };
    socket.on("match:find", find);
    socket.on("match:next", find);
    for (const event of ["match:cancel", "match:leave"]) {
      socket.on(event, (_, acknowledge) => {
        leave();
        acknowledge({ ok: true, match: null });
      });
    }
    socket.on("disconnect", leave);
  }

  #find(socket, { interests = [], only_common = false }, acknowledge) {
    const partner = this.#partnerFor(interests, only_common);
    if (!partner) {
      this.#wait(socket, interests, only_common);
      return acknowledge({ ok: true, match: { state: "waiting", interests, only_common } });
    }
    this.#stopWaiting(partner);
    // Both are taken from now on; what they do before it is stored waits for nothing else.
    this.#store.openMatch(socket.data.user, partner.data.user, (conversation_id) => {
      for (const [one, other] of [[socket, partner], [partner, socket]]) {
        one.data.match = { conversation_id, other };
        one.join(room(conversation_id));
        one.emit("match:found", { state: "matched", conversation_id, you: { id: one.data.user.id, name: "Stranger" } });
      }
      acknowledge({ ok: true, match: { state: "matched", conversation_id } });
    });
  }

  #partnerFor(interests, onlyCommon) {
    for (const interest of interests) {
      const [first] = this.#byInterest.get(interest) ?? [];
      if (first) return first;
    }
    const [first] = onlyCommon ? [] : this.#anybody;
    return first;
  }

  #wait(socket, interests, onlyCommon) {
    socket.data.interests = interests;
    for (const interest of interests) {
      if (!this.#byInterest.has(interest)) this.#byInterest.set(interest, new Set());
      this.#byInterest.get(interest).add(socket);
    }
    if (!onlyCommon) this.#anybody.add(socket);
  }

  #stopWaiting(socket) {
    this.#anybody.delete(socket);
    for (const interest of socket.data.interests ?? []) {
      const waiting = this.#byInterest.get(interest);
      waiting.delete(socket);
      if (waiting.size === 0) this.#byInterest.delete(interest);
    }
    socket.data.interests = undefined;
  }

  #end(socket) {
    const { match } = socket.data;
    if (!match) return;
    for (const one of [socket, match.other]) {
      one.data.match = undefined;
      one.leave(room(match.conversation_id));
      one.emit("match:ended", { conversation_id: match.conversation_id });
    }
  }
}
