//! Keys, and what they do.

use super::{Effect, Focus, Link, State, completion, submit};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

pub(super) fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if key.code != KeyCode::Tab {
        state.completion = None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return control(state, key.code);
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        return alt(state, key.code);
    }
    match key.code {
        KeyCode::Tab | KeyCode::BackTab => tab(state, key.code),
        KeyCode::PageUp => return scroll(state, page(state)),
        KeyCode::PageDown => return scroll(state, -page(state)),
        KeyCode::Esc => {
            state.focus = Focus::Input;
            return scroll(state, isize::MIN);
        }
        _ if state.focus == Focus::Channels => return among_channels(state, key.code),
        _ => return write(state, key.code),
    }
    Vec::new()
}

fn control(state: &mut State, code: KeyCode) -> Vec<Effect> {
    match code {
        KeyCode::Char('c' | 'q') => return state.leave(),
        KeyCode::Char('l') => return vec![Effect::Redraw],
        // With the line feed that some terminals send for a new line.
        KeyCode::Char('j') => state.input.insert("\n"),
        KeyCode::Char('a') => state.input.home(),
        KeyCode::Char('e') => state.input.end(),
        KeyCode::Char('b') => state.input.left(),
        KeyCode::Char('f') => state.input.right(),
        KeyCode::Char('h') => state.input.backspace(),
        KeyCode::Char('d') => state.input.delete(),
        KeyCode::Char('w') => state.input.erase_word(),
        KeyCode::Char('u') => state.input.erase_to_start(),
        KeyCode::Char('k') => state.input.erase_to_end(),
        KeyCode::Left => state.input.word_left(),
        KeyCode::Right => state.input.word_right(),
        KeyCode::Home => return scroll(state, isize::MAX),
        KeyCode::End => return scroll(state, isize::MIN),
        KeyCode::Char('n') => return beside(state, 1),
        KeyCode::Char('p') => return beside(state, -1),
        KeyCode::Char('r') if matches!(state.link, Link::Offline { .. }) => {
            return vec![Effect::Hurry];
        }
        _ => {}
    }
    Vec::new()
}

fn alt(state: &mut State, code: KeyCode) -> Vec<Effect> {
    match code {
        KeyCode::Char('a') => {
            if let Some(id) = state.channels.next_unread() {
                return state.select(id);
            }
        }
        KeyCode::Up => return beside(state, -1),
        KeyCode::Down => return beside(state, 1),
        KeyCode::Enter => state.input.insert("\n"),
        KeyCode::Char('b') | KeyCode::Left => state.input.word_left(),
        KeyCode::Char('f') | KeyCode::Right => state.input.word_right(),
        KeyCode::Backspace => state.input.erase_word(),
        _ => {}
    }
    Vec::new()
}

fn tab(state: &mut State, code: KeyCode) {
    if code == KeyCode::Tab && state.focus == Focus::Input && completion::is_wanted(state) {
        completion::complete(state);
        return;
    }
    state.focus = match state.focus {
        Focus::Input => Focus::Channels,
        Focus::Channels => Focus::Input,
    };
}

fn among_channels(state: &mut State, code: KeyCode) -> Vec<Effect> {
    match code {
        KeyCode::Up => return beside(state, -1),
        KeyCode::Down => return beside(state, 1),
        KeyCode::Home => return beside(state, isize::MIN),
        KeyCode::End => return beside(state, isize::MAX),
        KeyCode::Enter => state.focus = Focus::Input,
        // Whoever writes wants to write.
        KeyCode::Char(_) => {
            state.focus = Focus::Input;
            return write(state, code);
        }
        _ => {}
    }
    Vec::new()
}

fn write(state: &mut State, code: KeyCode) -> Vec<Effect> {
    match code {
        KeyCode::Enter => return submit::submit(state),
        KeyCode::Char(letter) => state.input.insert(letter.encode_utf8(&mut [0; 4])),
        KeyCode::Backspace => state.input.backspace(),
        KeyCode::Delete => state.input.delete(),
        KeyCode::Left => state.input.left(),
        KeyCode::Right => state.input.right(),
        KeyCode::Home => state.input.home(),
        KeyCode::End => state.input.end(),
        KeyCode::Up => return scroll(state, 1),
        KeyCode::Down => return scroll(state, -1),
        _ => {}
    }
    Vec::new()
}

fn beside(state: &mut State, places: isize) -> Vec<Effect> {
    match state.channels.beside(places) {
        Some(id) if !state.channels.is_selected(id) => state.select(id),
        _ => Vec::new(),
    }
}

fn page(state: &State) -> isize {
    isize::try_from(state.message_height().saturating_sub(1).max(1)).unwrap_or(1)
}

/// Moves the window up by so many rows; at the top, asks for what was said before.
pub(super) fn scroll(state: &mut State, rows: isize) -> Vec<Effect> {
    let (width, height, is_online) = (
        state.message_width(),
        state.message_height(),
        state.link == Link::Online,
    );
    let Some(channel) = state.channels.selected_mut() else {
        return Vec::new();
    };
    let top = channel.height(width).saturating_sub(height);
    channel.scroll = channel.scroll.saturating_add_signed(rows).min(top);
    if channel.scroll == 0 {
        channel.seen();
    }
    if channel.scroll == top && rows > 0 && is_online && channel.wants_history() {
        channel.history = super::HistoryState::Loading;
        let (channel, before) = (channel.id, channel.first_seq());
        return vec![Effect::History { channel, before }];
    }
    Vec::new()
}
