//! Where the server is, as a person writes it.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The address of a server: scheme, host and port, nothing else.
///
/// Written as `https://chat.example.org` or `localhost:8000`. Without a scheme it is `http` on this machine and
/// `https` elsewhere, since a token travels with every connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress(Url);

impl ServerAddress {
    /// The address of something under `/api`, or of a page.
    pub(crate) fn http(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Where Socket.IO listens, over WebSocket alone.
    pub(crate) fn socket(&self) -> String {
        let origin = self.origin();
        let rest = origin.trim_start_matches("http");
        format!("ws{rest}/socket.io/?EIO=4&transport=websocket")
    }

    /// `http://localhost:8000`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// `localhost:8000`: for a person, who rarely cares for the scheme.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let written = written.trim();
        let url = if written.contains("://") {
            parse(written)?
        } else {
            let url = parse(&format!("https://{written}"))?;
            match is_this_machine(&url) {
                true => parse(&format!("http://{written}"))?,
                false => url,
            }
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it has to begin with http:// or https://".into());
        }
        let is_plain = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_plain || url.host_str().is_none_or(str::is_empty) {
            return Err(
                "it has to be a host, and a port if need be, without anything after it".into(),
            );
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

fn parse(whole: &str) -> Result<Url, String> {
    Url::parse(whole).map_err(|error| error.to_string())
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(written: &str) {
    let Ok(address) = written.parse::<ServerAddress>() else {
        return;
    };
    let again: ServerAddress = address.origin().parse().expect("an origin is an address");
    assert_eq!(again, address);
    // A token goes over the line: in the open only to this machine, or where somebody asked for it.
    // Of addresses, spaces and controls are not read.
    let typed: String = written.chars().filter(|c| *c > ' ').collect();
    let is_asked_for = typed
        .get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    let is_open = address.origin().starts_with("http://");
    assert!(!is_open || is_asked_for || is_this_machine(&address.0));
    for (scheme, place) in [("http", address.http("/api")), ("ws", address.socket())] {
        let url = Url::parse(&place).expect("it is an address");
        assert!(url.scheme().starts_with(scheme) && url.host_str() == address.0.host_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_understood_as_people_write_it() {
        for (written, origin, socket) in [
            (
                "localhost:8000",
                "http://localhost:8000",
                "ws://localhost:8000",
            ),
            (
                " http://localhost:8000/ ",
                "http://localhost:8000",
                "ws://localhost:8000",
            ),
            ("127.0.0.1:81", "http://127.0.0.1:81", "ws://127.0.0.1:81"),
            (
                "chat.example.org",
                "https://chat.example.org",
                "wss://chat.example.org",
            ),
            (
                "http://192.168.1.5:8000",
                "http://192.168.1.5:8000",
                "ws://192.168.1.5:8000",
            ),
            ("[::1]:8000", "http://[::1]:8000", "ws://[::1]:8000"),
            (
                "chat.localhost:81",
                "http://chat.localhost:81",
                "ws://chat.localhost:81",
            ),
            // What only begins like this machine is elsewhere: a token must not go there in the open.
            (
                "localhost.example.org",
                "https://localhost.example.org",
                "wss://localhost.example.org",
            ),
            (
                "127.example.org:8000",
                "https://127.example.org:8000",
                "wss://127.example.org:8000",
            ),
        ] {
            let address: ServerAddress = written.parse().expect(written);
            assert_eq!(address.origin(), origin);
            assert!(
                address
                    .socket()
                    .starts_with(&format!("{socket}/socket.io/?"))
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for written in [
            "",
            "   ",
            "http://",
            "ftp://example.org",
            "https://example.org/chat",
            "https://example.org/?a=1",
            "https://ana:secret@example.org",
            "localhost:eight",
            "a b",
        ] {
            assert!(written.parse::<ServerAddress>().is_err(), "{written:?}");
        }
    }
    proptest! {
        #[test]
        fn no_address_is_too_odd(written in "(https?://)?(localhost|\\[::1\\]|127\\.1|[a-z0-9.%@-]{1,9})(:[0-9]{1,5})?\\PC{0,3}") {
            promises(&written);
        }
    }
}
