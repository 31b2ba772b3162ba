//! Rooms over a journal in a file, with clients at their sockets.

mod asleep;
mod clients;
mod nodes;
mod presence;
