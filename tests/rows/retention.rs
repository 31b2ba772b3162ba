//! Removal of old rows: everything that is too old is removed, a batch at a time, and nothing that is young.

use chrono::{DateTime, Duration, Utc};
use database::{Db, event_log, idempotency};
use library::links::rows::forget_guests;
use notify::webhooks::delivery_rows;
use uuid::Uuid;

use super::test_database::{TestDatabase, test_databases};

/// More than two batches.
const OLD: i64 = 2_500;
const YOUNG: i64 = 3;
/// No statement deletes more rows: it would hold its locks for long, and end at the time limit of a statement.
const AT_ONCE: i64 = 1_000;

/// A table, how a numbered row is added to it, with an id (`$1`), a time (`$2`) and the row that it belongs to (`$3`),
/// and the age from which rows are removed.
struct Aged {
    table: &'static str,
    row: &'static str,
    belongs_to: Uuid,
    kept: Duration,
}

async fn tables(test: &TestDatabase) -> Vec<Aged> {
    let session = test.begin(test.owner.account_id, "a browser", Uuid::new_v4().into_bytes().to_vec()).await;
    let (account, workspace, webhook) = (test.owner.account_id.0, test.workspace.0, webhook(test).await);
    let aged = |table, kept, belongs_to, row| Aged { table, row, belongs_to, kept };
    vec![
        aged(
            "refresh_token",
            Duration::days(30),
            session.session_id.0,
            "insert into refresh_token (token_hash, session_id, expires_at) values ($4, $3, $2)",
        ),
        aged(
            "session",
            Duration::days(30),
            account,
            "insert into session (session_id, account_id, workspace_id, agent, created_at, revoked_at)
             values ($1, $3, (select workspace_id from membership where account_id = $3), '', $2, $2)",
        ),
        aged(
            "invite",
            Duration::days(30),
            workspace,
            "insert into invite (invite_id, token_hash, workspace_id, role, invited_by, expires_at, created_at)
             values ($1, $4, $3, 'viewer', (select account_id from membership where workspace_id = $3), $2, $2)",
        ),
        aged(
            "mail_link",
            Duration::zero(),
            account,
            "insert into mail_link (token_hash, account_id, purpose, email, expires_at)
             values ($4, $3, 'verify', 'ana@example.org', $2)",
        ),
        aged(
            "identity_request",
            Duration::zero(),
            account,
            "insert into identity_request (state_hash, nonce, verifier, return_to, expires_at)
             values ($4, '', '', '/', case when $3 is null then $2 else $2 end)",
        ),
        aged(
            "guest",
            Duration::days(90),
            account,
            "insert into guest (guest_id, token_hash, name, color, created_at)
             values ($1, $4, 'Mia', '', case when $3 is null then $2 else $2 end)",
        ),
        aged(
            "idempotent_answer",
            Duration::days(1),
            account,
            "insert into idempotent_answer (account_id, idempotency_key, request_hash, status, body, created_at)
             values ($3, cast($1 as text), $4, 200, '', $2)",
        ),
        aged(
            "delivery",
            Duration::days(7),
            webhook,
            "insert into delivery (delivery_id, webhook_id, subject, sequence, event, body, created_at, run_at, attempts)
             values ($1, $3, $1, 1, 'document.create', '{}', $2, $2, 0)",
        ),
        aged(
            "event",
            Duration::hours(1),
            account,
            "insert into event (kind, subject, created_at) values ('document', $1, case when $3 is null then $2 else $2 end)",
        ),
    ]
}

async fn webhook(test: &TestDatabase) -> Uuid {
    let id = Uuid::now_v7();
    test.db
        .query(
            "insert into webhook (webhook_id, workspace_id, url, events, secret, created_by, created_at, failures)
             values ($1, $2, 'http://127.0.0.1:9/', '', '', $1, $3, 0)",
        )
        .bind(id)
        .bind(test.workspace)
        .bind(Utc::now())
        .execute()
        .await
        .expect("a webhook");
    id
}

async fn fill(db: &Db, aged: &Aged, count: i64, at: DateTime<Utc>) {
    let mut tx = db.begin().await.expect("begun");
    for _ in 0..count {
        let id = Uuid::now_v7();
        let row = tx.query(aged.row).bind(id).bind(at).bind(aged.belongs_to);
        let row = if aged.row.contains("$4") { row.bind(id.into_bytes().to_vec()) } else { row };
        row.execute().await.unwrap_or_else(|error| panic!("{}: {error}", aged.table));
    }
    tx.commit().await.expect("committed");
}

/// Postgres notes how many rows each statement deletes.
async fn note_deletions(db: &Db, tables: &[Aged]) {
    let statements = [
        "create table deletion (name text, count bigint)".to_owned(),
        "create function note() returns trigger language plpgsql as
         'begin insert into deletion select tg_table_name, count(*) from gone; return null; end'"
            .to_owned(),
    ];
    let triggers = tables.iter().map(|Aged { table, .. }| {
        format!(
            "create trigger noted after delete on {table} referencing old table as gone
             for each statement execute function note()"
        )
    });
    for statement in statements.into_iter().chain(triggers) {
        db.query(statement.leak()).execute().await.expect("created");
    }
}

/// [SAVE-25] (C4) In every table for which docs/production/growth.md gives an age, all older rows are removed, in
/// batches, and younger rows stay.
#[tokio::test]
async fn old_rows_go_in_batches_until_none_is_left() {
    for test in test_databases().await {
        let (db, now) = (&test.db, Utc::now());
        let tables = tables(&test).await;
        let mut young = Vec::new();
        for aged in &tables {
            fill(db, aged, OLD, now - aged.kept - Duration::hours(1)).await;
            fill(db, aged, YOUNG, now - aged.kept + Duration::minutes(30)).await;
            young.push(count(db, aged.table).await - OLD);
        }
        if db.is_remote() {
            note_deletions(db, &tables).await;
        }
        ::people::forget_old(db).await.expect("written");
        forget_guests(db, now).await.expect("written");
        idempotency::forget_old(db).await.expect("written");
        event_log::forget_old(db).await.expect("written");
        delivery_rows::forget_old(db, now - Duration::days(7)).await.expect("written");
        for (aged, young) in tables.iter().zip(young) {
            assert_eq!(count(db, aged.table).await, young, "{}", aged.table);
        }
        if db.is_remote() {
            let most: Vec<(String, i64, i64)> = db
                .query("select name, max(count), cast(sum(count) as bigint) from deletion group by name")
                .all()
                .await
                .expect("readable");
            assert_eq!(most.len(), tables.len(), "{most:?}");
            for (table, most, all) in most {
                assert!(most <= AT_ONCE && all >= OLD, "{table}: {most} at once, {all} in all");
            }
        }
    }
}

async fn count(db: &Db, table: &str) -> i64 {
    let statement: &'static str = format!("select count(*) from {table}").leak();
    let (count,): (i64,) = db.query(statement).one().await.expect("readable");
    count
}
