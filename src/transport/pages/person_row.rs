//! One person, in whatever list of people.

use super::looks::{hue_of, initial_of};
use crate::model::{Contact, Member, Profile};

/// One person in a list of people.
#[derive(Default)]
pub(super) struct PersonRow {
    pub(super) contact_id: i64,
    pub(super) user_id: i64,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) username: String,
    pub(super) initial: String,
    pub(super) hue: i64,
    pub(super) online: bool,
    pub(super) blocked: bool,
    /// One of the two has blocked the other: neither learns whether the other is here.
    pub(super) hidden: bool,
}

impl PersonRow {
    /// A contact under its owner's label.
    pub(super) fn of_contact(contact: &Contact) -> Self {
        Self {
            contact_id: contact.id.0,
            label: contact.label.clone(),
            initial: initial_of(&contact.label),
            blocked: contact.blocked,
            hidden: contact.hidden,
            ..Self::of_profile(&contact.person)
        }
    }

    /// Somebody in a room.
    pub(super) fn of_member(member: &Member) -> Self {
        Self {
            online: member.online,
            ..Self::of_profile(&member.profile)
        }
    }

    /// Somebody under their own name.
    pub(super) fn of_profile(person: &Profile) -> Self {
        Self {
            user_id: person.id.0,
            label: person.name.clone(),
            name: person.name.clone(),
            username: person.username.clone(),
            initial: initial_of(&person.name),
            hue: hue_of(person.id),
            ..Self::default()
        }
    }
}
