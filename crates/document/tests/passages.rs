//! The rules by which passages are followed, one by one. `tests/clients/passages.mjs` simulates everyday edits.

use document::passages::{Mark, Report, Surroundings};
use document::{Author, Document, Level, Outcome, Ownership, SyncStep};
use yrs::{
    Doc, ReadTxn, Text, Transact, TransactionMut, XmlElementPrelim, XmlFragment, XmlOut, XmlTextPrelim, XmlTextRef,
};

const KEY: u128 = 7;

/// A document with a passage, and an editor that writes in it.
struct Page {
    document: Document,
    editor: Doc,
    at: i64,
}

fn line(txn: &TransactionMut<'_>, at: u32) -> XmlTextRef {
    let root = txn.get_xml_fragment("default").expect("the root");
    let Some(XmlOut::Element(paragraph)) = root.get(txn, at) else { panic!("a paragraph") };
    let Some(XmlOut::Text(text)) = paragraph.get(txn, 0) else { panic!("its text") };
    text
}

fn add_line(txn: &mut TransactionMut<'_>, at: u32, text: &str) {
    let root = txn.get_xml_fragment("default").expect("the root");
    let paragraph = root.insert(txn, at, XmlElementPrelim::empty("paragraph"));
    paragraph.push_back(txn, XmlTextPrelim::new(text));
}

fn remove_line(txn: &mut TransactionMut<'_>, at: u32) {
    txn.get_xml_fragment("default").expect("the root").remove_range(txn, at, 1);
}

impl Page {
    /// A page of these lines, with the passage that reads `words`.
    fn with(lines: &[&str], words: &str) -> Page {
        let editor = Doc::new();
        editor.get_or_insert_xml_fragment("default");
        let mut page = Page { document: Document::empty(), editor, at: 0 };
        page.edit(|txn| {
            for (at, text) in lines.iter().enumerate() {
                add_line(txn, at as u32, text);
            }
        });
        let text = page.text();
        let from = text.find(words).expect("in the text") as u32;
        let anchor = page.document.anchor(from, from + words.len() as u32).expect("a passage");
        let around = page.document.around(&anchor, 32).into_iter().collect();
        let mark = Mark { anchor: Some(anchor), quote: words.into(), text: Some(words.into()), around };
        page.document.mark(KEY, mark);
        assert_eq!(page.passage().as_deref(), Some(words));
        page.document.reports();
        page
    }

    /// Makes one transaction, a minute after the last; returns what the tracker reports.
    fn edit(&mut self, edit: impl FnOnce(&mut TransactionMut<'_>)) -> Vec<Report> {
        let before = self.editor.transact().state_vector();
        edit(&mut self.editor.transact_mut());
        let update = self.editor.transact().encode_diff_v1(&before);
        self.at += 60_000;
        self.document.note_turn(self.at, Some("ana".into()));
        let author = Author { user: "ana".into(), ownership: Ownership::Record };
        match self.document.receive(&SyncStep::Update(update.into()), Level::Edit, &author) {
            Outcome::Accepted(_) => drop(self.document.apply().expect("an honest update")),
            other => panic!("{other:?}"),
        }
        self.document.reports()
    }

    fn text(&self) -> String {
        String::from_utf16_lossy(&self.document.plain_text())
    }

    /// What the passage reads; `None` if it is lost.
    fn passage(&self) -> Option<String> {
        let anchor = self.document.followed(KEY).expect("it is followed")?;
        Some(self.document.place(&anchor).expect("its place").quote)
    }
}

fn is_lost(reports: &[Report]) -> bool {
    matches!(reports, [Report::Lost { key: KEY, .. }])
}

fn is_found(reports: &[Report]) -> bool {
    matches!(reports, [Report::Found { key: KEY, .. }])
}

/// [CMT-1] Enter before a word: the editor deletes the rest of the line and writes it in a new one.
#[test]
fn a_passage_follows_its_words_when_the_line_is_split_and_joined() {
    let mut page = Page::with(&["One two three four", "five"], "three");
    page.edit(|txn| {
        line(txn, 0).remove_range(txn, 8, 10);
        add_line(txn, 1, "three four");
    });
    assert_eq!((page.text().as_str(), page.passage().as_deref()), ("One two \nthree four\nfive", Some("three")));
    page.edit(|txn| {
        remove_line(txn, 1);
        let first = line(txn, 0);
        first.insert(txn, 8, "three four");
    });
    assert_eq!((page.text().as_str(), page.passage().as_deref()), ("One two three four\nfive", Some("three")));
}

/// [CMT-1] Words next to a passage are not part of it, but a corrected letter within the passage is.
#[test]
fn a_passage_keeps_what_is_corrected_in_it_and_not_what_is_written_beside_it() {
    let mut page = Page::with(&["We expect steady groth this year"], "steady groth");
    page.edit(|txn| line(txn, 0).insert(txn, 20, "w"));
    assert_eq!(page.passage().as_deref(), Some("steady growth"));
    page.edit(|txn| line(txn, 0).insert(txn, 10, "very "));
    page.edit(|txn| {
        let end = "We expect very steady growth".len() as u32;
        line(txn, 0).insert(txn, end, " indeed");
    });
    assert_eq!(page.text(), "We expect very steady growth indeed this year");
    assert_eq!(page.passage().as_deref(), Some("steady growth"));
}

/// [CMT-1] The passage is cut in one transaction, and pasted in another place in the next.
#[test]
fn a_passage_is_lost_when_it_is_cut_and_returns_where_it_is_pasted() {
    let words = "considerably longer passage";
    let mut page = Page::with(&["Before the considerably longer passage itself", "Another "], words);
    assert!(is_lost(&page.edit(|txn| line(txn, 0).remove_range(txn, 11, 27))));
    assert_eq!(page.passage(), None);
    assert!(is_found(&page.edit(|txn| line(txn, 1).insert(txn, 8, words))));
    assert_eq!(
        (page.text().as_str(), page.passage().as_deref()),
        ("Before the  itself\nAnother considerably longer passage", Some(words))
    );
}

/// [CMT-1] A whole line moves.
#[test]
fn a_passage_moves_with_its_line() {
    let mut page = Page::with(&["The first line", "The second line", "The third line"], "first");
    let reports = page.edit(|txn| {
        remove_line(txn, 0);
        add_line(txn, 2, "The first line");
    });
    assert!(matches!(reports.as_slice(), [Report::Moved { .. }]), "{reports:?}");
    assert_eq!(
        (page.text().as_str(), page.passage().as_deref()),
        ("The second line\nThe third line\nThe first line", Some("first"))
    );
}

/// [CMT-1] Words that return in two places with the same surroundings have no clear place.
#[test]
fn a_passage_whose_place_is_not_clear_stays_an_orphan() {
    let mut page = Page::with(&["we will see growth here", "x"], "growth");
    assert!(is_lost(&page.edit(|txn| remove_line(txn, 0))));
    page.at += 3_600_000;
    let reports = page.edit(|txn| {
        line(txn, 0).remove_range(txn, 0, 1);
        add_line(txn, 0, "we will see growth here");
        add_line(txn, 1, "we will see growth here");
    });
    assert_eq!((page.passage(), is_found(&reports)), (None, false), "{reports:?}");
    assert_eq!(page.text().matches("growth").count(), 2);
}

/// [CMT-1] A copy of the words that was in the text all the time is taken for the passage only if nearly everything
/// around it agrees. The same holds for a passage that was lost before its document was loaded.
#[test]
fn a_lost_passage_is_found_in_a_loaded_document_by_the_same_rule_as_in_an_open_one() {
    let full = ("the committee expects to see rapid ", " in the northern region of the map");
    let load = |before: &str, after: &str| {
        let around = Surroundings { before: full.0.into(), after: full.1.into() };
        let mut page = Page::with(&["mark", &format!("{before}growth{after}")], "mark");
        page.document.unmark(KEY);
        page.document.mark(
            KEY,
            Mark { anchor: None, quote: "growth".into(), text: Some("growth".into()), around: vec![around] },
        );
        let found = is_found(&page.document.reports());
        assert_eq!(found, page.passage().is_some());
        found
    };
    assert!(load(full.0, full.1), "its own place");
    // 24 letters agree: two or three words, as around many copies.
    assert!(!load("to see rapid ", " in the nor!"), "another place");
}

/// [CMT-1] A passage with no letter left in place is not guessed from a few letters.
#[test]
fn a_passage_that_is_typed_over_is_lost() {
    let mut page = Page::with(&["The old words stand here"], "old words");
    let reports = page.edit(|txn| {
        let text = line(txn, 0);
        text.remove_range(txn, 4, 9);
        text.insert(txn, 4, "entirely different");
    });
    assert!(is_lost(&reports), "{reports:?}");
    assert_eq!(page.text(), "The entirely different stand here");
}

/// The clocks under which the letters between two offsets were first written.
fn first_clocks(page: &Page, from: u32, to: u32) -> Vec<u32> {
    let origins = page.document.origins(from, to);
    origins.iter().flat_map(|origin| (0..origin.to - origin.from).map(|step| origin.clock + step)).collect()
}

/// [REV-6] An editor keeps the common first letters of a text: a `w` that is typed before `waki` arrives as the second
/// letter.
#[test]
fn a_letter_that_is_typed_before_an_equal_one_has_the_author_who_typed_it() {
    let mut page = Page::with(&["One waki two"], "two");
    page.document.track_letters();
    let first = first_clocks(&page, 4, 8);
    let now = page.editor.transact().state_vector().get(&page.editor.client_id());
    for (at, letter) in [(4, "b"), (5, "r"), (6, "a"), (8, "w"), (8, " ")] {
        page.edit(|txn| line(txn, 0).insert(txn, at, letter));
    }
    assert_eq!(page.text(), "One braw waki two");
    assert_eq!(first_clocks(&page, 9, 13), first, "waki");
    assert_eq!(first_clocks(&page, 4, 9), (now..now + 5).collect::<Vec<u32>>(), "what was typed");
}

/// [REV-6] A letter of a word that is written over is no longer that letter.
#[test]
fn a_word_that_is_written_over_has_one_author() {
    let mut page = Page::with(&["One nefu two"], "two");
    page.document.track_letters();
    let now = page.editor.transact().state_vector().get(&page.editor.client_id());
    page.edit(|txn| {
        let text = line(txn, 0);
        text.remove_range(txn, 5, 3);
        text.insert(txn, 5, "ox");
    });
    assert_eq!(page.text(), "One nox two");
    assert!(first_clocks(&page, 4, 7).iter().all(|clock| *clock >= now));
}

/// [REV-6] A single deleted letter does not return wherever the same letter is typed.
#[test]
fn a_letter_that_is_typed_is_not_one_that_was_deleted_elsewhere() {
    let mut page = Page::with(&["One two e", "next"], "two");
    page.document.track_letters();
    page.edit(|txn| line(txn, 0).remove_range(txn, 8, 1));
    let now = page.editor.transact().state_vector().get(&page.editor.client_id());
    page.edit(|txn| line(txn, 0).insert(txn, 8, "g"));
    page.edit(|txn| line(txn, 0).insert(txn, 9, "e"));
    assert_eq!(page.text(), "One two ge\nnext");
    assert_eq!(first_clocks(&page, 8, 10), [now, now + 1]);
}

/// [REV-6] Text that is restored over other text is compared with it word by word, so the spaces between its words
/// stay. Each word alone is too short to be recognised, but all words together are not.
#[test]
fn text_that_is_restored_over_other_text_keeps_its_authors() {
    let mut page = Page::with(&["fuma kivile dotana", "one two three", "next"], "next");
    page.document.track_letters();
    let first = first_clocks(&page, 0, 18);
    page.edit(|txn| remove_line(txn, 0));
    page.edit(|txn| {
        let text = line(txn, 0);
        for (at, len, word) in [(8, 5, "dotana"), (4, 3, "kivile"), (0, 3, "fuma")] {
            text.remove_range(txn, at, len);
            text.insert(txn, at, word);
        }
    });
    assert_eq!(page.text(), "fuma kivile dotana\nnext");
    for (from, to) in [(0, 4), (5, 11), (12, 18)] {
        assert_eq!(first_clocks(&page, from, to), first[from as usize..to as usize], "the word at {from}");
    }
}

/// [REV-6] A word from the middle of deleted text is recognised beside the letters that it was beside before.
#[test]
fn a_word_from_the_middle_of_deleted_text_returns_beside_its_neighbors() {
    let mut page = Page::with(&["The first of the words kivile and the last of them", "next"], "next");
    page.document.track_letters();
    let first = first_clocks(&page, 23, 30);
    page.edit(|txn| remove_line(txn, 0));
    page.edit(|txn| add_line(txn, 0, "The first of the words and the last of them"));
    let now = page.editor.transact().state_vector().get(&page.editor.client_id());
    page.edit(|txn| line(txn, 0).insert(txn, 23, "kivile "));
    assert_eq!(first_clocks(&page, 23, 30), first);
    page.edit(|txn| line(txn, 0).insert(txn, 4, "kivile "));
    assert_eq!(first_clocks(&page, 4, 11), (now + 7..now + 14).collect::<Vec<u32>>(), "the same word elsewhere");
}
