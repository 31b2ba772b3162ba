//! The reasons why an update or a message is not admitted.

use thiserror::Error;

/// The reason why bytes were not admitted. The code is stable; the sentence is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("{0}")]
    Malformed(&'static str),
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    #[error("content is nested more than {0} levels deep")]
    TooDeep(usize),
    #[error("the message holds more than {0} blocks")]
    TooManyBlocks(usize),
    #[error("the document would grow past its largest size")]
    TooLarge,
    #[error("the document would keep too many marks of deleted content")]
    TooMuchDeleted,
    #[error("this connection may read but not write")]
    ReadOnly,
    #[error("the message is larger than a document may be")]
    MessageTooLarge,
    #[error("an awareness state has more than {0} bytes")]
    PresenceTooLarge(usize),
    #[error("only XML nodes may stand in this root")]
    DoesNotFit,
    #[error("another client has written with the same identity, and said something else")]
    ClientIdTaken,
    #[error("these bytes broke the document and are kept out")]
    Quarantined,
}

impl Refusal {
    /// Every code.
    pub const CODES: [&str; 12] = [
        "malformed",
        "unsupported-content",
        "too-deep",
        "too-many-blocks",
        "document-too-large",
        "too-much-deleted",
        "read-only",
        "message-too-large",
        "presence-too-large",
        "root-mismatch",
        "client-id-taken",
        "quarantined",
    ];

    /// The code for clients, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::Unsupported(_) => "unsupported-content",
            Refusal::TooDeep(_) => "too-deep",
            Refusal::TooManyBlocks(_) => "too-many-blocks",
            Refusal::TooLarge => "document-too-large",
            Refusal::TooMuchDeleted => "too-much-deleted",
            Refusal::ReadOnly => "read-only",
            Refusal::MessageTooLarge => "message-too-large",
            Refusal::PresenceTooLarge(_) => "presence-too-large",
            Refusal::DoesNotFit => "root-mismatch",
            Refusal::ClientIdTaken => "client-id-taken",
            Refusal::Quarantined => "quarantined",
        }
    }

    /// The limit that was exceeded, if it can be configured.
    pub fn limit(&self) -> Option<usize> {
        if let Refusal::PresenceTooLarge(bytes) = self { Some(*bytes) } else { None }
    }
}
