//! Spots see the hub's log grow, and put their seals beside the hub's: a hub that took back what it had shown to one of them
//! could not show it a log that goes on from there.

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use vereda_sync::audit::Noted;
use vereda_sync::exchange::custody::{File, Says};
use vereda_sync::journal::{Hash, proof};

use super::digest;
use crate::config::Hub;
use crate::link::seal::{self, Seal};
use crate::node::Node;
use crate::store::audit::seen::{Contradiction, Witness, contradict, grew, keep, of, origins};
use crate::store::audit::{self, Checkpoint};

/// The last checkpoint of a hub's log, as a spot is shown it; bytes in Base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    note: String,
    seal: String,
    certificate: String,
    /// That it goes on from what the spot saw last (RFC 6962); empty when that is nothing.
    proof: Vec<String>,
}

/// A spot's seal under a checkpoint; bytes in Base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Countersigned {
    size: u64,
    seal: String,
}

/// At the hub: what a spot is shown that saw so many lines of that log; `None` when there is nothing else.
///
/// # Errors
/// When the store does not answer.
pub fn show(node: &Node, after: u64) -> anyhow::Result<Option<Shown>> {
    let db = node.store.read();
    let Some(newest) = audit::newest(&db)?.filter(|newest| newest.size != after) else {
        return Ok(None);
    };
    let proof = audit::consistency(&db, newest.size, after)?.unwrap_or_default();
    Ok(Some(Shown {
        seal: STANDARD.encode(&newest.seal),
        certificate: STANDARD.encode(&newest.certificate),
        proof: proof.iter().map(|hash| STANDARD.encode(hash)).collect(),
        note: newest.note,
    }))
}

/// At the hub: keeps the seal of a spot under one of its checkpoints. Gives whether it is one.
///
/// # Errors
/// When the store does not answer.
pub fn witness(
    node: &Node,
    (spot, certificate): (&str, &[u8]),
    said: &Countersigned,
) -> anyhow::Result<bool> {
    let db = node.store.write();
    let under = audit::checkpoints(&db, said.size.saturating_sub(1), 1)?.pop();
    let (Some(under), Ok(seal)) = (
        under.filter(|c| c.size == said.size),
        STANDARD.decode(&said.seal),
    ) else {
        return Ok(false);
    };
    if seal::examine_file(certificate, File::AuditSeen, &digest(&under.note), &seal).is_err() {
        return Ok(false);
    }
    keep(
        &db,
        &Witness {
            node: spot.to_owned(),
            size: said.size,
            at_ms: node.now_ms(),
            seal,
            certificate: certificate.to_vec(),
        },
    )?;
    Ok(true)
}

/// At a spot: how many lines it saw of the log that it saw last.
///
/// # Errors
/// When the store does not answer.
pub fn size(node: &Node) -> anyhow::Result<u64> {
    let db = node.store.read();
    let mut last: Option<Checkpoint> = None;
    for origin in origins(&db)? {
        let seen = of(&db, &origin)?.map(|seen| seen.checkpoint);
        if seen.as_ref().map(|s| s.at_ms) > last.as_ref().map(|s| s.at_ms) {
            last = seen;
        }
    }
    Ok(last.map_or(0, |seen| seen.size))
}

/// At a spot: looks whether the hub's log goes on from what was seen before, and puts this spot's seal to it. What
/// contradicts it is kept, and nothing of that log is sealed any more.
///
/// # Errors
/// In words, when what was shown is no checkpoint of the hub, or contradicts what was seen.
pub fn see(node: &Node, hub: &Hub, shown: &Shown) -> anyhow::Result<Option<Countersigned>> {
    let noted =
        Noted::read(&shown.note).context("the hub shows something that is no checkpoint")?;
    let new = Checkpoint {
        size: noted.size,
        at_ms: noted.at_ms,
        note: shown.note.clone(),
        seal: STANDARD.decode(&shown.seal)?,
        certificate: STANDARD.decode(&shown.certificate)?,
    };
    seal::examine_file(&new.certificate, File::Audit, &digest(&new.note), &new.seal)?;
    let at_ms = u64::try_from(noted.at_ms).context("a checkpoint from before 1970")?;
    seal::vouched(&new.certificate, &hub.authority, Says::Holds, at_ms)?;
    let db = node.store.write();
    if let Some(seen) = of(&db, noted.origin)? {
        if seen.wrong.is_some() {
            return Ok(None);
        }
        if let Err(why) = goes_on(&seen.checkpoint, &noted, &shown.proof) {
            let by = Contradiction {
                why: format!("{why:#}"),
                note: new.note,
                seal: new.seal,
            };
            contradict(&db, noted.origin, &by)?;
            return Err(why);
        }
    }
    grew(&db, noted.origin, &new)?;
    let seal = Seal::load(&hub.key)?.put_under(File::AuditSeen, &digest(&new.note))?;
    Ok(Some(Countersigned {
        size: new.size,
        seal: STANDARD.encode(seal),
    }))
}

fn goes_on(seen: &Checkpoint, new: &Noted<'_>, shown: &[String]) -> anyhow::Result<()> {
    let was = Noted::read(&seen.note).context("what was seen before cannot be read")?;
    ensure!(
        new.size >= was.size,
        "the hub's log had {} lines and has {} now",
        was.size,
        new.size
    );
    let proof = shown.iter().map(|hash| {
        let hash = STANDARD.decode(hash).ok();
        hash.and_then(|hash| Hash::try_from(hash).ok())
    });
    let proof: Option<Vec<Hash>> = proof.collect();
    let holds = proof.is_some_and(|proof| {
        proof::is_consistent((was.size, was.root), (new.size, new.root), &proof)
    });
    ensure!(
        holds,
        "the hub's log of {} lines does not begin with the {} that were seen",
        new.size,
        was.size
    );
    Ok(())
}
