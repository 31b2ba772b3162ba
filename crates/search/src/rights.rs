//! Permission within the index. Each entry has words for those who see it: its creator, everybody in the workspace, the
//! members of its space, and those who hold a grant on it or on a page from which it inherits. A query finds only
//! entries with one of the words of its caller. The words follow the same rules as `library::visibility`, which checks
//! every hit again.

use library::visibility::{Holdings, Viewer};
use vocabulary::{AccountId, DocumentId, Right, SpaceId};

use uuid::Uuid;

/// The word for everybody in the workspace.
const OPEN: &str = "open";

fn creator(account: AccountId) -> String {
    format!("by{}", account.0.simple())
}

fn space(space: SpaceId) -> String {
    format!("in{}", space.0.simple())
}

fn given(document: Uuid) -> String {
    format!("of{}", document.simple())
}

/// The facts that determine who sees a document.
#[derive(Debug, Default)]
pub struct Place<'a> {
    pub document: Uuid,
    pub created_by: Option<AccountId>,
    /// The levels that the document and the pages above it give to the workspace.
    pub open_levels: [Option<&'a str>; 2],
    /// The space, if the rights that it gives apply.
    pub space: Option<SpaceId>,
    /// The pages from which the document inherits.
    pub ancestors: &'a [DocumentId],
}

impl Place<'_> {
    /// The words of a document.
    pub fn words(&self) -> Vec<String> {
        let is_open = self.open_levels.iter().flatten().any(|level| Right::parse(level).is_some());
        let mut words = vec![given(self.document)];
        words.extend(self.ancestors.iter().map(|ancestor| given(ancestor.0)));
        words.extend(self.created_by.map(creator));
        words.extend(self.space.map(space));
        words.extend(is_open.then(|| OPEN.to_owned()));
        words
    }
}

/// The words of a caller; `None` for a caller who sees everything.
pub fn words_of(viewer: &Viewer, holdings: &Holdings) -> Option<Vec<String>> {
    if viewer.sees_all {
        return None;
    }
    let mut words = vec![OPEN.to_owned(), creator(viewer.account)];
    words.extend(holdings.spaces.iter().copied().map(space));
    words.extend(holdings.documents.iter().map(|document| given(document.0)));
    Some(words)
}

/// The words of documents whose rights have changed since they were indexed, and of those that inherit from them.
pub fn words_below(documents: &[DocumentId]) -> Vec<String> {
    documents.iter().map(|document| given(document.0)).collect()
}
