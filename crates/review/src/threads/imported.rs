//! Threads that an import brings from another program, on the words that they quote, or on the whole document.

use access::{App, DocumentRequest};
use endpoint::Result;

use super::following;
use super::passages::{PassageWish, mark, stored};
use super::rows::{self as threads, NewThread};
use super::starting::MOST;
use crate::comments::Remark;
use crate::comments::rows::{self as comments, NewComment};

/// Begins a thread in the name of the caller, with replies. If the text does not have the quote, the thread is about
/// the whole document. Threads beyond the number that a document may have are left out. If the import is repeated
/// (`is_again`), nothing is added twice.
///
/// # Errors
/// When a store does not answer, or a body is not a valid comment.
pub async fn add(app: &App, request: &DocumentRequest, bodies: Vec<String>, quote: &str, is_again: bool) -> Result<()> {
    let checked = |body| Remark { body, mentions: Vec::new() }.checked(false);
    let mut remarks = bodies.into_iter().map(checked).collect::<Result<Vec<_>>>()?.into_iter();
    let Some(remark) = remarks.next() else { return Ok(()) };
    if threads::count(&app.db, request.id()).await? >= MOST {
        return Ok(());
    }
    let quote = quote.trim();
    let text = request.internal_text(app).await?;
    let place = text.read(|document, _| place(&document.prose().to_text(), quote)).await?;
    let marked = match place {
        Some((from, to)) => mark(app, request, PassageWish::between(from, to)).await.ok(),
        None => None,
    };
    let around = marked.as_ref().and_then(|marked| marked.around.clone());
    let followed = marked.as_ref().map(|marked| (marked.anchor.clone(), marked.place.quote.clone()));
    let anchor = marked.as_ref().map(|marked| stored(&marked.anchor)).transpose()?;
    let (author, quote) = (request.visitor.id(), marked.map(|marked| marked.place.quote).unwrap_or_default());
    let there =
        if is_again { threads::find_said(&app.db, request.id(), author, (&quote, &remark.body)).await? } else { None };
    let new = NewThread {
        document: request.id(),
        anchor,
        media: None,
        around: around.as_ref().and_then(|around| serde_json::to_string(&[around]).ok()),
        quote,
        first: NewComment { author, body: remark.body, mentions: Vec::new() },
    };
    let thread = match there {
        Some(thread) => thread,
        None => threads::add(&app.db, &request.actor, new).await?,
    };
    for reply in remarks {
        if is_again && comments::is_said(&app.db, thread, author, &reply.body).await? {
            continue;
        }
        let new = NewComment { author, body: reply.body, mentions: Vec::new() };
        comments::add(&app.db, &request.actor, request.id(), thread, new).await?;
    }
    if let Some((anchor, quote)) = followed {
        following::begin(app, request.id(), thread, &[(&anchor, &quote, &around.unwrap_or_default())]);
    }
    Ok(())
}

/// The offsets of a quote in UTF-16 units.
fn place(text: &str, quote: &str) -> Option<(u32, u32)> {
    let at = (!quote.is_empty()).then(|| text.find(quote))??;
    let units = |text: &str| u32::try_from(text.encode_utf16().count()).ok();
    let from = units(&text[..at])?;
    Some((from, from + units(quote)?))
}
