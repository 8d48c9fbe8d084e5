//! The full screen at work: what happens goes through [`update`], what is to be done is done, and the screen follows.

use crate::exit::{self, Failure, tell};
use crate::notify::Notifier;
use crate::perform::{Performed, Performer};
use crate::screen::Screen;
use crate::state::{Answer, Effect, Event, Pending, State, update};
use crate::view::Theme;
use crate::{text, time};
use chinwag_client::{Client, Events, Rest, ServerAddress};
use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How many events may pass before they are shown.
const AT_ONCE: usize = 256;
/// For the goodbye to the server.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// Somebody who is signed in and connected.
pub(crate) struct Session {
    pub(crate) server: ServerAddress,
    pub(crate) username: String,
    pub(crate) token: String,
    pub(crate) client: Client,
    pub(crate) events: Events,
    /// What the connection has told already.
    pub(crate) first: chinwag_client::Event,
}

struct App {
    screen: Screen,
    state: State,
    performer: Performer,
    notifier: Notifier,
    is_over: bool,
}

/// Runs until the person leaves, or the server wants nothing to do with them any more.
pub(crate) async fn run(
    mut session: Session,
    theme: Theme,
    notifier: Notifier,
) -> Result<(), Failure> {
    let rest = Rest::new(session.server.clone()).map_err(|error| exit::failed(&error))?;
    let (answers, answered) = mpsc::unbounded_channel();
    let performer = Performer::new(session.client, rest, session.token, answers);
    let screen = Screen::take(theme).map_err(broken)?;
    let size = screen.size().map_err(broken)?;
    let mut app = App {
        state: State::new(
            &session.username,
            &session.server.host(),
            size,
            time::here,
            time::now(),
        ),
        screen,
        performer,
        notifier,
        is_over: false,
    };
    app.happen(Event::News(session.first)).map_err(broken)?;
    let result = app.live(&mut session.events, answered).await;
    let App {
        screen,
        state,
        performer,
        ..
    } = app;
    drop((screen, performer));
    leave(&mut session.events).await;
    result.map_err(broken)?;
    tell_unsent(&state.outbox);
    match &state.ended {
        Some(ended) => Err(exit::ended(ended)),
        None => count_unsent(state.outbox.len()),
    }
}

/// Lets the connection end in good manners, once nobody holds it any more.
pub(crate) async fn leave(events: &mut Events) {
    let rest = async { while events.next().await.is_some() {} };
    let _ = timeout(GOODBYE_WITHIN, rest).await;
}

impl App {
    async fn live(
        &mut self,
        news: &mut Events,
        mut answers: mpsc::UnboundedReceiver<Answer>,
    ) -> io::Result<()> {
        let mut keys = EventStream::new();
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut goodbye = Goodbye::listen()?;
        while !self.is_over {
            self.screen.draw(&self.state)?;
            tokio::select! {
                key = keys.next() => match key {
                    Some(Ok(key)) => self.take_key(key)?,
                    Some(Err(error)) => return Err(error),
                    None => return Ok(()),
                },
                told = news.next() => {
                    // Many at once are shown once.
                    let mut told = told;
                    for _ in 0..AT_ONCE {
                        let Some(one) = told else { break };
                        self.happen(Event::News(one))?;
                        told = news.try_next();
                    }
                }
                Some(answer) = answers.recv() => self.happen(Event::Answer(answer))?,
                _ = tick.tick() => self.happen(Event::Tick(time::now()))?,
                () = goodbye.said() => return Ok(()),
            }
        }
        Ok(())
    }

    fn take_key(&mut self, event: TerminalEvent) -> io::Result<()> {
        match event {
            TerminalEvent::Key(key) => self.happen(Event::Key(key)),
            TerminalEvent::Paste(text) => self.happen(Event::Paste(text)),
            TerminalEvent::Mouse(mouse) => self.happen(Event::Mouse(mouse)),
            TerminalEvent::Resize(width, height) => self.happen(Event::Resize(width, height)),
            TerminalEvent::FocusGained => self.happen(Event::Focus(true)),
            TerminalEvent::FocusLost => self.happen(Event::Focus(false)),
        }
    }

    fn happen(&mut self, event: Event) -> io::Result<()> {
        for effect in update(&mut self.state, event) {
            match self.performer.perform(effect) {
                Performed::Begun => {}
                Performed::Answered(answer) => self.happen(Event::Answer(answer))?,
                Performed::NotOfTheNetwork(effect) => self.act(effect)?,
            }
        }
        Ok(())
    }

    fn act(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Quit => self.is_over = true,
            Effect::Redraw => self.screen.clear()?,
            Effect::Notify { channel, sender } => {
                let sequence = self.notifier.announce(&channel, &sender);
                self.screen.say(&sequence)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Somebody ends the program from outside, or closes its window.
struct Goodbye {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Goodbye {
    fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ],
        })
    }

    async fn said(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate, hang_up] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
        }
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}

/// What was written and, as far as we know, never reached the server must not vanish with the screen.
fn tell_unsent(outbox: &[Pending]) {
    for pending in outbox {
        let how = if pending.may_be_sent {
            "not known to be sent"
        } else {
            "not sent"
        };
        tell(&format!("{how}: {}", text::line(&pending.body)));
    }
}

fn count_unsent(count: usize) -> Result<(), Failure> {
    match count {
        0 => Ok(()),
        1 => Err(Failure::Unsent(
            "One message is not known to be sent.".into(),
        )),
        count => Err(Failure::Unsent(format!(
            "{count} messages are not known to be sent."
        ))),
    }
}

fn broken(error: io::Error) -> Failure {
    Failure::Broken(format!("This terminal fails: {error}"))
}
