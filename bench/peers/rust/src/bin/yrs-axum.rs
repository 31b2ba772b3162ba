//! yrs-axum as in its example, with a document for each path.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use futures_util::StreamExt;
use tokio::sync::{Mutex, RwLock};
use yrs_axum::broadcast::BroadcastGroup;
use yrs_axum::ws::{AxumSink, AxumStream};
use yrs_of_axum::{Doc, sync::Awareness};

type Groups = Arc<Mutex<HashMap<String, Arc<BroadcastGroup>>>>;

/// Updates queued for a slow socket; the example has 32, which loses some under load.
const WAITING: usize = 1_024;

#[tokio::main]
async fn main() {
    let routes = Router::new().route("/{document}", get(upgrade)).with_state(Groups::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("it is bound"));
    axum::serve(listener, routes).await.expect("it serves");
}

async fn upgrade(upgrade: WebSocketUpgrade, Path(document): Path<String>, State(groups): State<Groups>) -> Response {
    let mut groups = groups.lock().await;
    if !groups.contains_key(&document) {
        let awareness = Arc::new(RwLock::new(Awareness::new(Doc::new())));
        groups.insert(document.clone(), Arc::new(BroadcastGroup::new(awareness, WAITING).await));
    }
    let group = groups[&document].clone();
    upgrade.on_upgrade(async move |socket| {
        let (sink, stream) = socket.split();
        let sink = Arc::new(Mutex::new(AxumSink::from(sink)));
        let _ = group.subscribe(sink, AxumStream::from(stream)).completed().await;
    })
}
