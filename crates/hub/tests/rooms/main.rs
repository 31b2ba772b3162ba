//! Rooms over a journal in a file, with clients at their sockets.

mod asleep;
mod clients;
mod holds;
mod nodes;
mod presence;
