//! The relations of a part, which give the targets of the ids in it.

use std::collections::HashMap;

use super::{Archive, part};
use crate::Unreadable;

#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A path in the package.
    Part(String),
    /// An address outside the package.
    Elsewhere(String),
}

#[derive(Clone, Debug, Default)]
pub struct Relations {
    /// For each id, the last word of the kind, and the target.
    by_id: HashMap<String, (String, Target)>,
}

const MOST: usize = 100_000;

impl Relations {
    /// The relations of a part, or of the whole package.
    pub fn of(archive: &mut Archive, of: &str) -> Result<Relations, Unreadable> {
        let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
        let path = if folder.is_empty() { format!("_rels/{name}.rels") } else { format!("{folder}/_rels/{name}.rels") };
        let mut by_id = HashMap::new();
        let Some(mut xml) = part(archive, &path)? else { return Ok(Relations::default()) };
        xml.child()?;
        while let Some(element) = xml.child()? {
            let get = |name| element.get(name).unwrap_or_default().to_owned();
            let kind = get("Type").rsplit('/').next().unwrap_or_default().to_owned();
            let target = match element.get("TargetMode") {
                Some("External") => Target::Elsewhere(get("Target")),
                _ => Target::Part(within(folder, &get("Target"))),
            };
            if by_id.len() < MOST {
                by_id.insert(get("Id"), (kind, target));
            }
            xml.skip()?;
        }
        Ok(Relations { by_id })
    }

    pub fn target(&self, id: &str) -> Option<&Target> {
        self.by_id.get(id).map(|(_, target)| target)
    }

    /// The part of this kind.
    pub fn of_kind(&self, kind: &str) -> Option<String> {
        self.by_id.values().find_map(|(found, target)| match target {
            Target::Part(path) if found == kind => Some(path.clone()),
            _ => None,
        })
    }
}

/// A path that is relative to a folder, within the package.
fn within(folder: &str, target: &str) -> String {
    let whole = if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
