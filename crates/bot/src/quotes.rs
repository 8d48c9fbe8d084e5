//! Asks a quote service for the price of a share.
//!
//! Nothing that comes from there is believed: it has little time, little room, no say in where to ask
//! next, and of all that it may answer only a plain decimal number is used. Nor does the person who
//! asks choose more than a symbol: not the host, and no path.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Response, Url};
use std::fmt;
use std::time::Duration;

const LONGEST_ANSWER: usize = 64 * 1024;
const LONGEST_SYMBOL: usize = 32;
const PLACE: &str = "{symbol}";

/// What stands for a share: letters, digits and `.^=_-`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Symbol(String);

impl Symbol {
    /// A symbol needs a letter or a digit: a lone `..` would be a step up in a path.
    pub(crate) fn parse(asked: &str) -> Option<Self> {
        let fits = !asked.is_empty() && asked.len() <= LONGEST_SYMBOL;
        let is_symbol = fits
            && asked.chars().all(may_be_in_a_symbol)
            && asked.chars().any(|one| one.is_ascii_alphanumeric());
        is_symbol.then(|| Self(asked.to_ascii_uppercase()))
    }

    fn in_an_address(&self) -> String {
        let encode = |one: char| match one {
            '^' | '=' => format!("%{:02X}", u32::from(one)),
            _ => one.to_ascii_lowercase().to_string(),
        };
        self.0.chars().map(encode).collect()
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn may_be_in_a_symbol(one: char) -> bool {
    one.is_ascii_alphanumeric() || ".^=_-".contains(one)
}

/// What was asked, fit to be repeated in a room: whatever cannot be in a symbol becomes a space.
pub(crate) fn repeatable(asked: &str) -> String {
    let spaced = asked.replace(|one| !may_be_in_a_symbol(one), " ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut text = words.join(" ");
    text.truncate(LONGEST_SYMBOL);
    match text.trim_end() {
        "" => "that".to_owned(),
        text => text.to_owned(),
    }
}

/// The address of the service, with `{symbol}` where the symbol goes. It may hold a key: not for the log.
#[derive(Clone)]
pub(crate) struct QuoteAddress(String);

impl QuoteAddress {
    pub(crate) fn parse(template: &str) -> Result<Self> {
        const EXPECTED: &str =
            "is no quote service; expected http(s)://host/… with {symbol} in the path or query";
        let with = |symbol: &str| Url::parse(&template.replace(PLACE, symbol)).context(EXPECTED);
        let (one, other) = (with("a")?, with("b")?);
        let is_http = matches!(one.scheme(), "http" | "https");
        // Whoever asks in a room chooses what is asked, not who is.
        let keeps_its_host = one.authority() == other.authority();
        let asks_for_it = (one.path(), one.query()) != (other.path(), other.query());
        ensure!(is_http && keeps_its_host && asks_for_it, EXPECTED);
        Ok(Self(template.to_owned()))
    }

    fn of(&self, symbol: &Symbol) -> String {
        self.0.replace(PLACE, &symbol.in_an_address())
    }
}

/// The quote service.
pub(crate) struct Quotes {
    http: Client,
    address: QuoteAddress,
    within: Duration,
}

impl Quotes {
    /// `http` must not follow redirects: the answer would choose where to ask next.
    pub(crate) fn new(http: Client, address: QuoteAddress, within: Duration) -> Self {
        Self {
            http,
            address,
            within,
        }
    }

    /// The last price, or none, whatever the reason; that goes to the log.
    pub(crate) async fn price(&self, symbol: &Symbol) -> Option<String> {
        let text = match tokio::time::timeout(self.within, self.ask(symbol)).await {
            Ok(Ok(text)) => text,
            Ok(Err(why)) => {
                tracing::warn!("no quote: {why:#}");
                return None;
            }
            Err(_) => {
                tracing::warn!("no quote: the service takes too long");
                return None;
            }
        };
        last_price(&text).map(str::to_owned)
    }

    async fn ask(&self, symbol: &Symbol) -> Result<String> {
        let request = self.http.get(self.address.of(symbol));
        // Without the address, which tells who asked for what, and may hold a key.
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        ensure!(
            answer.status() == 200,
            "the service answers {}",
            answer.status()
        );
        read(answer).await
    }
}

async fn read(mut answer: Response) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        let fits = bytes.len() + chunk.len() <= LONGEST_ANSWER;
        ensure!(fits, "the service answers more than {LONGEST_ANSWER} bytes");
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).context("the service does not answer in UTF-8")
}

/// The column `Close` of the first row: `Symbol,Date,Time,Open,High,Low,Close,Volume`, then its values.
/// `N/D` there means that the symbol is unknown.
fn last_price(csv: &str) -> Option<&str> {
    let mut lines = csv.lines();
    let header: Vec<_> = lines.next()?.split(',').collect();
    let row: Vec<_> = lines.next()?.split(',').collect();
    let is_quote = header.first() == Some(&"Symbol") && header.len() == row.len();
    let close = header.iter().position(|&name| name == "Close")?;
    let price = row.get(close).copied().filter(|_| is_quote)?;
    is_price(price).then_some(price)
}

/// A decimal number without sign or exponent, of a size that a share may cost.
fn is_price(text: &str) -> bool {
    let digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|one| one.is_ascii_digit())
    };
    match text.split_once('.') {
        Some((whole, part)) => digits(whole, 12) && digits(part, 10),
        None => digits(text, 12),
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Some(symbol) = Symbol::parse(text) {
        let address = QuoteAddress("https://quotes.example/q/{symbol}?s={symbol}".into());
        let url = Url::parse(&address.of(&symbol)).expect("it is an address");
        assert_eq!(
            (url.host_str(), url.port(), url.username()),
            (Some("quotes.example"), None, "")
        );
        assert!(url.path().starts_with("/q/") && url.path().matches('/').count() == 2);
        assert!(url.query_pairs().count() == 1 && url.fragment().is_none());
        assert_eq!(Symbol::parse(&symbol.to_string()).as_ref(), Some(&symbol));
    }
    let repeated = repeatable(text);
    assert!((1..=LONGEST_SYMBOL).contains(&repeated.len()));
    assert!(
        repeated
            .chars()
            .all(|one| one == ' ' || may_be_in_a_symbol(one))
    );
    assert_eq!(repeatable(&repeated), repeated);
    assert!(
        last_price(text).is_none_or(
            |price| text.contains(price) && price.parse::<f64>().is_ok_and(f64::is_finite)
        )
    );
    if let Ok(address) = QuoteAddress::parse(text) {
        let asks = |symbol: &str| {
            Url::parse(&address.of(&Symbol(symbol.into()))).expect("it is an address")
        };
        assert_eq!(asks("AAPL.US").authority(), asks("^SPX=F").authority());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "Symbol,Date,Time,Open,High,Low,Close,Volume";

    fn row(close: &str) -> String {
        format!("{HEADER}\r\nAAPL.US,2026-11-20,22:00:09,90.1,94.2,89.9,{close},1234\r\n")
    }

    #[test]
    fn s2_48_the_close_is_the_price() {
        for price in ["93.42", "0.0005", "93", "123456789012.25"] {
            assert_eq!(last_price(&row(price)), Some(price));
        }
        let elsewhere = "Symbol,Close\nWIG,61000.5";
        assert_eq!(last_price(elsewhere), Some("61000.5"));
    }

    #[test]
    fn s2_48_what_is_not_a_plain_decimal_number_is_no_price() {
        let digits = "9".repeat(400);
        for price in [
            "N/D",
            "",
            "-5",
            "+5",
            "NaN",
            "inf",
            "1e400",
            "1e3",
            "0x10",
            "1_000",
            ".5",
            "5.",
            "1.2.3",
            " 5",
            "5 ",
            "٥",
            "<b>5</b>",
            "\u{1b}[31m5",
            "5\u{202e}",
            "=1+1",
            &digits,
        ] {
            assert_eq!(last_price(&row(price)), None, "{price:?}");
        }
    }

    #[test]
    fn s2_48_what_is_not_the_table_has_no_price() {
        let page = "<html><body>Close</body></html>";
        let short = format!("{HEADER}\nAAPL.US,93.42");
        let swapped = "Date,Symbol,Close\n2026-11-20,AAPL.US,93.42";
        let nameless = "Symbol,Price\nAAPL.US,93.42";
        for text in [
            "", "\n", "\n\n\n", HEADER, "93.42", page, &short, swapped, nameless,
        ] {
            assert_eq!(last_price(text), None, "{text:?}");
        }
    }

    #[test]
    fn s2_48_a_symbol_is_letters_digits_and_a_few_signs() {
        for (asked, shown) in [
            ("aapl.us", "AAPL.US"),
            ("WIG", "WIG"),
            ("^spx", "^SPX"),
            ("6", "6"),
        ] {
            assert_eq!(Symbol::parse(asked).expect(asked).to_string(), shown);
        }
        let long = "a".repeat(33);
        for asked in [
            "",
            ".",
            "..",
            "^",
            "a b",
            "a/b",
            "../a",
            "a%2e",
            "a?b",
            "a#b",
            "a&b",
            "a@b",
            "a:1",
            "é",
            "a\n",
            "<a>",
            "\u{1b}[31m",
            &long,
        ] {
            assert_eq!(Symbol::parse(asked), None, "{asked:?}");
        }
    }

    #[test]
    fn s2_48_what_is_repeated_in_a_room_is_harmless() {
        let long = "a".repeat(100);
        for (asked, repeated) in [
            ("aapl.us", "aapl.us"),
            ("no such thing", "no such thing"),
            ("<b onclick=x>hi</b>", "b onclick=x hi b"),
            ("\u{1b}[31mred\r\n\u{202e}", "31mred"),
            ("\u{1f980}", "that"),
            (&long, &long[..32]),
        ] {
            assert_eq!(repeatable(asked), repeated);
        }
    }

    #[test]
    fn a_symbol_is_asked_for_in_lower_case_and_encoded() {
        let address =
            QuoteAddress::parse("https://stooq.com/q/l/?s={symbol}&e=csv").expect("an address");
        let asked = address.of(&Symbol::parse("^SPX=F").expect("a symbol"));
        assert_eq!(asked, "https://stooq.com/q/l/?s=%5Espx%3Df&e=csv");
    }

    #[test]
    fn who_asks_cannot_choose_who_is_asked() {
        for template in [
            "https://stooq.com/",
            "https://{symbol}/",
            "https://{symbol}.example.org/{symbol}",
            "https://me:{symbol}@example.org/{symbol}",
            "https://example.org:{symbol}/",
            "https://example.org/#{symbol}",
            "file:///{symbol}",
            "gopher://example.org/{symbol}",
            "{symbol}",
            "{symbol}://example.org/{symbol}",
        ] {
            assert!(QuoteAddress::parse(template).is_err(), "{template}");
        }
        assert!(QuoteAddress::parse("http://[::1]:8080/{symbol}.csv").is_ok());
    }
    proptest! {
        #[test]
        fn s2_48_nothing_that_is_asked_is_too_odd(text in "[a-zA-Z0-9.^=_/?#%&@: -]{0,40}|\\PC{0,40}") {
            promises(&text);
        }

        #[test]
        fn s2_48_nothing_that_is_answered_is_too_odd(close in "[0-9.eE+-]{0,14}|\\PC{0,9}") {
            promises(&row(&close));
        }
    }
}
