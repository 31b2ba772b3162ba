//! The text of plain files, HTML and PDF.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{MOST_TEXT, Unreadable};

/// The largest size of an HTML file: its tags may be longer than its text.
const MOST_HTML: u64 = 32 << 20;

/// At most this many bytes from the beginning of a file.
fn beginning(file: &Path, most: u64) -> Result<String, Unreadable> {
    let mut bytes = Vec::new();
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub fn plain(file: &Path) -> Result<String, Unreadable> {
    beginning(file, MOST_TEXT as u64)
}

pub fn html(file: &Path) -> Result<String, Unreadable> {
    Ok(without_tags(&beginning(file, MOST_HTML)?))
}

pub fn pdf(file: &Path) -> Result<String, Unreadable> {
    pdf_extract::extract_text(file).map_err(|error| Unreadable(error.to_string()))
}

/// Elements whose content is not text.
const SILENT: [&str; 5] = ["script", "style", "head", "template", "svg"];
/// Elements within a line.
const INLINE: [&str; 16] =
    ["a", "abbr", "b", "code", "em", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "font", "wbr"];

/// The text between tags, one line for each block. No tree is built, so nothing grows with the depth.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut silent: Option<&str> = None;
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        if silent.is_none() {
            words(&mut text, &rest[..start]);
        }
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[1..end];
        let closes = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        rest = &rest[end + 1..];
        match silent {
            Some(element) if closes && name == element => silent = None,
            Some(_) => {}
            None => {
                silent = SILENT.into_iter().find(|element| *element == name && !closes && !tag.ends_with('/'));
                if !name.is_empty() && !INLINE.contains(&name.as_str()) && !text.ends_with('\n') {
                    text.push('\n');
                }
            }
        }
        if text.len() > MOST_TEXT {
            return text;
        }
    }
    if silent.is_none() && !rest.starts_with('<') {
        words(&mut text, rest);
    }
    text
}

/// Adds text, with its entities replaced and each run of white space as one space.
fn words(text: &mut String, raw: &str) {
    let read = entities(raw);
    let mut space = read.starts_with(char::is_whitespace);
    for word in read.split_whitespace() {
        if space && !text.is_empty() && !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
        text.push_str(word);
        space = true;
    }
    if read.ends_with(char::is_whitespace) && !text.is_empty() && !text.ends_with(char::is_whitespace) {
        text.push(' ');
    }
}

fn entities(raw: &str) -> String {
    let mut read = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find('&') {
        read.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.char_indices().take(12).find(|(_, c)| *c == ';').map(|(at, _)| at);
        let character = end.and_then(|end| match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            other => {
                let digits = other.strip_prefix('#')?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => digits.parse(),
                };
                char::from_u32(code.ok()?)
            }
        });
        match (character, end) {
            (Some(character), Some(end)) => {
                read.push(character);
                rest = &rest[end + 1..];
            }
            _ => {
                read.push('&');
                rest = &rest[1..];
            }
        }
    }
    read.push_str(rest);
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_without_what_it_runs() {
        let html = "<!doctype html><head><title>No</title></head><body><h1>Gro<b>wth</b></h1>\n<p>is &lt;10&nbsp;%&gt; \
                    &#252;ber<br>all</p><script>alert('<p>x')</script><!-- no --><svg><text>no</text></svg>end";
        assert_eq!(without_tags(html).trim(), "Growth\nis <10 %> über\nall\nend");
        let deep = format!("{}x{}", "<ul><li>".repeat(100_000), "</li></ul>".repeat(100_000));
        assert_eq!(without_tags(&deep).trim(), "x");
        for broken in ["<", "<p", "a<!--", "&", "&#xffffffff;", "&#;", "<script>", "é&é;"] {
            without_tags(broken);
        }
    }
}
