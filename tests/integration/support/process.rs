//! The program itself, as an operator starts it: settings in, a log out, signals.

use super::{Caller, Credential, Person, Program, Refusal, until, within};
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::net::TcpStream;

/// A process of the real program. It is killed if nobody stops it.
pub(crate) struct Process {
    /// Where it listens, if it does.
    pub(crate) url: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Runs it in `folder` with these settings and no others, on a port that is free unless one is
    /// among them.
    pub(crate) fn runs(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let port = settings.iter().find(|(name, _)| *name == "PORT");
        let port = port.map_or_else(free_port, |(_, port)| (*port).into());
        let log = folder.join(format!("log-{port}"));
        let child = Command::new(env!("CARGO_BIN_EXE_chinwag"))
            .current_dir(folder)
            .env_clear()
            .env("PORT", &port)
            .envs(settings.iter().copied())
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the program is there");
        let url = format!("http://127.0.0.1:{port}");
        Self { url, child, log }
    }

    /// [`Process::runs`], and waits until it serves: it listens before it has made its database, and answers
    /// afterwards.
    pub(crate) async fn serves(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let process = Self::runs(folder, settings);
        let address = process.url.trim_start_matches("http://");
        until("the program to listen", async || {
            TcpStream::connect(address).await.is_ok()
        })
        .await;
        let ready = within("the program to serve", process.caller().get("/readyz")).await;
        assert_eq!(ready.status, 200, "{}", process.log());
        process
    }

    /// Waits until it has ended; its exit code and everything that it logged.
    pub(crate) async fn ends(mut self) -> (Option<i32>, String) {
        let mut code = None;
        until("the program to end", || {
            let status = self.child.try_wait().expect("a child of ours");
            code = status.map(|status| status.code());
            std::future::ready(code.is_some())
        })
        .await;
        (code.flatten(), self.log())
    }

    /// Asks it to stop, as an operator does.
    pub(crate) fn gets_sigterm(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill -TERM {pid}"
        );
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log in UTF-8")
    }

    pub(crate) fn person(&self) -> Person {
        Person::at(&self.url, &self.url)
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::at(&self.url)
    }

    pub(crate) async fn connects(&self, credential: Credential<'_>) -> Result<Program, Refusal> {
        Program::connect(&self.url, &self.url, credential).await
    }

    /// The code that was sent last, from the development inbox.
    pub(crate) async fn last_code(&self) -> String {
        let inbox = self.caller().get("/dev/inbox.json").await.json();
        let code = inbox[0]["code"].as_str().expect("an SMS with a code");
        code.to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It fails when it has ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command of the program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command of the program over the database in `folder`, with these settings besides, and types these lines.
pub(crate) fn runs_errand(
    folder: &Path,
    arguments: &[&str],
    settings: &[(&str, &str)],
    typed: &str,
) -> Errand {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chinwag"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("DATABASE_URL", "sqlite://chinwag.db")
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is there");
    let mut stdin = child.stdin.take().expect("it can be typed to");
    // It may have ended without reading.
    let _ = stdin.write_all(typed.as_bytes());
    drop(stdin);
    let ended = child.wait_with_output().expect("it ends");
    Errand {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout).expect("UTF-8"),
        err: String::from_utf8(ended.stderr).expect("UTF-8"),
    }
}

/// A port that nobody listens on, and that is given to nobody else before the program takes it: the system gives
/// the ones from 32768 to whoever asks for any, such as the servers of other tests.
pub(crate) fn free_port() -> String {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Where other tests run at the same time, they begin elsewhere.
    let first = 20_000 + u16::try_from(std::process::id() % 8_000).expect("a small number");
    loop {
        let port = first + GIVEN.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_768, "there is no port left");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port.to_string();
        }
    }
}
