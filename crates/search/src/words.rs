//! How a text is divided into words, and which spellings count as the same word: those that differ only in case and
//! accents, and for stems, the inflected forms in the language of the text. The index, the query and the snippets all
//! use this file.

use std::ops::Range;

use database::sort_key::sort_key;
use frostem::{Algorithm, Stemmer};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The longest word that is kept whole. Anything longer is not a word but data.
const LONGEST: usize = 64;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The position of the word in the text, in bytes.
    pub range: Range<usize>,
    /// The word without case and accents.
    pub folded: String,
}

/// The words of a text, in order. Scripts without spaces are divided into characters.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        let belongs = character.is_alphanumeric() || is_accent(character);
        if stands_alone(character) || !belongs {
            if let Some(start) = start.take() {
                words.extend(word(text, start..at));
            }
            if stands_alone(character) {
                words.extend(word(text, at..at + character.len_utf8()));
            }
        } else if start.is_none() && !is_accent(character) {
            start = Some(at);
        }
    }
    if let Some(start) = start {
        words.extend(word(text, start..text.len()));
    }
    words
}

fn word(text: &str, range: Range<usize>) -> Option<Word> {
    let written = &text[range.clone()];
    let folded = if written.is_ascii() { written.to_ascii_lowercase() } else { sort_key(written) };
    let folded = match folded.char_indices().nth(LONGEST) {
        Some((end, _)) => folded[..end].to_owned(),
        None => folded,
    };
    (!folded.is_empty()).then_some(Word { range, folded })
}

/// Whether a character is a mark that belongs to the letter before it.
fn is_accent(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

/// Whether a character is written without spaces around words: Chinese, and the scripts of Japan.
fn stands_alone(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The languages whose inflection is known, each with words that are frequent in it and in few others.
const LANGUAGES: [(Algorithm, &[&str]); 7] = [
    (Algorithm::English, &["the", "and", "of", "to", "is", "that", "for", "with", "are", "this", "it", "was"]),
    (Algorithm::German, &["der", "die", "das", "und", "ist", "nicht", "mit", "fur", "ein", "eine", "auf", "von", "zu"]),
    (Algorithm::French, &["le", "les", "et", "des", "est", "une", "dans", "pour", "qui", "sur", "du", "au", "nous"]),
    (Algorithm::Spanish, &["el", "los", "las", "y", "es", "una", "para", "con", "por", "del", "como", "mas"]),
    (Algorithm::Italian, &["il", "di", "che", "per", "una", "con", "non", "gli", "della", "sono", "nel", "piu"]),
    (Algorithm::Portuguese, &["o", "os", "as", "e", "uma", "para", "com", "nao", "do", "da", "em", "mais"]),
    (Algorithm::Dutch, &["het", "een", "en", "van", "is", "niet", "met", "voor", "op", "zijn", "aan", "dat", "wij"]),
];
/// The number of words of a text by which its language is guessed.
const SAMPLE: usize = 2_000;

/// The language of a text, guessed from its frequent words; English if they do not show it.
pub fn language<'a>(words: impl Iterator<Item = &'a str>) -> Algorithm {
    let mut counts = [0_u32; LANGUAGES.len()];
    for word in words.take(SAMPLE) {
        for (count, (_, frequent)) in counts.iter_mut().zip(&LANGUAGES) {
            *count += u32::from(frequent.contains(&word));
        }
    }
    let best = counts.iter().copied().max().unwrap_or_default();
    let first = counts.iter().position(|count| *count == best).unwrap_or_default();
    LANGUAGES[first].0
}

/// The language of a text as a BCP 47 tag, as far as it is known by its words.
pub fn language_of(text: &str) -> &'static str {
    let words = words(text);
    match language(words.iter().map(|word| word.folded.as_str())) {
        Algorithm::German => "de",
        Algorithm::French => "fr",
        Algorithm::Spanish => "es",
        Algorithm::Italian => "it",
        Algorithm::Portuguese => "pt",
        Algorithm::Dutch => "nl",
        _ => "en",
    }
}

/// The stem of a folded word in a language.
pub fn stem(stemmer: &Stemmer, folded: &str) -> String {
    // Numbers and names with digits are not inflected.
    if folded.bytes().any(|byte| byte.is_ascii_digit()) {
        return folded.to_owned();
    }
    stemmer.stem(folded).to_string()
}

/// The stemmer of a language.
pub fn stemmer(language: Algorithm) -> Stemmer {
    Stemmer::new(language)
}

/// The stems that a word of a query may have in any language, because the language of a query is not known.
pub fn stems(folded: &str) -> Vec<String> {
    let mut stems: Vec<String> = LANGUAGES.iter().map(|(language, _)| stem(&stemmer(*language), folded)).collect();
    stems.sort();
    stems.dedup();
    stems
}

/// [`words`] for tantivy.
#[derive(Clone, Default)]
pub struct WordTokenizer;

pub struct Tokens {
    words: std::vec::IntoIter<Word>,
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        Tokens { words: words(text).into_iter(), token: Token::default() }
    }
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else { return false };
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = word.range.start;
        self.token.offset_to = word.range.end;
        self.token.text = word.folded;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    /// [FIND-6] Case and accents do not matter, however they are written.
    #[test]
    fn words_are_folded() {
        assert_eq!(folded("Der ÜBERSICHT-Plan, U\u{308}ber 2026!"), ["der", "ubersicht", "plan", "uber", "2026"]);
        assert_eq!(folded("Straße, STRASSE"), ["strasse", "strasse"]);
        assert_eq!(folded("市場分析 Q3"), ["市", "場", "分", "析", "q3"]);
        assert_eq!(folded(" \u{301}—… "), Vec::<String>::new());
        assert_eq!(folded(&"x".repeat(300))[0].len(), LONGEST);
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "Größe: 5 m²";
        let places: Vec<&str> = words(text).into_iter().map(|word| &text[word.range]).collect();
        assert_eq!(places, ["Größe", "5", "m²"]);
    }

    #[test]
    fn the_language_is_guessed_by_frequent_words() {
        for (text, expected) in [
            ("The plan is for the market and that of the others", Algorithm::English),
            ("Der Plan ist für den Markt und das ist nicht von gestern", Algorithm::German),
            ("Le plan est pour les marchés et des clients dans une région", Algorithm::French),
            ("El plan es para los mercados y las regiones por una parte", Algorithm::Spanish),
            ("Plan", Algorithm::English),
        ] {
            let words = words(text);
            assert_eq!(language(words.iter().map(|word| word.folded.as_str())), expected, "{text}");
        }
    }

    /// [FIND-6] A query finds inflected words of each language.
    #[test]
    fn stems_meet() {
        for (language, text, query) in [
            (Algorithm::English, "strategies", "strategy"),
            (Algorithm::English, "planning", "planned"),
            (Algorithm::German, "marktanalysen", "marktanalyse"),
            (Algorithm::French, "marches", "marche"),
        ] {
            let kept = stem(&stemmer(language), text);
            assert!(stems(query).contains(&kept), "{text}: {kept}, {query}: {:?}", stems(query));
        }
    }
}
