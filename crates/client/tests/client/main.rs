//! The client against a server that says what the test tells it to, over real sockets.

mod catching_up;
mod connecting;
mod rest;
mod rooms;
mod script;
mod sending;
