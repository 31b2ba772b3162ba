//! Reminds people of a step of an approval that waits for them: a day before the step is due, and when it is overdue.
//! Each reminder is sent once, until the due date changes.

mod rows;

use crate::approvals::rows as approvals;
use chrono::{DateTime, TimeDelta, Utc};
use database::{Actor, NewJob};
use vocabulary::{ApprovalId, ApprovalState, DocumentId, WorkspaceId};

use crate::approvals::steps::{earlier, steps_of};
use access::App;
use access::queued_work::{Failure, Work, job};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};

/// How long before the due date people are reminded. In a step of less than two days, half of the step's time.
const BEFORE: TimeDelta = TimeDelta::days(1);

/// The reminder of a step of an approval that is due soon.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "remind")]
pub struct Reminder {
    workspace: WorkspaceId,
    document: DocumentId,
    approval: ApprovalId,
    step: usize,
}

impl Work for Reminder {
    const KIND: &'static str = "remind";

    fn once(&self) -> Option<String> {
        Some(format!("{}/{}", self.approval, self.step))
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        Ok(remind(&app, self.workspace, self.document, self.approval, self.step).await?)
    }
}

/// The job that reminds people of the current step; `None` if the step has no due date.
///
/// # Errors
/// When the job cannot be serialized, which is a bug.
pub fn of_step(
    workspace: WorkspaceId,
    document: DocumentId,
    approval: ApprovalId,
    on: usize,
    due_at: Option<DateTime<Utc>>,
) -> Result<Option<NewJob>> {
    let Some(due) = due_at else { return Ok(None) };
    let reminder = Reminder { workspace, document, approval, step: on };
    Ok(Some(job(&reminder, first(Utc::now(), due))?))
}

/// The time of the first reminder of a step that begins now.
fn first(now: DateTime<Utc>, due: DateTime<Utc>) -> DateTime<Utc> {
    due - BEFORE.min((due - now) / 2)
}

/// Reminds the people who have not decided, if the step is still current. Returns the time of the next reminder.
async fn remind(
    app: &App,
    workspace: WorkspaceId,
    document: DocumentId,
    approval: ApprovalId,
    on: usize,
) -> Result<Option<DateTime<Utc>>> {
    let found = approvals::of_document(&app.db, workspace, document).await?;
    let still = |one: &crate::approvals::rows::Approval| {
        one.approval_id == approval && one.state == ApprovalState::Pending && one.step == on as i64
    };
    let Some(found) = found.into_iter().find(still) else { return Ok(None) };
    let steps = steps_of(&found).map_err(|error| Error::Internal(error.to_string()))?;
    let Some(step) = steps.get(on) else { return Ok(None) };
    let Some(due) = earlier(found.due_at, step.due_at) else { return Ok(None) };
    let is_overdue = due <= Utc::now();
    let (by, request) = (Actor::system(workspace), (approval, found.version));
    let told_at = if is_overdue { found.overdue_told_at } else { found.due_told_at };
    if told_at.is_none() && !rows::tell(&app.db, &by, document, request, &step.asked(), is_overdue).await? {
        // Somebody has decided or changed the due date meanwhile, so look again.
        return Ok(Some(Utc::now()));
    }
    Ok((!is_overdue).then_some(due))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_reminded_in_time() {
        let now = Utc::now();
        let first_of = |days: i64| first(now, now + TimeDelta::days(days)) - now;
        assert_eq!(first_of(5), TimeDelta::days(4));
        assert_eq!(first_of(2), TimeDelta::days(1));
        assert_eq!(first_of(1), TimeDelta::hours(12));
    }
}
