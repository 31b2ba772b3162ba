//! Who gains or loses access when a page moves: compares everybody's rights now with those at the new place.

use std::collections::BTreeMap;

use access::App;
use database::{DocumentRow, documents, members};
use endpoint::{Error, Result};
use serde::Serialize;
use vocabulary::{AccountId, Right, WorkspaceId};

use super::rows::Place;
use crate::shares::access_list::{Givers, Holder, holders};

/// A member whose right changes.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Effect {
    pub account_id: AccountId,
    pub name: String,
    /// Absent when the member has no access now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Right>,
    /// Absent when the member loses access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Right>,
}

/// What a move changes for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Effects {
    /// Members who have a higher right afterwards.
    pub gains: Vec<Effect>,
    /// Members who have a lower right afterwards, or none.
    pub losses: Vec<Effect>,
    /// The number of links to pages above this one that open this page after the move, but not now.
    pub links_gained: u64,
    /// The number of links to pages above this one that open this page now, but not after the move.
    pub links_lost: u64,
}

impl Effects {
    pub fn are_none(&self) -> bool {
        *self == Effects::default()
    }
}

/// Compares the rights to a page at its present place with those at another place.
pub(super) async fn of(app: &App, workspace: WorkspaceId, page: &DocumentRow, place: &Place) -> Result<Effects> {
    let now = Givers::of(&app.db, page).await?;
    let then = match place.parent {
        None => Givers::at_the_top(page, place.space),
        Some(parent) => {
            let parent = documents::find(&app.db, workspace, parent).await?.ok_or(Error::NotFound("document"))?;
            Givers::of(&app.db, &parent).await?.passed_on(&parent, page)
        }
    };
    let people = members::list(&app.db, workspace).await?;
    let names: BTreeMap<AccountId, String> =
        people.iter().map(|member| (member.account_id, member.name.clone())).collect();
    let before = rights(holders(&app.db, page, &now, people.clone()).await?);
    let after = rights(holders(&app.db, page, &then, people).await?);
    let mut effects = Effects {
        links_gained: then.links_beyond(&app.db, &now).await?,
        links_lost: now.links_beyond(&app.db, &then).await?,
        ..Effects::default()
    };
    for (account_id, name) in names {
        let (before, after) = (before.get(&account_id).copied(), after.get(&account_id).copied());
        let effect = Effect { account_id, name, before, after };
        match before.cmp(&after) {
            std::cmp::Ordering::Less => effects.gains.push(effect),
            std::cmp::Ordering::Greater => effects.losses.push(effect),
            std::cmp::Ordering::Equal => {}
        }
    }
    Ok(effects)
}

fn rights(holders: Vec<Holder>) -> BTreeMap<AccountId, Right> {
    holders.into_iter().map(|holder| (holder.member.account_id, holder.right)).collect()
}
