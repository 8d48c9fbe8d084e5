//! The channel list: `general` first, the other rooms by name, then the talks by name. One is selected.

use super::channel::{Channel, Kind};
use crate::text;

/// The room that is always there.
pub(crate) const GENERAL: &str = "general";

#[derive(Debug, Default)]
pub(crate) struct Channels {
    list: Vec<Channel>,
    selected: Option<i64>,
}

impl Channels {
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Channel> + ExactSizeIterator {
        self.list.iter()
    }

    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut Channel> {
        self.list.iter_mut().find(|one| one.id == id)
    }

    pub(crate) fn selected(&self) -> Option<&Channel> {
        let id = self.selected?;
        self.list.iter().find(|one| one.id == id)
    }

    pub(crate) fn selected_mut(&mut self) -> Option<&mut Channel> {
        self.get_mut(self.selected?)
    }

    pub(crate) fn is_selected(&self, id: i64) -> bool {
        self.selected == Some(id)
    }

    pub(crate) fn select(&mut self, id: i64) {
        if self.list.iter().any(|one| one.id == id) {
            self.selected = Some(id);
        }
    }

    pub(crate) fn select_none(&mut self) {
        self.selected = None;
    }

    pub(crate) fn room(&self, name: &str) -> Option<&Channel> {
        self.list
            .iter()
            .find(|one| one.kind == Kind::Room && one.name.eq_ignore_ascii_case(name))
    }

    /// The channel of that id under its present name, put into the list if it is missing. The first one is selected.
    pub(crate) fn ensure(&mut self, id: i64, kind: Kind, name: &str) -> &mut Channel {
        let name = text::line(name);
        match self.get_mut(id) {
            Some(there) if there.name == name => {}
            Some(renamed) => {
                renamed.name = name;
                self.sort();
            }
            None => {
                self.list.push(Channel::new(id, kind, name));
                self.sort();
            }
        }
        self.selected.get_or_insert(id);
        self.get_mut(id).expect("it was just put there")
    }

    fn sort(&mut self) {
        self.list.sort_by_cached_key(|one| {
            let is_general = one.kind == Kind::Room && one.name == GENERAL;
            (
                one.kind == Kind::Talk,
                !is_general,
                one.name.to_lowercase(),
                one.id,
            )
        });
    }

    /// Whether the selected one was removed.
    pub(crate) fn remove(&mut self, id: i64) -> bool {
        self.list.retain(|one| one.id != id);
        self.selected.take_if(|selected| *selected == id).is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.selected = None;
    }

    /// The one that is so many places further down; the first and the last are ends.
    pub(crate) fn beside(&self, places: isize) -> Option<i64> {
        let here = self.list.iter().position(|one| self.is_selected(one.id))?;
        let last = self.list.len().checked_sub(1)?;
        Some(self.list[here.saturating_add_signed(places).min(last)].id)
    }

    /// The next one with something unread, from the selected one on and round; one that names the person before all.
    pub(crate) fn next_unread(&self) -> Option<i64> {
        let here = self
            .list
            .iter()
            .position(|one| self.is_selected(one.id))
            .unwrap_or(0);
        let (before, after) = self.list.split_at(here);
        let round = || {
            after
                .iter()
                .chain(before)
                .filter(|one| !self.is_selected(one.id))
        };
        let named = round().find(|one| one.is_named);
        named
            .or_else(|| round().find(|one| one.unread > 0))
            .map(|one| one.id)
    }
}
