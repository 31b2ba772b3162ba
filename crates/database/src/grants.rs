//! What gives a person a right to a document: its space, and grants by name, through groups and by links, on the
//! document or on a page above whose grants it inherits.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::sql::Db;
use vocabulary::{DocumentId, Right, Stored};

/// Everything that gives a person a right to one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standings {
    pub levels: Vec<Stored<Right>>,
    /// When the first of them expires. After that, they must be looked up again.
    pub until: Option<DateTime<Utc>>,
}

/// The rights that links alone give a visitor at present.
pub async fn standings_by_link(db: &Db, document: DocumentId, visitor: Uuid) -> sqlx::Result<Standings> {
    let rows: Vec<(Stored<Right>, Option<DateTime<Utc>>)> = db
        .query(
            "with giver (document_id) as (
                 select document_id from document where document_id = $1
                 union all
                 select ancestor_id from inheritance where document_id = $1)
             select level, expires_at from giver join link using (document_id) join link_visitor using (link_id)
              where visitor_id = $2 and (expires_at is null or expires_at > $3)",
        )
        .bind(document)
        .bind(visitor)
        .bind(Utc::now())
        .all()
        .await?;
    Ok(Standings::of(rows))
}

/// The rights that are given to a member of the document's workspace at present: by name, through groups and by links,
/// on the document and on the pages above; and by the space, to its owner, to its members or to everybody. The
/// document's own open level and its `inherited_open` are in its row.
pub async fn standings_of(db: &Db, document: DocumentId, visitor: Uuid) -> sqlx::Result<Standings> {
    let rows: Vec<(Stored<Right>, Option<DateTime<Utc>>)> = db
        .query(
            "with giver (document_id) as (
                 select document_id from document where document_id = $1
                 union all
                 select ancestor_id from inheritance where document_id = $1)
             select level, expires_at from giver join document_grant using (document_id)
              where account_id = $2 and (expires_at is null or expires_at > $3)
             union all
             select level, expires_at
               from giver join group_grant using (document_id) join group_member using (group_id)
              where account_id = $2 and (expires_at is null or expires_at > $3)
             union all
             select level, expires_at from giver join link using (document_id) join link_visitor using (link_id)
              where visitor_id = $2 and (expires_at is null or expires_at > $3)
             union all
             select level, null from document join space_member using (space_id)
              where document_id = $1 and space_applies and account_id = $2
             union all
             select level, null
               from document join space_group using (space_id) join group_member using (group_id)
              where document_id = $1 and space_applies and account_id = $2
             union all
             select space.open_level, null from document join space using (space_id)
              where document_id = $1 and space_applies and space.open_level is not null
             union all
             select 'admin', null from document join space using (space_id)
              where document_id = $1 and space_applies and owner_id = $2",
        )
        .bind(document)
        .bind(visitor)
        .bind(Utc::now())
        .all()
        .await?;
    Ok(Standings::of(rows))
}

impl Standings {
    fn of(rows: Vec<(Stored<Right>, Option<DateTime<Utc>>)>) -> Standings {
        let until = rows.iter().filter_map(|(_, until)| *until).min();
        Standings { levels: rows.into_iter().map(|(level, _)| level).collect(), until }
    }
}
