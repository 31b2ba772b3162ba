//! [SAVE-24] All rows as a file, from either engine into either engine.

use std::collections::{BTreeMap, BTreeSet};

use database::{Db, DbOptions, rows_file};
use uuid::Uuid;

use crate::test_database::{TestDatabase, test_databases};

/// G1: A table or column that only one engine had would be missing in a copy.
#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let mut schemas: Vec<BTreeMap<String, BTreeSet<String>>> = Vec::new();
    for test in test_databases().await {
        let columns: Vec<(String, String)> = test
            .db
            .pick(
                "select table_name::text, column_name::text from information_schema.columns
                  where table_schema = current_schema() and table_name <> '_sqlx_migrations'",
                "select tables.name, columns.name from sqlite_master as tables, pragma_table_info(tables.name) as columns
                  where tables.type = 'table' and tables.name not like 'sqlite%' and tables.name <> '_sqlx_migrations'",
            )
            .all()
            .await
            .expect("readable");
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in columns {
            tables.entry(table).or_default().insert(column);
        }
        schemas.push(tables);
    }
    assert!(schemas[0].len() > 30, "{}", schemas[0].len());
    assert!(schemas.iter().all(|schema| *schema == schemas[0]), "{schemas:?}");
}

async fn last_event(db: &Db) -> i64 {
    let (id,): (i64,) = db
        .query("insert into event (kind, subject, created_at) values ('keys', $1, $2) returning event_id")
        .bind(Uuid::nil())
        .bind(chrono::Utc::now())
        .one()
        .await
        .expect("written");
    id
}

/// G1: Every value survives, and numbers that were given are not given again, although their rows are gone.
#[tokio::test]
async fn rows_survive_from_either_engine_into_either_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    for test in test_databases().await {
        test.add("Plan “Ü” \u{1f600}").await;
        let kim = test.join("kim").await;
        test.add_key(kim).await;
        test.db
            .query("update account set disabled_at = created_at, totp_secret = $1 where account_id = $2")
            .bind(vec![0_u8, 255, 39])
            .bind(kim)
            .execute()
            .await
            .expect("written");
        let last = last_event(&test.db).await;
        test.db.query("delete from event").execute().await.expect("written");

        let file = folder.path().join(Uuid::new_v4().to_string());
        let written = rows_file::write(&test.db, &file).await.expect("copied");
        assert!(written["account"] == 2 && written["audit"] > 3 && written["event"] == 0, "{written:?}");
        assert_eq!(rows_file::check(&file).await.expect("sound").0, written);
        for TestDatabase { db, .. } in test_databases().await {
            empty(&db).await;
            let mark = ("restored-at", b"now".to_vec());
            let restored = rows_file::restore(&file, &db, mark).await.expect("restored");
            assert_eq!(restored, written);
            // Byte by byte, in the form of the file: times are equal to the microsecond.
            let again = folder.path().join(Uuid::new_v4().to_string());
            let copied = rows_file::write(&db, &again).await.expect("copied");
            assert_eq!(copied["shared_value"], written["shared_value"] + 1);
            assert_eq!(contents(&file).await, contents(&again).await);
            assert!(last_event(&db).await > last, "a number is given twice");
        }
    }
}

/// Removes the rows with which a test database begins, because a restore needs empty tables.
async fn empty(db: &Db) {
    for table in ["event", "document", "membership", "audit_personal", "audit", "api_key", "account", "workspace"] {
        let delete: &'static str = format!("delete from {table}").leak();
        db.query(delete).execute().await.expect("written");
    }
}

async fn contents(file: &std::path::Path) -> BTreeMap<&'static str, Vec<String>> {
    let db = Db::connect(&format!("sqlite:{}", file.display()), &DbOptions::default()).await.expect("it opens");
    let tables: [(&str, &[&str]); 8] = [
        ("account", &["hex(account_id)", "email", "hex(totp_secret)", "substr(disabled_at, 1, 26)", "totp_step"]),
        ("membership", &["hex(account_id)", "role", "is_owner", "typeof(is_owner)"]),
        ("tag", &["hex(tag_id)", "name"]),
        ("document_tag", &["hex(document_id)", "hex(tag_id)", "position"]),
        ("document", &["title", "tags", "version", "open_level", "typeof(purged_at)", "substr(created_at, 1, 26)"]),
        ("api_key", &["hex(token_hash)", "scopes", "per_minute"]),
        ("audit", &["hex(audit_id)", "detail", "hex(personal_digest)", "substr(at, 1, 26)"]),
        ("audit_personal", &["hex(salt)", "value"]),
    ];
    let mut found = BTreeMap::new();
    for (table, columns) in tables {
        let line: Vec<String> = columns.iter().map(|column| format!("coalesce({column}, 'null')")).collect();
        let select: &'static str = format!("select {} from {table} order by 1", line.join(" || '|' || ")).leak();
        let rows: Vec<(String,)> = db.query(select).all().await.expect("readable");
        assert!(!rows.is_empty(), "{table}");
        found.insert(table, rows.into_iter().map(|(row,)| row).collect());
    }
    db.close().await;
    found
}
