//! The rows of files that were uploaded for an import, each with one or more parts. They are deleted when the import
//! ends.

use std::collections::HashMap;

use chrono::Utc;
use database::{Db, Tx};
use files::{MOST_PARTS, staging::Kept};
use vocabulary::ImportId;

/// A file that has arrived.
#[derive(Clone, Debug)]
pub struct ImportFile {
    pub path: String,
    /// The parts in their order.
    pub parts: Vec<Kept>,
}

/// A file that is being uploaded, or a part of one.
pub struct NewPart<'a> {
    pub path: &'a str,
    pub kept: &'a Kept,
    /// Where the part begins, and the size of the whole file. `None` for a whole file.
    pub within: Option<(u64, u64)>,
}

/// Whether a file was added.
pub enum Added {
    Yes,
    /// The part does not begin where the received part of the file ends, which is at this offset.
    At(u64),
    /// The import was started, so files cannot be added any more.
    Started,
    /// The part goes beyond the end of the file, or gives another size of the file than the first part.
    Misfit,
    /// There are too many parts.
    TooManyParts,
    /// Together with the files that arrived meanwhile, the file exceeds the limit.
    TooMuch,
}

/// Adds a file or a part of one to an import, which may have at most `most` files and bytes. Files that arrive at the
/// same time are added one after the other.
pub async fn add_file(
    db: &Db,
    id: ImportId,
    NewPart { path, kept, within }: NewPart<'_>,
    (most_files, most_bytes): (u64, u64),
) -> sqlx::Result<Added> {
    let mut tx = db.begin().await?;
    let open = tx
        .query("update import set touched_at = $2 where import_id = $1 and state in ('open', 'checked', 'failed')")
        .bind(id)
        .bind(Utc::now())
        .execute()
        .await?;
    if open == 0 {
        return Ok(Added::Started);
    }
    let (files, bytes) = size_in(&mut tx, id).await?;
    let is_new = within.is_none_or(|(from, _)| from == 0);
    if (is_new && files as u64 >= most_files) || bytes as u64 + kept.bytes > most_bytes {
        return Ok(Added::TooMuch);
    }
    if let Some((from, whole)) = within {
        let arrived = arrived_in(&mut tx, id, path).await?;
        if arrived.bytes as u64 != from {
            return Ok(Added::At(arrived.bytes as u64));
        }
        if from + kept.bytes > whole || (from > 0 && arrived.whole_bytes as u64 != whole) {
            return Ok(Added::Misfit);
        }
        let (parts,): (i64,) =
            tx.query("select count(*) from import_file where import_id = $1 and from_byte > 0").bind(id).one().await?;
        if from > 0 && parts >= MOST_PARTS {
            return Ok(Added::TooManyParts);
        }
    }
    let (from, whole) = within.unwrap_or_default();
    tx.query(
        "insert into import_file (import_id, number, path, bytes, object, sealed, from_byte, whole_bytes)
         select $1, (select count(*) from import_file where import_id = $1), $2, $3, $4, $5, $6, $7",
    )
    .bind(id)
    .bind(path.to_owned())
    .bind(kept.bytes as i64)
    .bind(kept.object.clone())
    .bind(kept.sealed)
    .bind(from as i64)
    .bind(whole as i64)
    .execute()
    .await?;
    tx.commit().await?;
    Ok(Added::Yes)
}

/// How much of a file has arrived, and how large it is.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct ArrivedFile {
    pub bytes: i64,
    pub whole_bytes: i64,
}

const ARRIVED: &str = "select cast(coalesce(sum(bytes), 0) as bigint) as bytes,
            cast(coalesce(max(case when whole_bytes > 0 then whole_bytes else bytes end), 0) as bigint) as whole_bytes
       from import_file where import_id = $1 and path = $2";

pub async fn arrived(db: &Db, id: ImportId, path: &str) -> sqlx::Result<ArrivedFile> {
    db.query(ARRIVED).bind(id).bind(path.to_owned()).one().await
}

async fn arrived_in(tx: &mut Tx, id: ImportId, path: &str) -> sqlx::Result<ArrivedFile> {
    tx.query(ARRIVED).bind(id).bind(path.to_owned()).one().await
}

pub async fn files(db: &Db, id: ImportId) -> sqlx::Result<Vec<ImportFile>> {
    let rows: Vec<(String, i64, String, bool, i64)> = db
        .query("select path, bytes, object, sealed, from_byte from import_file where import_id = $1 order by number")
        .bind(id)
        .all()
        .await?;
    let (mut files, mut by_path) = (Vec::<ImportFile>::new(), HashMap::<String, usize>::new());
    for (path, bytes, object, sealed, from) in rows {
        let kept = Kept { object, bytes: bytes as u64, sealed };
        match by_path.get(&path).filter(|_| from > 0) {
            Some(&at) => files[at].parts.push(kept),
            None => {
                by_path.insert(path.clone(), files.len());
                files.push(ImportFile { path, parts: vec![kept] });
            }
        }
    }
    Ok(files)
}

const SIZE: &str = "select count(case when from_byte = 0 then 1 end) as files,
        cast(coalesce(sum(bytes), 0) as bigint) as bytes from import_file where import_id = $1";

/// The number and the total size of an import's files.
pub async fn size(db: &Db, id: ImportId) -> sqlx::Result<(i64, i64)> {
    db.query(SIZE).bind(id).one().await
}

async fn size_in(tx: &mut Tx, id: ImportId) -> sqlx::Result<(i64, i64)> {
    tx.query(SIZE).bind(id).one().await
}

/// Removes the rows of the files of an import that has ended, and returns their objects.
pub async fn take_files(db: &Db, id: ImportId) -> sqlx::Result<Vec<String>> {
    let objects: Vec<(String,)> =
        db.query("delete from import_file where import_id = $1 returning object").bind(id).all().await?;
    Ok(objects.into_iter().map(|(object,)| object).collect())
}
