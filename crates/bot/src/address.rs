//! Where the server is: `FINBOT_HOST`, as `host:port` or with `http://` or `https://` before it.

use anyhow::{Context, Result, ensure};
use reqwest::Url;

/// The addresses of one server.
pub(crate) struct ServerAddress(Url);

impl ServerAddress {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let whole = match text.contains("://") {
            true => text.to_owned(),
            false => format!("http://{text}"),
        };
        const EXPECTED: &str = "is no server; expected host:port, http://host or https://host";
        let url = Url::parse(&whole).context(EXPECTED)?;
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let is_http = matches!(url.scheme(), "http" | "https");
        ensure!(is_bare && is_http, EXPECTED);
        Ok(Self(url))
    }

    pub(crate) fn login(&self) -> Url {
        let mut url = self.0.clone();
        url.set_path("/login");
        url
    }

    pub(crate) fn chat(&self) -> Url {
        let mut url = self.0.clone();
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        url.set_scheme(scheme)
            .expect("both are schemes with a host");
        url.set_path("/ws/chat/");
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> [String; 2] {
        let server = ServerAddress::parse(text).expect("an address");
        [server.login().into(), server.chat().into()]
    }

    #[test]
    fn s2_45_a_host_is_spoken_to_without_encryption() {
        for text in [
            "localhost:8000",
            "http://localhost:8000",
            "http://localhost:8000/",
        ] {
            let expected = [
                "http://localhost:8000/login",
                "ws://localhost:8000/ws/chat/",
            ];
            assert_eq!(both(text), expected, "{text}");
        }
    }

    #[test]
    fn s2_45_https_is_kept_for_both() {
        let expected = [
            "https://chat.example.org/login",
            "wss://chat.example.org/ws/chat/",
        ];
        assert_eq!(both("https://chat.example.org"), expected);
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "http://",
            "ftp://localhost",
            "ws://localhost",
            "localhost:port",
            "a b",
            "http://localhost/chat",
            "http://me:secret@localhost",
            "http://localhost/?a=b",
        ] {
            assert!(ServerAddress::parse(text).is_err(), "{text}");
        }
    }
}
