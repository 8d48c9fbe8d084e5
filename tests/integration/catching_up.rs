//! Whoever was away gets what they missed: `sync` from a cursor.

use crate::support::{Program, TestApp, numbers};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn syncs(program: &mut Program, cursors: Value) -> Value {
    program.asks("sync", json!({ "cursors": cursors })).await
}

/// The loop that the protocol page prescribes: what came of it, by conversation and place, and in
/// how many answers.
async fn catches_up(
    program: &mut Program,
    cursors: &mut BTreeMap<String, i64>,
    limit: i64,
) -> (BTreeMap<(i64, i64), Value>, usize) {
    let (mut kept, mut answers) = (BTreeMap::new(), 0);
    loop {
        let answer = program
            .asks("sync", json!({ "cursors": cursors, "limit": limit }))
            .await;
        answers += 1;
        for message in answer["messages"].as_array().expect("messages") {
            let id = message["conversation_id"].as_i64().expect("an id");
            cursors.insert(id.to_string(), message["rev"].as_i64().expect("a rev"));
            kept.insert(
                (id, message["seq"].as_i64().expect("a seq")),
                message.clone(),
            );
        }
        for conversation in answer["conversations"].as_array().expect("conversations") {
            cursors.entry(conversation["id"].to_string()).or_insert(0);
        }
        if answer["more"] == false {
            return (kept, answers);
        }
    }
}

#[tokio::test]
async fn a_cursor_brings_what_came_after_it_and_none_brings_everything() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.says_many(conversation, 5).await;
    let id = conversation.to_string();

    let after_three = syncs(&mut jz, json!({ &id: 3 })).await;
    let everything = syncs(&mut jz, json!({})).await;
    let nothing = syncs(&mut jz, json!({ &id: 5 })).await;
    let from_the_future = syncs(&mut jz, json!({ &id: 99 })).await;

    assert_eq!(numbers(&after_three["messages"], "seq"), [4, 5]);
    assert_eq!(numbers(&after_three["conversations"], "counter"), [5]);
    assert_eq!(numbers(&everything["messages"], "seq"), [1, 2, 3, 4, 5]);
    assert_eq!(everything["more"], false);
    for empty in [nothing, from_the_future] {
        assert_eq!(
            empty,
            json!({ "ok": true, "conversations": [], "messages": [], "more": false })
        );
    }
}

#[tokio::test]
async fn one_who_asks_until_there_is_no_more_gets_all_of_it_in_order() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, first) = app.two_people().await;
    let mut mia = app.program("mia").await;
    let second = mia.opens("jz").await;
    // An empty conversation of JZ's own is in the answer too.
    app.signs_up("silent").await;
    let third = jz.opens("silent").await;
    kevin.says_many(first, 23).await;
    mia.says_many(second, 9).await;

    let mut cursors = BTreeMap::from([(first.to_string(), 3)]);
    let (kept, answers) = catches_up(&mut jz, &mut cursors, 7).await;

    let expected: Vec<_> = (4..=23)
        .map(|seq| (first, seq))
        .chain((1..=9).map(|seq| (second, seq)))
        .collect();
    assert_eq!(kept.keys().copied().collect::<Vec<_>>(), expected);
    assert!(answers >= 5, "{answers} answers of 7 for 29 messages");
    let ends = [(first, 23), (second, 9), (third, 0)].map(|(id, rev)| (id.to_string(), rev));
    assert_eq!(cursors, BTreeMap::from(ends));
    let (nothing, once) = catches_up(&mut jz, &mut cursors, 7).await;
    assert_eq!((nothing.len(), once), (0, 1));
}

#[tokio::test]
async fn an_answer_never_holds_more_than_two_hundred() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.says_many(conversation, 201).await;

    for limit in [json!(1000), Value::Null] {
        let answer = jz
            .asks("sync", json!({ "cursors": {}, "limit": limit }))
            .await;
        assert_eq!(
            numbers(&answer["messages"], "seq"),
            (1..=200).collect::<Vec<_>>()
        );
        assert_eq!(answer["more"], true);
    }
    for limit in [0, -5] {
        let answer = jz
            .asks("sync", json!({ "cursors": {}, "limit": limit }))
            .await;
        assert_eq!(
            numbers(&answer["messages"], "seq"),
            [1],
            "one at least, or nobody gets on"
        );
    }
}

#[tokio::test]
async fn what_was_edited_and_deleted_meanwhile_comes_too() {
    let app = TestApp::new().await;
    let jz = app.signs_up("jz").await;
    let mut kevin = app.program("kevin").await;
    let conversation = kevin.opens("jz").await;
    let said = kevin.says_many(conversation, 4).await;

    let edited = kevin.edits(&said[1], "line two").await["message"].take();
    let deleted = kevin.deletes(&said[0]).await["message"].take();
    let mut back = app.connects(&jz).await;
    let answer = syncs(&mut back, json!({ conversation.to_string(): 4 })).await;

    assert_eq!(answer["messages"], json!([edited, deleted]));
    assert_eq!(numbers(&answer["messages"], "rev"), [5, 6]);
    assert_eq!(numbers(&answer["messages"], "seq"), [2, 1]);
    assert_eq!(numbers(&answer["conversations"], "counter"), [6]);
    assert_eq!(numbers(&answer["conversations"], "last_seq"), [4]);
}

#[tokio::test]
async fn what_is_new_and_what_was_changed_come_in_one_order_however_it_is_cut() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    let mut said = Vec::new();
    for n in 1..=6 {
        said.push(kevin.tells(talk, &n.to_string()).await["id"].clone());
    }
    for n in [1, 3] {
        let edit = json!({ "message_id": said[n], "body": "changed" });
        assert_eq!(kevin.asks("message:edit", edit).await["ok"], true);
    }
    let everything = [(1, 1), (3, 3), (5, 5), (6, 6), (2, 7), (4, 8)];
    for limit in 1..=7 {
        let mut cursor = 0;
        let mut seen = Vec::new();
        loop {
            let cursors = json!({ talk.to_string(): cursor });
            let ask = json!({ "cursors": cursors, "limit": limit });
            let page = jz.asks("sync", ask).await;
            let seqs = numbers(&page["messages"], "seq");
            let revs = numbers(&page["messages"], "rev");
            cursor = *revs.last().expect("a message");
            seen.extend(seqs.into_iter().zip(revs));
            if page["more"] == false {
                break;
            }
        }
        assert_eq!(seen, everything, "{limit} at a time");
    }
}

#[tokio::test]
async fn the_counter_grows_by_one_with_every_change_and_seq_and_rev_are_taken_from_it() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;

    let one = kevin.tells(conversation, "one").await;
    let edited = kevin.edits(&one, "One").await["message"].take();
    let two = jz.tells(conversation, "two").await;
    let deleted = kevin.deletes(&one).await["message"].take();
    let three = kevin.tells(conversation, "three").await;

    let places =
        [&one, &edited, &two, &deleted, &three].map(|m| (m["seq"].as_i64(), m["rev"].as_i64()));
    let expected = [(1, 1), (1, 2), (3, 3), (1, 4), (5, 5)];
    assert_eq!(places, expected.map(|(seq, rev)| (Some(seq), Some(rev))));
    let list = jz.asks("conversation:list", json!({})).await["conversations"].take();
    assert_eq!(
        (numbers(&list, "counter"), numbers(&list, "last_seq")),
        (vec![5], vec![5])
    );
    // What both read is what was pushed, in this order.
    let history = jz.reads_history(conversation).await;
    assert_eq!(history, [deleted, two, three]);
}

#[tokio::test]
async fn cursors_of_conversations_that_are_not_ones_own_are_ignored() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.says_many(conversation, 2).await;
    let mut outsider = app.program("outsider").await;

    let foreign = json!({ conversation.to_string(): 0, "999999": 0, "nonsense": 1, "-1": 5 });
    let answer = syncs(&mut outsider, foreign.clone()).await;

    assert_eq!(
        answer,
        json!({ "ok": true, "conversations": [], "messages": [], "more": false })
    );
    assert_eq!(
        numbers(&syncs(&mut jz, foreign).await["messages"], "seq"),
        [1, 2]
    );
}

#[tokio::test]
async fn after_a_restart_the_epoch_is_the_same_and_nothing_is_missing() {
    let mut app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut author, reader) = (app.connects(&kevin).await, app.connects(&jz).await);
    let conversation = author.opens("jz").await;
    let said = author.says_many(conversation, 3).await;
    let epoch = reader.ready()["epoch"].clone();

    app.restart().await;
    let mut reader = app.connects(&jz).await;

    assert_eq!(reader.ready()["epoch"], epoch);
    assert_eq!(reader.ready()["conversations"][0]["counter"], 3);
    assert_eq!(syncs(&mut reader, json!({})).await["messages"], json!(said));
    let mut author = app.connects(&kevin).await;
    assert_eq!(author.tells(conversation, "goes on").await["seq"], 4);
    assert_ne!(
        TestApp::new().await.program("elsewhere").await.ready()["epoch"],
        epoch
    );
}
