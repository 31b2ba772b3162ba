//! Turns a query into a query of the index that includes the caller's permission, and collects hits and facets.

use std::collections::HashMap;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use tantivy::collector::{Collector, SegmentCollector, TopDocs};
use tantivy::columnar::{Column, StrColumn};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, PhraseQuery, RangeQuery,
    TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Order, Score, SegmentOrdinal, SegmentReader, Term};
use vocabulary::{DocumentId, WorkspaceId};

use crate::index::{Damage, Fields, OpenIndex};
use crate::query::{Part, Query};
use crate::typos::typos_in;
use crate::words::stems;

type Boxed = Box<dyn tantivy::query::Query>;

/// A search of the index.
#[derive(Clone, Debug)]
pub struct Request {
    pub workspace: WorkspaceId,
    /// The words of which one must be in `seen_by`; `None` for a caller who sees everything.
    pub rights: Option<Vec<String>>,
    /// Documents with one of these words in `seen_by` are not found, because their rights have changed since they were
    /// indexed.
    pub unsure: Vec<String>,
    pub query: Query,
    /// The conditions of the query, resolved to values of the index.
    pub conditions: Vec<Condition>,
    /// Whether words may differ by some letters.
    pub typos: bool,
    /// Whether only titles, tags and categories are searched.
    pub titles_only: bool,
    pub sort: Sort,
    /// The number of hits to skip.
    pub offset: usize,
    pub limit: usize,
    /// Whether facets are counted.
    pub facets: bool,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Best,
    NewestChange,
}

/// A condition on a document, in words of the index.
#[derive(Clone, Debug)]
pub struct Condition {
    pub on: On,
    pub not: bool,
}

/// The field that a condition is about.
#[derive(Clone, Debug)]
pub enum On {
    /// A facet that must have one of these values. If there are none, no document matches.
    Facet(Facet, Vec<String>),
    /// A tag or category, see [`crate::index::tag_key`].
    Key(String),
    Before(DateTime<Utc>),
    After(DateTime<Utc>),
}

/// A property by which results are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    Space,
    Kind,
    Status,
    Category,
    Tag,
    Owner,
}

impl Facet {
    pub const ALL: [Facet; 6] = [Facet::Space, Facet::Kind, Facet::Status, Facet::Category, Facet::Tag, Facet::Owner];

    fn field(self, fields: &Fields) -> (Field, &'static str) {
        match self {
            Facet::Space => (fields.space, "space"),
            Facet::Kind => (fields.kind, "kind"),
            Facet::Status => (fields.status, "status"),
            Facet::Category => (fields.category, "category"),
            Facet::Tag => (fields.tag, "tag"),
            Facet::Owner => (fields.owner, "owner"),
        }
    }
}

/// The result of a search.
#[derive(Debug, Default)]
pub struct Found {
    /// The hits of the page, best first.
    pub documents: Vec<DocumentId>,
    pub total: usize,
    /// For each facet, its values with the number of documents.
    pub facets: HashMap<Facet, HashMap<String, usize>>,
    /// The number of documents changed in the last day, week, month and year; each includes those before it.
    pub recent: [usize; RECENT.len()],
}

/// Seconds of the periods that are counted.
pub const RECENT: [i64; 4] = [86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400];

/// Searches the index. Blocks.
///
/// # Errors
/// [`Damage`].
pub fn find(index: &OpenIndex, request: &Request) -> Result<Found, Damage> {
    let searcher = index.searcher();
    let fields = &index.fields;
    let query = whole(fields, request);
    let top = TopDocs::with_limit(request.limit.max(1)).and_offset(request.offset);
    let counts = Counts { facets: request.facets, fields: *fields, now: Utc::now().timestamp() };
    let (addresses, counted) = if request.sort == Sort::Best && request.query.has_words() {
        let (hits, counted) = searcher.search(&query, &(top.order_by_score(), counts))?;
        (hits.into_iter().map(|(_, address)| address).collect::<Vec<_>>(), counted)
    } else {
        let by_change = top.order_by_fast_field::<i64>("updated", Order::Desc);
        let (hits, counted) = searcher.search(&query, &(by_change, counts))?;
        (hits.into_iter().map(|(_, address)| address).collect(), counted)
    };
    let mut documents = Vec::with_capacity(addresses.len());
    for address in addresses.into_iter().take(request.limit) {
        documents.extend(index.id_at(&searcher, address)?);
    }
    Ok(Found { documents, ..counted })
}

/// The query with all its conditions.
fn whole(fields: &Fields, request: &Request) -> BooleanQuery {
    let unscored = |query: Boxed| -> Boxed { Box::new(ConstScoreQuery::new(query, 0.0)) };
    let home = request.workspace.0.simple().to_string();
    let mut clauses: Vec<(Occur, Boxed)> = vec![(Occur::Must, unscored(exact(fields.workspace, &home)))];
    if let Some(rights) = &request.rights {
        clauses.push((Occur::Must, unscored(any_of(fields.seen_by, rights))));
    }
    if !request.unsure.is_empty() {
        clauses.push((Occur::MustNot, any_of(fields.seen_by, &request.unsure)));
    }
    for condition in &request.conditions {
        let occur = if condition.not { Occur::MustNot } else { Occur::Must };
        clauses.push((occur, unscored(on(fields, &condition.on))));
    }
    for part in &request.query.parts {
        clauses.push(match part {
            Part::Word { folded, is_open } => (Occur::Must, word(fields, folded, *is_open, request)),
            Part::Phrase(words) => (Occur::Must, phrase(fields, words)),
            Part::Not(words) => (Occur::MustNot, phrase(fields, words)),
        });
    }
    BooleanQuery::new(clauses)
}

fn exact(field: Field, value: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}

fn any_of(field: Field, values: &[String]) -> Boxed {
    match values {
        [] => Box::new(EmptyQuery),
        [one] => exact(field, one),
        _ => Box::new(TermSetQuery::new(values.iter().map(|value| Term::from_field_text(field, value)))),
    }
}

fn on(fields: &Fields, on: &On) -> Boxed {
    let at = |at: &DateTime<Utc>| Term::from_field_i64(fields.updated, at.timestamp());
    match on {
        On::Facet(facet, values) => any_of(facet.field(fields).0, values),
        On::Key(key) => exact(fields.keys, key),
        On::Before(end) => Box::new(RangeQuery::new(Bound::Unbounded, Bound::Excluded(at(end)))),
        On::After(start) => Box::new(RangeQuery::new(Bound::Included(at(start)), Bound::Unbounded)),
    }
}

/// The fields with words, and the weight of a match in each.
fn worth(fields: &Fields) -> [(Field, Score); 4] {
    [(fields.title, 4.0), (fields.labels, 2.5), (fields.text, 1.0), (fields.remarks, 0.7)]
}

/// The weight of a word in another form, as the beginning of a longer word, and with a wrong letter.
const INFLECTED: Score = 0.6;
const BEGUN: Score = 0.8;
const MISSPELT: Score = 0.4;

/// A word in any field and form.
fn word(fields: &Fields, folded: &str, is_open: bool, request: &Request) -> Boxed {
    let mut forms: Vec<(Occur, Boxed)> = Vec::new();
    let mut add = |query: Boxed, worth: Score| forms.push((Occur::Should, Box::new(BoostQuery::new(query, worth))));
    let letters = folded.chars().count();
    let is_name = |field: Field| field == fields.title || field == fields.labels;
    for (field, worth) in worth(fields) {
        if request.titles_only && !is_name(field) {
            continue;
        }
        let term = Term::from_field_text(field, folded);
        add(Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs)), worth);
        // Too many words of a text begin with any single letter.
        if is_open && (letters > 1 || field == fields.title) {
            add(Box::new(FuzzyTermQuery::new_prefix(term.clone(), 0, true)), worth * BEGUN);
        }
        if request.typos && typos_in(folded) > 0 {
            let near = if is_open { FuzzyTermQuery::new_prefix } else { FuzzyTermQuery::new };
            add(Box::new(near(term, typos_in(folded), true)), worth * MISSPELT);
        }
    }
    for stem in stems(folded).into_iter().filter(|_| !request.titles_only) {
        let term = Term::from_field_text(fields.stems, &stem);
        add(Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs)), INFLECTED);
        if request.typos && typos_in(folded) > 0 {
            add(Box::new(FuzzyTermQuery::new(term, typos_in(&stem), true)), INFLECTED * MISSPELT);
        }
    }
    Box::new(BooleanQuery::new(forms))
}

/// Words in this order, in any field.
fn phrase(fields: &Fields, words: &[String]) -> Boxed {
    let in_field = |(field, worth): (Field, Score)| -> (Occur, Boxed) {
        let mut terms: Vec<Term> = words.iter().map(|word| Term::from_field_text(field, word)).collect();
        let query: Boxed = match terms.len() {
            0 => Box::new(AllQuery),
            1 => Box::new(TermQuery::new(terms.swap_remove(0), IndexRecordOption::WithFreqs)),
            _ => Box::new(PhraseQuery::new(terms)),
        };
        (Occur::Should, Box::new(BoostQuery::new(query, worth)))
    };
    Box::new(BooleanQuery::new(worth(fields).into_iter().map(in_field).collect()))
}

/// Counts hits and the values of their facets.
struct Counts {
    facets: bool,
    fields: Fields,
    now: i64,
}

struct SegmentCounts {
    columns: Vec<(Facet, StrColumn, HashMap<u64, usize>)>,
    updated: Option<Column<i64>>,
    now: i64,
    total: usize,
    recent: [usize; RECENT.len()],
}

impl Collector for Counts {
    type Fruit = Found;
    type Child = SegmentCounts;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentCounts> {
        let mut counts =
            SegmentCounts { columns: Vec::new(), updated: None, now: self.now, total: 0, recent: Default::default() };
        if self.facets {
            for facet in Facet::ALL {
                let column = segment.fast_fields().str(facet.field(&self.fields).1)?;
                counts.columns.extend(column.map(|column| (facet, column, HashMap::new())));
            }
            counts.updated = Some(segment.fast_fields().i64("updated")?);
        }
        Ok(counts)
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Found>>) -> tantivy::Result<Found> {
        let mut all = Found::default();
        for segment in segments {
            let segment = segment?;
            all.total += segment.total;
            for (facet, values) in segment.facets {
                let counts = all.facets.entry(facet).or_default();
                for (value, count) in values {
                    *counts.entry(value).or_default() += count;
                }
            }
            for (sum, count) in all.recent.iter_mut().zip(segment.recent) {
                *sum += count;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for SegmentCounts {
    type Fruit = tantivy::Result<Found>;

    fn collect(&mut self, document: DocId, _: Score) {
        self.total += 1;
        for (_, column, counts) in &mut self.columns {
            for ordinal in column.term_ords(document) {
                *counts.entry(ordinal).or_default() += 1;
            }
        }
        if let Some(updated) = self.updated.as_ref().and_then(|updated| updated.first(document)) {
            for (count, period) in self.recent.iter_mut().zip(RECENT) {
                *count += usize::from(updated >= self.now - period);
            }
        }
    }

    fn harvest(self) -> tantivy::Result<Found> {
        let mut facets: HashMap<Facet, HashMap<String, usize>> = HashMap::new();
        for (facet, column, counts) in self.columns {
            let values = facets.entry(facet).or_default();
            for (ordinal, count) in counts {
                let mut value = String::new();
                column.ord_to_str(ordinal, &mut value)?;
                values.insert(value, count);
            }
        }
        Ok(Found { documents: Vec::new(), total: self.total, facets, recent: self.recent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entries::Entry;
    use crate::entries::tests::entry;
    use crate::rights::{Place, words_below};

    fn indexed(entries: &[Entry]) -> (tempfile::TempDir, OpenIndex) {
        let parent = tempfile::tempdir().expect("a folder");
        let index = OpenIndex::create(parent.path(), None).expect("created");
        index.commit(&[], entries, |_| {}).expect("committed");
        (parent, index)
    }

    fn request(text: &str) -> Request {
        Request {
            workspace: WorkspaceId(uuid::Uuid::from_u128(1)),
            rights: Some(vec!["open".into()]),
            unsure: Vec::new(),
            query: Query::read(text),
            conditions: Vec::new(),
            typos: false,
            titles_only: false,
            sort: Sort::Best,
            offset: 0,
            limit: 10,
            facets: true,
        }
    }

    fn titles(index: &OpenIndex, entries: &[Entry], request: &Request) -> Vec<String> {
        let found = find(index, request).expect("found");
        let title =
            |id: &DocumentId| entries.iter().find(|entry| entry.document == *id).map(|entry| entry.title.clone());
        assert_eq!(found.total, found.documents.len());
        found.documents.iter().filter_map(title).collect()
    }

    /// [FIND-6] [FIND-7] Words in any form, the beginning of the last word, phrases, exclusions and typos.
    #[test]
    fn words_are_found() {
        let entries = [
            entry("Market strategies", "We enter the market in Ávila.\nThen growth follows."),
            entry("Notes", "The strategy of the others is another market plan"),
            entry("Übersicht", "Die Marktanalysen sind nicht von der Bank"),
        ];
        let (_parent, index) = indexed(&entries);
        for (text, typos, expected) in [
            ("strategy", false, vec!["Market strategies", "Notes"]),
            ("ÁVILA ", false, vec!["Market strategies"]),
            ("avi", false, vec!["Market strategies"]),
            ("avi ", false, vec![]),
            ("marktanalyse", false, vec!["Übersicht"]),
            ("ubersicht", false, vec!["Übersicht"]),
            ("\"market plan\"", false, vec!["Notes"]),
            ("\"market in avila\"", false, vec!["Market strategies"]),
            // A phrase does not match across the end of a line.
            ("\"avila then\"", false, vec![]),
            ("market -plan", false, vec!["Market strategies"]),
            ("stratgy ", false, vec![]),
            ("stratgy ", true, vec!["Market strategies", "Notes"]),
            ("plam ", true, vec![]),
        ] {
            let mut found = titles(&index, &entries, &Request { typos, ..request(text) });
            found.sort();
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(titles(&index, &entries, &request("market "))[0], "Market strategies", "titles come first");
    }

    /// [FIND-4] The caller's rights are part of the query, so counts and facets include only what the caller sees.
    #[test]
    fn only_what_the_caller_sees_is_found_and_counted() {
        let seen = entry("Seen", "plan");
        let mut hidden = Entry { status: "approved".into(), ..entry("Hidden", "plan") };
        hidden.seen_by = Place { document: hidden.document.0, ..Place::default() }.words();
        let elsewhere = Entry { workspace: WorkspaceId(uuid::Uuid::from_u128(2)), ..entry("Elsewhere", "plan") };
        let entries = [seen.clone(), hidden.clone(), elsewhere];
        let (_parent, index) = indexed(&entries);
        let found = find(&index, &request("plan")).expect("found");
        assert_eq!((found.total, found.documents), (1, vec![seen.document]));
        assert_eq!(found.facets[&Facet::Status], HashMap::from([("draft".to_owned(), 1)]));
        assert_eq!(found.recent, [1; 4]);
        let given = Request { rights: Some(words_below(&[hidden.document])), ..request("plan") };
        assert_eq!(titles(&index, &entries, &given), ["Hidden"]);
        let all = Request { rights: None, sort: Sort::NewestChange, ..request("") };
        assert_eq!(titles(&index, &entries, &all).len(), 2);
        let unsure = Request { unsure: words_below(&[seen.document]), ..request("plan") };
        assert_eq!(titles(&index, &entries, &unsure), Vec::<String>::new());
        let nobody = Request { rights: Some(Vec::new()), ..request("plan") };
        assert_eq!(titles(&index, &entries, &nobody), Vec::<String>::new());
    }

    /// [FIND-7] Conditions on tags and dates.
    #[test]
    fn conditions_hold() {
        let old = Entry { updated_at: DateTime::from_timestamp(1_000_000, 0).expect("a date"), ..entry("Old", "plan") };
        let entries = [old, Entry { tags: vec!["Growth".into()], ..entry("New", "plan") }];
        let (_parent, index) = indexed(&entries);
        let day = DateTime::from_timestamp(2_000_000, 0).expect("a date");
        for (on, not, expected) in [
            (On::Before(day), false, "Old"),
            (On::After(day), false, "New"),
            (On::Facet(Facet::Tag, vec!["Growth".into()]), false, "New"),
            (On::Facet(Facet::Tag, vec!["Growth".into()]), true, "Old"),
            (On::Key(crate::index::tag_key("GROWTH")), false, "New"),
        ] {
            let conditions = vec![Condition { on, not }];
            assert_eq!(titles(&index, &entries, &Request { conditions, ..request("plan") }), [expected]);
        }
    }
}
