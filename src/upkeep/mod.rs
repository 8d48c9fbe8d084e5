//! What is done to the database as a whole, across the tables of all contexts: a look at whether it agrees
//! with itself, and all that is held about somebody, told or taken away. For the command line of the machine
//! alone: no page leads here.

mod checks;
mod erase;
mod export;
mod people;
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

#[cfg(test)]
mod tests {
    use super::FOR_EVER;
    use super::checks::CHECKS;

    #[test]
    fn who_was_erased_is_known_by_the_same_moment_everywhere() {
        let moment = FOR_EVER.0.to_string();
        assert!(CHECKS.iter().any(|check| check.sql.contains(&moment)));
        assert_eq!(FOR_EVER.to_string(), "9999-12-31T23:59:59.000Z");
    }
}
