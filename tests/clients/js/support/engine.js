// Engine.IO by hand, for what no well-behaved client would send.

import WebSocket from 'ws';

import { soon } from './waiting.js';

/** One polling GET. */
export async function poll(server, query, headers) {
  const response = await fetch(address(server, 'polling', query), { headers });
  return { status: response.status, text: await response.text() };
}

/** One polling POST of a raw payload. */
export async function post(server, query, headers, payload) {
  const response = await fetch(address(server, 'polling', query), {
    method: 'POST',
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
    body: payload,
  });
  return { status: response.status, text: await response.text() };
}

/** Opens a polling session and asks to join the namespace; gives its sid. Its packets lie waiting for the first poll. */
export async function openSession(server, headers) {
  const opened = await poll(server, {}, headers);
  if (opened.status !== 200) throw new Error(`polling answered ${opened.status}: ${opened.text}`);
  const { sid } = JSON.parse(opened.text.slice(1));
  const joined = await post(server, { sid }, headers, '40');
  if (joined.status !== 200) throw new Error(`CONNECT answered ${joined.status}: ${joined.text}`);
  return sid;
}

/** Polls until a packet with that text has arrived; packets come in as many answers as the server likes. */
export async function pollFor(server, sid, headers, text) {
  for (;;) {
    const answer = await poll(server, { sid }, headers);
    if (answer.status !== 200) throw new Error(`polling answered ${answer.status}: ${answer.text}`);
    if (answer.text.includes(text)) return answer.text;
  }
}

/** What the server says to a WebSocket upgrade: 101, or the status of its refusal. */
export function upgradeStatus(server, query, headers) {
  const socket = new WebSocket(address(server, 'websocket', query), { headers });
  const status = new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.once('error', reject);
  });
  return soon(status, 'an answer to the upgrade').finally(() => socket.terminate());
}

/** A WebSocket that has joined the namespace and heard `ready`. */
export async function openWebSocket(server, headers) {
  const socket = new WebSocket(address(server, 'websocket', {}), { headers });
  const ready = new Promise((resolve, reject) => {
    socket.on('open', () => socket.send('40'));
    socket.on('message', (data) => { if (String(data).startsWith('42["ready"')) resolve(); });
    socket.once('error', reject);
  });
  await soon(ready, 'ready on a raw WebSocket');
  return socket;
}

/** `answered` when a packet with that beginning arrives, `closed` when the connection ends first. */
export function answeredOrClosed(socket, beginning) {
  const outcome = new Promise((resolve) => {
    socket.on('message', (data) => { if (String(data).startsWith(beginning)) resolve('answered'); });
    socket.on('close', () => resolve('closed'));
    socket.on('error', () => resolve('closed'));
  });
  return soon(outcome, 'an answer or the end of the connection');
}

function address(server, transport, query) {
  const url = new URL('/socket.io/', server.url);
  url.search = new URLSearchParams({ EIO: '4', transport, ...query });
  if (transport === 'websocket') url.protocol = 'ws:';
  return url;
}
