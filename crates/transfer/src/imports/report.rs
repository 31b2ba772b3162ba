//! What could not be carried over: a line for each, up to a number.

use serde::{Deserialize, Serialize};

/// Nobody reads more; the rest is counted.
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
    /// The same with a line that was shortened already.
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
