//! `consilium-press`: reads one file of a foreign format and ends. It may crash, hang or be killed without harm: the
//! server gives it one file and a folder for its output, and limits how long it runs. Before it opens the file, it
//! limits its own processor time, its memory and the size of the files that it writes, and forbids itself the network.
//!
//! Usage: `consilium-press image|text|document|print MEDIA_TYPE FILE FOLDER` or `consilium-press archive LIMITS FILE
//! FOLDER`. It writes files into the folder and prints one line of JSON: what it made, or the reason why it could not.

mod archive;
mod document;
mod docx;
mod html;
mod limits;
mod office;
mod pages;
mod palette;
mod pictures;
mod print;

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

/// The output.
#[derive(Debug, Default, Serialize)]
struct Made {
    /// The size of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    renditions: Vec<Rendition>,
    /// The file with the text, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

/// An image that was made from the file.
#[derive(Debug, Serialize)]
struct Rendition {
    kind: &'static str,
    file: &'static str,
    media_type: &'static str,
    width: u32,
    height: u32,
}

/// Why a file cannot be read, for the person who uploaded it.
#[derive(Debug)]
pub struct Unreadable(pub String);

impl<E: std::error::Error> From<E> for Unreadable {
    fn from(error: E) -> Unreadable {
        Unreadable(error.to_string())
    }
}

/// The longest text that is kept of a file. A long book has 2 MB, and of a list of a million numbers search needs no
/// more.
const MOST_TEXT: usize = 4 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, media_type, file, folder] = arguments.as_slice() else {
        eprintln!("usage: consilium-press image|text|document|print|archive DETAIL FILE FOLDER");
        return ExitCode::from(2);
    };
    if let Err(error) = limits::set(task) {
        eprintln!("the limits of this process cannot be set: {error}");
        return ExitCode::from(2);
    }
    let (file, folder) = (Path::new(file), Path::new(folder));
    let made = match task.as_str() {
        "image" => pictures::make(media_type, file, folder).and_then(|made| Ok(serde_json::to_value(made)?)),
        "text" => text(media_type, file, folder).and_then(|made| Ok(serde_json::to_value(made)?)),
        "document" => document(media_type, file, folder),
        "archive" => archive::unpack(media_type, file, folder),
        "print" => print::make(media_type, file, folder),
        _ => Err(Unreadable(format!("{task} is no task"))),
    };
    println!("{}", made.unwrap_or_else(|Unreadable(reason)| serde_json::json!({ "unreadable": reason })));
    ExitCode::SUCCESS
}

fn document(media_type: &str, file: &Path, folder: &Path) -> Result<serde_json::Value, Unreadable> {
    match media_type {
        "text/html" => html::read(file, folder)?.write(folder),
        print::WORD => docx::read(file, folder)?.write(folder),
        _ => Err(Unreadable(format!("no document is read from {media_type}"))),
    }
}

fn text(media_type: &str, file: &Path, folder: &Path) -> Result<Made, Unreadable> {
    let text = match media_type.rsplit('.').next().unwrap_or_default() {
        _ if media_type == "text/plain" => pages::plain(file)?,
        _ if media_type == "text/html" => pages::html(file)?,
        _ if media_type == "application/pdf" => pages::pdf(file)?,
        "document" => office::words(file)?,
        "sheet" => office::cells(file)?,
        "presentation" => office::slides(file)?,
        _ => return Err(Unreadable(format!("no text is read from {media_type}"))),
    };
    let text = tidy(&text);
    if text.is_empty() {
        return Ok(Made::default());
    }
    std::fs::write(folder.join("text"), text)?;
    Ok(Made { text: Some("text"), ..Made::default() })
}

/// Removes characters that no store keeps, and repeated empty lines; at most [`MOST_TEXT`] bytes.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len().min(MOST_TEXT));
    let mut empty = 2;
    for line in text.lines() {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty > 1 {
            continue;
        }
        if tidy.len() + line.len() >= MOST_TEXT {
            break;
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn text_is_tidy() {
        assert_eq!(tidy("\n\na \u{0}b\u{7}\r\n\n\n\nc\td \n\n"), "a b\n\nc\td");
        assert_eq!(tidy(&"x\n".repeat(5 << 20)).len() >> 20, 3);
    }
}
