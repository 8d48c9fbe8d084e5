use super::*;

fn created(name: &str, result: Result<i64, &str>) -> Answer {
    Answer::Created {
        name: name.into(),
        why: Why::Command,
        result: result
            .map(|id| Box::new(conversation(id, "room", name)))
            .map_err(str::to_owned),
    }
}

fn deleted(name: &str, result: Result<(), &str>) -> Answer {
    Answer::Deleted {
        name: name.into(),
        result: result.map_err(str::to_owned),
    }
}

#[test]
fn s0_34_37_and_40_a_channel_is_made_entered_listed_and_general_shown() {
    let mut ana = Person::in_rooms();
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    let make = Effect::CreateRoom {
        name: "foo".into(),
        why: Why::Command,
    };
    assert_eq!(ana.enters("/+channel foo"), [make]);
    let effects = ana.answer(created("foo", Ok(9)));
    assert!(effects.contains(&Effect::ListRooms), "{effects:?}");
    assert_eq!(ana.title(), "#general");
    assert!(ana.channel(9).is_member);
    let notice = ana.last_notice();
    assert_eq!(
        (notice.text.as_str(), notice.tone),
        ("#foo created", Tone::ItalicBold)
    );
}

#[test]
fn s0_35_a_channel_is_deleted() {
    let mut ana = Person::in_rooms();
    assert_eq!(
        ana.enters("/-channel tea"),
        [Effect::DeleteRoom("tea".into())]
    );
    let effects = ana.answer(deleted("tea", Ok(())));
    assert!(effects.contains(&Effect::ListRooms), "{effects:?}");
    assert!(ana.state.channels.room("tea").is_none());
    let notice = ana.last_notice();
    assert_eq!(
        (notice.text.as_str(), notice.tone),
        ("#tea deleted", Tone::ItalicBold)
    );
}

#[test]
fn s0_36_general_cannot_be_deleted() {
    let mut ana = Person::in_rooms();
    for input in ["/-channel general", "/-channel #General"] {
        assert_eq!(ana.enters(input), []);
        assert_eq!(ana.last_notice().text, "#general can't be deleted");
    }
}

#[test]
fn s0_38_an_sms_is_sent_with_all_its_words() {
    let mut ana = Person::in_rooms();
    let sms = Effect::Sms {
        to: "+15551234".into(),
        body: "hi there".into(),
    };
    assert_eq!(ana.enters("/sms +15551234 hi there"), [sms]);
    ana.answer(Answer::SmsSent {
        to: "+15551234".into(),
        result: Ok(()),
    });
    let notice = ana.last_notice();
    assert_eq!(
        (notice.text.as_str(), notice.tone),
        ("sms sent to +15551234", Tone::ItalicBold)
    );
}

#[test]
fn s0_39_a_wrong_command_is_answered_in_the_window_and_never_sent() {
    let mut ana = Person::in_rooms();
    for (input, answer) in [
        (
            "/+channel a b",
            "Error: too many arguments supplied for command",
        ),
        (
            "/-channel a b",
            "Error: too many arguments supplied for command",
        ),
        ("/+channel ", "Error: CHANNEL_NAME argument is required"),
        (
            "/sms +1555",
            "Error: MOBILE_NUMBER and MESSAGE arguments are required",
        ),
        ("/nonsense", "Error: invalid command"),
    ] {
        assert_eq!(ana.enters(input), [], "{input}");
        let notice = ana.last_notice();
        assert_eq!((notice.text.as_str(), notice.tone), (answer, Tone::Plain));
        assert_eq!(ana.state.input.text(), "");
    }
}

#[test]
fn s0_41_what_the_server_refuses_is_shown_in_red() {
    let mut ana = Person::in_rooms();
    let sms = Answer::SmsSent {
        to: "1".into(),
        result: Err("That is not a possible phone number.".into()),
    };
    for (answer, text) in [
        (
            created("tea", Err("Room 'tea' already exists")),
            "Room 'tea' already exists",
        ),
        (
            deleted("nope", Err("There is no channel #nope.")),
            "There is no channel #nope.",
        ),
        (sms, "That is not a possible phone number."),
    ] {
        ana.answer(answer);
        assert_eq!(
            (ana.last_notice().text.as_str(), ana.last_notice().tone),
            (text, Tone::Red)
        );
    }
}

#[test]
fn a_word_with_an_equals_sign_is_a_command_for_the_room() {
    let mut ana = Person::in_rooms();
    let command = Effect::Command {
        channel: 1,
        command: "stock".into(),
        payload: "aapl.us".into(),
    };
    assert_eq!(ana.enters("/stock=aapl.us"), [command]);
    let push = json!({
        "conversation_id": 1, "user": {"id": 2, "username": "bo", "name": "Bo"}, "command": "stock", "payload": "aapl.us",
        "sent_at": "2026-11-20T12:00:00Z",
    });
    ana.news(chinwag_client::Event::RoomCommand(
        serde_json::from_value(push).expect("a command"),
    ));
    assert_eq!(ana.last_notice().text, "bo /stock=aapl.us");
}

#[test]
fn a_talk_is_opened_and_something_said_in_it() {
    let mut ana = Person::in_rooms();
    let open = Effect::OpenTalk {
        username: "bo".into(),
        body: Some("Hello!".into()),
    };
    assert_eq!(ana.enters("/msg bo Hello!"), [open]);
    let effects = ana.answer(Answer::Opened {
        body: Some("Hello!".into()),
        result: Ok(Box::new(conversation(4, "direct", "bo"))),
    });
    assert_eq!(ana.title(), "@bo");
    let send = Effect::Send {
        channel: 4,
        body: "Hello!".into(),
    };
    assert_eq!(
        effects,
        [
            Effect::History {
                channel: 4,
                before: None
            },
            send
        ]
    );
}

#[test]
fn help_is_shown_and_quit_quits() {
    let mut ana = Person::in_rooms();
    ana.enters("/help");
    assert!(
        ana.window()
            .iter()
            .any(|line| line.starts_with("/+channel NAME"))
    );
    assert!(
        ana.window()
            .iter()
            .any(|line| line.contains("complete @name or /command"))
    );
    assert_eq!(ana.enters("/quit"), [Effect::Quit]);
}
