//! What came of what was asked for.

use super::news::{fill, learn, queue, remove, select_general, take_held, tell_unsent};
use super::{Answer, Effect, GENERAL, HistoryState, Kind, State, Tone, Why};
use chinwag_client::wire::{Conversation, Room, RoomJoined};

pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Queued {
            client_id,
            channel,
            body,
        } => queue(state, client_id, channel, &body),
        Answer::Rooms(Ok(rooms)) => return list(state, &rooms),
        Answer::Joined {
            result: Ok(joined), ..
        } => return joined_room(state, &joined),
        Answer::Created {
            name,
            why,
            result: Ok(room),
        } => return created(state, &name, why, &room),
        Answer::Deleted {
            name,
            result: Ok(()),
        } => return deleted(state, &name),
        Answer::SmsSent { to, result: Ok(()) } => {
            state.notice(Tone::ItalicBold, format!("sms sent to {to}"))
        }
        Answer::Opened {
            body,
            result: Ok(talk),
        } => return opened(state, body, &talk),
        Answer::History {
            channel,
            result: Ok(page),
        } => fill(state, channel, &page.messages, page.more),
        Answer::Commanded(Ok(())) => {}
        // Somebody else was faster: as good.
        Answer::Created {
            why: Why::Missing,
            result: Err(_),
            ..
        } => return vec![Effect::JoinRoom(GENERAL.into())],
        Answer::History {
            channel,
            result: Err(why),
        } => {
            if let Some(channel) = state.channels.get_mut(channel) {
                channel.history = HistoryState::Unknown;
            }
            refuse(state, why);
        }
        Answer::Joined {
            name,
            result: Err(why),
        } => stay_outside(state, &name, why),
        // With the next look at the rooms it is asked for again. What is held back waits for that.
        Answer::NotJoined { name } => {
            if let Some(room) = state.channels.room(&name).map(|room| room.id) {
                state.entering.remove(&room);
            }
        }
        Answer::Rooms(Err(why)) => {
            let effects = match state.channels.selected() {
                Some(_) => Vec::new(),
                None => select_general(state),
            };
            refuse(state, why);
            return effects;
        }
        Answer::Created {
            result: Err(why), ..
        }
        | Answer::Deleted {
            result: Err(why), ..
        }
        | Answer::SmsSent {
            result: Err(why), ..
        }
        | Answer::Opened {
            result: Err(why), ..
        }
        | Answer::Commanded(Err(why)) => refuse(state, why),
    }
    Vec::new()
}

/// Most rooms are entered by themselves, and only who looks at one wants to know why it stays shut.
fn stay_outside(state: &mut State, name: &str, why: String) {
    let Some(room) = state.channels.room(name).map(|room| room.id) else {
        return;
    };
    state.entering.remove(&room);
    state.shut.insert(room);
    let held = take_held(state, room);
    for one in &held {
        tell_unsent(state, room, &one.body, &why);
    }
    if held.is_empty() && state.channels.is_selected(room) {
        refuse(state, why);
    }
}

fn refuse(state: &mut State, why: String) {
    state.notice(Tone::Red, why);
}

/// Shows every room and enters those that one is not in, so that every mention is heard. At start `general` is shown,
/// and made if nobody has.
fn list(state: &mut State, rooms: &[Room]) -> Vec<Effect> {
    let there: Vec<i64> = rooms.iter().map(|room| room.id).collect();
    let gone: Vec<i64> = state
        .channels
        .iter()
        .filter(|one| one.kind == Kind::Room && !there.contains(&one.id))
        .map(|one| one.id)
        .collect();
    let mut effects = Vec::new();
    for id in gone {
        effects.append(&mut remove(state, id));
    }
    let is_new = std::mem::take(&mut state.is_new);
    let is_nowhere = state.channels.selected().is_none();
    for room in rooms {
        let channel = state.channels.ensure(room.id, Kind::Room, &room.name);
        let is_open = !channel.is_member && !state.shut.contains(&room.id);
        if is_open && state.entering.insert(room.id) {
            effects.push(Effect::JoinRoom(room.name.clone()));
        }
    }
    if state.channels.room(GENERAL).is_none() {
        effects.push(Effect::CreateRoom {
            name: GENERAL.into(),
            why: Why::Missing,
        });
    }
    if is_new || is_nowhere {
        effects.append(&mut select_general(state));
    }
    effects
}

fn joined_room(state: &mut State, joined: &RoomJoined) -> Vec<Effect> {
    let room = &joined.conversation;
    let Some(mut effects) = learn(state, room) else {
        return Vec::new();
    };
    state.people.extend(
        joined
            .members
            .iter()
            .map(|member| crate::text::line(&member.username)),
    );
    let more = joined.messages.first().is_some_and(|first| first.seq > 1);
    fill(state, room.id, &joined.messages, more);
    if state.channels.is_selected(room.id) {
        effects.append(&mut state.look_at_selected());
    }
    effects
}

fn created(state: &mut State, name: &str, why: Why, room: &Conversation) -> Vec<Effect> {
    let mut effects = learn(state, room).unwrap_or_default();
    effects.append(&mut select_general(state));
    if why == Why::Command {
        state.notice(Tone::ItalicBold, format!("#{name} created"));
    }
    effects.push(Effect::ListRooms);
    effects
}

fn deleted(state: &mut State, name: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(id) = state.channels.room(name).map(|room| room.id) {
        effects.append(&mut remove(state, id));
    }
    effects.append(&mut select_general(state));
    state.notice(Tone::ItalicBold, format!("#{name} deleted"));
    effects.push(Effect::ListRooms);
    effects
}

fn opened(state: &mut State, body: Option<String>, talk: &Conversation) -> Vec<Effect> {
    let Some(mut effects) = learn(state, talk) else {
        return Vec::new();
    };
    let channel = talk.id;
    effects.append(&mut state.select(channel));
    effects.extend(body.map(|body| Effect::Send { channel, body }));
    effects
}
