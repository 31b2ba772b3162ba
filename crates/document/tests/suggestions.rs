//! The rules of suggestions, one by one. `tests/clients/suggesting.mjs` simulates everyday edits beside them.

use bytes::Bytes;
use document::passages::{Mark, Report};
use document::prose::{Draft, Prose, View};
use document::suggestions::{
    Base, Derived, Kind, Located, Refused, Suggestion, overlapping, returning, shown_together,
};
use document::{Anchor, Author, Document, Level, Outcome, Ownership, SyncStep};
use serde_json::{Value, json};

fn markdown(text: &str) -> Prose {
    Prose::from_markdown(text).expect("Markdown")
}

fn from(json: Value) -> Prose {
    Prose::from_json(&json).expect("content of the editor")
}

/// The text as an editor shows it, with all attributes.
fn shown(prose: Prose) -> Value {
    Prose::from_json(&prose.to_json()).expect("content of the editor").to_json()
}

fn located(base: &Base, one: &Derived) -> Result<Located, Refused> {
    let places: Vec<_> = one.places.iter().copied().map(Some).collect();
    base.locate(&one.suggestion, &places)
}

/// The suggestions that turn one text into the other, which they must do together.
fn derived(before: &Prose, after: &Prose) -> Vec<Derived> {
    let base = Base::of(before.clone());
    let all = base.derive(after);
    let located: Vec<Located> = all.iter().map(|one| located(&base, one).expect("it was just made")).collect();
    assert_eq!(overlapping(&located), []);
    let with = base.with(&located.iter().collect::<Vec<_>>()).expect("they do not overlap");
    assert_eq!(shown(with), shown(after.clone()));
    all
}

fn kinds(before: &str, after: &str) -> Vec<Kind> {
    derived(&markdown(before), &markdown(after)).iter().map(|one| one.suggestion.kind()).collect()
}

/// A document with one suggestion that is followed.
struct Plan {
    document: Document,
    suggestion: Suggestion,
    anchors: Vec<Option<Anchor>>,
}

impl Plan {
    fn with(before: &str, after: &str) -> Plan {
        Plan::of(&markdown(before), &markdown(after))
    }

    fn of(before: &Prose, after: &Prose) -> Plan {
        let mut document = Document::empty();
        document.track();
        let mut draft = Draft::empty();
        take(&mut document, draft.write(before, View::Exact).expect("a text"));
        let mut all = Base::of(document.prose()).derive(after);
        assert_eq!(all.len(), 1, "{all:?}");
        let Derived { suggestion, places } = all.remove(0);
        let anchors: Vec<Anchor> =
            places.iter().map(|(from, to)| document.anchor(*from, *to).expect("a passage")).collect();
        for (key, anchor) in anchors.iter().enumerate() {
            let quote = suggestion.quotes[key].clone();
            document.mark(key as u128, Mark { anchor: Some(anchor.clone()), quote, ..Mark::default() });
        }
        Plan { document, suggestion, anchors: anchors.into_iter().map(Some).collect() }
    }

    /// Changes the document, as somebody else, so that it reads like this.
    fn becomes(mut self, text: &str) -> Plan {
        let mut draft = Draft::new(&self.document.state()).expect("an honest state");
        take(&mut self.document, draft.write(&markdown(text), View::Exact).expect("an edit"));
        for report in self.document.reports() {
            let (key, now) = match report {
                Report::Moved { key, anchor, .. } | Report::Found { key, anchor, .. } => (key, Some(anchor)),
                Report::Lost { key, .. } => (key, None),
            };
            self.anchors[key as usize] = now;
        }
        self
    }

    fn update(&self) -> Result<Bytes, Refused> {
        let place = |anchor: &Option<Anchor>| {
            let place = self.document.place(anchor.as_ref()?).ok()?;
            Some((place.from, place.to))
        };
        let places: Vec<_> = self.anchors.iter().map(place).collect();
        Draft::new(&self.document.state()).expect("an honest state").accept(&self.suggestion, &places)
    }

    /// The text after an acceptance, as Markdown.
    fn accepted(mut self) -> Result<String, Refused> {
        let update = self.update()?;
        take(&mut self.document, update);
        Ok(self.document.prose().to_markdown().trim_end().to_owned())
    }
}

fn take(document: &mut Document, update: Bytes) {
    let author = Author { user: "ana".into(), ownership: Ownership::Record };
    let outcome = document.receive(&SyncStep::Update(update), Level::Edit, &author);
    assert!(matches!(&outcome, Outcome::Accepted(accepted) if accepted.left_out.is_empty()), "{outcome:?}");
    document.apply().expect("an honest edit");
}

const TABLE: &str = "| Country | Growth |\n| --- | --- |\n| Norway | slow |\n| Chile | fast |";

/// [SUG-1] One contiguous change is one suggestion, of a kind that people know.
#[test]
fn each_contiguous_change_is_one_suggestion() {
    use Kind::{Block, Delete, Format, Insert, Join, Replace, Split};
    let longer = format!("{TABLE}\n| Peru | fair |");
    let shorter = "| Country | Growth |\n| --- | --- |\n| Chile | fast |";
    let cases: &[(&str, &str, &[Kind])] = &[
        ("Growth is slow.", "Growth is very slow.", &[Insert]),
        ("Growth is slow.", "Now growth is slow.", &[Replace]),
        ("growth is slow.", "Now growth is slow.", &[Insert]),
        ("Growth is slow.", "Growth is slow. We know why.", &[Insert]),
        ("Growth is very slow.", "Growth is slow.", &[Delete]),
        ("Growth is slow.", "Growth is fast.", &[Replace]),
        ("Growth is slow.", "Growth is slow!", &[Replace]),
        ("Growth is slow.", "Growth is **slow**.", &[Format]),
        ("Growth is **slow**.", "Growth is slow.", &[Format]),
        ("Growth is slow now.", "Growth was slow then.", &[Replace, Replace]),
        ("One two three.\n\nFour.", "One three.\n\nFour five.", &[Delete, Insert]),
        ("Growth is slow.", "Growth\n\nis slow.", &[Replace]),
        ("One two.\n\nThree four.", "One two.Three four.", &[Join]),
        ("One two\n\nthree four.", "One twothree four.", &[Join]),
        ("One two three.\n\nFour five six.", "One two five six.", &[Delete]),
        ("Where we stand", "## Where we stand", &[Block]),
        ("- one\n- two", "1. one\n2. two", &[Block]),
        ("- [ ] hire Ana", "- [x] hire Ana", &[Block]),
        ("One.\n\nTwo.", "One.\n\nNew.\n\nTwo.", &[Insert]),
        ("One.\n\nTwo.", "New.\n\nOne.\n\nTwo.", &[Insert]),
        ("One.\n\nTwo.", "Two.", &[Delete]),
        ("One.\n\nTwo.", "One.\n\n- Two.", &[Replace]),
        ("- one\n- two", "- one\n- new\n- two", &[Insert]),
        ("- one\n- two", "- one", &[Delete]),
        ("One.", "One.\n\n![A map](/map.png)", &[Insert]),
        ("One.\n\n![A map](/map.png)\n\nTwo.", "One.\n\nTwo.", &[Delete]),
        (TABLE, &longer, &[Insert]),
        (TABLE, shorter, &[Delete]),
        ("Same.", "Same.", &[]),
    ];
    for (before, after, wanted) in cases {
        assert_eq!(kinds(before, after), *wanted, "{before:?} -> {after:?}");
    }
    // As after Enter in an editor, which leaves the space.
    let line = |text: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] });
    let split = from(json!({ "type": "doc", "content": [line("Growth "), line("is slow.")] }));
    let all = derived(&markdown("Growth is slow."), &split);
    assert_eq!(all.iter().map(|one| one.suggestion.kind()).collect::<Vec<_>>(), [Split]);
    let item = |text: &str| json!({ "type": "listItem", "content": [line(text)] });
    let split = from(
        json!({ "type": "doc", "content": [{ "type": "bulletList", "content": [item("Growth "), item("is slow.")] }] }),
    );
    let all = derived(&markdown("- Growth is slow."), &split);
    assert_eq!(all.iter().map(|one| one.suggestion.kind()).collect::<Vec<_>>(), [Split]);
}

/// [SUG-1] Text that cannot be found by its own words is replaced together with the text around it.
#[test]
fn changes_without_words_are_found_by_what_is_beside_them() {
    let doc = |blocks: Value| from(json!({ "type": "doc", "content": blocks }));
    let blank = || json!({ "type": "paragraph" });
    let line = |text: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] });
    let image = |n: u32| json!({ "type": "image", "attrs": { "src": format!("/{n}.png") } });
    derived(&doc(json!([blank()])), &doc(json!([line("A first sentence.")])));
    derived(&doc(json!([line("One"), blank(), line("Two")])), &doc(json!([line("One"), line("New"), line("Two")])));
    derived(&doc(json!([image(1), image(2)])), &doc(json!([image(1), image(3), image(2)])));
    derived(&doc(json!([line("One"), image(1), image(2)])), &doc(json!([line("One"), image(1), image(3), image(2)])));
    derived(&doc(json!([line("😀😀"), line("One")])), &doc(json!([line("😀😀😀"), line("One")])));
    derived(&doc(json!([line("Tea 😀 and cake")])), &doc(json!([line("Tea 😀 or cake")])));
    let cell = |text: Option<&str>| json!({ "type": "tableCell", "content": [text.map_or_else(blank, line)] });
    let table = |cells: [Option<&str>; 2]| {
        doc(json!([{ "type": "table", "content": [{ "type": "tableRow", "content": cells.map(cell) }] }]))
    };
    derived(&table([None, None]), &table([Some("Norway"), None]));
    derived(&table([Some("Norway"), None]), &table([Some("Norway"), Some("slow")]));
    let link = json!({ "type": "pageLink", "attrs": { "document": "019b3c52-7d1e-7000-8000-0123456789ab" } });
    let linked = |before: &str, after: &str| {
        let text = |text: &str| json!({ "type": "text", "text": text });
        doc(json!([{ "type": "paragraph", "content": [text(before), link, { "type": "hardBreak" }, text(after)] }]))
    };
    derived(&linked("See ", "for more"), &linked("See also ", "for less"));
    derived(&linked("See ", "for more"), &doc(json!([line("See for more")])));
}

/// [SUG-1] Suggestions can add, remove and change footnotes and cards, even beside words that change.
#[test]
fn footnotes_and_cards_are_suggested() {
    let with = |words: &str, notes: &str| markdown(&format!("{words}\n\nThe end.\n\n{notes}"));
    let plain = with("We grow fast now.", "");
    let noted = with("We grow[^1] fast now.", "[^1]: In real terms.");
    derived(&plain, &noted);
    derived(&noted, &plain);
    derived(&noted, &with("We grow[^1] fast now.", "[^1]: In nominal terms."));
    derived(&noted, &with("We shrink[^1] slowly now.", "[^1]: In real terms."));
    derived(&noted, &with("We grow[^1] fast[^2] now.", "[^1]: In real terms.\n[^2]: Since May."));
    derived(&noted, &markdown("# We grow[^1] fast now.\n\nThe end.\n\n[^1]: In real terms."));
    derived(&with("![talk](<embed:https://x.example/a>)", ""), &with("![lecture](<embed:https://x.example/a>)", ""));
    derived(&plain, &with("We grow fast now.\n\n![talk](<embed:https://x.example/a>)", ""));
    derived(&with("![talk](<embed:https://x.example/a>)\n\nWords.", ""), &with("Words.", ""));
}

/// [SUG-2] A suggestion that still fits is accepted whatever else others wrote.
#[test]
fn what_others_write_beside_it_does_not_matter() {
    let cases = [
        (
            "Growth is slow here.",
            "Growth is fast here.",
            "# Growth is slow here. Really.",
            "# Growth is fast here. Really.",
        ),
        ("Growth is slow here.", "Growth is slow here.\n\nNew.", "Growth is slow.", "Growth is slow.\n\nNew."),
        (
            "Growth is slow here.",
            "Growth is very slow here.",
            "- Growth is slow\n- here.",
            "- Growth is very slow\n- here.",
        ),
        ("One two.\n\nThree.", "# One two.\n\nThree.", "One two. More.\n\nThree.", "# One two. More.\n\nThree."),
        ("One two.\n\nThree.", "One two.Three.", "One two. More.\n\nThree.", "One two. More.Three."),
        ("Zero.\n\nOne two.\n\nThree.", "Zero.\n\nThree.", "Zero.\n\n- One two.\n\nThree.", "Zero.\n\nThree."),
        ("- one\n- two", "- one\n- new\n- two", "- one\n- two\n- three", "- one\n- new\n- two\n- three"),
    ];
    for (before, after, now, then) in cases {
        let accepted = Plan::with(before, after).becomes(now).accepted();
        assert_eq!(accepted.as_deref(), Ok(then), "{before:?} -> {after:?}, now {now:?}");
    }
}

/// [SUG-2] A suggestion that no longer fits is refused with the reason, and changes nothing.
#[test]
fn what_no_longer_fits_is_refused() {
    let cases = [
        // The words were changed, extended at the edge, or deleted.
        ("Growth is slow here.", "Growth is fast here.", "Growth is slowly here.", Refused::Changed),
        ("Growth is slow here.", "Growth is fast here.", "Growth is now.", Refused::Gone),
        ("Growth is slow here.", "Growth here.", "Growth is very slow here.", Refused::Changed),
        ("One two three.\n\nFour five.", "One five.", "One two three.\n\nMore.\n\nFour five.", Refused::Changed),
        ("Growth is slow here.", "# Growth is slow here.", "Now: growth is slow here.", Refused::Changed),
        ("Where we stand", "# Where we stand", "### Where we stand", Refused::Changed),
        ("One two.\n\nThree.", "One two.Three.", "One two.\n\nMore.\n\nThree.", Refused::Changed),
        ("One two three.\n\nFour.", "Four.", "One two.\n\nFour.", Refused::Changed),
        ("- one\n- two", "- one", "- one\n- two\n  - three", Refused::Changed),
        // Somebody else has already made the change.
        ("Growth is slow here.", "Growth is very slow here.", "Growth is very slow here.", Refused::Already),
        ("Growth is slow here.", "Growth is **slow** here.", "Growth is **slow** here.", Refused::Already),
        ("Where we stand", "# Where we stand", "# Where we stand", Refused::Already),
        ("One.\n\nTwo.", "One.\n\nNew.\n\nTwo.", "One.\n\nNew.\n\nTwo.", Refused::Already),
    ];
    for (before, after, now, why) in cases {
        let refused = Plan::with(before, after).becomes(now).accepted();
        let is_gone = refused == Err(Refused::Gone) && why == Refused::Changed;
        assert!(
            refused == Err(why.clone()) || is_gone,
            "{before:?} -> {after:?}, now {now:?}: {refused:?}, not {why:?}"
        );
    }
    // A heading cannot be the first block of a list item.
    let refused = Plan::with("One two three.", "# One two three.").becomes("- One two three.").accepted();
    assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
}

/// [SUG-3] Accepting makes the smallest edit: text that others write in the same line at the same time stays.
#[test]
fn accepting_is_the_smallest_edit() {
    let mut plan = Plan::with("Growth is slow here.", "Growth is fast here.");
    let ours = plan.update().expect("it stands");
    let mut theirs = Draft::new(&plan.document.state()).expect("an honest state");
    let theirs = theirs.write(&markdown("Our growth is slow here, always."), View::Exact).expect("an edit");
    take(&mut plan.document, theirs);
    take(&mut plan.document, ours);
    assert_eq!(plan.document.prose().to_markdown().trim_end(), "Our growth is fast here, always.");
}

/// [SUG-4] Suggestions that do not overlap give the same text in any order. If two overlap, only one is applied.
#[test]
fn overlapping_suggestions_are_known() {
    let base = Base::of(markdown("One two three four.\n\nFive six.\n\n- seven\n- eight"));
    let one = |after: &str| {
        let all = base.derive(&markdown(after));
        assert_eq!(all.len(), 1, "{all:?}");
        located(&base, &all[0]).expect("it stands")
    };
    let replaced = one("One 2 three four.\n\nFive six.\n\n- seven\n- eight");
    let deleted = one("One four.\n\nFive six.\n\n- seven\n- eight");
    let inserted = one("One two and three four.\n\nFive six.\n\n- seven\n- eight");
    let formatted = one("One two **three four**.\n\nFive six.\n\n- seven\n- eight");
    let heading = one("# One two three four.\n\nFive six.\n\n- seven\n- eight");
    let block = one("One two three four.\n\nNew.\n\nFive six.\n\n- seven\n- eight");
    let other = one("One two three four.\n\nOther.\n\nFive six.\n\n- seven\n- eight");
    let joined = one("One two three four.Five six.\n\n- seven\n- eight");
    let second = one("One two three four.\n\n# Five six.\n\n- seven\n- eight");
    assert!(joined.overlaps(&second) && second.overlaps(&joined) && !joined.overlaps(&heading));
    let items =
        [one("One two three four.\n\nFive six.\n\n- eight"), one("One two three four.\n\nFive six.\n\n- seven")];
    for (a, b) in
        [(&replaced, &deleted), (&replaced, &inserted), (&deleted, &inserted), (&deleted, &formatted), (&block, &other)]
    {
        assert!(a.overlaps(b) && b.overlaps(a), "{a:?} {b:?}");
    }
    for (a, b) in [
        (&replaced, &formatted),
        (&heading, &formatted),
        (&inserted, &block),
        (&block, &heading),
        (&items[0], &items[1]),
    ] {
        assert!(!a.overlaps(b) && !b.overlaps(a), "{a:?} {b:?}");
        assert_eq!(base.with(&[a, b]), base.with(&[b, a]));
    }
    let all = [replaced, deleted, inserted.clone(), formatted, block];
    assert_eq!(overlapping(&all), [(0, 1), (0, 2), (1, 2), (1, 3)]);
    assert_eq!(shown_together(&all), [2, 3, 4]);
    // A list without items is not a list.
    let without = base.with(&[&items[0], &items[1]]).expect("they do not overlap");
    assert_eq!(without.to_markdown().trim_end(), "One two three four.\n\nFive six.");
}

/// [SUG-5] Repairs by an editor, and the empty line that it adds at the end, are not suggestions.
#[test]
fn repairs_of_the_editor_are_no_suggestions() {
    let line = |name: &str, text: &str| json!({ "type": name, "content": [{ "type": "text", "text": text }] });
    let mut before =
        from(json!({ "type": "doc", "content": [line("paragraph", "One two."), line("paragraph", "Three.")] }));
    // A raw client wrote a heading into a list item.
    let broken = Prose::from_markdown("- first\n\nLast.").expect("Markdown");
    before.0.extend(broken.0);
    let document::prose::Node::Element { children, .. } = &mut before.0[2] else { panic!("a list") };
    let document::prose::Node::Element { children, .. } = &mut children[0] else { panic!("an item") };
    let document::prose::Node::Element { name, .. } = &mut children[0] else { panic!("a paragraph") };
    *name = "heading".into();
    let said = |first: &str| {
        from(json!({ "type": "doc", "content": [
            line("paragraph", first), line("paragraph", "Three."), line("heading", "first"), line("paragraph", "Last."),
            { "type": "paragraph" } ] }))
    };
    let base = Base::of(before.clone());
    assert_eq!(base.derive(&said("One two.")), []);
    let all = base.derive(&said("One and two."));
    assert_eq!(all.iter().map(|one| one.suggestion.kind()).collect::<Vec<_>>(), [Kind::Insert]);
    let with = base.with(&[&located(&base, &all[0]).expect("it stands")]).expect("one suggestion");
    assert_eq!(with.0[2..], before.0[2..], "what does not fit is left alone");
}

/// [SUG-6] A stored suggestion is read as it was written. A suggestion with invalid content changes nothing.
#[test]
fn stored_suggestions_are_read_again() {
    let texts = [
        "One two three.\n\nFour.",
        "One **two** three.\n\nFour.",
        "One.\n\n- Four.",
        "# One two three.\n\n![x](/x.png)",
    ];
    for before in texts {
        for after in texts {
            for one in derived(&markdown(before), &markdown(after)) {
                let stored = serde_json::to_string(&one.suggestion).expect("JSON");
                assert_eq!(serde_json::from_str::<Suggestion>(&stored).expect("as it was written"), one.suggestion);
            }
        }
    }
    let base = Base::of(markdown("One two three."));
    let read = |after: Value| {
        let row = json!({ "change": "insert", "side": "after", "gap": "", "after": after, "quotes": ["two"] });
        serde_json::from_value::<Suggestion>(row).map(|row| base.locate(&row, &[Some((4, 7))]).map(|_| ()))
    };
    assert_eq!(read(json!([{ "type": "text", "text": " new" }])).expect("a row"), Ok(()));
    assert!(read(json!([{ "text": "no type" }])).is_err());
    for wrong in [
        json!([{ "type": "text", "text": " new", "marks": [{ "type": "blink" }] }]),
        json!([{ "type": "marquee" }]),
        json!([{ "type": "paragraph", "content": [{ "type": "text", "text": "new" }] }]),
        json!([{ "type": "text", "text": " new", "marks": [{ "type": "link", "attrs": { "href": "javascript:x" } }] }]),
    ] {
        assert!(matches!(read(wrong.clone()), Ok(Err(Refused::Invalid(_)))), "{wrong}");
    }
    // Numbers that no derived suggestion has.
    let much = u64::from(u32::MAX);
    let text = |text: &str| json!([{ "type": "text", "text": text }]);
    for (row, places) in [
        (json!({ "change": "words", "lead": much, "trail": 0, "before": [text("two")], "after": [] }), vec![(4, 7)]),
        (json!({ "change": "words", "lead": 0, "trail": much, "before": [text("two")], "after": [] }), vec![(4, 7)]),
        (json!({ "change": "words", "lead": 0, "trail": 0, "before": [], "after": [] }), vec![(4, 7)]),
        (json!({ "change": "words", "lead": 0, "trail": 0, "before": [text("two")], "after": [] }), vec![(7, 4)]),
        (json!({ "change": "words", "lead": 0, "trail": 0, "before": [[]], "after": text("two") }), vec![(4, 4)]),
        (
            json!({ "change": "words", "lead": 0, "trail": much, "before": [text("two"), text("x")], "after": [] }),
            vec![(4, 7)],
        ),
        (
            json!({ "change": "split", "gap": " ", "at": much, "item": true, "line": { "name": "paragraph" } }),
            vec![(4, 7), (8, 13)],
        ),
        (
            json!({ "change": "split", "gap": " ", "at": 1, "item": true, "line": { "name": "marquee" } }),
            vec![(4, 7), (8, 13)],
        ),
        (
            json!({ "change": "kind", "up": much, "before": { "name": "paragraph" }, "after": { "name": "heading" } }),
            vec![(0, 3)],
        ),
        (
            json!({ "change": "kind", "up": 0, "before": { "name": "paragraph" }, "after": { "name": "tableRow" } }),
            vec![(0, 3)],
        ),
        (
            json!({ "change": "blocks", "place": { "at": "here" }, "before": [], "after": [], "list": null }),
            vec![(0, 3)],
        ),
        (json!({ "change": "blocks", "place": { "at": "whole" }, "before": [], "after": [], "list": null }), vec![]),
        (
            json!({ "change": "blocks", "place": { "at": "beside", "of": [] }, "before": [], "after": [], "list": null }),
            vec![(0, 3)],
        ),
    ] {
        let mut row = row;
        row["quotes"] =
            places.iter().map(|(from, to)| "One two three."[*from.min(to)..*from.max(to)].to_owned()).collect();
        let read: Suggestion = serde_json::from_value(row.clone()).expect("a row");
        let places: Vec<_> = places.iter().map(|(from, to)| Some((*from as u32, *to as u32))).collect();
        assert!(base.locate(&read, &places).is_err(), "{row}");
    }
    // Places outside the text, and more or fewer places than the suggestion has passages.
    let row = json!({ "change": "join", "quotes": ["two", "three"] });
    let row: Suggestion = serde_json::from_value(row).expect("a row");
    assert_eq!(base.locate(&row, &[]), Err(Refused::Gone));
    assert_eq!(base.locate(&row, &[Some((4, 7)), None]), Err(Refused::Gone));
    assert_eq!(base.locate(&row, &[Some((4, 7)), Some((900, 905))]), Err(Refused::Gone));
    assert_eq!(base.locate(&row, &[Some((7, 4)), Some((8, 8))]), Err(Refused::Gone));
}

/// [SUG-7] A reader gets the place of a suggestion, by block and character, and the proposed content.
#[test]
fn suggestions_are_shown_by_block_and_letter() {
    let before = markdown("One two.\n\n- seven\n- eight");
    let base = Base::of(before.clone());
    let show = |after: &str| {
        let all = base.derive(&markdown(after));
        let one = &all[0];
        serde_json::to_value(base.decoration(&one.suggestion, &located(&base, one).expect("it stands"))).expect("JSON")
    };
    let text = |text: &str| json!([{ "type": "text", "text": text }]);
    let point = |path: Value, offset: u32| json!({ "path": path, "offset": offset });
    assert_eq!(
        show("One new two.\n\n- seven\n- eight"),
        json!({ "kind": "insert", "from": point(json!([0]), 3), "to": point(json!([0]), 3), "after": text(" new") })
    );
    assert_eq!(
        show("One two.\n\n- seven\n- nine"),
        json!({ "kind": "replace", "from": point(json!([1, 1, 0]), 0), "to": point(json!([1, 1, 0]), 5), "after": text("nine") })
    );
    assert_eq!(
        show("## One two.\n\n- seven\n- eight"),
        json!({ "kind": "block", "from": point(json!([0]), 0), "to": point(json!([0]), 0), "after": [],
            "block": { "type": "heading", "attrs": { "level": 2 } } })
    );
    assert_eq!(
        show("One two.\n\n- eight"),
        json!({ "kind": "delete", "from": point(json!([1]), 0), "to": point(json!([1]), 1), "after": [] })
    );
}

/// [SUG-12] If a suggestion is hidden by a later one of the same person, it does not return to the view when the later
/// one is gone or in another place, because the suggester's text no longer contains it.
#[test]
fn what_a_suggester_no_longer_says_does_not_come_back() {
    let before = markdown("The old plan is long.\n\nIt ends here.");
    let base = Base::of(before.clone());
    let of = |after: &str| located(&base, &derived(&before, &markdown(after))[0]).expect("it stands");
    let hidden = of("The plan is long.\n\nIt ends here.");
    let (over, elsewhere) =
        (of("The new plan is long.\n\nIt ends here."), of("The old plan is long.\n\nIt stops here."));
    assert_eq!(returning(&[hidden.clone(), over.clone()], &[false, true]), [0_usize; 0]);
    assert_eq!(returning(&[hidden.clone(), elsewhere.clone()], &[false, true]), [0]);
    // Suggestions that were hidden by the hidden one do not return either.
    assert_eq!(returning(&[over, hidden, elsewhere], &[false, false, true]), [0, 1]);
}

/// [SUG-10] [SUG-11] Accepting several suggestions at once gives the same text as accepting one after the other, and
/// each can be undone separately.
#[test]
fn several_are_accepted_at_once_and_each_is_undone_by_itself() {
    let text = |a: &str, b: &str, c: &str, d: &str, cell: &str| {
        let table = format!("| Country | Growth |\n| --- | --- |\n| Norway | {cell} |\n| Chile | fast |");
        markdown(&format!("{a}\n\n{b}\n\n- one {c}\n- two\n\n{table}\n\n{d}"))
    };
    let (a, b, c, d, e) = ("The old plan is long.", "It goes on for weeks.", "thing", "It ends here.", "slow");
    let before = text(a, b, c, d, e);
    let changes = [
        text("The new plan is long.", b, c, d, e),
        text(&format!("{a}\n\nA new line."), b, c, d, e),
        text(a, "It goes on\n\nfor weeks.", c, d, e),
        text(a, b, "good thing", d, e),
        text(a, b, c, d, "**slow**"),
        text(a, b, c, "# It ends here.", e),
        text(a, b, c, &format!("{d}\n\nThe last line."), e),
    ];
    let derived: Vec<Derived> = changes.iter().flat_map(|after| derived(&before, after)).collect();
    let of = |all: &[Derived]| all.iter().map(|one| one.places.iter().copied().map(Some).collect()).collect();
    let places: Vec<Vec<Option<(u32, u32)>>> = of(&derived);
    let mut draft = Draft::empty();
    draft.write(&before, View::Exact).expect("a text");
    let all: Vec<_> = derived.iter().map(|one| &one.suggestion).zip(places.iter().map(Vec::as_slice)).collect();
    let (update, outcomes) = draft.accept_together(&all);
    assert!(update.is_some());
    let base = Base::of(before.clone());
    let located: Vec<Located> = derived.iter().map(|one| located(&base, one).expect("it stands")).collect();
    let text = base.with(&located.iter().collect::<Vec<_>>()).expect("they do not overlap");
    assert_eq!(draft.prose().to_markdown(), text.to_markdown());
    for (undone, outcome) in outcomes.iter().enumerate() {
        let accepted = outcome.as_ref().expect("accepted");
        if let Some(((from, to), words)) = &accepted.passage {
            let plain: Vec<u16> = text.to_text().encode_utf16().collect();
            assert_eq!(&String::from_utf16_lossy(&plain[*from as usize..*to as usize]), words);
        }
        let reverse = accepted.reverse.as_ref().expect("it can be undone");
        let base = Base::of(draft.prose());
        let back: Vec<Located> = reverse.iter().map(|one| self::located(&base, one).expect("it stands")).collect();
        let back = base.with(&back.iter().collect::<Vec<_>>()).expect("they do not overlap");
        let others: Vec<&Located> = (0..located.len()).filter(|at| *at != undone).map(|at| &located[at]).collect();
        let wanted = Base::of(before.clone()).with(&others).expect("they do not overlap");
        assert_eq!(back.to_markdown(), wanted.to_markdown(), "{:?}", derived[undone]);
    }
}

/// [SUG-10] If suggestions overlap, the first is applied. A suggestion that is refused does not exclude others.
#[test]
fn of_several_that_overlap_the_first_is_put_in() {
    let before = markdown("The old plan is very long.");
    let changes = ["The new plan is very long.", "The old, old plan is very long.", "The good plan is long."];
    let derived: Vec<Derived> = changes.iter().flat_map(|after| derived(&before, &markdown(after))).collect();
    assert_eq!(derived.len(), 4);
    let places: Vec<Vec<_>> = derived.iter().map(|one| one.places.iter().copied().map(Some).collect()).collect();
    let all: Vec<_> = derived.iter().map(|one| &one.suggestion).zip(places.iter().map(Vec::as_slice)).collect();
    let mut draft = Draft::empty();
    draft.write(&before, View::Exact).expect("a text");
    let (_, outcomes) = draft.accept_together(&all);
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
    assert_eq!(draft.prose().to_markdown().trim(), "The new plan is long.");
}

/// [SUG-1] An addition at the edge of a list or a table and an addition beside it are separate suggestions.
#[test]
fn blocks_at_the_edge_of_a_list_and_beside_it_are_apart() {
    let table = "| Item | Cost |\n| --- | --- |\n| Pay | 5000 |";
    for (before, after, count) in [
        (format!("{table}\n\nThe end."), format!("{table}\n| Tax | 90 |\n\nA new line.\n\nThe end."), 2),
        ("Begin.\n\n- one\n- two".to_owned(), "Begin.\n\nMore.\n\n- zero\n- one\n- two".to_owned(), 2),
        ("- one\n  - inner\n- two".to_owned(), "- one\n  - inner\n  - more\n- and\n- two".to_owned(), 2),
        ("- one\n- two\n\nThe end.".to_owned(), "- one\n- two\n- three\n\n> Said.\n\nThe very end.".to_owned(), 3),
    ] {
        let all = derived(&markdown(&before), &markdown(&after));
        assert_eq!(
            all.len(),
            count,
            "{after}: {:?}",
            all.iter().map(|one| one.suggestion.after_text()).collect::<Vec<_>>()
        );
    }
}

/// [WORD-6] One text contains all suggestions that do not overlap, whoever made them and in whatever order.
#[test]
fn a_paragraph_after_a_table_with_a_new_row_is_in_the_text() {
    let text = |head: &str, row: &str, new: &str, end: &str| {
        let table = format!("| Item | Cost |\n| --- | --- |\n| Pay | 5000 |\n| Rent | 900 |{row}");
        markdown(&format!("{head} Plan\n\nWe meet.\n\n- one\n- two\n\n{table}\n\n{new}The end comes{end} soon.\n"))
    };
    let before = text("#", "", "", "");
    let wanted = [
        text("#", "\n| Tax | 90 |", "", ""),
        text("#", "", "A new line.\n\n", ""),
        text("##", "", "", ""),
        text("#", "", "", " very"),
    ];
    let all: Vec<Derived> = wanted.iter().flat_map(|after| derived(&before, after)).collect();
    let places: Vec<Vec<_>> = all.iter().map(|one| one.places.iter().copied().map(Some).collect()).collect();
    let placed: Vec<_> = all.iter().map(|one| &one.suggestion).zip(places.iter().map(Vec::as_slice)).collect();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]] {
        let proposed = before.clone().with_suggestions(&order.map(|at| placed[at]));
        assert!(proposed.changed.iter().all(Option::is_some), "{order:?}: {:?}", proposed.changed);
        assert_eq!(
            proposed.prose.to_markdown(),
            text("##", "\n| Tax | 90 |", "A new line.\n\n", " very").to_markdown()
        );
    }
}

/// [SUG-10] A suggestion changes its own words, even if equal words are beside them.
#[test]
fn of_equal_words_each_suggestion_takes_its_own() {
    let text = "It is very very very good.";
    let before = markdown(text);
    let one = |after: &str| derived(&before, &markdown(after)).remove(0).suggestion;
    let (less, other) = (one("It is very very good."), one("It is very so very good."));
    assert_eq!((less.kind(), other.kind()), (Kind::Delete, Kind::Replace));
    let words = less.quotes[0].as_str();
    let first = text.find(words).expect("the words") as u32;
    let places = [vec![Some((first, first + words.len() as u32))], vec![Some((11, 15))]];
    let mut draft = Draft::empty();
    draft.write(&before, View::Exact).expect("a text");
    let (_, outcomes) = draft.accept_together(&[(&less, &places[0]), (&other, &places[1])]);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(draft.prose().to_markdown().trim(), "It is so very good.");
}

/// [SUG-1] A thousand suggestions in a document of two thousand blocks are made and found.
#[test]
fn a_thousand_suggestions_are_made_and_found() {
    let line = |n: usize, word: &str| format!("Line {n} has some words about {word} and more.\n\n");
    let before: String = (0..2_000).map(|n| line(n, "growth")).collect();
    let after: String = (0..2_000).map(|n| line(n, if n % 2 == 0 { "decline" } else { "growth" })).collect();
    let all = derived(&markdown(&before), &markdown(&after));
    assert_eq!(all.len(), 1_000);
    assert!(all.iter().all(|one| one.suggestion.kind() == Kind::Replace && one.suggestion.quotes == ["growth"]));
}

/// The marks of a view, as pairs of path and offset.
type Marks = Vec<Option<(String, String)>>;

/// A view of a text: with the own suggestions that turn it into the second text, and with those of another person that
/// turn it into the third.
fn view_of(before: &str, own: &str, other: &str) -> (String, Marks, Vec<Vec<Value>>) {
    view(before, &markdown(own), other)
}

fn view(before: &str, own: &Prose, other: &str) -> (String, Marks, Vec<Vec<Value>>) {
    let base = Base::of(markdown(before));
    let locate = |text: &Prose| -> Vec<Located> {
        let all = base.derive(text);
        all.iter().map(|one| located(&base, one).expect("it was just made")).collect()
    };
    let (own, other) = (locate(own), locate(&markdown(other)));
    let shown = base.shown(&own.iter().collect::<Vec<_>>(), &other.iter().collect::<Vec<_>>()).expect("a view");
    let with = base.with(&own.iter().collect::<Vec<_>>()).expect("no overlap");
    assert_eq!(shown.prose.to_json(), Base::of(with).with(&[]).map(shown_prose).expect("a text"));
    let point = |point: &document::suggestions::Point| format!("{:?} {}", point.path, point.offset);
    let marks = shown.marks.iter().map(|mark| mark.as_ref().map(|mark| (point(&mark.from), point(&mark.to)))).collect();
    let removed = shown.marks.iter().flatten().map(|mark| mark.removed.clone()).collect();
    (shown.prose.to_markdown(), marks, removed)
}

fn shown_prose(prose: Prose) -> Value {
    shown(prose)
}

fn mark(from: &str, to: &str) -> Option<(String, String)> {
    Some((from.to_owned(), to.to_owned()))
}

#[test]
fn a_view_says_where_each_suggestion_is_in_it() {
    let plan = "# Plan\n\nWe meet on Monday at noon.\n\nBring a friend.";
    // Words, and a mark of another person in the same line, after a change of its length.
    let own = "# Plan\n\nWe all meet on Tuesday at noon.\n\nBring a friend.";
    let (_, marks, removed) = view_of(plan, own, "# Plan\n\nWe meet on Monday at **noon**.\n\nBring a friend.");
    assert_eq!(marks, [mark("[1] 2", "[1] 6"), mark("[1] 15", "[1] 22"), mark("[1] 26", "[1] 30")]);
    assert_eq!(removed, [vec![], vec![json!({ "type": "text", "text": "Monday" })], vec![]]);
    // A line is split: the place between both lines. The line after it is one further down.
    let line = |text: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] });
    let title = markdown(plan).to_json()["content"][0].clone();
    let lines = [title, line("We meet"), line(" on Monday at noon."), line("Bring a good friend.")];
    let (_, marks, _) = view(plan, &from(json!({ "type": "doc", "content": lines })), plan);
    assert_eq!(marks, [mark("[1] 7", "[2] 0"), mark("[3] 7", "[3] 12")]);
    // A block of another kind, a new block, and a block that is removed.
    let (_, marks, removed) = view_of(plan, "## Plan\n\nNew words come here.\n\nWe meet on Monday at noon.", plan);
    assert_eq!(marks, [mark("[0] 0", "[0] 0"), mark("[] 1", "[] 2"), mark("[] 3", "[] 3")]);
    assert_eq!(removed[2][0]["content"][0]["text"], "Bring a friend.");
    // Suggestions of others do not change the text, even if they concern blocks.
    let (text, marks, _) = view_of(plan, plan, "# Plan\n\nNew words come here.\n\nWe meet on Monday at noon.");
    assert_eq!(text.trim(), plan);
    assert_eq!(marks, [mark("[] 1", "[] 1"), mark("[] 2", "[] 3")]);
    // Where both would change the same words, only the own suggestion is shown.
    let (_, marks, _) = view_of("Come on Monday.", "Come on Tuesday.", "Come on Friday.");
    assert_eq!(marks, [mark("[0] 8", "[0] 15"), None]);
}

#[test]
fn words_that_move_to_a_new_block_are_one_suggestion() {
    // Seed 100006 of the simulation: accepting only the new item doubled its words.
    let before = "- One item of the list\n\n  The second paragraph moves away.\n- Another item\n";
    let after = "- One item of the list\n- The second paragraph moves away.\n- Another item\n";
    assert_eq!(kinds(before, after), [Kind::Replace]);
    // The same holds for a few words: Markdown has no space at the edge of a line that was split.
    assert_eq!(kinds("We meet on Monday at noon.", "We meet\n\non Monday at noon."), [Kind::Replace]);
}

#[test]
fn a_short_line_that_is_rewritten_leaves_the_one_before_it_alone() {
    let before = "We meet on Monday at noon.\n\nBring a friend.";
    assert_eq!(kinds(before, "We meet on Tuesday at noon.\n\nBring two friends."), [Kind::Replace; 3]);
}

#[test]
fn a_passage_is_replaced_by_other_words() {
    let instead = |text: &str, passage: &str, words: &str| {
        let base = Base::of(markdown(text));
        let plain = markdown(text).to_text();
        let at = plain.find(passage).expect("the passage") as u32;
        let one = base.instead((at, at + passage.len() as u32), words).expect("one line");
        let located = located(&base, &one).expect("it was just made");
        (base.with(&[&located]).expect("one change").to_markdown().trim().to_owned(), one.suggestion.quotes)
    };
    assert_eq!(
        instead("We meet on Monday.", "Monday", "Tuesday"),
        ("We meet on Tuesday.".into(), vec!["Monday".into()])
    );
    assert_eq!(instead("We meet on Monday.", "meet on", ""), ("We  Monday.".into(), vec!["meet on".into()]));
    // Part of a word is found by the whole word, and words keep their formatting.
    assert_eq!(instead("We **meet** here.", "ee", "oo"), ("We **moot** here.".into(), vec!["meet".into()]));
    // Signs are found by the word beside them; a line without words by itself.
    assert_eq!(instead("We meet?", "?", "!"), ("We meet!".into(), vec!["meet".into()]));
    assert_eq!(instead("Before\n\n\\...\n\nAfter", "...", "Words").0, "Before\n\nWords\n\nAfter");
    assert!(Base::of(markdown("One\n\nTwo")).instead((0, 5), "Three").is_none());
    // A suggestion is not applied twice: here, `sat` is still in its place.
    let base = Base::of(markdown("The cat sat."));
    let twin = base.instead((8, 11), "a sat").expect("one line");
    let after = Base::of(markdown("The cat a sat."));
    assert_eq!(after.locate(&twin.suggestion, &[Some((10, 13))]), Err(Refused::Already));
}

#[test]
fn words_keep_the_formatting_that_others_gave_them_since() {
    let plan = Plan::with("We meet on Monday.", "We meet on Tuesday.").becomes("We meet on **Monday**.");
    assert_eq!(plan.accepted(), Ok("We meet on **Tuesday**.".to_owned()));
}

/// [SUG-9] If a line is split and words are typed at the break, suggestions in the lines after it are not affected.
#[test]
fn a_split_line_with_new_words_leaves_its_neighbours_alone() {
    let before = "The regatta takes place in July. We expect sixty boats from five clubs.\n\n\
                  The harbour master opens the gates at seven. Visitors park behind the loft.\n\n\
                  Safety is handled by four rescue boats. Each boat carries a radio and a kit.\n\n\
                  Volunteers meet on Friday evening in the clubhouse. Please bring a warm jacket.";
    let after = "The regatta takes place in July. We expect sixty boats from five clubs.\n\n\
                 The harbour master opens the gates at seven.\n\n\
                 A guard stays over night. Visitors park behind the loft.\n\n\
                 Safety is handled by four rescue boats. Each boat carries a radio.\n\n\
                 Volunteers meet on Saturday evening in the clubhouse. Please bring a warm jacket.";
    let all = derived(&markdown(before), &markdown(after));
    // The line that was split, and two changes of words.
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[0].suggestion.kind(), Kind::Split);
}

/// [SUG-9] Words that are typed at a break belong to the split, which does not change the words around it.
#[test]
fn a_line_is_split_with_words_at_the_break() {
    let before = "The gates open **at seven**. Visitors park behind the loft.";
    let after = "The gates open **at seven** each day.\n\nA guard stays. Visitors park behind the loft.";
    let all = derived(&markdown(before), &markdown(after));
    let [one] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(one.suggestion.kind(), Kind::Split);
    assert_eq!(one.suggestion.quotes, ["seven", "Visitors"]);
    assert_eq!(one.suggestion.before_text(), "seven. Visitors");
    assert!(one.suggestion.after_text().contains("\nA guard stays"), "{}", one.suggestion.after_text());
    // Stored and read again, and shown to others with a break between its words.
    let stored = serde_json::to_string(&one.suggestion).expect("JSON");
    assert_eq!(serde_json::from_str::<Suggestion>(&stored).expect("a suggestion"), one.suggestion);
    let base = Base::of(markdown(before));
    let decoration = base.decoration(&one.suggestion, &located(&base, one).expect("it stands"));
    assert_eq!(decoration.from, decoration.to);
    assert_eq!(decoration.after.iter().filter(|node| node["type"] == "hardBreak").count(), 1);
    // Edits elsewhere in the line stay.
    let plan = Plan::with(before, after).becomes("Two gates open **at seven**. Visitors park behind the old loft.");
    let wanted = "Two gates open **at seven** each day.\n\nA guard stays. Visitors park behind the old loft.";
    assert_eq!(plan.accepted(), Ok(wanted.to_owned()));
    // Somebody who splits the line there without these words has changed it.
    let split = Plan::with(before, after).becomes("The gates open **at seven**.\n\nVisitors park behind the loft.");
    assert_eq!(split.accepted(), Err(Refused::Changed));
    assert_eq!(Plan::with(before, after).becomes(after).accepted(), Err(Refused::Already));
    // Rows of earlier versions have no words.
    let mut value: Value = serde_json::from_str(&stored).expect("JSON");
    for side in ["left", "right"] {
        value.as_object_mut().expect("an object").remove(side);
    }
    let bare: Suggestion = serde_json::from_value(value).expect("a suggestion of an earlier version");
    assert_eq!(bare.after_text(), "seven\nVisitors");
}

/// [SUG-9] In a list, the item is split with the words at the break.
#[test]
fn an_item_is_split_with_words_at_the_break() {
    let all = derived(
        &markdown("- Buy bread. Sell cake.\n- Rest"),
        &markdown("- Buy bread.\n- Pay rent. Sell cake.\n- Rest"),
    );
    assert_eq!(all.iter().map(|one| one.suggestion.kind()).collect::<Vec<_>>(), [Kind::Split]);
}
