//! Changes that concern many documents: changes of what the pages below a page, or the pages of a space, inherit. They
//! are resolved to documents here, so that sockets handle only changes of single documents.

use std::collections::HashSet;

use database::{Change, documents};
use tracing::warn;
use vocabulary::DocumentId;

use crate::App;

/// With more documents than this, sockets check everything, as they would if they missed a change.
const ONE_BY_ONE: usize = 500;

impl App {
    /// Notifies the open sockets of this node that all documents which inherit from a page or a space have changed.
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
