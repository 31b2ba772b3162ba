//! Grants on documents: by name, through groups, and by links.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::sql::Db;
use vocabulary::{DocumentId, Right, Stored};

/// The combined grant of a person on one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standings {
    pub levels: Vec<Stored<Right>>,
    /// When the first grant expires: the combined grant is looked up again then.
    pub until: Option<DateTime<Utc>>,
}

/// The grant of a person on a document by links only, as valid now.
pub async fn standings_by_link(db: &Db, document: DocumentId, visitor: Uuid) -> sqlx::Result<Standings> {
    let rows: Vec<(Stored<Right>, Option<DateTime<Utc>>)> = db
        .query(
            "select level, expires_at from link join link_visitor using (link_id)
              where document_id = $1 and visitor_id = $2 and (expires_at is null or expires_at > $3)",
        )
        .bind(document)
        .bind(visitor)
        .bind(Utc::now())
        .all()
        .await?;
    Ok(Standings::of(rows))
}

/// The combined grant of a person on a document, as valid now: by name, through groups, and by links.
pub async fn standings_of(db: &Db, document: DocumentId, visitor: Uuid) -> sqlx::Result<Standings> {
    let rows: Vec<(Stored<Right>, Option<DateTime<Utc>>)> = db
        .query(
            "select level, expires_at from document_grant
              where document_id = $1 and account_id = $2 and (expires_at is null or expires_at > $3)
             union all
             select level, expires_at from group_grant join group_member using (group_id)
              where document_id = $1 and account_id = $2 and (expires_at is null or expires_at > $3)
             union all
             select level, expires_at from link join link_visitor using (link_id)
              where document_id = $1 and visitor_id = $2 and (expires_at is null or expires_at > $3)",
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
