//! Deletes old rows in batches until none is left. A single statement would hold its locks for long, and once many rows
//! have piled up, it would fail at the time limit for statements every time.

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

use crate::sql::{Db, Engine, Query, Source};

/// The number of rows in one statement: some ten milliseconds of work on a small machine.
const BATCH: u64 = 1_000;

impl Db {
    /// Deletes all rows that a statement finds, and returns how many. The statement is `delete from TABLE where
    /// CONDITION`, and the condition names times as `$1`, `$2`, …
    pub async fn delete_in_batches(&self, statement: &'static str, times: &[DateTime<Utc>]) -> sqlx::Result<u64> {
        let (table, condition) = statement
            .strip_prefix("delete from ")
            .and_then(|rest| rest.split_once(" where "))
            .ok_or_else(|| sqlx::Error::Protocol(format!("not a deletion of old rows: {statement}")))?;
        let batch = match self.engine() {
            Engine::Postgres(_) => format!(
                "delete from {table} where ctid = any (array(select ctid from {table} where {condition} limit {BATCH}))"
            ),
            Engine::Sqlite(_) => format!(
                "delete from {table} where rowid in (select rowid from {table} where {condition} limit {BATCH})"
            ),
        };
        let mut deleted = 0;
        loop {
            let sql = AssertSqlSafe(batch.clone());
            let mut query = match self.engine() {
                Engine::Postgres(pool) => Query::Postgres(sqlx::query(sql), Source::Pool(pool)),
                Engine::Sqlite(pool) => Query::Sqlite(sqlx::query(sql), Source::Pool(pool), None),
            };
            for time in times {
                query = query.bind(*time);
            }
            let rows = query.execute().await?;
            deleted += rows;
            if rows < BATCH {
                return Ok(deleted);
            }
        }
    }
}
