//! What all sockets that are in no document hold together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The memory for what sockets send before they are in a document. Cloning shares it.
#[derive(Clone)]
pub struct Unadmitted(Arc<Semaphore>);

impl Unadmitted {
    /// The smallest that lets one client send what it may.
    pub const LEAST_BYTES: usize = 2 << 20;

    pub fn new(bytes: usize) -> Unadmitted {
        Unadmitted(Arc::new(Semaphore::new(bytes / 1_024)))
    }

    /// Its KiB, for somebody who waits for some: see [`Unadmitted::permits`].
    pub fn semaphore(&self) -> Arc<Semaphore> {
        self.0.clone()
    }

    /// How many permits of the semaphore so many bytes take.
    pub fn permits(bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX)
    }

    /// Memory for something that has been read, if there is any.
    pub fn try_reserve(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        self.semaphore().try_acquire_many_owned(Unadmitted::permits(bytes as u64)).ok()
    }
}
