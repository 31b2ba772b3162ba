//! A migrated database with one workspace, on each available engine.

use chrono::{DateTime, Utc};
use database::{Actor, Db, DbOptions, DocumentRow, Joiner, Member, NewAccount, members, sessions};
use library::documents::list::rows::{self as list_rows, Direction, DocumentFilter, Order};
use library::documents::rows as document_rows;
use library::documents::rows::NewDocument;
use library::tree::{ranks::Position, rows::Place};
use library::visibility::Viewer;
use library::{spaces, trash, trash::rows::Children, trash::rows::Trashed};
use vocabulary::{AccountId, DocumentId, Role, Sensitivity, WorkspaceId};

pub struct TestDatabase {
    pub db: Db,
    pub workspace: WorkspaceId,
    pub owner: Member,
    /// The folder of the SQLite file, deleted with it.
    _folder: Option<tempfile::TempDir>,
}

/// A migrated database with one workspace, on each available engine.
pub async fn test_databases() -> Vec<TestDatabase> {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = format!("sqlite:{}", folder.path().join("db").display());
    let mut test_databases = vec![build(&sqlite, Some(folder)).await];
    if let Ok(postgres) = std::env::var("TEST_POSTGRES_URL") {
        test_databases.push(build(&database_of_its_own(&postgres).await, None).await);
    }
    test_databases
}

/// Each test has its own database, because queues and lists are global within one.
async fn database_of_its_own(server: &str) -> String {
    let (address, _) = server.rsplit_once('/').expect("a URL that ends with a database");
    let name = format!("house_{}", uuid::Uuid::new_v4().simple());
    let create: &'static str = format!("create database {name}").leak();
    let db = Db::connect(server, &DbOptions::default()).await.expect("the database answers");
    db.query(create).execute().await.expect("a new database");
    format!("{address}/{name}")
}

async fn build(url: &str, folder: Option<tempfile::TempDir>) -> TestDatabase {
    let db = Db::connect(url, &DbOptions::default()).await.expect("the database answers");
    db.migrate().await.expect("the migrations run");
    db.migrate().await.expect("and run again without effect");
    let owner = members::found_workspace(&db, &Actor::system(WorkspaceId::new()), "Acme", person("ana"))
        .await
        .expect("a first workspace");
    let workspace = members::workspaces_of(&db, owner.account_id).await.expect("readable")[0];
    TestDatabase { db, workspace, owner, _folder: folder }
}

pub fn person(name: &str) -> NewAccount {
    let unique = uuid::Uuid::new_v4();
    NewAccount {
        email: format!("{name}-{unique}@Example.org"),
        name: name.into(),
        color: "#112233".into(),
        password_hash: "$argon2id$".into(),
    }
}

impl TestDatabase {
    /// The actor of writes in these tests.
    pub fn by(&self) -> Actor {
        Actor::system(self.workspace)
    }

    pub async fn begin(&self, account: AccountId, agent: &str, token: Vec<u8>) -> database::Session {
        let by = Actor { agent: agent.into(), ..self.by() };
        sessions::begin(&self.db, &by, account, self.workspace, token).await.expect("begun")
    }

    pub async fn add(&self, title: &str) -> DocumentRow {
        self.add_at(title, Place { space: None, parent: None, position: Position::Last }).await
    }

    pub async fn add_at(&self, title: &str, place: Place) -> DocumentRow {
        let new = NewDocument {
            title: title.into(),
            slug: None,
            kind: "custom".into(),
            category: String::new(),
            description: String::new(),
            tags: vec!["north".into()],
            open_level: None,
            sensitivity: Sensitivity::Internal,
            created_by: self.owner.account_id,
            icon: String::new(),
            inherits: true,
            place,
        };
        document_rows::add(&self.db, &self.by(), new).await.expect("writable").expect("a new document")
    }

    /// Moves a page to the trash, as somebody who may delete everything, with the pages below it.
    pub async fn trash(&self, page: DocumentId) -> DocumentRow {
        let viewer = Viewer { sees_all: true, ..self.viewer(self.owner.account_id) };
        match trash::rows::trash(&self.db, &self.by(), &viewer, page, Children::Trash).await.expect("written") {
            Trashed::Moved(row) => *row,
            refused => panic!("{refused:?}"),
        }
    }

    /// Restores a page; without a place, to the personal space of the owner.
    pub async fn restore(&self, page: DocumentId) -> DocumentRow {
        let home = spaces::rows::personal(&self.db, self.workspace, self.owner.account_id).await.expect("made");
        let restored = trash::rows::restore(&self.db, &self.by(), page, home.space_id).await.expect("written");
        restored.expect("it is there")
    }

    pub async fn join(&self, name: &str) -> AccountId {
        let token = name.as_bytes().iter().copied().chain(uuid::Uuid::new_v4().into_bytes()).collect::<Vec<u8>>();
        members::add_invite(
            &self.db,
            &self.by(),
            uuid::Uuid::now_v7(),
            Role::Analyst.into(),
            self.owner.account_id,
            token.clone(),
        )
        .await
        .expect("an invite");
        let joiner = || Joiner::New(person(name));
        let accepted = members::accept_invite(&self.db, &self.by(), token.clone(), joiner()).await.expect("readable");
        let accepted = accepted.expect("an open invite");
        let again = members::accept_invite(&self.db, &self.by(), token, joiner()).await.expect("readable");
        assert!(again.is_none(), "it works once");
        assert_eq!(accepted.0, self.workspace);
        accepted.1
    }

    /// Sees what the account has any right to.
    pub fn viewer(&self, account: AccountId) -> Viewer {
        let levels = vec!["view", "comment", "edit", "approve", "admin"];
        Viewer { workspace: self.workspace, account, sees_all: false, levels }
    }

    pub fn everything(&self, account: AccountId) -> DocumentFilter {
        DocumentFilter {
            viewer: self.viewer(account),
            title: String::new(),
            kind: String::new(),
            category: String::new(),
            status: String::new(),
            tag: String::new(),
            owner: None,
            is_shared: false,
            archived: false,
            trashed: false,
            order: Order::Updated(Direction::Down, None),
            limit: 100,
        }
    }

    pub async fn titles(
        &self,
        account: AccountId,
        search: &str,
        before: Option<(DateTime<Utc>, DocumentId)>,
    ) -> Vec<String> {
        let order = Order::Updated(Direction::Down, before);
        let filter = DocumentFilter { title: search.into(), order, limit: 2, ..self.everything(account) };
        let rows = list_rows::visible(&self.db, filter).await.expect("readable");
        rows.into_iter().map(|row| row.title).collect()
    }

    /// Adds an API key that does not expire to a member.
    pub async fn add_key(&self, account: AccountId) {
        let key = database::NewKey {
            account,
            name: "script".into(),
            token_hash: uuid::Uuid::new_v4().into_bytes().to_vec(),
            scopes: vec!["documents:read".into()],
            per_minute: 60,
            expires_at: None,
        };
        database::keys::add(&self.db, &self.by(), key).await.expect("made");
    }
}
