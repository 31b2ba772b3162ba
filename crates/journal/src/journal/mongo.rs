//! The journal in MongoDB: each row is a MongoDB document. Its `_id` consists of document and number, so the index that
//! every collection has provides the fence, the order and the range queries.
//!
//! Writes are majority writes to the journal on disk, reads are majority reads from the primary. Neither
//! transactions nor change streams are needed.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document as Fields, doc};
use mongodb::error::{Error as MongoError, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, DatabaseOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection};
use uuid::Uuid;

use super::remote::ANSWERS_WITHIN;
use super::row::{Page, Stored};
use super::{Appended, JournalError, JournalOptions, KeptBytes, PAGE_ROWS, Row, Snapshot, Trim, row, snapshots};
use vocabulary::DocumentId;

/// Name of the database if the URL has none.
const DATABASE: &str = "consilium";
/// How long to wait for a primary. An election takes seconds, so waiting longer would only hide an outage.
const SELECTION_WITHIN: Duration = Duration::from_secs(3);
/// Our collections.
const OURS: [&str; 4] = ["rows", "snapshots", "snapshot_parts", "kept"];
/// Size of a part. A document of MongoDB has at most 16 MiB, so a state of 12 MiB and its owners are stored in parts.
const PART_BYTES: usize = 8 << 20;
/// Rows in one answer, which has at most 16 MiB in any case.
const ROWS_AT_ONCE: u32 = 100;
/// Documents whose heads are read in one query.
const HEADS_AT_ONCE: usize = 100;
/// MongoDB's error code for a duplicate key.
const DUPLICATE_KEY: i32 = 11_000;

#[derive(Clone)]
pub(super) struct MongoStore {
    client: Client,
    database: String,
    rows: Collection<Fields>,
    snapshots: Collection<Fields>,
    parts: Collection<Fields>,
    /// Kept bytes, in parts of the same size.
    kept: Collection<Fields>,
    pub(super) weakness: Option<&'static str>,
}

impl From<MongoError> for JournalError {
    fn from(error: MongoError) -> Self {
        JournalError::Mongo(Box::new(error))
    }
}

/// Whether the user lacks the privilege for a command (MongoDB's code 13).
fn is_forbidden(failure: &MongoError) -> bool {
    matches!(failure.kind.as_ref(), ErrorKind::Command(command) if command.code == 13)
}

impl MongoStore {
    pub(super) async fn open(url: &str, options: &JournalOptions) -> Result<MongoStore, JournalError> {
        let mut client = ClientOptions::parse(url).await?;
        client.app_name.get_or_insert_with(|| "consilium-journal".into());
        client.server_selection_timeout.get_or_insert(SELECTION_WITHIN);
        client.connect_timeout.get_or_insert(SELECTION_WITHIN);
        client.max_pool_size.get_or_insert(options.connections);
        let name = client.default_database.clone().unwrap_or_else(|| DATABASE.into());
        let concern =
            WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(ANSWERS_WITHIN).build();
        let durable = DatabaseOptions::builder()
            .write_concern(concern)
            .read_concern(ReadConcern::majority())
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .build();
        let client = Client::with_options(client)?;
        let database = client.database_with_options(&name, durable);
        let hello = database.run_command(doc! { "hello": 1 }).await?;
        let standalone = !hello.contains_key("setName");
        if standalone && options.require_replica_set {
            return Err(JournalError::NotDurable(
                "this MongoDB is a standalone server, and require_replica_set is set",
            ));
        }
        // A user who may only read and write our collections cannot list the others.
        let found = match database.list_collection_names().await {
            Err(failure) if is_forbidden(&failure) => Vec::new(),
            found => found?,
        };
        let others: Vec<String> = found.iter().filter(|name| !name.starts_with("system.")).cloned().collect();
        if !others.is_empty() && !found.iter().any(|name| OURS.contains(&name.as_str())) {
            return Err(JournalError::Foreign { database: name, others: others.join(", ") });
        }
        let [rows, snapshots, parts, kept] = OURS.map(|name| database.collection(name));
        Ok(MongoStore {
            rows,
            snapshots,
            parts,
            kept,
            client,
            database: name,
            weakness: standalone
                .then_some("this MongoDB is a standalone server: when its disk is lost, so is the journal"),
        })
    }

    pub(super) async fn ping(&self) -> Result<(), JournalError> {
        self.client.database(&self.database).run_command(doc! { "ping": 1 }).await?;
        Ok(())
    }

    pub(super) async fn insert_rows(&self, rows: &[Row]) -> Result<Vec<Option<Appended>>, JournalError> {
        let stored = rows.iter().map(|row| {
            let entries = row::encode(&row.entries);
            let checksum = row::checksum(row, &entries);
            fields(row.document, row.seq, row.op, row.at, &entries, &checksum)
        });
        // Unordered, so that a lost race on one document does not prevent the other writes.
        let failure = match self.rows.insert_many(stored).ordered(false).await {
            Ok(_) => return Ok(vec![Some(Appended::Durable); rows.len()]),
            Err(failure) => failure,
        };
        let taken = match failure.kind.as_ref() {
            // Without a write-concern error, every write that did not fail is durable.
            ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => many.write_errors.as_deref(),
            _ => None,
        };
        let Some(taken) = taken.filter(|taken| taken.iter().all(|error| error.code == DUPLICATE_KEY)) else {
            return Err(failure.into());
        };
        let taken: Vec<usize> = taken.iter().map(|error| error.index).collect();
        let mut outcomes = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            // The number may be taken by this same batch, written by an attempt whose outcome was unknown.
            outcomes.push(match taken.contains(&index) {
                false => Some(Appended::Durable),
                true => self.outcome(row).await?,
            });
        }
        Ok(outcomes)
    }

    async fn outcome(&self, row: &Row) -> Result<Option<Appended>, JournalError> {
        let found = self.rows.find_one(doc! { "_id": key(row.document, row.seq) }).await?;
        let op = found.as_ref().and_then(|found| uuid(found, "op"));
        Ok(op.map(|op| if op == row.op { Appended::Durable } else { Appended::LostRace }))
    }

    /// Writes the parts first, because a snapshot is valid only with all its parts.
    pub(super) async fn insert_snapshot(
        &self,
        document: DocumentId,
        snapshot: &Snapshot,
        trim: Trim,
    ) -> Result<(), JournalError> {
        if self.is_purged(document).await? {
            return Ok(());
        }
        let Snapshot { seq, fingerprint, state, owners } = snapshot;
        let id = key(document, *seq);
        let bytes = [&**state, &**owners].concat();
        let parts = bytes.chunks(PART_BYTES).enumerate().map(|(index, part)| {
            doc! { "_id": part_key(&id, index), "bytes": binary(part) }
        });
        for part in parts {
            ignoring_duplicates(self.parts.insert_one(part).await)?;
        }
        let header = doc! {
            "_id": &id,
            "fingerprint": binary(fingerprint),
            "state_bytes": state.len() as i64,
            "owners_bytes": owners.len() as i64,
            "checksum": binary(&snapshots::checksum(state, owners)),
        };
        ignoring_duplicates(self.snapshots.insert_one(header).await)?;

        let kept = self.snapshot_headers(document).await?;
        for old in kept.iter().skip(2) {
            self.delete_snapshot(old.get_str("_id").unwrap_or_default()).await?;
        }
        if trim == Trim::BelowSnapshots
            && let Some(older) = kept.get(1).and_then(seq_of)
        {
            let range = doc! { "$gt": key(document, 0), "$lte": key(document, older) };
            self.rows.update_many(doc! { "_id": range }, doc! { "$set": { "entries": binary(&[]) } }).await?;
        }
        // A purge closes the log before it deletes: if another node's did meanwhile, it may have missed the snapshot.
        if self.is_purged(document).await? {
            self.delete_snapshot(&id).await?;
        }
        Ok(())
    }

    async fn delete_snapshot(&self, id: &str) -> Result<(), JournalError> {
        self.snapshots.delete_one(doc! { "_id": id }).await?;
        let range = doc! { "$gte": part_key(id, 0), "$lte": part_key(id, usize::MAX) };
        self.parts.delete_many(doc! { "_id": range }).await?;
        Ok(())
    }

    async fn snapshot_headers(&self, document: DocumentId) -> Result<Vec<Fields>, JournalError> {
        let headers = self.snapshots.find(doc! { "_id": range_after(document, 0) }).sort(doc! { "_id": -1 }).await?;
        Ok(headers.try_collect().await?)
    }

    /// Writes the first part last. It has the checksum of the whole, so readers never see incomplete bytes.
    pub(super) async fn keep(&self, document: DocumentId, id: Uuid, bytes: &[u8]) -> Result<(), JournalError> {
        if self.is_purged(document).await? {
            return Ok(());
        }
        let name = kept_key(document, id);
        let rest = bytes.get(PART_BYTES..).unwrap_or_default().chunks(PART_BYTES).enumerate();
        for (index, part) in rest {
            let part = doc! { "_id": part_key(&name, index + 1), "bytes": binary(part) };
            ignoring_duplicates(self.kept.insert_one(part).await)?;
        }
        let first = doc! {
            "_id": part_key(&name, 0),
            "bytes": binary(&bytes[..bytes.len().min(PART_BYTES)]),
            "checksum": binary(&row::kept_checksum(document, id, bytes)),
        };
        ignoring_duplicates(self.kept.insert_one(first).await)?;
        // As in `insert_snapshot`.
        if self.is_purged(document).await? { self.forget(document, id).await } else { Ok(()) }
    }

    pub(super) async fn forget(&self, document: DocumentId, id: Uuid) -> Result<(), JournalError> {
        self.kept.delete_many(doc! { "_id": kept_parts(&kept_key(document, id)) }).await?;
        Ok(())
    }

    pub(super) async fn kept(&self, document: DocumentId, id: Uuid) -> Result<Option<KeptBytes>, JournalError> {
        let parts = self.kept.find(doc! { "_id": kept_parts(&kept_key(document, id)) }).sort(doc! { "_id": 1 });
        let parts: Vec<Fields> = parts.await?.try_collect().await?;
        let Some(checksum) = parts.first().and_then(|first| bytes_of(first, "checksum")) else { return Ok(None) };
        let bytes = parts.iter().filter_map(|part| bytes_of(part, "bytes")).collect::<Vec<_>>().concat();
        Ok(Some((bytes, checksum)))
    }

    pub(super) async fn kept_ids(&self, document: DocumentId) -> Result<Vec<Uuid>, JournalError> {
        let firsts = self.kept.find(doc! { "_id": all_kept(document), "checksum": { "$exists": true } });
        let firsts: Vec<Fields> = firsts.sort(doc! { "_id": 1 }).await?.try_collect().await?;
        let id = |first: &Fields| Uuid::parse_str(first.get_str("_id").ok()?.split(':').nth(1)?).ok();
        Ok(firsts.iter().filter_map(id).collect())
    }

    pub(super) async fn empty(&self, document: DocumentId) -> Result<(), JournalError> {
        if !self.is_purged(document).await? {
            let head = self.last_row(document).await?.as_ref().and_then(seq_of).unwrap_or(0);
            // If a writer has taken the number meanwhile, the insert fails and is tried again with the next number.
            let closed = fields(document, head + 1, Uuid::now_v7(), 0, &row::CLOSED, &[]);
            self.rows.insert_one(closed).await?;
        }
        let rows = doc! { "_id": range_after(document, 0), "entries": { "$ne": binary(&row::CLOSED) } };
        self.rows.update_many(rows, doc! { "$set": { "entries": binary(&[]) } }).await?;
        for header in self.snapshot_headers(document).await? {
            self.delete_snapshot(header.get_str("_id").unwrap_or_default()).await?;
        }
        self.kept.delete_many(doc! { "_id": all_kept(document) }).await?;
        Ok(())
    }

    async fn last_row(&self, document: DocumentId) -> Result<Option<Fields>, JournalError> {
        Ok(self.rows.find_one(doc! { "_id": range_after(document, 0) }).sort(doc! { "_id": -1 }).await?)
    }

    async fn is_purged(&self, document: DocumentId) -> Result<bool, JournalError> {
        let last = self.last_row(document).await?;
        Ok(last.is_some_and(|last| bytes_of(&last, "entries").as_deref() == Some(&row::CLOSED)))
    }

    pub(super) async fn refuse_purged(&self, document: DocumentId) -> Result<(), JournalError> {
        if self.is_purged(document).await? { Err(JournalError::Purged(document)) } else { Ok(()) }
    }

    pub(super) async fn newest_sound_snapshot(&self, document: DocumentId) -> Result<Option<Snapshot>, JournalError> {
        for header in self.snapshot_headers(document).await? {
            let (Some(seq), Ok(id)) = (seq_of(&header), header.get_str("_id")) else { continue };
            let range = doc! { "$gte": part_key(id, 0), "$lte": part_key(id, usize::MAX) };
            let parts: Vec<Fields> =
                self.parts.find(doc! { "_id": range }).sort(doc! { "_id": 1 }).await?.try_collect().await?;
            let mut state: Vec<u8> =
                parts.iter().filter_map(|part| bytes_of(part, "bytes")).collect::<Vec<_>>().concat();
            let split = header.get_i64("state_bytes").unwrap_or_default() as usize;
            let owners = state.split_off(split.min(state.len()));
            let fingerprint = bytes_of(&header, "fingerprint").unwrap_or_default();
            let checksum = bytes_of(&header, "checksum").unwrap_or_default();
            let sound = snapshots::sound(document, seq, &fingerprint, state.into(), owners.into(), &checksum);
            if sound.is_some() {
                return Ok(sound);
            }
        }
        Ok(None)
    }

    pub(super) async fn page_after(&self, document: DocumentId, seq: u64) -> Result<row::PageRead, JournalError> {
        let rows = self.rows.find(doc! { "_id": range_after(document, seq) }).sort(doc! { "_id": 1 });
        let mut found = rows.limit(PAGE_ROWS as i64).batch_size(ROWS_AT_ONCE).await?;
        let mut page = Page::after(document, seq);
        while let Some(found) = found.try_next().await? {
            let taken = match stored(&found) {
                Ok(stored) => page.take(stored),
                Err(what) => page.end_damaged(what),
            };
            if taken.is_break() {
                break;
            }
        }
        page.finish()
    }

    pub(super) async fn documents(&self) -> Result<Vec<DocumentId>, JournalError> {
        let ids = doc! { "_id": 1 };
        let mut found = self.rows.find(doc! { "_id": { "$gt": "" } }).projection(ids).sort(doc! { "_id": 1 }).await?;
        let mut documents: Vec<DocumentId> = Vec::new();
        while let Some(found) = found.try_next().await? {
            documents.extend(document_of(&found).filter(|id| documents.last() != Some(id)));
        }
        let ids = doc! { "_id": 1 };
        let mut found = self.snapshots.find(doc! { "_id": { "$gt": "" } }).projection(ids).await?;
        while let Some(found) = found.try_next().await? {
            documents.extend(document_of(&found));
        }
        documents.sort();
        documents.dedup();
        let closed = doc! { "entries": binary(&row::CLOSED) };
        let mut closed = self.rows.find(closed).projection(doc! { "_id": 1 }).await?;
        while let Some(closed) = closed.try_next().await? {
            let id = closed.get_str("_id").unwrap_or_default();
            documents
                .retain(|document| !id.starts_with(&*document.0.simple().encode_lower(&mut Uuid::encode_buffer())));
        }
        Ok(documents)
    }

    pub(super) async fn row_of(&self, document: DocumentId, seq: u64, op: Uuid) -> Result<Option<u64>, JournalError> {
        let wanted = doc! { "_id": range_after(document, seq), "op": uuid_of(op) };
        let found = self.rows.find_one(wanted).projection(doc! { "_id": 1 }).await?;
        Ok(found.as_ref().and_then(seq_of))
    }

    /// The number of the last row of each document that has rows after its known number, with one query for many
    /// documents.
    pub(super) async fn heads(&self, known: &[(DocumentId, u64)]) -> Result<Vec<(DocumentId, u64)>, JournalError> {
        let mut heads: HashMap<DocumentId, u64> = HashMap::new();
        for some in known.chunks(HEADS_AT_ONCE) {
            let after: Vec<Fields> = some.iter().map(|(id, seq)| doc! { "_id": range_after(*id, *seq) }).collect();
            let mut found = self.rows.find(doc! { "$or": after }).projection(doc! { "_id": 1 }).await?;
            while let Some(found) = found.try_next().await? {
                if let (Some(document), Some(seq)) = (document_of(&found), seq_of(&found)) {
                    let head = heads.entry(document).or_default();
                    *head = seq.max(*head);
                }
            }
        }
        Ok(heads.into_iter().collect())
    }
}

fn uuid_of(op: Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: op.as_bytes().to_vec() })
}

fn fields(document: DocumentId, seq: u64, op: Uuid, at: i64, entries: &[u8], checksum: &[u8]) -> Fields {
    doc! {
        "_id": key(document, seq),
        "op": uuid_of(op),
        "at": at,
        "entries": binary(entries),
        "checksum": binary(checksum),
    }
}

fn stored(found: &Fields) -> Result<Stored, &'static str> {
    Ok(Stored {
        seq: seq_of(found).ok_or("its number cannot be read")?,
        op: uuid(found, "op").ok_or("its op id cannot be read")?,
        at: found.get_i64("at").map_err(|_| "its time cannot be read")?,
        entries: bytes_of(found, "entries").ok_or("its entries cannot be read")?.into(),
        checksum: bytes_of(found, "checksum").unwrap_or_default(),
    })
}

/// Document and number as sortable text: 32 and 16 hexadecimal digits.
fn key(document: DocumentId, seq: u64) -> String {
    format!("{}:{seq:016x}", document.0.simple())
}

fn part_key(id: &str, index: usize) -> String {
    format!("{id}:{index:016x}")
}

fn kept_key(document: DocumentId, id: Uuid) -> String {
    format!("{}:{}", document.0.simple(), id.simple())
}

fn kept_parts(name: &str) -> Fields {
    doc! { "$gte": part_key(name, 0), "$lte": part_key(name, usize::MAX) }
}

fn all_kept(document: DocumentId) -> Fields {
    doc! { "$gte": kept_key(document, Uuid::nil()), "$lte": part_key(&kept_key(document, Uuid::max()), usize::MAX) }
}

fn range_after(document: DocumentId, seq: u64) -> Fields {
    doc! { "$gt": key(document, seq), "$lte": key(document, u64::MAX) }
}

fn document_of(fields: &Fields) -> Option<DocumentId> {
    Uuid::parse_str(fields.get_str("_id").ok()?.get(..32)?).ok().map(DocumentId)
}

fn seq_of(fields: &Fields) -> Option<u64> {
    u64::from_str_radix(fields.get_str("_id").ok()?.split(':').nth(1)?, 16).ok()
}

fn uuid(fields: &Fields, name: &str) -> Option<Uuid> {
    Uuid::from_slice(&bytes_of(fields, name)?).ok()
}

fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

fn bytes_of(fields: &Fields, name: &str) -> Option<Vec<u8>> {
    match fields.get(name) {
        Some(Bson::Binary(binary)) => Some(binary.bytes.clone()),
        _ => None,
    }
}

/// Ignores duplicates, which an earlier attempt wrote.
fn ignoring_duplicates<T>(outcome: Result<T, MongoError>) -> Result<(), JournalError> {
    match outcome {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn is_duplicate(error: &MongoError) -> bool {
    use mongodb::error::WriteFailure;
    matches!(error.kind.as_ref(), ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY)
}
