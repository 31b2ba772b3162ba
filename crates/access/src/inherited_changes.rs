//! Changes that concern many documents: what a page gives to those below it, and what a space gives to its pages. They
//! are resolved to documents here, so that sockets know only changes of documents.

use std::collections::HashSet;

use database::{Change, documents};
use tracing::warn;
use vocabulary::DocumentId;

use crate::App;

/// With more documents than this, sockets check everything: a socket that missed a change would do so anyway.
const ONE_BY_ONE: usize = 500;

impl App {
    /// Notifies the open sockets of this node of the change of all documents that inherit from a page or a space.
    pub(crate) fn notify_of_heirs(&self, change: Change) {
        let app = self.clone();
        self.tasks.spawn(async move {
            let heirs = match change {
                Change::Tree(page) => documents::heirs(&app.db, page).await,
                Change::Space(space) => documents::heirs_of_space(&app.db, space).await,
                _ => return,
            };
            match heirs {
                Ok(heirs) => app.notify_of_documents(heirs.into_iter().collect()),
                Err(error) => {
                    warn!(%error, "cannot read which documents a change concerns: checking all");
                    app.cached_rights.forget_all();
                    app.look_at_everything();
                    app.topics.publish_all();
                }
            }
        });
    }

    fn notify_of_documents(&self, documents: HashSet<DocumentId>) {
        self.cached_rights.forget_documents(&documents);
        if documents.len() > ONE_BY_ONE {
            self.look_at_everything();
            for room in documents.iter().filter_map(|document| self.hub.peek(*document)) {
                room.notify_pages("changed");
            }
            return self.topics.publish_all();
        }
        for document in documents {
            self.notify_sockets(Change::Document(document));
        }
    }
}
