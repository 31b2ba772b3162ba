//! Mails about accounts: setting a new password, verifying an address, invitations. Mails wait in the queue; the
//! secrets of their links are created only when a mail is sent.

use crate::mail_links::rows as mail_link_rows;
use crate::mail_links::rows::Purpose;
use access::queued_work::{Failure, Work};
use access::{App, SendError, Token};
use chrono::{DateTime, Utc};
use database::{Account, Actor, accounts, members};
use endpoint::Error;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{AccountId, Role, Stored};

const RESET: &str = include_str!("mails/reset.txt");
const VERIFY: &str = include_str!("mails/verify.txt");
const INVITE: &str = include_str!("mails/invite.txt");

/// The mail with the link for setting a new password.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "reset")]
pub struct ResetMail {
    pub by: Actor,
    pub account: AccountId,
}

/// The mail with the link that verifies an address.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "verify")]
pub struct VerificationMail {
    pub by: Actor,
    pub account: AccountId,
}

/// The mail with an invitation. It has its own link, separate from the one that the inviter saw.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "invite")]
pub struct InvitationMail {
    pub by: Actor,
    pub inviter: AccountId,
    pub role: Stored<Role>,
    pub address: String,
    /// The id of the invitation, the same in each attempt to send the mail, so that there is only one invitation.
    #[serde(default = "Uuid::now_v7")]
    pub invitation: Uuid,
}

impl Work for ResetMail {
    const KIND: &'static str = "mail-reset";

    fn once(&self) -> Option<String> {
        Some(self.account.to_string())
    }

    async fn perform(self, app: App) -> Result<Option<DateTime<Utc>>, Failure> {
        send_reset(&app, &self.by, self.account).await?;
        Ok(None)
    }
}

impl Work for VerificationMail {
    const KIND: &'static str = "mail-verify";

    fn once(&self) -> Option<String> {
        Some(self.account.to_string())
    }

    async fn perform(self, app: App) -> Result<Option<DateTime<Utc>>, Failure> {
        send_verification(&app, &self.by, self.account).await?;
        Ok(None)
    }
}

impl Work for InvitationMail {
    const KIND: &'static str = "mail-invite";

    fn once(&self) -> Option<String> {
        None
    }

    async fn perform(self, app: App) -> Result<Option<DateTime<Utc>>, Failure> {
        send_invite(&app, self).await?;
        Ok(None)
    }
}

/// Mails the link for setting a new password.
///
/// # Errors
/// [`SendError`].
pub async fn send_reset(app: &App, by: &Actor, account: AccountId) -> Result<(), SendError> {
    match accounts::find_enabled(&app.db, account).await.map_err(Error::from)? {
        Some(account) => send_link(app, by, &account, Purpose::Reset).await,
        None => Ok(()),
    }
}

/// Mails the link that verifies an address, unless it is already verified.
///
/// # Errors
/// [`SendError`].
pub async fn send_verification(app: &App, by: &Actor, account: AccountId) -> Result<(), SendError> {
    match accounts::find_enabled(&app.db, account)
        .await
        .map_err(Error::from)?
        .filter(|account| account.email_verified_at.is_none())
    {
        Some(account) => send_link(app, by, &account, Purpose::Verify).await,
        None => Ok(()),
    }
}

/// Mails an invitation.
///
/// # Errors
/// [`SendError`].
async fn send_invite(app: &App, mail: InvitationMail) -> Result<(), SendError> {
    let InvitationMail { by, inviter, role, address, invitation } = mail;
    let Some(account) = accounts::find_enabled(&app.db, inviter).await.map_err(Error::from)? else { return Ok(()) };
    let token = Token::new();
    members::add_invite(&app.db, &by, invitation, role, inviter, token.hash.clone()).await.map_err(Error::from)?;
    // The invitation was revoked or used since the last attempt.
    let Some(preview) = members::look_at_invite(&app.db, token.hash).await.map_err(Error::from)? else { return Ok(()) };
    let url = format!("{}/invite/{}", app.origin(), token.text);
    let fill = [
        ("{name}", account.name.as_str()),
        ("{workspace}", &preview.workspace),
        ("{url}", &url),
        ("{from}", app.origin()),
    ];
    app.mail.send(INVITE, &address, &fill, None).await
}

async fn send_link(app: &App, by: &Actor, account: &Account, purpose: Purpose) -> Result<(), SendError> {
    let url = make_link(app, by, account, purpose).await?;
    let template = match purpose {
        Purpose::Reset => RESET,
        Purpose::Verify => VERIFY,
    };
    let fill = [("{name}", account.name.as_str()), ("{url}", &url), ("{from}", app.origin())];
    app.mail.send(template, &account.email, &fill, None).await
}

/// Creates a link for one purpose and invalidates the previous one. Its secret follows the `#`, which browsers never
/// send.
pub async fn make_link(app: &App, by: &Actor, account: &Account, purpose: Purpose) -> Result<String, Error> {
    let token = Token::new();
    mail_link_rows::add(&app.db, by, account, purpose, token.hash).await?;
    let page = match purpose {
        Purpose::Reset => "reset",
        Purpose::Verify => "verify",
    };
    Ok(format!("{}/{page}#{}", app.origin(), token.text))
}
