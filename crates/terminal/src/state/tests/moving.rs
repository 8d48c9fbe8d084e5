use super::*;
use crossterm::event::{MouseButton, MouseEventKind};

#[test]
fn s0_20_tab_moves_between_the_input_and_the_channels() {
    let mut ana = Person::in_rooms();
    assert_eq!(ana.state.focus, Focus::Input);
    ana.press(KeyCode::Tab);
    assert_eq!(ana.state.focus, Focus::Channels);
    ana.press(KeyCode::Tab);
    assert_eq!(ana.state.focus, Focus::Input);
    // Also with something written, unless that can be completed.
    ana.types("hello");
    ana.press(KeyCode::Tab);
    assert_eq!(ana.state.focus, Focus::Channels);
}

#[test]
fn s0_21_up_and_down_among_the_channels_switch() {
    let mut ana = Person::in_rooms();
    ana.press(KeyCode::Tab);
    for (key, title) in [
        (KeyCode::Down, "#help"),
        (KeyCode::Down, "#tea"),
        (KeyCode::Down, "#tea"),
        (KeyCode::Up, "#help"),
        (KeyCode::Home, "#general"),
        (KeyCode::Up, "#general"),
    ] {
        ana.press(key);
        assert_eq!(ana.title(), title);
    }
    // Whoever writes there writes.
    ana.press(KeyCode::Char('h'));
    assert_eq!(
        (ana.state.input.text(), ana.state.focus),
        ("h", Focus::Input)
    );
}

#[test]
fn s0_22_ctrl_c_and_ctrl_q_quit_wherever_one_is() {
    for key in ['c', 'q'] {
        let mut ana = Person::in_rooms();
        assert_eq!(
            ana.hold(KeyModifiers::CONTROL, KeyCode::Char(key)),
            [Effect::Quit]
        );
        ana.press(KeyCode::Tab);
        assert_eq!(
            ana.hold(KeyModifiers::CONTROL, KeyCode::Char(key)),
            [Effect::Quit]
        );
    }
}

#[test]
fn s0_22_the_mouse_chooses_channels_and_scrolls() {
    let mut ana = Person::in_rooms();
    (1..=100).for_each(|seq| drop(ana.hears(message(1, seq, "bo", "x"))));
    let mouse = |kind, column, row| {
        Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        })
    };
    ana.event(mouse(MouseEventKind::ScrollUp, 40, 5));
    assert_eq!(ana.channel(1).scroll, 3);
    ana.event(mouse(MouseEventKind::ScrollDown, 40, 5));
    assert_eq!(ana.channel(1).scroll, 0);
    ana.event(mouse(MouseEventKind::Down(MouseButton::Left), 5, 3));
    assert_eq!(ana.title(), "#tea");
    ana.event(mouse(MouseEventKind::Down(MouseButton::Left), 5, 10));
    assert_eq!(
        (ana.title().as_str(), ana.state.focus),
        ("#tea", Focus::Channels)
    );
    ana.event(mouse(MouseEventKind::Down(MouseButton::Left), 5, 21));
    assert_eq!(ana.state.focus, Focus::Input);
}

#[test]
fn tab_completes_names_and_commands_and_goes_through_them() {
    let mut ana = Person::in_rooms();
    for name in ["bo", "Bob", "zoe"] {
        ana.hears(message(1, ana.channel(1).last_seq + 1, name, "hi"));
    }
    ana.types("hi @b");
    for completed in ["hi @Bob ", "hi @bo ", "hi @Bob "] {
        ana.press(KeyCode::Tab);
        assert_eq!(ana.state.input.text(), completed);
    }
    ana.types("and /h");
    ana.press(KeyCode::Tab);
    assert_eq!(
        (ana.state.input.text(), ana.state.focus),
        ("hi @Bob and /h", Focus::Channels)
    );
    ana.press(KeyCode::Tab);
    ana.hold(KeyModifiers::CONTROL, KeyCode::Char('u'));
    ana.types("/+");
    ana.press(KeyCode::Tab);
    assert_eq!(ana.state.input.text(), "/+channel ");
    ana.hold(KeyModifiers::CONTROL, KeyCode::Char('u'));
    // What nobody is called stays, and so does the focus.
    ana.types("@nobody");
    ana.press(KeyCode::Tab);
    assert_eq!(
        (ana.state.input.text(), ana.state.focus),
        ("@nobody", Focus::Input)
    );
}

#[test]
fn alt_a_goes_to_what_names_one_and_then_to_what_is_unread() {
    let mut ana = Person::in_rooms();
    ana.hears(message(2, 1, "bo", "hello"));
    ana.hears(message(3, 1, "bo", "hello @ana"));
    for title in ["#tea", "#help", "#help"] {
        ana.hold(KeyModifiers::ALT, KeyCode::Char('a'));
        assert_eq!(ana.title(), title);
    }
}

#[test]
fn scrolling_to_the_top_fetches_what_was_said_before() {
    let mut ana = Person::in_rooms();
    let page: Vec<_> = (101..=150).map(|seq| message(1, seq, "bo", "x")).collect();
    ana.joins(1, "general", &page);
    let history = Effect::History {
        channel: 1,
        before: Some(101),
    };
    let effects: Vec<_> = (0..5).flat_map(|_| ana.press(KeyCode::PageUp)).collect();
    assert_eq!(effects, [history]);
    let before = ana.channel(1).scroll;
    let messages: Vec<_> = (51..=100).map(|seq| message(1, seq, "bo", "x")).collect();
    let answer = json!({"ok": true, "messages": messages, "more": false});
    ana.answer(Answer::History {
        channel: 1,
        result: Ok(serde_json::from_value(answer).expect("a page")),
    });
    // What one reads stays where it is.
    assert_eq!(ana.channel(1).scroll, before);
    assert_eq!(ana.channel(1).first_seq(), Some(51));
    let rest: Vec<_> = (0..9).flat_map(|_| ana.press(KeyCode::PageUp)).collect();
    assert_eq!(rest, []);
}

#[test]
fn an_edit_of_an_old_message_leaves_no_hole_in_the_history() {
    let edited = |seq| {
        let mut edited = message(1, seq, "bo", "edited");
        (edited.rev, edited.edited_at) = (301, Some("2026-11-20T12:05:00Z".into()));
        edited
    };
    let mut ana = Person::in_rooms();
    let page: Vec<_> = (201..=300).map(|seq| message(1, seq, "bo", "x")).collect();
    ana.joins(1, "general", &page);
    ana.hears(edited(5));
    assert_eq!(ana.channel(1).first_seq(), Some(201));
    ana.hears(edited(250));
    assert_eq!(
        ana.window()
            .iter()
            .filter(|line| *line == "bo: edited")
            .count(),
        1
    );

    // The page that is on its way may have been written before the edit.
    ana.hold(KeyModifiers::CONTROL, KeyCode::Home);
    ana.hears(edited(150));
    let messages: Vec<_> = (101..=200).map(|seq| message(1, seq, "bo", "x")).collect();
    let answer = json!({"ok": true, "messages": messages, "more": true});
    ana.answer(Answer::History {
        channel: 1,
        result: Ok(serde_json::from_value(answer).expect("a page")),
    });
    assert_eq!(ana.channel(1).first_seq(), Some(101));
    assert_eq!(ana.window()[49], "bo: edited");
}

#[test]
fn who_comes_and_goes_pushes_out_nothing_that_was_said() {
    let mut ana = Person::in_rooms();
    (1..=10).for_each(|seq| drop(ana.hears(message(1, seq, "bo", "x"))));
    let push: chinwag_client::wire::MemberPush = serde_json::from_value(
        json!({"conversation_id": 1, "user": {"id": 2, "username": "bo", "name": "Bo"}, "online": true}),
    )
    .expect("a push");
    for _ in 0..1_100 {
        ana.news(chinwag_client::Event::MemberJoined(push.clone()));
    }
    assert_eq!(ana.channel(1).lines.len(), 1_000);
    assert_eq!(ana.channel(1).first_seq(), Some(1));
}

#[test]
fn nothing_is_read_before_it_is_known_what_to_show() {
    let mut ana = Person::connected();
    let unread = |id, name| {
        let mut one = conversation(id, "room", name);
        (one.unread, one.last_seq, one.counter) = (1, 1, 1);
        one
    };
    ana.news(ready(&[unread(2, "help"), unread(1, "general")]));
    ana.news(chinwag_client::Event::CaughtUp);
    assert_eq!(ana.event(Event::Tick(noon())), []);
    ana.answer(Answer::Rooms(Ok(vec![room(1, "general"), room(2, "help")])));
    assert_eq!(ana.title(), "#general");
    assert_eq!(
        ana.event(Event::Tick(noon())),
        [Effect::Read { channel: 1, seq: 1 }]
    );
    assert_eq!(ana.channel(2).unread, 1);
}

#[test]
fn who_reads_further_up_is_not_disturbed_by_what_is_said() {
    let mut ana = Person::in_rooms();
    (1..=100).for_each(|seq| drop(ana.hears(message(1, seq, "bo", "x"))));
    ana.press(KeyCode::PageUp);
    let before = ana.channel(1).scroll;
    ana.hears(message(1, 101, "bo", &"long ".repeat(40)));
    assert!(ana.channel(1).scroll > before + 1);
    assert_eq!(ana.channel(1).unread, 1);
    ana.press(KeyCode::Esc);
    assert_eq!((ana.channel(1).scroll, ana.channel(1).unread), (0, 0));
}

#[test]
fn what_is_looked_at_is_marked_as_read_once_a_second() {
    let mut ana = Person::in_rooms();
    (1..=20).for_each(|seq| drop(ana.hears(message(1, seq, "bo", "x"))));
    let read = Effect::Read {
        channel: 1,
        seq: 20,
    };
    assert_eq!(ana.event(Event::Tick(noon())), [read]);
    assert_eq!(ana.event(Event::Tick(noon())), []);
    ana.hears(message(2, 1, "bo", "x"));
    assert_eq!(ana.event(Event::Tick(noon())), []);
    let receipt = json!({"conversation_id": 2, "user_id": 1, "delivered_seq": 1, "read_seq": 1});
    ana.news(chinwag_client::Event::Receipt(
        serde_json::from_value(receipt).expect("a receipt"),
    ));
    assert_eq!(ana.channel(2).unread, 0);
}

#[test]
fn nothing_is_read_in_a_window_that_nobody_looks_at() {
    let mut ana = Person::in_rooms();
    ana.event(Event::Focus(false));
    ana.hears(message(1, 1, "bo", "x"));
    assert_eq!(ana.event(Event::Tick(noon())), []);
    ana.event(Event::Focus(true));
    let read = Effect::Read { channel: 1, seq: 1 };
    assert_eq!(ana.event(Event::Tick(noon())), [read]);
}

#[test]
fn rooms_of_others_are_found_within_half_a_minute() {
    let mut ana = Person::in_rooms();
    let effects: Vec<_> = (0..30)
        .flat_map(|_| ana.event(Event::Tick(noon())))
        .collect();
    assert_eq!(effects, [Effect::ListRooms]);
}

#[test]
fn a_paste_of_several_lines_stays_one_message() {
    let mut ana = Person::in_rooms();
    ana.event(Event::Paste("one\r\ntwo\u{1b}[31m".into()));
    let send = Effect::Send {
        channel: 1,
        body: "one\ntwo[31m".into(),
    };
    assert_eq!(ana.press(KeyCode::Enter), [send]);
    let family = "\ta ❤️ 👩‍👩‍👧 👍🏽 \u{200f}שלום";
    ana.event(Event::Paste(family.into()));
    let send = Effect::Send {
        channel: 1,
        body: family.into(),
    };
    assert_eq!(ana.press(KeyCode::Enter), [send]);
    ana.event(Event::Paste("x".repeat(5_000)));
    assert_eq!(ana.press(KeyCode::Enter), []);
    assert_eq!(
        ana.last_notice().text,
        "Error: a message has at most 4096 characters"
    );
    assert_eq!(ana.state.input.length(), 5_000);
}

#[test]
fn a_room_is_asked_to_let_one_in_once_and_again_when_somebody_looks_at_it() {
    let mut ana = Person::in_rooms();
    let rooms = || {
        ["general", "help", "tea", "zoo"]
            .iter()
            .zip(1..)
            .map(|(name, id)| room(id, name))
    };
    let join = Effect::JoinRoom("zoo".into());
    let list = || Answer::Rooms(Ok(rooms().collect()));
    assert_eq!(ana.answer(list()), std::slice::from_ref(&join));
    assert_eq!(ana.answer(list()), []);
    let refused = || Answer::Joined {
        name: "zoo".into(),
        result: Err("You are in 100 rooms.".into()),
    };
    ana.answer(refused());
    assert!(ana.window().is_empty());
    assert_eq!(ana.answer(list()), []);
    ana.press(KeyCode::Tab);
    assert_eq!(ana.press(KeyCode::End), [join]);
    ana.answer(refused());
    assert_eq!(ana.window(), ["You are in 100 rooms."]);
}

#[test]
fn a_room_that_is_called_otherwise_now_is_shown_so_at_its_place() {
    let mut ana = Person::in_rooms();
    ana.hears(message(2, 1, "bo", "hi"));
    let renamed = [room(1, "general"), room(2, "zoo"), room(3, "tea")];
    assert_eq!(ana.answer(Answer::Rooms(Ok(renamed.into()))), []);
    let names: Vec<_> = ana.state.channels.iter().map(Channel::title).collect();
    assert_eq!(names, ["#general", "#tea", "#zoo"]);
    assert_eq!(ana.channel(2).unread, 1);
}

#[test]
fn what_is_new_in_a_channel_is_headed_until_one_leaves_it() {
    let mut ana = Person::in_rooms();
    let news = |ana: &Person| -> Vec<i64> {
        let said = ana.channel(2).lines.iter().filter_map(|line| match line {
            Line::Said(said) => Some(said),
            Line::Notice(_) => None,
        });
        said.filter(|said| said.begins_news)
            .map(|said| said.seq)
            .collect()
    };
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    ana.hears(message(2, 1, "bo", "seen"));
    ana.hold(KeyModifiers::ALT, KeyCode::Up);
    assert!(news(&ana).is_empty());
    ana.hears(message(2, 2, "ana", "said by another copy"));
    for seq in 3..=5 {
        ana.hears(message(2, seq, "bo", "not seen"));
    }
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    assert_eq!(news(&ana), [3]);
    let mut edited = message(2, 3, "bo", "changed");
    edited.rev = 6;
    ana.hears(edited);
    assert_eq!(news(&ana), [3]);
    ana.hears(message(2, 6, "bo", "seen as well"));
    ana.hold(KeyModifiers::ALT, KeyCode::Up);
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    assert!(news(&ana).is_empty());
}
