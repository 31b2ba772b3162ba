//! What an operator restores with a workspace besides the texts of its pages: authors, statuses, comments, versions and
//! all files. Only an operator may do this, because anybody could write a file with another person's name.

use chrono::{DateTime, Utc};
use database::groups;
use review::comments::rows::Mention;
use review::restored::{
    self, RestoredComment, RestoredMedia, RestoredPassage, RestoredRevision, RestoredThread, WholeSuggestion,
};
use serde::Deserialize;
use serde_json::Value;
use vocabulary::{AccountId, GroupId, Outcome, RevisionKind, Sensitivity, Status, ThreadState};

use super::facts::Restored;
use super::failure::Failure;
use super::foreign;
use super::own::{self, Listed};
use super::pages::{FileHistory, OldVersion, Places};
use crate::people::{Known, Person};

#[derive(Deserialize)]
struct ListedFile {
    path: String,
    in_text: bool,
    created: DateTime<Utc>,
    versions: Vec<ListedVersion>,
}

#[derive(Deserialize)]
struct ListedVersion {
    path: String,
    name: String,
    created: DateTime<Utc>,
    by: Option<Person>,
}

#[derive(Deserialize)]
struct Thread {
    state: ThreadState,
    passage: Option<Passage>,
    media: Option<Media>,
    replacement: Option<String>,
    suggestion: Option<WholeSuggestion>,
    outcome: Option<Outcome>,
    note: Option<String>,
    decided_by: Option<Person>,
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
struct Passage {
    quote: String,
    from: Option<u32>,
    to: Option<u32>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Media {
    label: String,
    index: Option<usize>,
    count: usize,
}

#[derive(Deserialize)]
struct Comment {
    author: Person,
    body: String,
    created_at: DateTime<Utc>,
    edited_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    #[serde(default)]
    mentions: Vec<Mentioned>,
    #[serde(default)]
    reactions: Vec<Reaction>,
}

#[derive(Deserialize)]
struct Mentioned {
    group: Option<String>,
    #[serde(flatten)]
    person: Person,
}

#[derive(Deserialize)]
struct Reaction {
    emoji: String,
    by: Person,
}

#[derive(Deserialize)]
struct Version {
    kind: RevisionKind,
    name: Option<String>,
    created: DateTime<Utc>,
    created_by: Option<Person>,
    #[serde(default)]
    authors: Vec<Person>,
    #[serde(default)]
    words_added: i64,
    #[serde(default)]
    words_removed: i64,
    doc: Value,
}

/// Registers all files of a page, before its texts are read.
pub async fn files(places: &mut Places<'_, '_>, stem: &str) -> Result<(), Failure> {
    let reader = places.reader;
    let mut known = Known::of(&reader.app.db, reader.workspace);
    for listed in own::beside::<Vec<ListedFile>>(reader.source, stem, "files.json").await.unwrap_or_default() {
        let mut versions = Vec::new();
        for version in listed.versions {
            let Some(file) = reader.source.at(&version.path) else { continue };
            let by = match &version.by {
                Some(person) => known.member(person).await?,
                None => None,
            };
            let place = reader.source.files[file].place.clone();
            versions.push(OldVersion { place, name: version.name, by, created_at: version.created });
        }
        let Some(current) = versions.last() else { continue };
        let (name, place) = (current.name.clone(), current.place.clone());
        let Some(id) = places.show(&listed.path, name, place) else { continue };
        let history = FileHistory { in_text: listed.in_text, created_at: listed.created, versions };
        if let Some(shown) = places.shown.iter_mut().find(|shown| shown.id == id) {
            shown.history = Some(history);
        }
    }
    Ok(())
}

/// Reads what a page has besides its text.
pub async fn read(places: &mut Places<'_, '_>, stem: &str, status: &str) -> Result<Restored, Failure> {
    let reader = places.reader;
    let mut people = Resolver { known: Known::of(&reader.app.db, reader.workspace), otherwise: reader.by };
    let listed = reader.plan.listed(&places.page.path);
    let mut threads = Vec::new();
    for thread in own::beside::<Vec<Thread>>(reader.source, stem, "comments.json").await.unwrap_or_default() {
        threads.push(people.thread(places, thread).await?);
    }
    let mut revisions = Vec::new();
    for (path, version) in own::each::<Version>(reader.source, &format!("{stem}.revisions/")).await {
        match foreign::exact(places, version.doc.clone()) {
            Ok(prose) => revisions.push((people.revision(version).await?, prose)),
            Err(reason) => places.report.add(&path, format!("This version was left out: {reason}"), ""),
        }
    }
    let owner = match listed.and_then(|listed| listed.owner.as_ref()) {
        Some(owner) => people.known.member(owner).await?,
        None => None,
    };
    let Listed { category, sensitivity, open_level, inherits, .. } = listed.cloned().unwrap_or_default();
    Ok(Restored {
        status: Status::parse(status).unwrap_or(Status::Draft),
        category,
        sensitivity: sensitivity.unwrap_or(Sensitivity::Internal),
        open_level,
        inherits: inherits.unwrap_or(true),
        owner,
        threads,
        revisions,
    })
}

struct Resolver<'a> {
    known: Known<'a>,
    /// The account that stands in for a person who is not a member.
    otherwise: AccountId,
}

impl Resolver<'_> {
    async fn person(&mut self, person: &Person) -> Result<restored::Person, Failure> {
        Ok(match self.known.member(person).await? {
            Some(member) => restored::Person { id: member.0, named: None },
            None => restored::Person { id: self.otherwise.0, named: Some(person.name.clone()) },
        })
    }

    async fn thread(&mut self, places: &Places<'_, '_>, thread: Thread) -> Result<RestoredThread, Failure> {
        let decided = match (thread.decided_by, thread.decided_at) {
            (Some(by), Some(at)) => Some((self.person(&by).await?, at)),
            _ => None,
        };
        let passage = |passage: Passage| RestoredPassage {
            quote: passage.quote,
            place: passage.from.zip(passage.to),
            text: passage.text,
        };
        let mut comments = Vec::with_capacity(thread.comments.len());
        for comment in thread.comments {
            comments.push(self.comment(places, comment).await?);
        }
        Ok(RestoredThread {
            passage: thread.passage.map(passage),
            media: thread.media.map(|media| RestoredMedia {
                label: media.label,
                index: media.index,
                count: media.count,
            }),
            replacement: thread.replacement,
            suggestion: thread.suggestion,
            state: thread.state,
            outcome: thread.outcome,
            note: thread.note,
            decided,
            created_at: thread.created_at,
            comments,
        })
    }

    async fn comment(&mut self, places: &Places<'_, '_>, comment: Comment) -> Result<RestoredComment, Failure> {
        let (mut mentions, mut reactions) = (Vec::new(), Vec::new());
        for mentioned in comment.mentions {
            let id = match &mentioned.group {
                Some(name) => group(places, name).await?.map(|group| ("group", group.0)),
                None => self.known.member(&mentioned.person).await?.map(|account| ("account", account.0)),
            };
            mentions.extend(id.map(|(kind, id)| Mention { kind: kind.to_owned(), id }));
        }
        for reaction in comment.reactions {
            reactions.extend(self.known.member(&reaction.by).await?.map(|account| (account.0, reaction.emoji)));
        }
        Ok(RestoredComment {
            author: self.person(&comment.author).await?,
            body: comment.body,
            created_at: comment.created_at,
            edited_at: comment.edited_at,
            deleted_at: comment.deleted_at,
            mentions,
            reactions,
        })
    }

    async fn revision(&mut self, version: Version) -> Result<RestoredRevision, Failure> {
        let mut authors = Vec::new();
        for author in &version.authors {
            authors.extend(self.known.member(author).await?.map(|account| account.0));
        }
        let created_by = match &version.created_by {
            Some(by) => Some(self.person(by).await?),
            None => None,
        };
        Ok(RestoredRevision {
            kind: version.kind,
            name: version.name,
            created_at: version.created,
            created_by,
            words_added: version.words_added,
            words_removed: version.words_removed,
            authors,
        })
    }
}

async fn group(places: &Places<'_, '_>, name: &str) -> Result<Option<GroupId>, Failure> {
    let groups = groups::list(&places.reader.app.db, places.reader.workspace).await?;
    Ok(groups.into_iter().find(|group| group.name == name).map(|group| group.group_id))
}
