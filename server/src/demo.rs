//! `--demo`: a workspace with example content, and a simulated teammate who types while somebody watches.

mod review;
mod teammate;

use self::review::Reviewers;
use database::{Actor, Joiner, NewAccount, accounts, members};
use document::Author;
use document::prose::{Draft, Prose, View, editor_roots};
use library::documents::rows as document_rows;
use library::{documents::rows::NewDocument, tree::ranks::Position, tree::rows::Place};
use tracing::info;
use vocabulary::{AccountId, DocumentId, Right, Role, Sensitivity, WorkspaceId};

use access::{App, Token, passwords, profiles::color_of};
use endpoint::{Error, Result};

/// The domain `example` is reserved, so no mail reaches anybody.
const OWNER: (&str, &str) = ("Ana Lind", "ana@acme.example");
const TEAMMATE: (&str, &str) = ("Bo Nyman", "bo@acme.example");

/// Title, kind, tags, text.
const DOCUMENTS: [(&str, &str, &[&str], &str); 3] = [
    ("Competitors, autumn 2026", "competitive_analysis", &["market"], include_str!("demo/competitors.md")),
    (RESEARCH, "research_report", &["customers", "market"], include_str!("demo/research.md")),
    (PLAN, "strategy_plan", &["2027"], include_str!("demo/plan.md")),
];
const PLAN: &str = "Strategy 2027";
const RESEARCH: &str = "Why teams leave their wiki";

/// Fills a new instance and returns the password of its owner; `None` if there are accounts already.
///
/// # Errors
/// When a store does not answer.
pub async fn fill(app: &App) -> Result<Option<String>> {
    if !accounts::is_new(&app.db).await? {
        return Ok(None);
    }
    let password = Token::new().text.chars().take(16).collect::<String>();
    let by = Actor::system(WorkspaceId::new());
    let owner = members::found_workspace(&app.db, &by, "Acme", account(OWNER, password.clone()).await?).await?;
    let workspace = workspace_of(app, owner.account_id).await?;
    let token = Token::new();
    let by = Actor::system(workspace);
    members::add_invite(&app.db, &by, uuid::Uuid::now_v7(), Role::Analyst.into(), owner.account_id, token.hash.clone())
        .await?;
    // Nobody signs in as the teammate: the password is discarded.
    let teammate = Joiner::New(account(TEAMMATE, Token::new().text).await?);
    let joined = members::accept_invite(&app.db, &by, token.hash, teammate).await?;
    let (_, teammate) = joined.ok_or(Error::NotFound("invitation"))?;
    let reviewers = Reviewers { workspace, owner: owner.account_id, teammate };
    let space = library::spaces::rows::NewSpace {
        name: "Strategy".into(),
        icon: "🧭".into(),
        description: String::new(),
        open_level: Some(Right::Edit),
        created_by: owner.account_id,
    };
    let space = library::spaces::rows::add(&app.db, &by, space).await?.space_id;
    for (title, kind, tags, text) in DOCUMENTS {
        let new = NewDocument {
            title: title.into(),
            slug: None,
            kind: kind.into(),
            category: String::new(),
            description: String::new(),
            tags: tags.iter().map(ToString::to_string).collect(),
            open_level: None,
            sensitivity: Sensitivity::Internal,
            created_by: owner.account_id,
            icon: String::new(),
            inherits: true,
            place: Place { space: Some(space), parent: None, position: Position::Last },
        };
        let row = document_rows::add(&app.db, &by, new).await?.map_err(|_| Error::NotFound("space"))?;
        write(app, row.document_id, owner.account_id, text).await?;
        match title {
            PLAN => review::talk_about(app, reviewers, row.document_id).await?,
            RESEARCH => review::ask_for_approval(app, reviewers, row.document_id).await?,
            _ => {}
        }
    }
    info!("filled the demo workspace");
    Ok(Some(format!("Sign in as {} with the password {password}", OWNER.1)))
}

/// Lets the teammate work on the plan, if both exist.
pub async fn start_teammate(app: &App) -> Result<()> {
    let Some(bo) = accounts::by_email(&app.db, TEAMMATE.1).await? else { return Ok(()) };
    let workspace = workspace_of(app, bo.account_id).await?;
    if let Some(plan) = document_rows::by_title(&app.db, workspace, PLAN).await? {
        app.tasks.spawn(teammate::work(app.clone(), plan.document_id, bo.account_id, workspace));
    }
    Ok(())
}

async fn account((name, email): (&str, &str), password: String) -> Result<NewAccount> {
    let password_hash = passwords::hash("", password).await?;
    Ok(NewAccount { email: email.into(), name: name.into(), color: color_of(email), password_hash })
}

async fn workspace_of(app: &App, account: AccountId) -> Result<WorkspaceId> {
    members::workspaces_of(&app.db, account).await?.first().copied().ok_or(Error::NotFound("workspace"))
}

async fn write(app: &App, document: DocumentId, author: AccountId, markdown: &str) -> Result<()> {
    let room = app.hub.open(document, &editor_roots()).await.map_err(|failure| failure.0)?;
    let prose = Prose::from_markdown(markdown)?;
    let update = Draft::empty().write(&prose, View::Markdown);
    let update = update.ok_or_else(|| Error::Internal("a demo document is empty".into()))?;
    let author = Author { user: author.to_string().into(), ownership: document::Ownership::Enforce };
    room.edit(update, author, 0).await?;
    Ok(())
}
