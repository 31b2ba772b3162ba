//! Who has access to a page, and why: the rights given on the page, on the pages above whose grants it inherits, and by
//! its space. They can also be computed for a place to which the page has not been moved yet.

use std::collections::HashSet;

use access::rights::Standing;
use chrono::{DateTime, Utc};
use database::{Db, DocumentRow, Member};
use serde::Serialize;
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{AccountId, DocumentId, GroupId, Right, Role, SpaceId, Stored, WorkspaceId};

/// A reason why a member has access. `page` is the page above on which the level was given; absent for the document
/// itself.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Reason {
    /// The member is an admin, and admins may do everything in their workspace.
    Admin,
    /// The member created the document.
    Creator,
    /// Every member of the workspace has this level.
    Open { level: Right },
    /// Every member of the workspace has this level on a page above.
    OpenAbove { level: Right },
    /// The level was granted to the member directly.
    Grant {
        level: Right,
        granted_by: Option<AccountId>,
        expires_at: Option<DateTime<Utc>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<DocumentId>,
    },
    /// The level was granted to a group that the member is in.
    Group {
        group_id: GroupId,
        name: String,
        level: Right,
        granted_by: Option<AccountId>,
        expires_at: Option<DateTime<Utc>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<DocumentId>,
    },
    /// The member entered with a link.
    Link {
        level: Right,
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<DocumentId>,
    },
    /// The member is in the space, by name or through this group, or the space is open to the workspace, or it is the
    /// member's own space.
    Space {
        level: Right,
        space_id: SpaceId,
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    },
}

impl Reason {
    fn level(&self) -> Option<Right> {
        match self {
            Reason::Grant { level, .. }
            | Reason::Group { level, .. }
            | Reason::Link { level, .. }
            | Reason::Space { level, .. } => Some(*level),
            Reason::Admin | Reason::Creator | Reason::Open { .. } | Reason::OpenAbove { .. } => None,
        }
    }
}

/// A member who has access.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Holder {
    #[serde(flatten)]
    pub member: Member,
    /// The resulting right, limited by the member's role.
    pub right: Right,
    /// Whether the member can be asked for approval: `right` is at least `approve`, or `approve` was given to a member
    /// whose role does not allow edits.
    pub may_approve: bool,
    reasons: Vec<Reason>,
}

/// The pages and the space that give rights to a page at a place.
#[derive(Clone, Debug)]
pub struct Givers {
    /// The page, and the pages above whose grants apply.
    pages: Vec<DocumentId>,
    /// The space, if the rights that it gives apply.
    space: Option<SpaceId>,
    /// The highest open level of the pages above.
    open: Option<Right>,
}

impl Givers {
    /// The givers at the present place of the page.
    pub async fn of(db: &Db, page: &DocumentRow) -> sqlx::Result<Givers> {
        let above: Vec<(DocumentId,)> =
            db.query("select ancestor_id from inheritance where document_id = $1").bind(page.document_id).all().await?;
        let pages = above.into_iter().map(|(page,)| page).chain([page.document_id]).collect();
        let open = page.inherited_open.as_ref().and_then(Stored::known);
        Ok(Givers { pages, space: page.space_id.filter(|_| page.space_applies), open })
    }

    /// The givers at the top of a space.
    pub fn at_the_top(page: &DocumentRow, space: Option<SpaceId>) -> Givers {
        Givers { pages: vec![page.document_id], space, open: None }
    }

    /// Turns the givers of `parent` into those of a page below `parent`.
    pub fn passed_on(mut self, parent: &DocumentRow, page: &DocumentRow) -> Givers {
        self.pages.push(page.document_id);
        self.open = self.open.max(parent.open_level.as_ref().and_then(Stored::known));
        self
    }

    /// The number of valid links on these pages, without those on the pages of `others`.
    pub async fn links_beyond(&self, db: &Db, others: &Givers) -> sqlx::Result<u64> {
        let known: HashSet<DocumentId> = others.pages.iter().copied().collect();
        let pages: Vec<DocumentId> = self.pages.iter().copied().filter(|page| !known.contains(page)).collect();
        let (links,): (i64,) = db
            .pick(
                "select count(*) from link where document_id in (select value::uuid from jsonb_array_elements_text($1)
                    as one (value)) and (expires_at is null or expires_at > $2)",
                "select count(*) from link where document_id in (select unhex(value) from json_each($1))
                    and (expires_at is null or expires_at > $2)",
            )
            .bind(Json(json!(hex(&pages))))
            .bind(Utc::now())
            .one()
            .await?;
        Ok(links.unsigned_abs())
    }
}

fn hex(pages: &[DocumentId]) -> Vec<String> {
    pages.iter().map(|page| page.0.simple().to_string()).collect()
}

/// A valid grant of a level to a member.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Given {
    account_id: AccountId,
    /// `grant`, `group`, `link`, `space` or `space-group`.
    via: String,
    level: Stored<Right>,
    granted_by: Option<AccountId>,
    expires_at: Option<DateTime<Utc>>,
    group_id: Option<GroupId>,
    group_name: Option<String>,
    page_id: Option<DocumentId>,
}

macro_rules! given {
    () => {
        " select account_id, 'grant' as via, level, granted_by, expires_at, null as group_id, null as group_name,
                 document_id as page_id
            from giver join document_grant using (document_id)
           where workspace_id = $1 and (expires_at is null or expires_at > $3)
          union all
          select account_id, 'group', level, granted_by, expires_at, group_id, name, document_id
            from giver join group_grant using (document_id) join people_group using (group_id)
                 join group_member using (group_id)
           where group_grant.workspace_id = $1 and (expires_at is null or expires_at > $3)
          union all
          select visitor_id, 'link', level, link.created_by, expires_at, null, null, document_id
            from giver join link using (document_id) join link_visitor using (link_id)
           where workspace_id = $1 and (expires_at is null or expires_at > $3)
          union all
          select account_id, 'space', level, added_by, null, null, null, null from space_member where space_id = $4
          union all
          select account_id, 'space-group', level, added_by, null, group_id, name, null
            from space_group join people_group using (group_id) join group_member using (group_id)
           where space_id = $4
          union all
          select owner_id, 'space', 'admin', null, null, null, null, null from space
           where space_id = $4 and owner_id is not null"
    };
}

/// The rights given to people by name, through groups, by links and by the space.
async fn given(db: &Db, workspace: WorkspaceId, givers: &Givers) -> sqlx::Result<Vec<Given>> {
    db.pick(
        concat!(
            "with giver (document_id) as (
                 select value::uuid from jsonb_array_elements_text($2) as one (value))",
            given!()
        ),
        concat!("with giver (document_id) as (select unhex(value) from json_each($2))", given!()),
    )
    .bind(workspace)
    .bind(Json(json!(hex(&givers.pages))))
    .bind(Utc::now())
    .bind(givers.space)
    .all()
    .await
}

/// The members who have access to a page through these givers.
pub async fn holders(db: &Db, page: &DocumentRow, givers: &Givers, people: Vec<Member>) -> sqlx::Result<Vec<Holder>> {
    let own_open = page.open_level.as_ref().and_then(Stored::known);
    let given = given(db, page.workspace_id, givers).await?;
    let open_space = match givers.space {
        None => None,
        Some(space) => open_level_of(db, space).await?.map(|level| (space, level)),
    };
    let holder = |member: Member| {
        let own = given.iter().filter(|given| given.account_id == member.account_id);
        let mut reasons: Vec<Reason> = own.filter_map(|given| reason(given, page, givers)).collect();
        reasons.extend(open_space.map(|(space_id, level)| Reason::Space { level, space_id, group: None }));
        let grant = reasons.iter().filter_map(Reason::level).max();
        let is_creator = page.created_by == Some(member.account_id);
        let role = member.role.known()?;
        let standing = Standing { role, is_creator, grant, open: own_open.max(givers.open) };
        let right = standing.right()?;
        reasons.extend(own_open.map(|level| Reason::Open { level }));
        reasons.extend(givers.open.map(|level| Reason::OpenAbove { level }));
        reasons.extend(is_creator.then_some(Reason::Creator));
        reasons.extend((role == Role::Admin).then_some(Reason::Admin));
        Some(Holder { member, right, may_approve: standing.may_approve(), reasons })
    };
    Ok(people.into_iter().filter_map(holder).collect())
}

async fn open_level_of(db: &Db, space: SpaceId) -> sqlx::Result<Option<Right>> {
    let found: Option<(Option<Stored<Right>>,)> =
        db.query("select open_level from space where space_id = $1").bind(space).optional().await?;
    Ok(found.and_then(|(level,)| level).as_ref().and_then(Stored::known))
}

fn reason(given: &Given, page: &DocumentRow, givers: &Givers) -> Option<Reason> {
    let level = given.level.known()?;
    let (granted_by, expires_at) = (given.granted_by, given.expires_at);
    let above = given.page_id.filter(|giver| *giver != page.document_id);
    Some(match (given.via.as_str(), given.group_id, &given.group_name) {
        ("group", Some(group_id), Some(name)) => {
            Reason::Group { group_id, name: name.clone(), level, granted_by, expires_at, page: above }
        }
        ("link", ..) => Reason::Link { level, page: above },
        ("space" | "space-group", _, group) => Reason::Space { level, space_id: givers.space?, group: group.clone() },
        _ => Reason::Grant { level, granted_by, expires_at, page: above },
    })
}
