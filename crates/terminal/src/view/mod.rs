//! The screen: the channels to the left, what is said in one of them, the input box below, and how it stands with the
//! connection in the last row. Drawing changes nothing, and asks nothing but the state.

mod channels;
mod input;
mod messages;
mod status;
#[cfg(test)]
mod tests;
mod theme;

pub(crate) use theme::Theme;

use crate::state::State;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Paragraph;

/// Nothing smaller can be used.
const SMALLEST: (u16, u16) = (20, 7);

/// Which part of the screen is where.
#[derive(Clone, Copy, Debug)]
struct Areas {
    channels: Rect,
    messages: Rect,
    input: Rect,
    status: Rect,
}

/// What lies under the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    Channel(i64),
    Channels,
    Messages,
    Input,
    Nowhere,
}

/// Draws everything.
pub(crate) fn draw(state: &State, theme: Theme, frame: &mut Frame) {
    if state.size.0 < SMALLEST.0 || state.size.1 < SMALLEST.1 {
        frame.render_widget(Paragraph::new("This window is too small."), frame.area());
        return;
    }
    let areas = areas(state);
    channels::draw(state, theme, frame, areas.channels);
    messages::draw(state, theme, frame, areas.messages);
    input::draw(state, theme, frame, areas.input);
    status::draw(state, theme, frame, areas.status);
}

/// What lies there.
pub(crate) fn spot(state: &State, column: u16, row: u16) -> Spot {
    let (areas, position) = (areas(state), Position::new(column, row));
    if areas.channels.contains(position) {
        channels::at(state, areas.channels, row).map_or(Spot::Channels, Spot::Channel)
    } else if areas.messages.contains(position) {
        Spot::Messages
    } else if areas.input.contains(position) {
        Spot::Input
    } else {
        Spot::Nowhere
    }
}

fn areas(state: &State) -> Areas {
    let (width, height) = state.size;
    let (list, box_height) = (state.list_width(), state.input_height());
    let upper = height.saturating_sub(box_height + 1);
    Areas {
        channels: Rect::new(0, 0, list, upper),
        messages: Rect::new(list, 0, width - list, upper),
        input: Rect::new(0, upper, width, box_height),
        status: Rect::new(0, height.saturating_sub(1), width, 1),
    }
}
