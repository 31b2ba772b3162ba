//! `consilium backup` and `consilium restore`: copies of the database and the journal, of any kind, as verified files.
//!
//! A backup is made while nodes are running, and has one format for all stores: the rows are an SQLite file, and so is
//! the journal. It can be restored into stores of another kind. Rows are copied before the journal, so that every
//! document with a row has its log; then the copy is opened, every document is rebuilt, and all rows are counted.

mod files;
mod logs;
mod make;
mod manifest;
pub mod matching;
mod partial;
mod restore;
pub mod stored;
mod verify;

pub use make::backup;
pub use restore::restore;
