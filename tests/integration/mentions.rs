//! Being named in a room while one is away.

use crate::support::{Person, TestApp};
use serde_json::Value;

/// What the list of chats shows beside the room.
async fn badge(person: &Person) -> String {
    let page = person.opens("/chats").await.body;
    let (_, rest) = page.split_once("row__count\">").expect("a row");
    let (count, _) = rest.split_once('<').expect("its end");
    count.to_owned()
}

#[tokio::test]
async fn who_was_named_while_away_finds_it_in_the_list_until_they_have_read_it() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let jz = app.signs_up_with("jz", &number, "JZ").await;
    let at_home = Person::signed_in(&app, &number).await;
    let mut phone = app.connects(&jz).await;
    let room = phone.enters("general").await;
    phone.leaves().await;
    let mut kevin = app.program("kevin").await;
    kevin.enters("general").await;

    kevin.tells(room, "is anybody here?").await;
    let mut phone = app.connects(&jz).await;
    assert_eq!(phone.sees(room).await.unwrap()["mentioned"], Value::Null);
    assert_eq!(badge(&at_home).await, "1");
    phone.leaves().await;
    let named = kevin.tells(room, "@jz are you?").await;
    kevin.tells(room, "never mind").await;

    let mut phone = app.connects(&jz).await;
    assert_eq!(phone.sees(room).await.unwrap()["mentioned"], true);
    assert_eq!(badge(&at_home).await, "@ 3");
    let mine = kevin.sees(room).await.unwrap();
    assert_eq!(mine["mentioned"], Value::Null, "others are not named");

    let seq = named["seq"].as_i64().unwrap();
    phone.marks("read", room, seq - 1).await;
    assert_eq!(phone.sees(room).await.unwrap()["mentioned"], true);
    phone.marks("read", room, seq).await;
    assert_eq!(phone.sees(room).await.unwrap()["mentioned"], Value::Null);
    assert_eq!(badge(&at_home).await, "1");
}
