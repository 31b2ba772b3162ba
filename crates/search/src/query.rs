//! Reads what a person types into the search box. Any text can be read: an operator that makes no sense is named in
//! `notes` and ignored, and is never an error.

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::words::words;

/// The maximum number of parts of a query. No ordinary query has more.
const MOST: usize = 32;
/// The maximum number of characters that are read.
const LONGEST: usize = 1_000;

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub parts: Vec<Part>,
    pub filters: Vec<Filter>,
    /// Sentences for people that name what was ignored.
    pub notes: Vec<String>,
}

/// Words that a document must have, or must not have.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A word in any of its forms. `is_open` if the person may still be typing it.
    Word { folded: String, is_open: bool },
    /// These words in this order.
    Phrase(Vec<String>),
    /// Not this word, or not these words in this order.
    Not(Vec<String>),
}

/// A condition on a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub by: By,
    pub value: String,
    /// Whether the condition must not hold.
    pub not: bool,
}

/// The field that a filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Tag,
    Category,
    /// The space.
    In,
    /// The owner.
    Owner,
    Kind,
    Status,
    /// Changed before the beginning of this day.
    Before,
    /// Changed on this day or later.
    After,
}

impl By {
    fn of(name: &str) -> Option<By> {
        Some(match name.to_ascii_lowercase().as_str() {
            "tag" => By::Tag,
            "category" => By::Category,
            "in" => By::In,
            "by" => By::Owner,
            "type" => By::Kind,
            "status" => By::Status,
            "before" => By::Before,
            "after" => By::After,
            _ => return None,
        })
    }
}

impl Query {
    /// Reads a query.
    pub fn read(text: &str) -> Query {
        let mut query = Query::default();
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
        if end < text.len() {
            query.notes.push(format!("Only the first {LONGEST} characters of the search are used."));
        }
        let mut pieces = pieces(&text[..end]).peekable();
        while let Some(piece) = pieces.next() {
            if query.parts.len() + query.filters.len() == MOST {
                query.notes.push(format!("Only the first {MOST} parts of the search are used."));
                break;
            }
            let is_last = pieces.peek().is_none() && !text[..end].ends_with(char::is_whitespace);
            query.take(&piece, is_last);
        }
        query
    }

    /// Whether a word or phrase must be found, so that hits can be ranked by it.
    pub fn has_words(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, Part::Not(_)))
    }

    /// Adds a filter that is not in the text, such as a parameter.
    pub fn add(&mut self, by: By, value: &str) {
        self.filter(by, value, false);
    }

    fn take(&mut self, piece: &Piece, is_last: bool) {
        if let Some((by, name)) = piece.operator {
            if piece.value.trim().is_empty() {
                return self.notes.push(format!("“{name}:” needs a value after the colon."));
            }
            return self.filter(by, piece.value.trim(), piece.not);
        }
        let mut found: Vec<String> = words(piece.value).into_iter().map(|word| word.folded).collect();
        match (found.len(), piece.not) {
            (0, _) => {}
            (_, true) => self.parts.push(Part::Not(found)),
            (1, false) if !piece.quoted => {
                let is_open = is_last && piece.value.ends_with(|c: char| !c.is_ascii_punctuation());
                self.parts.push(Part::Word { folded: found.swap_remove(0), is_open });
            }
            (_, false) => self.parts.push(Part::Phrase(found)),
        }
    }

    fn filter(&mut self, by: By, value: &str, not: bool) {
        if matches!(by, By::Before | By::After) && day(value).is_none() {
            return self.notes.push(format!("“{value}” is no date: write one like 2026-05-31."));
        }
        self.filters.push(Filter { by, value: value.to_owned(), not });
    }
}

impl Filter {
    /// The instant of a date, which is the beginning of the day.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        day(&self.value)
    }
}

/// A date such as `2026-05-31`, `2026-05` or `2026`, or `today` and `yesterday`.
fn day(value: &str) -> Option<DateTime<Utc>> {
    let date = match value.to_lowercase().as_str() {
        "today" => Utc::now().date_naive(),
        "yesterday" => Utc::now().date_naive().checked_sub_days(Days::new(1))?,
        value => {
            let whole = match value.len() {
                4 => format!("{value}-01-01"),
                7 => format!("{value}-01"),
                _ => value.to_owned(),
            };
            NaiveDate::from_str(&whole).ok()?
        }
    };
    Some(date.and_hms_opt(0, 0, 0)?.and_utc())
}

/// A part of the text between spaces, with its quotes and operators.
struct Piece<'a> {
    not: bool,
    /// The operator before a colon, and how it was written.
    operator: Option<(By, &'a str)>,
    value: &'a str,
    quoted: bool,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let not = rest.len() > 1 && rest.starts_with('-') && !rest[1..].starts_with(char::is_whitespace);
        if not {
            rest = &rest[1..];
        }
        let end_of_name = rest.find(|c: char| c == ':' || c == '"' || c.is_whitespace());
        let name = end_of_name.filter(|end| *end > 0 && rest[*end..].starts_with(':')).map(|end| &rest[..end]);
        let operator = name.and_then(|name| Some((By::of(name)?, name)));
        if let Some((_, name)) = operator {
            rest = &rest[name.len() + 1..];
        }
        let (value, quoted) = match rest.strip_prefix(['"', '“', '„']) {
            Some(inside) => {
                let end = inside.find(['"', '”', '“']).unwrap_or(inside.len());
                let value = &inside[..end];
                rest = inside[end..].trim_start_matches(['"', '”', '“']);
                (value, true)
            }
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let value = &rest[..end];
                rest = &rest[end..];
                (value, false)
            }
        };
        Some(Piece { not, operator, value, quoted })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(folded: &str) -> Part {
        Part::Word { folded: folded.into(), is_open: false }
    }

    fn open(folded: &str) -> Part {
        Part::Word { folded: folded.into(), is_open: true }
    }

    fn phrase(words: &[&str]) -> Part {
        Part::Phrase(words.iter().map(ToString::to_string).collect())
    }

    fn not(words: &[&str]) -> Part {
        Part::Not(words.iter().map(ToString::to_string).collect())
    }

    /// [FIND-7] Words, phrases and exclusions.
    #[test]
    fn words_phrases_and_exclusions_are_read() {
        assert_eq!(Query::read("Market Plan").parts, [word("market"), open("plan")]);
        assert_eq!(Query::read("Market Plan ").parts, [word("market"), word("plan")]);
        assert_eq!(Query::read("\"Market Plan\" x").parts, [phrase(&["market", "plan"]), open("x")]);
        assert_eq!(Query::read("go-to-market now ").parts, [phrase(&["go", "to", "market"]), word("now")]);
        assert_eq!(
            Query::read("plan -draft -\"old text\"").parts,
            [word("plan"), not(&["draft"]), not(&["old", "text"])]
        );
        assert_eq!(Query::read("市場").parts, [phrase(&["市", "場"])]);
    }

    /// [FIND-7] Operators, also with quotes and negated.
    #[test]
    fn operators_are_read() {
        let query =
            Query::read("tag:growth -status:draft in:\"Board room\" by:me type:strategy_plan BEFORE:2026-05 plan");
        let filters: Vec<(By, &str, bool)> = query.filters.iter().map(|f| (f.by, f.value.as_str(), f.not)).collect();
        assert_eq!(
            filters,
            [
                (By::Tag, "growth", false),
                (By::Status, "draft", true),
                (By::In, "Board room", false),
                (By::Owner, "me", false),
                (By::Kind, "strategy_plan", false),
                (By::Before, "2026-05", false),
            ]
        );
        assert_eq!(query.parts, [open("plan")]);
        assert_eq!(query.notes, Vec::<String>::new());
        assert_eq!(query.filters[5].instant().map(|at| at.to_rfc3339()).as_deref(), Some("2026-05-01T00:00:00+00:00"));
    }

    /// [FIND-7] No text that people can type is an error.
    #[test]
    fn any_text_can_be_read() {
        for (text, parts, notes) in [
            ("", vec![], 0),
            ("   ", vec![], 0),
            ("-", vec![], 0),
            ("\"", vec![], 0),
            ("\"unclosed phrase", vec![phrase(&["unclosed", "phrase"])], 0),
            ("tag:", vec![], 1),
            ("before:tomorrowish plan ", vec![word("plan")], 1),
            ("https://example.org", vec![phrase(&["https", "example", "org"])], 0),
            ("a:b:c ", vec![phrase(&["a", "b", "c"])], 0),
            ("((( *:* AND || ~ ", vec![word("and")], 0),
            ("-- -\"\" :x \u{1F600} ", vec![word("x")], 0),
        ] {
            let query = Query::read(text);
            assert_eq!((query.parts, query.notes.len()), (parts, notes), "{text}");
        }
        let long = Query::read(&"word ".repeat(1_000));
        assert_eq!((long.parts.len(), long.notes.len()), (MOST, 2));
    }
}
