//! [PRES-11] Carets move in many busy rooms at the same time.

use hub::limits::ROOMS_PER_TASK;
use vocabulary::DocumentId;

use crate::asleep::holds;
use crate::clients::{Client, Cluster};

/// More rooms than one task sends.
const ROOMS: usize = 2 * ROOMS_PER_TASK + 10;
const MOVES: u8 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_the_newest_state_of_every_room() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        let document = DocumentId::new();
        let ana = Client::join(&node, document, 1, "ana").await;
        let ben = Client::join(&node, document, 2, "ben").await;
        rooms.push((ana, ben));
    }
    // The first move in each room is sent at once, the others together.
    for clock in 1..=MOVES {
        for (room, (ana, _)) in rooms.iter().enumerate() {
            ana.moves(clock, &place(room, clock));
        }
    }
    for (room, (_, ben)) in rooms.iter_mut().enumerate() {
        let newest = place(room, MOVES);
        ben.hear(|frames| frames.last().is_some_and(|frame| holds(frame, newest.as_bytes()))).await;
    }
}

fn place(room: usize, clock: u8) -> String {
    format!("room {room}, place {clock}.")
}
