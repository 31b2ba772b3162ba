//! All close codes of a socket and their reasons, in one table. docs/clients.md has a copy for client authors.
//!
//! y-websocket 3.1 never reconnects after a code from 4400 to 4499; older versions and Hocuspocus do. So temporary
//! conditions have codes outside this range, and permanent conditions have codes inside it.

/// The reason why a socket, or one document of a socket, is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Close {
    /// The server stops or restarts.
    GoingAway,
    /// This socket reads too slowly; reconnect.
    TooSlow,
    /// A frame was too large even to be skipped.
    FrameTooBig,
    /// Storage does not answer, or this server is full; reconnect.
    Unavailable,
    /// The client did not sign in in time, or sent nothing for too long.
    Timeout,
    /// Not signed in, or no longer signed in.
    Unauthorized,
    Forbidden,
    /// There is no such document.
    NotFound,
    /// Another document has this name now: the client's copy belongs to a different history.
    Replaced,
    Deleted,
    /// The page was loaded before an upgrade, and would delete content that it does not know.
    OutdatedPage,
    /// The stored document cannot be rebuilt; an operator must inspect it.
    Quarantined,
}

impl Close {
    /// The WebSocket close code.
    pub fn code(self) -> u16 {
        match self {
            Close::GoingAway => 1012,
            Close::TooSlow => 1013,
            Close::FrameTooBig => 1009,
            Close::Unavailable => 4503,
            Close::Timeout => 4508,
            Close::Unauthorized => 4401,
            Close::Forbidden => 4403,
            Close::NotFound => 4404,
            Close::Replaced => 4409,
            Close::Deleted => 4410,
            Close::Quarantined => 4423,
            Close::OutdatedPage => 4426,
        }
    }

    /// The stable reason sent with the code.
    pub fn reason(self) -> &'static str {
        match self {
            Close::GoingAway => "going-away",
            Close::TooSlow => "too-slow",
            Close::FrameTooBig => "frame-too-big",
            Close::Unavailable => "unavailable",
            Close::Timeout => "timeout",
            Close::Unauthorized => "unauthorized",
            Close::Forbidden => "forbidden",
            Close::NotFound => "not-found",
            Close::Replaced => "replaced",
            Close::Deleted => "deleted",
            Close::Quarantined => "quarantined",
            Close::OutdatedPage => "outdated-page",
        }
    }

    /// Whether trying again later, unchanged, can help.
    pub fn is_permanent(self) -> bool {
        (4400..4500).contains(&self.code())
    }
}
