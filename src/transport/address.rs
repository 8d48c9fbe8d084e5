//! Where a request comes from: the connection's address, or what a trusted proxy says.

use crate::app::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// The address at the other end of the connection, put on each request by `server`.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

/// The client's address, put on each request by the outermost layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress(pub(super) IpAddr);

/// Puts the client's address on a request.
pub(super) async fn note(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<PeerAddress>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.0.to_canonical());
    let client = behind_proxies(peer, request.headers(), &app.config.trusted_proxies);
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}

/// The rightmost of `X-Forwarded-For` that is no trusted proxy, as long as the connection comes from
/// one. Anything else in the header was written by the client.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut client = peer;
    let forwarded = headers.get_all("x-forwarded-for").iter();
    // Bytes, as a header may hold any: what a client wrote must not hide what a proxy put behind it.
    let hops: Vec<&[u8]> = forwarded
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .collect();
    for hop in hops.iter().rev() {
        if !is_proxy(client) {
            break;
        }
        let Some(address) = address_of(hop) else {
            break;
        };
        client = address;
    }
    client
}

fn address_of(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?;
    text.trim()
        .parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

/// What holds of any header: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(forwarded: &[u8]) {
    let trusted: [IpNet; 2] = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().expect("a net"));
    let [proxy, person, stranger] =
        ["10.0.0.1", "198.51.100.7", "2001:db8::7"].map(|text| text.parse().expect("an address"));
    let seen_from = |peer: IpAddr, forwarded: &[u8]| {
        let value = http::HeaderValue::from_bytes(forwarded).ok()?;
        let headers = [(http::HeaderName::from_static("x-forwarded-for"), value)];
        Some(behind_proxies(
            peer,
            &HeaderMap::from_iter(headers),
            &trusted,
        ))
    };
    let Some(client) = seen_from(proxy, forwarded) else {
        return;
    };
    let is_named = forwarded
        .split(|byte| *byte == b',')
        .any(|hop| address_of(hop) == Some(client));
    assert!(client == proxy || is_named);
    assert_eq!(seen_from(stranger, forwarded), Some(stranger));
    // Whatever somebody writes, behind a proxy they are who the proxy says.
    let passed_on = [forwarded, b", 198.51.100.7"].concat();
    assert_eq!(seen_from(proxy, &passed_on), Some(person));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(peer: &str, forwarded: &str) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let headers = [("x-forwarded-for", forwarded)]
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", "198.51.100.7"), "192.0.2.1");
        assert_eq!(client("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(
            client("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2"),
            "198.51.100.7"
        );
        assert_eq!(client("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(client("10.0.0.1", ""), "10.0.0.1");
    }
    #[test]
    fn who_writes_what_is_no_text_is_seen_all_the_same() {
        promises(b"\xff");
        promises(b"1.2.3.4,\xe4\xb8");
    }

    proptest! {
        #[test]
        fn nobody_makes_themselves_another(forwarded in "([0-9a-f.:, ]|\\PC){0,40}") {
            promises(forwarded.as_bytes());
        }
    }
}
