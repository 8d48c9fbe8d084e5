// Somebody who talks over the plain WebSocket of a page, as the page of the financial chat did: JSON in text frames, by a token.

import { until } from '../../clients/js/support/waiting.js';

export class PlainChatter {
  constructor(server, page) {
    this.server = server;
    this.page = page;
  }

  /** A page of the server, signed in nowhere, on which the socket can be opened. */
  static async arrive(browser, server) {
    const context = await browser.newContext({ baseURL: server.url });
    const page = await context.newPage();
    await page.goto('/');
    return new this(server, page);
  }

  async opens(token) {
    await this.page.evaluate((address) => {
      const chat = { frames: [], code: null, socket: new WebSocket(address) };
      chat.socket.onmessage = ({ data }) => chat.frames.push(data);
      chat.socket.onclose = ({ code }) => { chat.code = code; };
      globalThis.chat = chat;
    }, `${this.server.url.replace('http', 'ws')}/ws/chat?token=${token}`);
    return this.frame();
  }

  /** The next frame, as the object that it is. */
  async frame() {
    const text = await until(() => this.page.evaluate(() => globalThis.chat.frames.shift()), 'a frame');
    return JSON.parse(text);
  }

  says(frame) {
    return this.sends(JSON.stringify(frame));
  }

  /** Sends any text. */
  sends(text) {
    return this.page.evaluate((sent) => globalThis.chat.socket.send(sent), text);
  }

  /** Sends bytes in a binary frame. */
  sendsBytes(...bytes) {
    return this.page.evaluate((sent) => globalThis.chat.socket.send(new Uint8Array(sent)), bytes);
  }

  async asks(frame) {
    await this.says(frame);
    return this.frame();
  }

  /** The code with which the server closes; no frame may come before. */
  async closes() {
    const code = await until(() => this.page.evaluate(() => globalThis.chat.code), 'the end of the connection');
    return { code, frames: await this.page.evaluate(() => globalThis.chat.frames) };
  }

  leaves() {
    return this.page.context().close();
  }
}
