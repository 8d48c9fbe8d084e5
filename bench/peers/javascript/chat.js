// The chat itself, in the events and shapes of docs/PROTOCOL.md, as far as the load needs them.

import { randomUUID } from "node:crypto";
import { Matcher } from "./matcher.js";

const SYNC_MAX = 200;
const NOT_FOUND = { ok: false, error: { code: "not_found", message: "There is no such thing here.", retryable: false } };

export function registerGuest(store) {
  const token = randomUUID();
  const username = `guest-${token}`;
  return { token, user_id: store.addGuest(username, token), username };
}

export function serveChat(io, store) {
  const matcher = new Matcher(io, store);

  io.use((socket, next) => {
    const user = store.userOf(socket.handshake.auth.token);
    if (!user) return next(new Error("not_authenticated"));
    socket.data.user = user;
    next();
  });

  io.on("connection", (socket) => {
    const { user } = socket.data;
    const conversations = store.conversationsOf(user);
    socket.join(conversations.map(({ id }) => room(id)));
    socket.emit("ready", { user, conversations, match: null });

    socket.on("message:send", (draft, acknowledge) => {
      store.send(user, draft, (message) => {
        if (!message) return acknowledge(NOT_FOUND);
        io.to(room(message.conversation_id)).emit("message:new", { message });
        acknowledge({ ok: true, message, duplicate: false });
      });
    });

    socket.on("sync", ({ cursors }, acknowledge) => acknowledge({ ok: true, ...changesSince(cursors, user) }));

    matcher.attend(socket);
  });

  function changesSince(cursors, user) {
    const conversations = store.conversationsOf(user).filter(({ id, counter }) => counter > (cursors[id] ?? 0));
    const messages = [];
    for (const { id } of conversations) {
      // One more than may be told tells whether there is more.
      messages.push(...store.messagesAfter(id, cursors[id] ?? 0, SYNC_MAX + 1 - messages.length));
      if (messages.length > SYNC_MAX) return { conversations, messages: messages.slice(0, SYNC_MAX), more: true };
    }
    return { conversations, messages, more: false };
  }
}

export function room(conversation) {
  return `conversation:${conversation}`;
}
