//! Metadata over REST: reads and writes at a steady rate, by a signed-in user.

use std::io::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use clap::Args;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep_until;

use crate::server::{Server, Subject};
use crate::times::{Times, with};

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    /// Requests a second in total
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    #[arg(long, default_value_t = 64)]
    connections: u64,
    /// Documents that exist at the start
    #[arg(long, default_value_t = 500)]
    documents: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// A keep-alive connection and its session.
struct Http {
    stream: TcpStream,
    address: String,
    cookie: String,
}

struct Answer {
    status: u16,
    etag: String,
    cookies: Vec<String>,
    body: Value,
}

/// Runs the load once; returns the results as a JSON object.
pub async fn run(load: &Load) -> Value {
    let plenty = "100000000".to_owned();
    let env = [
        ("CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION", plenty.clone()),
        ("CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS", plenty),
    ];
    let mut server = Server::start(&load.subject, &env).await;
    let mut owner = Http::connect(&server.address, "").await.expect("the server accepts");
    let account = json!({
        "secret": server.printed.rsplit('#').next(), "workspace": "Bench", "name": "Ana",
        "email": "ana@example.org", "password": "correct horse battery",
    });
    let answer = owner.call("POST", "/setup", "", Some(&account)).await.expect("it answers");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookie = answer.cookies.join("; ");
    owner.cookie.clone_from(&cookie);
    let mut ids = Vec::new();
    for number in 0..load.documents {
        let made = owner.call("POST", "/documents", "", Some(&json!({ "title": format!("Plan {number}") }))).await;
        ids.push(made.expect("it answers").body["id"].as_str().expect("an id").to_owned());
    }
    let (ids, errors, cpu) = (Arc::new(ids), Arc::new(AtomicU64::new(0)), server.cpu_seconds());
    let began = Instant::now() + Duration::from_millis(200);
    let until = began + Duration::from_secs(load.seconds);
    let pause = Duration::from_secs_f64(load.connections as f64 / load.rate as f64);
    let tasks = (0..load.connections).map(|connection| {
        let (ids, errors, address, cookie) = (ids.clone(), errors.clone(), server.address.clone(), cookie.clone());
        tokio::spawn(async move {
            let mut http = Http::connect(&address, &cookie).await.expect("the server accepts");
            let mut times = Times::default();
            // Connections start at different times.
            let mut next = began + pause.mul_f64(connection as f64 / 64.0);
            for turn in connection.. {
                sleep_until(next.into()).await;
                if Instant::now() >= until {
                    return times;
                }
                // The latency counts from when the request was due.
                let due = next;
                next += pause;
                let id = &ids[(turn as usize * 31) % ids.len()];
                if http.one(turn, id).await.is_err() {
                    errors.fetch_add(1, Ordering::Relaxed);
                }
                times.note(due.elapsed().as_micros() as u64);
            }
            times
        })
    });
    let mut times = Times::default();
    for task in futures_util::future::join_all(tasks).await {
        times.add(&task.expect("a client does not panic"));
    }
    let cpu = server.cpu_seconds() - cpu;
    server.end().await;
    let described = json!({
        "load": "rest", "server": load.subject.name(), "rate": load.rate, "requests": times.len(),
        "errors": errors.load(Ordering::Relaxed), "cpu_us_each": (cpu * 1e6 / times.len() as f64).round(),
    });
    with(described, times.describe())
}

impl Http {
    async fn connect(address: &str, cookie: &str) -> Result<Http> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Http { stream, address: address.to_owned(), cookie: cookie.to_owned() })
    }

    /// Half of the requests read one document, a fifth list documents, the rest write: a new document, or a new title.
    async fn one(&mut self, turn: u64, id: &str) -> Result<()> {
        let document = format!("/documents/{id}");
        let answer = match turn % 20 {
            0..10 => self.call("GET", &document, "", None).await?,
            10..14 => self.call("GET", "/documents?limit=50", "", None).await?,
            14..17 => self.call("POST", "/documents", "", Some(&json!({ "title": format!("New {turn}") }))).await?,
            _ => {
                let etag = self.call("GET", &document, "", None).await?.etag;
                let title = json!({ "title": format!("Changed {turn}") });
                let answer = self.call("PATCH", &document, &etag, Some(&title)).await?;
                // Another writer was faster: that is a valid answer, not an error.
                if answer.status == 412 {
                    return Ok(());
                }
                answer
            }
        };
        if answer.status < 300 { Ok(()) } else { Err(Error::other(format!("{} {}", answer.status, answer.body))) }
    }

    async fn call(&mut self, method: &str, path: &str, if_match: &str, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request =
            format!("{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n", self.address, self.cookie);
        if !if_match.is_empty() {
            request.push_str(&format!("If-Match: {if_match}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        self.stream.write_all(format!("{request}\r\n{body}").as_bytes()).await?;
        let mut read = BytesMut::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if self.stream.read_buf(&mut read).await? == 0 {
                return Err(Error::other("it closed"));
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        read.advance(end + 4);
        let all = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
                .collect::<Vec<_>>()
        };
        let len: usize = all("content-length").first().and_then(|len| len.parse().ok()).unwrap_or(0);
        while read.len() < len {
            self.stream.read_buf(&mut read).await?;
        }
        let pair = |cookie: String| cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Answer {
            status: head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0),
            etag: all("etag").pop().unwrap_or_default(),
            cookies: all("set-cookie").into_iter().map(pair).collect(),
            body: serde_json::from_slice(&read[..len]).unwrap_or_default(),
        })
    }
}
