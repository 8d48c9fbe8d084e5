//! What is said in the selected channel, from its end upwards: only what can be seen is laid out.

use super::Theme;
use crate::layout::{self, Block as Laid, INDENT};
use crate::state::{Channel, HistoryState, Line, State, Tone};
use crate::text;
use crate::wrap::wrap;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::{Block, Paragraph};

pub(super) fn draw(state: &State, theme: Theme, frame: &mut Frame, area: Rect) {
    let Some(channel) = state.channels.selected() else {
        frame.render_widget(Block::bordered(), area);
        return;
    };
    let mut block =
        Block::bordered().title(text::clip(&channel.title(), usize::from(area.width) / 2));
    if channel.history == HistoryState::Loading {
        block = block.title_top(Row::from(" fetching … ").right_aligned());
    }
    if channel.scroll > 0 {
        let below = match channel.unread {
            0 => " ↓ more below · Esc ".to_owned(),
            unread => format!(" ↓ {unread} new below · Esc "),
        };
        block = block.title_bottom(Row::styled(below, theme.named()).right_aligned());
    }
    let inner = block.inner(area);
    let rows = visible(
        state,
        theme,
        channel,
        inner.width.into(),
        inner.height.into(),
    );
    frame.render_widget(Paragraph::new(rows).block(block), area);
}

/// The rows that the window shows. A talk that does not fill it begins at its top.
fn visible<'a>(
    state: &State,
    theme: Theme,
    channel: &Channel,
    width: usize,
    height: usize,
) -> Vec<Row<'a>> {
    let mut upwards: Vec<Row> = Vec::new();
    for pending in state
        .waiting_in(channel.id)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        let rows = wrap(
            &format!("◷ {}", pending.body),
            width,
            width.saturating_sub(INDENT),
        );
        upwards.extend(styled_rows(rows, theme.faint()).into_iter().rev());
    }
    let wanted = height + channel.scroll;
    for at in (0..channel.lines.len()).rev() {
        if upwards.len() >= wanted {
            break;
        }
        let before = at.checked_sub(1).map(|before| &channel.lines[before]);
        let block = layout::block(&channel.lines[at], before, width);
        upwards.extend(
            rows(theme, &channel.lines[at], block, width)
                .into_iter()
                .rev(),
        );
    }
    let scroll = channel.scroll.min(upwards.len().saturating_sub(height));
    let mut rows: Vec<_> = upwards.into_iter().skip(scroll).take(height).collect();
    rows.reverse();
    rows
}

/// A line of the channel, with the day that begins with it.
fn rows<'a>(theme: Theme, line: &Line, block: Laid, width: usize) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(block.height());
    if let Some(day) = block.day {
        rows.push(Row::styled(rule(&day, width), theme.faint()));
    }
    if block.begins_news {
        rows.push(Row::styled(rule("new", width), theme.named()));
    }
    let style = style(theme, line);
    let mut texts = styled_rows(block.rows, style);
    if let (Some((time, sender)), Some(first)) = (block.head, texts.first_mut()) {
        let said = std::mem::take(first);
        *first = Row::from(vec![
            Span::styled(format!("{time} "), theme.faint()),
            Span::styled(sender.clone(), theme.name(&sender)),
            Span::raw("  "),
        ]);
        first.spans.extend(said.spans);
    }
    rows.extend(texts);
    rows
}

fn styled_rows<'a>(texts: Vec<String>, style: Style) -> Vec<Row<'a>> {
    let rows = texts.into_iter().enumerate();
    rows.map(|(n, text)| {
        let indent = if n == 0 { "" } else { "      " };
        Row::from(vec![Span::raw(indent), Span::styled(text, style)])
    })
    .collect()
}

fn style(theme: Theme, line: &Line) -> Style {
    match line {
        Line::Said(said) if said.is_deleted => theme.faint(),
        Line::Said(said) if said.names_me => theme.named(),
        Line::Said(_) => Style::new(),
        Line::Notice(notice) => match notice.tone {
            Tone::Plain => Style::new(),
            Tone::Italic => Style::new().add_modifier(Modifier::ITALIC),
            Tone::ItalicBold => Style::new().add_modifier(Modifier::ITALIC | Modifier::BOLD),
            Tone::Red => theme.refused(),
        },
    }
}

/// `──── Friday, 20 November 2026 ────`
fn rule(day: &str, width: usize) -> String {
    let left = width.saturating_sub(text::width(day) + 2);
    format!(
        "{} {day} {}",
        "─".repeat(left / 2),
        "─".repeat(left - left / 2)
    )
}
