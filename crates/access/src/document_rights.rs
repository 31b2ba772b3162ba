//! The right of a caller to one document. A member has it by role, shares and authorship, a guest by the link, and a
//! member of another workspace by a link that they opened.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{DocumentRow, accounts, documents, grants, links, members};
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Right, Role, Stored, WorkspaceId};

use crate::{
    App,
    caller::{Caller, Via, Visitor},
    rights::{Standing, guest_right},
};
use endpoint::{Error, Result};

/// A document and the caller's right to it.
pub struct Access {
    pub document: DocumentRow,
    pub right: Right,
    /// Whether the caller may decide on requests for approval. Somebody whose role does not let them edit may be
    /// allowed to.
    pub may_approve: bool,
    /// When a grant that gives the right expires.
    pub until: Option<DateTime<Utc>>,
}

impl App {
    /// A document of the caller's workspace, even if it is in the trash, and the caller's right to it.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a document that exists but that the caller has no right to.
    pub async fn access(&self, caller: &Caller, document: DocumentId) -> Result<Access> {
        self.access_as(caller.workspace, caller.role, caller.member.account_id, document).await
    }

    /// Like [`App::access`], for a member who is not the caller.
    ///
    /// # Errors
    /// As [`App::access`].
    pub async fn access_as(
        &self,
        workspace: WorkspaceId,
        role: Role,
        account: AccountId,
        document: DocumentId,
    ) -> Result<Access> {
        let document = documents::find(&self.db, workspace, document).await?.ok_or(Error::NotFound("document"))?;
        let given = grants::standings_of(&self.db, document.document_id, account.0).await?;
        let standing = Standing {
            role,
            is_creator: document.created_by == Some(account),
            grant: given.levels.iter().filter_map(Stored::known).max(),
            open: document.open_level.iter().chain(&document.inherited_open).filter_map(Stored::known).max(),
        };
        let right = standing.right().ok_or(Error::NotFound("document"))?;
        Ok(Access { document, right, may_approve: standing.may_approve(), until: given.until })
    }

    /// Like [`App::access`], for a visitor. A signed-in member of another workspace gets the right of a link that they
    /// used.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a document that exists but that the visitor has no right to.
    pub async fn access_of(&self, visitor: &Visitor, document: DocumentId) -> Result<Access> {
        match visitor {
            Visitor::Guest(guest, _) => self.access_by_link(guest.guest_id.0, document).await,
            Visitor::Member(caller) => match (self.access(caller, document).await, &caller.via) {
                (Err(Error::NotFound(_)), Via::Session(_)) => {
                    self.access_by_link(caller.member.account_id.0, document).await
                }
                (access, _) => access,
            },
        }
    }

    /// Like [`App::access_of`], for an account or guest who is not the caller: the person for whom a URL was signed.
    ///
    /// # Errors
    /// As [`App::access_of`].
    pub async fn access_of_person(&self, workspace: WorkspaceId, person: Uuid, document: DocumentId) -> Result<Access> {
        let account = AccountId(person);
        if let Some(member) = members::find(&self.db, workspace, account).await?
            && let Some(role) = member.role.known()
        {
            match self.access_as(workspace, role, account, document).await {
                Err(Error::NotFound(_)) => {}
                access => return access,
            }
        }
        let is_account = accounts::find(&self.db, account).await?.is_some();
        if is_account && accounts::find_enabled(&self.db, account).await?.is_none() {
            return Err(Error::NotFound("document"));
        }
        self.access_by_link(person, document).await
    }

    async fn access_by_link(&self, visitor: Uuid, document: DocumentId) -> Result<Access> {
        let workspace =
            links::workspace_visited(&self.db, visitor, document).await?.ok_or(Error::NotFound("document"))?;
        let document = documents::find(&self.db, workspace, document).await?.ok_or(Error::NotFound("document"))?;
        let given = grants::standings_by_link(&self.db, document.document_id, visitor).await?;
        let right = given.levels.iter().filter_map(Stored::known).max();
        let right = right.map(guest_right).ok_or(Error::NotFound("document"))?;
        Ok(Access { document, right, may_approve: false, until: given.until })
    }
}

/// Caches which documents a caller may see, so that each document is looked up only once.
#[derive(Default)]
pub struct VisibleDocuments(HashMap<DocumentId, bool>);

impl VisibleDocuments {
    pub async fn reaches(&mut self, app: &App, caller: &Caller, document: DocumentId) -> Result<bool> {
        if let Some(known) = self.0.get(&document) {
            return Ok(*known);
        }
        let may = match app.access(caller, document).await {
            Ok(_) => true,
            Err(Error::NotFound(_)) => false,
            Err(error) => return Err(error),
        };
        self.0.insert(document, may);
        Ok(may)
    }
}

impl Access {
    /// The right of a caller who has just created the document.
    pub fn of_creator(document: DocumentRow) -> Access {
        Access { document, right: Right::Admin, may_approve: true, until: None }
    }

    /// # Errors
    /// [`Error::Forbidden`] below `needed`.
    pub fn at_least(self, needed: Right) -> Result<Access> {
        if self.right >= needed { Ok(self) } else { Err(Error::Forbidden) }
    }

    /// # Errors
    /// [`Error::Gone`] in the trash.
    pub fn outside_the_trash(self) -> Result<Access> {
        match self.document.trashed_at {
            None => Ok(self),
            Some(_) => Err(Error::Gone("the document is in the trash or was purged")),
        }
    }
}
