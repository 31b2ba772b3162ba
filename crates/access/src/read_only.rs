//! What this node knows of the switches that an operator sets for all nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use database::{Db, flags};

/// The name of the switch that stops everything people write.
pub const READ_ONLY: &str = "read-only";

/// What this node knows of them.
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

    /// Reads them again.
    ///
    /// # Errors
    /// When the database does not answer; then they stay as they were.
    pub async fn read(&self, db: &Db) -> sqlx::Result<()> {
        let flags = flags::list(db).await?;
        self.0.read_only.store(flags.get(READ_ONLY).copied().unwrap_or(false), Ordering::Relaxed);
        Ok(())
    }
}
