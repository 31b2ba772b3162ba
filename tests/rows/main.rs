//! The contract of the rows and statements of all features, on both engines.

mod access;
mod documents;
mod events;
mod house;
mod operations;
mod queue;
mod upgrade;
