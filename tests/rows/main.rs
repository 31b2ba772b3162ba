//! The contract of the rows and statements of all features, on both engines.

mod access;
mod deliveries;
mod document_lists;
mod documents;
mod events;
mod files;
mod operations;
mod queue;
mod retention;
mod rows_file;
mod search;
mod tags;
mod test_database;
mod tree;
mod upgrade;
