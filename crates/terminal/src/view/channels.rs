//! The channel list, with what is unread and who was named.

use super::Theme;
use crate::state::{Channel, Focus, Kind, State};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

pub(super) fn draw(state: &State, theme: Theme, frame: &mut Frame, area: Rect) {
    let is_focused = state.focus == Focus::Channels;
    let border = if is_focused {
        theme.focused()
    } else {
        Style::new()
    };
    let block = Block::bordered().title("channels").border_style(border);
    let inner = block.inner(area);
    let rows = rows(state);
    let lines: Vec<Line> = rows
        .iter()
        .skip(first_row(state, &rows, inner.height))
        .take(inner.height.into())
        .map(|row| match row {
            Some(channel) => line(state, theme, channel, inner.width),
            None => Line::styled("─".repeat(inner.width.into()), theme.faint()),
        })
        .collect();
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// The channel in that row of the screen.
pub(super) fn at(state: &State, area: Rect, row: u16) -> Option<i64> {
    let height = area.height.saturating_sub(2);
    let row = row.checked_sub(area.y + 1).filter(|row| *row < height)?;
    let rows = rows(state);
    let first = first_row(state, &rows, height);
    let channel = (*rows.get(first + usize::from(row))?)?;
    Some(channel.id)
}

/// Rooms, then a rule, then talks.
fn rows(state: &State) -> Vec<Option<&Channel>> {
    let rooms = state
        .channels
        .iter()
        .filter(|one| one.kind == Kind::Room)
        .map(Some);
    let mut rows: Vec<_> = rooms.collect();
    let talks: Vec<_> = state
        .channels
        .iter()
        .filter(|one| one.kind == Kind::Talk)
        .map(Some)
        .collect();
    if !rows.is_empty() && !talks.is_empty() {
        rows.push(None);
    }
    rows.extend(talks);
    rows
}

/// Scrolled as far as it takes to see the selected one.
fn first_row(state: &State, rows: &[Option<&Channel>], height: u16) -> usize {
    let is_selected =
        |row: &Option<&Channel>| row.is_some_and(|one| state.channels.is_selected(one.id));
    let selected = rows.iter().position(is_selected).unwrap_or(0);
    (selected + 1).saturating_sub(height.into())
}

fn line<'a>(state: &State, theme: Theme, channel: &Channel, width: u16) -> Line<'a> {
    let marks = marks(channel);
    let name = match channel.kind {
        Kind::Room => channel.name.clone(),
        Kind::Talk => channel.title(),
    };
    let room = usize::from(width).saturating_sub(2 + text::width(&marks));
    let name = text::clip(&name, room);
    let gap = " ".repeat(room.saturating_sub(text::width(&name)));
    let is_selected = state.channels.is_selected(channel.id);
    let mut style = Style::new();
    if is_selected {
        style = style.add_modifier(Modifier::REVERSED);
    }
    if !channel.is_member {
        style = style.patch(theme.faint());
    }
    if channel.unread > 0 {
        style = style.add_modifier(Modifier::BOLD);
    }
    let mark_style = if channel.is_named {
        theme.named()
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::styled(format!(" {name}{gap}"), style),
        Span::styled(marks, style.patch(mark_style)),
        Span::styled(" ", style),
    ])
}

/// How many are unread; `@` if one of them names the person.
fn marks(channel: &Channel) -> String {
    let named = if channel.is_named { " @" } else { "" };
    match channel.unread {
        0 => named.to_owned(),
        1..=999 => format!("{named} {}", channel.unread),
        _ => format!("{named} 999+"),
    }
}
