//! The query of a list → what is wanted of it. Nothing here is an error: what is not understood is ignored.

use super::dates;
use crate::error::Result;
use crate::model::{
    Condition, Direction, Filter, MessageAttribute, Part, PersonAttribute, UserId, Value,
};
use crate::transport::limiter::Limiter;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, Uri, header};
use std::collections::HashSet;
use std::convert::Infallible;

/// An attribute that this dialect has a word for.
pub(super) trait Attribute: Copy + PartialEq + Send + 'static {
    /// Every attribute with its name and kind: what is not here cannot be asked about.
    const NAMES: &'static [(&'static str, Self, Kind)];
}

/// What is compared with an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Date,
}

impl Attribute for PersonAttribute {
    const NAMES: &'static [(&'static str, Self, Kind)] = &[
        ("user_id", Self::Id, Kind::Number),
        ("username", Self::Username, Kind::Text),
        ("name", Self::Name, Kind::Text),
        ("date_joined", Self::JoinedAt, Kind::Date),
    ];
}

impl Attribute for MessageAttribute {
    const NAMES: &'static [(&'static str, Self, Kind)] = &[
        ("message_id", Self::Id, Kind::Number),
        ("datetime_writing", Self::SentAt, Kind::Date),
        ("text", Self::Body, Kind::Text),
        ("sender_id", Self::Sender, Kind::Number),
        ("receiver_id", Self::Receiver, Kind::Number),
    ];
}

/// The filter in the query of a request.
pub(super) struct Filtered<A>(Filter<A>);

impl<A: Attribute> Filtered<A> {
    /// What is wanted, if whoever wants it has not searched too much lately.
    ///
    /// # Errors
    /// `RateLimited`.
    pub(super) fn admitted(self, limiter: &Limiter, user: UserId) -> Result<Filter<A>> {
        if is_search(&self.0) {
            limiter.admit_search(user)?;
        }
        Ok(self.0)
    }
}

/// Whether a text is looked for, or ordered by: the database then looks at every row of the list, however few
/// are wanted.
fn is_search<A: Attribute>(filter: &Filter<A>) -> bool {
    let is_text = |wanted: A| {
        let mut names = A::NAMES.iter();
        names.any(|(_, attribute, kind)| *attribute == wanted && *kind == Kind::Text)
    };
    let narrowed = filter.conditions.iter().any(|condition| match condition {
        Condition::Is(attribute, _) | Condition::Holds(attribute, _) => is_text(*attribute),
    });
    narrowed
        || filter
            .order
            .iter()
            .any(|(attribute, _)| is_text(*attribute))
}

impl<A: Attribute, S: Sync> FromRequestParts<S> for Filtered<A> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(parts.uri.query().unwrap_or_default())))
    }
}

/// Where a list goes on that did not end: beside the body, which is a contract.
pub(super) type Onwards = Option<[(HeaderName, String); 1]>;

/// The header of an answer to `uri` that showed `part` of a list, from `offset` on.
pub(super) fn onwards<T>(uri: &Uri, offset: i64, part: &Part<T>) -> Onwards {
    // Of nothing the next page is the same one.
    if !part.more || part.rows.is_empty() {
        return None;
    }
    let offset = offset.saturating_add(i64::try_from(part.rows.len()).unwrap_or(i64::MAX));
    let query = uri.query().unwrap_or_default();
    let kept =
        url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name.as_ref() != "offset");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("offset", &offset.to_string())
        .finish();
    // Routes that are nested do not see where.
    let link = format!("</api{}?{query}>; rel=\"next\"", uri.path());
    Some([(header::LINK, link)])
}

fn read<A: Attribute>(query: &str) -> Filter<A> {
    let mut filter = Filter::default();
    let mut seen = HashSet::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        // Of a parameter that is repeated the first value counts.
        if seen.insert(name.clone()) {
            take(&mut filter, &name, &value);
        }
    }
    filter
}

fn take<A: Attribute>(filter: &mut Filter<A>, name: &str, value: &str) {
    let by = |name: &str| A::NAMES.iter().find(|(known, ..)| *known == name);
    let mut order = |direction| {
        filter
            .order
            .extend(by(value).map(|(_, attribute, _)| (*attribute, direction)));
    };
    match name {
        "ordered-by" => order(Direction::Ascending),
        "ordered-by-desc" => order(Direction::Descending),
        "limit" => {
            let limit = number(value).unwrap_or(Filter::<A>::LIMIT_MAX);
            filter.limit = limit.min(Filter::<A>::LIMIT_MAX);
        }
        "offset" => filter.offset = number(value).unwrap_or(0),
        name => {
            let condition = match (by(name), name.strip_suffix("-like").and_then(by)) {
                (Some((_, attribute, kind)), _) => {
                    Some(Condition::Is(*attribute, kind.read(value)))
                }
                (_, Some((_, attribute, Kind::Text))) => {
                    Some(Condition::Holds(*attribute, value.to_owned()))
                }
                _ => None,
            };
            filter.conditions.extend(condition);
        }
    }
}

/// A number that is not negative; one that is beyond all numbers is as good as the largest.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(i64::MAX))
}

impl Kind {
    /// What is of another kind stays a text, which equals no number and no date.
    fn read(self, text: &str) -> Value {
        let value = match self {
            Self::Number => text.parse().ok().map(Value::Number),
            Self::Date => dates::read(text).map(Value::Second),
            Self::Text => None,
        };
        value.unwrap_or_else(|| Value::Text(text.to_owned()))
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(query: &str) {
    promises_of::<MessageAttribute>(query);
    promises_of::<PersonAttribute>(query);
}

#[cfg(any(test, fuzzing))]
fn promises_of<A: Attribute + PartialEq + std::fmt::Debug>(query: &str) {
    let Ok(uri) = format!("/list?{query}").parse::<Uri>() else {
        return;
    };
    let query = uri.query().unwrap_or_default();
    let filter = read::<A>(query);
    assert!((0..=Filter::<A>::LIMIT_MAX).contains(&filter.limit) && filter.offset >= 0);
    assert!(filter.order.len() <= 2 && filter.conditions.len() <= 2 * A::NAMES.len());
    // The next page is of the same list, behind this one.
    let part = Part {
        rows: vec![()],
        more: true,
    };
    let [(_, link)] = onwards(&uri, filter.offset, &part).expect("there is more");
    assert!(http::HeaderValue::try_from(&link).is_ok());
    let (_, next) = link.split_once('?').expect("it has a query");
    let (next, _) = next.split_once('>').expect("it ends");
    let next = read::<A>(next);
    assert_eq!(
        (next.conditions, next.order),
        (filter.conditions, filter.order)
    );
    assert_eq!(
        (next.limit, next.offset),
        (filter.limit, filter.offset.saturating_add(1))
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn messages(query: &str) -> Filter<MessageAttribute> {
        read(query)
    }

    #[test]
    fn what_is_understood_is_taken_and_the_rest_is_ignored() {
        let filter = messages(
            "text-like=50%25&sender_id=7&sender_id-like=1&password=x&ordered-by=text&ordered-by-desc=secret&limit=2&offset=-1",
        );
        assert_eq!(
            filter.conditions,
            [
                Condition::Holds(MessageAttribute::Body, "50%".into()),
                Condition::Is(MessageAttribute::Sender, Value::Number(7)),
            ]
        );
        assert_eq!(
            filter.order,
            [(MessageAttribute::Body, Direction::Ascending)]
        );
        assert_eq!((filter.limit, filter.offset), (2, 0));
    }

    #[test]
    fn a_value_of_another_kind_equals_nothing() {
        for query in [
            "message_id=seven",
            "message_id=1e3",
            "message_id=99999999999999999999",
        ] {
            let conditions = messages(query).conditions;
            assert!(
                matches!(&conditions[..], [Condition::Is(_, Value::Text(_))]),
                "{query}"
            );
        }
    }

    #[test]
    fn numbers_that_are_none_are_ignored_and_large_ones_are_capped() {
        assert_eq!(messages("limit=abc&offset=1.5").limit, 1_000);
        assert_eq!(messages("limit=999999999999999999999999").limit, 1_000);
        assert_eq!(messages("limit=0").limit, 0);
        assert_eq!(messages("limit=").limit, 1_000);
        assert_eq!(messages("offset=999999999999999999999").offset, i64::MAX);
    }

    #[test]
    fn of_a_repeated_parameter_the_first_counts() {
        let filter = messages("limit=3&limit=9&ordered-by=nothing&ordered-by=text");
        assert_eq!(filter.limit, 3);
        assert!(filter.order.is_empty());
    }

    #[test]
    fn what_is_wanted_of_texts_is_a_search() {
        for search in [
            "text-like=tea",
            "text=tea",
            "ordered-by=text",
            "limit=1&ordered-by-desc=text",
        ] {
            assert!(is_search(&messages(search)), "{search}");
        }
        for other in [
            "",
            "message_id=7",
            "ordered-by-desc=datetime_writing&limit=20",
            "text-dislike=x",
        ] {
            assert!(!is_search(&messages(other)), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_query_is_too_odd(query in "\\PC{0,80}") {
            promises(&query);
        }

        #[test]
        fn no_list_of_parameters_is_too_odd(
            pairs in prop::collection::vec(("(text|sender_id|name|date_joined)(-like)?|ordered-by(-desc)?|limit|offset", "[a-z0-9%&+_-]{0,9}"), 0..6)
        ) {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            promises(&pairs.join("&"));
        }
    }
}
