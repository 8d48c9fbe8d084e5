// A Chinwag of one's own: the real binary on a free port and a fresh database, gone with the test file that started it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './waiting.js';

const repository = resolve(fileURLToPath(import.meta.url), '../../../../..');
const binary = process.env.CHINWAG_BIN ?? join(repository, 'target/debug/chinwag');

/** The longest a start or an orderly stop may take; the server itself promises to stop within ten seconds. */
const PATIENCE_MS = 30_000;

export class Server {
  #child;
  #directory;
  #environment;
  #log = '';

  /** Starts a server on an empty database. `environment` is laid over the settings every test has. */
  static async start(environment = {}) {
    const server = new Server();
    server.#directory = await mkdtemp(join(tmpdir(), 'chinwag-test-'));
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    server.#environment = {
      MODE: 'development',
      HOST: '127.0.0.1',
      PORT: String(server.port),
      PUBLIC_URL: server.url,
      DATABASE_URL: `sqlite://${join(server.#directory, 'chinwag.db')}`,
      LIMITS: 'off',
      ...environment,
    };
    await server.resume();
    return server;
  }

  /** Starts the stopped or killed server again, on the same port and database. */
  async resume() {
    // Only PATH comes along: the settings of whoever runs the tests must not leak into them.
    const env = { PATH: process.env.PATH, ...this.#environment };
    const child = spawn(binary, [], { cwd: this.#directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let spawnError;
    child.once('error', (error) => { spawnError = error; });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { this.#log += text; });
    }
    this.#child = child;
    living.add(child);
    child.once('exit', () => living.delete(child));

    await until(async () => {
      if (spawnError) throw new Error(`${binary} cannot be started: ${spawnError.message}`);
      if (hasExited(child)) throw new Error(`the server ended before it was ready:\n${this.#log}`);
      return fetch(`${this.url}/readyz`).then((answer) => answer.status === 200, () => false);
    }, '/readyz to answer 200', PATIENCE_MS);
  }

  /** Makes an administrator at the command line, as an operator does while the server runs. */
  makeAdmin(username, password) {
    return this.runCommand(['create-admin', '--username', username, '--noinput'], { CHINWAG_ADMIN_PASSWORD: password });
  }

  /** Runs a command of the program over this server's database, in its folder. */
  async runCommand(words, environment = {}) {
    const env = { PATH: process.env.PATH, ...this.#environment, ...environment };
    const child = spawn(binary, words, { cwd: this.#directory, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (code !== 0) throw new Error(`${words[0]} ended with ${code}`);
  }

  /** Throws the database of the stopped server away, and nothing else in its folder. */
  async loseDatabase() {
    for (const end of ['', '-wal', '-shm']) await rm(join(this.#directory, `chinwag.db${end}`), { force: true });
  }

  /** Asks the server to end (SIGTERM) and tells how it did: `{ code, signal }`. */
  stop() {
    return this.#end('SIGTERM');
  }

  /** Ends the server as a power cut would (SIGKILL). */
  kill() {
    return this.#end('SIGKILL');
  }

  async restart() {
    await this.stop();
    await this.resume();
  }

  /** Everything the server has printed since its first start. */
  get log() {
    return this.#log;
  }

  /** Ends the server and throws its database away. */
  async remove() {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    if (hasExited(child)) return { code: child.exitCode, signal: child.signalCode };
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) });
    child.kill(signal);
    const [code, by] = await exited;
    return { code, signal: by };
  }
}

/** A test file that fails half-way must not leave its server behind. */
const living = new Set();
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));

function hasExited(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
