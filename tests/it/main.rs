//! Every end-to-end test in Rust: one binary, each test with a server of its own.

mod answers;
mod chaos;
mod cluster;
mod hostile_frames;
mod lifecycle;
mod slow_reader;
