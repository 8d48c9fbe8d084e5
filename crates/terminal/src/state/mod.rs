//! Everything that the terminal knows and shows, and how it changes: [`update`] takes what happened and gives what is
//! to be done. It reads no clock, no socket and no screen, so every promise can be tested as a value.

mod answers;
mod channel;
mod channels;
mod commands;
mod completion;
mod input;
mod keys;
mod mouse;
mod news;
mod submit;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use channel::{Channel, HistoryState, Kind, Line, Notice, Said, Tone};
pub(crate) use channels::{Channels, GENERAL};
pub(crate) use input::Input;

use crate::time::{self, Zone};
use chinwag_client::Ended;
use chinwag_client::wire::{Conversation, HistoryPage, Room, RoomJoined};
use chrono::NaiveDateTime;
use completion::Completion;
use crossterm::event::{KeyEvent, MouseEvent};
use std::collections::{BTreeSet, HashSet};

/// The width of the channel list.
pub(crate) const LIST_WIDTH: u16 = 23;
/// Seconds between looks for channels that others have made.
const LOOK_AGAIN: u32 = 30;

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    Resize(u16, u16),
    /// Whether the window is the one that the person works in, where the terminal tells.
    Focus(bool),
    /// A second went by; what the clock on the wall shows.
    Tick(NaiveDateTime),
    /// From the connection.
    News(chinwag_client::Event),
    /// To an effect.
    Answer(Answer),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Send {
        channel: i64,
        body: String,
    },
    ListRooms,
    JoinRoom(String),
    CreateRoom {
        name: String,
        why: Why,
    },
    DeleteRoom(String),
    Sms {
        to: String,
        body: String,
    },
    OpenTalk {
        username: String,
        body: Option<String>,
    },
    Command {
        channel: i64,
        command: String,
        payload: String,
    },
    History {
        channel: i64,
        before: Option<i64>,
    },
    Read {
        channel: i64,
        seq: i64,
    },
    /// Somebody named me there.
    Notify {
        channel: String,
        sender: String,
    },
    /// Try to connect now.
    Hurry,
    /// Draw everything anew.
    Redraw,
    Quit,
}

/// How many mentions are announced at once, and after how many ticks one more may be.
const ANNOUNCEMENTS: u32 = 5;
const ANNOUNCE_AGAIN: u32 = 3;
/// How many ticks of the clock what is on its way may take when one leaves.
const LINGER: u32 = 3;

/// Why a room is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Somebody said so.
    Command,
    /// There is no `general`.
    Missing,
}

/// What came of an effect; a failure is a sentence.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It is on its way, or will be.
    Queued {
        client_id: String,
        channel: i64,
        body: String,
    },
    Rooms(Result<Vec<Room>, String>),
    Joined {
        name: String,
        result: Result<Box<RoomJoined>, String>,
    },
    /// There was no answer. It may be asked for again.
    NotJoined {
        name: String,
    },
    Created {
        name: String,
        why: Why,
        result: Result<Box<Conversation>, String>,
    },
    Deleted {
        name: String,
        result: Result<(), String>,
    },
    SmsSent {
        to: String,
        result: Result<(), String>,
    },
    Opened {
        body: Option<String>,
        result: Result<Box<Conversation>, String>,
    },
    Commanded(Result<(), String>),
    History {
        channel: i64,
        result: Result<HistoryPage, String>,
    },
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Focus {
    Input,
    Channels,
}

/// How it stands with the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Connecting,
    /// What was missed is being told.
    CatchingUp,
    Online,
    /// Seconds until the next attempt.
    Offline {
        reason: String,
        seconds: u64,
    },
}

/// A message of one's own that the server does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    /// None while one is still to be let into the room.
    pub(crate) client_id: Option<String>,
    pub(crate) channel: i64,
    pub(crate) body: String,
    /// The server asked to wait.
    pub(crate) is_delayed: bool,
    /// There was a connection meanwhile: the server may have it, although it has not said so.
    pub(crate) may_be_sent: bool,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) me: i64,
    pub(crate) username: String,
    /// Host and port, to be shown.
    pub(crate) server: String,
    pub(crate) link: Link,
    pub(crate) channels: Channels,
    pub(crate) focus: Focus,
    pub(crate) input: Input,
    completion: Option<Completion>,
    /// Everybody whose name was seen, for completion.
    people: BTreeSet<String>,
    pub(crate) outbox: Vec<Pending>,
    /// Rooms that one is about to be let into.
    entering: HashSet<i64>,
    /// Rooms that were left elsewhere, or that refused: entered only when somebody looks at them.
    shut: HashSet<i64>,
    /// Since when there is no connection, and why.
    away: Option<(NaiveDateTime, String)>,
    /// What could not be shown for want of a channel.
    unshown: Vec<Notice>,
    pub(crate) size: (u16, u16),
    zone: Zone,
    now: NaiveDateTime,
    seconds: u32,
    /// Set when it is over: why the server wants nothing to do with us.
    pub(crate) ended: Option<Ended>,
    /// Set when one leaves: how many more ticks what is on its way has.
    pub(crate) leaving: Option<u32>,
    /// How many mentions may be announced now: whoever names one all the time is heard, and not obeyed.
    announcements: u32,
    /// Nobody reads in a window that somebody else works before.
    is_watched: bool,
    /// The rooms have not been listed yet, so what is to be shown first is not known.
    is_new: bool,
}

impl State {
    pub(crate) fn new(
        username: &str,
        server: &str,
        size: (u16, u16),
        zone: Zone,
        now: NaiveDateTime,
    ) -> Self {
        Self {
            me: 0,
            username: username.to_owned(),
            server: server.to_owned(),
            link: Link::Connecting,
            channels: Channels::default(),
            focus: Focus::Input,
            input: Input::default(),
            completion: None,
            people: BTreeSet::new(),
            outbox: Vec::new(),
            entering: HashSet::new(),
            shut: HashSet::new(),
            away: None,
            unshown: Vec::new(),
            size,
            zone,
            now,
            seconds: 0,
            ended: None,
            leaving: None,
            announcements: ANNOUNCEMENTS,
            is_watched: true,
            is_new: true,
        }
    }

    /// The columns inside the message window.
    pub(crate) fn message_width(&self) -> usize {
        usize::from(self.size.0.saturating_sub(self.list_width() + 2))
    }

    /// A narrow screen has no room for the list.
    pub(crate) fn list_width(&self) -> u16 {
        if self.size.0 < 2 * LIST_WIDTH {
            0
        } else {
            LIST_WIDTH
        }
    }

    /// The rows of the input box, its border included: it grows with what is written, a little.
    pub(crate) fn input_height(&self) -> u16 {
        let rows = self.input.rows(self.input_width()).0.len().clamp(1, 5);
        let most = self.size.1.saturating_sub(1) / 2;
        u16::try_from(rows + 2).unwrap_or(3).min(most.max(3))
    }

    /// The columns for what is written: one is left for the cursor.
    pub(crate) fn input_width(&self) -> usize {
        usize::from(self.size.0.saturating_sub(3)).max(1)
    }

    /// The rows inside the message window.
    pub(crate) fn message_height(&self) -> usize {
        usize::from(self.size.1.saturating_sub(1 + self.input_height() + 2))
    }

    /// What waits to be sent in a channel and is shown to wait: nothing is echoed while all goes well.
    pub(crate) fn waiting_in(&self, channel: i64) -> impl Iterator<Item = &Pending> {
        let is_offline = self.link != Link::Online;
        self.outbox
            .iter()
            .filter(move |one| one.channel == channel && (is_offline || one.is_delayed))
    }

    /// Whether there is a connection.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.link, Link::Online | Link::CatchingUp)
    }

    /// Leaves: at once, or, where something is on its way, as soon as it has arrived. Asked twice, at once.
    fn leave(&mut self) -> Vec<Effect> {
        if self.leaving.is_some() || !self.is_connected() || self.outbox.is_empty() {
            return vec![Effect::Quit];
        }
        self.leaving = Some(LINGER);
        Vec::new()
    }

    /// Whether nothing holds up somebody who leaves any more.
    fn is_left(&self) -> bool {
        self.leaving
            .is_some_and(|ticks| ticks == 0 || self.outbox.is_empty() || !self.is_connected())
    }

    fn read_time(&self, written: &str) -> NaiveDateTime {
        time::read(written, self.zone)
    }

    /// Says something to the person, in the window that they look at.
    fn notice(&mut self, tone: Tone, text: impl Into<String>) {
        let notice = Notice {
            at: self.now,
            text: text.into(),
            tone,
        };
        let width = self.message_width();
        match self.channels.selected_mut() {
            Some(channel) => {
                channel.scroll = 0;
                channel.add_notice(notice, width);
            }
            None => self.unshown.push(notice),
        }
    }

    /// Shows another channel: from its end, as read, with its history.
    fn select(&mut self, id: i64) -> Vec<Effect> {
        self.completion = None;
        if !self.channels.is_selected(id) {
            if let Some(channel) = self.channels.selected_mut() {
                channel.leave();
            }
            self.channels.select(id);
            if let Some(channel) = self.channels.selected_mut() {
                channel.come();
            }
        }
        self.look_at_selected()
    }

    fn look_at_selected(&mut self) -> Vec<Effect> {
        let width = self.message_width();
        let Some(channel) = self.channels.selected_mut() else {
            return Vec::new();
        };
        for notice in self.unshown.drain(..) {
            channel.add_notice(notice, width);
        }
        channel.seen();
        if !channel.is_member {
            let is_asked = !self.entering.insert(channel.id);
            let join = (!is_asked).then(|| Effect::JoinRoom(channel.name.clone()));
            return join.into_iter().collect();
        }
        if channel.history == HistoryState::Unknown {
            channel.history = HistoryState::Loading;
            let channel = channel.id;
            return vec![Effect::History {
                channel,
                before: None,
            }];
        }
        Vec::new()
    }
}

/// What is to be done about what happened.
pub(crate) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = happen(state, event);
    if state.is_left() {
        effects.push(Effect::Quit);
    }
    effects
}

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => keys::press(state, key),
        Event::Paste(text) => {
            state.focus = Focus::Input;
            // What others get is what was pasted; what could steer this terminal is cleaned where it is shown.
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            let is_kept = |one: &char| matches!(one, '\n' | '\t') || !one.is_control();
            let kept: String = text.chars().filter(is_kept).collect();
            state.input.insert(&kept);
            Vec::new()
        }
        Event::Mouse(mouse) => mouse::act(state, mouse),
        Event::Resize(width, height) => {
            state.size = (width, height);
            Vec::new()
        }
        Event::Focus(is_watched) => {
            state.is_watched = is_watched;
            Vec::new()
        }
        Event::Tick(now) => tick(state, now),
        Event::News(news) => news::hear(state, news),
        Event::Answer(answer) => answers::take(state, answer),
    }
}

fn tick(state: &mut State, now: NaiveDateTime) -> Vec<Effect> {
    state.now = now;
    state.seconds = state.seconds.wrapping_add(1);
    if let Link::Offline { seconds, .. } = &mut state.link {
        *seconds = seconds.saturating_sub(1);
    }
    if state.seconds.is_multiple_of(ANNOUNCE_AGAIN) {
        state.announcements = ANNOUNCEMENTS.min(state.announcements + 1);
    }
    if let Some(ticks) = &mut state.leaving {
        *ticks = ticks.saturating_sub(1);
    }
    if state.link != Link::Online {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if state.seconds.is_multiple_of(LOOK_AGAIN) {
        effects.push(Effect::ListRooms);
    }
    // Once a second, not with every message: a busy room would use up what one may say.
    if let Some(channel) = state.channels.selected_mut()
        && !state.is_new
        && state.is_watched
        && channel.scroll == 0
        && channel.is_member
        && channel.last_seq > channel.read_seq
    {
        channel.read_seq = channel.last_seq;
        let (channel, seq) = (channel.id, channel.last_seq);
        effects.push(Effect::Read { channel, seq });
    }
    effects
}
