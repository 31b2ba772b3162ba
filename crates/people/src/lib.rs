//! People: accounts and their authentication, sessions, workspaces, members, invitations, groups, API keys, and
//! personal data.

mod account;
mod api_keys;
mod email_address;
mod groups;
pub mod identity;
pub mod mail_links;
pub mod mails;
pub mod members;
pub mod personal_data;
mod second_step;
mod setup;
mod sign_in;
pub mod totp;
mod workspaces;

use std::sync::Arc;

use access::{App, Task, queued_work::Worker};
use chrono::{TimeDelta, Utc};
use database::{Db, members as member_rows, sessions};
use utoipa_axum::router::OpenApiRouter;

pub use identity::IdentityProvider;

/// The identity provider, if one is configured. The routes get it from an `Extension`.
#[derive(Clone)]
pub struct Provider(pub Option<Arc<IdentityProvider>>);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(setup::routes())
        .merge(sign_in::routes())
        .merge(mail_links::routes())
        .merge(identity::routes::routes())
        .merge(account::routes())
        .merge(second_step::routes())
        .merge(personal_data::routes())
        .merge(workspaces::routes())
        .merge(members::routes())
        .merge(groups::routes())
        .merge(api_keys::routes())
}

/// The workers for the jobs that this feature queues.
pub fn workers() -> Vec<Worker> {
    vec![
        Worker::of::<mails::ResetMail>(),
        Worker::of::<mails::VerificationMail>(),
        Worker::of::<mails::InvitationMail>(),
    ]
}

/// When an erasure is first repeated. By then, every request that was in progress during the erasure has ended.
const ERASED_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(2);
/// How long an erasure is repeated: long enough that it is repeated even if the server was down meanwhile.
const ERASED_AGAIN_FOR: TimeDelta = TimeDelta::hours(2);

/// The background tasks of this feature.
pub fn tasks(app: &App) -> Vec<Task> {
    vec![
        Task::tidy("links-and-sign-ins", app, |app| async move { forget_old(&app.db).await }),
        Task::tidy("erasures", app, |app| async move {
            let now = Utc::now();
            personal_data::rows::erase_again(&app.db, now - ERASED_AGAIN_FOR, now - ERASED_AGAIN_AFTER).await
        }),
    ]
}

/// Deletes expired links, abandoned sign-ins, expired invitations and refresh tokens, and sessions that have ended.
///
/// # Errors
/// When the database does not answer. The next run deletes them.
pub async fn forget_old(db: &Db) -> sqlx::Result<()> {
    let now = Utc::now();
    mail_links::rows::forget_old(db, now).await?;
    identity::rows::forget_old(db, now).await?;
    sessions::forget_old(db, now).await?;
    member_rows::forget_invitations(db, now).await
}
