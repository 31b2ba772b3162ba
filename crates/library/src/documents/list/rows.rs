//! The rows of a list of documents: a page of those that a member may see, filtered and in order.
//!
//! There is an index for every order. If a filter that few documents match is set (a tag, an owner, a share or the
//! archive), the statement begins with that filter instead: it finds its documents first, and sorts them.

use chrono::{DateTime, Utc};
use database::{Db, DocumentRow, Query, sort_key::sort_key};
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Status};

use crate::visibility::{Viewer, is_visible};

/// The sort key of a list, with ties ordered by id, and the end of the previous page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Updated(Direction, Option<(DateTime<Utc>, DocumentId)>),
    Created(Direction, Option<(DateTime<Utc>, DocumentId)>),
    /// Ignores case.
    Title(Direction, Option<(String, DocumentId)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// The filter of a list of documents. Empty texts match all documents.
pub struct DocumentFilter {
    pub viewer: Viewer,
    /// A part of the title, in any case.
    pub title: String,
    pub kind: String,
    pub category: String,
    pub status: String,
    /// One of the document's tags.
    pub tag: String,
    /// Who created it.
    pub owner: Option<AccountId>,
    /// Whether it was shared directly with the viewer or with one of the viewer's groups.
    pub is_shared: bool,
    /// Whether archived documents are in the list, if no status is given.
    pub archived: bool,
    pub trashed: bool,
    pub order: Order,
    pub limit: i64,
}

/// The order or filter that a list's statement begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// The index of the order.
    Order,
    Tag,
    Shared,
    Owner,
    Archived,
}

impl DocumentFilter {
    /// Chooses the filter that usually matches the fewest documents.
    pub fn lead(&self) -> Lead {
        match self {
            // The statement for shared documents also filters by tag.
            _ if self.is_shared => Lead::Shared,
            _ if !self.tag.is_empty() => Lead::Tag,
            _ if self.status == Status::Archived.as_str() => Lead::Archived,
            _ if self.owner.is_some() => Lead::Owner,
            _ => Lead::Order,
        }
    }
}

/// The SQL of one page of a list: the rows after the last row of the previous page, ordered by one key and then by id.
macro_rules! page {
    ($lead:literal, $key:literal, $direction:literal, $past:literal) => {
        concat!(
            "select * from document
              where workspace_id = $1 and name is null and purged_at is null and purging_at is null
                and ((trashed_at is not null) = $10) and ",
            $lead,
            is_visible!("document"),
            " and ($11 = '' or replace(title_key, $11, '') <> title_key)
                and ($12 = '' or kind = $12)
                and ($13 = '' or category = $13)
                and ($14 = '' or status = $14)
                and ($21 or $14 <> '' or status <> 'archived')
                and ($20 is null or created_by = $20)
                and ($17 or ",
            $key,
            " ",
            $past,
            " $18 or (",
            $key,
            " = $18 and document_id ",
            $past,
            " $19))
              order by ",
            $key,
            " ",
            $direction,
            ", document_id ",
            $direction,
            " limit $16"
        )
    };
}

macro_rules! pages {
    ($lead:literal, $order:expr) => {
        match $order {
            Order::Updated(Direction::Down, _) => page!($lead, "updated_at", "desc", "<"),
            Order::Updated(Direction::Up, _) => page!($lead, "updated_at", "asc", ">"),
            Order::Created(Direction::Down, _) => page!($lead, "created_at", "desc", "<"),
            Order::Created(Direction::Up, _) => page!($lead, "created_at", "asc", ">"),
            Order::Title(Direction::Down, _) => page!($lead, "title_key", "desc", "<"),
            Order::Title(Direction::Up, _) => page!($lead, "title_key", "asc", ">"),
        }
    };
}

/// The SQL of a list.
pub fn statement(lead: Lead, order: &Order) -> &'static str {
    match lead {
        Lead::Order => pages!("", order),
        Lead::Tag => pages!(
            "document_id in (select document_id from tag join document_tag using (tag_id)
                              where tag.workspace_id = $1 and tag.name = $15) and ",
            order
        ),
        Lead::Shared => pages!(
            "document_id in (
                 select document_id from document_grant
                  where account_id = $2 and (expires_at is null or expires_at > $4)
                 union all
                 select document_id from group_grant join group_member using (group_id)
                  where account_id = $2 and (expires_at is null or expires_at > $4))
                and (created_by is null or created_by <> $2)
                and ($15 = '' or document_id in (select document_id from tag join document_tag using (tag_id)
                                                  where tag.workspace_id = $1 and tag.name = $15)) and ",
            order
        ),
        Lead::Owner => pages!("created_by = $20 and ", order),
        Lead::Archived => pages!("status = 'archived' and ", order),
    }
}

/// Binds the parameters of a list.
pub fn bound<'q>(query: Query<'q>, filter: DocumentFilter) -> Query<'q> {
    let query = filter
        .viewer
        .bind(query)
        .bind(filter.trashed)
        .bind(sort_key(&filter.title))
        .bind(filter.kind)
        .bind(filter.category)
        .bind(filter.status)
        .bind(filter.tag)
        .bind(filter.limit);
    let nobody = DocumentId(Uuid::nil());
    let query = match filter.order {
        Order::Updated(_, None) | Order::Created(_, None) => query.bind(true).bind(Utc::now()).bind(nobody),
        Order::Updated(_, Some((at, id))) | Order::Created(_, Some((at, id))) => query.bind(false).bind(at).bind(id),
        Order::Title(_, None) => query.bind(true).bind(String::new()).bind(nobody),
        Order::Title(_, Some((title, id))) => query.bind(false).bind(sort_key(&title)).bind(id),
    };
    query.bind(filter.owner).bind(filter.archived)
}

/// Lists a page of the documents that an account may see, in the requested order.
pub async fn visible(db: &Db, filter: DocumentFilter) -> sqlx::Result<Vec<DocumentRow>> {
    bound(db.query(statement(filter.lead(), &filter.order)), filter).all().await
}
