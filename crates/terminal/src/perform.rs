//! Effects, performed: each in a task of its own, whose answer comes back as an event.

use crate::state::{Answer, Effect};
use crate::text;
use chinwag_client::{Client, Error, Rest};
use tokio::sync::mpsc;

/// What became of an effect.
pub(crate) enum Performed {
    /// Its answer comes later, if there is one.
    Begun,
    /// Here it is, at once: had it to wait for its turn, news of the server about the same thing could come before it.
    Answered(Answer),
    NotOfTheNetwork(Effect),
}

/// Does what the state wants done, as the person who is signed in.
pub(crate) struct Performer {
    client: Client,
    rest: Rest,
    token: String,
    answers: mpsc::UnboundedSender<Answer>,
    /// Rooms to be entered, one after the other: there may be more of them than one may ask for at once.
    joins: mpsc::UnboundedSender<String>,
}

impl Performer {
    pub(crate) fn new(
        client: Client,
        rest: Rest,
        token: String,
        answers: mpsc::UnboundedSender<Answer>,
    ) -> Self {
        let (joins, wanted) = mpsc::unbounded_channel();
        tokio::spawn(join_all(client.clone(), wanted, answers.clone()));
        Self {
            client,
            rest,
            token,
            answers,
            joins,
        }
    }

    /// Begins an effect of the network, or gives one back that is not of the network.
    pub(crate) fn perform(&self, effect: Effect) -> Performed {
        let client = self.client.clone();
        match effect {
            Effect::Send { channel, body } => {
                let client_id = client.send(channel, body.clone());
                return Performed::Answered(Answer::Queued {
                    client_id,
                    channel,
                    body,
                });
            }
            Effect::JoinRoom(name) => {
                let _ = self.joins.send(name);
            }
            Effect::ListRooms => {
                self.start(async move { Answer::Rooms(client.rooms().await.map_err(words)) })
            }
            Effect::CreateRoom { name, why } => self.start(async move {
                let result = client.create_room(&name).await.map(Box::new).map_err(words);
                Answer::Created { name, why, result }
            }),
            Effect::DeleteRoom(name) => self.start(async move {
                let result = delete_room(&client, &name).await.map_err(words);
                Answer::Deleted { name, result }
            }),
            Effect::Sms { to, body } => {
                let (rest, token) = (self.rest.clone(), self.token.clone());
                self.start(async move {
                    let result = rest.send_sms(&token, &to, &body).await.map_err(words);
                    Answer::SmsSent { to, result }
                });
            }
            Effect::OpenTalk { username, body } => self.start(async move {
                let result = match client.open(&username).await {
                    Err(error) if error.code() == Some("not_found") => {
                        Err(format!("There is nobody called {username}."))
                    }
                    result => result.map(Box::new).map_err(words),
                };
                Answer::Opened { body, result }
            }),
            Effect::Command {
                channel,
                command,
                payload,
            } => self.start(async move {
                let result = client
                    .room_command(channel, &command, &payload)
                    .await
                    .map_err(words);
                Answer::Commanded(result)
            }),
            Effect::History { channel, before } => self.start(async move {
                let result = client.history(channel, before, None).await.map_err(words);
                Answer::History { channel, result }
            }),
            Effect::Read { channel, seq } => {
                // A mark that is lost is set again with the next message.
                tokio::spawn(async move { client.read(channel, seq).await });
            }
            Effect::Hurry => client.hurry(),
            other @ (Effect::Notify { .. } | Effect::Redraw | Effect::Quit) => {
                return Performed::NotOfTheNetwork(other);
            }
        }
        Performed::Begun
    }

    fn start(&self, work: impl Future<Output = Answer> + Send + 'static) {
        let answers = self.answers.clone();
        tokio::spawn(async move { answers.send(work.await) });
    }
}

async fn join_all(
    client: Client,
    mut wanted: mpsc::UnboundedReceiver<String>,
    answers: mpsc::UnboundedSender<Answer>,
) {
    while let Some(name) = wanted.recv().await {
        let result = match client.join_room(&name).await {
            Err(Error::Unreachable(_)) => {
                let _ = answers.send(Answer::NotJoined { name });
                continue;
            }
            result => result.map(Box::new).map_err(words),
        };
        let _ = answers.send(Answer::Joined { name, result });
    }
}

/// By name, among the rooms that there are now.
async fn delete_room(client: &Client, name: &str) -> Result<(), Error> {
    let rooms = client.rooms().await?;
    let room = rooms
        .iter()
        .find(|room| room.name.eq_ignore_ascii_case(name));
    let room = room.ok_or_else(|| Error::Strange(format!("There is no channel #{name}.")))?;
    client.delete_room(room.id).await
}

/// For the message window.
fn words(error: Error) -> String {
    text::line(&error.to_string())
}
