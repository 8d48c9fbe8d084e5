//! The input box.

use super::Theme;
use crate::state::{Focus, Input, State};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};

/// From here on the box counts.
const NEARLY_FULL: usize = 3_800;

pub(super) fn draw(state: &State, theme: Theme, frame: &mut Frame, area: Rect) {
    let is_focused = state.focus == Focus::Input;
    let border = if is_focused {
        theme.focused()
    } else {
        Style::new()
    };
    let mut block = Block::bordered().border_style(border);
    if let Some(count) = count(&state.input, theme) {
        block = block.title_bottom(count.right_aligned());
    }
    let inner = block.inner(area);
    let (rows, (column, row)) = state.input.rows(state.input_width());
    // Scrolled as far as it takes to see the cursor.
    let first = (row + 1).saturating_sub(inner.height.into());
    let lines: Vec<Line> = rows
        .into_iter()
        .skip(first)
        .take(inner.height.into())
        .map(Line::from)
        .collect();
    frame.render_widget(Paragraph::new(lines).block(block), area);
    if is_focused {
        let down = u16::try_from(row - first).unwrap_or(0);
        let along = u16::try_from(column)
            .unwrap_or(0)
            .min(inner.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(inner.x + along, inner.y + down));
    }
}

fn count<'a>(input: &Input, theme: Theme) -> Option<Line<'a>> {
    let length = input.length();
    let style = if length > Input::LONGEST {
        theme.bad()
    } else {
        theme.faint()
    };
    (length > NEARLY_FULL).then(|| Line::styled(format!(" {length} of {} ", Input::LONGEST), style))
}
