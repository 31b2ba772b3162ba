//! The images and files of a page, beside its text: those that the text shows or, in an export with revisions, all of
//! them in all their versions.

use std::collections::{HashMap, HashSet};

use access::App;
use endpoint::{Error, Result};
use files::Files;
use files::attachments::rows::{self as attachments, Attachment};
use serde_json::{Value, json};
use vocabulary::{AttachmentId, DocumentId};

use crate::package::Package;
use crate::paths::{name, unique};
use crate::people::{People, Person, written};

/// Writes the files of pages, each under a unique path.
pub struct Attaching<'a> {
    pub app: &'a App,
    pub files: &'a Files,
    pub page: DocumentId,
    pub package: &'a mut Package,
    pub taken: &'a mut HashSet<String>,
}

impl Attaching<'_> {
    /// Writes the files that a text shows, and returns their paths.
    ///
    /// # Errors
    /// When a store does not answer, or the disk is full.
    pub async fn shown(&mut self, ids: &[&str]) -> Result<HashMap<String, String>> {
        let mut places = HashMap::new();
        for id in ids {
            let attachment: AttachmentId = id.parse().map_err(|_| Error::NotFound("attachment"))?;
            // Of a file that was removed, the text keeps only the name.
            if let Some(path) = self.write(attachment, None).await? {
                places.insert((*id).to_owned(), path);
            }
        }
        Ok(places)
    }

    /// Writes all files in all versions, and returns the paths of the current versions and a list of all.
    ///
    /// # Errors
    /// As [`Attaching::shown`].
    pub async fn all(&mut self, people: &mut People<'_>) -> Result<(HashMap<String, String>, Option<Value>)> {
        let (mut places, mut list) = (HashMap::new(), Vec::new());
        for current in attachments::list(&self.app.db, self.page).await? {
            let id = current.attachment_id;
            let Some(path) = self.write(id, Some(current.number)).await? else { continue };
            let mut versions = Vec::new();
            let mut earlier = attachments::versions(&self.app.db, self.page, id).await?;
            earlier.reverse();
            for version in earlier {
                let is_current = version.number == current.number;
                let at = if is_current { Some(path.clone()) } else { self.write(id, Some(version.number)).await? };
                let Some(at) = at else { continue };
                let by = uploader(&version, people).await?;
                let created = written(version.uploaded_at);
                versions.push(json!({ "path": at, "name": version.name, "created": created, "by": by }));
            }
            let created = written(current.created_at);
            list.push(json!({ "path": path, "in_text": current.in_text, "created": created, "versions": versions }));
            places.insert(id.to_string(), path);
        }
        Ok((places, (!list.is_empty()).then_some(Value::Array(list))))
    }

    async fn write(&mut self, attachment: AttachmentId, number: Option<i64>) -> Result<Option<String>> {
        let content = self.files.content_of(self.app, self.page, attachment, number).await?;
        let Some((file_name, mut content)) = content else { return Ok(None) };
        let (stem, ending) = match file_name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && ending.len() <= 8 => (stem, format!(".{}", name(ending))),
            _ => (file_name.as_str(), String::new()),
        };
        let path = unique(self.taken, "files/", &name(stem), &ending);
        tokio::task::block_in_place(|| self.package.file(&path))?;
        while let Some(piece) = content.next().await? {
            tokio::task::block_in_place(|| self.package.write(&piece))?;
        }
        Ok(Some(path))
    }
}

async fn uploader(version: &Attachment, people: &mut People<'_>) -> sqlx::Result<Option<Person>> {
    match version.uploaded_by {
        Some(id) => people.account(id).await.map(|person| Some(person).filter(|person| person.email.is_some())),
        None => Ok(None),
    }
}
