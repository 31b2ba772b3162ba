//! `word/comments.xml`, and the parts in which Word stores replies and resolved threads.

use std::fmt::Write;

use super::xml::{HEADER, NAMESPACES, escape, escaped};
use crate::print::description::{Print, Thread};

pub struct Comments {
    pub parts: String,
    pub extended: String,
}

fn threads(print: &Print) -> impl Iterator<Item = &Thread> {
    print.chapters.iter().flat_map(|chapter| &chapter.threads)
}

/// The numbers that the comments of these threads have in Word, in which every reply is a comment.
pub fn ids(print: &Print, wanted: &[u32]) -> Vec<usize> {
    let (mut next, mut ids) = (0, Vec::new());
    if wanted.is_empty() {
        return ids;
    }
    for thread in threads(print) {
        if wanted.contains(&thread.number) {
            ids.extend(next..next + thread.comments.len());
        }
        next += thread.comments.len();
    }
    ids
}

pub fn all(print: &Print) -> Comments {
    let (mut parts, mut extended, mut id) = (String::new(), String::new(), 0);
    for thread in threads(print) {
        let first = paragraph_id(id);
        for (index, comment) in thread.comments.iter().enumerate() {
            let initials: String =
                comment.author.split_whitespace().filter_map(|word| word.chars().next()).take(3).collect();
            let _ = write!(
                parts,
                "<w:comment w:id=\"{id}\" w:author=\"{}\" w:date=\"{}\" w:initials=\"{}\">",
                escaped(&comment.author),
                escaped(&comment.at),
                escaped(&initials)
            );
            let lines: Vec<&str> = comment.text.split('\n').collect();
            for (number, line) in lines.iter().enumerate() {
                // The id of the last paragraph of a comment identifies the comment.
                let name = if number + 1 == lines.len() {
                    format!(" w14:paraId=\"{}\"", paragraph_id(id))
                } else {
                    String::new()
                };
                let _ = write!(
                    parts,
                    "<w:p{name}><w:pPr><w:pStyle w:val=\"CommentText\"/></w:pPr><w:r><w:t xml:space=\"preserve\">"
                );
                escape(&mut parts, line);
                parts.push_str("</w:t></w:r></w:p>");
            }
            parts.push_str("</w:comment>");
            let parent = if index > 0 { format!(" w15:paraIdParent=\"{first}\"") } else { String::new() };
            let _ = write!(
                extended,
                "<w15:commentEx w15:paraId=\"{}\"{parent} w15:done=\"{}\"/>",
                paragraph_id(id),
                u8::from(thread.is_closed)
            );
            id += 1;
        }
    }
    Comments {
        parts: format!("{HEADER}<w:comments {NAMESPACES}>{parts}</w:comments>"),
        extended: format!("{HEADER}<w15:commentsEx {NAMESPACES}>{extended}</w15:commentsEx>"),
    }
}

/// The id of a paragraph: eight hexadecimal digits, below 0x80000000, as Word requires.
fn paragraph_id(id: usize) -> String {
    format!("{:08X}", 0x1000_0000 + id)
}
