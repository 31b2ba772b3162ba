//! One running `consilium` with its own data folder.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use journal::{Journal, JournalOptions};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use vocabulary::DocumentId;

use crate::until;

pub struct Server {
    pub address: String,
    folder: TempDir,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    options: Options,
}

/// Options for starting the server.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A command that the server runs under, such as strace and its flags.
    pub wrapper: Vec<String>,
    pub env: Vec<(String, String)>,
}

fn program() -> PathBuf {
    // The test binary is in target/<profile>/deps, the program one folder above.
    let mut path = std::env::current_exe().expect("a test has a path");
    path.pop();
    path.pop();
    path.join("consilium")
}

impl Server {
    pub async fn start() -> Server {
        Server::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (child, stdout, address) = launch(&folder, "127.0.0.1:0", &options).await.expect("the server starts");
        Server { address, folder, child, stdout, options }
    }

    /// Kills the process, like a crash: nothing is flushed.
    pub async fn kill(&mut self) {
        self.child.start_kill().expect("the server runs");
        self.child.wait().await.expect("the server ended");
    }

    /// Asks the process to stop, as a service manager does.
    pub fn terminate(&self) {
        let pid = self.child.id().expect("the server runs");
        let sent = std::process::Command::new("kill").args(["-TERM", &pid.to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// The outcome of starting the program again on this folder.
    pub async fn second_process(&self) -> std::process::Output {
        let mut command = Command::new(program());
        command.args(["serve", "--open", "--listen", "127.0.0.1:0", "--data"]).arg(self.folder.path().join("data"));
        command.output().await.expect("it starts")
    }

    /// Starts again on the same address and folder.
    pub async fn restart(&mut self) {
        let (child, stdout, _) =
            launch(&self.folder, &self.address, &self.options).await.expect("the server starts again");
        (self.child, self.stdout) = (child, stdout);
    }

    /// Lets the next start run under a command.
    pub fn wrap(&mut self, wrapper: Vec<String>) {
        self.options.wrapper = wrapper;
    }

    pub async fn exited(&mut self, within: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(within, self.child.wait()).await.ok().map(|status| status.expect("the server is a child"))
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the server is a child").is_none()
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let pid = self.child.id().expect("the server runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a process has memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1024
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The journal of a stopped server.
    pub fn journal(&self) -> Journal {
        Journal::open(
            &format!("sqlite:{}", self.folder.path().join("data/journal.db").display()),
            &JournalOptions::default(),
        )
        .expect("a sound journal")
    }

    pub fn documents(&self) -> Vec<DocumentId> {
        let journal = self.journal();
        let documents = journal.documents().expect("a readable journal");
        journal.close();
        documents
    }

    /// A document's durable state over REST. Tries again while the server reports that a store is unavailable.
    pub async fn state(&self, name: &str) -> Vec<u8> {
        let path = format!("/api/v1/documents/{name}/state");
        let mut answer = Vec::new();
        until("the server can read", Duration::from_secs(30), async || {
            answer = self.ask(&path).await;
            !answer.starts_with(b"HTTP/1.1 503")
        })
        .await;
        body(answer)
    }

    /// A counter or gauge of `/metrics`; 0 if it does not exist yet.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = String::from_utf8(self.get("/metrics").await).expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// The body of `/readyz`, with any status.
    pub async fn ready(&self) -> serde_json::Value {
        let answer = self.ask("/readyz").await;
        let body = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
        serde_json::from_slice(&answer[body..]).expect("JSON")
    }

    async fn get(&self, path: &str) -> Vec<u8> {
        body(self.ask(path).await)
    }

    async fn ask(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).await.expect("the server listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.expect("the server reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("the server answers");
        answer
    }
}

/// The body of a successful response.
fn body(mut answer: Vec<u8>) -> Vec<u8> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..end]));
    answer.split_off(end)
}

async fn launch(
    folder: &TempDir,
    listen: &str,
    options: &Options,
) -> Option<(Child, Lines<BufReader<ChildStdout>>, String)> {
    let mut words = options.wrapper.clone();
    words.push(program().display().to_string());
    let log = std::fs::File::options().create(true).append(true).open(folder.path().join("log")).expect("a log file");
    let child = Command::new(&words[0])
        .args(&words[1..])
        .args(["serve", "--open", "--listen", listen, "--data"])
        .arg(folder.path().join("data"))
        .envs(options.env.iter().cloned())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn();
    let mut child = child.expect("the program was built: cargo build -p consilium");
    let mut stdout = BufReader::new(child.stdout.take()?).lines();
    let line = tokio::time::timeout(Duration::from_secs(30), stdout.next_line()).await.ok()?.ok()??;
    let address = line.strip_prefix("http://")?.to_owned();
    Some((child, stdout, address))
}
