//! The read-only switch, and other switches that an operator sets for all nodes, as this node last read them. `resolve`
//! refuses writes while the server is read-only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use database::{Db, flags};

/// The name of the switch that stops all writes.
pub const READ_ONLY: &str = "read-only";

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

    /// Reads the switches from the database.
    ///
    /// # Errors
    /// When the database does not answer; the switches stay unchanged then.
    pub async fn read(&self, db: &Db) -> sqlx::Result<()> {
        let flags = flags::list(db).await?;
        self.0.read_only.store(flags.get(READ_ONLY).copied().unwrap_or(false), Ordering::Relaxed);
        Ok(())
    }
}
