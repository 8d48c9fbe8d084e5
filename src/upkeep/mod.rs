//! What is done to the database as a whole, across the tables of all contexts: a look at whether it agrees
//! with itself, and all that is held about somebody, told or taken away. For the command line of the machine
//! alone: no page leads here.

mod checks;
mod erase;
mod export;
mod people;
#[cfg(test)]
mod tests;
mod verify;
mod vitals;

pub use erase::{Erased, Erasure};
pub use export::export;
pub use people::{Subject, find};
pub use verify::verify;
pub use vitals::vital_signs;

use crate::model::Timestamp;

/// Until when who was erased is suspended: the last year of a calendar with four digits.
const FOR_EVER: Timestamp = Timestamp(253_402_300_799_000);
