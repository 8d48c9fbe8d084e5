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
