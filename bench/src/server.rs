//! A server under load, started on a free port, and measurements of it.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use jsonwebtoken::{EncodingKey, Header, encode};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::socket::{self, Receiver, Sender};
use crate::wire::Wire;

/// The server and the protocol.
#[derive(Args, Clone)]
pub struct Subject {
    /// `floor`, `floor-docs`, a path to `consilium`, or after `make bench-peers` one of `y-websocket`,
    /// `hocuspocus`, `hocuspocus3`, `yrs-warp`, `yrs-axum`
    #[arg(long)]
    pub server: String,
    /// The protocol family for Consilium, which supports both
    #[arg(long, value_enum, default_value_t = Family::YWebsocket)]
    pub family: Family,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Family {
    YWebsocket,
    Hocuspocus,
}

impl Subject {
    /// Whether it answers clients that join.
    pub fn answers(&self) -> bool {
        self.server != "floor"
    }

    /// The name in results.
    pub fn name(&self) -> String {
        match (self.server.rsplit('/').next().unwrap_or_default(), self.family) {
            ("consilium", Family::Hocuspocus) => "consilium (hocuspocus)".to_owned(),
            (name, _) => name.to_owned(),
        }
    }
}

pub struct Server {
    pub address: String,
    /// Its first line of output: the address, with the setup secret of a new Consilium.
    pub printed: String,
    subject: Subject,
    token: String,
    child: Child,
    folder: tempfile::TempDir,
}

/// The token secret shared with the server: sign-in is on while it is measured.
const SECRET: &str = "a secret of the benchmark, long enough";

impl Server {
    /// Starts it with these settings; sign-in is on if the server has one.
    pub async fn start(subject: &Subject, env: &[(&str, String)]) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let (child, printed) = launch(subject, env, folder.path()).await;
        Server { address: host_of(&printed), printed, subject: subject.clone(), token: token(), child, folder }
    }

    /// Stops it gracefully, and starts it again with its data.
    pub async fn restart(&mut self) {
        let id = self.child.id().expect("it runs").to_string();
        Command::new("kill").arg(id).status().await.expect("kill is there");
        self.child.wait().await.expect("it ends");
        (self.child, self.printed) = launch(&self.subject, &[], self.folder.path()).await;
        self.address = host_of(&self.printed);
    }

    /// A client of a document that has sent its state vector.
    ///
    /// # Errors
    /// When the server does not accept it.
    pub async fn join(&self, document: &str, state_vector: &[u8]) -> std::io::Result<(Wire, Sender, Receiver)> {
        let token = &self.token;
        let is_ours = self.subject.server.contains('/');
        let (wire, path) = match self.subject.server.as_str() {
            "hocuspocus" | "hocuspocus3" => (Wire::Hocuspocus(document.to_owned()), "/".to_owned()),
            _ if is_ours && self.subject.family == Family::Hocuspocus => {
                (Wire::Hocuspocus(document.to_owned()), "/collab".to_owned())
            }
            _ if is_ours => (Wire::YWebsocket, format!("/sync/{document}?token={token}")),
            _ => (Wire::YWebsocket, format!("/{document}")),
        };
        let (mut sender, receiver) = socket::connect(&self.address, &path).await?;
        for message in wire.hello(token, state_vector) {
            sender.send(&message).await?;
        }
        Ok((wire, sender, receiver))
    }

    fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// User and system time so far, in seconds, of all its threads, including ended ones.
    pub fn cpu_seconds(&self) -> f64 {
        let id = i32::try_from(self.id()).expect("ids are small");
        let clock = clock_getcpuclockid(Pid::from_raw(id)).expect("it runs");
        Duration::from(clock.now().expect("its clock can be read")).as_secs_f64()
    }

    /// Resident memory in KiB, now or at its highest.
    pub fn memory_kib(&self, highest: bool) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("Linux");
        let key = if highest { "VmHWM:" } else { "VmRSS:" };
        let line = status.lines().find(|line| line.starts_with(key)).expect("Linux says it");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }

    pub async fn end(&mut self) {
        self.child.kill().await.expect("it runs");
    }
}

async fn launch(subject: &Subject, env: &[(&str, String)], folder: &Path) -> (Child, String) {
    let mut command = match subject.server.as_str() {
        floor @ ("floor" | "floor-docs") => {
            let mut command = Command::new(std::env::current_exe().expect("this program"));
            command.arg("floor").args((floor == "floor-docs").then_some("--docs"));
            command
        }
        rust @ ("yrs-warp" | "yrs-axum") => Command::new(format!("bench/peers/rust/target/release/{rust}")),
        peer if !peer.contains('/') => {
            let mut command = Command::new("node");
            command.arg(format!("bench/peers/{peer}.mjs")).env("NODE_ENV", "production");
            command
        }
        path => {
            let mut command = Command::new(path);
            command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
            command.env("CONSILIUM_HEADLESS_SECRET", SECRET).env("CONSILIUM_CONNECTIONS_PER_ADDRESS", "10000");
            command
        }
    };
    let env = env.iter().map(|(name, value)| (*name, value.as_str()));
    let command = command.envs(env).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.kill_on_drop(true).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let line = lines.next_line().await.expect("it prints").expect("its address");
    (child, line)
}

/// Host and port of a URL.
fn host_of(url: &str) -> String {
    url.trim_start_matches("http://").split('/').next().expect("host and port").to_owned()
}

/// A token that allows editing every document for a day.
fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let claims = serde_json::json!({ "sub": "bench", "exp": now + 86_400, "documents": { "*": "edit" } });
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).expect("a token")
}
