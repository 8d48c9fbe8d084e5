//! Packets that no client of good sense sends: each is answered, or ends the one connection that sent
//! it. Everybody else goes on talking.

use crate::odd_input::Room;
use crate::support::{Caller, within};
use serde_json::json;

#[tokio::test]
async fn deep_json_is_answered_or_ends_that_connection_only() {
    let mut room = Room::new().await;
    for depth in [100, 1_000, 50_000] {
        let deep = ["[", "]"].map(|bracket| bracket.repeat(depth)).concat();
        let objects = format!(
            r#"{}1{}"#,
            r#"{"a":"#.repeat(depth / 5),
            "}".repeat(depth / 5)
        );
        for payload in [deep, objects] {
            for event in ["message:send", "conversation:list", "nonsense"] {
                let mut odd = room.odd_one().await;
                let id = odd.emits(event, &payload).await;
                odd.is_answered(id).await;
                room.goes_on_after(event).await;
            }
        }
    }
}

/// Frames that are no good packets. `2`, `3`, `4…` are Engine.IO's types, the second digit is
/// Socket.IO's.
const CORPUS: &[&str] = &[
    "",
    " ",
    "4",
    "42",
    "42[",
    "42]",
    "42[]",
    "42{}",
    "42[1]",
    "42[null]",
    r#"42"x""#,
    "42[[[",
    "4 2[]",
    "421",
    "42abc",
    r#"42-1["history",{}]"#,
    r#"4299999999999999999999["history",{}]"#,
    r#"42["history",{}"#,
    r#"42["history"}"#,
    r#"42["history",{"conversation_id":1"#,
    r#"42["history",]"#,
    r#"42["history",{}] and more"#,
    r#"42["connect"]"#,
    r#"42["disconnect"]"#,
    "43",
    "431",
    "431[]",
    "43999[1]",
    "43-1[1]",
    "44",
    r#"44{"message":"no"}"#,
    "40",
    "40{}",
    r#"40{"token":"x"}"#,
    "40[",
    "40/other,",
    r#"42/other,["x"]"#,
    "41/other,",
    "42/,[]",
    "42/",
    "45",
    "451-",
    "45-1-",
    r#"45x-["x"]"#,
    "46",
    "461-[]",
    "47",
    "49",
    "4\u{0}",
    "5",
    "6",
    "7",
    "9",
    "2",
    "2probe",
    "3",
    "3probe",
    "0",
    "0{}",
    "b",
    "bAAAA",
    "b!!!!",
    "\u{0}",
    "\u{1e}",
    "42[\"a\"]\u{1e}42[\"b\"]",
    "\u{feff}42[\"history\",{}]",
    "42[\"\\ud800\",{}]",
    "GET / HTTP/1.1\r\n\r\n",
];

#[tokio::test]
async fn a_malformed_frame_is_ignored_or_ends_that_connection_only() {
    let mut room = Room::new().await;
    let long = [
        "9".repeat(100_000),
        "42".repeat(50_000),
        format!("42[{}", "\"a\",".repeat(20_000)),
    ];
    let (mut ignored, mut ended) = (0, 0);
    for frame in CORPUS
        .iter()
        .copied()
        .chain(long.iter().map(String::as_str))
    {
        let mut odd = room.odd_one().await;
        odd.sends(frame).await;
        let id = odd.emits("conversation:list", "{}").await;
        let what = format!("an answer or the end after {frame:.60}");
        if within(&what, odd.is_answered(id)).await {
            ignored += 1;
        } else {
            ended += 1;
        }
        room.goes_on_after(frame).await;
    }
    // The premise: these do reach the parser, and they are not all the same to it.
    assert!(ignored > 5 && ended > 5, "{ignored} ignored, {ended} ended");
}

#[tokio::test]
async fn text_that_is_no_utf_8_ends_that_connection_only() {
    let mut room = Room::new().await;
    for bytes in [
        &b"42[\"history\",\"\xff\xfe\"]"[..],
        b"\xc3\x28",
        b"42\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
    ] {
        let mut odd = room.odd_one().await;
        odd.sends_as_text(bytes.to_vec()).await;
        odd.is_ended().await;
        room.goes_on_after("bad text").await;
    }
    let back = room.odd_one().await;
    assert_eq!(back.ready()["user"]["username"], room.odd.username);
}

#[tokio::test]
async fn binary_packets_are_answered_or_end_that_connection_only() {
    let mut room = Room::new().await;
    let headers = [
        "",
        r#"451-1["message:send",{"_placeholder":true,"num":0}]"#,
        r#"451-1["message:send",{"_placeholder":true,"num":7}]"#,
        r#"450-1["message:send",{}]"#,
        r#"45999999-1["message:send",{"_placeholder":true,"num":0}]"#,
        r#"452-1["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
        r#"461-1[{"_placeholder":true,"num":0}]"#,
    ];
    for header in headers {
        for size in [0, 4, 100_000] {
            let mut odd = room.odd_one().await;
            if !header.is_empty() {
                odd.sends(header).await;
            }
            odd.sends_bytes(vec![7; size]).await;
            room.goes_on_after(header).await;
            odd.leaves().await;
        }
    }
    // A part that never comes does not hold anybody else up, and the person gets in again.
    let mut waiting = room.odd_one().await;
    waiting
        .sends(r#"451-1["message:send",{"_placeholder":true,"num":0}]"#)
        .await;
    let mut again = room.odd_one().await;
    assert_eq!(again.asks("conversation:list", json!({})).await["ok"], true);
}

#[tokio::test]
async fn odd_polling_is_answered_with_a_status_and_hurts_nobody() {
    let mut room = Room::new().await;
    let bearer = format!("Bearer {}", room.odd.token);
    let caller = || Caller::new(&room.app).with("authorization", &bearer);
    for query in [
        "",
        "?EIO=4",
        "?EIO=3&transport=polling",
        "?EIO=4&transport=pigeon",
        "?EIO=4&transport=websocket",
        "?EIO=x&transport=polling",
        "?transport=polling",
        "?EIO=4&transport=polling&sid=",
        "?EIO=4&transport=polling&sid=%00",
    ] {
        let answer = caller().get(&format!("/socket.io/{query}")).await;
        assert!((400..500).contains(&answer.status), "{query}: {answer:?}");
    }
    let storm = vec![r#"42["nonsense"]"#; 6_000].join("\u{1e}");
    for body in [
        "",
        "\u{1e}",
        "\u{1e}\u{1e}4",
        "nonsense",
        "10:42[\"x\"]",
        "42[",
        "9",
        "42[\"x\"]\u{1e}\u{1e}",
        &storm,
    ] {
        let caller = caller();
        let session = caller.begins_polling().await.expect("begun");
        assert_eq!(caller.post(&session, "40").await.status, 200);
        let answer = caller.post(&session, body).await;
        assert!(answer.status < 500, "{body:.60}: {answer:?}");
    }
    room.goes_on_after("odd polling").await;
}
