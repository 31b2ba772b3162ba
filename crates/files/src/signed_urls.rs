//! URLs of files that a browser can open without a key. They contain the person for whom they were signed, and the
//! minute in which they expire. The right of that person is looked up again whenever such a URL is used.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Db, nodes};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;
use uuid::Uuid;
use vocabulary::AttachmentId;

use crate::attachments::Rendering;

/// How long URLs are valid: long enough for a page to load its pictures over a slow line. When they have expired, a
/// page requests new ones.
const LASTS: TimeDelta = TimeDelta::minutes(5);
const MAC_BYTES: usize = 16;
/// The name of the key among the values that the nodes share.
const NAME: &str = "file-urls";

/// The key with which the nodes of an instance sign.
#[derive(Clone)]
pub struct UrlKey(Vec<u8>);

/// The contents of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    pub attachment: AttachmentId,
    pub number: i64,
    pub rendering: Rendering,
    /// An account or a guest.
    pub person: Uuid,
    pub until: DateTime<Utc>,
}

/// When URLs that are signed now expire: in five to six minutes, at a whole minute, so that a page that asks again gets
/// the same URLs for a while, and can use its cache.
pub fn valid_until(now: DateTime<Utc>) -> DateTime<Utc> {
    let until = now + LASTS;
    DateTime::from_timestamp((until.timestamp() / 60 + 1) * 60, 0).unwrap_or(until)
}

impl UrlKey {
    /// # Errors
    /// When the database does not answer.
    pub async fn open(db: &Db) -> sqlx::Result<UrlKey> {
        let mut candidate = vec![0; 32];
        rand::rng().fill_bytes(&mut candidate);
        Ok(UrlKey(nodes::shared_secret(db, NAME, candidate).await?))
    }

    /// The last part of the path, in hexadecimal digits, which the log masks.
    pub fn sign(&self, signed: &Signed) -> String {
        let mut bytes = Vec::with_capacity(62);
        bytes.extend_from_slice(signed.attachment.0.as_bytes());
        bytes.extend_from_slice(&u32::try_from(signed.number).unwrap_or(u32::MAX).to_be_bytes());
        bytes.push(signed.rendering as u8);
        bytes.extend_from_slice(signed.person.as_bytes());
        bytes.extend_from_slice(&signed.until.timestamp().to_be_bytes());
        let mac = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac[..MAC_BYTES]);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The contents of a URL, if this instance signed it and it has not expired.
    pub fn read(&self, text: &str) -> Option<Signed> {
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let bytes: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect::<Option<_>>()?;
        let (said, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        self.mac(said).verify_truncated_left(mac).ok()?;
        let (attachment, rest) = said.split_at_checked(16)?;
        let (number, rest) = rest.split_at_checked(4)?;
        let (rendering, rest) = rest.split_first()?;
        let (person, until) = rest.split_at_checked(16)?;
        let signed = Signed {
            attachment: AttachmentId(Uuid::from_slice(attachment).ok()?),
            number: u32::from_be_bytes(number.try_into().ok()?).into(),
            rendering: Rendering::of(*rendering)?,
            person: Uuid::from_slice(person).ok()?,
            until: DateTime::from_timestamp(i64::from_be_bytes(until.try_into().ok()?), 0)?,
        };
        (signed.until > Utc::now()).then_some(signed)
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.0).expect("a key of any length");
        mac.update(bytes);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_as_it_was_signed_until_it_ends() {
        let key = UrlKey(vec![1; 32]);
        let until = DateTime::from_timestamp(Utc::now().timestamp() + 60, 0).expect("near");
        let signed = Signed {
            attachment: AttachmentId::new(),
            number: 3,
            rendering: Rendering::Display,
            person: Uuid::new_v4(),
            until,
        };
        let text = key.sign(&signed);
        assert!(text.len() > 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "the log masks it");
        assert_eq!(key.read(&text), Some(signed));
        for at in 0..text.len() {
            let other = if &text[at..=at] == "0" { "1" } else { "0" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(key.read(&changed), None, "changed at {at}");
        }
        assert_eq!(UrlKey(vec![2; 32]).read(&text), None);
        let past = Signed { until: DateTime::from_timestamp(Utc::now().timestamp() - 1, 0).expect("near"), ..signed };
        assert_eq!(key.read(&key.sign(&past)), None);
        for short in ["", "0", "00", "é0", "zz"] {
            assert_eq!(key.read(short), None);
        }
    }
}
