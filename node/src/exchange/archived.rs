//! The hub's word that it holds a journal and a copy of it off its disk: what it may say, what a
//! spot asks for, and what the spot keeps of the answer.

use anyhow::ensure;
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::message::Head;
use vereda_sync::id::JournalId;

use crate::link::seal;
use crate::node::Node;
use crate::store::{archive, custody, journal};

/// At the hub: how much of a spot's journal is archived, if that is more than `known`.
///
/// # Errors
/// When the store does not answer.
pub fn head(node: &Node, spot: &str, id: JournalId, known: u64) -> anyhow::Result<Option<Head>> {
    let db = node.store.read();
    let theirs = journal::find(&db, id)?.filter(|j| !j.own && j.node == spot);
    let head = archive::of(&db, id)?.filter(|head| head.size > known);
    Ok(match theirs.zip(head) {
        // What is here must still be what is in the copy.
        Some((_, head)) if journal::root_at(&db, &head)? == Some(head.root) => Some(head),
        _ => None,
    })
}

/// An own journal of which more could be archived than is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanting {
    /// Its id.
    pub id: JournalId,
    /// Entries that the hub holds.
    pub proven: u64,
    /// Entries that are known to be archived.
    pub known: u64,
}

/// At a spot: the journals that it asks for.
///
/// # Errors
/// When the store does not answer.
pub fn wanting(node: &Node) -> anyhow::Result<Vec<Wanting>> {
    let db = node.store.read();
    let mut wanting = Vec::new();
    for own in journal::all(&db)?.into_iter().filter(|j| j.own) {
        let known = custody::of(&db, Says::Archived, own.id)?;
        let (id, proven) = (own.id, own.proven);
        let known = known.map_or(0, |(word, _)| word.head.size);
        if known < proven {
            wanting.push(Wanting { id, proven, known });
        }
    }
    Ok(wanting)
}

/// At a spot: keeps the hub's word, if it is its own and over what is here. `hub` is its
/// certificate, DER.
///
/// # Errors
/// When it is not, or the store does not answer.
pub fn keep(node: &Node, hub: &[u8], word: &Sealed) -> anyhow::Result<()> {
    seal::examine(hub, Says::Archived, word)?;
    let db = node.store.write();
    ensure!(
        journal::root_at(&db, &word.head)? == Some(word.head.root),
        "the hub archived other entries than those that are here"
    );
    Ok(custody::keep(&db, Says::Archived, word, hub)?)
}
