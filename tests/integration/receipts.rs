//! How far somebody has received and read, and who is told.

use crate::support::{Program, TestApp};
use serde_json::{Value, json};

/// Kevin says that many things, and JZ has heard them all.
async fn says(kevin: &mut Program, jz: &mut Program, conversation: i64, count: usize) {
    for n in 0..count {
        kevin.tells(conversation, &format!("line {n}")).await;
        jz.hears_message(&format!("line {n}")).await;
    }
}

/// The conversation as somebody sees it now.
async fn seen_by(program: &mut Program, conversation: i64) -> Value {
    let answer = program.asks("conversation:list", json!({})).await;
    let list = answer["conversations"].as_array().expect("a list");
    let mut all = list.iter().filter(|one| one["id"] == conversation);
    all.next().expect("a member's conversation").clone()
}

#[tokio::test]
async fn a_mark_never_goes_back() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    says(&mut kevin, &mut jz, conversation, 5).await;

    assert_eq!(
        jz.marks("delivered", conversation, 4).await["delivered_seq"],
        4
    );
    assert_eq!(
        jz.marks("delivered", conversation, 2).await["delivered_seq"],
        4
    );
    assert_eq!(jz.marks("read", conversation, 3).await["read_seq"], 3);
    assert_eq!(jz.marks("read", conversation, 1).await["read_seq"], 3);
    assert_eq!(jz.marks("read", conversation, -1).await["read_seq"], 3);

    let seen = seen_by(&mut jz, conversation).await;
    assert_eq!(
        (&seen["read_seq"], &seen["delivered_seq"]),
        (&json!(3), &json!(4))
    );
}

#[tokio::test]
async fn a_mark_never_passes_the_last_message() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    says(&mut kevin, &mut jz, conversation, 2).await;

    assert_eq!(
        jz.marks("delivered", conversation, 100).await["delivered_seq"],
        2
    );
    assert_eq!(
        jz.marks("read", conversation, i64::MAX).await["read_seq"],
        2
    );

    // What comes afterwards is unread.
    says(&mut kevin, &mut jz, conversation, 1).await;
    let seen = seen_by(&mut jz, conversation).await;
    assert_eq!((&seen["read_seq"], &seen["unread"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn whoever_has_read_has_received() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    says(&mut kevin, &mut jz, conversation, 3).await;

    jz.marks("read", conversation, 2).await;

    let receipt = kevin.hears("receipt").await;
    let expected = json!({
        "conversation_id": conversation, "user_id": jz.id, "delivered_seq": 2, "read_seq": 2,
    });
    assert_eq!(receipt, expected);
}

#[tokio::test]
async fn the_other_and_ones_own_other_sockets_are_told_once() {
    let app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut author, mut home) = (app.connects(&kevin).await, app.connects(&jz).await);
    let mut work = app.connects(&jz).await;
    let conversation = author.opens("jz").await;
    says(&mut author, &mut home, conversation, 2).await;

    home.marks("delivered", conversation, 2).await;
    home.marks("delivered", conversation, 2).await;
    home.marks("read", conversation, 2).await;

    for socket in [&mut author, &mut work, &mut home] {
        let (first, second) = (socket.hears("receipt").await, socket.hears("receipt").await);
        assert_eq!(
            (&first["delivered_seq"], &first["read_seq"]),
            (&json!(2), &json!(0))
        );
        assert_eq!(
            (&second["delivered_seq"], &second["read_seq"]),
            (&json!(2), &json!(2))
        );
    }
    // A mark that did not move was no news: the message comes next.
    author.tells(conversation, "and now").await;
    for socket in [&mut author, &mut work, &mut home] {
        socket.hears_message("and now").await;
        assert_eq!(socket.times_heard("receipt"), 2);
    }
}

#[tokio::test]
async fn unread_counts_what_others_said_after_the_mark() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    says(&mut kevin, &mut jz, conversation, 3).await;
    assert_eq!(seen_by(&mut jz, conversation).await["unread"], 3);
    assert_eq!(seen_by(&mut kevin, conversation).await["unread"], 0);

    jz.marks("read", conversation, 2).await;
    assert_eq!(seen_by(&mut jz, conversation).await["unread"], 1);
    jz.tells(conversation, "my own").await;
    assert_eq!(seen_by(&mut jz, conversation).await["unread"], 1);
    assert_eq!(seen_by(&mut kevin, conversation).await["unread"], 1);
    jz.marks("read", conversation, 4).await;
    assert_eq!(seen_by(&mut jz, conversation).await["unread"], 0);
}

#[tokio::test]
async fn both_see_in_the_list_how_far_the_other_is() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    says(&mut kevin, &mut jz, conversation, 3).await;

    jz.marks("delivered", conversation, 3).await;
    jz.marks("read", conversation, 1).await;

    let peer = seen_by(&mut kevin, conversation).await["peer"].take();
    assert_eq!(
        (&peer["id"], &peer["username"]),
        (&json!(jz.id), &json!("jz"))
    );
    assert_eq!(
        (&peer["delivered_seq"], &peer["read_seq"]),
        (&json!(3), &json!(1))
    );
}

#[tokio::test]
async fn over_a_block_a_mark_moves_and_the_other_does_not_hear_of_it() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    says(&mut kevin, &mut jz, conversation, 2).await;
    jz.asks("user:block", json!({ "user_id": kevin.id })).await;

    assert_eq!(jz.marks("read", conversation, 2).await["read_seq"], 2);

    assert_eq!(jz.hears("receipt").await["read_seq"], 2);
    jz.asks("user:unblock", json!({ "user_id": kevin.id }))
        .await;
    jz.tells(conversation, "peace").await;
    kevin.hears_message("peace").await;
    assert_eq!(kevin.times_heard("receipt"), 0);
}

#[tokio::test]
async fn strangers_do_not_hear_how_far_the_other_one_has_read() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    says(&mut kevin, &mut jz, talk, 2).await;

    assert_eq!(jz.marks("read", talk, 2).await["read_seq"], 2);

    // One's own tabs know one by one's account: no seat is named, and nobody else hears of it.
    assert_eq!(jz.hears("receipt").await["user_id"], jz.id);
    jz.tells(talk, "read it").await;
    kevin.hears_message("read it").await;
    assert_eq!(kevin.times_heard("receipt"), 0);
}
