//! Mails about a member's unread notifications, sent at once or once a day, according to the member's settings.

use crate::inbox::rows as inbox_rows;
use crate::inbox::rows::Notification;
use chrono::{DateTime, TimeDelta, Utc};
use database::{accounts, members};
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, ActorKind, NotificationKind, Role, Stored, WorkspaceId};

use access::queued_work::{Failure, Work};
use access::{App, RequestOrigin, SendError, confidential_reads::is_confidential};
use endpoint::{Error, Result};

const TEMPLATE: &str = include_str!("digests/news.txt");

/// The job that mails a member's unread notifications; queued together with them.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "news")]
pub struct Digest {
    workspace: WorkspaceId,
    account: AccountId,
}

impl Work for Digest {
    const KIND: &'static str = "mail-news";

    fn once(&self) -> Option<String> {
        Some(format!("{}/{}", self.workspace, self.account))
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        Ok(send(&app, self.workspace, self.account).await?)
    }
}

/// The time at which a kind of notification is mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MailTime)]
pub enum When {
    /// Shortly after the event, unless the notification was read meanwhile.
    Now,
    /// Once a day, together with the other notifications of that day.
    Daily,
    Never,
}

/// A member's mail settings, one for each kind of notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[schema(as = MailChoices)]
pub struct Choices {
    /// Mentions of the member in comments.
    pub mention: When,
    /// Replies in the member's threads; comments and suggestions on the member's own documents.
    pub reply: When,
    /// Decisions that close the member's threads or suggestions.
    pub decided: When,
    /// Documents shared with the member.
    pub share: When,
    /// Approvals that wait for the member, or were moved to a newer revision.
    pub approval_requested: When,
    /// Decisions about approvals that the member requested.
    pub approval_decided: When,
    /// Approvals that wait for the member and are due soon, or overdue.
    pub approval_due: When,
    /// Changes to a text after the member approved it or requested its approval.
    pub approval_changed: When,
    /// Comments, suggestions, edits and published versions of what the member watches.
    pub watched: When,
}

impl Default for Choices {
    /// Notifications that need action are mailed at once, the rest once a day.
    fn default() -> Choices {
        Choices {
            mention: When::Now,
            reply: When::Daily,
            decided: When::Daily,
            share: When::Daily,
            approval_requested: When::Now,
            approval_decided: When::Now,
            approval_due: When::Now,
            approval_changed: When::Daily,
            watched: When::Daily,
        }
    }
}

impl Choices {
    pub const NONE: Choices = Choices {
        mention: When::Never,
        reply: When::Never,
        decided: When::Never,
        share: When::Never,
        approval_requested: When::Never,
        approval_decided: When::Never,
        approval_due: When::Never,
        approval_changed: When::Never,
        watched: When::Never,
    };

    fn of(&self, kind: &Stored<NotificationKind>) -> When {
        let Some(kind) = kind.known() else { return When::Never };
        match kind {
            NotificationKind::Mention | NotificationKind::Assigned => self.mention,
            // The owner of a document follows every thread in it.
            NotificationKind::Reply | NotificationKind::Comment | NotificationKind::Suggestion => self.reply,
            NotificationKind::Decided => self.decided,
            NotificationKind::Share => self.share,
            NotificationKind::ApprovalRequested => self.approval_requested,
            NotificationKind::ApprovalDecided => self.approval_decided,
            NotificationKind::ApprovalDue | NotificationKind::ApprovalOverdue => self.approval_due,
            NotificationKind::ApprovalMoved => self.approval_requested,
            NotificationKind::ApprovalChanged => self.approval_changed,
            NotificationKind::WatchedComment
            | NotificationKind::WatchedSuggestion
            | NotificationKind::WatchedEdited
            | NotificationKind::WatchedPublished => self.watched,
        }
    }
}

/// The age up to which notifications are mailed. Older ones are no longer news. They can be waiting, for example,
/// when an address has just been verified or mails have been turned on again.
const NEWS_FOR: TimeDelta = TimeDelta::days(3);
/// The number of notifications examined at a time.
const MOST: i64 = 1_000;
/// The maximum number of items in one mail. The rest is in the inbox.
const MOST_TOLD: usize = 50;
/// The length of a quote of a comment, enough to recognise its topic.
const EXCERPT_CHARACTERS: usize = 300;
/// When a day of mails ends, in UTC. This is before the working day in Europe begins.
const DAY_ENDS: TimeDelta = TimeDelta::hours(5);

/// Returns the member's mail settings, or the defaults.
pub async fn choices_of(app: &App, account: AccountId) -> Result<Choices> {
    let setting = inbox_rows::mail_setting(&app.db, account).await?;
    Ok(setting.and_then(|setting| serde_json::from_str(&setting.choices).ok()).unwrap_or_default())
}

pub async fn choose(app: &App, by: &database::Actor, account: AccountId, choices: &Choices) -> Result<()> {
    let text = serde_json::to_string(choices).map_err(|error| Error::Internal(error.to_string()))?;
    inbox_rows::set_mail_setting(&app.db, by, account, text).await?;
    Ok(())
}

/// Stops all notification mails of the token's owner; `false` when the token is unknown.
pub async fn stop(app: &App, request_origin: &RequestOrigin, token: uuid::Uuid) -> Result<bool> {
    let Some(account) = inbox_rows::unsubscribe(&app.db, token).await? else { return Ok(false) };
    let by = request_origin.actor(app.home().await?, ActorKind::Nobody, None);
    choose(app, &by, account, &Choices::NONE).await?;
    Ok(true)
}

/// Mails a member the unread notifications that are due. Returns the time at which more are due.
///
/// # Errors
/// [`SendError`].
pub async fn send(
    app: &App,
    workspace: WorkspaceId,
    account: AccountId,
) -> std::result::Result<Option<DateTime<Utc>>, SendError> {
    if !app.mail.is_there() {
        return Ok(None);
    }
    // Mails are sent only to a verified address, because titles and comments must not reach anybody else.
    let to = accounts::find_enabled(&app.db, account).await.map_err(Error::from)?;
    let to = to.filter(|account| account.email_verified_at.is_some());
    let member = members::find(&app.db, workspace, account).await.map_err(Error::from)?;
    let (Some(to), Some(member)) = (to, member) else { return Ok(None) };
    let choices = choices_of(app, account).await?;
    let now = Utc::now();
    let unmailed =
        inbox_rows::unmailed(&app.db, workspace, account, now - NEWS_FOR, MOST).await.map_err(Error::from)?;
    let (mut due, mut unwanted, mut later) = (Vec::new(), Vec::new(), None::<DateTime<Utc>>);
    for one in unmailed {
        match time_of(app, choices.of(&one.kind), one.created_at) {
            Some(at) if at <= now => due.push(one),
            Some(at) => later = Some(later.map_or(at, |first| first.min(at))),
            // The person does not want this notification by mail, so it is not considered again.
            None => unwanted.push(one.notification_id),
        }
    }
    let (mut items, mut seen) = (String::new(), Vec::new());
    for one in &due {
        if let Some(item) = item(app, workspace, &member.role, account, one).await? {
            if seen.len() < MOST_TOLD {
                items.push_str(&item);
            }
            seen.push(one);
        }
    }
    if seen.len() > MOST_TOLD {
        items.push_str(&format!("{} more in your inbox: {}/inbox\n\n", seen.len() - MOST_TOLD, app.origin()));
    }
    if let Some(first) = seen.first() {
        let subject = match seen.len() {
            1 => format!("{} {} {}", sender(first), what(first), first.title),
            several => format!("{several} notifications"),
        };
        // The token that stops these mails is created with the first mail.
        let setting = match inbox_rows::mail_setting(&app.db, account).await.map_err(Error::from)? {
            Some(setting) => setting,
            None => {
                let by = database::Actor::system(workspace);
                inbox_rows::set_mail_setting(&app.db, &by, account, "{}".to_owned()).await.map_err(Error::from)?
            }
        };
        let stop = setting.stop_token.to_string();
        // User text is inserted last, so that placeholders in it are not replaced.
        let fill = [
            ("{from}", app.origin()),
            ("{stop}", &stop),
            ("{name}", &to.name),
            ("{items}", &items),
            ("{subject}", &subject),
        ];
        let one_click = format!("{}/api/v1/mails/stop/{stop}", app.origin());
        app.mail.send(TEMPLATE, &to.email, &fill, Some(&one_click)).await?;
    }
    let done: Vec<_> = due.iter().map(|one| one.notification_id).chain(unwanted).collect();
    inbox_rows::note_mailed(&app.db, &done).await.map_err(Error::from)?;
    Ok(if done.len() as i64 == MOST { Some(now) } else { later })
}

/// The time at which a notification is mailed, if at all.
fn time_of(app: &App, when: When, created: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match when {
        When::Now => Some(created + TimeDelta::seconds(app.config.mail_after_seconds.into())),
        When::Daily => Some(end_of_day(created, app.config.mail_digest_seconds.get())),
        When::Never => None,
    }
}

/// The end of the "day", of the given length in seconds, that contains a time.
fn end_of_day(at: DateTime<Utc>, seconds: u32) -> DateTime<Utc> {
    let offset = DAY_ENDS.num_seconds();
    let into = (at.timestamp() - offset).rem_euclid(seconds.into());
    DateTime::from_timestamp(at.timestamp() - into + i64::from(seconds), 0).unwrap_or(at)
}

fn sender(one: &Notification) -> &str {
    one.actor_name.as_deref().unwrap_or("Someone")
}

fn what(one: &Notification) -> &'static str {
    match one.kind.known() {
        Some(NotificationKind::Mention) => "mentioned you in",
        Some(NotificationKind::Reply) => "replied in",
        Some(NotificationKind::Comment | NotificationKind::WatchedComment) => "commented on",
        Some(NotificationKind::Suggestion | NotificationKind::WatchedSuggestion) => "suggested a change to",
        Some(NotificationKind::Decided) => match one.result.as_deref() {
            Some("accepted") => "accepted your suggestion in",
            Some("rejected") => "rejected your suggestion in",
            _ => "resolved your comment in",
        },
        Some(NotificationKind::Assigned) => "assigned a comment to you in",
        Some(NotificationKind::Share) => "shared with you",
        Some(NotificationKind::ApprovalRequested) => "requested your approval of",
        Some(NotificationKind::ApprovalDecided) => match one.result.as_deref() {
            Some("approved") => "approved",
            Some("rejected") => "asked for changes to",
            Some("withdrawn") => "canceled the request for approval of",
            _ => "decided on",
        },
        Some(NotificationKind::ApprovalDue) => "is waiting for your approval, due soon:",
        Some(NotificationKind::ApprovalOverdue) => "is waiting for your approval, overdue:",
        Some(NotificationKind::ApprovalMoved) => "moved the request for approval to a newer version of",
        Some(NotificationKind::ApprovalChanged) => "changed an approved text:",
        Some(NotificationKind::WatchedEdited) => "edited",
        Some(NotificationKind::WatchedPublished) => "published",
        None => "did something in",
    }
}

/// A mail's text about one notification; `None` when the member may no longer see the document.
async fn item(
    app: &App,
    workspace: WorkspaceId,
    role: &Stored<Role>,
    account: AccountId,
    one: &Notification,
) -> Result<Option<String>> {
    let role = role.known().ok_or_else(|| Error::Internal(format!("role {role}")))?;
    let access = match app.access_as(workspace, role, account, one.document_id).await {
        Ok(access) => access,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let place = match one.thread_id {
        Some(thread) => format!("#thread={thread}"),
        None if one.kind.as_str().starts_with("approval") => "#approval".to_owned(),
        None => String::new(),
    };
    // Mails are stored on other machines, so they do not quote confidential content.
    let quoted = !is_confidential(&access.document.sensitivity);
    let excerpt = one.body.as_deref().filter(|body| quoted && !body.is_empty());
    let excerpt = excerpt.map(|body| body.chars().take(EXCERPT_CHARACTERS).collect::<String>());
    let excerpt = excerpt.map(|text| format!("  > {}\n", text.replace('\n', "\n  > "))).unwrap_or_default();
    let is_due = one.kind == NotificationKind::ApprovalDue || one.kind == NotificationKind::ApprovalOverdue;
    let actor = if is_due { "Someone" } else { sender(one) };
    Ok(Some(format!(
        "{actor} {} {}\n{excerpt}  {}/documents/{}{place}\n\n",
        what(one),
        one.title,
        app.origin(),
        one.document_id
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_mails_ends_at_five() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let day = 86_400;
        assert_eq!(end_of_day(at("2026-11-22T04:59:59Z"), day), at("2026-11-22T05:00:00Z"));
        assert_eq!(end_of_day(at("2026-11-22T05:00:00Z"), day), at("2026-11-23T05:00:00Z"));
        assert_eq!(end_of_day(at("2026-11-22T23:00:00Z"), day), at("2026-11-23T05:00:00Z"));
    }

    #[test]
    fn a_mail_says_what_was_done() {
        let said = |kind, result: Option<&str>| {
            what(&Notification {
                notification_id: vocabulary::NotificationId::new(),
                kind: Stored::Known(kind),
                must_do: false,
                document_id: vocabulary::DocumentId::new(),
                title: "Plan".into(),
                thread_id: None,
                body: None,
                actor_id: None,
                actor_name: None,
                created_at: Utc::now(),
                read_at: None,
                result: result.map(str::to_owned),
                due_at: None,
            })
        };
        assert_eq!(said(NotificationKind::Comment, None), "commented on");
        assert_eq!(said(NotificationKind::Suggestion, None), "suggested a change to");
        assert_eq!(said(NotificationKind::WatchedSuggestion, None), "suggested a change to");
        assert_eq!(said(NotificationKind::Decided, Some("resolved")), "resolved your comment in");
        assert_eq!(said(NotificationKind::Decided, Some("accepted")), "accepted your suggestion in");
        assert_eq!(said(NotificationKind::ApprovalDecided, Some("rejected")), "asked for changes to");
    }

    #[test]
    fn choices_that_are_not_named_keep_their_defaults() {
        let some: Choices = serde_json::from_str(r#"{"reply": "never"}"#).expect("a choice");
        assert_eq!(some, Choices { reply: When::Never, ..Choices::default() });
        serde_json::from_str::<Choices>(r#"{"repli": "never"}"#).expect_err("a typo");
    }
}
