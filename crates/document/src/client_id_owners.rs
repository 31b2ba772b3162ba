//! The author of an edit, levels of access, and ownership of client ids. The table of rights belongs to the server.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::lib0::{Reader, write_buf, write_varuint};
use crate::refusal::Refusal;

/// What a connection may do to its document, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    View,
    Comment,
    Edit,
}

impl Level {
    /// Parses the wire and config spelling: `view`, `comment` or `edit`.
    pub fn parse(text: &str) -> Option<Level> {
        match text {
            "view" => Some(Level::View),
            "comment" => Some(Level::Comment),
            "edit" => Some(Level::Edit),
            _ => None,
        }
    }

    /// The name used in tokens, logs and REST answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::View => "view",
            Level::Comment => "comment",
            Level::Edit => "edit",
        }
    }
}

/// The person behind a connection, as the ownership rules see them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Author {
    /// Account id, or the `sub` of a headless token.
    pub user: Arc<str>,
    /// Whether this author may extend client ids that other users introduced.
    pub ownership: Ownership,
}

impl Author {
    /// An author for content that belongs to nobody, such as a stored state or an import.
    pub fn nobody() -> Author {
        Author { user: "".into(), ownership: Ownership::Record }
    }
}

/// How the rule "a client id belongs to the user who introduced it" is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// Owners are recorded, but anybody may extend any client id.
    Record,
    /// Only the owner of a client id may extend it.
    Enforce,
}

/// `client id -> user` for every client id that a document has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(HashMap<u64, Arc<str>>);

impl Owners {
    /// Whether `author` may add clocks to `client`.
    pub fn admits(&self, client: u64, author: &Author) -> bool {
        match (author.ownership, self.0.get(&client)) {
            (Ownership::Record, _) | (Ownership::Enforce, None) => true,
            (Ownership::Enforce, Some(owner)) => *owner == author.user,
        }
    }

    /// Records the user who introduced `client`. The first entry stays.
    pub fn introduce(&mut self, client: u64, user: &Arc<str>) {
        self.0.entry(client).or_insert_with(|| user.clone());
    }

    /// The user who introduced `client`, if known.
    pub fn owner(&self, client: u64) -> Option<&Arc<str>> {
        self.0.get(&client)
    }

    /// The map as bytes, for a snapshot: the number of entries, then the client id and the user of each entry.
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(8 + self.0.len() * 48);
        write_varuint(&mut out, self.0.len() as u64);
        for (client, user) in &self.0 {
            write_varuint(&mut out, *client);
            write_buf(&mut out, user.as_bytes());
        }
        out.into()
    }

    /// Reads what [`Owners::encode`] wrote.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for any other input.
    pub fn decode(bytes: &[u8]) -> Result<Owners, Refusal> {
        let mut reader = Reader::new(bytes);
        let mut owners = HashMap::new();
        let mut users: HashMap<&str, Arc<str>> = HashMap::new();
        for _ in 0..reader.count()? {
            let (client, user) = (reader.varuint()?, reader.string()?);
            // Thousands of client ids belong to a few people, so they share the allocated name.
            owners.insert(client, users.entry(user).or_insert_with(|| user.into()).clone());
        }
        Ok(Owners(owners))
    }
}
