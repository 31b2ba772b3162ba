//! Webhooks: what a workspace subscribes to (`routes`, `rows`), what is queued from the log of events (`queue`,
//! `delivery_rows`), and what is sent (`sender`).

pub mod delivery_rows;
mod outside;
pub mod queue;
pub mod routes;
pub mod rows;
mod sender;

pub use outside::{Outside, Refusal};
pub use sender::send;
