//! The index of this node: its fields, opening and checking it, and writing to it. It is a cache in the data folder
//! that may be deleted at any time. It holds words and ids, but no text. Texts that people see are read from the
//! database.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use database::sort_key::sort_key;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{
    DocAddress, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term,
};
use thiserror::Error;
use uuid::Uuid;
use vocabulary::DocumentId;

use crate::entries::Entry;
use crate::files::Files;
use crate::words::{WordTokenizer, language, stem, stemmer, words};

/// The version of the index. It must change with the fields, with how words are divided and with what is indexed. An
/// index of another version is rebuilt.
const VERSION: u32 = 2;
/// The name of [`WordTokenizer`] in the index.
const WORDS: &str = "words";
/// The memory for entries until a commit, which is the least that tantivy accepts.
const WRITER_BYTES: usize = 16 << 20;
/// Segments with fewer entries are merged together, however small they are.
const SMALL_SEGMENT: u32 = 1_000;
/// A segment in which more than this share of the entries is deleted is written again.
const DELETED_SHARE: f32 = 0.3;

/// Why the index cannot be used. It is then rebuilt.
#[derive(Debug, Error)]
pub enum Damage {
    #[error("its files cannot be used: {0}")]
    Files(#[from] io::Error),
    #[error("{0}")]
    Index(#[from] tantivy::TantivyError),
    #[error("files do not match their checksums")]
    Checksums,
    #[error("it was made by another version, or for another state of the database")]
    Foreign,
    #[error("a part of it panicked")]
    Panicked,
}

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The document's id.
    pub key: Field,
    pub workspace: Field,
    /// The people who see the document, as words: see [`crate::rights`].
    pub seen_by: Field,
    pub title: Field,
    /// Tags and the category, as words.
    pub labels: Field,
    pub text: Field,
    /// Open comments, attached files, and anything else that is searched besides the text.
    pub remarks: Field,
    /// The stems of the words in these fields.
    pub stems: Field,
    pub space: Field,
    pub kind: Field,
    pub status: Field,
    pub category: Field,
    pub tag: Field,
    /// Tags and categories without case and accents, as conditions name them: [`tag_key`], [`category_key`].
    pub keys: Field,
    pub owner: Field,
    /// The last change, in seconds.
    pub updated: Field,
}

impl Fields {
    /// Builds the schema.
    pub fn schema() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let indexed = |record| TextFieldIndexing::default().set_tokenizer(WORDS).set_index_option(record);
        let said = TextOptions::default().set_indexing_options(indexed(IndexRecordOption::WithFreqsAndPositions));
        let stems =
            TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::WithFreqs);
        let facet = STRING | FAST;
        let fields = Fields {
            key: schema.add_text_field("key", STRING | STORED),
            workspace: schema.add_text_field("workspace", STRING),
            seen_by: schema.add_text_field("seen_by", STRING),
            title: schema.add_text_field("title", said.clone()),
            labels: schema.add_text_field("labels", said.clone()),
            text: schema.add_text_field("text", said.clone()),
            remarks: schema.add_text_field("remarks", said),
            stems: schema.add_text_field("stems", TextOptions::default().set_indexing_options(stems)),
            space: schema.add_text_field("space", facet.clone()),
            kind: schema.add_text_field("kind", facet.clone()),
            status: schema.add_text_field("status", facet.clone()),
            category: schema.add_text_field("category", facet.clone()),
            tag: schema.add_text_field("tag", facet.clone()),
            keys: schema.add_text_field("keys", STRING),
            owner: schema.add_text_field("owner", facet),
            updated: schema.add_i64_field("updated", FAST | INDEXED),
        };
        (schema.build(), fields)
    }
}

/// The state of the index that is stored with a commit.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Progress {
    version: u32,
    /// When the database was last restored from a backup. An index from before that belongs to other events.
    restored_at: Option<DateTime<Utc>>,
    /// The last event whose effects are in the index.
    pub event: i64,
    /// The newest event when the index was begun.
    pub begun_at: i64,
    /// The last document that was indexed, while the index is being built.
    pub built_to: Option<DocumentId>,
    /// Whether the index was built to the end.
    pub is_whole: bool,
    /// Purged documents whose words may still be in the files of the index.
    pub purged: Vec<DocumentId>,
}

/// An index in its own folder, whose name is the id of the index.
pub struct OpenIndex {
    pub id: Uuid,
    folder: PathBuf,
    pub fields: Fields,
    reader: IndexReader,
    // A single task writes, and holds the mutex for one batch.
    writer: Mutex<IndexWriter>,
    // The mutex is held only to copy or replace the value.
    progress: Mutex<Progress>,
}

impl OpenIndex {
    /// Creates an empty index. Blocks.
    ///
    /// # Errors
    /// [`Damage`].
    pub fn create(parent: &Path, restored_at: Option<DateTime<Utc>>) -> Result<OpenIndex, Damage> {
        let id = Uuid::now_v7();
        let folder = parent.join(id.to_string());
        let (schema, fields) = Fields::schema();
        let index = Index::create(Files::open(&folder)?, schema, IndexSettings::default())?;
        let progress = Progress { version: VERSION, restored_at, ..Progress::default() };
        let opened = OpenIndex::of(id, folder, index, fields, progress)?;
        opened.commit(&[], &[], |_| {})?;
        Ok(opened)
    }

    /// Opens the newest index in the folder, if its files were not changed. `None` if there is none. Blocks.
    ///
    /// # Errors
    /// [`Damage`].
    pub fn open(parent: &Path, restored_at: Option<DateTime<Utc>>) -> Result<Option<OpenIndex>, Damage> {
        let Some(id) = found(parent)?.into_iter().max() else { return Ok(None) };
        let folder = parent.join(id.to_string());
        let index = Index::open(Files::open(&folder)?)?;
        if !index.validate_checksum()?.is_empty() {
            return Err(Damage::Checksums);
        }
        let progress = index.load_metas()?.payload.and_then(|payload| serde_json::from_str::<Progress>(&payload).ok());
        let progress = progress.filter(|progress| progress.version == VERSION && progress.restored_at == restored_at);
        let (schema, fields) = Fields::schema();
        if index.schema() != schema {
            return Err(Damage::Foreign);
        }
        OpenIndex::of(id, folder, index, fields, progress.ok_or(Damage::Foreign)?).map(Some)
    }

    fn of(id: Uuid, folder: PathBuf, index: Index, fields: Fields, progress: Progress) -> Result<OpenIndex, Damage> {
        index.tokenizers().register(WORDS, TextAnalyzer::from(WordTokenizer));
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .build();
        let writer: IndexWriter = index.writer_with_options(options)?;
        let mut merges = LogMergePolicy::default();
        merges.set_min_layer_size(SMALL_SEGMENT);
        merges.set_del_docs_ratio_before_merge(DELETED_SHARE);
        writer.set_merge_policy(Box::new(merges));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(OpenIndex { id, folder, fields, reader, writer: Mutex::new(writer), progress: Mutex::new(progress) })
    }

    pub fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    pub fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// Whether the files of the index still exist.
    pub fn is_there(&self) -> bool {
        self.folder.join("meta.json").exists()
    }

    /// Replaces the entries of documents, and stores the progress of the index. Blocks.
    ///
    /// # Errors
    /// [`Damage`].
    pub fn commit(
        &self,
        documents: &[DocumentId],
        entries: &[Entry],
        note: impl FnOnce(&mut Progress),
    ) -> Result<(), Damage> {
        let mut progress = self.progress();
        note(&mut progress);
        let mut writer = self.writer.lock();
        for document in documents {
            writer.delete_term(self.key(*document));
        }
        for entry in entries {
            writer.add_document(self.document(entry))?;
        }
        let mut prepared = writer.prepare_commit()?;
        let payload = serde_json::to_string(&progress).map_err(io::Error::from)?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        drop(writer);
        *self.progress.lock() = progress;
        self.reader.reload()?;
        Ok(())
    }

    /// Rewrites the segments that hold words of purged documents. Returns the documents whose words are still in the
    /// files, because a merge was in progress. Blocks.
    ///
    /// # Errors
    /// [`Damage`].
    pub fn rewrite(&self, purged: &[DocumentId]) -> Result<Vec<DocumentId>, Damage> {
        let holding = self.holding(purged)?;
        let mut writer = self.writer.lock();
        for segment in holding {
            // An error says that the segment is being merged with others already.
            let _ = writer.merge(&[segment]).wait();
        }
        drop(writer);
        self.reader.reload()?;
        let mut left = Vec::new();
        for document in purged {
            if !self.holding(&[*document])?.is_empty() {
                left.push(*document);
            }
        }
        self.writer.lock().garbage_collect_files().wait()?;
        Ok(left)
    }

    /// The segments that hold an entry of one of these documents, deleted or not.
    fn holding(&self, documents: &[DocumentId]) -> Result<Vec<tantivy::index::SegmentId>, Damage> {
        let searcher = self.searcher();
        let mut holding = Vec::new();
        for segment in searcher.segment_readers() {
            let keys = segment.inverted_index(self.fields.key)?;
            for document in documents {
                if keys.doc_freq(&self.key(*document))? > 0 {
                    holding.push(segment.segment_id());
                    break;
                }
            }
        }
        Ok(holding)
    }

    /// The id of a document that was found.
    ///
    /// # Errors
    /// [`Damage`].
    pub fn id_at(&self, searcher: &Searcher, address: DocAddress) -> Result<Option<DocumentId>, Damage> {
        let found: TantivyDocument = searcher.doc(address)?;
        let key = found.get_first(self.fields.key).and_then(|value| value.as_str().map(str::to_owned));
        Ok(key.and_then(|key| key.parse().ok()))
    }

    fn key(&self, document: DocumentId) -> Term {
        Term::from_field_text(self.fields.key, &document.0.simple().to_string())
    }

    fn document(&self, entry: &Entry) -> TantivyDocument {
        let fields = &self.fields;
        let mut document = TantivyDocument::default();
        document.add_text(fields.key, entry.document.0.simple().to_string());
        document.add_text(fields.workspace, entry.workspace.0.simple().to_string());
        for right in &entry.seen_by {
            document.add_text(fields.seen_by, right);
        }
        document.add_text(fields.title, &entry.title);
        let labels = entry.tags.iter().chain((!entry.category.is_empty()).then_some(&entry.category));
        for label in labels {
            document.add_text(fields.labels, label);
        }
        for block in &entry.blocks {
            document.add_text(fields.text, block);
        }
        for remark in &entry.remarks {
            document.add_text(fields.remarks, remark);
        }
        document.add_text(fields.stems, stems_of(entry));
        let facets = [
            (fields.space, entry.space.map(|space| space.0.simple().to_string())),
            (fields.kind, Some(entry.kind.clone())),
            (fields.status, Some(entry.status.clone())),
            (fields.category, (!entry.category.is_empty()).then(|| entry.category.clone())),
            (fields.owner, entry.owner.map(|owner| owner.0.simple().to_string())),
        ];
        for (field, value) in facets.into_iter().chain(entry.tags.iter().map(|tag| (fields.tag, Some(tag.clone())))) {
            if let Some(value) = value {
                document.add_text(field, value);
            }
        }
        for tag in &entry.tags {
            document.add_text(fields.keys, tag_key(tag));
        }
        document.add_text(fields.keys, category_key(&entry.category));
        document.add_i64(fields.updated, entry.updated_at.timestamp());
        document
    }
}

/// A tag in [`Fields::keys`].
pub fn tag_key(tag: &str) -> String {
    format!("tag {}", sort_key(tag))
}

/// A category in [`Fields::keys`].
pub fn category_key(category: &str) -> String {
    format!("category {}", sort_key(category))
}

/// The stems of an entry's words, in the language of its text.
fn stems_of(entry: &Entry) -> String {
    let texts = [&entry.title].into_iter().chain(&entry.tags).chain(&entry.blocks).chain(&entry.remarks);
    let words: Vec<_> = texts.flat_map(|text| words(text)).collect();
    let stemmer = stemmer(language(words.iter().map(|word| word.folded.as_str())));
    let mut stems = String::new();
    for word in &words {
        stems.push_str(&stem(&stemmer, &word.folded));
        stems.push(' ');
    }
    stems
}

/// The ids of the indexes in the folder.
fn found(parent: &Path) -> io::Result<Vec<Uuid>> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// Removes the files of all indexes but one, and returns their ids. Blocks.
///
/// # Errors
/// When the files cannot be removed.
pub fn remove_others(parent: &Path, kept: Option<Uuid>) -> io::Result<Vec<Uuid>> {
    let others: Vec<Uuid> = found(parent)?.into_iter().filter(|id| Some(*id) != kept).collect();
    for id in &others {
        fs::remove_dir_all(parent.join(id.to_string()))?;
    }
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entries::tests::entry;

    /// Whether a word is in a file. Tags are stored whole; the words of texts are in dictionaries, which store common
    /// beginnings once.
    fn stands(index: &OpenIndex, word: &str) -> bool {
        let files = fs::read_dir(&index.folder).expect("a folder").flatten();
        files.into_iter().any(|file| {
            let bytes = fs::read(file.path()).expect("a file");
            bytes.windows(word.len()).any(|window| window == word.as_bytes())
        })
    }

    /// Whether a dictionary has the word, even if only deleted entries have it.
    fn knows(index: &OpenIndex, word: &str) -> bool {
        index.searcher().segment_readers().iter().any(|segment| {
            let titles = segment.inverted_index(index.fields.title).expect("readable");
            titles.terms().get(word.as_bytes()).expect("readable").is_some()
        })
    }

    /// Whether every file belongs to one of the current segments, or is the list of them.
    fn is_tidy(index: &OpenIndex) -> bool {
        let segments: Vec<String> =
            index.searcher().segment_readers().iter().map(|segment| segment.segment_id().uuid_string()).collect();
        fs::read_dir(&index.folder).expect("a folder").flatten().all(|file| {
            let name = file.file_name().into_string().expect("a name");
            name.starts_with('.') || name == "meta.json" || segments.iter().any(|segment| name.starts_with(segment))
        })
    }

    /// [FIND-10] Words of deleted entries stay in the files until their segments are rewritten.
    #[test]
    fn a_purge_leaves_no_word_in_the_files() {
        let parent = tempfile::tempdir().expect("a folder");
        let index = OpenIndex::create(parent.path(), None).expect("created");
        let one = Entry { tags: vec!["Quartztag".into()], ..entry("Quartzquote", "here") };
        let mut entries: Vec<Entry> = (0..4).map(|_| entry("Vowsplan", "there")).collect();
        entries.push(one.clone());
        index.commit(&[], &entries, |_| {}).expect("committed");
        assert!(stands(&index, "Quartztag") && knows(&index, "quartzquote"));
        index.commit(&[one.document], &[], |progress| progress.purged.push(one.document)).expect("committed");
        assert!(stands(&index, "Quartztag") && knows(&index, "quartzquote"), "deleted entries are still there");
        assert_eq!(index.rewrite(&[one.document]).expect("rewritten"), []);
        assert!(!stands(&index, "Quartztag") && !knows(&index, "quartzquote"));
        assert!(knows(&index, "vowsplan") && is_tidy(&index));
        assert_eq!(index.searcher().num_docs(), 4);
    }

    /// [FIND-9] An unchanged index is opened, and one whose files were changed is not.
    #[test]
    fn a_damaged_index_is_not_opened() {
        let parent = tempfile::tempdir().expect("a folder");
        assert!(OpenIndex::open(parent.path(), None).expect("none").is_none());
        let index = OpenIndex::create(parent.path(), None).expect("created");
        index.commit(&[], &[entry("Plan", "x")], |progress| progress.event = 7).expect("committed");
        let folder = index.folder.clone();
        drop(index);
        let opened = OpenIndex::open(parent.path(), None).expect("opened").expect("one");
        assert_eq!((opened.progress().event, opened.searcher().num_docs()), (7, 1));
        drop(opened);
        assert!(matches!(OpenIndex::open(parent.path(), Some(Utc::now())), Err(Damage::Foreign)), "after a restore");
        let segment = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path());
        let segment =
            segment.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).expect("a segment");
        let mut bytes = fs::read(&segment).expect("read");
        bytes[3] ^= 1;
        fs::write(&segment, bytes).expect("written");
        assert!(OpenIndex::open(parent.path(), None).is_err());
        fs::write(&segment, b"x").expect("written");
        assert!(OpenIndex::open(parent.path(), None).is_err());
        assert_eq!(remove_others(parent.path(), None).expect("removed").len(), 1);
        assert!(OpenIndex::open(parent.path(), None).expect("none").is_none());
    }
}
