//! Mails: made from the templates beside this file, sent over SMTP in the background.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tracing::{info, warn};

use crate::app::App;
use crate::config::Config;

/// A server that refuses now may take it a little later.
const TRIES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(10)];
const SENT_WITHIN: Duration = Duration::from_secs(20);
/// More than this wait their turn; who asks for a mail again makes the link before void.
const AT_ONCE: usize = 8;
/// What waits beyond this is dropped with a warning: somebody asks for mails in a loop.
const WAITING: usize = 1_000;

/// What a mail says.
#[derive(Clone, Copy)]
pub enum Template {
    Reset,
    Verify,
    Invite,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Template::Reset => include_str!("mail/reset.txt"),
            Template::Verify => include_str!("mail/verify.txt"),
            Template::Invite => include_str!("mail/invite.txt"),
        }
    }
}

/// The way out for mails.
#[derive(Clone)]
pub struct Mail {
    out: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Why the configuration of mails cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("smtp_url cannot be used: {0}")]
    Url(#[from] lettre::transport::smtp::Error),
    #[error("mail_from is no address: {0}")]
    From(#[from] lettre::address::AddressError),
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
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Ok(Mail { out, turns: semaphore(AT_ONCE), waiting: semaphore(WAITING) })
    }

    /// Whether mails can be sent at all.
    pub fn is_there(&self) -> bool {
        self.out.is_some()
    }
}

impl App {
    /// Sends a mail in the background; nothing happens where no server is configured. The first line of a
    /// template is the subject; `{name}` and `{url}` are filled in.
    pub fn send_mail(&self, template: Template, name: &str, address: &str, url: &str) {
        let Some((transport, from)) = self.mail.out.clone() else { return };
        let Ok(place) = self.mail.waiting.clone().try_acquire_owned() else {
            return warn!("too many mails wait: one was dropped");
        };
        let text = template.text().replace("{name}", name).replace("{url}", url).replace("{from}", self.origin());
        let (subject, body) = text.split_once("\n\n").unwrap_or(("Consilium", &text));
        let to = address.parse().map(|address| Mailbox::new(None, address));
        let message = to.map(|to| {
            Message::builder().from(from).to(to).subject(subject).header(ContentType::TEXT_PLAIN).body(body.to_owned())
        });
        let Ok(Ok(message)) = message else { return warn!("a mail could not be made: its address is none") };
        let (turns, app) = (self.mail.turns.clone(), self.clone());
        self.tasks.spawn(async move {
            let _place = place;
            let Ok(_turn) = turns.acquire().await else { return };
            for (tried, wait) in TRIES.into_iter().enumerate() {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = app.until_stopping() => return,
                }
                match transport.send(message.clone()).await {
                    Ok(_) => return info!("a mail was sent"),
                    Err(error) => warn!(%error, tried = tried + 1, "a mail was not sent"),
                }
            }
        });
    }
}
