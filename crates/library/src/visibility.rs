//! Which documents a member may see, as one SQL condition: lists, the tree, and everything else that finds documents
//! use it. `access/document_rights.rs` decides the same for one document, and computes the level.

use access::{Caller, rights::ceiling};
use chrono::Utc;
use database::{Db, DocumentRow, Query};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{AccountId, DocumentId, Right, Role, SpaceId, WorkspaceId};

/// The SQL condition that a row of `document`, or of its alias, is visible. Its parameters are those of
/// [`Viewer::bind`].
macro_rules! is_visible {
    ($document:literal) => {
        concat!(
            "($3 or ",
            $document,
            ".created_by = $2 or ",
            $document,
            ".open_level in ($5, $6, $7, $8, $9) or ",
            $document,
            ".inherited_open in ($5, $6, $7, $8, $9)
              or (",
            $document,
            ".space_applies and ",
            $document,
            ".space_id in (
                  select space_id from space
                   where workspace_id = $1 and (owner_id = $2 or open_level in ($5, $6, $7, $8, $9))
                  union all
                  select space_id from space_member where account_id = $2 and level in ($5, $6, $7, $8, $9)
                  union all
                  select space_id from space_group join group_member using (group_id)
                   where account_id = $2 and level in ($5, $6, $7, $8, $9)))
              or ",
            $document,
            ".document_id in (
                  with given (document_id) as (
                      select document_id from document_grant
                       where account_id = $2 and (expires_at is null or expires_at > $4)
                         and level in ($5, $6, $7, $8, $9)
                      union all
                      select document_id from group_grant join group_member using (group_id)
                       where account_id = $2 and (expires_at is null or expires_at > $4)
                         and level in ($5, $6, $7, $8, $9)
                      union all
                      select document_id from link join link_visitor using (link_id)
                       where visitor_id = $2 and (expires_at is null or expires_at > $4)
                         and level in ($5, $6, $7, $8, $9))
                  select document_id from given
                  union all
                  select inheritance.document_id from given join inheritance on ancestor_id = given.document_id))"
        )
    };
}
pub(crate) use is_visible;

/// The number of levels.
const LEVELS: usize = 5;

/// The member for whom documents are found, and the levels that count.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub workspace: WorkspaceId,
    pub account: AccountId,
    /// Whether the member is an admin, who sees every document of the workspace.
    pub sees_all: bool,
    /// The levels of grants that count. The account's own documents always count.
    pub levels: Vec<&'static str>,
}

impl Viewer {
    /// A viewer of the documents to which the caller has at least this right; `None` when the caller's role never has
    /// it.
    pub fn at_least(caller: &Caller, needed: Right) -> Option<Viewer> {
        if caller.role == Role::Viewer && needed > ceiling(caller.role) {
            return None;
        }
        let counts = |right: &Right| *right >= needed && needed <= ceiling(caller.role);
        Some(Viewer {
            workspace: caller.workspace,
            account: caller.member.account_id,
            sees_all: caller.role == Role::Admin,
            levels: Right::ALL.iter().copied().filter(counts).map(Right::as_str).collect(),
        })
    }

    /// A viewer of the documents that the caller may see.
    pub fn of(caller: &Caller) -> Viewer {
        let sees_all = caller.role == Role::Admin;
        let levels = Right::ALL.iter().copied().map(Right::as_str).collect();
        Viewer { workspace: caller.workspace, account: caller.member.account_id, sees_all, levels }
    }

    /// Binds the parameters of [`is_visible`], `$1` to `$9`.
    pub fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        self.bind_levels(query.bind(self.workspace).bind(self.account).bind(self.sees_all).bind(Utc::now()))
    }
}

/// What a member has been given access to, besides open documents and their own. The rules are those of [`is_visible`],
/// for a search index that keeps the place of each document and what it inherits. The documents that the index finds
/// are checked with [`Viewer::of_those`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holdings {
    /// The spaces whose level applies to the member.
    pub spaces: Vec<SpaceId>,
    /// The documents that were shared with the member, who also has these rights to the pages that inherit from them.
    pub documents: Vec<DocumentId>,
}

/// Selects the documents with the ids `$10`, on SQLite. The `+` sign keeps SQLite from reading every document of the
/// workspace instead.
macro_rules! those {
    () => {
        concat!(
            "select * from document where document_id in (select unhex(value) from json_each($10))
                and +workspace_id = $1 and name is null
                and trashed_at is null and purging_at is null and purged_at is null and ",
            is_visible!("document")
        )
    };
}

impl Viewer {
    /// Lists what the member has been given access to.
    pub async fn holdings(&self, db: &Db) -> sqlx::Result<Holdings> {
        let spaces = db.query(
            "select space_id from space
              where workspace_id = $1 and (owner_id = $2 or open_level in ($3, $4, $5, $6, $7))
             union
             select space_id from space_member where account_id = $2 and level in ($3, $4, $5, $6, $7)
             union
             select space_id from space_group join group_member using (group_id)
              where account_id = $2 and level in ($3, $4, $5, $6, $7)",
        );
        let spaces: Vec<(SpaceId,)> = self.bind_levels(spaces.bind(self.workspace).bind(self.account)).all().await?;
        let given = db.query(
            "select document_id from document_grant
              where account_id = $2 and (expires_at is null or expires_at > $1) and level in ($3, $4, $5, $6, $7)
             union
             select document_id from group_grant join group_member using (group_id)
              where account_id = $2 and (expires_at is null or expires_at > $1) and level in ($3, $4, $5, $6, $7)
             union
             select document_id from link join link_visitor using (link_id)
              where visitor_id = $2 and (expires_at is null or expires_at > $1) and level in ($3, $4, $5, $6, $7)",
        );
        let given: Vec<(DocumentId,)> = self.bind_levels(given.bind(Utc::now()).bind(self.account)).all().await?;
        Ok(Holdings {
            spaces: spaces.into_iter().map(|(space,)| space).collect(),
            documents: given.into_iter().map(|(document,)| document).collect(),
        })
    }

    /// Returns those of these documents that the member sees now and that are not in the trash, in any order.
    pub async fn of_those(&self, db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<DocumentRow>> {
        let ids: Vec<String> = documents.iter().map(|document| document.0.simple().to_string()).collect();
        let query = db.pick(
            concat!(
                "select * from document
                  where document_id in (select value::uuid from jsonb_array_elements_text($10) as one (value))
                    and workspace_id = $1 and name is null
                    and trashed_at is null and purging_at is null and purged_at is null and ",
                is_visible!("document")
            ),
            those!(),
        );
        self.bind(query).bind(Json(json!(ids))).all().await
    }

    fn bind_levels<'q>(&self, query: Query<'q>) -> Query<'q> {
        let mut levels = self.levels.iter();
        (0..LEVELS).fold(query, |query, _| query.bind(levels.next().copied().unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use database::DbOptions;

    /// [FIND-4] The rows of a few hits are read by their ids, however many documents the workspace has.
    #[tokio::test]
    async fn hits_are_read_by_their_ids() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("rows.db").display());
        let db = Db::connect(&url, &DbOptions::default()).await.expect("connected");
        db.migrate().await.expect("migrated");
        let viewer = Viewer {
            workspace: WorkspaceId::new(),
            account: AccountId::new(),
            sees_all: false,
            levels: Right::ALL.iter().copied().map(Right::as_str).collect(),
        };
        let plan = viewer.bind(db.query(concat!("explain query plan ", those!()))).bind(Json(json!(["00"])));
        let plan: Vec<(i64, i64, i64, String)> = plan.all().await.expect("a plan");
        let of_documents: Vec<&str> =
            plan.iter().map(|step| step.3.as_str()).filter(|step| step.starts_with("SEARCH document USING")).collect();
        assert!(matches!(of_documents[..], [one] if one.contains("(document_id=?)")), "{plan:?}");
    }
}
