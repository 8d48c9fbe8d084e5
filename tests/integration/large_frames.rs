//! The longest things that can be said, to those who come into a room by the raw dialect.

use crate::support::Setup;

async fn comes_into_a_room_full_of(letter: &str) {
    let app = Setup::relaxed().start().await;
    let mut kevin = app.program("kevin").await;
    let room = kevin.enters("general").await;
    let longest = letter.repeat(4_096);
    for _ in 0..50 {
        kevin.tells(room, &longest).await;
    }
    let jz = app.signs_up("jz").await;

    let status = app.chats(&jz).await.comes_into("general").await;

    let messages = status["messages"].as_array().expect("what was said");
    assert_eq!(messages.len(), 50);
    assert!(messages.iter().all(|message| message["body"] == longest));
}

#[tokio::test]
async fn fifty_of_the_longest_messages_keep_nobody_out_of_a_room() {
    for letter in ["日", "\"", "\u{1}"] {
        comes_into_a_room_full_of(letter).await;
    }
}
