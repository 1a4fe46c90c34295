//! What a carrier and the hub have to say of a part: who brought it may let go of it once the
//! hub's receipt for its journal is here, and not before.

use anyhow::{Context, ensure};
use vereda_sync::id::PartId;

use super::Refused;
use super::intake::{self, Outcome, Side};
use crate::config::{Hub, Sync};
use crate::node::Node;
use crate::store::blob;
use crate::store::bundle::{self, Part};

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 400;

/// What the hub says of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It holds all of the journal that the part speaks of: its receipt.
    Receipt(Vec<u8>),
    /// It has the part, and waits for others.
    Waits,
    /// It does not take it in, for this reason.
    Refused(String),
}

/// At the hub: whether the part is here and waits, and how many bytes of it have come.
///
/// # Errors
/// When the store does not answer.
pub fn brought(node: &Node, id: PartId) -> anyhow::Result<(bool, u64)> {
    let db = node.store.read();
    Ok((bundle::is_kept(&db, id)?, blob::held(&db, &id.0)?))
}

/// At the hub: all bytes of a part have come, under its id.
///
/// # Errors
/// When the fault is the hub's own; the carrier brings the part again.
pub fn answer(node: &Node, sync: &Sync, id: PartId, bytes: u64) -> anyhow::Result<Word> {
    match settle(node, sync, id, bytes) {
        Ok(Outcome::Taken(answer)) => Ok(match answer.receipt {
            Some((_, file)) => Word::Receipt(file),
            None => Word::Waits,
        }),
        // Who carries it need not keep it for that.
        Ok(impounded @ Outcome::Impounded { .. }) => Ok(Word::Refused(impounded.to_string())),
        Ok(_) => Ok(Word::Waits),
        Err(Refused::Own(error)) => Err(error),
        Err(refused) => {
            tracing::warn!(part = %id, %refused, "a part of a bundle that a spot brought was refused");
            Ok(Word::Refused(refused.to_string()))
        }
    }
}

/// Is it what its id says, and may it be taken in?
fn settle(node: &Node, sync: &Sync, id: PartId, bytes: u64) -> Result<Outcome, Refused> {
    let settled = match blob::hash(&node.store, &id.0)? == id.0 {
        true => intake::settle(node, Side::Hub(sync), id, (&id.0, bytes)),
        false => Err(Refused::Seal),
    };
    let db = node.store.write();
    if !bundle::has_pieces(&db, &id.0)? {
        blob::drop_pieces(&db, &id.0)?;
    }
    settled
}

/// At a carrier: whether the hub is asked for a receipt before a part is brought. Of
/// photographs the receipt of a journal says nothing: those are brought first.
#[must_use]
pub fn asks_first(part: &Part) -> bool {
    part.handed || part.header.photograph_bytes == 0
}

/// At a carrier: takes in what the hub says. Gives whether the receipt is here, and the part gone.
///
/// # Errors
/// When the receipt does not hold, or the store does not answer; the part stays.
pub fn hears(node: &Node, hub: &Hub, part: &Part, word: Word) -> anyhow::Result<bool> {
    let (handed, why) = match word {
        Word::Receipt(file) => return keep(node, hub, part, &file),
        Word::Waits => (true, "the hub has it, and waits for other parts".to_owned()),
        Word::Refused(why) => {
            let why: String = why.chars().take(MAX_REASON).collect();
            (false, format!("the hub refused it: {why}"))
        }
    };
    bundle::note(&node.store.write(), part.id, handed, &why)?;
    Ok(false)
}

/// The hub's receipt, examined before the part is let go of.
fn keep(node: &Node, hub: &Hub, part: &Part, receipt: &[u8]) -> anyhow::Result<bool> {
    let taken = intake::import(node, Side::Spot(hub), receipt);
    let taken = taken.context("the hub's receipt for a bundle")?;
    ensure!(
        matches!(&taken, Outcome::ReceiptCarried { node, .. } if *node == part.header.node),
        "the hub's receipt is for something else"
    );
    bundle::drop_part(&node.store.write(), part.id)?;
    tracing::info!(
        node = part.header.node,
        part = part.header.part,
        "a carried part of a bundle is handed in"
    );
    Ok(true)
}
