//! The program: `consilium serve`, and commands for operators.

mod api;
mod audit;
mod backup;
mod changes;
mod connections;
mod consumers;
mod data_folder;
mod demo;
mod doctor;
mod files_key;
mod flags;
mod health;
mod http;
mod instance;
mod keys;
mod log;
mod metrics;
mod moves;
mod nodes;
mod request_bodies;
mod search_index;
mod serve;
mod sockets;
mod user;
mod verify;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use access::config::{Config, Overrides};
use flags::{Flag, Setting};
use vocabulary::ImportKind;

// Rooms are created and dropped on every thread, and glibc keeps the freed memory. jemalloc's settings are in
// .cargo/config.toml.
#[cfg(all(target_os = "linux", feature = "jemalloc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Parser)]
#[command(name = "consilium", version, about = "Real-time collaborative editing that never loses an acknowledged edit")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server
    Serve(Overrides),
    /// Print the effective configuration, secrets masked
    Config(Overrides),
    /// Check disk, stores and port, and with --deep every document
    Doctor {
        #[command(flatten)]
        overrides: Overrides,
        /// Rebuild every document from its log
        #[arg(long)]
        deep: bool,
    },
    /// Copy a running instance into a new folder, and verify the copy
    Backup {
        /// The new folder of this copy; it must not exist yet, and missing folders above it are created
        folder: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Restore a backup into a new data folder
    Restore {
        /// The folder of one copy, as `backup` made it
        folder: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Write the workspace into a new folder as plain files, from which it can be imported again
    Export {
        /// A new or empty folder
        folder: PathBuf,
        /// The admin in whose name the command acts; the owner of the first workspace if absent
        #[arg(long = "as", value_name = "EMAIL")]
        email: Option<String>,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Import a file, an archive or a folder; an exported workspace is restored as it was
    Import {
        /// The kind of source: auto, consilium, markdown, html, docx, notion or confluence
        #[arg(long, value_name = "KIND", default_value = "auto", value_parser = import_kind)]
        from: ImportKind,
        /// The file, archive or folder
        source: PathBuf,
        /// The name of the space for the pages; the personal space of the admin if absent
        #[arg(long, value_name = "SPACE")]
        into: Option<String>,
        /// The admin in whose name the command acts; the owner of the first workspace if absent
        #[arg(long = "as", value_name = "EMAIL")]
        email: Option<String>,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Set a switch for all nodes at once
    Flag {
        flag: Flag,
        setting: Setting,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Look at the audit log
    Audit {
        #[command(subcommand)]
        action: AuditAction,
    },
    /// The keys that sign access tokens
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Encrypted files
    Files {
        #[command(subcommand)]
        action: FilesAction,
    },
    /// The search index of each node
    Search {
        #[command(subcommand)]
        action: SearchAction,
    },
    /// Compare an exported log of decisions with this instance
    ///
    /// Checks that each decision in the file is stored and in the audit log as the file says, that the stored bytes of
    /// each decided version have the hash in the file, and that nothing was changed or left out. Exit status: 0 if all
    /// matches, 1 if something does not, 2 if it could not be checked.
    Verify {
        /// The file, from GET /api/v1/decisions/export?format=json or the page Decisions
        file: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Change an account from this machine
    User {
        #[command(subcommand)]
        action: UserAction,
    },
}

#[derive(Subcommand)]
enum AuditAction {
    /// Chain the audit log again with another key, because the key is lost; earlier changes can no longer be detected
    Restart(Overrides),
    /// Find rows that were changed, removed, added or moved
    Verify {
        #[command(flatten)]
        overrides: Overrides,
        /// Files of anchors in addition to the configured one, such as those of other nodes
        #[arg(long, value_name = "FILE")]
        anchors: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum KeysAction {
    /// Sign with a new key from now on; nobody is signed out
    Rotate(Overrides),
}

#[derive(Subcommand)]
enum FilesAction {
    /// Continue with another files_key, or without one, because the key is lost; files that need the lost key cannot be
    /// read any more
    GiveUpKey(Overrides),
}

#[derive(Subcommand)]
enum SearchAction {
    /// Make every node rebuild its search index; searches continue meanwhile
    Rebuild(Overrides),
}

#[derive(Subcommand)]
enum UserAction {
    /// Set a new password, read from stdin
    ResetPassword {
        email: String,
        #[command(flatten)]
        overrides: Overrides,
    },
}

fn import_kind(text: &str) -> Result<ImportKind, String> {
    ImportKind::parse(text).ok_or_else(|| format!("{text} is no kind of import"))
}

fn main() -> ExitCode {
    data_folder::create_private_files();
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        // Printed as one sentence, whatever `RUST_BACKTRACE` says, because backtraces are for panics.
        Err(error) => {
            eprintln!("Error: {}", sentence(&error));
            if error.is::<verify::Unchecked>() { verify::UNCHECKED.into() } else { ExitCode::FAILURE }
        }
    }
}

/// An error and its causes. Some errors repeat their cause.
fn sentence(error: &anyhow::Error) -> String {
    let said = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref() {
        // The server hides the reason from its clients, but the operator of a command needs it.
        Some(endpoint::Error::Internal(reason)) => reason.clone(),
        _ => cause.to_string(),
    };
    error.chain().map(said).fold(String::new(), |said, cause| match () {
        () if said.is_empty() => cause,
        () if said.ends_with(&cause) => said,
        () => format!("{said}: {cause}"),
    })
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(overrides) => serve::run(Config::load(&overrides)?),
        Command::Config(overrides) => {
            print!("{}", Config::load(&overrides)?.describe());
            Ok(())
        }
        Command::Doctor { overrides, deep } => {
            let depth = if deep { doctor::Depth::EveryDocument } else { doctor::Depth::Surroundings };
            doctor::run(&Config::load(&overrides)?, depth)
        }
        Command::Backup { folder, overrides } => backup::backup(&Config::load(&overrides)?, &folder),
        Command::Restore { folder, overrides } => backup::restore(&Config::load(&overrides)?, &folder),
        Command::Export { folder, email, overrides } => {
            moves::export(&Config::load(&overrides)?, &folder, email.as_deref())
        }
        Command::Import { from, source, into, email, overrides } => {
            moves::import(&Config::load(&overrides)?, from, &source, into.as_deref(), email.as_deref())
        }
        Command::Verify { file, overrides } => verify::run(&overrides, &file),
        Command::Flag { flag, setting, overrides } => flags::set(&Config::load(&overrides)?, flag, setting),
        Command::Audit { action: AuditAction::Verify { overrides, anchors } } => {
            audit::verify(&Config::load(&overrides)?, &anchors)
        }
        Command::Audit { action: AuditAction::Restart(overrides) } => audit::restart(&Config::load(&overrides)?),
        Command::Files { action: FilesAction::GiveUpKey(overrides) } => files_key::give_up(&Config::load(&overrides)?),
        Command::Keys { action: KeysAction::Rotate(overrides) } => keys::rotate(&Config::load(&overrides)?),
        Command::Openapi => {
            println!("{}", api::described().to_pretty_json()?);
            Ok(())
        }
        Command::Search { action: SearchAction::Rebuild(overrides) } => {
            search_index::rebuild(&Config::load(&overrides)?)
        }
        Command::User { action: UserAction::ResetPassword { email, overrides } } => {
            user::reset_password(&Config::load(&overrides)?, &email)
        }
    }
}
