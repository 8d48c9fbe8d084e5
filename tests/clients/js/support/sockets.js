// Sockets of people: the stock socket.io-client with the few verbs that the tests need.

import { io } from 'socket.io-client';

import { soon } from './waiting.js';

const opened = new Set();

/**
 * Connects a person and waits for `ready`, which the socket then carries as `socket.ready`.
 * Who has a token uses it; who signed in on the pages sends the cookie, and the Origin that goes with it.
 */
export async function connect(person, options = {}) {
  const socket = open(person, options);
  const ready = new Promise((resolve, reject) => {
    socket.once('ready', resolve);
    // The library would try again for ever; whoever calls this wants to hear of the first refusal.
    socket.once('connect_error', reject);
  });
  socket.ready = await soon(ready, `${person.name ?? 'somebody'} to be ready`);
  return socket;
}

/** The socket as `io` gives it, still connecting. */
export function open(person, options = {}) {
  const socket = io(person.server.url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...credentials(person), ...options });
  opened.add(socket);
  return socket;
}

/** Closes every socket of this file; for `after`. */
export function closeSockets() {
  opened.forEach((socket) => socket.disconnect());
  opened.clear();
}

/** Sends an event and waits for its acknowledgement. */
export function ask(socket, event, payload = {}) {
  return soon(socket.emitWithAck(event, payload), `an answer to ${event}`);
}

/** The next event of that name which `matches`. Call it before doing what causes the event. */
export function heard(socket, event, matches = () => true, patienceMs = undefined) {
  const hearing = new Promise((tell) => {
    const listen = (payload) => {
      if (!matches(payload)) return;
      socket.off(event, listen);
      tell(payload);
    };
    socket.on(event, listen);
  });
  return soon(hearing, `the event ${event}`, patienceMs);
}

/** Everything a socket hears from now on, as `{ event, payload }`. */
export function recordingOf(socket) {
  const recording = [];
  socket.onAny((event, payload) => recording.push({ event, payload }));
  return recording;
}

/** The direct conversation with somebody, made if it is missing. */
export async function openConversation(socket, person) {
  const answer = await ask(socket, 'conversation:open', { username: person.username });
  if (!answer.ok) throw new Error(`conversation:open answered ${JSON.stringify(answer.error)}`);
  return answer.conversation;
}

/** Sends a line and gives back the stored message. */
export async function say(socket, conversation, body, clientId = crypto.randomUUID()) {
  const answer = await ask(socket, 'message:send', { conversation_id: conversation.id, body, client_id: clientId });
  if (!answer.ok) throw new Error(`message:send answered ${JSON.stringify(answer.error)}`);
  return answer.message;
}

/** The headers by which the pages' own socket proves who it is. */
export function cookieHeaders(person) {
  return { cookie: person.visitor.cookie, origin: person.server.url };
}

function credentials(person) {
  if (person.token) return { auth: { token: person.token } };
  if (person.visitor) return { extraHeaders: cookieHeaders(person) };
  return {};
}
