//! The spaces in an export of a workspace: their properties, members and groups.

use access::App;
use database::sort_key::sort_by_name;
use endpoint::Result;
use library::spaces::rows as spaces;
use serde_json::{Value, json};
use vocabulary::{SpaceId, WorkspaceId};

use crate::people::People;

/// The title of a space's folder.
pub fn title(name: &str, owner: &str) -> String {
    if name.is_empty() { format!("Pages of {owner}") } else { name.to_owned() }
}

/// The description of the space in this folder; `None` if the space was removed meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn described(app: &App, workspace: WorkspaceId, space: SpaceId, folder: &str) -> Result<Option<Value>> {
    let Some(row) = spaces::find(&app.db, workspace, space).await? else { return Ok(None) };
    let mut people = People::of(&app.db);
    let mut members = Vec::new();
    for member in sort_by_name(spaces::members(&app.db, workspace, space).await?, |member| &member.email) {
        let person = people.person(member.account_id.0, &member.name).await?;
        members.push(json!({ "name": person.name, "email": person.email, "level": member.level }));
    }
    let groups = spaces::groups(&app.db, workspace, space).await?;
    let groups: Vec<Value> = groups.iter().map(|group| json!({ "name": group.name, "level": group.level })).collect();
    let owner = match row.owner_id {
        Some(owner) => Some(people.account(owner.0).await?),
        None => None,
    };
    Ok(Some(json!({
        "folder": folder,
        "name": row.name,
        "icon": row.icon,
        "description": row.description,
        "open_level": row.open_level,
        "owner": owner,
        "members": members,
        "groups": groups,
    })))
}
