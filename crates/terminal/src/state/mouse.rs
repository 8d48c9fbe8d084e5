//! The mouse: a click chooses, the wheel scrolls.

use super::{Effect, Focus, State, keys};
use crate::view::{Spot, spot};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

/// Rows per notch of the wheel.
const NOTCH: isize = 3;

pub(super) fn act(state: &mut State, mouse: MouseEvent) -> Vec<Effect> {
    match (mouse.kind, spot(state, mouse.column, mouse.row)) {
        (MouseEventKind::ScrollUp, Spot::Messages) => keys::scroll(state, NOTCH),
        (MouseEventKind::ScrollDown, Spot::Messages) => keys::scroll(state, -NOTCH),
        (MouseEventKind::Down(MouseButton::Left), Spot::Channel(id)) => state.select(id),
        (MouseEventKind::Down(MouseButton::Left), Spot::Channels) => {
            state.focus = Focus::Channels;
            Vec::new()
        }
        (MouseEventKind::Down(MouseButton::Left), Spot::Input) => {
            state.focus = Focus::Input;
            Vec::new()
        }
        _ => Vec::new(),
    }
}
