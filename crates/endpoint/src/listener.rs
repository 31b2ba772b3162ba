//! The listener. With a certificate, it terminates TLS and passes the plain bytes on over a connection within this
//! process, so that everything behind it has a TCP stream to write to, with or without TLS.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::serve::Listener;
use parking_lot::RwLock;
use rustls::ServerConfig;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, error};

use crate::certificate::{self, CertificateFiles};
use crate::descriptors;

/// Timeout of a TLS handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// The maximum number of connections with a finished handshake that wait to be accepted. Beyond it, no new ones are
/// accepted.
const WAITING: usize = 256;
/// The kernel's queue of connections that are not accepted yet. After a restart all clients reconnect within a second
/// or two; a client that finds the queue full tries again a second later. The kernel allows up to `somaxconn`.
const BACKLOG: u32 = 4_096;
/// The pause after an error that no client has caused.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);
/// The time until a reserved descriptor is tried, unless another one is closed before.
const DESCRIPTORS_AGAIN: Duration = Duration::from_millis(50);

/// The address on the other side of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// A listener for incoming connections.
pub enum Front {
    Plain(TcpListener),
    Tls { address: SocketAddr, ready: mpsc::Receiver<(TcpStream, SocketAddr)> },
}

impl Front {
    /// Begins to listen, with TLS if both files are given.
    ///
    /// # Errors
    /// When the address is taken, or the certificate and its key cannot be used.
    pub async fn open(listen: SocketAddr, certificate: &str, key: &str) -> anyhow::Result<Front> {
        let listener = bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
        if certificate.is_empty() {
            return Ok(Front::Plain(listener));
        }
        let address = listener.local_addr()?;
        let files = CertificateFiles { certificate: certificate.into(), key: key.into() };
        let config = Arc::new(RwLock::new(files.read()?));
        let inner = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let (sender, ready) = mpsc::channel(WAITING);
        tokio::spawn(certificate::renew(files, config.clone()));
        tokio::spawn(accept(listener, Arc::new(inner), config, sender));
        Ok(Front::Tls { address, ready })
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // After a restart, the server takes the port while connections of the previous process are still being closed.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Listener for Front {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        match self {
            Front::Plain(listener) => loop {
                let (connection, peer) = accept_one(listener).await;
                if descriptors::keep_back() {
                    return (connection, peer);
                }
                let turn = descriptors::turn_to_refuse().await;
                tokio::spawn(descriptors::refuse(connection, turn));
            },
            Front::Tls { ready, .. } => match ready.recv().await {
                Some(accepted) => accepted,
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Front::Plain(listener) => listener.local_addr(),
            Front::Tls { address, .. } => Ok(*address),
        }
    }
}

async fn accept(
    listener: TcpListener,
    inner: Arc<TcpListener>,
    config: Arc<RwLock<Arc<ServerConfig>>>,
    ready: mpsc::Sender<(TcpStream, SocketAddr)>,
) {
    // One pair is made at a time, so that the next connection that the inner listener accepts is the one just made.
    let pairs = Arc::new(tokio::sync::Mutex::new(inner));
    while !ready.is_closed() {
        let (outside, peer) = accept_one(&listener).await;
        let (acceptor, pairs, ready) = (TlsAcceptor::from(config.read().clone()), pairs.clone(), ready.clone());
        tokio::spawn(async move {
            let _ = outside.set_nodelay(true);
            let Ok(Ok(mut tls)) = tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(outside)).await else {
                return debug!(%peer, "no TLS handshake");
            };
            if !descriptors::keep_back() {
                return descriptors::refuse(tls, descriptors::turn_to_refuse().await).await;
            }
            let pair = { pair(&*pairs.lock().await).await };
            let Ok((mut near, far)) = pair else { return error!("a connection within the process failed") };
            if ready.send((far, peer)).await.is_ok() {
                // Either side may end the connection, which does not count as a failure.
                let _ = copy_bidirectional(&mut tls, &mut near).await;
            }
        });
    }
}

/// Accepts a connection. If no descriptor is left, uses one of the reserve.
async fn accept_one(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if descriptors::are_exhausted(&error) => {
                descriptors::release();
                tokio::time::sleep(DESCRIPTORS_AGAIN).await;
            }
            // The client is gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                error!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// Makes a loopback connection and returns both ends. Connections from other programs on this machine are closed.
async fn pair(inner: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let near = TcpStream::connect((IpAddr::V4(Ipv4Addr::LOCALHOST), inner.local_addr()?.port())).await?;
    near.set_nodelay(true)?;
    loop {
        let (far, peer) = inner.accept().await?;
        if peer == near.local_addr()? {
            return Ok((near, far));
        }
    }
}
