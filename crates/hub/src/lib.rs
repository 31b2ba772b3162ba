//! Rooms, connections, fan-out, acknowledgement and presence. Nothing here knows HTTP or SQL.
//!
//! The order that everything else serves: an edit is judged, applied, appended to the journal, and
//! only when the append is durable is its author acknowledged and everybody else told.

mod builds;
pub mod close;
mod cluster;
mod connection;
mod hub;
pub mod limits;
mod open_rooms;
pub mod outbox;
mod room;
mod shared;
mod worker_permits;

pub use builds::Builds;
pub use close::Close;
pub use connection::{ConnectionId, Joining};
pub use hub::Hub;
pub use limits::Limits;
pub use open_rooms::OpenError;
pub use outbox::{FlushEvent, Outbox};
pub use room::{EditError, Figures, Room, RoomClosed, Space, verify};
