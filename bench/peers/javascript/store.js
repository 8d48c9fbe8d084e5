// What is kept, in SQLite through better-sqlite3 or bun:sqlite, which are used alike.
//
// A message is committed to disk before anybody hears of it. All messages that came in one turn of the event loop share a
// commit, unless `commitsEach`.

const STATEMENTS = {
  user: "SELECT id, username FROM users JOIN tokens ON user_id = id WHERE token = ?",
  conversations: `SELECT id, last_seq AS counter FROM memberships JOIN conversations ON id = conversation_id WHERE user_id = ?`,
  membership: "SELECT 1 FROM memberships WHERE user_id = ? AND conversation_id = ?",
  nextSeq: "UPDATE conversations SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq AS seq",
  message: `INSERT INTO messages (conversation_id, seq, sender_id, client_id, body, sent_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
  after: `SELECT m.id, conversation_id, seq, seq AS rev, sender_id, username, client_id, body, sent_at
    FROM messages m JOIN users u ON u.id = sender_id WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
  newUser: "INSERT INTO users (username) VALUES (?) RETURNING id",
  newToken: "INSERT INTO tokens (token, user_id) VALUES (?, ?)",
  newConversation: "INSERT INTO conversations DEFAULT VALUES RETURNING id",
  newMembership: "INSERT INTO memberships (user_id, conversation_id) VALUES (?, ?)",
};

export class Store {
  #db;
  #sql;
  #jobs = [];
  #commitsEach;

  constructor(db, { commitsEach }) {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;");
    this.#db = db;
    this.#commitsEach = commitsEach;
    this.#sql = Object.fromEntries(Object.entries(STATEMENTS).map(([name, sql]) => [name, db.prepare(sql)]));
  }

  userOf(token) {
    return this.#sql.user.get(token);
  }

  conversationsOf(user) {
    return this.#sql.conversations.all(user.id);
  }

  messagesAfter(conversation, seq, limit) {
    return this.#sql.after.all(conversation, seq, limit).map(({ sender_id, username, sent_at, ...message }) => ({
      ...message,
      sender: { id: sender_id, username, name: username },
      sent_at: new Date(sent_at).toISOString(),
    }));
  }

  // Calls back with the message once it is on disk, or with nothing if they are no member.
  send(user, draft, done) {
    this.#write(() => this.#insert(user, draft), done);
  }

  openMatch(one, other, done) {
    this.#write(() => {
      const { id } = this.#sql.newConversation.get();
      for (const user of [one, other]) this.#sql.newMembership.run(user.id, id);
      return id;
    }, done);
  }

  addGuest(username, token) {
    return this.#db.transaction(() => {
      const { id } = this.#sql.newUser.get(username);
      this.#sql.newToken.run(token, id);
      return id;
    })();
  }

  #insert(user, { conversation_id, client_id, body }) {
    if (!this.#sql.membership.get(user.id, conversation_id)) return undefined;
    const { seq } = this.#sql.nextSeq.get(conversation_id);
    const now = Date.now();
    const { id } = this.#sql.message.get(conversation_id, seq, user.id, client_id, body, now);
    const sender = { id: user.id, username: user.username, name: user.username };
    return { id, conversation_id, seq, rev: seq, sender, body, client_id, sent_at: new Date(now).toISOString() };
  }

  #write(job, done) {
    if (this.#commitsEach) return done(this.#db.transaction(job)());
    this.#jobs.push({ job, done });
    if (this.#jobs.length === 1) setImmediate(() => this.#commit());
  }

  #commit() {
    const jobs = this.#jobs;
    this.#jobs = [];
    const results = this.#db.transaction(() => jobs.map(({ job }) => job()))();
    jobs.forEach(({ done }, at) => done(results[at]));
  }
}
