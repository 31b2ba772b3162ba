//! A server under load: started on a free port, and what it costs.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub struct Server {
    pub address: String,
    child: Child,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts `floor`, or a `consilium` at a path with these settings.
    pub async fn start(server: &str, env: &[(&str, String)]) -> Server {
        let data = tempfile::tempdir().expect("a folder");
        let mut command = match server {
            "floor" => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.arg("floor");
                command
            }
            path => {
                let mut command = Command::new(PathBuf::from(path));
                command.args(["serve", "--open", "--listen", "127.0.0.1:0", "--data"]).arg(data.path().join("data"));
                command
            }
        };
        let env = env.iter().map(|(name, value)| (*name, value.as_str()));
        let command = command.envs(env).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let line = lines.next_line().await.expect("it prints").expect("its address");
        Server { address: line.trim_start_matches("http://").to_owned(), child, _data: data }
    }

    /// User and system time so far, in seconds, from /proc (100 ticks a second on Linux).
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id().expect("it runs"))).expect("Linux");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a name").split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / 100.0
    }

    pub async fn end(&mut self) {
        self.child.kill().await.expect("it runs");
    }
}
