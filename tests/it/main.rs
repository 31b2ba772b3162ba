//! All end-to-end tests in Rust, in one binary; each test starts its own server.

mod chaos;
mod cluster;
mod hostile_frames;
mod lifecycle;
mod lost_answers;
mod slow_reader;
