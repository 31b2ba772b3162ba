//! Private Postgres, Redis and MongoDB-compatible servers that a test may kill, pause and restart, and a proxy that can
//! cut connections.

use std::fs;
use std::net::TcpListener as StdListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::until;

/// How long any of these servers may take to start on a busy machine.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Postgres,
    Redis,
    Mongodb,
}

pub struct Store {
    kind: Kind,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

fn free_port() -> u16 {
    StdListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

impl Store {
    pub async fn postgres() -> Store {
        Store::start(Kind::Postgres).await
    }

    pub async fn redis() -> Store {
        Store::start(Kind::Redis).await
    }

    /// `mongod` if it is installed, otherwise FerretDB.
    pub async fn mongodb() -> Store {
        Store::start(Kind::Mongodb).await
    }

    async fn start(kind: Kind) -> Store {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut store = Store { kind, port: free_port(), folder, child: None };
        if kind == Kind::Postgres {
            store.init_postgres().await;
        }
        store.restart().await;
        store
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@{}/postgres", self.address()),
            Kind::Redis => format!("redis://{}", self.address()),
            Kind::Mongodb => format!("mongodb://{}/test", self.address()),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Postgres refuses to run as root; Debian's package brings the user postgres.
    async fn init_postgres(&self) {
        if fs::metadata(self.folder.path()).expect("it is there").uid() == 0 {
            let passwd = fs::read_to_string("/etc/passwd").expect("Linux");
            let line = passwd.lines().find(|line| line.starts_with("postgres:")).expect("the package made its user");
            let mut ids = line.split(':').skip(2).map(|id| id.parse::<u32>().expect("a number"));
            chown(self.folder.path(), ids.next(), ids.next()).expect("root may");
        }
        let data = self.data().display().to_string();
        let done = postgres("initdb").args(["-D", &data, "-U", "postgres", "-A", "trust"]).output().await;
        let done = done.expect("make packages installs Postgres");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Starts again on the same port and data.
    pub async fn restart(&mut self) {
        let deadline = tokio::time::Instant::now() + STARTS_WITHIN;
        // A killed Postgres leaves shared memory until its child processes have ended.
        while !self.try_start().await {
            assert!(tokio::time::Instant::now() < deadline, "{:?} does not start", self.kind);
        }
    }

    async fn try_start(&mut self) -> bool {
        let (port, data) = (self.port.to_string(), self.data().display().to_string());
        let mut command = match self.kind {
            Kind::Postgres => {
                let mut command = postgres("postgres");
                let folder = self.folder.path().display().to_string();
                command.args(["-D", &data, "-p", &port, "-k", &folder, "-c", "listen_addresses=127.0.0.1"]);
                // No fsync: the page cache survives a kill, and only a power cut would need it.
                command.args(["-c", "fsync=off", "-c", "max_connections=300"]);
                command
            }
            Kind::Redis => {
                let mut command = Command::new("redis-server");
                command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
                command
            }
            Kind::Mongodb => {
                fs::create_dir_all(self.data()).expect("a folder");
                if Command::new("mongod").arg("--version").output().await.is_ok() {
                    let mut command = Command::new("mongod");
                    command.args(["--port", &port, "--bind_ip", "127.0.0.1", "--dbpath", &data]);
                    command
                } else {
                    let mut command = Command::new(root().join("target/ferretdb"));
                    command.args([format!("127.0.0.1:{port}"), data]);
                    command
                }
            }
        };
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).expect("a log");
        let errors = log.try_clone().expect("a second handle");
        let child = command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(log).stderr(errors);
        let mut child = child.kill_on_drop(true).spawn().expect("make packages installs it");
        loop {
            if child.try_wait().expect("it is a child").is_some() {
                tokio::time::sleep(Duration::from_millis(50)).await;
                return false;
            }
            if TcpStream::connect(self.address()).await.is_ok() && self.answers().await {
                self.child = Some(child);
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Postgres accepts connections before it has recovered.
    async fn answers(&self) -> bool {
        match self.kind {
            Kind::Postgres => {
                let mut asking = postgres("pg_isready");
                asking.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
                asking.status().await.is_ok_and(|status| status.success())
            }
            Kind::Redis | Kind::Mongodb => true,
        }
    }

    /// Kills it, like a crash.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.start_kill().expect("it runs");
            child.wait().await.expect("it ended");
        }
    }

    /// Freezes it, with its connections open.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().and_then(Child::id).expect("it runs");
        let sent = std::process::Command::new("kill").args([signal, &pid.to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }
}

/// A program of the newest installed Postgres, run as the user that it requires.
fn postgres(program: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("make packages installs Postgres");
    let newest = versions.flatten().map(|entry| entry.path()).max().expect("a version of Postgres");
    let program = newest.join("bin").join(program);
    if fs::metadata("/proc/self").expect("Linux").uid() != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// A proxy for connections. A change of its mode ends open connections.
pub struct Proxy {
    port: u16,
    line: watch::Sender<Line>,
    listening: tokio::task::JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Open,
    /// Blocks everything.
    Cut,
    /// Drops the answer to a request with these bytes, and every answer after it.
    MuteAt(&'static [u8]),
}

impl Proxy {
    pub async fn before(target: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (line, state) = watch::channel(Line::Open);
        let target = Arc::new(target);
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(relay(near, target.clone(), state.clone()));
            }
        });
        Proxy { port, line, listening }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    /// Forwards the next request with these bytes, and drops all answers from then on.
    pub fn mute_at(&self, bytes: &'static [u8]) {
        self.line.send_replace(Line::MuteAt(bytes));
    }

    pub fn heal(&self) {
        self.line.send_replace(Line::Open);
    }
}

async fn relay(near: TcpStream, target: Arc<String>, mut state: watch::Receiver<Line>) {
    if *state.borrow_and_update() == Line::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(&*target).await else { return };
    let (mut questions, mut to_near) = near.into_split();
    let (mut answers, mut to_far) = far.into_split();
    let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut mute = false;
    loop {
        tokio::select! {
            changed = state.changed() => match *state.borrow_and_update() {
                Line::MuteAt(_) if changed.is_ok() => {}
                _ => return,
            },
            read = questions.read(&mut asked) => match read {
                Ok(0) | Err(_) => return,
                Ok(read) => {
                    let question = &asked[..read];
                    let line = *state.borrow();
                    mute |= matches!(line, Line::MuteAt(bytes) if question.windows(bytes.len()).any(|part| part == bytes));
                    if to_far.write_all(question).await.is_err() {
                        return;
                    }
                }
            },
            read = answers.read(&mut answered) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if mute => {}
                Ok(read) => if to_near.write_all(&answered[..read]).await.is_err() { return },
            },
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Waits until the port accepts connections.
pub async fn until_listening(address: &str) {
    until("something listens", STARTS_WITHIN, async || TcpStream::connect(address).await.is_ok()).await;
}
