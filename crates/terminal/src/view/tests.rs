//! Screens as they are drawn, without a terminal: compared with the files in `screens/`, which `DRAW_SCREENS=1` writes
//! anew, to be looked at before they are committed.

use super::*;
use crate::state::tests::{Person, conversation, message, ready, room};
use crate::state::{Answer, Event, HistoryState};
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use std::path::Path;

const PLAIN: Theme = Theme { has_colours: false };

fn drawn(person: &mut Person, size: (u16, u16), theme: Theme) -> Buffer {
    person.event(Event::Resize(size.0, size.1));
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a screen");
    terminal
        .draw(|frame| draw(&person.state, theme, frame))
        .expect("drawn");
    terminal.backend().buffer().clone()
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y| {
        let (mut row, mut x) = (String::new(), 0);
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(crate::text::width(symbol))
                .unwrap_or(1)
                .max(1);
        }
        row.trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect()
}

/// The screen has to look like the file of that name.
fn assert_looks_like(person: &mut Person, size: (u16, u16), name: &str) {
    let screen = rows(&drawn(person, size, PLAIN)).join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("src/view/screens/{name}-{}x{}.txt", size.0, size.1));
    if std::env::var_os("DRAW_SCREENS").is_some() {
        std::fs::write(&path, &screen).expect("written");
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        screen == wanted,
        "{}:\n{wanted}\nis drawn as:\n{screen}",
        path.display()
    );
}

/// A morning in `general`: yesterday's last word, a long message, letters of all kinds, somebody who comes, a command.
fn morning() -> Person {
    let mut ana = Person::in_rooms();
    let mut said = [
        message(1, 1, "bo", "Good night!"),
        message(
            1,
            2,
            "ana",
            "Good morning, everybody. Did the long meeting of yesterday come to a good end, or will it go on today?",
        ),
        message(
            1,
            3,
            "keiko",
            "おはようございます、アナさん。会議は終わりました。今日はありません。ゆっくりしてください。",
        ),
        message(1, 4, "bo", "@ana שלום means hello\nand 👩‍👩‍👧‍👦 is a family"),
    ];
    said[0].sent_at = "2026-11-19T22:15:00Z".into();
    ana.joins(1, "general", &said);
    let push = serde_json::json!({"conversation_id": 1, "user": {"id": 5, "username": "zoe", "name": "Zoe"}, "online": true});
    ana.news(chinwag_client::Event::MemberJoined(
        serde_json::from_value(push).expect("a push"),
    ));
    ana.hears(message(2, 1, "bo", "who can help?"));
    ana.hears(message(3, 1, "bo", "tea, @ana?"));
    ana.news(chinwag_client::Event::Conversation(Box::new(conversation(
        4,
        "direct",
        "a-very-long-username-that-does-not-fit",
    ))));
    ana.enters("/nonsense");
    ana.types("I was just ");
    ana
}

#[test]
fn s0_17_and_24_channels_messages_and_input_at_80_by_24() {
    assert_looks_like(&mut morning(), (80, 24), "morning");
}

#[test]
fn the_same_at_200_by_60() {
    assert_looks_like(&mut morning(), (200, 60), "morning");
}

#[test]
fn s0_24_the_list_is_23_columns_wide_and_both_have_their_titles() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let buffer = drawn(&mut Person::in_rooms(), size, PLAIN);
        let top = &rows(&buffer)[0];
        assert!(top.starts_with("┌channels─"), "{top}");
        let window: String = top.chars().skip(23).collect();
        assert!(window.starts_with("┌#general─"), "{top}");
    }
}

#[test]
fn s0_29_a_message_is_shown_as_time_sender_in_bold_and_text() {
    let mut ana = Person::in_rooms();
    ana.hears(message(1, 5, "bo", "Hello!"));
    let buffer = drawn(&mut ana, (80, 24), PLAIN);
    let row = rows(&buffer)
        .iter()
        .position(|row| row.contains("12:05 bo  Hello!"))
        .expect("the message");
    let y = u16::try_from(row).expect("a row");
    let is_bold = |x: u16| buffer[(x, y)].modifier.contains(Modifier::BOLD);
    let bold: Vec<_> = (24..79).filter(|x| is_bold(*x)).collect();
    assert_eq!(bold, [30, 31]);
}

#[test]
fn what_is_new_stands_below_a_rule() {
    let mut ana = Person::in_rooms();
    ana.hears(message(2, 1, "bo", "one"));
    ana.hold(KeyModifiers::ALT, KeyCode::Down);
    let rows = rows(&drawn(&mut ana, (80, 24), PLAIN));
    let rule = rows.iter().position(|row| row.contains("─ new ─"));
    let said = rows.iter().position(|row| row.contains("bo  one"));
    assert_eq!(rule.map(|row| row + 1), said);
    assert!(said.is_some());
}

#[test]
fn an_empty_start_and_a_talk_further_up() {
    let mut ana = Person::connected();
    assert_looks_like(&mut ana, (80, 24), "empty");
    let mut ana = Person::in_rooms();
    (1..=300).for_each(|seq| drop(ana.hears(message(1, seq, "bo", &format!("line {seq}")))));
    ana.press(KeyCode::PageUp);
    ana.hears(message(1, 301, "bo", "news"));
    assert_looks_like(&mut ana, (80, 24), "further-up");
}

#[test]
fn the_state_of_the_connection_is_always_to_be_seen() {
    let mut ana = morning();
    let last = |ana: &mut Person, size| rows(&drawn(ana, size, PLAIN)).pop().expect("a row");
    assert!(last(&mut ana, (80, 24)).contains("● online as ana at localhost:8000"));
    ana.goes_offline();
    ana.enters("said into the dark");
    ana.answer(Answer::Queued {
        client_id: "c".into(),
        channel: 1,
        body: "said into the dark".into(),
    });
    assert_looks_like(&mut ana, (80, 24), "offline");
    assert!(last(&mut ana, (200, 60)).contains("○ offline: connection refused; next try in 5 s"));
    ana.news(chinwag_client::Event::Connecting);
    assert!(last(&mut ana, (80, 24)).contains("◌ connecting to localhost:8000 · ◷ 1 to send"));
    ana.news(ready(&[]));
    assert!(last(&mut ana, (40, 24)).contains("◌ catching up"));
}

#[test]
fn no_color_leaves_no_colour_and_everything_else() {
    let coloured = |theme| {
        let buffer = drawn(&mut morning(), (80, 24), theme);
        buffer
            .content
            .iter()
            .filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
            .count()
    };
    assert_eq!(coloured(PLAIN), 0);
    assert!(coloured(Theme { has_colours: true }) > 20);
}

#[test]
fn every_size_can_be_drawn_and_clicked() {
    let mut ana = morning();
    ana.event(Event::Paste("日本語 ".repeat(100)));
    for width in [1, 2, 19, 20, 21, 30, 45, 46, 47, 80, 300] {
        for height in [1, 2, 6, 7, 8, 9, 12, 24, 200] {
            drawn(&mut ana, (width, height), PLAIN);
            for key in [KeyCode::PageUp, KeyCode::PageDown] {
                ana.press(key);
            }
            spot(&ana.state, width / 2, height / 2);
        }
    }
}

#[test]
fn a_hostile_message_leaves_the_screen_whole() {
    let hostile = [
        "\u{1b}[2J\u{1b}[31;5m\u{1b}]0;owned\u{7}\u{1b}c\u{9b}10A".to_owned(),
        "\u{202e}\u{2067}\u{200f}drawkcab\u{61c}".repeat(20),
        "日".repeat(4_096),
        format!("x{}", "\u{301}".repeat(4_000)),
        "\n".repeat(4_000),
        "\u{fdfd}".repeat(500),
        "👨‍👩‍👧‍👦🏳️‍🌈1️⃣".repeat(300),
    ];
    for (n, text) in hostile.iter().enumerate() {
        let mut ana = Person::in_rooms();
        ana.hears(message(1, 1, text, text));
        ana.hears(message(2, 1, text, text));
        ana.answer(Answer::Rooms(Ok([
            room(1, "general"),
            room(2, "help"),
            room(9, text),
        ]
        .into())));
        for (size, back) in [((80, 24), 0), ((200, 60), 3), ((46, 10), 0)] {
            (0..back).for_each(|_| drop(ana.press(KeyCode::PageUp)));
            let buffer = drawn(&mut ana, size, PLAIN);
            let is_whole =
                |cell: &ratatui::buffer::Cell| cell.symbol().chars().all(crate::text::is_harmless);
            assert!(buffer.content.iter().all(is_whole), "{n}");
            let rows = rows(&buffer);
            let right = rows
                .iter()
                .take(usize::from(size.1) - 4)
                .map(|row| row.chars().last());
            assert!(
                right
                    .clone()
                    .all(|end| matches!(end, Some('┐' | '│' | '┘'))),
                "{n} {size:?}\n{}",
                rows.join("\n")
            );
            assert!(
                rows.iter()
                    .all(|row| crate::text::width(row) <= size.0.into()),
                "{n}"
            );
            assert!(rows[0].starts_with("┌channels"), "{n}");
            assert!(rows.last().expect("a row").contains("online as ana"), "{n}");
        }
    }
}

#[test]
fn a_long_list_scrolls_to_the_selected_channel() {
    let mut ana = Person::connected();
    let many: Vec<_> = (1..=60)
        .map(|id| room(id, &format!("room-{id:02}")))
        .collect();
    ana.answer(Answer::Rooms(Ok(many)));
    ana.press(KeyCode::Tab);
    ana.press(KeyCode::End);
    let screen = rows(&drawn(&mut ana, (80, 24), PLAIN)).join("\n");
    assert!(screen.contains("room-60") && !screen.contains("room-01"));
    assert_eq!(spot(&ana.state, 3, 18), Spot::Channel(60));
    ana.hold(KeyModifiers::NONE, KeyCode::Home);
    assert_eq!(spot(&ana.state, 3, 1), Spot::Channel(1));
}

#[test]
fn history_that_is_fetched_is_said_to_be() {
    let mut ana = Person::in_rooms();
    ana.state.channels.selected_mut().expect("general").history = HistoryState::Loading;
    assert!(rows(&drawn(&mut ana, (80, 24), PLAIN))[0].contains("fetching …"));
}

#[test]
fn a_screen_that_has_shrunk_before_anybody_said_so_is_drawn() {
    let mut ana = morning();
    ana.event(Event::Resize(200, 60));
    for size in [(80, 24), (10, 3), (300, 80)] {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a screen");
        terminal
            .draw(|frame| draw(&ana.state, PLAIN, frame))
            .expect("drawn");
    }
}
