//! What is not one's own does not exist: not in what one hears, and not in what one is answered.

use crate::support::{Person, Program, Setup, TestApp, refusal_of};
use serde_json::{Value, json};
use std::time::Duration;

/// No id of anything.
const MISSING: i64 = 999_999;

#[tokio::test]
async fn bystanders_hear_nothing_of_what_two_others_do() {
    let app = Setup::relaxed().grace(Duration::ZERO).start().await;
    let mut mia = app.program("mia").await;
    let mut bystanders = Vec::new();
    for n in 0..5 {
        let mut bystander = app.program(&format!("bystander{n}")).await;
        let conversation = mia.opens(&format!("bystander{n}")).await;
        mia.tells(conversation, "the beginning").await;
        bystander.hears_message("the beginning").await;
        bystanders.push((bystander, conversation));
    }
    let premise: Vec<_> = bystanders
        .iter()
        .map(|(one, _)| one.heard().len())
        .collect();

    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut one, mut other) = (app.connects(&kevin).await, app.connects(&jz).await);
    let conversation = one.opens("jz").await;
    do_everything(&mut one, &mut other, conversation).await;
    other.leaves().await;
    while one.hears("presence").await["online"] == true {}

    for event in [
        "ready",
        "conversation:new",
        "message:new",
        "message:edited",
        "message:deleted",
        "receipt",
        "presence",
    ] {
        assert!(one.times_heard(event) > 0, "the premise: {event} was told");
    }
    for ((mut bystander, theirs), premise) in bystanders.into_iter().zip(premise) {
        mia.tells(theirs, "the end").await;
        bystander.hears_message("the end").await;
        let since = &bystander.heard()[premise..];
        let names: Vec<_> = since.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["message:new"], "{since:?}");
    }
}

/// Every event that there is, between two people.
async fn do_everything(one: &mut Program, other: &mut Program, conversation: i64) {
    let message = one.tells(conversation, "between us").await;
    one.edits(&message, "between the two of us").await;
    other.marks("delivered", conversation, 1).await;
    other.marks("read", conversation, 1).await;
    other.types(conversation, true).await;
    assert_eq!(one.hears("typing").await["on"], true);
    one.deletes(&message).await;
    other.tells(conversation, "still between us").await;
    other.reads_history(conversation).await;
    for (event, payload) in [
        ("sync", json!({ "cursors": {} })),
        ("conversation:list", json!({})),
        ("conversation:open", json!({ "user_id": one.id })),
        ("message:send", json!({ "to": one.id, "body": "by id" })),
        ("user:block", json!({ "user_id": one.id })),
        ("user:unblock", json!({ "user_id": one.id })),
    ] {
        let answer = other.asks(event, payload).await;
        assert_eq!(answer["ok"], true, "{event}: {answer}");
    }
}

/// What can be asked of a conversation, a message or a person by id.
fn questions(conversation: i64, message: i64) -> [(&'static str, Value); 7] {
    [
        (
            "message:send",
            json!({ "conversation_id": conversation, "body": "let me in" }),
        ),
        ("history", json!({ "conversation_id": conversation })),
        ("read", json!({ "conversation_id": conversation, "seq": 1 })),
        (
            "delivered",
            json!({ "conversation_id": conversation, "seq": 1 }),
        ),
        (
            "typing",
            json!({ "conversation_id": conversation, "on": true }),
        ),
        (
            "message:edit",
            json!({ "message_id": message, "body": "let me in" }),
        ),
        ("message:delete", json!({ "message_id": message })),
    ]
}

#[tokio::test]
async fn what_is_somebody_elses_is_answered_like_what_does_not_exist() {
    let app = TestApp::new().await;
    let names = ["kevin", "jz", "mia"];
    let mut people = Vec::new();
    for name in names {
        people.push(app.program(name).await);
    }
    // Each of the three talks with the next; the talk of the other two is not theirs.
    let mut talks = Vec::new();
    for n in 0..3 {
        let conversation = people[n].opens(names[(n + 1) % 3]).await;
        let message = people[n].tells(conversation, "private").await;
        talks.push((conversation, message["id"].as_i64().expect("an id")));
    }

    for n in 0..3 {
        let (foreign, foreign_message) = talks[(n + 1) % 3];
        let foreign = questions(foreign, foreign_message);
        for ((event, theirs), (_, missing)) in foreign.into_iter().zip(questions(MISSING, MISSING))
        {
            let theirs = people[n].asks(event, theirs).await;
            assert_eq!(refusal_of(&theirs), Some("not_found"), "{event}: {theirs}");
            assert_eq!(theirs, people[n].asks(event, missing).await, "{event}");
        }
    }

    // Nothing came of it, and each may do all of this in their own.
    assert_eq!(app.count("messages WHERE body = 'private' AND rev = 1"), 3);
    assert_eq!(
        app.count("memberships WHERE read_seq > 0 OR delivered_seq > 0"),
        0
    );
    for n in 0..3 {
        for (event, own) in questions(talks[n].0, talks[n].1) {
            let answer = people[n].asks(event, own).await;
            assert_eq!(answer["ok"], true, "{event}: {answer}");
        }
        // The other one's message can be seen, not changed.
        let (_, theirs) = talks[(n + 2) % 3];
        let answer = people[n]
            .asks("message:delete", json!({ "message_id": theirs }))
            .await;
        assert_ne!(refusal_of(&answer), Some("not_found"), "{answer}");
    }
}

#[tokio::test]
async fn the_id_of_a_stranger_is_answered_like_one_of_nobody() {
    let app = TestApp::new().await;
    let (mut kevin, stranger) = (app.program("kevin").await, app.signs_up("stranger").await);

    for (event, key) in [
        ("conversation:open", "user_id"),
        ("message:send", "to"),
        ("user:block", "user_id"),
        ("user:unblock", "user_id"),
    ] {
        let asked = |id: i64| json!({ (key): id, "body": "Hello" });
        let theirs = kevin.asks(event, asked(stranger.id)).await;
        assert_eq!(theirs, kevin.asks(event, asked(MISSING)).await, "{event}");
        if event != "user:unblock" {
            assert_eq!(refusal_of(&theirs), Some("not_found"), "{event}: {theirs}");
        }
    }

    assert_eq!(app.count("conversations WHERE kind <> 'room'"), 0);
    assert_eq!(app.count("blocks"), 0);
    // Their name opens the door; and then the id is known.
    kevin.opens("stranger").await;
    let answer = kevin
        .asks("conversation:open", json!({ "user_id": stranger.id }))
        .await;
    assert_eq!(answer["ok"], true, "{answer}");
}

#[tokio::test]
async fn nobodys_phone_number_is_in_anything_that_others_are_told() {
    let app = Setup::relaxed().grace(Duration::ZERO).start().await;
    let (kevins, jzs) = (app.fresh_number(), app.fresh_number());
    let kevin = Person::signed_up_with(&app, "Kevin", &kevins).await;
    let jz = Person::signed_up_with(&app, "JZ", &jzs).await;
    // By number: the one moment at which Kevin says it himself.
    assert_eq!(kevin.adds_contact(&jzs, "JZ").await.status, 303);
    let mut one = kevin.connects(&app).await;
    let mut other = jz.connects(&app).await;
    let asked = json!({ "user_id": other.id });
    let opened = one.asks("conversation:open", asked).await;
    let conversation = opened["conversation"]["id"].as_i64().expect("an id");

    let mut told = vec![opened];
    for person in [&mut one, &mut other] {
        told.push(person.says(conversation, "Hello").await);
        told.push(
            person
                .asks("history", json!({ "conversation_id": conversation }))
                .await,
        );
        told.push(person.asks("sync", json!({ "cursors": {} })).await);
        told.push(person.asks("conversation:list", json!({})).await);
        told.push(person.types(conversation, true).await);
        told.push(person.marks("read", conversation, 1).await);
    }
    other.leaves().await;
    while one.hears("presence").await["online"] == true {}

    let heard = format!("{:?}{told:?}", one.heard());
    assert!(
        heard.contains("JZ") && heard.contains("presence"),
        "{heard}"
    );
    for number in [&kevins, &jzs] {
        // Without the codes of country and area, however it may be written.
        assert!(!heard.contains(&number[5..]), "{number}: {heard}");
    }
}
