//! What could not be carried over, one line for each problem, up to a limit.

use serde::{Deserialize, Serialize};

/// The maximum number of lines. Nobody reads more, so the rest is only counted.
const MOST_LINES: usize = 1_000;
const LONGEST_PART: usize = 300;

/// One thing that could not be carried over.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = ImportLine)]
pub struct Line {
    /// The file; empty for the whole import.
    pub file: String,
    /// A sentence without its full stop.
    pub what: String,
    /// Words near it, if any.
    #[serde(rename = "where")]
    pub place: String,
}

#[derive(Debug, Default)]
pub struct Report {
    pub lines: Vec<Line>,
    pub more: i64,
}

impl Report {
    /// Adds a line that was already shortened.
    pub fn with(mut self, line: Line) -> Report {
        if self.lines.len() >= MOST_LINES {
            self.more += 1
        } else {
            self.lines.push(line)
        }
        self
    }

    pub fn add(&mut self, file: &str, what: impl Into<String>, place: &str) {
        if self.lines.len() >= MOST_LINES {
            self.more += 1;
            return;
        }
        let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(LONGEST_PART).collect::<String>();
        self.lines.push(Line { file: short(file), what: short(&what.into()), place: short(place) });
    }
}
