//! The memory for messages of sockets that are not admitted to a document yet, limited over all sockets together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The memory budget. Clones share it.
#[derive(Clone)]
pub struct PreAuthMemory(Arc<Semaphore>);

impl PreAuthMemory {
    /// The smallest budget with which one client can send everything it is allowed to.
    pub const LEAST_BYTES: usize = 2 << 20;

    pub fn new(bytes: usize) -> PreAuthMemory {
        PreAuthMemory(Arc::new(Semaphore::new(bytes / 1_024)))
    }

    /// The semaphore with one permit for each KiB: see [`PreAuthMemory::permits`].
    pub fn semaphore(&self) -> Arc<Semaphore> {
        self.0.clone()
    }

    /// The number of permits for this many bytes.
    pub fn permits(bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX)
    }

    /// Reserves memory for a message that has been read, if enough is free.
    pub fn try_reserve(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        self.semaphore().try_acquire_many_owned(PreAuthMemory::permits(bytes as u64)).ok()
    }
}
