//! `consilium export` and `consilium import`: write the whole workspace as plain files, and import files of any kind. A
//! running server does the work; if none is running, the command does it itself.

use std::fs;
use std::io::{Seek, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use database::Db;
use endpoint::Error;
use files::staging::{Kept, keep_in};
use files::store::Store;
use files::{Files, store_of};
use futures_util::StreamExt;
use transfer::operator::{Asked, Operator, State, packed, tasks, unpacked};
use vocabulary::ImportKind;

use crate::{data_folder, files_key, instance, metrics, serve};
use access::{App, Config};

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// If no server has begun the work within this time, none will.
const BEGUN_WITHIN: Duration = Duration::from_secs(60);

/// Writes the workspace into a new folder.
///
/// # Errors
/// When there is no instance, the folder is not empty, or the export fails.
pub fn export(config: &Config, folder: &Path, email: Option<&str>) -> anyhow::Result<()> {
    let is_free = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_free, "{} has something in it: name a new folder", folder.display());
    serve::runtime()?.block_on(async {
        let (db, store) = opened(config).await?;
        let operator = operator(&db, email).await?;
        let id = operator.export(&db).await?;
        let asked = carried_out(config, async || operator.exported(&db, id).await.map(|(asked, _)| asked)).await;
        let written = match asked {
            Ok(asked) => fetch(&db, &store, &operator, id, folder).await.map(|()| asked.done),
            Err(error) => Err(error),
        };
        if let (_, Some(kept)) = operator.exported(&db, id).await? {
            store.delete(&kept.object).await?;
        }
        operator.forget_export(&db, id).await?;
        println!("{} pages are in {}.", written?, folder.display());
        db.close().await;
        anyhow::Ok(())
    })
}

/// The person in whose name the command acts.
async fn operator(db: &Db, email: Option<&str>) -> anyhow::Result<Operator> {
    match (Operator::find(db, email).await, email) {
        (Err(Error::NotFound(_)), None) => {
            bail!("there is no workspace yet: open the server's page and set it up first")
        }
        (found, _) => Ok(found?),
    }
}

/// Copies the archive of an export from the store and unpacks it.
async fn fetch(
    db: &Db,
    store: &Store,
    operator: &Operator,
    id: vocabulary::ExportId,
    folder: &Path,
) -> anyhow::Result<()> {
    let Kept { object, bytes, sealed } = operator.exported(db, id).await?.1.context("the archive is gone")?;
    let mut archive = tempfile::tempfile()?;
    let mut pieces = store.read(&object, bytes, sealed, 0..bytes).await?;
    while let Some(piece) = pieces.next().await {
        archive.write_all(&piece?)?;
    }
    archive.rewind()?;
    // The folders that do not exist yet are removed again after an error.
    let made: Vec<&Path> = folder.ancestors().take_while(|path| is_named(path) && !path.exists()).collect();
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let written = tokio::task::block_in_place(|| unpacked(&mut archive, folder));
    if written.is_err() {
        // The folder was empty, so everything in it now belongs to the export.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        for folder in made {
            let _ = fs::remove_dir(folder);
        }
    }
    written.with_context(|| format!("{} cannot be written, and nothing was left there", folder.display()))
}

/// Whether a path is not empty. The last ancestor of a relative path is empty, and means the current folder.
fn is_named(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// Imports a file, an archive or a folder.
///
/// # Errors
/// When there is no instance, there is nothing to import, or the import fails.
pub fn import(
    config: &Config,
    kind: ImportKind,
    source: &Path,
    into: Option<&str>,
    email: Option<&str>,
) -> anyhow::Result<()> {
    let found = fs::metadata(source).with_context(|| format!("cannot read {}", source.display()))?;
    ensure!(found.is_file() || found.is_dir(), "{} is neither a file nor a folder", source.display());
    serve::runtime()?.block_on(async {
        let (db, store) = opened(config).await?;
        let operator = operator(&db, email).await?;
        let space = match into {
            Some(name) => Some(operator.space(&db, name).await?),
            None => None,
        };
        let workspace = operator.workspace;
        let (path, kept) = match found.is_dir() {
            true => {
                let archive = tokio::task::block_in_place(|| packed(source))?;
                let bytes = archive.as_file().metadata()?.len();
                ("folder.zip".to_owned(), keep_in(&store, workspace, archive.path(), bytes).await?)
            }
            false => {
                let name = source.file_name().context("the source has no name")?.to_string_lossy().into_owned();
                (name, keep_in(&store, workspace, source, found.len()).await?)
            }
        };
        let id = operator.import(&db, kind, space, &[(path, kept)]).await?;
        let asked = carried_out(config, async || operator.imported(&db, id).await.map(|(asked, _)| asked)).await;
        if asked.is_err() {
            // A request that failed here must not be carried out later.
            give_up(&db, &store, &operator, id).await;
        }
        let asked = asked?;
        println!("{} pages were imported.", asked.total);
        let (_, report) = operator.imported(&db, id).await?;
        if !report.is_empty() {
            println!("What could not be carried over:");
            report.iter().for_each(|line| println!("  {line}"));
        }
        db.close().await;
        anyhow::Ok(())
    })
}

/// Withdraws the import, unless its pages are shown already. Errors are only printed, so that the caller reports the
/// first one.
async fn give_up(db: &Db, store: &Store, operator: &Operator, id: vocabulary::ImportId) {
    let objects = operator.give_up_import(db, id).await.unwrap_or_else(|error| {
        eprintln!("The import could not be taken back: {error}");
        Vec::new()
    });
    for object in objects {
        if let Err(error) = store.delete(&object).await {
            eprintln!("{object} is left in the store until the server removes it: {error}");
        }
    }
}

async fn opened(config: &Config) -> anyhow::Result<(Db, Store)> {
    // The clients of an object store need a provider. Installing it fails if there is one already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok((instance::current_rows(config).await?, store_of(config)?))
}

/// Waits until a running server has carried out the request; if none is running, carries it out here.
async fn carried_out(config: &Config, look: impl AsyncFn() -> endpoint::Result<Asked>) -> anyhow::Result<Asked> {
    let Some(_lock) = data_folder::try_take(&config.data)? else {
        eprintln!("The server that runs carries it out.");
        return ended(look, Some(BEGUN_WITHIN)).await;
    };
    let app = App::start(config.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), metrics::install()?).await?;
    let files = Files::open(&app).await?;
    files_key::check(&app).await?;
    tasks(&app, &files).into_iter().for_each(|task| app.run(task));
    let ended = ended(look, None).await;
    serve::stop(&app, Duration::from_secs(config.stop_seconds)).await;
    ended
}

async fn ended(
    look: impl AsyncFn() -> endpoint::Result<Asked>,
    begun_within: Option<Duration>,
) -> anyhow::Result<Asked> {
    let (began, mut shown) = (tokio::time::Instant::now(), 0);
    loop {
        let asked = look().await?;
        match asked.state {
            State::Done => return Ok(asked),
            State::Failed(reason) => bail!(reason),
            State::Waiting if begun_within.is_some_and(|within| began.elapsed() > within) => {
                bail!("no server has taken it: is it read-only, or busy with others? Nothing was done")
            }
            State::Waiting => {}
            State::Working if asked.done != shown => {
                shown = asked.done;
                eprintln!("{} of {} pages", asked.done, asked.total);
            }
            State::Working => {}
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
