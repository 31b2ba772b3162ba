//! The data folder: used by one process at a time, and readable only by its owner.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use journal::sqlite_path;
use nix::sys::stat::{Mode, umask};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::geteuid;
use tracing::warn;

use crate::audit;
use access::Config;

/// Makes the files that this process creates readable only by their owner. A database, for example, holds the keys of
/// sessions.
pub fn create_private_files() {
    umask(Mode::from_bits_truncate(0o077));
}

/// How long a start waits for the previous process: a process that was killed keeps its lock until its memory is
/// returned and its last write has ended.
const LOCKED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

fn open_lock(folder: &Path) -> anyhow::Result<File> {
    let make = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    make.with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    // The file is not truncated, because it names the process that has the lock.
    let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(folder.join("lock"));
    open.with_context(|| format!("cannot write to {}", folder.display()))
}

/// Creates and locks the folder like [`take`], but returns `None` at once if another process uses it.
///
/// # Errors
/// When the folder cannot be written.
pub fn try_take(folder: &Path) -> anyhow::Result<Option<File>> {
    let lock = open_lock(folder)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the data folder"),
    }
}

/// Creates the folder and locks it against a second process.
///
/// # Errors
/// When another process has locked the folder and does not end, or the folder cannot be written.
pub fn take(folder: &Path) -> anyhow::Result<File> {
    let mut lock = open_lock(folder)?;
    let began = Instant::now();
    let mut is_noted = false;
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCKED_WITHIN => {
                if !std::mem::replace(&mut is_noted, true) {
                    warn!(folder = %folder.display(), by = holder(&mut lock), "waiting for the process that uses the data folder");
                }
                std::thread::sleep(LOOK_EVERY);
            }
            Err(TryLockError::WouldBlock) => {
                bail!("another process uses the data folder {}: {}", folder.display(), holder(&mut lock))
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the data folder"),
        }
    }
    // The id is only shown to people, so a full disk must not prevent the start here.
    let _ = lock.set_len(0).and_then(|()| lock.write_all(std::process::id().to_string().as_bytes()));
    Ok(lock)
}

/// The process that has the lock, as far as it is known.
fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    let _ = lock.rewind().and_then(|()| lock.take(20).read_to_string(&mut text));
    match text.trim().parse::<u32>() {
        Ok(id) => format!("process {id}"),
        Err(_) => "an unknown process".to_owned(),
    }
}

/// Removes other users' permissions for the folder and the stores' files, which earlier versions left readable.
pub fn tighten(config: &Config) {
    // The folders in it, such as those of uploaded files, are enough: their files can be reached only through them.
    let entries = fs::read_dir(&config.data).into_iter().flatten().flatten().map(|entry| entry.path());
    let inner = entries.filter(|path| path.is_dir());
    for path in [config.data.clone()].into_iter().chain(inner).chain(files(config)) {
        let private = if path.is_dir() { 0o700 } else { 0o600 };
        let Ok(found) = fs::metadata(&path) else { continue };
        if found.mode() & 0o077 == 0 {
            continue;
        }
        match fs::set_permissions(&path, Permissions::from_mode(private)) {
            Ok(()) => warn!(path = %path.display(), "others could read it: now only its owner can"),
            Err(error) => warn!(path = %path.display(), %error, "others can read it, and this cannot be changed"),
        }
    }
}

/// The files of the stores and those in the data folder.
pub fn files(config: &Config) -> Vec<PathBuf> {
    let entries = fs::read_dir(&config.data).into_iter().flatten().flatten().map(|entry| entry.path());
    let stores = [config.database_url(), config.journal_url()].into_iter().filter_map(|url| sqlite_path(&url).ok());
    let logs =
        stores.flat_map(|file| ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", file.display()))));
    let mut files: Vec<PathBuf> = entries.chain(logs).filter(|path| path.is_file()).collect();
    files.sort();
    files.dedup();
    files
}

/// The folders of all files that the server writes, each once.
pub fn folders(config: &Config) -> Vec<PathBuf> {
    let stores = [config.database_url(), config.journal_url()];
    let files = stores.iter().filter_map(|url| sqlite_path(url).ok()).chain([audit::anchor_file(config)]);
    let mut folders = vec![config.data.clone()];
    for file in files {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folders.iter().any(|known| known == folder) {
            folders.push(folder.to_owned());
        }
    }
    folders
}

/// The state of a disk.
pub struct Space {
    pub free_bytes: u64,
    pub is_read_only: bool,
}

/// # Errors
/// When the folder does not exist.
pub fn space(folder: &Path) -> io::Result<Space> {
    let found = statvfs(folder)?;
    let free_bytes = found.blocks_available().saturating_mul(found.fragment_size());
    Ok(Space { free_bytes, is_read_only: found.flags().contains(FsFlags::ST_RDONLY) })
}

/// Names the disk that is the reason why the server did not start, if a disk is.
pub fn explain(config: &Config) -> Option<String> {
    /// The journal's write-ahead log takes 4 MiB at a start.
    const NEEDED_BYTES: u64 = 8 << 20;
    folders(config).into_iter().find_map(|folder| match space(&folder).ok()? {
        Space { is_read_only: true, .. } => Some(format!("the disk of {} is read-only", folder.display())),
        Space { free_bytes, .. } if free_bytes < NEEDED_BYTES => {
            Some(format!("the disk of {} is full: {} KiB are free", folder.display(), free_bytes >> 10))
        }
        _ => None,
    })
}

/// Gives files that root has made to the owner of their folder, so that the server's user can use them.
///
/// # Errors
/// When the owner cannot be changed.
pub fn give_to_owner_of(folder: &Path, files: &[PathBuf]) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let owner = fs::metadata(folder)?;
    for file in files {
        chown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// Prints a warning if root has made the folder and it belongs to root, because the server should not run as root.
pub fn warn_of_root(folder: &Path) {
    if geteuid().is_root() && fs::metadata(folder).is_ok_and(|folder| folder.uid() == 0) {
        println!("{} belongs to root: give it to the user that runs the server (chown -R).", folder.display());
    }
}
