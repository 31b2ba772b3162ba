//! Exports and imports that an operator begins on the machine. They are rows in the same queues as those of people, and
//! are carried out by a running node or, if there is none, by the command itself. An operator acts in the name and with
//! the rights of an admin, but the audit log names the system as the actor.

use access::{App, Task};
use database::{Actor, Db, accounts, members};
use endpoint::{Error, Result};
use files::Files;
use files::staging::Kept;
use vocabulary::{
    AccountId, ActorKind, ExportId, ExportState, ImportId, ImportKind, ImportState, Role, SpaceId, WorkspaceId,
};

use crate::export_jobs::{self, rows as exports};
use crate::imports::report::Line;
use crate::imports::{file_rows, rows as imports, worker};
pub use crate::package::{packed, unpacked};

/// An admin of a workspace, in whose name an operator acts.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    pub workspace: WorkspaceId,
    pub account: AccountId,
}

/// The progress of an export or import.
#[derive(Debug)]
pub struct Asked {
    pub state: State,
    pub done: i64,
    pub total: i64,
}

#[derive(Debug)]
pub enum State {
    Waiting,
    Working,
    Done,
    /// The job failed, with the reason.
    Failed(String),
}

impl Operator {
    /// The admin with this email address, or the owner of the first workspace.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn find(db: &Db, email: Option<&str>) -> Result<Operator> {
        let first = members::first_workspace(db).await?.ok_or(Error::NotFound("workspace"))?;
        let Some(email) = email else {
            let all = members::list(db, first).await?;
            let admins = || all.iter().filter(|member| member.role.known() == Some(Role::Admin));
            let found = admins().find(|member| member.is_owner).or_else(|| admins().next());
            let account = found.ok_or(Error::NotFound("admin"))?.account_id;
            return Ok(Operator { workspace: first, account });
        };
        let account = accounts::by_email(db, email).await?.ok_or(Error::NotFound("account with this address"))?;
        let memberships = members::memberships(db, account.account_id).await?;
        let found = memberships.into_iter().find(|membership| membership.role.known() == Some(Role::Admin));
        let workspace = found.ok_or(Error::NotFound("workspace of which this account is an admin"))?.workspace_id;
        Ok(Operator { workspace, account: account.account_id })
    }

    fn actor(&self) -> Actor {
        Actor { kind: ActorKind::System, id: Some(self.account.0), ..Actor::system(self.workspace) }
    }

    /// Queues an export of the whole workspace, with everything in it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn export(&self, db: &Db) -> Result<ExportId> {
        let new = exports::NewExport {
            scope: "workspace",
            space: None,
            document: None,
            title: "Workspace".to_owned(),
            comments: true,
            revisions: true,
            by_operator: true,
        };
        Ok(exports::add(db, &self.actor(), self.account, 0, new).await?.ok_or(Error::NotFound("export"))?.export_id)
    }

    /// The progress of an export, and its archive when it is done.
    ///
    /// # Errors
    /// [`Error::NotFound`] once it is removed.
    pub async fn exported(&self, db: &Db, id: ExportId) -> Result<(Asked, Option<Kept>)> {
        let found = exports::find(db, self.workspace, self.account, id).await?.ok_or(Error::NotFound("export"))?;
        let state = match found.state.known() {
            Some(ExportState::Waiting) => State::Waiting,
            Some(ExportState::Working) => State::Working,
            Some(ExportState::Done) => State::Done,
            _ => State::Failed(found.detail.clone()),
        };
        Ok((Asked { state, done: found.done, total: found.total }, found.kept()))
    }

    /// Removes an export.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_export(&self, db: &Db, id: ExportId) -> Result<()> {
        exports::remove(db, &self.actor(), id).await?;
        Ok(())
    }

    /// The space with this name or id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn space(&self, db: &Db, wanted: &str) -> Result<SpaceId> {
        let spaces = library::spaces::rows::all(db, self.workspace).await?;
        let found = spaces.into_iter().find(|(id, name, _)| name == wanted || id.to_string() == wanted);
        Ok(found.ok_or(Error::NotFound("space with this name"))?.0)
    }

    /// Queues an import of files that are in the store.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn import(
        &self,
        db: &Db,
        kind: ImportKind,
        space: Option<SpaceId>,
        files: &[(String, Kept)],
    ) -> Result<ImportId> {
        let by = self.actor();
        let new = imports::NewImport { kind, space, parent: None, by_operator: true };
        let id = imports::add(db, &by, self.account, 0, new).await?.ok_or(Error::NotFound("import"))?.import_id;
        for (path, kept) in files {
            file_rows::add_file(db, id, file_rows::NewPart { path, kept, within: None }, (u64::MAX, u64::MAX)).await?;
        }
        imports::start(db, &by, id, false).await?.ok_or(Error::Invalid("there are no files"))?;
        Ok(id)
    }

    /// Cancels an import, unless it has shown its pages; returns the objects of its files.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn give_up_import(&self, db: &Db, id: ImportId) -> Result<Vec<String>> {
        match imports::cancel(db, &self.actor(), id).await? {
            true => Ok(file_rows::take_files(db, id).await?),
            // The import has ended, and its files are removed, or it continues.
            false => Ok(Vec::new()),
        }
    }

    /// The progress of an import, and what could not be carried over.
    ///
    /// # Errors
    /// [`Error::NotFound`] once it is forgotten.
    pub async fn imported(&self, db: &Db, id: ImportId) -> Result<(Asked, Vec<String>)> {
        let found = imports::find(db, self.workspace, self.account, id).await?.ok_or(Error::NotFound("import"))?;
        let state = match found.state.known() {
            Some(ImportState::Open | ImportState::Waiting | ImportState::Checked) => State::Waiting,
            Some(ImportState::Working) => State::Working,
            Some(ImportState::Done) => State::Done,
            _ => State::Failed(found.detail.clone()),
        };
        let line = |line: &Line| match (line.file.as_str(), line.place.as_str()) {
            ("", "") => line.what.clone(),
            (file, "") => format!("{file}: {}", line.what),
            (file, place) => format!("{file}: {} ({place})", line.what),
        };
        let mut lines: Vec<String> = found.report.0.iter().map(line).collect();
        if found.more > 0 {
            lines.push(format!("… and {} more", found.more));
        }
        Ok((Asked { state, done: found.done, total: found.total }, lines))
    }
}

/// The workers that carry out exports and imports, for a command while no server is running.
pub fn tasks(app: &App, files: &Files) -> Vec<Task> {
    vec![
        Task::new("imports", worker::run(app.clone(), files.clone())),
        Task::new("exports", export_jobs::worker::run(app.clone(), files.clone())),
    ]
}
