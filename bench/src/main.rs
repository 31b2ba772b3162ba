//! Load generator: how much server CPU one delivered update costs, beside the floor.
//!
//! Each run prints one JSON line. Machines are shared and noisy: compare within one run, as ratios.

mod fanout;
mod floor;
mod hammer;
mod server;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures a Yjs server over y-websocket's protocol")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The least that any server could do: the same bytes to every socket, no CRDT, no storage
    Floor,
    /// Documents x clients, of whom some write; delivery latency and server CPU
    Fanout(fanout::Load),
    /// Writers that wait for each word to be durable; at one node or at several
    Hammer(hammer::Load),
}

#[tokio::main]
async fn main() {
    match Cli::parse().command {
        Command::Floor => floor::serve().await,
        Command::Fanout(load) => println!("{}", fanout::run(&load).await),
        Command::Hammer(load) => println!("{}", hammer::run(&load).await),
    }
}
