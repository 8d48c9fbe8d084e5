//! What people do in rooms.

use super::Program;
use serde_json::{Value, json};

impl Program {
    /// Makes a room; its id.
    pub(crate) async fn makes_room(&mut self, name: &str) -> i64 {
        let answer = self.asks("room:create", json!({ "name": name })).await;
        let id = answer["conversation"]["id"].as_i64();
        id.unwrap_or_else(|| panic!("not made: {answer}"))
    }

    /// Comes into a room; the answer.
    pub(crate) async fn joins(&mut self, name: &str) -> Value {
        self.asks("room:join", json!({ "name": name })).await
    }

    /// Comes into a room that is there; its id.
    pub(crate) async fn enters(&mut self, name: &str) -> i64 {
        let answer = self.joins(name).await;
        let id = answer["conversation"]["id"].as_i64();
        id.unwrap_or_else(|| panic!("not let in: {answer}"))
    }

    /// Leaves a room; the answer.
    pub(crate) async fn quits(&mut self, name: &str) -> Value {
        self.asks("room:leave", json!({ "name": name })).await
    }

    /// A room as the list shows it.
    pub(crate) async fn sees_room(&mut self, name: &str) -> Value {
        let answer = self.asks("room:list", json!({})).await;
        let rooms = answer["rooms"].as_array().expect("a list");
        let mut named = rooms.iter().filter(|room| room["name"] == name);
        named.next().cloned().unwrap_or(Value::Null)
    }

    /// Sends a command; the answer.
    pub(crate) async fn commands(&mut self, room: i64, command: &str, payload: &str) -> Value {
        let request = json!({ "conversation_id": room, "command": command, "payload": payload });
        self.asks("room:command", request).await
    }

    /// A conversation of the list, as it is seen now.
    pub(crate) async fn sees(&mut self, conversation: i64) -> Option<Value> {
        let answer = self.asks("conversation:list", json!({})).await;
        let list = answer["conversations"].as_array().expect("a list");
        list.iter().find(|one| one["id"] == conversation).cloned()
    }
}
