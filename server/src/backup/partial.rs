//! A backup that is being made. Its folder gets the requested name only when the backup is complete, so an interrupted
//! run is never taken for a backup and does not block the next run.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

/// The file that marks the folder of an unfinished backup. It is locked while the backup is made.
const LOCK: &str = "being-made.lock";
const ENDING: &str = "partial";

/// The folder of a backup that is being made. Dropping it before the backup is finished removes everything.
pub struct Partial {
    path: PathBuf,
    target: PathBuf,
    /// Parent folders that did not exist, the outermost first.
    made: Vec<PathBuf>,
    lock: Option<File>,
}

impl Partial {
    /// # Errors
    /// When the target exists, cannot be written, or another process is making it.
    pub fn begin(target: &Path) -> anyhow::Result<Partial> {
        let target = std::path::absolute(target)?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            bail!("{} cannot be a backup", target.display())
        };
        ensure!(
            fs::symlink_metadata(&target).is_err(),
            "{} exists already: a backup is made in a new folder, so name another one",
            target.display()
        );
        let cannot = || format!("cannot write to {}", parent.display());
        let made: Vec<PathBuf> = parent.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        let made = made.into_iter().rev().collect();
        DirBuilder::new().recursive(true).mode(0o700).create(parent).with_context(cannot)?;
        let path = target.with_file_name(format!("{}.{ENDING}", name.to_string_lossy()));
        let mut partial = Partial { path, target: target.clone(), made, lock: None };
        sweep(parent);
        // An interrupted run may have left the folder empty.
        let _ = fs::remove_dir(&partial.path);
        if let Err(error) = DirBuilder::new().mode(0o700).create(&partial.path) {
            let path = std::mem::take(&mut partial.path);
            match error.kind() {
                std::io::ErrorKind::AlreadyExists => bail!("{} is being made by another process", path.display()),
                _ => return Err(error).with_context(cannot),
            }
        }
        let lock = File::create_new(partial.path.join(LOCK)).with_context(cannot)?;
        lock.lock().with_context(cannot)?;
        partial.lock = Some(lock);
        Ok(partial)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the complete backup its name.
    ///
    /// # Errors
    /// When the disk fails, or something else has that name now.
    pub fn finish(mut self) -> anyhow::Result<()> {
        fs::remove_file(self.path.join(LOCK))?;
        File::open(&self.path)?.sync_all()?;
        ensure!(fs::symlink_metadata(&self.target).is_err(), "{} was made meanwhile", self.target.display());
        fs::rename(&self.path, &self.target)?;
        // From now on, `drop` has nothing to remove.
        self.path = PathBuf::new();
        self.made.clear();
        if let Some(parent) = self.target.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.path);
        }
        // This removes only empty folders.
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Removes the folders that interrupted runs have left, which would fill the disk in the end.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = path.extension().is_some_and(|end| end == ENDING) && path.join(LOCK).is_file();
        // A backup whose file is locked is being made now.
        if is_ours && File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}
