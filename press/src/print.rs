//! Documents as PDF and Word files. The server has filled in everything that depends on rights: titles of linked pages,
//! images and comments. Whatever the text contains is shown as it is; nothing in it is interpreted.

pub(crate) mod description;
mod grid;
mod notes;
pub mod pdf;
mod tracked;
pub mod word;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Unreadable;
use description::Print;

/// The size of the stack. The server reads documents of up to 128 levels, each of which is two levels in JSON, and
/// every level takes some KB of stack in a debug build. The stack is only address space until it is used.
const STACK_BYTES: usize = 128 << 20;

/// Prints what `file` describes, and writes the result into the folder. The images are beside the file.
pub fn make(media_type: &str, file: &Path, folder: &Path) -> Result<Value, Unreadable> {
    let (media_type, file, folder) = (media_type.to_owned(), file.to_owned(), folder.to_owned());
    let printing = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let mut json = serde_json::Deserializer::from_reader(BufReader::new(File::open(&file)?));
        json.disable_recursion_limit();
        let print = Print::deserialize(&mut json)?;
        let beside = file.parent().unwrap_or(&folder);
        let bytes = match media_type.as_str() {
            "application/pdf" => pdf::write(&print, beside)?,
            WORD => word::write(&print, beside)?,
            _ => return Err(Unreadable(format!("nothing is printed as {media_type}"))),
        };
        std::fs::write(folder.join("printed"), bytes)?;
        Ok(json!({ "printed": "printed" }))
    })?;
    printing.join().map_err(|_| Unreadable("printing it failed".into()))?
}

pub const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
