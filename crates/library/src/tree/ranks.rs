//! Positions among the pages of one parent: fractional keys, so that a move writes one row.

use database::Tx;
use fractional_index::FractionalIndex;
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{DocumentId, SpaceId};

/// Keys grow by a byte for about eight moves to one gap. Beyond this length the siblings are numbered anew.
const LONGEST: usize = 64;

/// Where a page comes among its new siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    First,
    Last,
    After(DocumentId),
}

/// The key for a position. `None` if there is no such sibling. The pages of the parent are locked by the caller
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
        // Too long, or two siblings have the same key because they were created at the same moment.
        number_anew(tx, space, parent).await?;
    }
    Ok(Some(String::new()))
}

/// A key between two others; `None` if there is none.
pub(super) fn between(left: Option<&str>, right: Option<&str>) -> Option<String> {
    // Pages that an earlier version has made have no key: they come first.
    let key = |text: Option<&str>| text.and_then(|text| FractionalIndex::from_string(text).ok());
    let made = match (key(left), key(right)) {
        (None, None) => FractionalIndex::default(),
        (Some(left), None) => FractionalIndex::new_after(&left),
        (None, Some(right)) => FractionalIndex::new_before(&right),
        (Some(left), Some(right)) => FractionalIndex::new_between(&left, &right)?,
    };
    Some(made.to_string())
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

/// Short keys with room between them.
fn evenly_spaced(count: usize) -> impl Iterator<Item = String> {
    let step = u64::from(u32::MAX) / (count as u64 + 1);
    // A key of the crate ends with the byte 0x80.
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
        let keys: Vec<String> = evenly_spaced(10_000).collect();
        assert!(keys.windows(2).all(|pair| {
            let middle = between(Some(&pair[0]), Some(&pair[1])).expect("a key");
            pair[0] < middle && middle < pair[1]
        }));
    }
}
