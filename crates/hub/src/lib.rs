//! Rooms, connections, fan-out, acknowledgement and presence. Contains no HTTP and no SQL.
//!
//! The central order: an edit is checked, applied and appended to the journal. Only when the append is durable, the
//! edit is acknowledged to its author and sent to everybody else.

mod build_gate;
pub mod close;
mod cluster;
mod connection;
mod followed;
mod holds;
mod hub;
pub mod limits;
mod low_priority;
mod open_rooms;
pub mod outbox;
mod room;
mod shared;
mod shutdown;
mod turns_per_person;
mod worker_permits;

pub use build_gate::{Builds, Wanted, Work};
pub use close::Close;
pub use connection::{ConnectionId, Joining};
pub use followed::Reported;
pub use hub::Hub;
pub use limits::Limits;
pub use low_priority::{STACK_BYTES, at_low_priority};
pub use open_rooms::OpenError;
pub use outbox::{FlushEvent, Outbox};
pub use room::{EditError, Figures, Room, RoomClosed, Space, read_log, verify};
pub use turns_per_person::{Busy, Turn, Turns};
