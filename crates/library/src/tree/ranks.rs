//! Positions among the pages of one parent: fractional keys, so that a move writes one row. The crate
//! `fractional_index` is not used: version 2.0.2 computes wrong keys between two keys that contain a zero byte.

use database::Tx;
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{DocumentId, SpaceId};

/// Keys grow by a byte for about eight moves to one gap. Beyond this length the siblings are renumbered.
const LONGEST: usize = 64;

/// Where a page comes among its new siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    First,
    Last,
    After(DocumentId),
}

/// The key for a position. `None` if there is no such sibling. The caller has locked the pages of the parent
/// ([`super::rows::lock`]).
pub(super) async fn rank_at(
    tx: &mut Tx,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
    position: Position,
    moved: DocumentId,
) -> sqlx::Result<Option<String>> {
    for _ in 0..2 {
        let (left, right) = match position {
            Position::First => (None, edge(tx, space, parent, moved, Edge::First).await?),
            Position::Last => (edge(tx, space, parent, moved, Edge::Last).await?, None),
            Position::After(sibling) => {
                let Some(left) = rank_of(tx, space, parent, sibling).await? else { return Ok(None) };
                (Some(left.clone()), next(tx, space, parent, moved, sibling, left).await?)
            }
        };
        if let Some(rank) = between(left.as_deref(), right.as_deref()).filter(|rank| rank.len() <= LONGEST) {
            return Ok(Some(rank));
        }
        // The key is too long, or there is none, because two siblings were created at the same moment and have the same
        // key.
        number_anew(tx, space, parent).await?;
    }
    Ok(Some(String::new()))
}

/// A key between two others; `None` if there is none. A key is a fraction in base 256, as hex digits, that does not end
/// with zero. Keys are chosen so that they grow slowest at the ends, where most pages are added.
pub(super) fn between(left: Option<&str>, right: Option<&str>) -> Option<String> {
    // Pages from an earlier version have no key, and come first.
    let read = |text: Option<&str>| text.and_then(bytes_of).filter(|key| !key.is_empty());
    let made = match (read(left), read(right)) {
        (None, None) => vec![MIDDLE],
        (Some(left), None) => after(left),
        (None, Some(right)) => before(right)?,
        (Some(left), Some(right)) if left < right => middle(&left, Some(&right)),
        (Some(_), Some(_)) => return None,
    };
    Some(made.iter().map(|byte| format!("{byte:02x}")).collect())
}

const MIDDLE: u8 = 0x80;

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

fn after(mut key: Vec<u8>) -> Vec<u8> {
    match key.iter().position(|byte| *byte < u8::MAX) {
        Some(at) => {
            key.truncate(at + 1);
            key[at] += 1;
        }
        None => key.push(MIDDLE),
    }
    key
}

fn before(mut key: Vec<u8>) -> Option<Vec<u8>> {
    let at = key.iter().position(|byte| *byte > 0)?;
    key.truncate(at + 1);
    key[at] -= 1;
    if key[at] == 0 {
        key.push(MIDDLE);
    }
    Some(key)
}

/// A key between `left`, which counts as continued with zeros, and `right`, or the end of all keys.
fn middle(left: &[u8], right: Option<&[u8]>) -> Vec<u8> {
    let first = left.first().copied().unwrap_or(0);
    let rest = left.get(1..).unwrap_or_default();
    let end = right.map_or(0x100, |right| u16::from(right.first().copied().unwrap_or(0)));
    if end == u16::from(first) {
        let right = right.and_then(|right| right.get(1..));
        return [&[first], middle(rest, right).as_slice()].concat();
    }
    let half = (u16::from(first) + end) / 2;
    if half > u16::from(first) {
        return vec![half as u8];
    }
    // The first bytes are neighbours. The first byte of the right key alone is between the keys, if the right key is
    // longer.
    match right {
        Some(right) if right.len() > 1 => vec![right[0]],
        _ => [&[first], middle(rest, None).as_slice()].concat(),
    }
}

#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

async fn edge(
    tx: &mut Tx,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
    moved: DocumentId,
    edge: Edge,
) -> sqlx::Result<Option<String>> {
    let query = match (parent.is_some(), edge) {
        (true, Edge::First) => tx.query(
            "select rank from document where parent_id = $1 and document_id <> $2 order by rank, document_id limit 1",
        ),
        (true, Edge::Last) => tx.query(
            "select rank from document where parent_id = $1 and document_id <> $2
              order by rank desc, document_id desc limit 1",
        ),
        (false, Edge::First) => tx.query(
            "select rank from document where space_id = $1 and parent_id is null and document_id <> $2
              order by rank, document_id limit 1",
        ),
        (false, Edge::Last) => tx.query(
            "select rank from document where space_id = $1 and parent_id is null and document_id <> $2
              order by rank desc, document_id desc limit 1",
        ),
    };
    let found: Option<(String,)> = bind_parent(query, space, parent).bind(moved).optional().await?;
    Ok(found.map(|(rank,)| rank))
}

async fn rank_of(
    tx: &mut Tx,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
    sibling: DocumentId,
) -> sqlx::Result<Option<String>> {
    let query = match parent {
        Some(_) => tx.query("select rank from document where parent_id = $1 and document_id = $2"),
        None => tx.query("select rank from document where space_id = $1 and parent_id is null and document_id = $2"),
    };
    let found: Option<(String,)> = bind_parent(query, space, parent).bind(sibling).optional().await?;
    Ok(found.map(|(rank,)| rank))
}

/// The key of the page after a sibling, which has this key.
async fn next(
    tx: &mut Tx,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
    moved: DocumentId,
    sibling: DocumentId,
    rank: String,
) -> sqlx::Result<Option<String>> {
    let query = match parent {
        Some(_) => tx.query(
            "select rank from document
              where parent_id = $1 and document_id <> $2 and (rank > $3 or (rank = $3 and document_id > $4))
              order by rank, document_id limit 1",
        ),
        None => tx.query(
            "select rank from document
              where space_id = $1 and parent_id is null and document_id <> $2
                and (rank > $3 or (rank = $3 and document_id > $4))
              order by rank, document_id limit 1",
        ),
    };
    let found: Option<(String,)> =
        bind_parent(query, space, parent).bind(moved).bind(rank).bind(sibling).optional().await?;
    Ok(found.map(|(rank,)| rank))
}

/// Gives the pages of a parent short keys, in their present order.
async fn number_anew(tx: &mut Tx, space: Option<SpaceId>, parent: Option<DocumentId>) -> sqlx::Result<()> {
    let query = match parent {
        Some(_) => tx.query("select document_id from document where parent_id = $1 order by rank, document_id"),
        None => tx.query(
            "select document_id from document where space_id = $1 and parent_id is null order by rank, document_id",
        ),
    };
    let pages: Vec<(DocumentId,)> = bind_parent(query, space, parent).all().await?;
    let spaced = evenly_spaced(pages.len());
    let ranks: Vec<(String, String)> =
        pages.into_iter().zip(spaced).map(|((page,), rank)| (page.0.simple().to_string(), rank)).collect();
    tx.pick(
        "update document set rank = numbered.value ->> 1 from jsonb_array_elements($1) as numbered (value)
          where document_id = (numbered.value ->> 0)::uuid",
        "update document set rank = numbered.value ->> 1 from json_each($1) as numbered
          where document_id = unhex(numbered.value ->> 0)",
    )
    .bind(Json(json!(ranks)))
    .execute()
    .await
    .map(drop)
}

/// Keys for pages that are added together, from the free key `first` on, which is empty if there is no page yet.
pub(crate) fn places_after(first: &str, count: usize) -> impl Iterator<Item = String> + use<> {
    let (first, is_alone) = (first.to_owned(), count == 1 && !first.is_empty());
    evenly_spaced(count).map(move |rest| if is_alone { first.clone() } else { format!("{first}{rest}") })
}

/// Short keys with room between them.
fn evenly_spaced(count: usize) -> impl Iterator<Item = String> + use<> {
    let step = u64::from(u32::MAX) / (count as u64 + 1);
    // The last byte makes sure that a key does not end with zero.
    (1..=count as u64).map(move |index| format!("{:08x}80", index * step))
}

fn bind_parent(query: database::Query<'_>, space: Option<SpaceId>, parent: Option<DocumentId>) -> database::Query<'_> {
    match parent {
        Some(parent) => query.bind(parent),
        None => query.bind(space),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_between_its_neighbours_as_text() {
        let first = between(None, None).expect("a key");
        let (before, after) = (between(None, Some(&first)), between(Some(&first), None));
        let (before, after) = (before.expect("a key"), after.expect("a key"));
        assert!(before < first && first < after, "{before} {first} {after}");
        let (mut left, right) = (first, after);
        for _ in 0..10_000 {
            let middle = between(Some(&left), Some(&right)).expect("a key");
            assert!(left < middle && middle < right, "{left} {middle} {right}");
            left = middle;
        }
        assert!(left.len() > LONGEST, "so many moves into one gap make the siblings be numbered anew");
        assert_eq!(between(Some(&left), Some(&left)), None);
        let mut first = between(None, None).expect("a key");
        for _ in 0..10_000 {
            let earlier = between(None, Some(&first)).expect("a key");
            assert!(earlier < first, "{earlier} {first}");
            first = earlier;
        }
        // Any two keys, including ones with zeros and full bytes.
        let mut keys = vec!["80".to_owned()];
        let mut seed = 7_u64;
        for _ in 0..5_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % (keys.len() + 1);
            let (left, right) = (at.checked_sub(1).map(|at| keys[at].clone()), keys.get(at).cloned());
            let key = between(left.as_deref(), right.as_deref()).expect("a key");
            assert!(left.is_none_or(|left| left < key) && right.is_none_or(|right| key < right), "{key}");
            assert!(!key.ends_with("00"), "{key}");
            keys.insert(at, key);
        }
        let keys: Vec<String> = evenly_spaced(10_000).collect();
        assert!(keys.windows(2).all(|pair| {
            let middle = between(Some(&pair[0]), Some(&pair[1])).expect("a key");
            pair[0] < middle && middle < pair[1]
        }));
    }
}
