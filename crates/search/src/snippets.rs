//! The passages of a document in which a query was found, with the words that match. They are parts of plain text, and
//! texts that people wrote never become markup.

use serde::Serialize;
use vocabulary::{AttachmentId, ThreadId};

use crate::attached::AttachedFile;
use crate::entries::Remark;
use crate::query::{Part, Query};
use crate::typos::{is_near, typos_in};
use crate::words::{Word, stems, words};

/// The maximum number of passages of one document.
const MOST: usize = 2;
/// The length of a passage in characters.
const LENGTH: usize = 220;
/// How many characters may come before the first match.
const BEFORE: usize = 70;
/// How many bytes of a text are searched for passages. Of a book, these are the first chapters.
const MOST_BYTES: usize = 400 << 10;

/// A part of a text that matches, or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TextPart {
    pub text: String,
    /// Whether it matches the query.
    pub hit: bool,
}

/// A passage that matches the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Snippet {
    /// The number of the line in the document's plain text; absent for a comment or a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The thread of a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ThreadId>,
    /// The attachment in which, or in whose name, it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_id: Option<AttachmentId>,
    /// The name of that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The passage in order; `hit` marks what matches. Parts that are left out are replaced by an ellipsis.
    pub parts: Vec<TextPart>,
}

/// What counts as a match.
pub struct Matcher {
    patterns: Vec<Pattern>,
}

enum Pattern {
    Word { folded: String, is_open: bool, stems: Vec<String>, typos: u8 },
    Phrase(Vec<String>),
}

/// The source of a passage.
#[derive(Clone, Copy)]
enum Source<'a> {
    Line(usize),
    Comment(ThreadId),
    File(&'a AttachedFile),
}

impl Source<'_> {
    fn snippet(self, parts: Vec<TextPart>) -> Snippet {
        let nowhere = Snippet { line: None, thread_id: None, attachment_id: None, file: None, parts };
        match self {
            Source::Line(line) => Snippet { line: Some(line), ..nowhere },
            Source::Comment(thread) => Snippet { thread_id: Some(thread), ..nowhere },
            Source::File(file) => {
                Snippet { attachment_id: Some(file.attachment_id), file: Some(file.name.clone()), ..nowhere }
            }
        }
    }
}

impl Matcher {
    /// A matcher for the words of a query. `typos` says whether the search tolerated typos in them.
    pub fn of(query: &Query, typos: bool) -> Matcher {
        let pattern = |part: &Part| match part {
            Part::Word { folded, is_open } => Some(Pattern::Word {
                stems: stems(folded),
                typos: if typos { typos_in(folded) } else { 0 },
                folded: folded.clone(),
                is_open: *is_open,
            }),
            Part::Phrase(words) => Some(Pattern::Phrase(words.clone())),
            Part::Not(_) => None,
        };
        Matcher { patterns: query.parts.iter().filter_map(pattern).collect() }
    }

    /// The whole text, with its matches.
    pub fn marked(&self, text: &str) -> Vec<TextPart> {
        let words = words(text);
        let (matches, _) = self.matches(&words);
        parts(text, &words, &matches, 0..text.len())
    }

    /// The best passages of a document.
    pub fn snippets(&self, blocks: &[String], remarks: &[&Remark], files: &[&AttachedFile]) -> Vec<Snippet> {
        let mut read = 0;
        let in_reach = |block: &&String| {
            read += block.len();
            read <= MOST_BYTES
        };
        let texts = blocks.iter().take_while(in_reach).enumerate();
        let texts = texts.map(|(line, block)| (Source::Line(line), block.as_str()));
        let comments = remarks.iter().map(|remark| (Source::Comment(remark.thread_id), remark.body.as_str()));
        let files = files.iter().flat_map(|file| {
            let lines = std::iter::once(file.name.as_str()).chain(file.body.lines());
            lines.map(|line| (Source::File(file), line))
        });
        let mut best: Vec<(usize, Snippet)> = Vec::new();
        for (source, text) in texts.chain(comments).chain(files) {
            let words = words(text);
            let (matches, found) = self.matches(&words);
            // Of passages with equally many matches, the first is kept.
            if found == 0 || best.len() == MOST && best.last().is_some_and(|(least, _)| *least >= found) {
                continue;
            }
            let parts = passage(text, &words, &matches);
            best.push((found, source.snippet(parts)));
            best.sort_by_key(|(found, _)| std::cmp::Reverse(*found));
            best.truncate(MOST);
            if best.len() == MOST && best.iter().all(|(found, _)| *found == self.patterns.len()) {
                break;
            }
        }
        best.into_iter().map(|(_, snippet)| snippet).collect()
    }

    /// Which words match, and how many patterns match.
    fn matches(&self, words: &[Word]) -> (Vec<bool>, usize) {
        let mut matches = vec![false; words.len()];
        let mut found = 0;
        for pattern in &self.patterns {
            let mut is_found = false;
            match pattern {
                Pattern::Word { .. } => {
                    for (word, matches) in words.iter().zip(&mut matches) {
                        if pattern.is(&word.folded) {
                            (*matches, is_found) = (true, true);
                        }
                    }
                }
                Pattern::Phrase(phrase) => {
                    for start in 0..words.len().saturating_sub(phrase.len().saturating_sub(1)) {
                        if phrase.iter().zip(&words[start..]).all(|(wanted, word)| *wanted == word.folded) {
                            matches[start..start + phrase.len()].fill(true);
                            is_found = true;
                        }
                    }
                }
            }
            found += usize::from(is_found);
        }
        (matches, found)
    }
}

impl Pattern {
    fn is(&self, word: &str) -> bool {
        let Pattern::Word { folded, is_open, stems: wanted, typos } = self else { return false };
        if word == folded || *is_open && word.starts_with(folded.as_str()) {
            return true;
        }
        // Words with the same stem begin alike, so most words need not be stemmed.
        let begins_alike = word.chars().zip(folded.chars()).take(3).all(|(one, other)| one == other);
        if begins_alike && word.len() > 2 {
            let is_wanted = |stem: &String| wanted.iter().any(|wanted| is_near(stem, wanted, *typos));
            if stems(word).iter().any(is_wanted) {
                return true;
            }
        }
        if *typos == 0 {
            return false;
        }
        let letters = folded.chars().count();
        let begin: String = word.chars().take(letters).collect();
        is_near(word, folded, *typos) || *is_open && is_near(&begin, folded, *typos)
    }
}

/// The part of a text around its first match.
fn passage(text: &str, words: &[Word], matches: &[bool]) -> Vec<TextPart> {
    let first = matches.iter().position(|is_match| *is_match).unwrap_or_default();
    let at = words.get(first).map_or(0, |word| word.range.start);
    let start = if text[..at].chars().count() <= BEFORE {
        0
    } else {
        let near = words
            .iter()
            .map(|word| word.range.start)
            .find(|start| text[*start..at.max(*start)].chars().count() <= BEFORE);
        near.unwrap_or(at)
    };
    let end = text[start..].char_indices().nth(LENGTH).map_or(text.len(), |(length, _)| start + length);
    let end = if end == text.len() {
        end
    } else {
        words.iter().map(|word| word.range.end).take_while(|word_end| *word_end <= end).last().unwrap_or(end).max(start)
    };
    let mut passage = parts(text, words, matches, start..end);
    if start > 0 {
        passage.insert(0, TextPart { text: "…".into(), hit: false });
    }
    if end < text.len() {
        passage.push(TextPart { text: "…".into(), hit: false });
    }
    passage
}

/// A range of a text, divided where matches begin and end.
fn parts(text: &str, words: &[Word], matches: &[bool], range: std::ops::Range<usize>) -> Vec<TextPart> {
    let mut parts: Vec<TextPart> = Vec::new();
    let mut push = |text: &str, hit: bool| {
        if !text.is_empty() {
            parts.push(TextPart { text: text.to_owned(), hit });
        }
    };
    let mut last = range.start;
    for (word, _) in words.iter().zip(matches).filter(|(_, is_match)| **is_match) {
        if word.range.start < last || word.range.end > range.end {
            continue;
        }
        push(&text[last..word.range.start], false);
        push(&text[word.range.clone()], true);
        last = word.range.end;
    }
    push(&text[last.min(range.end)..range.end], false);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[TextPart]) -> String {
        parts.iter().map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() }).collect()
    }

    fn snippet(query: &str, typos: bool, text: &str) -> Vec<String> {
        let blocks: Vec<String> = text.lines().map(str::to_owned).collect();
        let matcher = Matcher::of(&Query::read(query), typos);
        matcher.snippets(&blocks, &[], &[]).iter().map(|snippet| shown(&snippet.parts)).collect()
    }

    /// [FIND-8] Snippets mark what matches, in any form, and never make markup.
    #[test]
    fn snippets_mark_what_matches() {
        assert_eq!(snippet("strategy", false, "Our <b>strategies</b> & plans"), ["Our <b>[strategies]</b> & plans"]);
        assert_eq!(snippet("uber", false, "a\nÜBERSICHT\nb"), ["[ÜBERSICHT]"]);
        assert_eq!(snippet("stratgy ", true, "a strategy"), ["a [strategy]"]);
        assert_eq!(snippet("\"market plan\"", false, "plan market\nthe market plan"), ["the [market] [plan]"]);
        assert_eq!(snippet("plan -draft", false, "a draft plan"), ["a draft [plan]"]);
        assert_eq!(snippet("nothing", false, "a plan"), Vec::<String>::new());
        assert_eq!(snippet("alpha beta", false, "alpha\nbeta\nbeta alpha")[0], "[beta] [alpha]", "the best line first");
    }

    #[test]
    fn long_lines_are_cut_around_the_match() {
        let text = format!("{}needle {}", "ä word ".repeat(50), "another ".repeat(50));
        let [found] = snippet("needle", false, &text).try_into().expect("one");
        assert!(found.starts_with('…') && found.ends_with('…') && found.contains("[needle]"), "{found}");
        assert!(found.chars().count() <= LENGTH + 4, "{found}");
        let data = "x".repeat(5_000);
        assert_eq!(snippet("xx", false, &data).len(), 1);
    }
}
