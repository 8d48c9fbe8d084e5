//! Enter: what is written is said, or, if it begins with `/`, done.

use super::commands::{self, Command};
use super::{Effect, GENERAL, Input, Kind, Pending, State, Tone, Why};

pub(super) fn submit(state: &mut State) -> Vec<Effect> {
    if state.input.text().starts_with('/') {
        let input = state.input.take();
        return match commands::parse(input.trim_end()) {
            Ok(command) => obey(state, command),
            Err(wrong) => {
                state.notice(Tone::Plain, wrong);
                Vec::new()
            }
        };
    }
    say(state)
}

fn say(state: &mut State) -> Vec<Effect> {
    if state.input.length() > Input::LONGEST {
        // Kept, to be shortened.
        let most = Input::LONGEST;
        state.notice(
            Tone::Plain,
            format!("Error: a message has at most {most} characters"),
        );
        return Vec::new();
    }
    // Where there is no channel yet, what is written stays written.
    let Some(channel) = state.channels.selected_mut() else {
        return Vec::new();
    };
    let body = state.input.take();
    if body.trim().is_empty() {
        return Vec::new();
    }
    channel.scroll = 0;
    let (id, is_member) = (channel.id, channel.is_member);
    if is_member {
        return vec![Effect::Send { channel: id, body }];
    }
    // Said as soon as one is let in.
    state.outbox.push(Pending {
        client_id: None,
        channel: id,
        body,
        is_delayed: true,
        may_be_sent: false,
    });
    state.look_at_selected()
}

fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::CreateChannel(name) => vec![Effect::CreateRoom {
            name,
            why: Why::Command,
        }],
        Command::DeleteChannel(name) if name.eq_ignore_ascii_case(GENERAL) => {
            state.notice(Tone::Plain, format!("#{GENERAL} can't be deleted"));
            Vec::new()
        }
        Command::DeleteChannel(name) => vec![Effect::DeleteRoom(name)],
        Command::Sms { to, body } => vec![Effect::Sms { to, body }],
        Command::Talk { username, body } => vec![Effect::OpenTalk { username, body }],
        Command::Room { command, payload } => match state.channels.selected() {
            Some(channel) if channel.kind == Kind::Talk => {
                state.notice(
                    Tone::Plain,
                    "Error: commands like this one are for channels",
                );
                Vec::new()
            }
            Some(channel) => vec![Effect::Command {
                channel: channel.id,
                command,
                payload,
            }],
            None => Vec::new(),
        },
        Command::Help => {
            commands::HELP
                .iter()
                .for_each(|line| state.notice(Tone::Plain, *line));
            Vec::new()
        }
        Command::Quit => state.leave(),
    }
}
