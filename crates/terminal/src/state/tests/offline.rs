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
    let mut mine = message(1, 1, "ana", "later");
    mine.client_id = Some("c1".into());
    ana.news(chinwag_client::Event::Sent(Box::new(mine)));
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
