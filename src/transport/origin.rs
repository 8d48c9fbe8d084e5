//! Whether a request comes from our own pages.
//!
//! One rule for state-changing requests and for every handshake of a socket, polling and upgrade
//! alike: a credential that the browser adds by itself, the cookie, counts only when the browser also
//! says that the request is ours. `Sec-Fetch-Site` says so first, else `Origin`; a foreign `Origin`
//! is refused in any case.

use http::{HeaderMap, header};

/// The origins that are ours.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    public: String,
    /// In development a developer opens `localhost` and `127.0.0.1` alike.
    loopback_port: Option<u16>,
}

impl Origins {
    pub(super) fn new(config: &crate::config::Config) -> Self {
        Self {
            public: config.origin(),
            loopback_port: config
                .is_development()
                .then(|| config.public_url.port_or_known_default())
                .flatten(),
        }
    }

    /// Whether a request with these headers may act by what it carries.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
        let origin = headers.get(header::ORIGIN);
        let ours = origin.map(|value| value.to_str().is_ok_and(|text| self.is_ours(text)));
        match (site, ours) {
            (_, Some(false)) => false,
            (Some(b"same-origin"), _) | (None, Some(true)) => true,
            // Typed into the address bar, or from a program: nobody's page is behind it.
            (Some(b"none"), _) => true,
            (Some(_), _) => false,
            // No browser of today, or none at all: whatever it carries must have been added by hand.
            (None, None) => !headers.contains_key(header::COOKIE),
        }
    }

    /// Whether a request says that it comes from a page of somebody else's.
    pub(super) fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN);
        origin.is_some_and(|value| !value.to_str().is_ok_and(|text| self.is_ours(text)))
    }

    fn is_ours(&self, origin: &str) -> bool {
        origin == self.public || self.is_our_loopback(origin)
    }

    /// Letter by letter, as a browser writes it: a reader of addresses may take more for one than a browser does.
    fn is_our_loopback(&self, origin: &str) -> bool {
        let Some(port) = self.loopback_port else {
            return false;
        };
        let port = match port {
            80 => String::new(),
            port => format!(":{port}"),
        };
        ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|host| origin == format!("http://{host}{port}"))
    }
}

/// What holds of any `Origin`: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(origin: &str) {
    let Ok(value) = http::HeaderValue::from_str(origin) else {
        return;
    };
    let cookie = http::HeaderValue::from_static("a=b");
    let headers = HeaderMap::from_iter([(header::ORIGIN, value), (header::COOKIE, cookie)]);
    let public = || "https://chat.example".to_owned();
    let at_home = Origins {
        public: public(),
        loopback_port: Some(8000),
    };
    let outside = Origins {
        public: public(),
        loopback_port: None,
    };
    assert_eq!(outside.admits(&headers), origin == "https://chat.example");
    assert_eq!(outside.is_foreign(&headers), !outside.admits(&headers));
    // What is taken for this machine is this machine for a browser as well.
    if at_home.admits(&headers) && !outside.admits(&headers) {
        let url = url::Url::parse(origin).expect("it was understood");
        assert!(matches!(
            url.host_str(),
            Some("localhost" | "127.0.0.1" | "[::1]")
        ));
        assert_eq!(
            (url.scheme(), url.port_or_known_default()),
            ("http", Some(8000))
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admits(headers: &[(&'static str, &'static str)]) -> bool {
        let origins = Origins {
            public: "https://chat.example".into(),
            loopback_port: None,
        };
        origins.admits(&map(headers))
    }

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn our_own_pages_are_admitted() {
        assert!(admits(&[
            ("cookie", "a=b"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(admits(&[
            ("cookie", "a=b"),
            ("origin", "https://chat.example")
        ]));
        assert!(admits(&[("authorization", "Bearer x")]));
    }

    #[test]
    fn foreign_pages_are_not() {
        for origin in [
            "https://evil.example",
            "null",
            "http://chat.example",
            "https://chat.example.evil.example",
            "https://chat.example:444",
        ] {
            assert!(!admits(&[("origin", origin)]), "{origin}");
            assert!(
                !admits(&[("origin", origin), ("sec-fetch-site", "same-origin")]),
                "{origin}"
            );
        }
        for site in ["cross-site", "same-site"] {
            assert!(
                !admits(&[("cookie", "a=b"), ("sec-fetch-site", site)]),
                "{site}"
            );
        }
    }

    #[test]
    fn a_cookie_alone_is_not_enough() {
        assert!(!admits(&[("cookie", "a=b")]));
    }

    #[test]
    fn a_developer_may_use_either_name_of_the_machine_but_no_other_port() {
        let origins = Origins {
            public: "http://localhost:8000".into(),
            loopback_port: Some(8000),
        };
        let from = |origin| origins.admits(&map(&[("cookie", "a=b"), ("origin", origin)]));
        assert!(from("http://127.0.0.1:8000"));
        assert!(!from("http://127.0.0.1:9000"));
        assert!(!from("http://evil.example:8000"));
        assert!(!from("http://[::1]2:8000"), "no address at all");
    }
    proptest! {
        #[test]
        fn no_other_place_is_taken_for_ours(
            origin in "(https?://)?(chat\\.example|localhost|127\\.0\\.0\\.1|\\[::1\\]|evil)?[a-z0-9.:@/#?]{0,12}"
        ) {
            promises(&origin);
        }
    }
}
