//! The teammate's contributions to the demo's documents: a question, a suggestion, a version, and an approval that
//! waits for the owner.

use chrono::Utc;
use database::Actor;
use review::approvals::rows as approvals;
use review::comments::rows as comments;
use review::threads::rows as threads;
use review::{
    approvals::rows::NewApproval, approvals::steps::Rule, approvals::steps::Seat, approvals::steps::Step,
    comments::rows::Mention, comments::rows::NewComment, revisions::Reason, revisions::State, suggestions::making,
    threads::passages::stored, threads::rows::Decision, threads::rows::NewThread,
};
use vocabulary::{AccountId, ApprovalId, DocumentId, Outcome, RevisionKind, ThreadId, ThreadState, WorkspaceId};

use access::{App, LiveDocument};
use endpoint::{Error, Result};

/// The two people of the demo, who review each other's documents.
#[derive(Clone, Copy)]
pub struct Reviewers {
    pub workspace: WorkspaceId,
    pub owner: AccountId,
    pub teammate: AccountId,
}

/// Adds a discussion to the plan.
///
/// # Errors
/// When a store does not answer.
pub async fn talk_about(app: &App, reviewers: Reviewers, plan: DocumentId) -> Result<()> {
    let bo = Actor::system(reviewers.workspace).known_as(reviewers.workspace, reviewers.teammate);
    let ana = Actor::system(reviewers.workspace).known_as(reviewers.workspace, reviewers.owner);
    let mention = Mention { kind: "account".into(), id: reviewers.owner.0 };
    say(app, &bo, plan, "Too few integrations", "Which ones do they miss? @Ana Lind", vec![mention], None).await?;
    say(app, &bo, plan, "within one working day", "", Vec::new(), Some("within four hours")).await?;
    let asked = say(app, &ana, plan, "35 people", "With the two in Oslo?", Vec::new(), None).await?;
    let answer = NewComment { author: reviewers.teammate.0, body: "With them.".into(), mentions: Vec::new() };
    comments::add(&app.db, &bo, plan, asked, answer).await?;
    let decision = Decision {
        from: ThreadState::Open,
        to: ThreadState::Resolved,
        outcome: Some(Outcome::Decided),
        note: Some("35 with the two in Oslo.".into()),
        anchor: None,
    };
    threads::decide(&app.db, &ana, plan, asked, decision).await?;
    let text = LiveDocument::of_server(app, plan, reviewers.workspace).await?;
    let reason = Reason { kind: RevisionKind::Named, name: Some("First draft".into()), restored: None, settles: None };
    review::revisions::keep_revision(app, &ana, plan, State::now(&text).await?, reason).await?;
    Ok(())
}

async fn say(
    app: &App,
    by: &Actor,
    document: DocumentId,
    quote: &str,
    body: &str,
    mentions: Vec<Mention>,
    replacement: Option<&str>,
) -> Result<ThreadId> {
    let text = LiveDocument::of_server(app, document, by.workspace).await?;
    let marked = text.read(|document, _| {
        let text = document.prose().to_text();
        let from = text.find(quote).map(|at| text[..at].encode_utf16().count() as u32)?;
        document.anchor(from, from + quote.encode_utf16().count() as u32).ok()
    });
    let anchor = marked.await?.ok_or_else(|| Error::Internal(format!("the demo has no {quote:?}")))?;
    let author = by.id.ok_or(Error::Unauthorized)?;
    let first = NewComment { author, body: body.to_owned(), mentions };
    if let Some(replacement) = replacement {
        let text = LiveDocument::of_server_for(app, document, by.clone()).await?;
        return Ok(making::instead(app, &text, (anchor, quote.to_owned()), replacement, first).await?.1);
    }
    let (anchor, quote) = (Some(stored(&anchor)?), quote.to_owned());
    let new = NewThread { document, anchor, media: None, around: None, quote, first };
    Ok(threads::add(&app.db, by, new).await?)
}

/// Asks the owner to approve a document.
///
/// # Errors
/// When a store does not answer.
pub async fn ask_for_approval(app: &App, reviewers: Reviewers, document: DocumentId) -> Result<()> {
    let bo = Actor::system(reviewers.workspace).known_as(reviewers.workspace, reviewers.teammate);
    let text = LiveDocument::of_server(app, document, reviewers.workspace).await?;
    let kept = review::revisions::keep_revision(
        app,
        &bo,
        document,
        State::now(&text).await?,
        Reason::of(RevisionKind::Submitted),
    )
    .await?;
    let kept = kept.ok_or(Error::NotFound("revision"))?;
    let seats = vec![Seat { account: reviewers.owner, approved: false }];
    let mut step = Step { name: "Strategy".into(), rule: Rule::Any, seats, within_days: Some(5), due_at: None };
    step.begin(Utc::now());
    let due = step.due_at;
    let new = NewApproval {
        approval_id: ApprovalId::new(),
        document,
        name: "Research".into(),
        steps: serde_json::to_string(&[step]).map_err(|error| Error::Internal(error.to_string()))?,
        revision: kept.revision_id,
        sha256: kept.sha256,
        note: Some("Before it goes to the board.".into()),
        requested_by: reviewers.teammate,
        due_at: None,
        current_due_at: due,
        asked: vec![reviewers.owner],
        reminder: None,
    };
    approvals::add(&app.db, &bo, new).await?;
    Ok(())
}
