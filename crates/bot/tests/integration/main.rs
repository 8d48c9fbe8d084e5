//! The bot between a scripted server and a scripted quote service, over real sockets.

mod answering;
mod connecting;
mod program;
mod support;
