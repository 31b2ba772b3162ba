//! The mark of a restore that was begun: a separate table, which is created before anything else is written, so that it
//! exists during the whole restore. The transaction that writes the rows removes it. While it exists, no server starts
//! on the database.

use crate::sql::Db;

/// Removes the mark, in the transaction that ends a restore.
pub(crate) const END: &str = "drop table if exists restore_begun";

impl Db {
    /// Records that a restore into this database begins. `about` is stored for the next run of the same command.
    pub async fn begin_restore(&self, about: Vec<u8>) -> sqlx::Result<()> {
        let mut tx = self.begin().await?;
        tx.query("create table if not exists restore_begun (about bytea not null)").execute().await?;
        tx.query("delete from restore_begun").execute().await?;
        tx.query("insert into restore_begun (about) values ($1)").bind(about).execute().await?;
        tx.commit().await
    }

    /// The value that [`Db::begin_restore`] stored, if that restore has not finished.
    pub async fn begun_restore(&self) -> sqlx::Result<Option<Vec<u8>>> {
        if !self.tables().await?.iter().any(|name| name == "restore_begun") {
            return Ok(None);
        }
        let about: Option<(Vec<u8>,)> = self.query("select about from restore_begun").optional().await?;
        Ok(Some(about.map(|(about,)| about).unwrap_or_default()))
    }

    /// The tables of another program. Returns none for a database that is empty, or that has an instance, a journal or
    /// the remains of an interrupted restore.
    pub async fn foreign_tables(&self) -> sqlx::Result<Vec<String>> {
        /// Our tables that may exist without the tables of an instance.
        const OURS: [&str; 5] = ["_sqlx_migrations", "restore_begun", "journal_row", "snapshot", "kept"];
        let tables = self.tables().await?;
        let has = |name: &str| tables.iter().any(|table| table == name);
        // Other programs may also have a table of migrations, or of accounts. These tables are those of our first
        // migration.
        if ["workspace", "document_grant", "idempotent_answer"].into_iter().all(has) {
            return Ok(Vec::new());
        }
        Ok(tables.into_iter().filter(|name| !OURS.contains(&name.as_str())).collect())
    }

    /// The names of all tables, without those of the engine and of its extensions.
    pub(crate) async fn tables(&self) -> sqlx::Result<Vec<String>> {
        let found: Vec<(String,)> = self
            .pick(
                "select relname::text from pg_class
                  where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relkind in ('r', 'p')
                    and not exists (select 1 from pg_depend
                                     where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
                  order by relname",
                "select name from sqlite_master
                  where type = 'table' and name not like 'sqlite!_%' escape '!' order by name",
            )
            .all()
            .await?;
        Ok(found.into_iter().map(|(name,)| name).collect())
    }
}
