//! What a list of messages costs: how the database goes about each kind of question.

use super::*;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::store::{Store, StoreUrl};
use MessageAttribute::{Body, Id, Receiver, Sender, SentAt};
use diesel::connection::InstrumentationEvent;
use diesel::sql_types::Text;
use std::sync::{Arc, Mutex};

const UP: Direction = Direction::Ascending;
const DOWN: Direction = Direction::Descending;

fn by(order: &[(MessageAttribute, Direction)]) -> Filter<MessageAttribute> {
    Filter {
        order: order.into(),
        limit: 100,
        ..Filter::default()
    }
}

fn wanting(condition: Condition<MessageAttribute>) -> Filter<MessageAttribute> {
    Filter {
        conditions: vec![condition],
        ..by(&[])
    }
}

#[test]
fn an_order_by_id_or_time_is_the_order_of_the_places() {
    for (order, expected) in [
        (&[][..], Some(UP)),
        (&[(SentAt, DOWN)], Some(DOWN)),
        (&[(Id, DOWN), (Body, UP)], Some(DOWN)),
        (&[(SentAt, UP), (Id, UP)], Some(UP)),
        (&[(SentAt, UP), (Id, DOWN)], None),
        (&[(SentAt, UP), (Body, UP)], None),
        (&[(Body, UP)], None),
    ] {
        assert_eq!(place_order(&by(order)), expected, "{order:?}");
    }
}

/// How the database answers, in its own words.
async fn plan(filter: Filter<MessageAttribute>) -> String {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::Sqlite(folder.path().join("test.db"));
    let store = Store::open(&url, Clock::System, Cluster::memory()).unwrap();
    let chat = Chat {
        id: ConversationId(1),
        low: UserId(1),
        high: UserId(2),
    };
    let explain = move |conn: &mut Conn| {
        let asked = Arc::new(Mutex::new(String::new()));
        let noted = asked.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                *noted.lock().unwrap() = query.to_string();
            }
        });
        messages(conn, &chat, &filter, usize::MAX)?;
        let asked = asked.lock().unwrap().clone();
        let sql = asked.split(" -- binds").next().unwrap_or_default();
        let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn)?;
        let steps: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        Ok(steps.join("; "))
    };
    store.read(explain).await.unwrap()
}

/// The index over `(conversation_id, seq)`, read in its order and no further than the limit.
const WALK: &str = "SEARCH messages USING INDEX sqlite_autoindex_messages_1 (conversation_id=?)";

#[tokio::test]
async fn a_page_of_a_long_chat_is_read_off_an_index() {
    for filter in [
        by(&[]),
        by(&[(Id, UP)]),
        by(&[(Id, DOWN)]),
        by(&[(SentAt, DOWN)]),
        by(&[(SentAt, UP), (Id, UP)]),
        wanting(Condition::Is(Sender, Value::Number(1))),
        wanting(Condition::Is(Receiver, Value::Number(1))),
        wanting(Condition::Holds(Body, "x".into())),
        wanting(Condition::Is(SentAt, Value::Second(Timestamp(0)))),
    ] {
        let plan = plan(filter.clone()).await;
        assert_eq!(plan, WALK, "{filter:?}");
    }
}

#[tokio::test]
async fn one_message_is_found_by_its_key() {
    let plan = plan(wanting(Condition::Is(Id, Value::Number(7)))).await;
    assert!(plan.contains("INTEGER PRIMARY KEY (rowid=?)"), "{plan}");
}

#[tokio::test]
async fn only_other_orders_are_sorted() {
    let plan = plan(by(&[(Body, UP)])).await;
    assert!(plan.contains("(conversation_id=?)"), "{plan}");
    assert!(plan.contains("USE TEMP B-TREE FOR ORDER BY"), "{plan}");
}
