//! The server's certificate. It is read with its key, and loaded again when it was renewed. Operators can see when it
//! ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use chrono::NaiveDateTime;
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tracing::{error, info};

/// How often a renewed certificate is looked for.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(60);

/// The Unix time at which the certificate ends; 0 without one.
static ENDS_AT: AtomicI64 = AtomicI64::new(0);

pub(crate) struct CertificateFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl CertificateFiles {
    /// # Errors
    /// When a file cannot be read, or certificate and key do not belong together.
    pub(crate) fn read(&self) -> anyhow::Result<Arc<ServerConfig>> {
        let named = |path: &Path| format!("tls: {} cannot be used", path.display());
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(&self.certificate).with_context(|| named(&self.certificate))?.collect();
        let chain = chain.with_context(|| named(&self.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).with_context(|| named(&self.key))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain.clone(), key)
            .context("tls_cert and tls_key do not belong together")?;
        if let Some(own) = chain.first() {
            note(own);
        }
        Ok(Arc::new(config))
    }

    fn changed(&self) -> Option<SystemTime> {
        let modified = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        modified(&self.certificate).max(modified(&self.key))
    }
}

/// Loads a renewed certificate within a minute; existing connections keep the old one.
pub(crate) async fn renew(files: CertificateFiles, config: Arc<RwLock<Arc<ServerConfig>>>) {
    let mut known = files.changed();
    loop {
        tokio::time::sleep(CERTIFICATE_EVERY).await;
        let now = files.changed();
        if now != known {
            known = now;
            match files.read() {
                Ok(renewed) => {
                    *config.write() = renewed;
                    info!("the renewed certificate is in use");
                }
                Err(error) => error!(%error, "the certificate on the disk cannot be used: the old one stays"),
            }
        }
    }
}

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
    // The version is optional, and has its own tag.
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
    // UTCTime has a year of two digits; years from 50 on are in the last century.
    let text = match kind {
        0x17 if text >= "50" => format!("19{text}"),
        0x17 => format!("20{text}"),
        _ => text.to_owned(),
    };
    Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc().timestamp())
}

/// The first element: its tag and content, and the bytes after it.
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
