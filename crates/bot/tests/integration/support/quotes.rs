//! A quote service with a symbol for every way to answer.

use super::http::{Request, answer};
use super::in_time;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};

const HEADER: &str = "Symbol,Date,Time,Open,High,Low,Close,Volume";

pub(crate) struct Quotes {
    address: String,
    asked: mpsc::UnboundedReceiver<String>,
    shared: Arc<Shared>,
}

struct Shared {
    /// Requests for `held` wait for one of these.
    releases: Semaphore,
    open: AtomicUsize,
    most_open: AtomicUsize,
    /// An answer without end was cut off by the bot.
    cut_off: Notify,
}

impl Quotes {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (tell, asked) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            releases: Semaphore::new(0),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            cut_off: Notify::new(),
        });
        let for_all = shared.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (tell, shared) = (tell.clone(), for_all.clone());
                tokio::spawn(async move {
                    let path = Request::read(&mut stream).await.path;
                    // The test may be over.
                    let _ = tell.send(path.clone());
                    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
                    shared.most_open.fetch_max(open, Ordering::SeqCst);
                    serve(stream, path.rsplit('/').next().expect("a name"), &shared).await;
                });
            }
        });
        Self {
            address,
            asked,
            shared,
        }
    }

    /// What goes into `FINBOT_QUOTE_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/quotes/{{symbol}}", self.address)
    }

    /// The path of the next request.
    pub(crate) async fn is_asked(&mut self) -> String {
        in_time(self.asked.recv()).await.expect("a request")
    }

    /// Whether there was a request that no test has looked at.
    pub(crate) fn was_asked(&mut self) -> bool {
        self.asked.try_recv().is_ok()
    }

    /// Lets requests for `held` be answered.
    pub(crate) fn release(&self, how_many: usize) {
        self.shared.releases.add_permits(how_many);
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    pub(crate) async fn was_cut_off(&self) {
        in_time(self.shared.cut_off.notified()).await;
    }
}

async fn serve(stream: TcpStream, symbol: &str, shared: &Shared) {
    let quote =
        |close: &str| format!("{HEADER}\r\nX,2026-11-20,22:00:09,90.1,94.2,89.9,{close},1234\r\n");
    let body = match symbol {
        "held" => {
            let release = shared.releases.acquire().await.expect("open");
            release.forget();
            quote("1.5")
        }
        "slow" => return std::future::pending().await,
        "endless" => return write_without_end(stream, shared).await,
        "hangs-up" => return,
        "redirect" => return answer(stream, "302 Found\r\nLocation: /quotes/found", b"").await,
        "error" => return answer(stream, "500 Internal Server Error", quote("5").as_bytes()).await,
        "binary" => return answer(stream, "200 OK", &[0xff; 1000]).await,
        "no-http" => return write(stream, b"220 mail.example.org ESMTP\r\n").await,
        "big" => quote("5") + &"x".repeat(10_000_000),
        "page" => "<html><script>alert(1)</script></html>".into(),
        "escapes" => quote("\u{1b}[2J\u{1b}]0;owned\u{7}5"),
        "html" => quote("<img src=x onerror=alert(1)>"),
        "negative" => quote("-5"),
        "huge" => quote(&"9".repeat(400)),
        "nan" => quote("NaN"),
        "nd" => quote("N/D"),
        "empty" => String::new(),
        _ => quote("93.42"),
    };
    // Before the answer: whoever has it may ask again at once.
    shared.open.fetch_sub(1, Ordering::SeqCst);
    answer(stream, "200 OK\r\nContent-Type: text/csv", body.as_bytes()).await;
}

async fn write(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).await;
}

async fn write_without_end(mut stream: TcpStream, shared: &Shared) {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n";
    let mut written = stream.write_all(head).await;
    while written.is_ok() {
        written = stream.write_all(&[b'x'; 8192]).await;
    }
    shared.cut_off.notify_one();
}
