//! The rows of a person's stored data: the picture, the copy of everything, and its erasure.

use database::{Account, Act, Actor, AuditRow, Db, Device, Membership, Tx, accounts, members, sessions};
use notify::inbox::rows as inbox_rows;
use notify::jobs::rows as job_rows;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use vocabulary::{AccountId, DocumentId, Event, SpaceId};

/// A person's data, as the copy shows it.
#[derive(Clone, Debug, Serialize)]
pub struct PersonalData {
    pub account: Value,
    pub workspaces: Vec<Membership>,
    pub groups: Vec<String>,
    pub devices: Vec<Device>,
    /// The documents that the person created: id and title.
    pub documents: Vec<(DocumentId, String)>,
    pub shares: Vec<Share>,
    pub comments: Vec<Said>,
    /// What the person suggested: document, the text before and after, and the time.
    pub suggestions: Vec<(DocumentId, String, String, DateTime<Utc>)>,
    /// The person's own templates.
    pub templates: Vec<OwnTemplate>,
    /// The person's favourites in each workspace, in their order.
    pub favourites: Vec<Kept>,
    /// The documents that the person opened or edited in the last 90 days.
    pub recent: Vec<Kept>,
    /// What the person watches.
    pub watches: Vec<WatchedByPerson>,
    /// The person's saved searches: name and query.
    pub searches: Vec<(String, String)>,
    /// The person's notifications: kind, document and time.
    pub notifications: Vec<Told>,
    /// The person's actions and the actions on their account, newest first.
    pub audit: Vec<AuditRow>,
}

#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Share {
    pub document_id: DocumentId,
    pub level: String,
    pub granted_by: Option<AccountId>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A comment by the person.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Said {
    pub document_id: DocumentId,
    pub body: String,
    pub created_at: DateTime<Utc>,
}

/// A template that only the person uses; its text is in the editor's JSON.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct OwnTemplate {
    pub title: String,
    pub description: String,
    pub text: Json<Value>,
}

/// A document that the person keeps at hand, or used lately.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Kept {
    pub document_id: DocumentId,
    pub at: DateTime<Utc>,
}

/// A document or space that the person watches.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct WatchedByPerson {
    pub document_id: Option<DocumentId>,
    pub space_id: Option<SpaceId>,
    pub created_at: DateTime<Utc>,
}

/// A notification of the person.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Told {
    pub kind: String,
    pub document_id: DocumentId,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

/// A person's picture.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Avatar {
    pub media_type: String,
    pub picture: Vec<u8>,
    pub changed_at: DateTime<Utc>,
}

pub async fn avatar(db: &Db, account: AccountId) -> sqlx::Result<Option<Avatar>> {
    db.query("select media_type, picture, changed_at from avatar where account_id = $1").bind(account).optional().await
}

/// Sets or removes a picture.
pub async fn set_avatar(db: &Db, by: &Actor, account: AccountId, avatar: Option<Avatar>) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    match avatar {
        Some(avatar) => {
            tx.query(
                "insert into avatar (account_id, media_type, picture, changed_at) values ($1, $2, $3, $4)
                 on conflict (account_id) do update set media_type = excluded.media_type,
                    picture = excluded.picture, changed_at = excluded.changed_at",
            )
            .bind(account)
            .bind(avatar.media_type)
            .bind(avatar.picture)
            .bind(avatar.changed_at)
            .execute()
            .await?
        }
        None => tx.query("delete from avatar where account_id = $1").bind(account).execute().await?,
    };
    tx.emit(by, Event::AvatarSet { account }).await?;
    tx.commit().await
}

/// Returns all data stored about a person.
///
/// # Errors
/// When the database does not answer, or there is no such account.
pub async fn personal_data(db: &Db, by: &Actor, account: AccountId) -> sqlx::Result<PersonalData> {
    let found: Account = accounts::find(db, account).await?.ok_or(sqlx::Error::RowNotFound)?;
    db.record(by, Act::account("account.export", account)).await?;
    let groups: Vec<(String,)> = db
        .query("select name from people_group join group_member using (group_id) where account_id = $1 order by name")
        .bind(account)
        .all()
        .await?;
    let documents = db
        .query("select document_id, title from document where created_by = $1 and purged_at is null order by title")
        .bind(account)
        .all()
        .await?;
    let shares = db
        .query("select document_id, level, granted_by, expires_at from document_grant where account_id = $1")
        .bind(account)
        .all()
        .await?;
    let comments = db
        .query(
            "select document_id, body, created_at from comment
              where author_id = $1 and deleted_at is null order by comment_id",
        )
        .bind(account)
        .all()
        .await?;
    let suggestions = db
        .query(
            "select thread.document_id, before_text, coalesce(replacement, ''), created_at
               from thread join suggestion on suggestion_id = thread_id where created_by = $1 order by suggestion_id",
        )
        .bind(account)
        .all()
        .await?;
    let templates = db
        .query("select title, description, text from template where owner_id = $1 order by template_id")
        .bind(account)
        .all()
        .await?;
    let favourites = db
        .query(
            "select document_id, created_at as at from favourite
              where account_id = $1 order by workspace_id, position, document_id",
        )
        .bind(account)
        .all()
        .await?;
    let recent = db
        .query("select document_id, at from recent where account_id = $1 order by at desc, document_id")
        .bind(account)
        .all()
        .await?;
    let watches = db
        .query("select document_id, space_id, created_at from watch where account_id = $1 order by created_at")
        .bind(account)
        .all()
        .await?;
    let searches = db
        .query("select name, query from saved_search where account_id = $1 order by search_id")
        .bind(account)
        .all()
        .await?;
    let notifications = db
        .query(
            "select kind, document_id, created_at, read_at from notification
              where account_id = $1 order by notification_id",
        )
        .bind(account)
        .all()
        .await?;
    let audit = db
        .query(
            "select audit.audit_id, at, actor_kind, actor_id, action, resource_kind, resource_id, outcome,
                    sensitivity, detail, request_id, value as personal, position
               from audit left join audit_personal on audit_personal.audit_id = audit.audit_id
              where actor_id = $1 or subject_id = $1 order by audit.audit_id desc",
        )
        .bind(account)
        .all()
        .await?;
    Ok(PersonalData {
        account: json!({
            "account_id": found.account_id, "email": found.email, "name": found.name, "color": found.color,
            "department": found.department, "time_zone": found.time_zone, "locale": found.locale,
            "created_at": found.created_at, "email_verified_at": found.email_verified_at,
            "second_step_since": found.totp_at, "mails": inbox_rows::mail_setting(db, account).await?.map(|mails| mails.choices),
        }),
        workspaces: members::memberships(db, account).await?,
        groups: groups.into_iter().map(|(name,)| name).collect(),
        devices: sessions::of_account(db, account).await?,
        documents,
        shares,
        comments,
        suggestions,
        templates,
        favourites,
        recent,
        watches,
        searches,
        notifications,
        audit,
    })
}

/// Erases a person: the name, address, picture, devices, keys and the personal part of the audit log are deleted. The
/// id stays, so that the person's writing and actions keep an author, and the audit log its chain. Waiting mails about
/// the person, stored answers to others that name the person, and records of sign-ins that were tried with the address
/// before there was an account are deleted too. `false` for an owner of a workspace, and when there is no such person
/// in the workspace.
pub async fn erase(db: &Db, by: &Actor, account: AccountId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let email: Option<(String,)> =
        tx.query("select email from account where account_id = $1").bind(account).optional().await?;
    let Some((email,)) = email else { return Ok(false) };
    let erased = tx
        .query(
            "update account set email = $3, name = 'Deleted user', color = '#5e6470', password_hash = '',
                    department = '', time_zone = '', locale = '', email_verified_at = null, totp_secret = null,
                    totp_at = null, disabled_at = $4, erased_at = $4
              where account_id = $2 and erased_at is null
                and account_id in (select account_id from membership where workspace_id = $1)
                and account_id not in (select account_id from membership where is_owner = true)",
        )
        .bind(by.workspace)
        .bind(account)
        .bind(format!("erased-{}@invalid", Uuid::new_v4()))
        .bind(Utc::now())
        .execute()
        .await?;
    if erased == 0 {
        return Ok(false);
    }
    sessions::revoke_all(&mut tx, account, None).await?;
    forget(&mut tx, account).await?;
    // Sign-ins that somebody tried with the address before there was an account, and mails to it.
    tx.query(
        "delete from audit_personal where lower(value) like $1 escape '!'
            and audit_id in (select audit_id from audit where action = 'session.begin' and actor_id is null)",
    )
    .bind(format!("%\"email\":\"{}\"%", escaped(&email)))
    .execute()
    .await?;
    job_rows::forget_mails_of(&mut tx, account, &escaped(&email)).await?;
    tx.emit(by, Event::AccountErased { account }).await?;
    tx.commit().await?;
    Ok(true)
}

/// Repeats the erasure of people who were erased between two times, because requests that were in progress then may
/// have written data since.
pub async fn erase_again(db: &Db, since: DateTime<Utc>, until: DateTime<Utc>) -> sqlx::Result<()> {
    let erased: Vec<(AccountId,)> = db
        .query("select account_id from account where erased_at > $1 and erased_at <= $2")
        .bind(since)
        .bind(until)
        .all()
        .await?;
    for (account,) in erased {
        let mut tx = db.begin().await?;
        forget(&mut tx, account).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Deletes everything personal of an account that is erased, which is found by its id.
async fn forget(tx: &mut Tx, account: AccountId) -> sqlx::Result<()> {
    for gone in [
        "delete from avatar where account_id = $1",
        "delete from recovery_code where account_id = $1",
        "delete from mail_link where account_id = $1",
        "delete from identity where account_id = $1",
        "delete from api_key where account_id = $1",
        "delete from document_grant where account_id = $1",
        "delete from group_member where account_id = $1",
        "delete from space_member where account_id = $1",
        "delete from favourite where account_id = $1",
        "delete from recent where account_id = $1",
        "delete from watch where account_id = $1",
        "update space set owner_id = null, name = 'Deleted user'
          where owner_id = $1 or (created_by = $1 and name = (select name from account where account_id = $1))",
        "delete from notification where account_id = $1",
        "delete from mail_setting where account_id = $1",
        "delete from reading where account_id = $1",
        "delete from template where owner_id = $1",
        "delete from saved_search where account_id = $1",
        "delete from import where created_by = $1",
        "update import_page set author_name = '' where author_id = $1",
        "delete from export where created_by = $1",
        "delete from idempotent_answer where account_id = $1",
        "delete from link_visitor where visitor_id = $1",
        "update session set agent = '' where account_id = $1",
        "delete from audit_personal where subject_id = $1",
        "delete from audit_personal where audit_id in (select audit_id from audit where actor_id = $1)",
    ] {
        tx.query(gone).bind(account).execute().await?;
    }
    // An answer about the person contains the id beside the name.
    tx.query("delete from idempotent_answer where path like $1 or body like $1")
        .bind(format!("%{account}%"))
        .execute()
        .await?;
    job_rows::forget_mails_of(tx, account, &account.to_string()).await
}

/// Escapes a text for a pattern of `like … escape '!'`.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| ['!', '%', '_'].contains(&c).then_some('!').into_iter().chain([c])).collect()
}
