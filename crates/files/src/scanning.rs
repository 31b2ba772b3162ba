//! The virus scanner, if one is configured: clamd, over its socket, with the command INSTREAM. A file that the scanner
//! cannot judge is not stored.

use std::io;
use std::time::Duration;

use endpoint::{Error, Result};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tracing::error;

use crate::Files;
use crate::incoming::Incoming;

/// The time limit of a scan, enough for a file of the largest size on a slow machine.
const WITHIN: Duration = Duration::from_secs(120);
const CHUNK_BYTES: usize = 64 << 10;
const LONGEST_ANSWER: u64 = 1 << 10;

impl Files {
    /// # Errors
    /// [`Error::Infected`], or [`Error::NoFiles`] when the scanner does not judge the file.
    pub async fn scan(&self, incoming: &Incoming) -> Result<()> {
        if self.clamd.is_empty() {
            return Ok(());
        }
        let answer = tokio::time::timeout(WITHIN, asked(&self.clamd, incoming)).await;
        let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match answer.as_deref().map(judgement) {
            Ok(Judgement::Clean) => Ok(()),
            Ok(Judgement::Infected(name)) => Err(Error::Infected(name.to_owned())),
            Ok(Judgement::None(answer)) => {
                error!(answer, "the virus scanner gives no judgement");
                Err(Error::NoFiles("the virus scanner cannot judge this file"))
            }
            Err(failure) => {
                error!(%failure, "the virus scanner does not answer");
                Err(Error::NoFiles("the virus scanner does not answer: try again"))
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Judgement<'a> {
    Clean,
    Infected(&'a str),
    None(&'a str),
}

/// Reads an answer, such as `stream: OK`, `stream: Eicar-Signature FOUND`, or an error.
fn judgement(answer: &str) -> Judgement<'_> {
    let said = answer.trim_matches(['\0', '\n', ' ']);
    match said.strip_prefix("stream: ") {
        Some("OK") => Judgement::Clean,
        Some(found) if found.ends_with(" FOUND") => Judgement::Infected(found.trim_end_matches(" FOUND")),
        _ => Judgement::None(said),
    }
}

async fn asked(clamd: &str, incoming: &Incoming) -> io::Result<String> {
    match clamd.strip_prefix("unix:") {
        Some(path) => stream(UnixStream::connect(path).await?, incoming).await,
        None => stream(TcpStream::connect(clamd.trim_start_matches("tcp:")).await?, incoming).await,
    }
}

async fn stream(mut socket: impl AsyncRead + AsyncWrite + Unpin, incoming: &Incoming) -> io::Result<String> {
    let mut file = File::open(incoming.path()).await?;
    socket.write_all(b"zINSTREAM\0").await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).await?;
        // An empty chunk marks the end. A scanner that has already decided may have closed the connection.
        let sent = async {
            socket.write_all(&(read as u32).to_be_bytes()).await?;
            socket.write_all(&chunk[..read]).await
        };
        if sent.await.is_err() || read == 0 {
            break;
        }
    }
    let mut answer = String::new();
    socket.take(LONGEST_ANSWER).read_to_string(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        assert_eq!(judgement("stream: OK\0"), Judgement::Clean);
        assert_eq!(judgement("stream: Eicar-Signature FOUND\0"), Judgement::Infected("Eicar-Signature"));
        assert_eq!(
            judgement("INSTREAM size limit exceeded. ERROR\0"),
            Judgement::None("INSTREAM size limit exceeded. ERROR")
        );
        assert_eq!(judgement(""), Judgement::None(""));
    }
}
