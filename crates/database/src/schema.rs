//! The schema: creating it, migrating it, and recognising the schema of a database without changing it.

use std::collections::BTreeSet;

use sqlx::migrate::{MigrateError, Migrator};
use thiserror::Error;

use crate::nodes;
use crate::sql::{Db, DbOptions, Engine};

/// The shared value with the version of the program that created or last migrated the schema.
const MADE_BY: &str = "schema-made-by";
/// The shared value with which earlier versions marked a database into which a backup is restored.
const RESTORING: &str = "restoring";

#[derive(Debug, Error)]
pub enum SchemaError {
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error(transparent)]
    Migration(#[from] MigrateError),
    #[error(
        "the schema of the database is newer than this program ({}): consilium {needs} or later is needed",
        env!("CARGO_PKG_VERSION")
    )]
    Newer { needs: String },
    #[error("there is no instance: the database {0}")]
    NoInstance(&'static str),
    #[error("a restore into this database was begun and has not finished: run `consilium restore` again")]
    Restoring,
    #[error("the database has tables of another program ({}): name a database of its own", some(.0))]
    Foreign(Vec<String>),
}

/// The first of these names, as text for a message.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, …") } else { shown }
}

/// How the schema of a database compares with the one that this program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// There are no tables.
    Missing,
    /// The schema is older than this program. The server migrates it at its next start.
    Older,
    Current,
    /// The schema is newer than this program. Names the version of the program that made it.
    Newer(String),
}

impl Db {
    /// Opens the database of an existing instance, and creates and migrates nothing.
    ///
    /// # Errors
    /// [`SchemaError`], also when there is no instance, the instance is only half restored, or it needs a newer
    /// program.
    pub async fn open_existing(url: &str, options: &DbOptions) -> Result<Db, SchemaError> {
        let db = Db::open(url, options, false).await.map_err(|error| match error {
            // SQLITE_CANTOPEN: the file does not exist.
            sqlx::Error::Database(error) if error.code().as_deref() == Some("14") => {
                SchemaError::NoInstance("file does not exist")
            }
            error => error.into(),
        })?;
        // Checked before anything else, because a half restored database may not have a schema yet.
        if db.is_half_restored().await? {
            return Err(SchemaError::Restoring);
        }
        if !db.foreign_tables().await?.is_empty() {
            return Err(SchemaError::NoInstance("has tables of another program"));
        }
        match db.schema().await? {
            Schema::Missing => return Err(SchemaError::NoInstance("is empty")),
            Schema::Newer(needs) => return Err(SchemaError::Newer { needs }),
            Schema::Older | Schema::Current => {}
        }
        Ok(db)
    }

    /// Compares the schema with the one that this program knows.
    pub async fn schema(&self) -> sqlx::Result<Schema> {
        let applied = self.applied_migrations().await?;
        let known: BTreeSet<i64> = self.migrations().iter().map(|migration| migration.version).collect();
        Ok(match () {
            () if applied.is_empty() => Schema::Missing,
            () if !applied.is_subset(&known) => {
                let made_by = nodes::shared(self, MADE_BY).await?.and_then(|name| String::from_utf8(name).ok());
                Schema::Newer(made_by.unwrap_or_else(|| "of a newer version".into()))
            }
            () if applied == known => Schema::Current,
            () => Schema::Older,
        })
    }

    /// Whether a restore into this database was begun and did not finish.
    async fn is_half_restored(&self) -> sqlx::Result<bool> {
        if self.begun_restore().await?.is_some() {
            return Ok(true);
        }
        let has_values = self.tables().await?.iter().any(|name| name == "shared_value");
        Ok(has_values && self.foreign_tables().await?.is_empty() && nodes::shared(self, RESTORING).await?.is_some())
    }

    /// Refuses a database of another program, before anything is written there.
    ///
    /// # Errors
    /// [`SchemaError::Foreign`].
    pub async fn refuse_foreign(&self) -> Result<(), SchemaError> {
        let tables = self.foreign_tables().await?;
        if tables.is_empty() { Ok(()) } else { Err(SchemaError::Foreign(tables)) }
    }

    /// Prepares the database for a server: migrates it, unless it must not be served.
    ///
    /// # Errors
    /// [`SchemaError`], also when a restore has not finished or the tables are another program's.
    pub async fn make_ready(&self) -> Result<(), SchemaError> {
        self.refuse_foreign().await?;
        if self.is_half_restored().await? {
            return Err(SchemaError::Restoring);
        }
        self.migrate().await
    }

    /// The damage of the database file, if there is any. Reads every page, index and reference. `None` for a database
    /// server, which has its own tools for this.
    pub async fn damage(&self) -> sqlx::Result<Option<String>> {
        if self.is_remote() {
            return Ok(None);
        }
        let (verdict,): (String,) =
            self.query("select integrity_check from pragma_integrity_check limit 1").one().await?;
        if verdict != "ok" {
            return Ok(Some(verdict));
        }
        let astray: Option<(String,)> =
            self.query("select \"table\" from pragma_foreign_key_check limit 1").optional().await?;
        Ok(astray.map(|(table,)| format!("a row of {table} refers to a row that is missing")))
    }

    /// The versions of the migrations that were applied; empty for a database without an instance.
    pub(crate) async fn applied_migrations(&self) -> sqlx::Result<BTreeSet<i64>> {
        let found: Option<(String,)> = self
            .pick(
                "select table_name::text from information_schema.tables
                  where table_schema = current_schema() and table_name = '_sqlx_migrations'",
                "select name from sqlite_master where type = 'table' and name = '_sqlx_migrations'",
            )
            .optional()
            .await?;
        if found.is_none() {
            return Ok(BTreeSet::new());
        }
        let versions: Vec<(i64,)> = self.query("select version from _sqlx_migrations").all().await?;
        Ok(versions.into_iter().map(|(version,)| version).collect())
    }

    /// Migrates the schema. Postgres serialises this across nodes with an advisory lock. Running nodes of the previous
    /// version continue, because a migration only adds to their schema, but they cannot start again on the new schema.
    ///
    /// # Errors
    /// When a migration fails, or the schema is newer than this program.
    pub async fn migrate(&self) -> Result<(), SchemaError> {
        if let Schema::Newer(needs) = self.schema().await? {
            return Err(SchemaError::Newer { needs });
        }
        self.run_migrations(|_| true).await?;
        crate::documents::fill_title_keys(self).await?;
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        if nodes::shared(self, MADE_BY).await?.as_deref() != Some(version) {
            nodes::set_shared(self, MADE_BY, version.to_vec()).await?;
        }
        Ok(())
    }

    /// Runs the selected migrations that were not applied yet.
    pub(crate) async fn run_migrations(&self, selects: impl Fn(i64) -> bool) -> Result<(), MigrateError> {
        let all = self.migrations();
        let mut selected =
            Migrator::with_migrations(all.iter().filter(|migration| selects(migration.version)).cloned().collect());
        selected.set_ignore_missing(true);
        match self.engine() {
            Engine::Postgres(pool) => selected.run(pool).await,
            Engine::Sqlite(pool) => selected.run(pool).await,
        }
    }

    /// The migrations of this engine: those for both, and its own.
    fn migrations(&self) -> Migrator {
        let shared = sqlx::migrate!("../../migrations");
        let own = match self.engine() {
            Engine::Postgres(_) => sqlx::migrate!("../../migrations/postgres"),
            Engine::Sqlite(_) => sqlx::migrate!("../../migrations/sqlite"),
        };
        Migrator::with_migrations(shared.iter().chain(own.iter()).cloned().collect())
    }
}
