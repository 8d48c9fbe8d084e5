// One socket of a guest: the stock socket.io-client, and everything that goes over it in the journal.

import { io } from 'socket.io-client';

/** So long may an answer take. Much longer than any takes, so that one that never comes is seen in the journal. */
const ANSWER_MS = 20_000;

export class Line {
  #journal;
  #name;
  #requests = 0;

  /** `onReady` and `onEvent` are told what comes, after it was written down. */
  constructor(url, token, transports, journal, name, { onReady, onEvent, onGone }) {
    this.#journal = journal;
    this.#name = name;
    this.isReady = false;
    this.socket = io(url, { forceNew: true, auth: { token }, transports, reconnectionDelay: 20, reconnectionDelayMax: 500 });
    this.socket.onAny((event, payload) => {
      if (event === 'ready') {
        this.#write('ready', { match: payload.match });
        this.isReady = true;
        onReady(payload.match);
      } else {
        this.#write('hears', { name: event, payload });
        onEvent(event, payload);
      }
    });
    this.socket.on('disconnect', (reason) => {
      this.#note(reason);
      onGone();
      // The stock client comes back by itself unless the server told it to go.
      if (reason === 'io server disconnect') this.socket.connect();
    });
  }

  /** Sends an event; its answer, or null when there is none. */
  ask(name, payload) {
    if (!this.isReady) return Promise.resolve(null);
    this.#requests += 1;
    const request = this.#requests;
    this.#write('asks', { request, name, payload });
    // A callback and not a promise: what the journal holds is in the order in which it came.
    return new Promise((resolve) => {
      this.socket.timeout(ANSWER_MS).emit(name, payload, (error, answer) => {
        if (error) this.#write('unanswered', { request, name, connected: this.socket.connected });
        else this.#write('answered', { request, name, answer });
        resolve(error ? null : answer);
      });
    });
  }

  /** Sends what needs no answer. */
  tell(name, payload) {
    if (this.isReady) this.socket.volatile.emit(name, payload);
  }

  /** Loses the connection as a tunnel would. With `forGood` the client does not come back by itself. */
  cut({ forGood }) {
    this.#note('cut');
    this.socket.io.reconnection(!forGood);
    const { engine } = this.socket.io;
    if (engine?.transport?.ws?.terminate) engine.transport.ws.terminate();
    else engine?.close();
  }

  comeBack() {
    this.socket.io.reconnection(true);
    this.socket.connect();
  }

  close() {
    this.#note('closed');
    this.socket.disconnect();
  }

  /** The connection is no more, as far as this side knows; only the first word of it counts. */
  #note(why) {
    if (this.isReady) this.#write('gone', { why });
    this.isReady = false;
  }

  #write(event, what) {
    this.#journal.write(event, { socket: this.#name, ...what });
  }
}
