//! Webhooks: what a workspace subscribes to (`routes`, `rows`), what is queued from the log of events (`event_consumer`,
//! `delivery_rows`), and what is sent (`sender`).

pub mod delivery_rows;
pub mod event_consumer;
mod outside;
pub mod routes;
pub mod rows;
mod sender;

pub use outside::{Outside, Refusal};
pub use sender::send;
