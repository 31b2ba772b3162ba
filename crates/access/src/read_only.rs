//! The read-only switch, and other switches that an operator sets for all nodes, as this node last read them. While the
//! server is read-only, a write is refused unless its route declares that it is still allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use database::{Db, flags};
use endpoint::{Error, Result};

use crate::route_requirements::Need;

/// The name of the switch that stops all writes.
pub const READ_ONLY: &str = "read-only";

/// The answer to a write while the server is read-only.
pub const READ_ONLY_ANSWER: Error = Error::Unavailable("the operator has switched this server to read-only");

/// The switches, as last read.
#[derive(Clone, Default)]
pub struct Flags(Arc<Known>);

#[derive(Default)]
struct Known {
    read_only: AtomicBool,
}

impl Flags {
    pub fn read_only(&self) -> bool {
        self.0.read_only.load(Ordering::Relaxed)
    }

    /// Checks a write against the switch.
    ///
    /// # Errors
    /// [`READ_ONLY_ANSWER`], while the server is read-only, unless the route is still allowed, such as one that revokes
    /// a right.
    pub fn check_write(&self, need: Need) -> Result<()> {
        if self.read_only() && !need.while_read_only { Err(READ_ONLY_ANSWER) } else { Ok(()) }
    }

    /// Reads the switches from the database.
    ///
    /// # Errors
    /// When the database does not answer. The switches remain unchanged in that case.
    pub async fn read(&self, db: &Db) -> sqlx::Result<()> {
        let flags = flags::list(db).await?;
        self.0.read_only.store(flags.get(READ_ONLY).copied().unwrap_or(false), Ordering::Relaxed);
        Ok(())
    }
}
