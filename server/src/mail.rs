//! Mails: made from the templates beside this file, sent over SMTP. What must be sent waits in the queue of jobs;
//! the secrets of links are made when a mail is.

pub mod news;

use database::{Account, Actor, Purpose, members, proofs};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use thiserror::Error as ThisError;
use vocabulary::AccountId;

use crate::app::App;
use crate::auth::Token;
use crate::config::Config;
use crate::error::Error;

const SENT_WITHIN: Duration = Duration::from_secs(20);
/// What a mail says.
#[derive(Clone, Copy)]
enum Template {
    Reset,
    Verify,
    Invite,
    News,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Template::Reset => include_str!("mail/reset.txt"),
            Template::Verify => include_str!("mail/verify.txt"),
            Template::Invite => include_str!("mail/invite.txt"),
            Template::News => include_str!("mail/news.txt"),
        }
    }
}

/// The way out for mails.
#[derive(Clone)]
pub struct Mail {
    out: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
}

/// Why the configuration of mails cannot be used.
#[derive(Debug, ThisError)]
pub enum MailError {
    #[error("smtp_url cannot be used: {0}")]
    Url(#[from] lettre::transport::smtp::Error),
    #[error("mail_from is no address: {0}")]
    From(#[from] lettre::address::AddressError),
}

/// Why a mail was not sent.
#[derive(Debug, ThisError)]
pub enum SendError {
    #[error("no mail server is configured")]
    NoServer,
    #[error("the address is none: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail cannot be made: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("the mail server did not take it: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("its link cannot be made: {0}")]
    Link(#[from] Error),
}

impl SendError {
    /// Whether the same mail may be taken later.
    pub fn may_pass(&self) -> bool {
        match self {
            SendError::Smtp(error) => !error.is_permanent(),
            SendError::NoServer | SendError::Link(_) => true,
            SendError::Address(_) | SendError::Message(_) => false,
        }
    }
}

impl Mail {
    /// # Errors
    /// [`MailError`].
    pub fn new(config: &Config) -> Result<Mail, MailError> {
        let out = match config.smtp_url.expose_secret() {
            "" => None,
            url => {
                let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(SENT_WITHIN)).build();
                Some((transport, config.mail_from.parse()?))
            }
        };
        Ok(Mail { out })
    }

    /// Sends a mail. The first line of a template is the subject; `{name}`, `{url}` and `{from}` are filled in, in
    /// the order given. `stop`: the URL that mail programs POST to when somebody wants no more of these (RFC 8058).
    async fn send(
        &self,
        template: Template,
        to: &str,
        fill: &[(&str, &str)],
        stop: Option<&str>,
    ) -> Result<(), SendError> {
        let (transport, from) = self.out.as_ref().ok_or(SendError::NoServer)?;
        let text = fill.iter().fold(template.text().to_owned(), |text, (name, value)| text.replace(name, value));
        let (subject, body) = text.split_once("\n\n").unwrap_or(("Consilium", &text));
        let to = Mailbox::new(None, to.parse()?);
        let mut message = Message::builder().from(from.clone()).to(to).subject(subject);
        if let Some(stop) = stop {
            let header = |name, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
            message = message
                .raw_header(header("List-Unsubscribe", format!("<{stop}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        transport.send(message.header(ContentType::TEXT_PLAIN).body(body.to_owned())?).await?;
        Ok(())
    }

    /// Whether mails can be sent at all.
    pub fn is_there(&self) -> bool {
        self.out.is_some()
    }
}

/// Mails the link by which somebody sets a new password.
///
/// # Errors
/// [`SendError`].
pub async fn send_reset(app: &App, by: &Actor, account: AccountId) -> Result<(), SendError> {
    match account_of(app, account).await? {
        Some(account) => send_link(app, by, &account, Purpose::Reset).await,
        None => Ok(()),
    }
}

/// Mails the link that proves an address, unless it is proven.
///
/// # Errors
/// [`SendError`].
pub async fn send_verification(app: &App, by: &Actor, account: AccountId) -> Result<(), SendError> {
    match account_of(app, account).await?.filter(|account| account.email_verified_at.is_none()) {
        Some(account) => send_link(app, by, &account, Purpose::Verify).await,
        None => Ok(()),
    }
}

/// Mails an invitation.
///
/// # Errors
/// [`SendError`].
pub async fn send_invite(
    app: &App,
    by: &Actor,
    inviter: AccountId,
    role: String,
    address: &str,
) -> Result<(), SendError> {
    let Some(account) = account_of(app, inviter).await? else { return Ok(()) };
    let token = Token::new();
    members::add_invite(&app.db, by, role, inviter, token.hash).await.map_err(Error::from)?;
    let url = format!("{}/invite/{}", app.origin(), token.text);
    let fill = [("{name}", account.name.as_str()), ("{url}", &url), ("{from}", app.origin())];
    app.mail.send(Template::Invite, address, &fill, None).await
}

async fn account_of(app: &App, account: AccountId) -> Result<Option<Account>, Error> {
    Ok(proofs::account(&app.db, account).await?.filter(|account| account.disabled_at.is_none()))
}

async fn send_link(app: &App, by: &Actor, account: &Account, purpose: Purpose) -> Result<(), SendError> {
    let url = make_link(app, by, account, purpose).await?;
    let template = match purpose {
        Purpose::Reset => Template::Reset,
        Purpose::Verify => Template::Verify,
    };
    let fill = [("{name}", account.name.as_str()), ("{url}", &url), ("{from}", app.origin())];
    app.mail.send(template, &account.email, &fill, None).await
}

/// Makes a link for one purpose; the one before is void. Its secret stands behind the `#`, which browsers send to
/// nobody.
pub async fn make_link(app: &App, by: &Actor, account: &Account, purpose: Purpose) -> Result<String, Error> {
    let token = Token::new();
    proofs::add_mail_link(&app.db, by, account, purpose, token.hash).await?;
    let page = match purpose {
        Purpose::Reset => "reset",
        Purpose::Verify => "verify",
    };
    Ok(format!("{}/{page}#{}", app.origin(), token.text))
}
