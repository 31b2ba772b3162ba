//! The real program on a free port, and clients for it.

pub mod cluster;
pub mod crowd;
pub mod server;
pub mod stores;
pub mod typist;

use std::time::Duration;

/// Waits for a condition under a deadline; panics with `what` if it is not met.
pub async fn until(what: &str, within: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + within;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A number from the environment, so that a test is short in `make test` and long in other runs.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
