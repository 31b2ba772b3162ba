//! Runs `consilium-press`, which is beside this program: one process for each file, without an environment and input,
//! with its own folder, and for a limited time. The process limits itself further (`press/src/limits.rs`).

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use access::App;
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

use super::rows::NewRendition;
use crate::incoming::Incoming;
use crate::media;

/// The time limit of a process. It has 20 seconds of processor time, which take longer on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);
/// The largest size of the one line of JSON that a process prints.
const MOST_SAID: u64 = 64 << 10;

/// The line that a process prints.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub width: Option<i64>,
    pub height: Option<i64>,
    #[serde(default)]
    pub renditions: Vec<Made>,
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Display,
    Thumbnail,
}

impl Kind {
    pub fn file(self) -> &'static str {
        match self {
            Kind::Display => "display",
            Kind::Thumbnail => "thumbnail",
        }
    }
}

/// An image that the process has made.
#[derive(Debug, Deserialize)]
pub(super) struct Made {
    pub kind: Kind,
    media_type: String,
    width: i64,
    height: i64,
}

impl Made {
    pub fn row(&self) -> NewRendition {
        // The output is checked too, because the process may have read a hostile file.
        let media_type = if self.media_type == media::JPEG { media::JPEG } else { media::PNG };
        NewRendition { kind: self.kind.file(), bytes: 0, media_type, width: self.width, height: self.height }
    }
}

/// Why nothing was made, in words for the person who uploaded the file.
#[derive(Debug, Error)]
pub enum Failure {
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    #[error("reading the file {0}")]
    Died(&'static str),
}

/// The files that were made, which exist until this is dropped.
pub(super) struct Reading {
    pub said: Said,
    pub folder: Folder,
}

/// A folder that is removed with everything in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates a new folder within another.
    pub(crate) async fn new(within: &Path) -> std::io::Result<Folder> {
        let folder = Folder(within.join(Uuid::new_v4().simple().to_string()));
        tokio::fs::create_dir_all(folder.path()).await?;
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The path of `consilium-press`, if it exists beside this program.
pub(crate) fn program() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.with_file_name("consilium-press");
    beside.is_file().then_some(beside)
}

pub(super) async fn read(app: &App, within: &Path, file: &Incoming, media_type: &str) -> Result<Reading, Failure> {
    let task =
        Task { name: if media::is_image(media_type) { "image" } else { "text" }, detail: media_type, within: WITHIN };
    let Pressed { said, folder } = run_task(app, within, task, file.path()).await?;
    let said = serde_json::from_value(said).map_err(|_| Failure::Died("came to no result"))?;
    Ok(Reading { said, folder })
}

/// The task of a process.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub name: &'static str,
    /// The type of the file, or the limits of an archive.
    pub detail: &'a str,
    pub within: Duration,
}

/// The result of a task: the output, which must be checked, because the process may have read a hostile file, and the
/// folder, which exists until this is dropped.
pub struct Pressed {
    pub said: serde_json::Value,
    pub folder: Folder,
}

pub(crate) async fn run_task(app: &App, within: &Path, task: Task<'_>, file: &Path) -> Result<Pressed, Failure> {
    let folder = Folder::new(within).await.map_err(|_| CANNOT)?;
    let absolute = |path: &Path| std::path::absolute(path).map_err(|_| CANNOT);
    let mut command = Command::new(program().ok_or(CANNOT)?);
    command
        .args([task.name, task.detail])
        .args([absolute(file)?.as_os_str(), absolute(folder.path())?.as_os_str()])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let (app, most) = (app.clone(), task.within);
    let ran = tokio::task::spawn_blocking(move || run(command, &app, most)).await.map_err(|_| CANNOT)?;
    let (status, said) = ran?;
    if status.success() {
        let said: serde_json::Value = serde_json::from_slice(&said).map_err(|_| Failure::Died("came to no result"))?;
        return match said["unreadable"].as_str() {
            Some(reason) => Err(Failure::Unreadable(shortened(reason))),
            None => Ok(Pressed { said, folder }),
        };
    }
    Err(Failure::Died(match status.signal() {
        // SIGKILL and SIGXCPU; SIGXFSZ.
        Some(9 | 24) => TOO_LONG,
        Some(25) => "made too much of it",
        Some(_) => "needed too much memory, or failed",
        None => "failed",
    }))
}

const CANNOT: Failure = Failure::Died("could not begin");
const TOO_LONG: &str = "took too long";

/// Blocks until the process has ended, or ends it at the deadline. A process prints less than fits into a pipe; one
/// that prints more blocks until its deadline.
fn run(mut command: Command, app: &App, most: Duration) -> Result<(ExitStatus, Vec<u8>), Failure> {
    let mut child = command.spawn().map_err(|_| CANNOT)?;
    let deadline = Instant::now() + most;
    let mut pause = Duration::from_millis(2);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline && !app.is_stopping() => std::thread::sleep(pause),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Failure::Died(if app.is_stopping() { "was interrupted" } else { TOO_LONG }));
            }
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let mut said = Vec::new();
    if let Some(output) = child.stdout.take() {
        let _ = output.take(MOST_SAID).read_to_end(&mut said);
    }
    Ok((status, said))
}

/// Shortens a parser's reason, which may quote the file.
fn shortened(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(200).collect()
}
