//! Load generator: the cost of work on a server, compared with the floor and with other servers.
//!
//! Each run prints one JSON line. Machines are shared and noisy: compare within one run, as ratios.

mod cold;
mod fanout;
mod floor;
mod hammer;
mod idle;
mod rest;
mod server;
mod soak;
mod socket;
mod storm;
mod times;
mod wire;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures servers of Yjs documents, over the protocols of both client families")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The floor: the same bytes to every socket, no CRDT, no storage
    Floor {
        /// Keep a document, and answer clients that join
        #[arg(long)]
        docs: bool,
    },
    /// Documents x clients, some of which write (or move a caret); delivery latency and server CPU
    Fanout(fanout::Load),
    /// The same load, faster and faster until the latency is too high
    Saturate(fanout::Load),
    /// Idle sockets: memory of each, CPU for connecting it
    Idle(idle::Load),
    /// Hundreds join one document at once
    Storm(storm::Load),
    /// A long history: pushed at once, and opened again after a restart
    Cold(cold::Load),
    /// Tens of thousands of documents that are opened and closed: whether memory stays flat
    Soak(soak::Load),
    /// Reads and writes of metadata, at a steady pace
    Rest(rest::Load),
    /// Writers that wait until each word is durable, at one node or at several
    Hammer(hammer::Load),
}

#[tokio::main]
async fn main() {
    let outcome = match Cli::parse().command {
        Command::Floor { docs } => return floor::serve(docs).await,
        Command::Fanout(load) => fanout::run(&load).await,
        Command::Saturate(load) => fanout::saturate(&load).await,
        Command::Idle(load) => idle::run(&load).await,
        Command::Storm(load) => storm::run(&load).await,
        Command::Cold(load) => cold::run(&load).await,
        Command::Soak(load) => soak::run(&load).await,
        Command::Rest(load) => rest::run(&load).await,
        Command::Hammer(load) => hammer::run(&load).await,
    };
    println!("{outcome}");
}
