//! People doing things, and others seeing them: the real server on port 0, real sockets, a real
//! database. `support` has the people and their verbs; every file here is a subject.

#![expect(missing_docs, reason = "tests are named as sentences")]

mod support;

mod catching_up;
mod changes;
mod code_checks;
mod contacts;
mod guard;
mod markup;
mod messages;
mod odd_input;
mod pages;
mod phone_api;
mod phone_sign_in;
mod presence;
mod privacy;
mod rate_limits;
mod receipts;
mod sending_again;
mod serving;
mod sessions;
mod sms_limits;
mod sms_provider;
mod tokens;
