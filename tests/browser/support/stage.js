// What a file of tests in browsers is played on: one server and one Chromium, there before anything else of the file
// happens, and gone after its last test. Each file runs in a process of its own, so importing them is enough.

import { after } from 'node:test';

import { Server } from '../../clients/js/support/server.js';
import { launch } from './browser.js';

export const server = await Server.start();

export const browser = await launch().catch(async (error) => {
  await server.remove();
  throw error;
});

after(async () => {
  await browser.close();
  await server.remove();
});
