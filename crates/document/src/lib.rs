//! The CRDT document of a room: checks of incoming messages, and answers for the wire. Pure: no clock, no I/O, no
//! tasks. Callers pass the time in and get bytes back.

pub mod anchors;
pub mod causal_gate;
pub mod client_id_owners;
pub mod codec;
pub mod document;
pub mod fingerprint;
mod following;
mod json;
pub mod lib0;
pub mod media;
pub mod nesting;
pub mod origins;
pub mod overlap;
pub mod passages;
pub mod presence;
pub mod prose;
pub mod ranges;
pub mod refusal;
pub mod roots;
mod size;
mod stored_anchor;
pub mod suggestions;
mod text_map;
pub mod update;
mod verbatim;
mod yrs_calls;

pub use anchors::{Anchor, AnchorError, Place};
pub use causal_gate::LeftOut;
pub use client_id_owners::{Author, Level, Owners, Ownership};
pub use codec::{Family, Frame, Message, SyncStep};
pub use document::{Accepted, Applied, Broken, Document, LoadError, Loading, Outcome, Stored};
pub use origins::{Ledger, Origin, Removals, Written};
pub use presence::Presence;
pub use refusal::Refusal;
pub use roots::Roots;
