//! The bodies of requests: a body that pauses for too long ends with an error, and what no handler reads of a body is
//! read and discarded. Closing a connection with unread bytes resets it, and a client that is still sending would see
//! the reset instead of the response.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use access::App;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use endpoint::Error;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

/// The most bytes that are discarded. A client that sends more after a refusal does not read the response.
const MOST_BYTES: usize = 64 << 20;
const LONGEST: Duration = Duration::from_secs(10);

/// The layer around all routes.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let pause = Duration::from_secs(app.config.body_seconds);
    let late = Arc::new(AtomicBool::new(false));
    let body = |body| Body::new(GuardedBody { body: Some(body), pause, deadline: None, late: late.clone() });
    let response = next.run(request.map(body)).await;
    // The handler's answer to the broken body does not matter.
    if late.load(Ordering::Relaxed) { Error::BodyTooSlow.into_response() } else { response }
}

struct GuardedBody {
    body: Option<Body>,
    /// The longest time without a byte.
    pause: Duration,
    /// Set while nothing arrives.
    deadline: Option<Pin<Box<Sleep>>>,
    late: Arc<AtomicBool>,
}

impl HttpBody for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            self.deadline = None;
            return Poll::Ready(frame);
        }
        let pause = self.pause;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        if deadline.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.late.store(true, Ordering::Relaxed);
        // The rest is not read either: the connection ends with the answer.
        self.body = None;
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for GuardedBody {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        // The task ends on its own, at the latest with its connection.
        runtime.spawn(tokio::time::timeout(LONGEST, async move {
            let mut read = 0;
            while let Some(Ok(frame)) = body.frame().await {
                read += frame.data_ref().map_or(0, Bytes::len);
                if read > MOST_BYTES {
                    return;
                }
            }
        }));
    }
}
