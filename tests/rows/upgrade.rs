//! An upgrade of the previous schema with data, on both engines: nothing is lost, and a node of the previous version
//! continues to work.

use database::{Actor, Db, DbOptions, changes, documents};
use library::{spaces, tags, trash};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, WorkspaceId};

/// The last migration of the previous version.
const PREVIOUS: i64 = 2;

fn previous() -> Migrator {
    let all = sqlx::migrate!("../migrations");
    Migrator::with_migrations(all.iter().filter(|migration| migration.version <= PREVIOUS).cloned().collect())
}

const WORKSPACE: Uuid = Uuid::from_u128(1);
const ACCOUNT: Uuid = Uuid::from_u128(2);
const DOCUMENT: Uuid = Uuid::from_u128(3);

/// Rows as the previous version wrote them.
macro_rules! fill {
    ($pool:expr) => {
        let now = chrono::Utc::now();
        sqlx::query("insert into workspace (workspace_id, name, created_at) values ($1, 'Acme', $2)")
            .bind(WORKSPACE)
            .bind(now)
            .execute($pool)
            .await
            .expect("a workspace");
        sqlx::query(
            "insert into account (account_id, email, name, color, password_hash, created_at)
             values ($1, 'ana@example.org', 'Ana', '#112233', 'hash', $2)",
        )
        .bind(ACCOUNT)
        .bind(now)
        .execute($pool)
        .await
        .expect("an account");
        sqlx::query(
            "insert into membership (workspace_id, account_id, role, is_owner, created_at)
             values ($1, $2, 'admin', true, $3)",
        )
        .bind(WORKSPACE)
        .bind(ACCOUNT)
        .bind(now)
        .execute($pool)
        .await
        .expect("a membership");
        sqlx::query(
            "insert into document (document_id, workspace_id, title, kind, category, description, tags, slug, status,
                                   created_by, created_at, updated_at, version, words)
             values ($1, $2, 'Plan', 'custom', '', '', '[\"north\", \"south\", \"north\"]', 'plan', 'draft', $3, $4, $4, 1, 7)",
        )
        .bind(DOCUMENT)
        .bind(WORKSPACE)
        .bind(ACCOUNT)
        .bind(now)
        .execute($pool)
        .await
        .expect("a document");
    };
}

async fn check(db: &Db) {
    db.migrate().await.expect("the upgrade");
    db.migrate().await.expect("a second start");
    let document = documents::find(db, WorkspaceId(WORKSPACE), DocumentId(DOCUMENT)).await.expect("readable");
    let document = document.expect("it is still there");
    assert_eq!((document.title.as_str(), document.words), ("Plan", 7));
    let tags = async || {
        tags::rows::move_from_documents(db).await.expect("moved");
        let (left,): (i64,) =
            db.query("select count(*) from document where cast(tags as text) <> '[]'").one().await.expect("readable");
        assert_eq!(left, 0);
        tags::rows::of(db, DocumentId(DOCUMENT)).await.expect("readable")
    };
    assert_eq!(tags().await, ["north", "south"]);
    assert_eq!(tags().await, ["north", "south"], "at a second start");
    let by_the_old_node = "update document set tags = '[\"east\"]'";
    db.query(by_the_old_node).execute().await.expect("written");
    assert_eq!(tags().await, ["east"], "what a node of the previous version wrote meanwhile");
    spaces::rows::place_unplaced(db).await.expect("it gets a place");
    let space = spaces::rows::personal(db, WorkspaceId(WORKSPACE), AccountId(ACCOUNT)).await.expect("its creator's");
    let by = Actor::system(WorkspaceId(WORKSPACE));
    let moved = trash::rows::restore(db, &by, DocumentId(DOCUMENT), space.space_id).await.expect("written");
    let moved = moved.expect("it is there");
    assert_eq!((moved.version, moved.space_id), (2, Some(space.space_id)));
    let noted = changes::Reader::from_the_start().read(db).await.expect("the new tables are there");
    assert!(!noted.expect("a few").is_empty());
}

#[tokio::test]
async fn sqlite_is_upgraded_with_its_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("db").display());
    let pool = SqlitePool::connect(&url).await.expect("a file");
    previous().run(&pool).await.expect("the previous schema");
    fill!(&pool);
    pool.close().await;
    check(&Db::connect(&url, &DbOptions::default()).await.expect("it opens")).await;
}

#[tokio::test]
async fn postgres_is_upgraded_while_a_node_of_the_previous_version_runs() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return };
    let name = format!("upgrade_{}", Uuid::new_v4().simple());
    let admin = PgPool::connect(&server).await.expect("Postgres answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&admin).await.expect("a database");
    let (host, _) = server.rsplit_once('/').expect("a URL with a database");
    let url = format!("{host}/{name}");
    let old = PgPool::connect(&url).await.expect("the new database");
    previous().run(&old).await.expect("the previous schema");
    fill!(&old);
    // Two new nodes start at the same time.
    let options = DbOptions::default();
    let one = Db::connect(&url, &options).await.expect("it opens");
    let two = Db::connect(&url, &options).await.expect("it opens");
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.and(second).expect("one migrates, the other waits");
    check(&one).await;
    sqlx::query("update document set title = 'Written by the old node' where document_id = $1")
        .bind(DOCUMENT)
        .execute(&old)
        .await
        .expect("the old node keeps working");
}
