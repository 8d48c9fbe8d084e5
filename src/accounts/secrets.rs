//! Codes, tokens and keyed hashes. Nothing that is handed out is stored: tokens are kept as their
//! SHA-256, codes and addresses as keyed hashes, so that a stolen database signs nobody in.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The server's secret, and what is made with it.
#[derive(Clone)]
pub struct Secrets(Arc<[u8]>);

impl Secrets {
    /// Keeps the value of `SECRET_KEY`.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(key.into())
    }

    /// A keyed hash over `parts`, for this `purpose` only, in hexadecimal.
    pub(super) fn mac(&self, purpose: &str, parts: &[&str]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in std::iter::once(&purpose).chain(parts) {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    /// An address, and the network that it lies in, as the limits know them.
    pub(super) fn address(&self, address: IpAddr) -> HashedAddress {
        let address = address.to_canonical();
        let (single, network) = match address {
            IpAddr::V4(v4) => (v4.to_string(), v4.to_bits() >> 8),
            // A household has a /64; a /48 is what a small provider hands out whole.
            IpAddr::V6(v6) => {
                let bits = v6.to_bits();
                return HashedAddress {
                    single: self.mac("address", &["v6", &(bits >> 64).to_string()]),
                    network: self.mac("network", &["v6", &(bits >> 80).to_string()]),
                };
            }
        };
        HashedAddress {
            single: self.mac("address", &["v4", &single]),
            network: self.mac("network", &["v4", &network.to_string()]),
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// A requester's address, hashed: alone (IPv6: its /64) and as a network (/24, /48).
#[derive(Clone, Debug)]
pub(super) struct HashedAddress {
    pub(super) single: String,
    pub(super) network: String,
}

/// An opaque secret that is handed out once. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// 256 bits from the system's generator, after `prefix`.
    #[must_use]
    pub fn random(prefix: &str) -> Self {
        let bits: [u8; 32] = rand::random();
        Self(format!("{prefix}{}", BASE64URL_NOPAD.encode(&bits)))
    }

    /// One that can be made again, from what only this server knows.
    pub(super) fn derived(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Takes back what a client presents; nothing if no token looks like that.
    #[must_use]
    pub fn presented(text: &str) -> Option<Self> {
        let fits = (40..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The token itself, for the one who gets it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn key(&self) -> String {
        key_of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What is stored of a secret of high entropy: its SHA-256 in hexadecimal.
#[must_use]
pub fn key_of(secret: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(secret))
}

/// Six digits, each as likely as any other.
pub(super) fn random_code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// Whether two hashes are the same, in a time that does not tell where they differ.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let secrets = Secrets::new(b"key");
        assert_ne!(
            secrets.mac("p", &["ab", "c"]),
            secrets.mac("p", &["a", "bc"])
        );
        assert_ne!(
            secrets.mac("p", &["a"]),
            Secrets::new(b"other").mac("p", &["a"])
        );
    }

    #[test]
    fn one_network_holds_many_addresses() {
        let secrets = Secrets::new(b"key");
        let hash = |text: &str| secrets.address(text.parse().unwrap());
        assert_ne!(hash("192.0.2.1").single, hash("192.0.2.2").single);
        assert_eq!(hash("192.0.2.1").network, hash("192.0.2.200").network);
        assert_ne!(hash("192.0.2.1").network, hash("192.0.3.1").network);
        assert_eq!(hash("2001:db8::1").single, hash("2001:db8::ffff").single);
        assert_eq!(hash("::ffff:192.0.2.1").single, hash("192.0.2.1").single);
    }

    #[test]
    fn a_token_hides_from_logs_and_is_recognised_when_it_comes_back() {
        let token = Token::random("chinwag_");
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(Token::presented(token.reveal()), Some(token));
        assert_eq!(Token::presented("short"), None);
    }
}
