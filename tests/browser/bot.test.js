// The bot among people at the page of a room: chinwag-bot, and a quote service that is sometimes odd.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { request } from '../clients/js/support/people.js';
import { Server } from '../clients/js/support/server.js';
import { Bot } from './support/bot.js';
import { launch } from './support/browser.js';
import { people } from './support/roommate.js';

const ACCOUNT = { username: 'finbot', password: 'correct horse battery', email: 'finbot@example.org' };
const HEADER = 'Symbol,Date,Time,Open,High,Low,Close,Volume';
const CLOSES = { 'aapl.us': '93.42', wig: '61000.5', evil: '<img src=x onerror=alert(1)>' };

let server, quotes, browser, bot;

before(async () => {
  server = await Server.start();
  quotes = createServer(({ url }, answer) => {
    const symbol = url.slice(1);
    answer.end(`${HEADER}\r\n${symbol.toUpperCase()},2026-11-20,22:00:09,1,2,3,${CLOSES[symbol] ?? 'N/D'},1234\r\n`);
  }).listen(0, '127.0.0.1');
  await once(quotes, 'listening');
  browser = await launch();
  assert.equal((await request(server, '/register', ACCOUNT)).status, 200);
});

after(async () => {
  await bot?.stop();
  await browser?.close();
  quotes.close();
  await server.remove();
});

test('s2_44, s2_47 and s2_48 who asks the bot on the page is answered before the eyes of all, also after a restart', { timeout: 120_000 }, async () => {
  const [ana, bo] = await people(browser, server, ['Ana', 'Bo']);
  for (const person of [ana, bo]) await person.enters('general');
  bot = Bot.start(server, ACCOUNT, `http://127.0.0.1:${quotes.address().port}/{symbol}`);
  await ana.notice('finbot joined').waitFor();

  await ana.say('/stock=aapl.us');
  for (const person of [ana, bo]) await person.line('AAPL.US quote is $93.42 per share').getByText('finbot').waitFor();
  await bo.say('/stock=evil');
  await ana.line('I could not find stock data for evil').waitFor();
  await ana.photograph('bot');

  await server.restart();
  await bot.isIn('general', 2);
  await bo.page.reload();
  await bo.isIn('general');
  await bo.say('/stock=wig');
  for (const person of [ana, bo]) {
    await person.line('WIG quote is $61000.5 per share').waitFor({ timeout: 30_000 });
    // The commands are not kept, the answers are; and the bot has answered nothing else.
    await person.seesLines(['AAPL.US quote is $93.42 per share', 'I could not find stock data for evil', 'WIG quote is $61000.5 per share']);
    assert.deepEqual(person.troubles, []);
  }
  assert.equal(await bo.command('/stock=aapl.us').count(), 0);
});
