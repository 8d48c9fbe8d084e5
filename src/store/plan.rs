//! For tests: how the database goes about a question.

use super::{Conn, Store, StoreUrl};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::Result;
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::sync::{Arc, Mutex};

/// The steps of the last statement that `ask` runs, in the database's own words.
pub(crate) async fn plan_of(ask: impl Fn(&mut Conn) -> Result<()> + Send + 'static) -> String {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::Sqlite(folder.path().join("test.db"));
    let store = Store::open(&url, Clock::System, Cluster::memory()).unwrap();
    let explain = move |conn: &mut Conn| {
        let asked = Arc::new(Mutex::new(String::new()));
        let noted = asked.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                *noted.lock().unwrap() = query.to_string();
            }
        });
        ask(conn)?;
        let asked = asked.lock().unwrap().clone();
        let sql = asked.split(" -- binds").next().unwrap_or_default();
        let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn)?;
        let steps: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        Ok(steps.join("; "))
    };
    store.read(explain).await.unwrap()
}
