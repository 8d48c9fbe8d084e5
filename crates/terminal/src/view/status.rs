//! The last row: how it stands with the connection, always.

use super::Theme;
use crate::state::{Link, State};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

const HINT: &str = "/help · Tab: channels · Alt-a: next unread ";

pub(super) fn draw(state: &State, theme: Theme, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let (mark, style, words) = match &state.link {
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
    if left + 2 + text::width(HINT) <= width {
        spans.push(Span::raw(" ".repeat(width - left - text::width(HINT))));
        spans.push(Span::styled(HINT, theme.faint()));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
