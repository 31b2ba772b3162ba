//! Counts views and answers without cookies. A visitor is known only as a salted hash, in memory, for half an hour; the
//! salt is never stored.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use access::App;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tracing::warn;
use vocabulary::PublicationId;

use crate::publications::rows;

/// The time in which the same visitor of a page counts only once.
const A_VISIT: Duration = Duration::from_secs(30 * 60);
/// The maximum number of visits that are remembered. If there are more, somebody may be counted twice.
const MOST_VISITORS: usize = 50_000;
/// How often the counts are written, in one write.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// Parts of the user agents of programs that identify themselves as such.
const PROGRAMS: [&str; 6] = ["bot", "crawl", "spider", "slurp", "preview", "curl"];

pub enum Visit {
    View,
    Helpful,
    NotHelpful,
}

pub struct Visits {
    salt: [u8; 32],
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    seen: HashMap<[u8; 16], Instant>,
    /// The views, and the answers of both kinds, that are not written yet.
    new: HashMap<PublicationId, (i64, i64, i64)>,
}

impl Visits {
    pub fn new() -> Visits {
        Visits { salt: rand::random(), counted: Mutex::default() }
    }

    /// Counts a visit to one page of a publication, unless this visitor was counted there recently.
    pub fn count(&self, visit: &Visit, publication: PublicationId, page: &str, address: IpAddr, agent: &str) {
        let agent = agent.to_lowercase();
        if PROGRAMS.iter().any(|program| agent.contains(program)) {
            return;
        }
        let kind = matches!(visit, Visit::View);
        let hash = Sha256::new()
            .chain_update(self.salt)
            .chain_update([u8::from(kind)])
            .chain_update(publication.0)
            .chain_update(format!("{page}\n{address}\n{agent}"))
            .finalize();
        let visitor: [u8; 16] = std::array::from_fn(|at| hash[at]);
        let mut counted = self.counted.lock();
        let now = Instant::now();
        if counted.seen.len() >= MOST_VISITORS {
            counted.seen.retain(|_, at| now.duration_since(*at) < A_VISIT);
            if counted.seen.len() >= MOST_VISITORS {
                counted.seen.clear();
            }
        }
        let known = counted.seen.get(&visitor).is_some_and(|at| now.duration_since(*at) < A_VISIT);
        if known {
            return;
        }
        counted.seen.insert(visitor, now);
        let new = counted.new.entry(publication).or_default();
        match visit {
            Visit::View => new.0 += 1,
            Visit::Helpful => new.1 += 1,
            Visit::NotHelpful => new.2 += 1,
        }
    }

    /// Writes what was counted, until the server stops.
    pub async fn keep(&self, app: App) {
        while !app.is_stopping() {
            app.rest(WRITE_EVERY).await;
            let new = std::mem::take(&mut self.counted.lock().new);
            for (publication, (views, helpful, not)) in new {
                if let Err(error) = rows::count(&app.db, publication, views, helpful, not).await {
                    warn!(%error, "views of a public page were not counted");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [PUB-6] A visitor counts once in half an hour; programs do not count.
    #[test]
    fn a_visitor_counts_once() {
        let (visits, publication) = (Visits::new(), PublicationId::new());
        let [one, two] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        for (page, address, agent) in [
            ("", one, "Firefox"),
            ("", one, "Firefox"),
            ("", one, "Chromium"),
            ("", two, "Firefox"),
            ("other", one, "Firefox"),
            ("", two, "Googlebot/2.1"),
        ] {
            visits.count(&Visit::View, publication, page, address, agent);
        }
        visits.count(&Visit::Helpful, publication, "", one, "Firefox");
        visits.count(&Visit::NotHelpful, publication, "", one, "Firefox");
        assert_eq!(visits.counted.lock().new[&publication], (4, 1, 0));
    }
}
