//! Sends mails over SMTP. The content of a mail belongs to the feature that sends it.

use std::time::Duration;

use endpoint::Error;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use thiserror::Error as ThisError;

use crate::Config;

const SENT_WITHIN: Duration = Duration::from_secs(20);

/// The mail transport.
#[derive(Clone)]
pub struct Mail {
    out: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
}

/// An error in the mail configuration.
#[derive(Debug, ThisError)]
pub enum MailError {
    #[error("smtp_url cannot be used: {0}")]
    Url(#[from] lettre::transport::smtp::Error),
    #[error("mail_from is not an address: {0}")]
    From(#[from] lettre::address::AddressError),
}

/// Why a mail was not sent.
#[derive(Debug, ThisError)]
pub enum SendError {
    #[error("no mail server is configured")]
    NoServer,
    #[error("the address is not valid: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail cannot be created: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("the mail server did not accept it: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("its link cannot be created: {0}")]
    Link(#[from] Error),
}

impl SendError {
    /// Whether sending the same mail later may succeed.
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

    /// Sends a mail. The first line of a template is the subject; `{name}`, `{url}` and `{from}` are filled in, in the
    /// order given. `stop` is the URL for one-click unsubscription (RFC 8058).
    pub async fn send(
        &self,
        template: &str,
        to: &str,
        fill: &[(&str, &str)],
        stop: Option<&str>,
    ) -> Result<(), SendError> {
        let (transport, from) = self.out.as_ref().ok_or(SendError::NoServer)?;
        let text = fill.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value));
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

    /// Whether a mail server is configured.
    pub fn is_there(&self) -> bool {
        self.out.is_some()
    }
}
