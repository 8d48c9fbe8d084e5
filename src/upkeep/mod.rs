//! What is done to the database as a whole, across the tables of all contexts: a look at whether it agrees
//! with itself, and all that is held about somebody, told or taken away.

mod checks;
mod verify;

pub use verify::verify;
