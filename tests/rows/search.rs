//! The rows that search reads, and its permission, on both engines.

use database::consumers::{LocalConsumer, Registered};
use database::{DocumentRow, documents};
use library::documents::rows as document_rows;
use library::shares::rows::{self as share_rows, NewGrant};
use library::spaces::rows::{self as space_rows, NewSpace};
use library::texts::rows::{self as texts, Text};
use library::tree::ranks::Position;
use library::tree::rows::Place;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};
use search::{entries, rights};
use serde_json::json;
use vocabulary::{DocumentId, Event, Right};

use crate::test_database::test_databases;

fn text(document: &DocumentRow, seq: u64, words: &str, links: &[&DocumentRow]) -> Text {
    let links = links.iter().map(|target| target.document_id).collect();
    Text { document: document.document_id, seq, blocks: vec![words.to_owned()], links }
}

/// [FIND-1] [FIND-2] A newer text is never replaced by an older one; its links follow it; a purge removes it.
#[tokio::test]
async fn texts_and_their_links_are_stored_in_order() {
    for test in test_databases().await {
        let [page, one, other] = [test.add("Page").await, test.add("One").await, test.add("Other").await];
        let (db, owner) = (&test.db, test.viewer(test.owner.account_id));
        let store = async |text: Text| texts::store(db, &[text]).await.expect("stored");
        let read =
            async || entries::texts(db, &[page.document_id]).await.expect("readable").pop().map(|(_, blocks)| blocks);
        let linking = async |to: &DocumentRow| {
            let pages = texts::backlinks(db, &owner, to.document_id).await.expect("readable");
            pages.into_iter().map(|page| page.title).collect::<Vec<_>>()
        };
        let known = async || texts::stored(db, &[page.document_id]).await.expect("readable");
        assert_eq!((read().await, known().await), (None, vec![(page.document_id, Some(0))]));
        store(text(&page, 2, "newer", &[&one])).await;
        store(text(&page, 1, "older", &[&other])).await;
        assert_eq!((read().await, known().await), (Some(vec!["newer".to_owned()]), vec![(page.document_id, Some(2))]));
        assert_eq!((linking(&one).await, linking(&other).await), (vec!["Page".to_owned()], vec![]));
        store(text(&page, 3, "newest", &[&other])).await;
        store(text(&one, 1, "x", &[&other])).await;
        assert_eq!((linking(&one).await, linking(&other).await.len()), (vec![], 2));
        let alike = texts::linked_alike(db, &owner, page.document_id, 5).await.expect("readable");
        assert_eq!(alike.iter().map(|page| page.title.as_str()).collect::<Vec<_>>(), ["One"]);
        let ben = test.viewer(test.join("ben").await);
        assert_eq!(texts::backlinks(db, &ben, other.document_id).await.expect("readable"), []);

        test.trash(page.document_id).await;
        assert_eq!(linking(&other).await, ["One"], "what is in the trash links to nothing");
        let begun = library::trash::rows::begin_purge(db, &test.by(), page.document_id).await.expect("written");
        assert!(begun);
        // A document that an import still hides looks the same: its text is asked for again once it is shown.
        assert_eq!(known().await, []);
        store(text(&page, 4, "too late", &[])).await;
        library::trash::rows::end_purge(db, page.document_id).await.expect("written");
        store(text(&page, 5, "too late", &[])).await;
        assert_eq!((read().await, known().await), (None, vec![(page.document_id, None)]));
    }
}

/// [FIND-4] For random pages and members, the words of permission in the index agree with the rules of lists.
#[tokio::test]
async fn the_permission_of_the_index_is_that_of_lists() {
    for test in test_databases().await {
        let mut random = StdRng::seed_from_u64(24);
        let db = &test.db;
        let mut people = Vec::new();
        for name in ["ben", "vera", "mona"] {
            people.push(test.join(name).await);
        }
        let mut spaces = Vec::new();
        for open_level in [None, Some(Right::View), None] {
            let created_by = *people.choose(&mut random).expect("someone");
            let new = NewSpace {
                name: "Board".into(),
                icon: String::new(),
                description: String::new(),
                open_level,
                created_by,
            };
            spaces.push(space_rows::add(db, &test.by(), new).await.expect("made").space_id);
        }
        let mut pages: Vec<DocumentRow> = Vec::new();
        for n in 0..40 {
            let space = *spaces.choose(&mut random).expect("a space");
            let above: Vec<_> = pages.iter().filter(|page| page.space_id == Some(space)).collect();
            let parent = above.choose(&mut random).filter(|_| random.random_bool(0.7)).map(|page| page.document_id);
            let place = Place { space: Some(space), parent, position: Position::Last };
            let page = test.add_at(&format!("Page {n}"), place).await;
            let opened = [None, None, None, Some(Right::View), Some(Right::Edit)];
            let changed = DocumentRow {
                open_level: opened.choose(&mut random).copied().flatten().map(Into::into),
                inherits: random.random_bool(0.8),
                ..page.clone()
            };
            let changes = json!({ "open_level": null, "inherits": null });
            document_rows::update(db, &test.by(), page.version, changed, None, changes).await.expect("written");
            if random.random_bool(0.3) {
                let account = *people.choose(&mut random).expect("someone");
                let (document, granted_by) = (page.document_id, test.owner.account_id);
                let expires_at = random.random_bool(0.3).then(chrono::Utc::now);
                let grant = NewGrant { document, account, level: Right::View, granted_by, expires_at };
                share_rows::put(db, &test.by(), grant).await.expect("written");
            }
            pages.push(documents::find(db, test.workspace, page.document_id).await.expect("readable").expect("there"));
        }
        let ids: Vec<DocumentId> = pages.iter().map(|page| page.document_id).collect();
        let indexed = entries::load(db, &ids).await.expect("readable");
        assert_eq!(indexed.len(), pages.len());
        let mut seen_by_someone = 0;
        for account in people {
            let viewer = test.viewer(account);
            let holdings = viewer.holdings(db).await.expect("readable");
            let words = rights::words_of(&viewer, &holdings).expect("not an admin");
            let listed = viewer.of_those(db, &ids).await.expect("readable");
            for entry in &indexed {
                let found = entry.seen_by.iter().any(|word| words.contains(word));
                let seen = listed.iter().any(|row| row.document_id == entry.document);
                assert_eq!(found, seen, "{}", entry.title);
                seen_by_someone += usize::from(seen);
            }
        }
        assert!((10..110).contains(&seen_by_someone), "{seen_by_someone} of 120");
    }
}

/// A local consumer reads each event until it has moved its cursor.
#[tokio::test]
async fn a_local_consumer_moves_its_cursor_itself() {
    for test in test_databases().await {
        let (db, consumer) = (&test.db, LocalConsumer::new("index:1".into()));
        let before = test.add("Before").await;
        assert!(matches!(consumer.register(db).await.expect("registered"), Registered::New { .. }));
        let concerned = async || {
            let read = consumer.read(db, 100).await.expect("readable");
            let events = read.iter().flat_map(|read| read.events());
            let documents: Vec<DocumentId> = events.filter_map(|event| event.document).collect();
            (documents, read)
        };
        let (documents, read) = concerned().await;
        assert!(documents.contains(&before.document_id), "it begins some way below the newest event");
        assert_eq!(concerned().await.0, documents, "again");
        let last = read.expect("some").last();
        let (_, read) = concerned().await;
        consumer.advance(db, &read.expect("the same")).await.expect("moved");
        assert_eq!(consumer.register(db).await.expect("registered"), Registered::Known(last));
        assert!(concerned().await.1.is_none());

        let mut tx = db.begin().await.expect("begun");
        tx.emit(&test.by(), Event::DocumentWritten { document: before.document_id, bearer: None })
            .await
            .expect("noted");
        tx.commit().await.expect("committed");
        assert_eq!(concerned().await.0, [before.document_id]);
        consumer.forget(db).await.expect("forgotten");
        assert!(concerned().await.1.is_none());
    }
}
