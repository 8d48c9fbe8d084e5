// People of the tests. They sign in by phone as anybody would, with codes from the development inbox.

import { until } from './waiting.js';
import { Visitor } from './visitor.js';

/** A program's sign-in: `{ server, name, phone, id, username, token }`. */
export async function signInProgram(server, name) {
  const phone = freshPhone();
  const { challenge, code } = await requestCode(server, phone);
  const verified = await post(server, '/api/phone/verify', { challenge, pin: code });
  const { token, user_id: id, username } = verified.known
    ? verified
    : await post(server, '/api/phone/finish', { signup: verified.signup, username: freshUsername(name), name });
  return { server, name, phone, id, username, token };
}

/** Signs in on the pages: a person like the above with a `visitor` (whose cookie is theirs) in place of the token. */
export async function signInOnPages(server, name) {
  const phone = freshPhone();
  const visitor = new Visitor(server);
  const code = await requestCodeOnPages(visitor, phone);
  const proved = await visitor.submit('/verify', '/verify', { code });
  if (proved.location !== '/welcome') throw new Error(`a new person was led to ${proved.location}, status ${proved.status}`);
  const username = freshUsername(name);
  const welcomed = await visitor.submit('/welcome', '/welcome', { name, username });
  if (welcomed.status !== 303) throw new Error(`the welcome page answered ${welcomed.status}: ${welcomed.text}`);
  return { server, name, phone, username, visitor };
}

/** Asks for a code as a program and reads it from the inbox. */
export async function requestCode(server, phone) {
  const arrived = await nextCode(server, phone);
  const { challenge } = await post(server, '/api/phone', { phone });
  return { challenge, code: await arrived() };
}

/** Asks for a code on the sign-in page; the visitor is then ready for `/verify`. */
export async function requestCodeOnPages(visitor, phone) {
  const arrived = await nextCode(visitor.server, phone);
  const sent = await visitor.submit('/login/phone', '/login/phone', { country: 'US', phone: phone.slice('+1'.length) });
  if (sent.location !== '/verify') throw new Error(`the phone page answered ${sent.status}: ${sent.text}`);
  return arrived();
}

/** A number that libphonenumber takes for a mobile of the United States; one file has its server to itself, so counting is enough. */
export function freshPhone() {
  phones += 1;
  return `+1201555${String(phones).padStart(4, '0')}`;
}

/** Any six digits but these. */
export function wrongCode(code) {
  return code === '000000' ? '000001' : '000000';
}

/** One JSON request; gives status and body for those who care about both. */
export async function request(server, path, body) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function post(server, path, body) {
  const answer = await request(server, path, body);
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Remembers what lies in the inbox now; the function given back waits for the code that comes after it. */
async function nextCode(server, phone) {
  const old = new Set((await inbox(server)).map(({ id }) => id));
  return () => until(
    async () => (await inbox(server)).find(({ id, to }) => to === phone && !old.has(id))?.code,
    `a code for ${phone} in the development inbox`,
  );
}

async function inbox(server) {
  return (await fetch(`${server.url}/dev/inbox.json`)).json();
}

function freshUsername(name) {
  usernames += 1;
  return `${name.toLowerCase().replace(/[^a-z]/g, '') || 'someone'}${usernames}`;
}

let phones = 0;
let usernames = 0;
