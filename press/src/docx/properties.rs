//! The metadata of a file: title, authors, dates, keywords, and the comments.

use std::io::BufRead;

use super::relations::Relations;
use super::xml::{Token, Xml};
use super::{Archive, part};
use crate::Unreadable;
use crate::document::Document;

pub fn read(archive: &mut Archive, package: &Relations) -> Result<Document, Unreadable> {
    let mut document = Document::default();
    let path = package.of_kind("core-properties").unwrap_or_else(|| "docProps/core.xml".into());
    let Some(mut xml) = part(archive, &path)? else { return Ok(document) };
    xml.child()?;
    while let Some(element) = xml.child()? {
        let text = xml.text()?.trim().to_owned();
        if text.is_empty() {
            continue;
        }
        let several = |separators: &[char]| {
            text.split(separators).map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
        };
        match element.name.as_str() {
            "title" => document.title = Some(text),
            "creator" => document.authors = several(&[';']),
            "created" => document.created = Some(text),
            "modified" => document.modified = Some(text),
            "keywords" => document.tags = several(&[',', ';']),
            _ => {}
        }
    }
    Ok(document)
}

/// A comment, with the id by which the text refers to it.
pub struct Remark {
    pub id: String,
    pub author: String,
    pub created: Option<String>,
    pub text: String,
}

/// The maximum number of comments. A long discussion has hundreds.
const MOST_COMMENTS: usize = 5_000;

pub fn comments<R: BufRead>(mut xml: Xml<R>) -> Result<Vec<Remark>, Unreadable> {
    let mut comments = Vec::new();
    xml.child()?;
    while let Some(element) = xml.child()? {
        let get = |name| element.get(name).unwrap_or_default().to_owned();
        let remark = Remark {
            id: get("id"),
            author: get("author"),
            created: element.get("date").map(str::to_owned),
            text: lines(&mut xml)?,
        };
        if comments.len() < MOST_COMMENTS {
            comments.push(remark);
        }
    }
    Ok(comments)
}

/// The text of an element, a line for each paragraph.
fn lines<R: BufRead>(xml: &mut Xml<R>) -> Result<String, Unreadable> {
    let (mut open, mut text) = (vec![String::new()], String::new());
    while !open.is_empty() {
        match xml.next()? {
            Token::Open(element) => {
                if matches!(element.name.as_str(), "br" | "cr") {
                    text.push('\n');
                }
                open.push(element.name);
            }
            Token::Close => {
                if open.pop().as_deref() == Some("p") {
                    text.push('\n');
                }
            }
            Token::Text(words) if open.last().is_some_and(|name| name == "t") => text.push_str(&words),
            Token::Text(_) => {}
            Token::End => break,
        }
    }
    Ok(text.trim().to_owned())
}
