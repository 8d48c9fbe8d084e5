//! What the connection tells.

use super::{Effect, GENERAL, HistoryState, Kind, Link, Notice, Pending, Said, State, Tone};
use crate::text;
use chinwag_client::wire::{Conversation, MemberPush, Message, Ready, Receipt, RoomCommandPush};
use chinwag_client::{Draft, Error, Event};

pub(super) fn hear(state: &mut State, news: Event) -> Vec<Effect> {
    match news {
        Event::Connecting => state.link = Link::Connecting,
        Event::Ready(ready) => return be_ready(state, &ready),
        Event::CaughtUp => {
            state.link = Link::Online;
            tell_of_outage(state);
        }
        Event::Offline { reason, retry_in } => {
            let (now, reason) = (state.now, text::line(&reason));
            state.away.get_or_insert_with(|| (now, reason.clone()));
            state.link = Link::Offline {
                reason,
                seconds: retry_in.as_secs() + 1,
            };
        }
        Event::Forget => forget_all(state),
        Event::Ended(ended) => {
            state.ended = Some(ended);
            return vec![Effect::Quit];
        }
        Event::Message(message) => return hear_message(state, &message),
        Event::Conversation(conversation) => {
            return learn(state, &conversation).unwrap_or_default();
        }
        Event::ConversationRemoved(id) => return forget_channel(state, id),
        Event::Receipt(receipt) => hear_receipt(state, &receipt),
        Event::MemberJoined(push) => hear_member(state, &push, "added"),
        Event::MemberLeft(push) => hear_member(state, &push, "removed"),
        Event::RoomCommand(push) => hear_command(state, &push),
        Event::Sent { client_id } => settle(state, Some(&client_id)),
        Event::Delayed { client_id, .. } => {
            let one = state
                .outbox
                .iter_mut()
                .find(|one| one.client_id.as_ref() == Some(&client_id));
            one.into_iter().for_each(|one| one.is_delayed = true);
        }
        Event::Unsent { draft, error } => hear_unsent(state, &draft, &error),
        Event::Typing(_) | Event::Presence(_) => {}
    }
    Vec::new()
}

fn be_ready(state: &mut State, ready: &Ready) -> Vec<Effect> {
    state.me = ready.user.id;
    state.username = text::line(&ready.user.username);
    state.link = Link::CatchingUp;
    state.entering.clear();
    for one in &mut state.outbox {
        one.may_be_sent |= one.client_id.is_some();
    }
    let mut effects = Vec::new();
    for conversation in &ready.conversations {
        effects.extend(learn(state, conversation).into_iter().flatten());
    }
    if state.is_new {
        // What is shown counts as read, so nothing but `general` is before it is known what else there is.
        state.channels.select_none();
        if let Some(general) = state.channels.room(GENERAL).map(|general| general.id) {
            effects.append(&mut state.select(general));
        }
    }
    effects.push(Effect::ListRooms);
    effects
}

/// Takes note of a conversation that one is a member of, and says what was held back until then; `None` for a match,
/// which belongs to the browser.
pub(super) fn learn(state: &mut State, conversation: &Conversation) -> Option<Vec<Effect>> {
    let (kind, name) = match (conversation.kind.as_str(), &conversation.peer) {
        ("room", _) => (Kind::Room, &conversation.title),
        ("direct", Some(peer)) => (Kind::Talk, &peer.username),
        _ => return None,
    };
    if let Some(peer) = &conversation.peer {
        state.people.insert(text::line(&peer.username));
    }
    state.entering.remove(&conversation.id);
    state.shut.remove(&conversation.id);
    let is_new = state.channels.iter().all(|one| one.id != conversation.id);
    let channel = state.channels.ensure(conversation.id, kind, name);
    if is_new || !channel.is_member {
        channel.unread = usize::try_from(conversation.unread).unwrap_or(0);
        channel.last_seq = channel.last_seq.max(conversation.last_seq);
    }
    // What was read elsewhere is read here. What came since is told one by one.
    if conversation.read_seq > channel.read_seq {
        channel.read_seq = conversation.read_seq;
        channel.unread = channel
            .unread
            .min(usize::try_from(conversation.unread).unwrap_or(0));
    }
    channel.is_member = true;
    Some(release_held(state, conversation.id))
}

fn hear_message(state: &mut State, message: &Message) -> Vec<Effect> {
    let at = state.read_time(&message.sent_at);
    let said = Said::new(message, at, state.me, &state.username);
    state.people.insert(said.sender.clone());
    settle(state, message.client_id.as_deref().filter(|_| said.is_mine));
    let (width, is_selected) = (
        state.message_width(),
        state.channels.is_selected(message.conversation_id),
    );
    let Some(channel) = state.channels.get_mut(message.conversation_id) else {
        return Vec::new();
    };
    // Not every one is new that is heard for the first time, and not every new one was never changed.
    let is_unheard = said.seq > channel.last_seq.max(channel.read_seq);
    // A conversation that is new to us has counted its messages already.
    let is_news = is_unheard && !said.is_mine && !said.is_deleted;
    let names_me = said.names_me && !said.is_deleted && (is_unheard || said.is_unchanged());
    let sender = said.sender.clone();
    channel.hear(said, width);
    if is_news && !(is_selected && channel.scroll == 0) {
        channel.unread += 1;
        channel.is_named |= names_me;
    }
    if names_me && state.announcements > 0 {
        state.announcements -= 1;
        let channel = channel.title();
        return vec![Effect::Notify { channel, sender }];
    }
    Vec::new()
}

/// The server has it: it need not be shown to wait.
fn settle(state: &mut State, client_id: Option<&str>) {
    if client_id.is_some() {
        state
            .outbox
            .retain(|one| one.client_id.as_deref() != client_id);
    }
}

fn hear_unsent(state: &mut State, draft: &Draft, error: &Error) {
    settle(state, Some(&draft.client_id));
    tell_unsent(
        state,
        draft.conversation_id,
        &draft.body,
        &error.to_string(),
    );
}

/// What was written comes back, with the reason.
pub(super) fn tell_unsent(state: &mut State, channel: i64, body: &str, why: &str) {
    let text = format!("{} ({})", text::line(why), text::line(body));
    let (now, width) = (state.now, state.message_width());
    let notice = Notice {
        at: now,
        text: format!("Not sent: {text}"),
        tone: Tone::Red,
    };
    match state.channels.get_mut(channel) {
        Some(channel) => channel.add_notice(notice, width),
        None => state.notice(Tone::Red, notice.text),
    }
}

fn hear_receipt(state: &mut State, receipt: &Receipt) {
    if receipt.user_id != state.me {
        return;
    }
    if let Some(channel) = state.channels.get_mut(receipt.conversation_id)
        && receipt.read_seq > channel.read_seq
    {
        channel.read_seq = receipt.read_seq;
        if channel.read_seq >= channel.last_seq {
            channel.unread = 0;
            channel.is_named = false;
        }
    }
}

fn hear_member(state: &mut State, push: &MemberPush, what: &str) {
    let username = text::line(&push.user.username);
    let text = format!("{username} {what}");
    if what == "added" {
        state.people.insert(username);
    }
    say_in(state, push.conversation_id, Tone::Italic, text);
}

fn hear_command(state: &mut State, push: &RoomCommandPush) {
    let text = text::line(&format!(
        "{} /{}={}",
        push.user.username, push.command, push.payload
    ));
    say_in(state, push.conversation_id, Tone::Italic, text);
}

fn say_in(state: &mut State, channel: i64, tone: Tone, text: String) {
    let (at, width) = (state.now, state.message_width());
    if let Some(channel) = state.channels.get_mut(channel) {
        channel.add_notice(Notice { at, text, tone }, width);
    }
}

/// The data was replaced: no number means what it meant. What the connection has not been given yet is not said.
fn forget_all(state: &mut State) {
    state.channels.clear();
    state.shut.clear();
    state.entering.clear();
    state.is_new = true;
    let held = state.outbox.extract_if(.., |one| one.client_id.is_none());
    for one in held.collect::<Vec<_>>() {
        tell_unsent(
            state,
            one.channel,
            &one.body,
            "The server's data was replaced.",
        );
    }
}

/// Takes a channel away. What was to be said there, once one is let in, comes back.
pub(super) fn remove(state: &mut State, id: i64) -> Vec<Effect> {
    let is_selected = state.channels.remove(id);
    let effects = if is_selected {
        select_general(state)
    } else {
        Vec::new()
    };
    for one in take_held(state, id) {
        tell_unsent(state, id, &one.body, "The room is gone.");
    }
    effects
}

fn forget_channel(state: &mut State, id: i64) -> Vec<Effect> {
    state.shut.insert(id);
    let mut effects = remove(state, id);
    // Was it deleted, or only left?
    effects.push(Effect::ListRooms);
    effects
}

/// Once one is back: that there was no connection, for how long, and why. Whoever reads further up is left there.
fn tell_of_outage(state: &mut State) {
    let (Some((since, reason)), Some(channel)) = (state.away.take(), state.channels.selected())
    else {
        return;
    };
    let seconds = (state.now - since).num_seconds().max(1);
    let text = format!("back after {seconds} s without a connection: {reason}");
    say_in(state, channel.id, Tone::Italic, text);
}

/// `general`, or what comes first where there is none yet.
pub(super) fn select_general(state: &mut State) -> Vec<Effect> {
    let first = state.channels.iter().next().map(|first| first.id);
    first.map_or_else(Vec::new, |id| state.select(id))
}

/// What is on its way, or will be.
pub(super) fn queue(state: &mut State, client_id: String, channel: i64, body: &str) {
    state.outbox.push(Pending {
        client_id: Some(client_id),
        channel,
        body: text::body(body),
        is_delayed: false,
        may_be_sent: state.is_connected(),
    });
}

fn release_held(state: &mut State, channel: i64) -> Vec<Effect> {
    let held = take_held(state, channel).into_iter();
    held.map(|one| Effect::Send {
        channel: one.channel,
        body: one.body,
    })
    .collect()
}

/// What was said in a room before one was let in.
pub(super) fn take_held(state: &mut State, channel: i64) -> Vec<Pending> {
    let is_held = |one: &mut Pending| one.channel == channel && one.client_id.is_none();
    state.outbox.extract_if(.., is_held).collect()
}

/// Puts a page of history into its channel.
pub(super) fn fill(state: &mut State, channel: i64, messages: &[Message], more: bool) {
    let lines: Vec<Said> = messages
        .iter()
        .map(|message| {
            Said::new(
                message,
                state.read_time(&message.sent_at),
                state.me,
                &state.username,
            )
        })
        .collect();
    state
        .people
        .extend(lines.iter().map(|said| said.sender.clone()));
    let width = state.message_width();
    let Some(channel) = state.channels.get_mut(channel) else {
        return;
    };
    // The newest first, so that the limit cuts off the oldest.
    let mut room = super::channel::LINES.saturating_sub(channel.lines.len());
    for said in lines.into_iter().rev() {
        let is_older = channel.first_seq().is_some_and(|first| said.seq < first);
        if is_older && room == 0 {
            channel.history = HistoryState::Known { more: true };
            channel.head_news();
            return;
        }
        channel.put(said, width);
        room = super::channel::LINES.saturating_sub(channel.lines.len());
    }
    channel.history = HistoryState::Known { more };
    channel.put_late(width);
    channel.head_news();
}
