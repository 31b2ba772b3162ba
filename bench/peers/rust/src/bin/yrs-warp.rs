//! yrs-warp as in its example, with a document for each path.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::Mutex;
use warp::Filter;
use warp::ws::{WebSocket, Ws};
use yrs_of_warp::{Doc, sync::Awareness};
use yrs_warp::broadcast::BroadcastGroup;
use yrs_warp::ws::{WarpSink, WarpStream};

type Groups = Arc<Mutex<HashMap<String, Arc<BroadcastGroup>>>>;

/// Updates queued for a slow socket; the example has 32, which loses some under load.
const WAITING: usize = 1_024;

#[tokio::main]
async fn main() {
    let groups = Groups::default();
    let routes = warp::path::param().and(warp::ws()).map(move |document: String, upgrade: Ws| {
        let groups = groups.clone();
        upgrade.on_upgrade(|socket| attend(socket, document, groups))
    });
    let (address, serving) = warp::serve(routes).bind_ephemeral(([127, 0, 0, 1], 0));
    println!("http://{address}");
    serving.await;
}

async fn attend(socket: WebSocket, document: String, groups: Groups) {
    let mut known = groups.lock().await;
    if !known.contains_key(&document) {
        let awareness = Arc::new(Awareness::new(Doc::new()));
        known.insert(document.clone(), Arc::new(BroadcastGroup::new(awareness, WAITING).await));
    }
    let group = known[&document].clone();
    drop(known);
    let (sink, stream) = socket.split();
    let sink = Arc::new(Mutex::new(WarpSink::from(sink)));
    let _ = group.subscribe(sink, WarpStream::from(stream)).completed().await;
}
