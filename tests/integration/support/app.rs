//! The server under test: the real one, on port 0, over a database in a folder of its own. It can be
//! stopped and started again on the same database and port.

use super::{Caller, Credential, Program, Provider, Refusal, until, within};
use chinwag::accounts::Accounts;
use chinwag::app::App;
use chinwag::clock::Clock;
use chinwag::config::Config;
use chinwag::matching::Matching;
use chinwag::model::UserId;
use chinwag::server;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server about to be started.
pub(crate) struct Setup {
    settings: HashMap<String, String>,
    clock: Clock,
    grace: Duration,
}

impl Setup {
    /// Limits of rate hold, and the clock stands until it is moved.
    pub(crate) fn strict() -> Self {
        let setup = Self::relaxed().with("LIMITS", "on");
        Self {
            clock: Clock::manual(Clock::System.now()),
            ..setup
        }
    }

    /// Limits of rate are lifted, and the clock goes by itself.
    pub(crate) fn relaxed() -> Self {
        let settings = [
            ("MODE", "development"),
            ("LIMITS", "off"),
            ("PASSWORD_COST", "4"),
        ];
        Self {
            settings: settings
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            clock: Clock::System,
            grace: Duration::from_secs(600),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.insert(name.into(), value.to_string());
        self
    }

    /// Somebody is gone that long after their last socket closed.
    pub(crate) fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// For people: SMS go to the provider.
    pub(crate) fn in_production(self, provider: &Provider) -> Self {
        self.with("MODE", "production")
            .with("LIMITS", "on")
            .with("PASSWORD_COST", 10)
            .with("SECRET_KEY", "0123456789abcdef0123456789abcdef")
            .with("SMS_BACKEND", "twilio")
            .with("TWILIO_ACCOUNT_SID", "AC0123")
            .with("TWILIO_AUTH_TOKEN", "a-secret-of-the-operator")
            .with("TWILIO_PHONE_NUMBER", "+15005550006")
            .with("TWILIO_API_BASE", &provider.url)
    }

    pub(crate) async fn start(mut self) -> TestApp {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a listener of tokio's kind");
        let port = listener.local_addr().expect("it is bound").port();
        let url = format!("http://127.0.0.1:{port}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = format!("sqlite://{}", folder.path().join("chinwag.db").display());
        self.settings
            .entry("PUBLIC_URL".into())
            .or_insert(url.clone());
        self.settings.insert("DATABASE_URL".into(), database);
        let mut app = TestApp {
            setup: self,
            listener,
            folder,
            url,
            running: None,
            numbers: AtomicU32::new(100),
        };
        app.start().await;
        app
    }
}

/// A running server.
pub(crate) struct TestApp {
    /// Where it listens, such as `http://127.0.0.1:40000`.
    pub(crate) url: String,
    setup: Setup,
    listener: TcpListener,
    folder: TempDir,
    running: Option<Running>,
    numbers: AtomicU32,
}

struct Running {
    app: App,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// Somebody who has signed up, with a token.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) number: String,
    pub(crate) token: String,
}

impl TestApp {
    /// Without limits of rate, by the system's clock: what most tests want.
    pub(crate) async fn new() -> Self {
        Setup::relaxed().start().await
    }

    pub(crate) async fn start(&mut self) {
        let config =
            Config::read(|name| self.setup.settings.get(name).cloned()).expect("good settings");
        let app =
            App::open_with(config, self.setup.clock.clone(), self.setup.grace).expect("it opens");
        app.resume().await.expect("it goes on");
        let listener = self
            .listener
            .try_clone()
            .expect("another handle on the port");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server::run(listener, app.clone(), async {
            let _ = stopped.await;
        }));
        self.running = Some(Running { app, stop, serving });
    }

    /// Asks it to stop, as SIGTERM does; what comes back resolves when it has.
    pub(crate) fn begin_to_stop(&mut self) -> JoinHandle<()> {
        let running = self.running.take().expect("it runs");
        running.stop.send(()).expect("it still runs");
        running.serving
    }

    /// [`TestApp::restart`] with another setting.
    pub(crate) async fn restart_with(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        self.setup.settings.insert(name.into(), value);
        self.restart().await;
    }

    pub(crate) async fn restart(&mut self) {
        let stopping = self.begin_to_stop();
        within("the server to stop", stopping)
            .await
            .expect("it stops in order");
        self.start().await;
    }

    /// All verbs, for what a page begins and need not wait for.
    pub(crate) fn app(&self) -> &App {
        &self.running.as_ref().expect("it runs").app
    }

    /// The verbs behind the pages, for what no page does by itself.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.app().accounts
    }

    /// What time does to matches.
    pub(crate) fn matching(&self) -> &Matching {
        &self.app().matching
    }

    /// Whether somebody has a connection, as far as the server knows.
    pub(crate) fn is_here(&self, user: i64) -> bool {
        self.app().cluster.is_here(UserId(user))
    }

    /// The folder that holds the database.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The origin of its pages.
    pub(crate) fn origin(&self) -> String {
        self.app().config.origin()
    }

    /// Moves the clock of [`Setup::strict`].
    pub(crate) fn wait(&self, seconds: u64) {
        self.setup.clock.advance(Duration::from_secs(seconds));
    }

    /// A number that nobody has used yet. Every tenth has another prefix.
    pub(crate) fn fresh_number(&self) -> String {
        let n = self.numbers.fetch_add(1, Ordering::Relaxed);
        format!("+1201{:03}{:04}", 200 + n / 10, 1000 + n)
    }

    /// How many SMS were sent, to anybody.
    pub(crate) fn sms_sent(&self) -> usize {
        self.app()
            .inbox
            .as_ref()
            .expect("an inbox")
            .messages()
            .len()
    }

    /// The texts that were sent to that number, the newest first.
    pub(crate) fn sms_to(&self, number: &str) -> Vec<String> {
        let messages = self.app().inbox.as_ref().expect("an inbox").messages();
        messages
            .into_iter()
            .filter(|sms| sms.to == number)
            .map(|sms| sms.body)
            .collect()
    }

    /// The code that was sent to that number last.
    pub(crate) fn code_for(&self, number: &str) -> String {
        let texts = self.sms_to(number);
        code_in(texts.first().expect("an SMS was sent")).expect("it holds a code")
    }

    /// Waits until what was deleted is gone: it goes in portions, and its place is the last of it.
    pub(crate) async fn clears(&self, conversation: i64) {
        let rest = format!("conversations WHERE id = {conversation}");
        until("what was deleted to be gone", async || {
            self.count(&rest) == 0
        })
        .await;
    }

    /// How many rows there are, such as of `users WHERE name = 'Kevin'`.
    pub(crate) fn count(&self, rows: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let mut conn = self.database();
        diesel::sql_query(format!("SELECT count(*) AS n FROM {rows}"))
            .get_result::<Count>(&mut conn)
            .expect("a query that can be asked")
            .n
    }

    /// Changes the database behind the server's back, for what would take people very long.
    pub(crate) fn runs(&self, sql: &str) {
        let done = self.database().batch_execute(sql);
        done.expect("statements that can be run");
    }

    /// Changes a copy of the database that lies in [`TestApp::folder`].
    pub(crate) fn changes_copy(&self, name: &str, sql: &str) {
        let path = self.folder.path().join(name);
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a copy");
        conn.batch_execute(sql).expect("statements that can be run");
    }

    /// Keeps everybody from writing until what comes back is dropped.
    pub(crate) fn occupies_the_database(&self) -> SqliteConnection {
        let mut conn = self.database();
        conn.batch_execute("BEGIN IMMEDIATE").expect("the lock");
        conn
    }

    fn database(&self) -> SqliteConnection {
        let path = self.folder.path().join("chinwag.db");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
        conn.batch_execute("PRAGMA busy_timeout = 10000")
            .expect("a patient connection");
        conn
    }

    /// Somebody new, by the three steps of the API.
    pub(crate) async fn signs_up(&self, username: &str) -> Account {
        self.signs_up_with(username, &self.fresh_number(), username)
            .await
    }

    pub(crate) async fn signs_up_with(&self, username: &str, number: &str, name: &str) -> Account {
        let api = Caller::new(self);
        let challenge = api.asks_for_code(number).await.field("challenge");
        let pin = self.code_for(number);
        let signup = api.gives_code(&challenge, &pin).await.field("signup");
        let finished = json!({ "signup": signup, "username": username, "name": name });
        let answer = api.post_json("/api/phone/finish", &finished).await.json();
        Account {
            id: answer["user_id"]
                .as_i64()
                .unwrap_or_else(|| panic!("no account: {answer}")),
            username: username.into(),
            number: number.into(),
            token: answer["token"].as_str().expect("a token").into(),
        }
    }

    /// Somebody new, with a socket.
    pub(crate) async fn program(&self, username: &str) -> Program {
        let account = self.signs_up(username).await;
        self.connects(&account).await
    }

    /// One more socket of somebody.
    pub(crate) async fn connects(&self, account: &Account) -> Program {
        self.try_connect(Credential::Token(&account.token))
            .await
            .expect("let in")
    }

    pub(crate) async fn try_connect(&self, credential: Credential<'_>) -> Result<Program, Refusal> {
        Program::connect(&self.url, &self.origin(), credential).await
    }

    /// Two people who talk, and their conversation. The first one opened it.
    pub(crate) async fn two_people(&self) -> (Program, Program, i64) {
        let (mut kevin, jz) = (self.program("kevin").await, self.program("jz").await);
        let conversation = kevin.opens("jz").await;
        (kevin, jz, conversation)
    }
}

/// The six digits in an SMS.
pub(crate) fn code_in(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|run| run.len() == 6)
        .map(Into::into)
}

/// The error code of a refused event; nothing if it was done.
pub(crate) fn refusal_of(answer: &Value) -> Option<&str> {
    answer["error"]["code"].as_str()
}
