//! The content allowed in a root that is declared to contain XML nodes.

use bytes::Bytes;
use document::prose::{Draft, Prose, View, editor_roots};
use document::{Author, Document, Level, Outcome, Owners, Ownership, Refusal, Stored, SyncStep};
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, Doc, Map, Out, ReadTxn, StateVector, Text, Transact, TransactionMut, WriteTxn, Xml, XmlElementPrelim,
    XmlElementRef, XmlFragment, XmlTextPrelim,
};

fn declared(state: Option<&Bytes>) -> Document {
    let batches = state.map(|state| [Stored::from(state)]);
    Document::load_declared(batches, Owners::default(), editor_roots()).expect("a sound state")
}

fn offer(document: &mut Document, update: Vec<u8>) -> Outcome {
    let author = Author { user: "ana".into(), ownership: Ownership::Record };
    let outcome = document.receive(&SyncStep::Update(update.into()), Level::Edit, &author);
    document.apply().expect("what is admitted can be applied");
    outcome
}

/// The update that a client with the document creates by an action.
fn edit(document: &Document, client: u64, edit: impl FnOnce(&mut TransactionMut<'_>)) -> Vec<u8> {
    let doc = Doc::with_client_id(client);
    let state = yrs::Update::decode_v1(&document.state()).expect("a state");
    doc.transact_mut().apply_update(state).expect("a state");
    let mut txn = doc.transact_mut();
    edit(&mut txn);
    txn.encode_update_v1()
}

fn first_element(txn: &mut TransactionMut<'_>) -> XmlElementRef {
    let root = txn.get_or_insert_xml_fragment("default");
    root.get(txn, 0).and_then(|node| node.into_xml_element()).expect("an element")
}

fn plan() -> Document {
    let mut document = declared(None);
    let prose = Prose::from_markdown("# Plan\n\n- one\n- two").expect("Markdown");
    let update = Draft::empty().write(&prose, View::Exact).expect("news");
    assert!(matches!(offer(&mut document, update.to_vec()), Outcome::Accepted(_)));
    document
}

/// [SYNC-8] Anything but XML nodes is kept out of the root and of every element under it.
#[test]
fn only_xml_nodes_are_admitted_among_nodes() {
    type Edit = fn(&mut TransactionMut<'_>);
    let cases: [(&str, Edit); 8] = [
        ("an element that is called as text is", |txn| {
            txn.get_or_insert_xml_fragment("default").insert(txn, 0, XmlElementPrelim::empty("text"));
        }),
        ("words in the root", |txn| txn.get_or_insert_text("default").insert(txn, 0, "words")),
        ("words after a node of the root", |txn| txn.get_or_insert_text("default").insert(txn, 1, "words")),
        ("a value in the root", |txn| {
            txn.get_or_insert_array("default").insert(txn, 0, 7);
        }),
        ("a key of the root", |txn| {
            txn.get_or_insert_map("default").insert(txn, "key", 7);
        }),
        ("a map in the root", |txn| {
            txn.get_or_insert_array("default").insert(txn, 0, yrs::MapPrelim::default());
        }),
        ("words in an element", |txn| {
            let element = first_element(txn);
            yrs::TextRef::from(yrs::branch::BranchPtr::from(element.as_ref() as &yrs::branch::Branch))
                .insert(txn, 0, "x");
        }),
        ("formatting in the root", |txn| {
            let bold = yrs::types::Attrs::from([("bold".into(), Any::Bool(true))]);
            txn.get_or_insert_text("default").format(txn, 0, 1, bold);
        }),
    ];
    for (what, case) in cases {
        let mut document = plan();
        let before = document.state();
        let update = edit(&document, 7, case);
        assert_eq!(offer(&mut document, update.clone()), Outcome::Refused(Refusal::DoesNotFit), "{what}");
        assert_eq!(document.state(), before, "{what}");
        // The same content is refused after a restart, and as part of a whole state.
        let mut reloaded = declared(Some(&before));
        assert_eq!(offer(&mut reloaded, update.clone()), Outcome::Refused(Refusal::DoesNotFit), "{what}, reloaded");
        let whole = yrs::merge_updates_v1([&before[..], &update]).expect("two updates");
        assert_eq!(offer(&mut declared(None), whole), Outcome::Refused(Refusal::DoesNotFit), "{what}, as a state");
        // Without a declaration it is allowed.
        let mut undeclared = Document::load([[Stored::from(&before)]], Owners::default()).expect("a sound state");
        assert!(matches!(offer(&mut undeclared, update), Outcome::Accepted(_)), "{what}, undeclared");
    }
}

/// [SYNC-8] The edits of an editor are admitted: nodes next to nodes and deleted nodes, attributes, text.
#[test]
fn edits_of_an_editor_are_admitted() {
    type Edit = fn(&mut TransactionMut<'_>);
    let cases: [(&str, Edit); 7] = [
        ("a node at the end", |txn| {
            txn.get_or_insert_xml_fragment("default").push_back(txn, XmlElementPrelim::empty("paragraph"));
        }),
        ("a text node in a node", |txn| {
            first_element(txn).push_back(txn, XmlTextPrelim::new("words"));
        }),
        ("an attribute, twice", |txn| {
            let element = first_element(txn);
            element.insert_attribute(txn, "level", 2);
            element.insert_attribute(txn, "level", 3);
        }),
        ("words in a text node", |txn| {
            let Some(Out::YXmlText(text)) = first_element(txn).get(txn, 0).map(Out::from) else { panic!("a text") };
            text.insert(txn, 2, "words");
            text.format(txn, 0, 3, yrs::types::Attrs::from([("bold".into(), Any::Bool(true))]));
        }),
        ("a node beside a deleted one", |txn| {
            let root = txn.get_or_insert_xml_fragment("default");
            root.remove_range(txn, 0, 1);
            root.insert(txn, 0, XmlElementPrelim::empty("paragraph"));
        }),
        ("another root", |txn| txn.get_or_insert_text("notes").insert(txn, 0, "words")),
        ("a map beside it", |txn| {
            txn.get_or_insert_map("meta").insert(txn, "key", 7);
        }),
    ];
    for (what, case) in cases {
        let mut document = plan();
        let update = edit(&document, 7, case);
        assert!(matches!(offer(&mut document, update), Outcome::Accepted(_)), "{what}");
        let state = document.state();
        let mut reloaded = declared(Some(&state));
        assert_eq!(reloaded.fingerprint(), document.fingerprint(), "{what}");
        // And again next to the current nodes, deleted or not.
        let update = edit(&reloaded, 8, case);
        assert!(matches!(offer(&mut reloaded, update), Outcome::Accepted(_)), "{what}, again");
        let whole = document.state().to_vec();
        assert!(matches!(offer(&mut declared(None), whole), Outcome::Accepted(_)), "{what}, as a state");
    }
    let empty = Doc::new().transact().encode_state_as_update_v1(&StateVector::default());
    assert!(matches!(offer(&mut plan(), empty), Outcome::NothingNew(_)));
}
