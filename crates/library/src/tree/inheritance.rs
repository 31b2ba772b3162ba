//! What a page inherits from the pages above it and from its space: computed from the tree here, stored beside the
//! pages, so that a right or a list needs no walk through the tree.

use std::collections::HashMap;

use database::Tx;
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{DocumentId, Right, SpaceId, Stored};

/// The number of pairs in one statement.
const AT_ONCE: usize = 5_000;

/// A page and its place in the tree.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(crate) struct Page {
    pub document_id: DocumentId,
    pub parent_id: Option<DocumentId>,
    pub inherits: bool,
    pub open_level: Option<Stored<Right>>,
}

/// The rights that apply to a page in addition to those given on the page itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inherited {
    /// The pages above whose grants apply, nearest last.
    pub ancestors: Vec<DocumentId>,
    pub space_applies: bool,
    pub open: Option<Right>,
}

impl Inherited {
    /// What a page inherits at the top of a space.
    pub fn at_the_top() -> Inherited {
        Inherited { space_applies: true, ..Inherited::default() }
    }

    /// What a page passes on to the pages below it.
    fn passed_on(&self, page: &Page) -> Inherited {
        let mut ancestors = self.ancestors.clone();
        ancestors.push(page.document_id);
        let own = page.open_level.as_ref().and_then(Stored::known);
        Inherited { ancestors, space_applies: self.space_applies, open: self.open.max(own) }
    }

    /// The part of these rights, which are passed on to a page, that the page accepts.
    fn accepted_by(self, page: &Page) -> Inherited {
        if page.inherits { self } else { Inherited::default() }
    }
}

/// Computes what each page of a subtree inherits. `pages` begins with the root, and each page comes after its parent.
pub(crate) fn inherited(from_above: Inherited, pages: &[Page]) -> Vec<(DocumentId, Inherited)> {
    let mut passed_on: HashMap<DocumentId, Inherited> = HashMap::new();
    let mut computed = Vec::with_capacity(pages.len());
    for (index, page) in pages.iter().enumerate() {
        let above = match page.parent_id.filter(|_| index > 0).and_then(|parent| passed_on.get(&parent)) {
            Some(above) => above.clone(),
            None => from_above.clone(),
        };
        let own = above.accepted_by(page);
        passed_on.insert(page.document_id, own.passed_on(page));
        computed.push((page.document_id, own));
    }
    computed
}

/// Reads the rights that a page passes on at its present place.
pub(crate) async fn passed_on_by(tx: &mut Tx, page: &Page) -> sqlx::Result<Inherited> {
    let (space_applies, open): (bool, Option<Stored<Right>>) = tx
        .query("select space_applies, inherited_open from document where document_id = $1")
        .bind(page.document_id)
        .one()
        .await?;
    let ancestors: Vec<(DocumentId,)> =
        tx.query("select ancestor_id from inheritance where document_id = $1").bind(page.document_id).all().await?;
    let ancestors = ancestors.into_iter().map(|(ancestor,)| ancestor).collect();
    let open = open.as_ref().and_then(Stored::known);
    Ok(Inherited { ancestors, space_applies, open }.passed_on(page))
}

/// Computes and stores again what the pages of a subtree inherit, after its root has changed or moved, and moves the
/// pages to the space of the root. The caller has locked the tree.
pub(crate) async fn store(
    tx: &mut Tx,
    space: Option<SpaceId>,
    from_above: Inherited,
    pages: &[Page],
) -> sqlx::Result<()> {
    store_computed(tx, space, &inherited(from_above, pages)).await
}

/// Stores what pages of a space inherit.
pub(crate) async fn store_computed(
    tx: &mut Tx,
    space: Option<SpaceId>,
    computed: &[(DocumentId, Inherited)],
) -> sqlx::Result<()> {
    let hex = |id: &DocumentId| id.0.simple().to_string();
    for part in computed.chunks(AT_ONCE) {
        let rows: Vec<_> =
            part.iter().map(|(page, inherited)| json!([hex(page), inherited.space_applies, inherited.open])).collect();
        tx.pick(
            "update document set space_id = $2, space_applies = (page.value ->> 1)::boolean,
                inherited_open = page.value ->> 2
               from jsonb_array_elements($1) as page (value) where document_id = (page.value ->> 0)::uuid",
            "update document set space_id = $2, space_applies = page.value ->> 1, inherited_open = page.value ->> 2
               from json_each($1) as page where document_id = unhex(page.value ->> 0)",
        )
        .bind(Json(json!(rows)))
        .bind(space)
        .execute()
        .await?;
        tx.pick(
            "delete from inheritance where document_id in (select (value ->> 0)::uuid from jsonb_array_elements($1))",
            "delete from inheritance where document_id in (select unhex(value ->> 0) from json_each($1))",
        )
        .bind(Json(json!(rows)))
        .execute()
        .await?;
    }
    let pairs: Vec<[String; 2]> = computed
        .iter()
        .flat_map(|(page, inherited)| inherited.ancestors.iter().map(move |ancestor| [hex(page), hex(ancestor)]))
        .collect();
    for part in pairs.chunks(AT_ONCE) {
        tx.pick(
            "insert into inheritance (document_id, ancestor_id)
             select (pair.value ->> 0)::uuid, (pair.value ->> 1)::uuid from jsonb_array_elements($1) as pair (value)",
            "insert into inheritance (document_id, ancestor_id)
             select unhex(pair.value ->> 0), unhex(pair.value ->> 1) from json_each($1) as pair",
        )
        .bind(Json(json!(part)))
        .execute()
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [TREE-2] Grants pass through a page that inherits, and stop at one that does not.
    #[test]
    fn what_is_given_above_applies_down_to_a_page_that_stops_it() {
        let ids: Vec<DocumentId> = (0..5).map(|_| DocumentId::new()).collect();
        let page = |index: usize, parent: Option<usize>, inherits: bool, open: Option<Right>| Page {
            document_id: ids[index],
            parent_id: parent.map(|parent| ids[parent]),
            inherits,
            open_level: open.map(Stored::from),
        };
        let pages = [
            page(0, None, true, Some(Right::View)),
            page(1, Some(0), true, None),
            page(2, Some(1), false, Some(Right::Comment)),
            page(3, Some(2), true, None),
            page(4, Some(1), true, None),
        ];
        let found = inherited(Inherited::at_the_top(), &pages);
        let of = |index: usize| &found[index].1;
        let on = |ancestors: &[usize], space_applies, open| Inherited {
            ancestors: ancestors.iter().map(|ancestor| ids[*ancestor]).collect(),
            space_applies,
            open,
        };
        assert_eq!(*of(0), on(&[], true, None));
        assert_eq!(*of(1), on(&[0], true, Some(Right::View)));
        assert_eq!(*of(2), on(&[], false, None));
        assert_eq!(*of(3), on(&[2], false, Some(Right::Comment)));
        assert_eq!(*of(4), on(&[0, 1], true, Some(Right::View)));

        // The root of a subtree inherits what is passed on to it, whatever its parent is.
        let moved = inherited(on(&[4], false, Some(Right::Edit)), &pages[1..2]);
        assert_eq!(moved, [(ids[1], on(&[4], false, Some(Right::Edit)))]);
    }
}
