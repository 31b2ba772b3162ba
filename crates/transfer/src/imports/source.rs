//! The files of an import, as they arrived or were unpacked, and the recognition of their kind.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use files::{Files, Folder, Incoming, PressFailure};
use serde::Deserialize;
use serde_json::json;
use vocabulary::ImportKind as Kind;

use access::App;

use super::failure::Failure;
use super::file_rows::ImportFile;

/// One file of the source.
#[derive(Debug)]
pub struct SourceFile {
    pub path: String,
    /// The path of the file on this node.
    pub place: PathBuf,
}

/// The files of an import, which exist until this is dropped.
#[derive(Debug)]
pub struct Source {
    pub files: Vec<SourceFile>,
    by_path: HashMap<String, usize>,
    /// The uploaded files, and the folders to which they were unpacked.
    _uploaded: Vec<Incoming>,
    _unpacked: Vec<Folder>,
}

/// A line of `index.json`.
#[derive(Deserialize)]
struct Unpacked {
    path: String,
    file: String,
}

impl Source {
    /// Copies the files of an import to this node, and unpacks a single archive.
    ///
    /// # Errors
    /// [`Failure`], also for an archive that is refused.
    pub async fn fetch(app: &App, files: &Files, uploaded: &[ImportFile]) -> Result<Source, Failure> {
        let mut source =
            Source { files: Vec::new(), by_path: HashMap::new(), _uploaded: Vec::new(), _unpacked: Vec::new() };
        for file in uploaded {
            let incoming = files.fetch(&file.parts).await?;
            match ending(&file.path) == "zip" {
                true => source.unpack(app, files, incoming.path()).await?,
                false => source.files.push(SourceFile { path: file.path.clone(), place: incoming.path().to_owned() }),
            }
            source._uploaded.push(incoming);
        }
        source.strip_common_folder();
        source.by_path = (0..source.files.len()).map(|at| (source.files[at].path.to_lowercase(), at)).collect();
        Ok(source)
    }

    /// The source for one file that arrived.
    pub fn of_one(path: String, file: Incoming) -> Source {
        let files = vec![SourceFile { path, place: file.path().to_owned() }];
        Source { files, by_path: HashMap::new(), _uploaded: vec![file], _unpacked: Vec::new() }
    }

    async fn unpack(&mut self, app: &App, files: &Files, archive: &Path) -> Result<(), Failure> {
        let config = &app.config;
        let limits = json!({
            "entries": config.import_files,
            "bytes": config.import_unpacked_bytes,
            "entry_bytes": config.largest_file_bytes,
            "ratio": config.import_ratio,
            "depth": config.import_depth,
        });
        let pressed = match files.unpack(app, &limits.to_string(), archive).await {
            Ok(pressed) => pressed,
            Err(PressFailure::Died(_)) if app.is_stopping() => return Err(Failure::Stopping),
            Err(failure) => return Err(Failure::refused("archive-broken", &failure.to_string())),
        };
        if let Some(code) = pressed.said["refused"].as_str() {
            return Err(Failure::refused(code, pressed.said["path"].as_str().unwrap_or_default()));
        }
        let index = tokio::fs::read(pressed.folder.path().join("index.json")).await;
        let index = index.ok().and_then(|index| serde_json::from_slice::<Vec<Unpacked>>(&index).ok());
        let Some(index) = index else { return Err(Failure::refused("archive-broken", "")) };
        for Unpacked { path, file } in index {
            // The unpacker may have read a hostile file, so only names in its own folder are accepted.
            let is_name = !file.is_empty() && file.chars().all(|c| c.is_ascii_digit() || c == '-');
            if !is_name || path.split('/').any(|part| part.is_empty() || part == "..") {
                return Err(Failure::refused("archive-broken", &path));
            }
            self.files.push(SourceFile { path, place: pressed.folder.path().join(file) });
        }
        self._unpacked.push(pressed.folder);
        Ok(())
    }

    /// Removes the one folder that archives often have around everything.
    fn strip_common_folder(&mut self) {
        let Some(first) = self.files.first().and_then(|file| file.path.split_once('/')) else { return };
        let prefix = format!("{}/", first.0);
        if self.files.iter().all(|file| file.path.starts_with(&prefix)) {
            self.files.iter_mut().for_each(|file| file.path = file.path[prefix.len()..].to_owned());
        }
    }

    /// The number of the file at a path, in any case.
    pub fn at(&self, path: &str) -> Option<usize> {
        self.by_path.get(&path.to_lowercase()).copied()
    }

    /// Recognises the kind of the files.
    pub async fn recognise(&self) -> Kind {
        if self.at("consilium.json").is_some() {
            return Kind::Consilium;
        }
        if let Some(index) = self.at("index.html")
            && (self.at("styles/site.css").is_some() || self.mentions(index, "confluence").await)
        {
            return Kind::Confluence;
        }
        let has_id = |file: &SourceFile| super::notion::without_id(stem(&file.path)).len() < stem(&file.path).len();
        if self.files.iter().any(|file| is_page(&file.path) && has_id(file)) {
            return Kind::Notion;
        }
        let count =
            |kinds: &[&str]| self.files.iter().filter(|file| kinds.contains(&ending(&file.path).as_str())).count();
        let (markdown, html, docx) = (count(&["md", "markdown", "txt"]), count(&["html", "htm"]), count(&["docx"]));
        match () {
            () if html > markdown => Kind::Html,
            () if docx > markdown => Kind::Docx,
            () => Kind::Markdown,
        }
    }

    async fn mentions(&self, file: usize, word: &str) -> bool {
        let text = tokio::fs::read(&self.files[file].place).await.unwrap_or_default();
        String::from_utf8_lossy(&text[..text.len().min(64 << 10)]).to_lowercase().contains(word)
    }
}

/// The ending of a name in lower case.
pub fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

/// The last part of a path without its ending.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The path of the folder around; empty at the top.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a file becomes a page.
pub fn is_page(path: &str) -> bool {
    matches!(ending(path).as_str(), "md" | "markdown" | "txt" | "html" | "htm" | "docx")
}

/// The path to which a relative address in a file leads.
pub fn resolved(from: &str, address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next().filter(|path| !path.is_empty() && !path.contains("://"))?;
    let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { folder(from).split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [IN-5] Addresses lead to other files of the archive, and never out of it.
    #[test]
    fn relative_addresses_are_resolved() {
        for (from, address, expected) in [
            ("A/b.md", "c.md", Some("A/c.md")),
            ("A/b.md", "../c%20d.md#x", Some("c d.md")),
            ("A/b.md", "../../../etc/passwd", Some("etc/passwd")),
            ("b.md", "/x/y.png", Some("x/y.png")),
            ("b.md", "https://a.example/x", None),
            ("b.md", "#part", None),
        ] {
            assert_eq!(resolved(from, address).as_deref(), expected, "{address}");
        }
        assert_eq!((ending("a/b.TAR.Gz"), stem("a/b c.md"), folder("a/b/c")), ("gz".into(), "b c", "a/b"));
    }
}
