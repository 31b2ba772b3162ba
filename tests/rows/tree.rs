//! The contract of the statements about spaces and the tree of pages, on both engines.

use database::{DocumentRow, grants};
use library::documents::rows as document_rows;
use library::shares::rows::{self as share_rows, NewGrant};
use library::spaces::rows::{self as space_rows, NewSpace};
use library::trash::rows::{Children, Trashed, trash};
use library::tree::ranks::Position;
use library::tree::rows::{self as tree, Misplaced, Place};
use serde_json::json;
use vocabulary::{AccountId, DocumentId, Right, SpaceId, Stored};

use crate::test_database::{TestDatabase, test_databases};

impl TestDatabase {
    async fn space(&self, open_level: Option<Right>) -> SpaceId {
        let new = NewSpace {
            name: "Board".into(),
            icon: String::new(),
            description: String::new(),
            open_level,
            created_by: self.owner.account_id,
        };
        space_rows::add(&self.db, &self.by(), new).await.expect("made").space_id
    }

    async fn page(&self, title: &str, space: SpaceId, parent: Option<&DocumentRow>) -> DocumentRow {
        let parent = parent.map(|parent| parent.document_id);
        self.add_at(title, Place { space: Some(space), parent, position: Position::Last }).await
    }

    async fn move_to(&self, page: &DocumentRow, place: Place) -> Result<DocumentRow, Misplaced> {
        tree::move_page(&self.db, &self.by(), page.document_id, place).await.expect("writable").expect("it is there")
    }

    async fn share(&self, page: &DocumentRow, account: AccountId, level: Right) {
        let (document, granted_by) = (page.document_id, self.owner.account_id);
        let grant = NewGrant { document, account, level, granted_by, expires_at: None };
        share_rows::put(&self.db, &self.by(), grant).await.expect("written");
    }

    /// The highest level that is given to a member on a page.
    async fn given(&self, page: &DocumentRow, account: AccountId) -> Option<Right> {
        let standings = grants::standings_of(&self.db, page.document_id, account.0).await.expect("readable");
        standings.levels.iter().filter_map(Stored::known).max()
    }

    async fn level(&self, account: AccountId, space: SpaceId, parent: Option<&DocumentRow>) -> Vec<String> {
        let parent = parent.map(|parent| parent.document_id);
        let pages =
            tree::level(&self.db, &self.viewer(account), space, parent, false, None, 100).await.expect("readable");
        pages.into_iter().map(|page| format!("{}{}", page.title, if page.has_children { "+" } else { "" })).collect()
    }

    async fn titles_of(&self, account: AccountId) -> Vec<String> {
        let rows = library::documents::list::rows::visible(&self.db, self.everything(account)).await.expect("readable");
        let mut titles: Vec<String> = rows.into_iter().map(|row| row.title).collect();
        titles.sort_unstable();
        titles
    }
}

fn at(space: SpaceId, parent: Option<&DocumentRow>, position: Position) -> Place {
    Place { space: Some(space), parent: parent.map(|parent| parent.document_id), position }
}

/// [TREE-1] Pages of a level have an order, which moves change; a page moves with everything below it.
#[tokio::test]
async fn pages_have_an_order_and_move_with_what_is_below_them() {
    for test in test_databases().await {
        let (owner, one, two) = (test.owner.account_id, test.space(None).await, test.space(None).await);
        let [a, b, c] =
            [test.page("A", one, None).await, test.page("B", one, None).await, test.page("C", one, None).await];
        assert_eq!(test.level(owner, one, None).await, ["A", "B", "C"]);
        test.move_to(&c, at(one, None, Position::First)).await.expect("moved");
        test.move_to(&a, at(one, None, Position::After(b.document_id))).await.expect("moved");
        assert_eq!(test.level(owner, one, None).await, ["C", "B", "A"]);
        test.move_to(&c, at(one, None, Position::After(b.document_id))).await.expect("moved");
        assert_eq!(test.level(owner, one, None).await, ["B", "C", "A"]);
        let elsewhere = at(one, None, Position::After(DocumentId::new()));
        assert_eq!(test.move_to(&c, elsewhere).await, Err(Misplaced::Missing));

        let d = test.page("D", one, Some(&a)).await;
        test.page("E", one, Some(&d)).await;
        let moved = test.move_to(&a, at(two, None, Position::Last)).await.expect("moved");
        assert_eq!((moved.space_id, moved.version), (Some(two), a.version + 2));
        assert_eq!(test.level(owner, one, None).await, ["B", "C"]);
        assert_eq!(test.level(owner, two, None).await, ["A+"]);
        assert_eq!(test.level(owner, two, Some(&a)).await, ["D+"]);
        assert_eq!(test.level(owner, two, Some(&d)).await, ["E"]);
        let path = tree::path(&test.db, &test.viewer(owner), d.document_id).await.expect("readable");
        assert_eq!(path.iter().map(|page| page.title.as_str()).collect::<Vec<_>>(), ["A"]);

        assert_eq!(test.move_to(&a, at(two, Some(&d), Position::Last)).await, Err(Misplaced::Cycle));
        assert_eq!(test.move_to(&a, at(two, Some(&a), Position::Last)).await, Err(Misplaced::Cycle));
        assert!(!space_rows::remove(&test.db, &test.by(), two).await.expect("readable"), "it has pages");
    }
}

/// [TREE-1] Twenty pages may be above each other.
#[tokio::test]
async fn the_tree_has_a_greatest_depth() {
    for test in test_databases().await {
        let space = test.space(None).await;
        let mut line = vec![test.page("1", space, None).await];
        while line.len() < tree::DEEPEST {
            line.push(test.page("deeper", space, line.last()).await);
        }
        let subtree = test.page("root", space, None).await;
        test.page("leaf", space, Some(&subtree)).await;
        let below = |index: usize| at(space, line.get(index), Position::Last);
        assert_eq!(test.move_to(&subtree, below(tree::DEEPEST - 1)).await, Err(Misplaced::TooDeep));
        assert_eq!(test.move_to(&subtree, below(tree::DEEPEST - 2)).await, Err(Misplaced::TooDeep));
        test.move_to(&subtree, below(tree::DEEPEST - 3)).await.expect("two more fit");
    }
}

/// [TREE-1] Any number of moves into one gap, and of pages at the end, keep the order.
#[tokio::test]
async fn moves_into_one_gap_keep_the_order() {
    for test in test_databases().await {
        let (owner, space) = (test.owner.account_id, test.space(None).await);
        let first = test.page("first", space, None).await;
        let [x, y] = [test.page("x", space, None).await, test.page("y", space, None).await];
        test.page("last", space, None).await;
        for _ in 0..300 {
            test.move_to(&x, at(space, None, Position::After(first.document_id))).await.expect("moved");
            test.move_to(&y, at(space, None, Position::After(first.document_id))).await.expect("moved");
        }
        assert_eq!(test.level(owner, space, None).await, ["first", "y", "x", "last"]);
    }
}

/// [TREE-2] What is given on a page, and its open level, apply to the pages below, up to one that does not inherit.
#[tokio::test]
async fn grants_apply_to_the_pages_below() {
    for test in test_databases().await {
        let (jonas, space) = (test.join("jonas").await, test.space(None).await);
        let top = test.page("top", space, None).await;
        let middle = test.page("middle", space, Some(&top)).await;
        let leaf = test.page("leaf", space, Some(&middle)).await;
        assert_eq!((test.given(&leaf, jonas).await, test.titles_of(jonas).await), (None, vec![]));
        test.share(&top, jonas, Right::Edit).await;
        assert_eq!(test.given(&leaf, jonas).await, Some(Right::Edit));
        assert_eq!(test.titles_of(jonas).await, ["leaf", "middle", "top"]);

        // The page in the middle stops inheriting, and starts again.
        let change = async |page: &DocumentRow, inherits: bool, open_level: Option<Right>| {
            let now = database::documents::find(&test.db, test.workspace, page.document_id).await.expect("readable");
            let now = now.expect("it is there");
            let changes = json!({ "inherits": inherits, "open_level": open_level });
            let row = DocumentRow { inherits, open_level: open_level.map(Stored::from), ..now.clone() };
            document_rows::update(&test.db, &test.by(), now.version, row, None, changes)
                .await
                .expect("written")
                .expect("ours")
        };
        change(&middle, false, None).await;
        assert_eq!((test.given(&middle, jonas).await, test.given(&leaf, jonas).await), (None, None));
        assert_eq!(test.titles_of(jonas).await, ["top"]);
        change(&middle, false, Some(Right::View)).await;
        assert_eq!(test.titles_of(jonas).await, ["leaf", "middle", "top"], "the open level applies below as well");
        change(&middle, true, None).await;
        assert_eq!(test.given(&leaf, jonas).await, Some(Right::Edit));

        // A page takes what is given at its new place, and what is given on itself.
        let other = test.page("other", space, None).await;
        test.move_to(&middle, at(space, Some(&other), Position::Last)).await.expect("moved");
        assert_eq!((test.given(&middle, jonas).await, test.given(&leaf, jonas).await), (None, None));
        test.share(&middle, jonas, Right::View).await;
        assert_eq!(test.given(&leaf, jonas).await, Some(Right::View));
        let new = test.page("new", space, Some(&leaf)).await;
        assert_eq!(test.given(&new, jonas).await, Some(Right::View), "a new page inherits at once");
    }
}

/// [SPACE-1] A space gives its pages to its members, to groups in it, and to everybody if it is open.
#[tokio::test]
async fn a_space_gives_its_pages_to_the_people_in_it() {
    for test in test_databases().await {
        let (jonas, space) = (test.join("jonas").await, test.space(None).await);
        let page = test.page("page", space, None).await;
        let leaf = test.page("leaf", space, Some(&page)).await;
        let owner = test.owner.account_id;
        assert_eq!(test.given(&leaf, jonas).await, None);
        space_rows::put_member(&test.db, &test.by(), space, jonas, Right::Comment, owner).await.expect("written");
        assert_eq!(test.given(&leaf, jonas).await, Some(Right::Comment));
        assert_eq!(test.level(jonas, space, None).await, ["page+"]);
        assert_eq!(space_rows::given(&test.db, test.workspace, jonas).await.expect("readable").len(), 1);
        assert_eq!(space_rows::members(&test.db, test.workspace, space).await.expect("readable").len(), 2);
        assert!(space_rows::remove_member(&test.db, &test.by(), space, jonas).await.expect("written"));
        assert_eq!(test.given(&leaf, jonas).await, None);
        assert!(test.level(jonas, space, None).await.is_empty());

        let group = database::groups::add(&test.db, &test.by(), &uuid::Uuid::new_v4().to_string()).await.expect("made");
        database::groups::join(&test.db, &test.by(), group, jonas).await.expect("written");
        space_rows::put_group(&test.db, &test.by(), space, group, Right::Edit, owner).await.expect("written");
        assert_eq!((test.given(&leaf, jonas).await, test.titles_of(jonas).await.len()), (Some(Right::Edit), 2));
        assert!(space_rows::remove_group(&test.db, &test.by(), space, group).await.expect("written"));
        assert_eq!(test.given(&leaf, jonas).await, None);

        let open = test.space(Some(Right::View)).await;
        test.move_to(&page, at(open, None, Position::Last)).await.expect("moved");
        assert_eq!((test.given(&leaf, jonas).await, test.titles_of(jonas).await.len()), (Some(Right::View), 2));

        // The personal space is its owner's alone.
        let own = space_rows::personal(&test.db, test.workspace, jonas).await.expect("made");
        assert_eq!(space_rows::personal(&test.db, test.workspace, jonas).await.expect("found"), own);
        test.move_to(&page, at(own.space_id, None, Position::Last)).await.expect("moved");
        assert_eq!(test.given(&leaf, jonas).await, Some(Right::Admin));
    }
}

/// [TREE-3] Deleting a page says what happens to those below it, and restoring brings them back.
#[tokio::test]
async fn pages_below_a_deleted_one_go_with_it_or_move_up() {
    for test in test_databases().await {
        let (owner, space) = (test.owner.account_id, test.space(None).await);
        let (top, other) = (test.page("top", space, None).await, test.page("other", space, None).await);
        let [a, b] = [test.page("a", space, Some(&top)).await, test.page("b", space, Some(&top)).await];
        let leaf = test.page("leaf", space, Some(&a)).await;
        let all = library::visibility::Viewer { sees_all: true, ..test.viewer(owner) };
        let delete = async |page: &DocumentRow, children: Children| {
            trash(&test.db, &test.by(), &all, page.document_id, children).await.expect("writable")
        };
        assert_eq!(delete(&top, Children::Unsaid).await, Trashed::HasChildren);
        assert!(matches!(delete(&leaf, Children::Unsaid).await, Trashed::Moved(_)), "it has no pages below it");
        assert!(matches!(delete(&top, Children::Trash).await, Trashed::Moved(_)));
        assert_eq!(test.level(owner, space, None).await, ["other"]);

        // What was in the trash before stays there.
        test.restore(top.document_id).await;
        assert_eq!(test.level(owner, space, None).await, ["top+", "other"]);
        assert_eq!(test.level(owner, space, Some(&top)).await, ["a", "b"]);

        assert!(matches!(delete(&top, Children::Keep).await, Trashed::Moved(_)));
        assert_eq!(test.level(owner, space, None).await, ["a", "b", "other"]);

        // A page whose parent is gone comes back at the end.
        assert!(matches!(delete(&a, Children::Trash).await, Trashed::Moved(_)));
        let restored = test.restore(leaf.document_id).await;
        assert_eq!((restored.parent_id, restored.space_id), (None, Some(space)));
        assert_eq!(test.level(owner, space, None).await, ["b", "other", "leaf"]);

        // Neither the deletion of a page that keeps others out, nor a restore, opens the pages below it.
        let ben = test.join("ben").await;
        space_rows::put_member(&test.db, &test.by(), space, ben, Right::View, owner).await.expect("written");
        for (children, restores) in [(Children::Keep, false), (Children::Trash, true)] {
            let closed = test.page("closed", space, None).await;
            let row = DocumentRow { inherits: false, ..closed.clone() };
            let changes = json!({ "inherits": false });
            document_rows::update(&test.db, &test.by(), closed.version, row, None, changes)
                .await
                .expect("written")
                .expect("ours");
            let below = test.page("below", space, Some(&closed)).await;
            assert!(matches!(delete(&closed, children).await, Trashed::Moved(_)));
            if restores {
                assert_eq!(test.restore(below.document_id).await.parent_id, None);
            }
            assert_eq!(test.given(&below, ben).await, None, "{children:?}");
            assert!(matches!(delete(&below, Children::Trash).await, Trashed::Moved(_)));
        }

        // Somebody who may not delete a page below cannot delete it with the one above.
        let jonas = test.join("jonas").await;
        let private = test.page("private", space, Some(&b)).await;
        let his = library::visibility::Viewer { levels: vec![], ..test.viewer(jonas) };
        let refused = trash(&test.db, &test.by(), &his, b.document_id, Children::Trash).await.expect("writable");
        assert_eq!((refused, private.trashed_at), (Trashed::NotAllowed, None));
        assert_eq!(test.level(owner, space, Some(&b)).await, ["private"]);
        assert_eq!(other.parent_id, None);
    }
}
