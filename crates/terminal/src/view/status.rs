//! The last row: how it stands with the connection, always.

use super::Theme;
use crate::state::{Link, State};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// The first are shown wherever there is room for them.
const HINTS: [&str; 3] = ["/help", "Tab: channels", "Alt-a: next unread"];

pub(super) fn draw(state: &State, theme: Theme, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let (mark, style, words) = match &state.link {
        _ if state.leaving.is_some() => (
            "◌",
            theme.named(),
            "sending what is on its way; Ctrl-C again leaves at once".into(),
        ),
        Link::Online => (
            "●",
            theme.good(),
            format!("online as {} at {}", state.username, state.server),
        ),
        Link::CatchingUp => (
            "◌",
            theme.named(),
            format!("catching up with {}", state.server),
        ),
        Link::Connecting => (
            "◌",
            theme.named(),
            format!("connecting to {}", state.server),
        ),
        Link::Offline { reason, seconds } => (
            "○",
            theme.bad(),
            format!("offline: {reason}; next try in {seconds} s (Ctrl-R: now)"),
        ),
    };
    let waiting = match state.outbox.len() {
        0 => String::new(),
        _ if state.link == Link::Online && state.outbox.iter().all(|one| !one.is_delayed) => {
            String::new()
        }
        count => format!(" · ◷ {count} to send"),
    };
    let room = width.saturating_sub(3 + text::width(&waiting));
    let words = format!("{}{waiting}", text::clip(&words, room));
    let left = 3 + text::width(&words);
    let mut spans = vec![
        Span::raw(" "),
        Span::styled(mark, style),
        Span::raw(format!(" {words}")),
    ];
    if let Some(hint) = hint(width.saturating_sub(left + 2)) {
        spans.push(Span::raw(" ".repeat(width - left - text::width(&hint))));
        spans.push(Span::styled(hint, theme.faint()));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// As many of the hints as there is room for.
fn hint(room: usize) -> Option<String> {
    (1..=HINTS.len())
        .rev()
        .map(|count| HINTS[..count].join(" · ") + " ")
        .find(|hint| text::width(hint) <= room)
}
