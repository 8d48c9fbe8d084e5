//! People doing things, and others seeing them: the real server on port 0, real sockets, a real
//! database. `support` has the people and their verbs; every file here is a subject.

mod support;

mod blocking;
mod catching_up;
mod changes;
mod chat_page;
mod code_checks;
mod contacts;
mod cross_site;
mod dev_inbox;
mod fair_share;
mod guard;
mod guessing;
mod history;
mod lists;
mod logging;
mod markup;
mod messages;
mod names;
mod odd_input;
mod odd_packets;
mod own_contacts;
mod pages;
mod phone_api;
mod phone_sign_in;
mod policy;
mod presence;
mod privacy;
mod rate_limits;
mod receipts;
mod requests;
mod resend_clock;
mod sending_again;
mod serving;
mod sessions;
mod signing_out;
mod sms_limits;
mod sms_provider;
mod starting;
mod stopping;
mod tokens;
mod undelivered_codes;
mod waiting_times;
