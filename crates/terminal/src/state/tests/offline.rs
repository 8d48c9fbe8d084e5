use super::*;
use chinwag_client::{Draft, Error};

fn queued(client_id: &str, body: &str) -> Answer {
    Answer::Queued {
        client_id: client_id.into(),
        channel: 1,
        body: body.into(),
    }
}

#[test]
fn what_is_said_while_offline_is_shown_to_wait_until_the_server_has_it() {
    let mut ana = Person::in_rooms();
    ana.goes_offline();
    assert!(matches!(
        &ana.enters("later")[..],
        [Effect::Send { channel: 1, .. }]
    ));
    ana.answer(queued("c1", "later"));
    assert_eq!(
        ana.state
            .waiting_in(1)
            .map(|one| one.body.as_str())
            .collect::<Vec<_>>(),
        ["later"]
    );
    assert_eq!(ana.state.waiting_in(2).count(), 0);
    ana.news(ready(&[conversation(1, "room", "general")]));
    ana.news(chinwag_client::Event::Sent {
        client_id: "c1".into(),
    });
    assert_eq!(ana.state.waiting_in(1).count(), 0);
}

#[test]
fn what_has_to_wait_is_marked_and_what_is_refused_comes_back_with_the_reason() {
    let mut ana = Person::in_rooms();
    ana.answer(queued("c1", "too fast"));
    assert_eq!(ana.state.waiting_in(1).count(), 0);
    ana.news(chinwag_client::Event::Delayed {
        client_id: "c1".into(),
        reason: "That was too fast.".into(),
    });
    assert_eq!(ana.state.waiting_in(1).count(), 1);
    ana.news(chinwag_client::Event::Unsent {
        draft: Draft {
            client_id: "c1".into(),
            conversation_id: 1,
            body: "too fast".into(),
        },
        error: Error::Strange("No.".into()),
    });
    assert_eq!(ana.state.waiting_in(1).count(), 0);
    assert_eq!(
        (ana.last_notice().text.as_str(), ana.last_notice().tone),
        ("Not sent: No. (too fast)", Tone::Red)
    );
}

#[test]
fn the_way_back_is_counted_down_and_can_be_hurried() {
    let mut ana = Person::in_rooms();
    let seconds = |ana: &Person| match &ana.state.link {
        Link::Offline { seconds, .. } => *seconds,
        other => panic!("{other:?}"),
    };
    ana.goes_offline();
    assert_eq!(seconds(&ana), 5);
    ana.event(Event::Tick(noon()));
    assert_eq!(seconds(&ana), 4);
    assert_eq!(
        ana.hold(KeyModifiers::CONTROL, KeyCode::Char('r')),
        [Effect::Hurry]
    );
    ana.news(chinwag_client::Event::Connecting);
    assert_eq!(ana.state.link, Link::Connecting);
    ana.news(ready(&[]));
    assert_eq!(ana.state.link, Link::CatchingUp);
    ana.news(chinwag_client::Event::CaughtUp);
    assert_eq!(ana.state.link, Link::Online);
}

#[test]
fn coming_back_keeps_what_is_shown_and_the_channel() {
    let mut ana = Person::in_rooms();
    ana.hears(message(1, 1, "bo", "before"));
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    ana.goes_offline();
    let mut general = conversation(1, "room", "general");
    (general.unread, general.last_seq, general.counter) = (1, 2, 2);
    assert_eq!(
        ana.news(ready(&[general, conversation(2, "room", "help")])),
        [Effect::ListRooms]
    );
    ana.hears(message(1, 2, "bo", "meanwhile"));
    ana.news(chinwag_client::Event::CaughtUp);
    assert_eq!(ana.title(), "#help");
    assert_eq!(ana.channel(1).unread, 1);
    ana.hold(KeyModifiers::ALT, KeyCode::Up);
    assert_eq!(ana.window(), ["bo: before", "bo: meanwhile"]);
}

#[test]
fn replaced_data_is_forgotten_and_begun_anew() {
    let mut ana = Person::in_rooms();
    ana.hears(message(1, 1, "bo", "of the old world"));
    ana.news(chinwag_client::Event::Forget);
    ana.news(ready(&[]));
    ana.answer(Answer::Rooms(Ok(vec![room(1, "general")])));
    assert_eq!(ana.title(), "#general");
    assert!(ana.window().is_empty());
}

#[test]
fn s0_11_a_sign_in_that_is_not_good_any_more_ends_the_program() {
    let mut ana = Person::in_rooms();
    let ended = Ended::Refused("signed_out".into());
    assert_eq!(
        ana.news(chinwag_client::Event::Ended(ended.clone())),
        [Effect::Quit]
    );
    assert_eq!(ana.state.ended, Some(ended));
}

#[test]
fn an_outage_is_told_of_once_one_is_back_without_moving_what_is_read() {
    let mut ana = Person::in_rooms();
    (1..=100).for_each(|seq| drop(ana.hears(message(1, seq, "bo", "x"))));
    ana.press(KeyCode::PageUp);
    ana.goes_offline();
    ana.event(Event::Tick(noon() + chrono::TimeDelta::seconds(7)));
    ana.news(chinwag_client::Event::Connecting);
    ana.news(chinwag_client::Event::Offline {
        reason: "the server answers 502".into(),
        retry_in: std::time::Duration::from_secs(1),
    });
    let before = ana.channel(1).scroll;
    ana.news(ready(&[]));
    ana.news(chinwag_client::Event::CaughtUp);
    let notice = ana.last_notice();
    assert_eq!(
        (notice.text.as_str(), notice.tone),
        (
            "back after 7 s without a connection: connection refused",
            Tone::Italic
        )
    );
    assert_eq!(ana.channel(1).scroll, before + 1);
    // The next time nothing is left of it.
    ana.news(chinwag_client::Event::CaughtUp);
    assert_eq!(ana.channel(1).lines.len(), 101);
}

#[test]
fn what_could_not_be_said_is_shown_although_all_channels_were_forgotten() {
    let mut ana = Person::in_rooms();
    ana.answer(queued("c1", "of the old world"));
    ana.news(chinwag_client::Event::Forget);
    ana.news(chinwag_client::Event::Unsent {
        draft: Draft {
            client_id: "c1".into(),
            conversation_id: 1,
            body: "of the old world".into(),
        },
        error: Error::Strange("Replaced.".into()),
    });
    ana.news(ready(&[]));
    ana.answer(Answer::Rooms(Ok(vec![room(5, "general")])));
    assert_eq!(ana.window(), ["Not sent: Replaced. (of the old world)"]);
}

#[test]
fn what_is_said_before_one_is_let_into_the_room_waits_for_that() {
    let join = Effect::JoinRoom("general".into());
    let rooms = || Answer::Rooms(Ok(vec![room(1, "general")]));
    let mut ana = Person::connected();
    assert_eq!(ana.answer(rooms()), [join]);
    assert_eq!(ana.enters("early"), []);
    assert_eq!(ana.state.waiting_in(1).count(), 1);
    let send = Effect::Send {
        channel: 1,
        body: "early".into(),
    };
    assert_eq!(ana.joins(1, "general", &[]), [send]);
    assert_eq!(ana.state.waiting_in(1).count(), 0);

    let mut ana = Person::connected();
    ana.answer(rooms());
    ana.enters("early");
    ana.answer(Answer::Joined {
        name: "general".into(),
        result: Err("No.".into()),
    });
    assert_eq!(ana.window(), ["Not sent: No. (early)"]);
    assert!(ana.state.outbox.is_empty());
}

#[test]
fn what_is_held_back_is_said_however_one_came_to_be_a_member() {
    let send = Effect::Send {
        channel: 1,
        body: "early".into(),
    };
    // The connection broke before the answer; `ready` has the room.
    let mut ana = early_words();
    ana.goes_offline();
    let effects = ana.news(ready(&[conversation(1, "room", "general")]));
    assert_eq!(effects, [send.clone(), Effect::ListRooms]);
    assert!(ana.state.outbox.is_empty());

    // Another program of the same person was let in.
    let mut ana = early_words();
    let effects = ana.news(chinwag_client::Event::Conversation(Box::new(conversation(
        1, "room", "general",
    ))));
    assert_eq!(effects, [send]);
}

#[test]
fn a_join_without_an_answer_is_asked_for_again_and_the_words_wait() {
    let mut ana = early_words();
    ana.answer(Answer::NotJoined {
        name: "general".into(),
    });
    assert_eq!(ana.state.waiting_in(1).count(), 1);
    let effects = ana.answer(Answer::Rooms(Ok(vec![room(1, "general")])));
    assert_eq!(effects, [Effect::JoinRoom("general".into())]);
}

#[test]
fn what_is_held_back_returns_when_the_room_vanishes_or_the_data_is_replaced() {
    let mut ana = early_words();
    ana.answer(Answer::Rooms(Ok(vec![room(2, "general")])));
    assert!(ana.state.outbox.is_empty());
    assert_eq!(ana.window(), ["Not sent: The room is gone. (early)"]);

    let mut ana = early_words();
    ana.news(chinwag_client::Event::Forget);
    assert!(ana.state.outbox.is_empty());
    let effects = ana.news(ready(&[conversation(1, "room", "private")]));
    assert_eq!(effects, [Effect::ListRooms]);
    ana.answer(Answer::Rooms(Ok(vec![room(5, "general")])));
    assert_eq!(
        ana.window(),
        ["Not sent: The server's data was replaced. (early)"]
    );
}

/// Ana, who has said something before she was let in.
fn early_words() -> Person {
    let mut ana = Person::connected();
    ana.answer(Answer::Rooms(Ok(vec![room(1, "general")])));
    assert_eq!(ana.enters("early"), []);
    ana
}

#[test]
fn where_there_is_no_channel_yet_what_is_written_stays_written() {
    let mut ana = Person::connected();
    assert_eq!(ana.enters("early"), []);
    assert_eq!(ana.state.input.text(), "early");
}

#[test]
fn who_leaves_waits_for_what_is_on_its_way_but_not_long() {
    let leave = |ana: &mut Person| ana.hold(KeyModifiers::CONTROL, KeyCode::Char('c'));
    let leaving = || {
        let mut ana = Person::in_rooms();
        ana.answer(queued("c1", "bye"));
        assert_eq!(leave(&mut ana), []);
        ana
    };
    let mut ana = leaving();
    let sent = chinwag_client::Event::Sent {
        client_id: "c1".into(),
    };
    assert_eq!(ana.news(sent), [Effect::Quit]);

    let mut ana = leaving();
    assert_eq!(leave(&mut ana), [Effect::Quit]);
    assert!(ana.state.outbox[0].may_be_sent);

    let mut ana = leaving();
    let effects: Vec<_> = (0..3)
        .flat_map(|_| ana.event(Event::Tick(noon())))
        .collect();
    assert_eq!(effects, [Effect::Quit]);

    // Without a connection there is nothing to wait for.
    let mut ana = Person::in_rooms();
    ana.goes_offline();
    ana.answer(queued("c1", "bye"));
    assert_eq!(leave(&mut ana), [Effect::Quit]);
    assert!(!ana.state.outbox[0].may_be_sent);
}

#[test]
fn what_was_said_and_corrected_meanwhile_is_unread_and_announced() {
    let mut ana = Person::in_rooms();
    ana.hears(message(2, 1, "bo", "before"));
    ana.goes_offline();
    ana.news(ready(&[conversation(2, "room", "help")]));
    let mut corrected = message(2, 2, "bo", "look, @ana");
    (corrected.rev, corrected.edited_at) = (3, Some("2026-11-20T12:05:00Z".into()));
    let notify = Effect::Notify {
        channel: "#help".into(),
        sender: "bo".into(),
    };
    assert_eq!(ana.hears(corrected), [notify]);
    assert_eq!((ana.channel(2).unread, ana.channel(2).is_named), (2, true));
    let mut deleted = message(2, 4, "bo", "");
    (deleted.rev, deleted.deleted) = (5, true);
    assert_eq!(ana.hears(deleted), []);
    assert_eq!(ana.channel(2).unread, 2);
}
