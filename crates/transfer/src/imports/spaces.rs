//! The spaces of a workspace that an operator restores.

use access::App;
use database::{Tx, groups};
use library::creation::batch::Batch;
use library::spaces::rows::{self as spaces, RestoredSpace};
use vocabulary::{DocumentId, SpaceId};

use super::failure::Failure;
use super::plan::Plan;
use super::report::Report;
use super::rows::Import;
use crate::exports::spaces::title;
use crate::people::Known;

/// A space to which pages go.
pub enum Ready {
    /// The personal space of a member, which exists already.
    Personal(SpaceId),
    New(RestoredSpace),
}

/// Prepares the spaces, and finds their members and groups.
///
/// # Errors
/// When the database does not answer.
pub async fn ready(app: &App, import: &Import, plan: &Plan, report: &mut Report) -> Result<Vec<Ready>, Failure> {
    let workspace = import.workspace_id;
    let mut known = Known::of(&app.db, workspace);
    let there = groups::list(&app.db, workspace).await?;
    let mut found = Vec::with_capacity(plan.spaces.len());
    for space in &plan.spaces {
        let owner = match &space.owner {
            Some(owner) => known.member(owner).await?,
            None => None,
        };
        if let Some(owner) = owner {
            found.push(Ready::Personal(spaces::personal(&app.db, workspace, owner).await?.space_id));
            continue;
        }
        let mut members = Vec::new();
        for member in &space.members {
            match known.member(&member.person).await? {
                Some(account) => members.push((account, member.level)),
                None => report.add(
                    &space.folder,
                    "A member of the space is no member of the workspace",
                    &member.person.name,
                ),
            }
        }
        let mut given = Vec::new();
        for group in &space.groups {
            match there.iter().find(|there| there.name == group.name) {
                Some(there) => given.push((there.group_id, group.level)),
                None => report.add(&space.folder, "There is no such group", &group.name),
            }
        }
        let owner = space.owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default();
        found.push(Ready::New(RestoredSpace {
            name: title(&space.name, &owner),
            icon: space.icon.clone(),
            description: space.description.clone(),
            open_level: space.open_level,
            created_by: import.created_by,
            members,
            groups: given,
        }));
    }
    Ok(found)
}

/// Adds the spaces, and puts the pages into them, in the transaction that shows the pages.
///
/// # Errors
/// When the database does not answer.
pub async fn add(tx: &mut Tx, import: &Import, plan: &Plan, batch: &Batch, ready: Vec<Ready>) -> Result<(), Failure> {
    for (number, space) in ready.into_iter().enumerate() {
        let id = match space {
            Ready::Personal(id) => id,
            Ready::New(space) => spaces::restore(tx, &import.actor.0, space).await?,
        };
        let pages: Vec<DocumentId> =
            plan.pages.iter().filter(|page| page.space == Some(number)).map(|page| page.document).collect();
        batch.settle(tx, id, &pages).await?;
    }
    Ok(())
}
