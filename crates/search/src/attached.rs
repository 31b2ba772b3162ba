//! The names of attached files, and the texts that were found in them.

use std::collections::HashMap;

use database::Db;
use vocabulary::{AttachmentId, DocumentId};

use crate::entries::ids;

/// How many characters of one file's text are searched, which is a book. Nobody searches for words in the rest of a
/// table of a million numbers.
pub const MOST_TEXT: i64 = 1_000_000;

/// The current version of an attachment. `body` is the text of the file, which is empty if it has none, or was not read
/// yet.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AttachedFile {
    pub document_id: DocumentId,
    pub attachment_id: AttachmentId,
    pub name: String,
    pub body: String,
}

/// The attachments of documents, with at most `most` characters of the text of each.
pub async fn load(db: &Db, documents: &[DocumentId], most: i64) -> sqlx::Result<Vec<AttachedFile>> {
    db.pick(
        "select document_id, attachment_id, name, coalesce(substr(body, 1, $2), '') as body
           from attachment
           join attachment_version version using (attachment_id)
           left join file_text on file_text.workspace_id = version.workspace_id and file_text.sha256 = version.sha256
          where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
            and number = (select max(number) from attachment_version newest
                           where newest.attachment_id = attachment.attachment_id)
          order by attachment_id",
        "select document_id, attachment_id, name, coalesce(substr(body, 1, $2), '') as body
           from attachment
           join attachment_version version using (attachment_id)
           left join file_text on file_text.workspace_id = version.workspace_id and file_text.sha256 = version.sha256
          where document_id in (select unhex(value) from json_each($1))
            and number = (select max(number) from attachment_version newest
                           where newest.attachment_id = attachment.attachment_id)
          order by attachment_id",
    )
    .bind(ids(documents))
    .bind(most as i32)
    .all()
    .await
}

/// Divides documents into groups whose texts together have about `most` bytes, so that indexing many with long files
/// takes no more memory than indexing a few. A single document may have more.
pub async fn groups(db: &Db, documents: &[DocumentId], most: i64) -> sqlx::Result<Vec<Vec<DocumentId>>> {
    let sizes: Vec<(DocumentId, i64)> = db
        .pick(
            "select document_id, cast(sum(size) as bigint) from (
                select document_id, octet_length(blocks) as size from document_text
                 where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
                union all
                select document_id, least(octet_length(body), $2) as size
                  from attachment join attachment_version version using (attachment_id)
                  join file_text on file_text.workspace_id = version.workspace_id and file_text.sha256 = version.sha256
                 where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
             ) as texts group by document_id",
            "select document_id, sum(size) from (
                select document_id, octet_length(blocks) as size from document_text
                 where document_id in (select unhex(value) from json_each($1))
                union all
                select document_id, min(octet_length(body), $2) as size
                  from attachment join attachment_version version using (attachment_id)
                  join file_text on file_text.workspace_id = version.workspace_id and file_text.sha256 = version.sha256
                 where document_id in (select unhex(value) from json_each($1))
             ) as texts group by document_id",
        )
        .bind(ids(documents))
        .bind(MOST_TEXT)
        .all()
        .await?;
    let sizes: HashMap<DocumentId, i64> = sizes.into_iter().collect();
    let mut groups: Vec<Vec<DocumentId>> = Vec::new();
    let mut left = 0;
    for document in documents {
        let size = sizes.get(document).copied().unwrap_or_default();
        match groups.last_mut() {
            Some(group) if size <= left => group.push(*document),
            _ => {
                groups.push(vec![*document]);
                left = most;
            }
        }
        left -= size;
    }
    Ok(groups)
}
