//! File descriptors that are kept in reserve, so that the server can still report its state when no others are left,
//! and the stores can briefly open the files that they need.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{error, info};

/// The number of descriptors in the reserve: enough for some answers at a time, and for the stores.
const KEPT_BACK: usize = 32;
/// The number of answers at a time while no other descriptors are left.
const ANSWERS: usize = 8;
/// How long to wait for a request. A caller that asks for the state of the server sends it at once, and silent
/// connections must not block such a caller for long.
const ASKS_WITHIN: Duration = Duration::from_millis(250);
const HEARS_WITHIN: Duration = Duration::from_secs(2);

/// The reserve: open files that can be closed. It is empty while the descriptors are in use. The mutex is held only to
/// open or close a few files.
static KEPT: Mutex<Vec<File>> = Mutex::new(Vec::new());
static WERE_RELEASED: AtomicBool = AtomicBool::new(false);
static ANSWERING: Semaphore = Semaphore::const_new(ANSWERS);

/// Whether an error says that no descriptor is left, in this process (EMFILE) or on this machine (ENFILE).
pub fn are_exhausted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(24 | 23))
}

/// Releases the reserve.
pub fn release() {
    let released = std::mem::take(&mut *KEPT.lock());
    if !released.is_empty() {
        WERE_RELEASED.store(true, Ordering::Relaxed);
        error!("no file descriptors are left: connections are refused until some are closed (LimitNOFILE, ulimit -n)");
    }
}

/// Fills the reserve, if there are enough descriptors. Returns whether it is full.
pub fn keep_back() -> bool {
    let mut kept = KEPT.lock();
    if kept.len() == KEPT_BACK {
        return true;
    }
    let opened: io::Result<Vec<File>> = (0..KEPT_BACK).map(|_| File::open("/dev/null")).collect();
    match opened {
        Ok(opened) => {
            *kept = opened;
            if WERE_RELEASED.swap(false, Ordering::Relaxed) {
                info!("file descriptors are free again: connections are accepted");
            }
            true
        }
        Err(_) => false,
    }
}

/// Waits until a connection that cannot be served may be refused. Meanwhile, no further connections are accepted.
pub async fn turn_to_refuse() -> SemaphorePermit<'static> {
    ANSWERING.acquire().await.expect("it is never closed")
}

/// Answers one request on a connection that cannot be served, with the state of the server, or with a message that it
/// is overloaded.
pub async fn refuse(mut connection: impl AsyncRead + AsyncWrite + Unpin, _turn: SemaphorePermit<'static>) {
    let mut head = [0; 512];
    let Ok(Ok(read)) = tokio::time::timeout(ASKS_WITHIN, connection.read(&mut head)).await else { return };
    let (status, kind, body) = match &head[..read] {
        head if head.starts_with(b"GET /healthz ") => ("200 OK", "text/plain", "ok\n"),
        _ => (
            "503 Service Unavailable",
            "application/json",
            r#"{"status":"unavailable","code":"unavailable","notes":["this process has no file descriptors left"]}"#,
        ),
    };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nretry-after: 5\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = tokio::time::timeout(HEARS_WITHIN, connection.write_all(answer.as_bytes())).await;
    let _ = connection.shutdown().await;
}
