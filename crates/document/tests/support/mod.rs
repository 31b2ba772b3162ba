//! Seeded edits by yrs peers, as bytes that a client could send.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use yrs::types::Attrs;
use yrs::{
    Any, Doc, GetString, Map, ReadTxn, StateVector, Text, Transact, XmlElementPrelim, XmlFragment, XmlTextPrelim,
};

/// Updates of three peers that write text, formatting, a map and an XML tree, in causal order.
pub(crate) fn updates(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let peers: Vec<Doc> = (0..3).map(|_| Doc::with_client_id(rng.random_range(1..1 << 40))).collect();
    let mut updates = Vec::new();
    for _ in 0..count {
        let peer = &peers[rng.random_range(0..peers.len())];
        let before = peer.transact().state_vector();
        edit(peer, &mut rng);
        let update = peer.transact().encode_diff_v1(&before);
        for other in &peers {
            let update = yrs::updates::decoder::Decode::decode_v1(&update).expect("an honest update");
            other.transact_mut().apply_update(update).expect("an honest update");
        }
        updates.push(update);
    }
    updates.push(peers[0].transact().encode_diff_v1(&StateVector::default()));
    updates
}

fn edit(peer: &Doc, rng: &mut StdRng) {
    let text = peer.get_or_insert_text("text");
    let map = peer.get_or_insert_map("map");
    let tree = peer.get_or_insert_xml_fragment("default");
    let mut txn = peer.transact_mut();
    let len = text.get_string(&txn).len() as u32;
    match rng.random_range(0..8) {
        0..4 => text.insert(&mut txn, rng.random_range(0..=len), &"abcdefgh"[..rng.random_range(1..8)]),
        4 if len > 2 => {
            let from = rng.random_range(0..len - 1);
            text.remove_range(&mut txn, from, rng.random_range(1..=(len - from).min(5)));
        }
        5 if len > 2 => {
            let from = rng.random_range(0..len - 1);
            let bold = Attrs::from([("bold".into(), Any::Bool(rng.random()))]);
            text.format(&mut txn, from, rng.random_range(1..len - from + 1), bold);
        }
        6 => {
            map.insert(&mut txn, ["a", "b", "c"][rng.random_range(0..3)], rng.random::<f64>());
        }
        _ => {
            let at = rng.random_range(0..=tree.len(&txn));
            let paragraph = tree.insert(&mut txn, at, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new("words"));
        }
    }
}
