use super::*;

#[test]
fn s0_13_who_is_new_is_put_into_general_and_makes_it_where_it_is_missing() {
    let mut ana = Person::connected();
    let make = Effect::CreateRoom {
        name: "general".into(),
        why: Why::Missing,
    };
    assert_eq!(ana.answer(Answer::Rooms(Ok(vec![]))), [make]);
    let created = Answer::Created {
        name: "general".into(),
        why: Why::Missing,
        result: Ok(Box::new(conversation(1, "room", "general"))),
    };
    assert!(ana.answer(created).contains(&Effect::ListRooms));
    assert_eq!(ana.title(), "#general");
    assert!(ana.channel(1).is_member);
    assert!(ana.window().is_empty());

    // Somebody else was faster.
    let mut ana = Person::connected();
    ana.answer(Answer::Rooms(Ok(vec![])));
    let taken = Answer::Created {
        name: "general".into(),
        why: Why::Missing,
        result: Err("taken".into()),
    };
    assert_eq!(ana.answer(taken), [Effect::JoinRoom("general".into())]);
    ana.joins(1, "general", &[]);
    assert_eq!(ana.title(), "#general");
}

#[test]
fn s0_18_enter_sends_to_the_selected_channel() {
    let mut ana = Person::in_rooms();
    let send = |channel| Effect::Send {
        channel,
        body: "Hello, all!".into(),
    };
    assert_eq!(ana.enters("Hello, all!"), [send(1)]);
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    assert_eq!(ana.enters("Hello, all!"), [send(2)]);
}

#[test]
fn s0_19_nothing_blank_is_sent_and_the_box_is_empty_after_enter() {
    let mut ana = Person::in_rooms();
    assert_eq!(ana.enters(""), []);
    assert_eq!(ana.enters("  \t "), []);
    assert_eq!(ana.state.input.text(), "");
    ana.enters("x");
    assert_eq!(ana.state.input.text(), "");
}

#[test]
fn s0_23_every_room_is_listed_and_entered_general_first_and_selected() {
    let mut ana = Person::connected();
    let effects = ana.answer(Answer::Rooms(Ok(vec![
        room(5, "alpha"),
        room(9, "general"),
        room(7, "Beta"),
    ])));
    let names: Vec<_> = ana.state.channels.iter().map(Channel::title).collect();
    assert_eq!(names, ["#general", "#alpha", "#Beta"]);
    assert_eq!(ana.title(), "#general");
    let joins = ["alpha", "general", "Beta"].map(|name| Effect::JoinRoom(name.into()));
    assert_eq!(effects, joins);
}

#[test]
fn talks_stand_below_the_rooms_and_matches_nowhere() {
    let mut ana = Person::in_rooms();
    for (id, kind, title) in [
        (4, "direct", "zoe"),
        (5, "direct", "bo"),
        (6, "match", "Stranger"),
    ] {
        ana.news(chinwag_client::Event::Conversation(Box::new(conversation(
            id, kind, title,
        ))));
    }
    let names: Vec<_> = ana.state.channels.iter().map(Channel::title).collect();
    assert_eq!(names, ["#general", "#help", "#tea", "@bo", "@zoe"]);
}

#[test]
fn s0_25_and_26_what_is_said_elsewhere_is_kept_and_shown_on_switching() {
    let mut ana = Person::in_rooms();
    ana.hears(message(1, 1, "bo", "in general"));
    ana.hears(message(2, 1, "bo", "in help"));
    assert_eq!(ana.window(), ["bo: in general"]);
    assert_eq!(ana.channel(2).unread, 1);
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    assert_eq!(ana.window(), ["bo: in help"]);
    assert_eq!(ana.channel(2).unread, 0);
    ana.hold(KeyModifiers::ALT, KeyCode::Up);
    assert_eq!(ana.window(), ["bo: in general"]);
}

#[test]
fn the_first_message_of_a_new_talk_counts_once() {
    let mut ana = Person::in_rooms();
    let mut new = conversation(4, "direct", "bo");
    (new.unread, new.counter, new.last_seq) = (1, 1, 1);
    ana.news(chinwag_client::Event::Conversation(Box::new(new)));
    ana.hears(message(4, 1, "bo", "psst"));
    assert_eq!(ana.channel(4).unread, 1);
    ana.hears(message(4, 2, "bo", "psst!"));
    assert_eq!(ana.channel(4).unread, 2);
}

#[test]
fn s0_28_what_others_say_appears() {
    let mut ana = Person::in_rooms();
    ana.hears(message(1, 1, "bo", "Hello, Ana!"));
    assert_eq!(ana.window(), ["bo: Hello, Ana!"]);
}

#[test]
fn s0_30_who_is_added_and_removed_is_said_in_italics() {
    let mut ana = Person::in_rooms();
    let push = chinwag_client::wire::MemberPush {
        conversation_id: 1,
        user: serde_json::from_value(json!({"id": 2, "username": "bo", "name": "Bo"}))
            .expect("a user"),
        online: true,
    };
    ana.news(chinwag_client::Event::MemberJoined(push.clone()));
    assert_eq!(ana.last_notice().text, "bo added");
    ana.news(chinwag_client::Event::MemberLeft(push));
    assert_eq!(
        (ana.last_notice().text.as_str(), ana.last_notice().tone),
        ("bo removed", Tone::Italic)
    );
}

#[test]
fn s0_31_ones_own_words_are_shown_when_they_come_back_in_the_order_of_the_server() {
    let mut ana = Person::in_rooms();
    let effects = ana.enters("mine");
    assert!(matches!(&effects[..], [Effect::Send { .. }]));
    ana.answer(Answer::Queued {
        client_id: "c1".into(),
        channel: 1,
        body: "mine".into(),
    });
    assert!(ana.window().is_empty());
    assert_eq!(ana.state.waiting_in(1).count(), 0);
    ana.hears(message(1, 1, "bo", "first"));
    let mut mine = message(1, 2, "ana", "mine");
    mine.client_id = Some("c1".into());
    ana.hears(mine);
    assert_eq!(ana.window(), ["bo: first", "ana: mine"]);
    assert!(ana.state.outbox.is_empty());
}

#[test]
fn s0_32_a_mention_in_any_channel_is_announced_once() {
    let mut ana = Person::in_rooms();
    let notify = |channel: &str| Effect::Notify {
        channel: channel.into(),
        sender: "bo".into(),
    };
    assert_eq!(
        ana.hears(message(1, 1, "bo", "@ana, look")),
        [notify("#general")]
    );
    assert_eq!(
        ana.hears(message(3, 1, "bo", "where is @ana?")),
        [notify("#tea")]
    );
    assert!(ana.channel(3).is_named && !ana.channel(1).is_named);
    assert_eq!(ana.hears(message(1, 2, "bo", "@anabel")), []);
    assert_eq!(ana.hears(message(1, 3, "ana", "I am @ana")), []);
    // Neither an edit nor history is announced.
    let mut edited = message(1, 1, "bo", "@ana, look!");
    edited.rev = 4;
    assert_eq!(ana.hears(edited), []);
    assert_eq!(ana.joins(2, "help", &[message(2, 1, "bo", "@ana")]), []);
}

#[test]
fn who_names_one_all_the_time_is_not_announced_all_the_time() {
    let mut ana = Person::in_rooms();
    let mut announced = |from, to| -> usize {
        (from..to)
            .map(|seq| ana.hears(message(1, seq, "bo", "@ana")).len())
            .sum()
    };
    assert_eq!(announced(1, 100), 5);
    (0..3).for_each(|_| drop(ana.event(Event::Tick(noon()))));
    assert_eq!(ana.hears(message(1, 100, "bo", "@ana")).len(), 1);
    assert_eq!(ana.hears(message(1, 101, "bo", "@ana")).len(), 0);
}

#[test]
fn an_edit_takes_the_place_of_the_message_and_a_deletion_leaves_a_mark() {
    let mut ana = Person::in_rooms();
    ana.hears(message(1, 1, "bo", "Helo"));
    ana.hears(message(1, 2, "bo", "oops"));
    let mut edited = message(1, 1, "bo", "Hello");
    (edited.rev, edited.edited_at) = (3, Some("2026-11-20T12:05:00Z".into()));
    let mut deleted = message(1, 2, "bo", "");
    (deleted.rev, deleted.deleted) = (4, true);
    ana.hears(edited);
    ana.hears(deleted);
    // What comes late changes nothing.
    ana.hears(message(1, 1, "bo", "Helo"));
    assert_eq!(ana.window(), ["bo: Hello", "bo: "]);
    assert_eq!(ana.channel(1).unread, 0);
}

#[test]
fn nothing_of_others_reaches_the_state_uncleaned() {
    let mut ana = Person::in_rooms();
    let evil = "\u{1b}[2J\u{202e}x\u{9b}y";
    ana.hears(message(1, 1, evil, evil));
    ana.answer(Answer::Rooms(Ok(vec![room(1, "general"), room(8, evil)])));
    ana.news(chinwag_client::Event::Conversation(Box::new(conversation(
        9, "direct", evil,
    ))));
    let user = json!({"id": 2, "username": evil, "name": evil});
    let member = json!({"conversation_id": 1, "user": user, "online": true});
    ana.news(chinwag_client::Event::MemberJoined(
        serde_json::from_value(member).expect("a push"),
    ));
    let command = json!({"conversation_id": 1, "user": user, "command": evil, "payload": evil, "sent_at": evil});
    ana.news(chinwag_client::Event::RoomCommand(
        serde_json::from_value(command).expect("a push"),
    ));
    ana.news(chinwag_client::Event::Unsent {
        draft: chinwag_client::Draft {
            client_id: "c1".into(),
            conversation_id: 1,
            body: evil.into(),
        },
        error: chinwag_client::Error::Strange(evil.into()),
    });
    ana.answer(Answer::Queued {
        client_id: "c2".into(),
        channel: 1,
        body: evil.into(),
    });
    ana.news(chinwag_client::Event::Offline {
        reason: evil.into(),
        retry_in: std::time::Duration::from_secs(1),
    });
    let state = format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}",
        ana.window(),
        ana.channel(8).name,
        ana.channel(9).name,
        ana.state.people,
        ana.state.outbox,
        ana.state.link,
    );
    assert!(
        !state.contains("u{1b}") && !state.contains("u{202e}") && !state.contains("u{9b}"),
        "{state}"
    );
}

#[test]
fn a_channel_keeps_a_thousand_lines_and_knows_that_there_are_more() {
    let mut ana = Person::in_rooms();
    for seq in 1..=1_500 {
        ana.hears(message(1, seq, "bo", "x"));
    }
    let general = ana.channel(1);
    assert_eq!(general.lines.len(), 1_000);
    assert_eq!(general.first_seq(), Some(501));
    assert_eq!(general.history, HistoryState::Known { more: true });
}

#[test]
fn a_deleted_room_vanishes_and_general_is_shown() {
    let mut ana = Person::in_rooms();
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    assert_eq!(ana.title(), "#help");
    ana.news(chinwag_client::Event::ConversationRemoved(2));
    assert_eq!(ana.title(), "#general");
    // A room that was left elsewhere is not entered again by itself, but when somebody looks at it.
    let effects = ana.answer(Answer::Rooms(Ok(vec![
        room(1, "general"),
        room(2, "help"),
        room(3, "tea"),
    ])));
    assert_eq!(effects, []);
    assert!(!ana.channel(2).is_member);
    assert_eq!(
        ana.hold(KeyModifiers::ALT, KeyCode::Down),
        [Effect::JoinRoom("help".into())]
    );
}
