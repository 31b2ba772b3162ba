//! When the server's certificate ends, for operators.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDateTime;

/// Unix time; 0 without a certificate.
static ENDS_AT: AtomicI64 = AtomicI64::new(0);

/// Unix time at which the certificate in use ends; 0 without one.
pub fn ends_at() -> i64 {
    ENDS_AT.load(Ordering::Relaxed)
}

/// Notes the certificate in use.
pub(crate) fn note(certificate: &[u8]) {
    ENDS_AT.store(end_of(certificate).unwrap_or_default(), Ordering::Relaxed);
}

/// Reads `notAfter` of an X.509 certificate (RFC 5280, 4.1) in DER.
fn end_of(certificate: &[u8]) -> Option<i64> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    // The version is optional and has a tag of its own.
    if let (0xa0, _, rest) = element(fields)? {
        fields = rest;
    }
    // The serial number, the algorithm of the signature, and the issuer.
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (kind, end, _) = element(element(validity)?.2)?;
    let text = std::str::from_utf8(end).ok()?;
    // UTCTime has two digits of the year, and years from 50 are in the last century.
    let text = match kind {
        0x17 if text >= "50" => format!("19{text}"),
        0x17 => format!("20{text}"),
        _ => text.to_owned(),
    };
    Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc().timestamp())
}

/// The first element: tag, content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let count = usize::from(first & 0x7f);
        // Four bytes are enough for any certificate.
        let digits = rest.get(..count).filter(|_| count <= 4)?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = &rest[count..];
    }
    Some((tag, rest.get(..length)?, &rest[length..]))
}
