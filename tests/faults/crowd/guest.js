// A guest who finds strangers, talks, and goes on, over connections that may end at any moment.

import { Line } from './line.js';
import { drawPlan } from './plan.js';

/** How long one waits for a stranger before giving up, unless the wishes leave little hope. */
const PATIENCE_MS = 60_000;
const SHORT_PATIENCE_MS = 4_000;
/** Beyond the time within which the server wants somebody back. */
const PAST_MS = 2_500;
/** How long one lingers for the other one to end it. */
const LINGERING_MS = 500;
const MOMENT_MS = 20;
/** As many times slower is a guest who has had their rounds. */
const LEISURE = 4;

export class Guest {
  #account;
  #config;
  #chance;
  #journal;
  #main;
  #second = null;
  /** As the server last told: MatchState, or null. */
  #match = null;
  /** Grows with every stranger that was found: an answer `waiting` that was asked for before says nothing. */
  #found = 0;
  /** Conversations that are over, or that this guest is done with. */
  #over = new Set();
  #messages = 0;
  #wakers = new Set();
  #isStopping = false;

  constructor(name, account, config, chance, journal) {
    this.name = name;
    this.rounds = 0;
    this.#account = account;
    this.#config = config;
    this.#chance = chance;
    this.#journal = journal;
  }

  async connect() {
    // A tenth begins with polling and upgrades.
    const transports = this.#chance.happens(0.1) ? ['polling', 'websocket'] : ['websocket'];
    this.#main = this.#open('main', transports);
    if (!await this.#until(() => this.#main.isReady, PATIENCE_MS)) throw new Error(`${this.name} cannot connect`);
  }

  /** Round after round until told to stop. */
  async live(onRound) {
    while (!this.#isStopping) {
      await this.#round(drawPlan(this.#chance, this.#config.habits, this.name));
      this.rounds += 1;
      onRound(this);
    }
    await this.#until(() => this.#main.isReady, PATIENCE_MS);
    await this.#main.ask(this.#match?.state === 'waiting' ? 'match:cancel' : 'match:leave', {});
    this.#second?.close();
    this.#main.close();
    this.#journal.flush();
  }

  stop() {
    this.#isStopping = true;
    this.#wake();
  }

  async #round(plan) {
    await this.#until(() => this.#main.isReady, PATIENCE_MS);
    const conversation = plan.changesMind ? await this.#changeMind(plan) : await this.#find(plan);
    if (conversation !== null) {
      await this.#talk(plan, conversation);
      await this.#end(plan.ending, conversation);
      if (plan.readsBack) await this.#main.ask('history', { conversation_id: conversation });
    }
    this.#second?.close();
    this.#second = null;
  }

  // Finding

  /** The conversation with a stranger, or null if there was none. */
  async #find(plan) {
    if (plan.secondSocket) {
      this.#second = this.#open('second', ['websocket']);
      await this.#until(() => this.#second.isReady, PATIENCE_MS);
    }
    const asking = [this.#ask(this.#main, this.#conversation ? 'match:next' : 'match:find', plan.wishes)];
    if (this.#second) asking.push(this.#ask(this.#second, 'match:find', plan.wishes));
    if (plan.cutWhileWaiting) {
      await this.#moment();
      await this.#goAndComeBack(plan.staysAway);
    }
    const answers = await Promise.all(asking);
    // Refused, which the checker tells; a guest who is refused must not ask again at once.
    if (answers.some((answer) => answer && !answer.ok)) await this.#pause();

    const patience = plan.wishes.only_common ? SHORT_PATIENCE_MS : PATIENCE_MS;
    await this.#until(() => this.#match?.state !== 'waiting' || this.#isStopping, patience);
    // The answer of a cancel may have been overtaken by a stranger.
    if (this.#match?.state === 'waiting') await this.#ask(this.#main, 'match:cancel', {});
    return this.#conversation;
  }

  /** Looks for somebody and cancels in the same breath. Null, unless the two have crossed. */
  async #changeMind(plan) {
    const finding = this.#ask(this.#main, this.#conversation ? 'match:next' : 'match:find', plan.wishes);
    await Promise.all([finding, this.#ask(this.#main, 'match:cancel', {})]);
    await this.#pause();
    // Whoever was found in that moment hears of the end as well.
    await this.#until(() => this.#conversation === null, LINGERING_MS);
    return this.#conversation;
  }

  // Talking

  async #talk(plan, conversation) {
    const said = [];
    for (let number = 0; number < plan.messages; number += 1) {
      if (plan.types) this.#main.tell('typing', { conversation_id: conversation, on: true });
      if (plan.cutBefore !== number) {
        await this.#pause();
      } else {
        await this.#moment();
        await this.#goAndComeBack(plan.staysAway);
        await this.#sayAgain(said);
        await this.#main.ask('history', { conversation_id: conversation });
      }
      // Nothing new is said before what was lost with a connection that nobody cut.
      if (said.some(({ isLost }) => isLost)) await this.#sayAgain(said);
      if (this.#conversation !== conversation) break;
      said.push(this.#say(this.#draft(conversation)));
    }
    await this.#sayAgain(said);
  }

  /** The body tells whoever reads it who wrote it, as the alias does not. */
  #draft(conversation) {
    this.#messages += 1;
    const client_id = crypto.randomUUID();
    return { conversation_id: conversation, body: `${this.name} ${this.#messages} ${client_id}`, client_id };
  }

  #say(draft) {
    const saying = { draft, isLost: false };
    saying.answer = this.#main.ask('message:send', draft).then((answer) => {
      saying.isLost = answer === null;
      return answer;
    });
    return saying;
  }

  /** Sends again, in order, what the end of a connection left unanswered. */
  async #sayAgain(said) {
    for (const [number, saying] of said.entries()) {
      if (await saying.answer !== null) continue;
      await this.#until(() => this.#main.isReady, PATIENCE_MS);
      said[number] = this.#say(saying.draft);
      await said[number].answer;
    }
  }

  // Ending

  async #end(ending, conversation) {
    const leave = () => this.#main.ask('match:leave', {});
    const block = () => this.#main.ask('user:block', { conversation_id: conversation });
    const ways = {
      // The next round asks for the next one.
      next: () => null,
      leave,
      linger: async () => {
        const isOver = await this.#until(() => this.#conversation !== conversation, LINGERING_MS);
        return isOver ? null : leave();
      },
      block,
      block_afterwards: async () => { await leave(); return block(); },
      report: () => this.#main.ask('report', { conversation_id: conversation, reason: 'spam' }),
    };
    const answer = await ways[ending]();
    if (answer?.ok) this.#finish(conversation);
  }

  // Being there

  /** Loses every connection; comes back at once or, to `stayAway`, when it is too late. */
  async #goAndComeBack(stayAway) {
    this.#second?.close();
    this.#second = null;
    this.#main.cut({ forGood: stayAway });
    if (stayAway) {
      await this.#sleep(this.#config.reconnect_ms + PAST_MS);
      this.#main.comeBack();
    }
    await this.#until(() => this.#main.isReady, PATIENCE_MS);
  }

  #open(name, transports) {
    return new Line(this.#config.url, this.#account.token, transports, this.#journal, name, {
      onReady: (match) => this.#learn(match),
      onEvent: (event, payload) => this.#hear(event, payload),
      onGone: () => this.#wake(),
    });
  }

  // What the server tells

  get #conversation() {
    return this.#match?.conversation_id ?? null;
  }

  async #ask(line, name, payload) {
    const [found, left] = [this.#found, name === 'match:next' ? this.#conversation : null];
    if (left !== null) this.#over.add(left);
    const answer = await line.ask(name, payload);
    if (!answer?.ok) this.#over.delete(left);
    else if (name === 'match:cancel') this.#cancelled();
    else if (answer.match.state === 'matched' || found === this.#found) this.#learn(answer.match);
    return answer;
  }

  #cancelled() {
    if (this.#match?.state === 'waiting') this.#match = null;
  }

  #hear(event, payload) {
    if (event === 'match:found') {
      this.#found += 1;
      this.#learn(payload);
    } else if (event === 'match:ended') {
      this.#finish(payload.conversation_id);
    }
  }

  #learn(match) {
    if (!this.#over.has(match?.conversation_id)) this.#match = match;
    this.#wake();
  }

  #finish(conversation) {
    this.#over.add(conversation);
    if (this.#conversation === conversation) this.#match = null;
    this.#wake();
  }

  // Time

  /** Whether `condition` comes true in time; asked whenever something has happened. */
  #until(condition, patienceMs) {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isTrue) => {
        clearTimeout(timer);
        this.#wakers.delete(look);
        resolve(isTrue);
      };
      const look = () => condition() && end(true);
      const timer = setTimeout(() => end(false), patienceMs);
      this.#wakers.add(look);
    });
  }

  #wake() {
    for (const look of [...this.#wakers]) look();
  }

  /** Nobody can foretell how long. Who has had their rounds is there for the others, and in no hurry. */
  #pause() {
    const { pause_ms: longest, rounds } = this.#config;
    return this.#sleep(this.#chance.between(0, this.rounds < rounds ? longest : LEISURE * longest));
  }

  /** As long as an answer takes, more or less: what is cut then is cut in the middle of something. */
  #moment() {
    return this.#sleep(this.#chance.between(0, MOMENT_MS));
  }

  #sleep(ms) {
    return new Promise((wake) => setTimeout(wake, ms));
  }
}
