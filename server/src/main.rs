//! The program: `consilium serve`, and what helps to run it.

mod access;
mod api;
mod app;
mod auth;
mod backup;
mod client;
mod config;
mod demo;
mod doctor;
mod error;
mod events;
mod flags;
mod front;
mod health;
mod http;
mod names;
mod nodes;
mod purge;
mod serve;
mod sockets;
mod user;
mod web;
mod words;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use config::{Config, Overrides};
use flags::{Flag, Setting};

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
    /// Copy a running instance into a new folder, and prove that the copy is whole
    Backup {
        folder: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Make a backup the content of a new data folder
    Restore {
        folder: PathBuf,
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
    /// Change an account from this machine
    User {
        #[command(subcommand)]
        action: UserAction,
    },
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

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
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
        Command::Flag { flag, setting, overrides } => flags::set(&Config::load(&overrides)?, flag, setting),
        Command::User { action: UserAction::ResetPassword { email, overrides } } => {
            user::reset_password(&Config::load(&overrides)?, &email)
        }
    }
}
