//! What a list of messages costs: how the database goes about each kind of question.

use super::*;
use crate::store::plan::plan_of;
use MessageAttribute::{Body, Id, Receiver, Sender, SentAt};

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
    let chat = Chat {
        id: ConversationId(1),
        low: UserId(1),
        high: UserId(2),
    };
    let ask = move |conn: &mut Conn| messages(conn, &chat, &filter, usize::MAX).map(drop);
    plan_of(ask).await
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
