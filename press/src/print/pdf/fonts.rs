//! Fonts for characters that this program's own fonts lack: those that are installed on the machine, and those in a
//! folder that the operator names. They are opened only if a text has such characters, and only as many as it needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use typst::foundations::Bytes;
use typst::text::Font;

/// Where Debian and others install fonts.
const INSTALLED: [&str; 2] = ["/usr/local/share/fonts", "/usr/share/fonts"];
/// The maximum number of font files that are considered; a desktop has some hundreds.
const MOST_FILES: usize = 2_000;
/// The largest size of one file, and of all files that are read: Noto Sans CJK has 20 MB for each weight.
const MOST_BYTES: u64 = 64 << 20;
const MOST_BYTES_READ: u64 = 512 << 20;
const DEEPEST: usize = 6;

/// The fonts with characters that `own` lacks. Those in `folder` come first.
pub fn beside(own: &[Font], letters: &BTreeSet<char>, folder: &str) -> Vec<Font> {
    let has = |font: &Font, letter: char| font.info().coverage.contains(letter as u32);
    let is_shown = |letter: &char| !letter.is_whitespace() && !letter.is_control();
    let mut missing: BTreeSet<char> = letters.iter().copied().filter(is_shown).collect();
    missing.retain(|letter| !own.iter().any(|font| has(font, *letter)));
    if missing.is_empty() {
        return Vec::new();
    }
    let mut files = Vec::new();
    let installed = INSTALLED.iter().map(Path::new);
    for within in [Path::new(folder)].into_iter().filter(|folder| folder.is_absolute()).chain(installed) {
        let mut here = Vec::new();
        look(within, DEEPEST, &mut here);
        // The order is the same on every machine; upright fonts of regular weight are first.
        here.sort_by_key(|path| (rank(path), path.clone()));
        files.extend(here);
    }
    let (mut found, mut read) = (Vec::new(), 0);
    for path in files.into_iter().take(MOST_FILES) {
        let Ok(bytes) = std::fs::metadata(&path).map(|file| file.len()) else { continue };
        if missing.is_empty() || read + bytes > MOST_BYTES_READ {
            break;
        }
        if bytes > MOST_BYTES {
            continue;
        }
        read += bytes;
        let Ok(content) = std::fs::read(&path) else { continue };
        // A collection has several faces, which often have the same characters.
        for font in Font::iter(Bytes::new(content)) {
            let before = missing.len();
            missing.retain(|letter| !has(&font, *letter));
            if missing.len() < before {
                found.push(font);
            }
        }
    }
    found
}

fn rank(path: &Path) -> u8 {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    match () {
        () if name.contains("regular") => 0,
        () if ["bold", "italic", "oblique", "light", "thin", "black", "condensed", "mono"]
            .iter()
            .any(|word| name.contains(word)) =>
        {
            2
        }
        () => 1,
    }
}

fn look(within: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(within).into_iter().flatten().flatten() {
        let path = entry.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        if path.is_dir() && depth > 0 {
            look(&path, depth - 1, found);
        } else if ["ttf", "otf", "ttc", "otc"].contains(&ending.as_str()) {
            found.push(path);
        }
    }
}
