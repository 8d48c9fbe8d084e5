//! All SQL of this context, most of it about the tables of others.

pub(super) mod admins;
pub(super) mod audit;
pub(super) mod evidence;
pub(super) mod messages;
pub(super) mod people;
pub(super) mod reports;
pub(super) mod sms;
