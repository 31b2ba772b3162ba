//! XML read event by event: names without their prefixes, no entities of the file, limits of depth and size.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::Unreadable;

/// The largest size of one part, unpacked: a book in Word has 20 MB of XML. A bomb has gigabytes.
const MOST_PART: u64 = 128 << 20;
/// The maximum depth of elements. A table in a table or in a text box takes ten levels.
const MOST_DEPTH: usize = 200;

pub enum Token {
    Open(Element),
    Close,
    Text(String),
    End,
}

#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The attribute `val`; empty if there is none.
    pub fn val(&self) -> &str {
        self.get("val").unwrap_or_default()
    }

    /// Whether a property that can be switched is on.
    pub fn is_on(&self) -> bool {
        !matches!(self.val(), "0" | "false" | "off" | "none")
    }
}

pub struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    depth: usize,
}

impl<R: BufRead> Xml<R> {
    pub fn new(part: R) -> Xml<R> {
        let mut reader = Reader::from_reader(part);
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, buffer: Vec::new(), depth: 0 }
    }

    pub fn next(&mut self) -> Result<Token, Unreadable> {
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer)?;
            let token = match event {
                Event::Start(start) => {
                    self.depth += 1;
                    Token::Open(element(&start)?)
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Token::Close
                }
                Event::Text(text) => Token::Text(text.decode()?.into_owned()),
                Event::CData(text) => Token::Text(text.decode()?.into_owned()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => Token::Text(character.to_string()),
                    // The five entities of XML are read. Others are declared by the file, and are left out.
                    _ => match predefined(&reference.decode()?) {
                        Some(character) => Token::Text(character.to_string()),
                        None => continue,
                    },
                },
                Event::Eof => Token::End,
                _ => continue,
            };
            if self.depth > MOST_DEPTH {
                return Err(Unreadable(format!("it is nested deeper than {MOST_DEPTH} levels")));
            }
            if self.reader.buffer_position() > MOST_PART {
                return Err(Unreadable("a part of it is larger than 128 MiB".into()));
            }
            return Ok(token);
        }
    }

    /// The next element within the one that is open; `None` at its end. Text in between is skipped.
    pub fn child(&mut self) -> Result<Option<Element>, Unreadable> {
        loop {
            match self.next()? {
                Token::Open(element) => return Ok(Some(element)),
                Token::Close | Token::End => return Ok(None),
                Token::Text(_) => {}
            }
        }
    }

    /// Goes to the end of the element that was just opened.
    pub fn skip(&mut self) -> Result<(), Unreadable> {
        let mut inside = 1;
        while inside > 0 {
            match self.next()? {
                Token::Open(_) => inside += 1,
                Token::Close => inside -= 1,
                Token::End => return Ok(()),
                Token::Text(_) => {}
            }
        }
        Ok(())
    }

    /// The text in the element that was just opened, up to its end.
    pub fn text(&mut self) -> Result<String, Unreadable> {
        let (mut inside, mut text) = (1, String::new());
        while inside > 0 {
            match self.next()? {
                Token::Open(_) => inside += 1,
                Token::Close => inside -= 1,
                Token::End => break,
                Token::Text(words) => text.push_str(&words),
            }
        }
        Ok(text)
    }
}

pub(super) fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, Unreadable> {
    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes().flatten() {
        let value = value(&String::from_utf8_lossy(&attribute.value));
        attributes.push((String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned(), value));
    }
    Ok(Element { name, attributes })
}

/// The value of an attribute, with its entities replaced by characters.
fn value(raw: &str) -> String {
    let (mut value, mut rest) = (String::with_capacity(raw.len()), raw);
    while let Some(at) = rest.find('&') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(end) = rest.find(';') else { break };
        let name = &rest[..end];
        let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        });
        value.extend(number.and_then(char::from_u32).or_else(|| predefined(name)));
        rest = &rest[end + 1..];
    }
    value.push_str(rest);
    value
}
