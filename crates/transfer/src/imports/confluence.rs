//! The hierarchy of an export of Confluence, which is a list of links in its `index.html`.

use access::App;
use files::Files;
use serde_json::Value;

use super::failure::Failure;
use super::source::{Source, resolved};

/// The pages in order, each with the number of the page above it.
pub async fn hierarchy(app: &App, files: &Files, source: &Source) -> Result<Vec<(String, Option<usize>)>, Failure> {
    let Some(index) = source.at("index.html") else { return Ok(Vec::new()) };
    let Ok(pressed) = files.read_document(app, files::media::HTML, &source.files[index].place).await else {
        return if app.is_stopping() { Err(Failure::Stopping) } else { Ok(Vec::new()) };
    };
    let read = tokio::fs::read(pressed.folder.path().join("document.json")).await.unwrap_or_default();
    let read: Value = serde_json::from_slice(&read).unwrap_or_default();
    let mut found = Vec::new();
    lists(&read["doc"], None, &mut found);
    Ok(found)
}

/// Reads lists of links within lists. The reader bounds the depth.
fn lists(node: &Value, above: Option<usize>, found: &mut Vec<(String, Option<usize>)>) {
    let mut own = above;
    for child in node["content"].as_array().into_iter().flatten() {
        if node["type"] == "listItem" && child["type"] == "paragraph" {
            let linked = child["content"].as_array().into_iter().flatten().find_map(|text| {
                let marks = text["marks"].as_array()?;
                let href = marks.iter().find(|mark| mark["type"] == "link")?["attrs"]["href"].as_str()?;
                resolved("index.html", href)
            });
            if let Some(path) = linked {
                found.push((path, above));
                own = Some(found.len() - 1);
            }
        } else {
            lists(child, own, found);
        }
    }
}
