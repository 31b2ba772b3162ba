//! The simulated teammate: a normal client, connected to this server by a socket. It joins when somebody opens the
//! plan, writes minutes word by word with a visible caret, and leaves with the last reader.

use database::{Actor, sessions};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::http::{Response, header};
use document::Family;
use document::codec::{Message, Reply, SyncStep, read_hocuspocus};
use document::lib0::{write_buf, write_varuint};
use document::prose::{Draft, Node, Prose, View, schema_version};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tracing::debug;
use vocabulary::{AccountId, DocumentId, WorkspaceId};

use access::{App, Token};

/// Pauses of somebody who thinks while typing.
const WORD: Duration = Duration::from_millis(420);
/// How often the teammate checks whether somebody has opened the plan.
const LOOK: Duration = Duration::from_secs(1);
/// The beginning of the paragraph that the teammate writes.
const MINE: &str = "Bo:";
const MINUTES: &str = "we looked at the numbers together. Norway carries the year, and Sweden came for the approvals. \
     Denmark waits for integrations; Mia asks two partners before we promise anything. We agreed to decide on prices in \
     December, after the ten calls, and to write down what we would have to see to change our minds.";

/// Works until the server stops.
pub async fn work(app: App, plan: DocumentId, bo: AccountId, workspace: WorkspaceId) {
    while !app.is_stopping() {
        app.rest(LOOK).await;
        if watchers(&app, plan) > 0
            && let Err(reason) = visit(&app, plan, bo, workspace).await
        {
            debug!(%reason, "the teammate left");
        }
    }
}

/// Connections to the plan, including the teammate's own.
fn watchers(app: &App, plan: DocumentId) -> usize {
    app.hub.peek(plan).map_or(0, |room| room.figures().connections)
}

async fn visit(app: &App, plan: DocumentId, bo: AccountId, workspace: WorkspaceId) -> anyhow::Result<()> {
    let token = Token::new();
    let by = Actor { agent: "demo".into(), ..Actor::system(workspace) };
    let session = sessions::begin(&app.db, &by, bo, workspace, token.hash.clone()).await?;
    let mut cookies = Response::new(());
    app.sessions.sign_in(&mut cookies, &session, &token)?;
    let cookie = cookies.headers().get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).context("no cookie")?;
    let worked = Teammate::connect(app.address, app.origin(), cookie, plan).await;
    let worked = match worked {
        Ok(mut teammate) => teammate.type_while(|| watchers(app, plan) > 1 && !app.is_stopping()).await,
        Err(reason) => Err(reason),
    };
    sessions::end(&app.db, &by, session.session_id).await?;
    worked
}

struct Teammate {
    socket: WebSocketStream<TcpStream>,
    plan: String,
    draft: Draft,
    /// The clock of its presence.
    clock: u64,
}

impl Teammate {
    async fn connect(address: SocketAddr, origin: &str, cookie: &str, plan: DocumentId) -> anyhow::Result<Teammate> {
        let mut request = format!("ws://{address}/collab?schema={}", schema_version()).into_client_request()?;
        request.headers_mut().insert(header::COOKIE, cookie.parse()?);
        request.headers_mut().insert(header::ORIGIN, origin.parse()?);
        let tcp = TcpStream::connect(address).await?;
        let (socket, _) = tokio_tungstenite::client_async(request, tcp).await?;
        let mut teammate = Teammate { socket, plan: plan.to_string(), draft: Draft::empty(), clock: 0 };
        // An empty token: the cookie signs in.
        let mut token = Vec::new();
        write_buf(&mut token, teammate.plan.as_bytes());
        [2, 0].into_iter().for_each(|number| write_varuint(&mut token, number));
        write_buf(&mut token, b"");
        teammate.socket.send(WsMessage::Binary(token.into())).await?;
        teammate.say(Reply::Step1(&[0])).await?;
        Ok(teammate)
    }

    async fn type_while(&mut self, watched: impl Fn() -> bool) -> anyhow::Result<()> {
        let mut words = MINUTES.split_inclusive(' ').cycle();
        let mut synced = false;
        loop {
            let word = tokio::time::Instant::now() + WORD;
            while let Ok(message) = tokio::time::timeout_at(word, self.socket.next()).await {
                match message.context("the socket ended")?? {
                    WsMessage::Binary(bytes) => synced |= self.take(&bytes).await?,
                    WsMessage::Close(_) => bail!("the socket was closed"),
                    _ => {}
                }
            }
            if !watched() {
                return Ok(());
            }
            if synced && let Some(word) = words.next() {
                self.type_word(word).await?;
            }
        }
    }

    /// Handles a frame. Returns `true` if it was the answer to the first SyncStep1.
    async fn take(&mut self, frame: &bytes::Bytes) -> anyhow::Result<bool> {
        match read_hocuspocus(frame).map(|frame| frame.message) {
            Ok(Message::Sync(SyncStep::Step1(_))) => {
                // An empty SyncStep2: it has nothing that the server lacks.
                self.say(Reply::Step2(&[0, 0])).await?;
                Ok(false)
            }
            Ok(Message::Sync(SyncStep::Step2(update))) => self.draft.take(&update).map(|()| true).map_err(Into::into),
            Ok(Message::Sync(SyncStep::Update(update))) => self.draft.take(&update).map(|()| false).map_err(Into::into),
            // Other messages are for clients with a user interface.
            _ => Ok(false),
        }
    }

    async fn type_word(&mut self, word: &str) -> anyhow::Result<()> {
        let (wanted, at) = with_word(self.draft.prose(), word);
        if let Some(update) = self.draft.write(&wanted, View::Exact) {
            self.say(Reply::Update(&update)).await?;
        }
        self.clock += 1;
        let cursor = self.draft.caret_in(at).map(|caret| json!({ "anchor": caret, "head": caret }));
        let state = json!({ "user": { "name": "Bo" }, "cursor": cursor }).to_string();
        let mut states = Vec::new();
        [1, self.draft.client(), self.clock].into_iter().for_each(|number| write_varuint(&mut states, number));
        write_buf(&mut states, state.as_bytes());
        self.say(Reply::Awareness(&states)).await
    }

    async fn say(&mut self, reply: Reply<'_>) -> anyhow::Result<()> {
        let payload = reply.encode(Family::Hocuspocus, self.plan.as_bytes()).context("no such message")?;
        Ok(self.socket.send(WsMessage::Binary(payload.into())).await?)
    }
}

/// The text with one more word of the teammate, and the index of its block. Complete minutes are begun again.
fn with_word(prose: Prose, word: &str) -> (Prose, usize) {
    let Prose(mut blocks) = prose;
    let is_mine = |block: &Node| {
        matches!(block, Node::Element { name, .. } if name == "paragraph") && block.text().starts_with(MINE)
    };
    let at = blocks.iter().position(is_mine).unwrap_or_else(|| {
        blocks.push(Node::paragraph(MINE));
        blocks.len() - 1
    });
    let text = blocks[at].text();
    blocks[at] = match text.len() > MINE.len() + MINUTES.len() {
        true => Node::paragraph(MINE),
        false => Node::paragraph(&format!("{} {}", text.trim_end(), word.trim_end())),
    };
    (Prose(blocks), at)
}
