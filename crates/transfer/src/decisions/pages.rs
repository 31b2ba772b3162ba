//! The log of decisions as a document to print: by day, what was decided, by whom, on which version, and why.

use access::App;
use chrono::{DateTime, Utc};
use review::decisions::log::DecisionLog;
use review::decisions::views::{DecisionView, VoteView};
use serde_json::{Value, json};

/// The longest quote. Longer texts are cut, because the log is read beside the documents.
const MOST_QUOTED: usize = 500;

/// The description of the print, as `consilium-press` reads it.
pub fn of(app: &App, log: &DecisionLog) -> Value {
    let mut content = head(log);
    let mut day = String::new();
    for decision in &log.decisions {
        let on = decision.decided_at.format("%A, %-d %B %Y").to_string();
        if on != day {
            content.push(heading(2, &on));
            day = on;
        }
        content.extend(decided(decision));
    }
    content.extend(foot(log));
    json!({
        "fonts": app.config.export_fonts,
        "title": "Decisions",
        "workspace": log.workspace,
        "creator": log.exported_by_name,
        "language": "en",
        "paper": "a4",
        "date": log.exported_at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "address": app.config.public_url,
        "chapters": [{ "title": "Decisions", "depth": 0, "doc": { "type": "doc", "content": content } }],
    })
}

fn head(log: &DecisionLog) -> Vec<Value> {
    let count = match log.decisions.len() {
        0 => "No decisions".to_owned(),
        1 => "One decision".to_owned(),
        some => format!("{some} decisions"),
    };
    let of = format!("{count} in the workspace “{}”", log.workspace);
    let range = match (log.range.since, log.range.until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" since {}", minute(since)),
        (None, Some(until)) => format!(" before {}", minute(until)),
        (Some(since), Some(until)) => format!(" from {} to {}", minute(since), minute(until)),
    };
    let by = format!("Exported by {} on {}. All times are UTC.", log.exported_by_name, minute(log.exported_at));
    let mut lines = vec![paragraph(&[plain(&format!("{of}{range}. {by}"))])];
    if log.range.document.is_some() || log.range.person.is_some() || log.range.kind.is_some() {
        lines.push(paragraph(&[plain("Only the decisions of the chosen document, person or kind are listed.")]));
    }
    lines
}

/// One decision: a sentence, the reason, the people who took part, and the version with its hash.
fn decided(decision: &DecisionView) -> Vec<Value> {
    let who = decision.decided_by_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("Somebody");
    let did = match (decision.kind.as_str(), decision.outcome.as_str()) {
        ("approval", "approved") => "approved",
        ("approval", _) => "asked for changes to",
        (_, "accepted") => "accepted a suggestion in",
        (_, "rejected") if decision.replacement.is_some() => "rejected a suggestion in",
        (_, "deferred") => "deferred a question in",
        (_, "rejected") => "rejected a proposal in",
        (_, "done") => "marked a question as done in",
        _ => "decided a question in",
    };
    let address = match decision.kind.as_str() {
        "approval" => format!("/documents/{}#approval", decision.document_id),
        _ => format!("/documents/{}#thread={}", decision.document_id, decision.id),
    };
    let title = if decision.title.is_empty() { "Untitled" } else { &decision.title };
    let time = decision.decided_at.format("%H:%M · ").to_string();
    let mut blocks =
        vec![paragraph(&[plain(&time), bold(&format!("{who} {did} ")), bold_link(title, &address), plain(".")])];
    let mut about = String::new();
    if decision.kind != "approval" {
        match (&decision.replacement, decision.quote.is_empty()) {
            (Some(text), _) => about = changed(decision, text),
            (None, false) => about = format!("On “{}”", cut(&decision.quote)),
            (None, true) => {}
        }
        if !decision.question.is_empty() {
            about = format!("{about}{}{}", if about.is_empty() { "" } else { ": " }, cut(&decision.question));
        }
    }
    if !about.is_empty() {
        blocks.push(paragraph(&[plain(&about)]));
    }
    if let Some(note) = decision.note.as_deref().filter(|note| !note.is_empty() && decision.votes.is_empty()) {
        blocks.push(paragraph(&[plain("Reason: "), plain(&cut(note))]));
    }
    if !decision.votes.is_empty() {
        blocks.push(json!({ "type": "bulletList", "content": decision.votes.iter().map(vote).collect::<Vec<_>>() }));
    }
    if let (Some(revision), Some(sha256)) = (decision.revision_id, &decision.sha256) {
        let name = match (&decision.revision_name, decision.revision_created_at) {
            (Some(name), _) => format!("“{name}”"),
            (None, Some(at)) => format!("of {}", minute(at)),
            (None, None) => revision.to_string(),
        };
        let address = format!("/documents/{}#version={revision}", decision.document_id);
        blocks.push(paragraph(&[plain("Version "), link(&name, &address), plain(", SHA-256 "), code(sha256)]));
    }
    blocks
}

/// What a suggestion does, in words.
fn changed(decision: &DecisionView, after: &str) -> String {
    let before = cut(decision.removed.as_deref().unwrap_or(&decision.quote));
    let after = cut(after);
    match decision.change.as_deref() {
        Some("insert") => format!("Add “{after}”"),
        Some("delete") => format!("Delete “{before}”"),
        Some("format") => format!("Format “{before}”"),
        Some("split") => format!("Begin a new line in “{before}”"),
        Some("join") => format!("Join the lines of “{before}”"),
        Some("block") => format!("Change the kind of “{before}”"),
        _ => format!("“{before}” → “{after}”"),
    }
}

fn vote(vote: &VoteView) -> Value {
    let did = if vote.act == "approve" { "approved" } else { "asked for changes" };
    let name = if vote.by_name.is_empty() { "Somebody" } else { &vote.by_name };
    let mut text = format!("{name} {did} on {}", minute(vote.at));
    if let Some(note) = vote.note.as_deref().filter(|note| !note.is_empty()) {
        text = format!("{text}: {}", cut(note));
    }
    let line = match vote.voided_at {
        Some(at) => vec![
            json!({ "type": "text", "text": text, "marks": [{ "type": "strike" }] }),
            plain(&format!(" No longer counts: the request was moved to a newer version on {}.", minute(at))),
        ],
        None => vec![plain(&text)],
    };
    json!({ "type": "listItem", "content": [paragraph(&line)] })
}

fn foot(log: &DecisionLog) -> Vec<Value> {
    vec![
        json!({ "type": "horizontalRule" }),
        paragraph(&[plain("Digest over all of these decisions (SHA-256): "), code(&log.digest)]),
        paragraph(&[plain(
            "The audit of the instance has this digest. The same decisions exported as JSON have it too, and the \
             instance's operator compares that file with what is stored: consilium verify decisions.json",
        )]),
    ]
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M").to_string()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MOST_QUOTED {
        return text.to_owned();
    }
    let begun: String = text.chars().take(MOST_QUOTED).collect();
    format!("{begun}…")
}

fn heading(level: u8, text: &str) -> Value {
    json!({ "type": "heading", "attrs": { "level": level }, "content": [plain(text)] })
}

fn paragraph(content: &[Value]) -> Value {
    json!({ "type": "paragraph", "content": content })
}

fn plain(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn bold(text: &str) -> Value {
    json!({ "type": "text", "text": text, "marks": [{ "type": "bold" }] })
}

fn code(text: &str) -> Value {
    json!({ "type": "text", "text": text, "marks": [{ "type": "code" }] })
}

fn bold_link(text: &str, address: &str) -> Value {
    json!({ "type": "text", "text": text, "marks": [{ "type": "bold" }, { "type": "link", "attrs": { "href": address } }] })
}

fn link(text: &str, address: &str) -> Value {
    json!({ "type": "text", "text": text, "marks": [{ "type": "link", "attrs": { "href": address } }] })
}
