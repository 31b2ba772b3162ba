//! How a Hocuspocus socket handles changes: it checks the rights to its documents again, one address after the other.

use std::collections::VecDeque;

use bytes::Bytes;
use database::Change;
use document::Family;
use hub::Close;
use tracing::info;

use super::{Client, Document, document_name};
use crate::sockets::access_expiry::EXPIRED;
use crate::sockets::rights_changes::{Concern, may_concern_rights};
use crate::sockets::session::{JoinRequest, Renewed, send_level};

impl Client {
    /// Handles a change: checks affected rights again, and notifies pages of their inbox.
    pub(super) fn on_change(&mut self, change: Option<Change>) {
        self.changed_meanwhile |= may_concern_rights(change);
        let mut concerned = Vec::new();
        for (address, document) in &mut self.documents {
            let concern = match document {
                Document::Joined(attached) => attached.concern(change),
                Document::Listening(listening) => listening.on_change(change),
                Document::Waiting(_) | Document::Refused => continue,
            };
            match (concern, document) {
                (Concern::Rights, _) => concerned.push(address.clone()),
                (Concern::Inbox, Document::Joined(attached)) => {
                    attached.room.notify_page(attached.connection, "inbox");
                }
                _ => {}
            }
        }
        concerned.into_iter().for_each(|address| self.renew(address));
    }

    /// Checks the rights to a document again. They are downgraded in place, or ended.
    pub(super) fn renew(&mut self, address: Bytes) {
        if let Some(Document::Listening(listening)) = self.documents.get_mut(&address) {
            listening.doubt();
        }
        if !self.to_renew.contains(&address) {
            self.to_renew.push_back(address);
        }
        self.renew_next();
    }

    pub(super) fn renew_next(&mut self) {
        while self.socket.renewal.is_none()
            && let Some(address) = self.to_renew.pop_front()
        {
            match (self.documents.get(&address), document_name(&address)) {
                (Some(Document::Joined(attached)), Ok(name)) => {
                    let credentials = attached.pass.credentials.clone();
                    let request = JoinRequest { family: Family::Hocuspocus, address, name, credentials };
                    self.socket.renewal = Some(attached.check_again(&self.app, request));
                }
                (Some(Document::Listening(listening)), _) => {
                    self.socket.renewal = Some(listening.check(&self.app, address));
                }
                _ => {}
            }
        }
        if self.to_renew.is_empty() {
            self.to_renew = VecDeque::new();
        }
    }

    /// Applies the result of a check. The client is notified only if its level has changed.
    pub(super) fn note_renewed(&mut self, renewed: Renewed) {
        if let Some(Document::Joined(attached)) = self.documents.get_mut(&renewed.request.address)
            && renewed.is_of(attached)
        {
            match renewed.outcome {
                Ok(admitted) => {
                    if let Some(level) = attached.renew(&admitted) {
                        send_level(&self.socket.outbox, Family::Hocuspocus, &renewed.request.address, level);
                    }
                }
                Err(Close::Unauthorized) if attached.pass.is_checked() => {
                    self.refuse_because(renewed.request.address, EXPIRED);
                }
                Err(close) if !close.is_permanent() => self.socket.outbox.close(close),
                Err(close) => {
                    info!(parent: &renewed.request.span(Some(&attached.pass.user)), reason = close.reason(), "ended");
                    self.refuse(renewed.request.address, close);
                }
            }
        }
        self.renew_next();
    }
}
