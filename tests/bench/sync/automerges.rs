//! Automerge's own protocol, document by document, in memory, with no network under it.

use std::time::{Duration, Instant};

use anyhow::ensure;
use automerge::sync::{State, SyncDoc};
use automerge::{AutoCommit, Change};

use crate::records::Made;

/// What a sync of all documents took.
pub(super) struct Peer {
    pub(super) up: u64,
    pub(super) down: u64,
    pub(super) messages: u64,
    /// The most that one document needs: if all are on their way at once, also of all.
    pub(super) round_trips: u32,
    pub(super) time: Duration,
    /// Bytes of an exchange when nothing is new.
    pub(super) nothing: u64,
}

/// All documents to a side that has none, and then once more with nothing new.
pub(super) fn sync(made: &[Made]) -> anyhow::Result<Peer> {
    let mut peer = Peer {
        up: 0,
        down: 0,
        messages: 0,
        round_trips: 0,
        time: Duration::ZERO,
        nothing: 0,
    };
    for made in made {
        let changes = made
            .changes
            .iter()
            .map(|c| Change::from_bytes(c.bytes.clone()));
        let (mut here, mut there) = (AutoCommit::new(), AutoCommit::new());
        here.apply_changes(changes.collect::<Result<Vec<_>, _>>()?)?;
        let begun = Instant::now();
        let first = agree(&mut here, &mut there)?;
        peer.time += begun.elapsed();
        peer.up += first.up;
        peer.down += first.down;
        peer.messages += first.messages;
        peer.round_trips = peer.round_trips.max(first.turns);
        ensure!(
            here.get_heads() == there.get_heads(),
            "Automerge's sync left something out"
        );
        let again = agree(&mut here, &mut there)?;
        peer.nothing += again.up + again.down;
    }
    Ok(peer)
}

#[derive(Default)]
struct Agreed {
    up: u64,
    down: u64,
    messages: u64,
    turns: u32,
}

/// Both say what they have to until neither has anything to say.
fn agree(here: &mut AutoCommit, there: &mut AutoCommit) -> anyhow::Result<Agreed> {
    let (mut mine, mut theirs) = (State::new(), State::new());
    let mut agreed = Agreed::default();
    loop {
        let up = here.sync().generate_sync_message(&mut mine);
        let said = up.is_some();
        if let Some(message) = up {
            agreed.up += message.clone().encode().len() as u64;
            agreed.messages += 1;
            there.sync().receive_sync_message(&mut theirs, message)?;
        }
        let down = there.sync().generate_sync_message(&mut theirs);
        let answered = down.is_some();
        if let Some(message) = down {
            agreed.down += message.clone().encode().len() as u64;
            agreed.messages += 1;
            here.sync().receive_sync_message(&mut mine, message)?;
        }
        if !said && !answered {
            return Ok(agreed);
        }
        agreed.turns += 1;
    }
}
