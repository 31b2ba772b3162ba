//! The rows of publications, and what visitors may read.

use chrono::{DateTime, Utc};
use database::{Actor, Db};
use vocabulary::{AccountId, DocumentId, Event, PublicationId, RevisionId, SpaceId, WorkspaceId};

/// The document or space that is put on the web.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    Document(DocumentId),
    Space(SpaceId),
}

impl Published {
    fn ids(self) -> (Option<DocumentId>, Option<SpaceId>) {
        match self {
            Published::Document(document) => (Some(document), None),
            Published::Space(space) => (None, Some(space)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct PublicationRow {
    pub publication_id: PublicationId,
    pub workspace_id: WorkspaceId,
    pub document_id: Option<DocumentId>,
    pub space_id: Option<SpaceId>,
    /// The key at the end of the address, by which the publication is found.
    pub key: String,
    /// The words before the key in the address.
    pub slug: String,
    /// The title for search engines and previews; empty for the title of the document or space.
    pub meta_title: String,
    pub description: String,
    pub keywords: String,
    /// The address that search engines should use; empty for its own.
    pub canonical: String,
    /// A BCP 47 tag.
    pub language: String,
    /// Whether search engines may list it.
    pub is_indexed: bool,
    /// Whether the pages ask "Was this helpful?".
    pub asks_helpful: bool,
    pub views: i64,
    pub helpful: i64,
    pub not_helpful: i64,
    pub published_by: Option<AccountId>,
    pub published_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

pub async fn find(db: &Db, workspace: WorkspaceId, of: Published) -> sqlx::Result<Option<PublicationRow>> {
    let (document, space) = of.ids();
    db.query("select * from publication where workspace_id = $1 and (document_id = $2 or space_id = $3)")
        .bind(workspace)
        .bind(document)
        .bind(space)
        .optional()
        .await
}

/// Puts something on the web, or changes how it is shown. If there is a row already, its counts and its key stay.
pub async fn put(db: &Db, by: &Actor, row: PublicationRow) -> sqlx::Result<PublicationRow> {
    let mut tx = db.begin().await?;
    let stored: PublicationRow = tx
        .query(
            "insert into publication (publication_id, workspace_id, document_id, space_id, key, slug, meta_title,
                    description, keywords, canonical, language, is_indexed, asks_helpful, views, helpful, not_helpful,
                    published_by, published_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, $14, $15, $15)
             on conflict (publication_id) do update set slug = excluded.slug, meta_title = excluded.meta_title,
                    description = excluded.description, keywords = excluded.keywords, canonical = excluded.canonical,
                    language = excluded.language, is_indexed = excluded.is_indexed,
                    asks_helpful = excluded.asks_helpful, updated_at = excluded.updated_at
             returning *",
        )
        .bind(row.publication_id)
        .bind(row.workspace_id)
        .bind(row.document_id)
        .bind(row.space_id)
        .bind(row.key)
        .bind(row.slug)
        .bind(row.meta_title)
        .bind(row.description)
        .bind(row.keywords)
        .bind(row.canonical)
        .bind(row.language)
        .bind(row.is_indexed)
        .bind(row.asks_helpful)
        .bind(row.published_by)
        .bind(Utc::now())
        .one()
        .await?;
    let (publication, document, space) = (stored.publication_id, stored.document_id, stored.space_id);
    tx.emit(by, Event::PublicationSet { publication, document, space }).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Takes something off the web. `false` if it was not on the web.
pub async fn remove(db: &Db, by: &Actor, row: &PublicationRow) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let publication = row.publication_id;
    let removed = tx.query("delete from publication where publication_id = $1").bind(publication).execute().await? > 0;
    if removed {
        let (document, space) = (row.document_id, row.space_id);
        tx.emit(by, Event::PublicationRemoved { publication, document, space }).await?;
    }
    tx.commit().await?;
    Ok(removed)
}

/// The revision that was last published; `None` before the first time.
pub async fn published_revision(db: &Db, document: DocumentId) -> sqlx::Result<Option<RevisionId>> {
    let row: Option<(Option<RevisionId>,)> =
        db.query("select published_revision_id from document where document_id = $1").bind(document).optional().await?;
    Ok(row.and_then(|(revision,)| revision))
}

/// Adds to the counts of views and answers.
pub async fn count(db: &Db, publication: PublicationId, views: i64, helpful: i64, not: i64) -> sqlx::Result<()> {
    db.query(
        "update publication set views = views + $2, helpful = helpful + $3, not_helpful = not_helpful + $4
          where publication_id = $1",
    )
    .bind(publication)
    .bind(views)
    .bind(helpful)
    .bind(not)
    .execute()
    .await
    .map(drop)
}

/// A page that visitors may read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PublicPage {
    pub document_id: DocumentId,
    pub workspace_id: WorkspaceId,
    pub parent_id: Option<DocumentId>,
    pub title: String,
    pub icon: String,
    pub slug: String,
    pub revision_id: RevisionId,
    /// When that revision was kept.
    pub dated: DateTime<Utc>,
}

/// The SQL condition for what visitors may read: a text that was published, in a document that is neither archived nor
/// deleted nor confidential. The published version stays readable while the next version is a draft.
macro_rules! readable {
    () => {
        "select document.document_id as document_id, document.workspace_id as workspace_id, parent_id, title, icon, slug,
                revision.revision_id as revision_id, revision.created_at as dated
           from document join revision on revision.revision_id = published_revision_id
          where trashed_at is null and purging_at is null and purged_at is null and status <> 'archived'
            and sensitivity in ('public', 'internal')"
    };
}

/// A publication by the key in its address, with the name of its workspace.
pub async fn by_key(db: &Db, key: &str) -> sqlx::Result<Option<(PublicationRow, String)>> {
    #[derive(sqlx::FromRow)]
    struct Named {
        #[sqlx(flatten)]
        row: PublicationRow,
        workspace_name: String,
    }
    let found: Option<Named> = db
        .query(
            "select publication.*, workspace.name as workspace_name
               from publication join workspace using (workspace_id) where key = $1",
        )
        .bind(key.to_owned())
        .optional()
        .await?;
    Ok(found.map(|found| (found.row, found.workspace_name)))
}

pub async fn page(db: &Db, document: DocumentId) -> sqlx::Result<Option<PublicPage>> {
    db.query(concat!(readable!(), " and document.document_id = $1")).bind(document).optional().await
}

/// The pages of a site, which are those that inherit from the space, in the order of the tree within each level.
pub async fn pages_of_space(db: &Db, space: SpaceId, most: i64) -> sqlx::Result<Vec<PublicPage>> {
    db.query(concat!(
        readable!(),
        " and space_id = $1 and space_applies = true order by rank, document.document_id limit $2"
    ))
    .bind(space)
    .bind(most)
    .all()
    .await
}

/// The name, icon and description of a space.
pub async fn space(db: &Db, space: SpaceId) -> sqlx::Result<Option<(String, String, String)>> {
    db.query("select name, icon, description from space where space_id = $1").bind(space).optional().await
}

/// The documents of a workspace that are published by themselves, with the slug and the key of the address of each.
pub async fn public_documents(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<(DocumentId, String, String)>> {
    db.query(
        "select publication.document_id as document_id, publication.slug as slug, key
           from publication join document using (document_id)
          where publication.workspace_id = $1 and trashed_at is null and purging_at is null and purged_at is null
            and status <> 'archived' and sensitivity in ('public', 'internal') and published_revision_id is not null",
    )
    .bind(workspace)
    .all()
    .await
}
