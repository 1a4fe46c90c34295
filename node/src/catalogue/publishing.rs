//! Which edition of the catalogue is for whom: what a hub hands out to a spot, and what a node takes.

use anyhow::{Context, ensure};
use vereda_sync::catalogue::{Catalogue, Source, files};

use super::proposal;
use super::signed::{self, Agreed, FORM_BY_TWO, Signed};
use crate::clock;
use crate::config::{Config, Kind};
use crate::link::seal::Seal;
use crate::link::tls;
use crate::node::Node;
use crate::store::published::{self, Published};

/// Packed once for every spot.
const LEVEL: i32 = 19;

/// Whether a node takes an edition that is new to it.
///
/// # Errors
/// When fewer than two persons agreed to it, or it is for other spots.
pub fn may_take(signed: &Signed, config: &Config) -> anyhow::Result<()> {
    let agreed = signed.by_two()?;
    ensure!(
        config.node.kind == Kind::Hub || agreed.is_for(&config.node.scopes),
        "edition {} is for {}, and this node writes in {}",
        signed.catalogue.edition,
        agreed.scopes.join(", "),
        config.node.scopes.join(", ")
    );
    Ok(())
}

/// The number of the newest edition that this hub has had or hands out.
///
/// # Errors
/// When the store does not answer.
pub fn newest(node: &Node) -> anyhow::Result<u32> {
    let all = published::all(&node.store.read())?;
    let handed_out = all.first().map_or(0, |published| published.edition);
    Ok(handed_out.max(node.catalogue().edition))
}

/// What is sealed beside an edition.
#[must_use]
pub fn agreed(published: &Published) -> Agreed {
    // Written here, by this program; what is of before two persons were named says nothing.
    serde_json::from_str(&published.agreed).unwrap_or_default()
}

/// The newest edition for a spot that writes in those scopes, in a form that it can read.
///
/// # Errors
/// When the store does not answer.
pub fn newest_for(
    node: &Node,
    scopes: &[String],
    form: u8,
) -> anyhow::Result<Option<(u32, Vec<u8>)>> {
    let db = node.store.read();
    let is_for_it = |published: &Published| match published.agreed.is_empty() {
        true => form < FORM_BY_TWO,
        false => form >= FORM_BY_TWO && agreed(published).is_for(scopes),
    };
    let Some(newest) = published::all(&db)?.into_iter().find(is_for_it) else {
        return Ok(None);
    };
    let file = published::file(&db, newest.edition)?.context("an edition that is handed out")?;
    Ok(Some((newest.edition, file)))
}

/// Takes a signed file as what this hub hands out; an older one than is here is refused.
///
/// # Errors
/// In words, why not.
pub fn take(node: &Node, file: &[u8]) -> anyhow::Result<()> {
    let authority = node.config.authority().context("no authority")?;
    let signed = signed::read(file, authority)?;
    let edition = signed.catalogue.edition;
    let is_here = crate::store::catalogue::is_here(&node.store.read(), &signed.catalogue)?;
    if !is_here {
        signed.by_two()?;
    }
    let handed_out = published::all(&node.store.read())?;
    if handed_out.iter().any(|one| one.edition == edition) && is_here {
        return Ok(());
    }
    let newest = newest(node)?;
    ensure!(
        is_here || edition > newest,
        "edition {edition} does not follow edition {newest}, which is here: publish under a newer number"
    );
    let said = match &signed.agreed {
        Some(agreed) => serde_json::to_string(agreed)?,
        None => String::new(),
    };
    let published = Published {
        edition,
        agreed: said,
        at_ms: i64::try_from(signed.at_ms).unwrap_or(i64::MAX),
        withdraws: None,
    };
    node.take_edition(signed.catalogue)?;
    let packed = zstd::bulk::compress(file, LEVEL)?;
    published::keep(&node.store.write(), &published, &packed, None)?;
    Ok(())
}

/// Publishes an edition to which two persons agreed. `claim` is called under the lock of the store, before anything is
/// written: whether what they agreed to still stands. Gives whether it did.
///
/// # Errors
/// When it cannot be signed or kept.
pub fn publish(
    node: &Node,
    catalogue: &Catalogue,
    (agreed, withdraws): (&Agreed, Option<u32>),
    files: &[Source],
    claim: impl FnOnce(&rusqlite::Connection) -> crate::store::Result<bool>,
) -> anyhow::Result<bool> {
    let sync = node.config.sync.as_ref();
    let sync = sync.context("only a hub signs")?;
    let at_ms = clock::wall_ms();
    let certificate = tls::certificate(&sync.certificate)?;
    let file = signed::sign(
        catalogue,
        agreed,
        (&Seal::load(&sync.key)?, &certificate),
        at_ms,
    )?;
    signed::read(&file, &sync.authority).context("what was signed does not verify")?;
    let packed = zstd::bulk::compress(&file, LEVEL)?;
    let published = Published {
        edition: catalogue.edition,
        agreed: serde_json::to_string(agreed)?,
        at_ms: i64::try_from(at_ms)?,
        withdraws,
    };
    let kept = {
        let db = node.store.write();
        let tx = db
            .unchecked_transaction()
            .map_err(crate::store::StoreError::from)?;
        let stands = claim(&tx)?;
        let kept =
            stands && published::keep(&tx, &published, &packed, Some(&proposal::pack(files)?))?;
        tx.commit().map_err(crate::store::StoreError::from)?;
        kept
    };
    if kept {
        catch_up(node)?;
    }
    Ok(kept)
}

/// What is handed out is offered here too: after a publication, and when that was cut off in between.
///
/// # Errors
/// When it cannot be read or taken.
pub fn catch_up(node: &Node) -> anyhow::Result<()> {
    let newest = published::all(&node.store.read())?.into_iter().next();
    let newest = newest.filter(|newest| newest.edition > node.catalogue().edition);
    if let Some(newest) = newest {
        node.take_edition(read(node, newest.edition)?)?;
    }
    Ok(())
}

/// An edition that is handed out.
///
/// # Errors
/// When it is not, or cannot be read.
pub fn read(node: &Node, edition: u32) -> anyhow::Result<Catalogue> {
    let packed = published::file(&node.store.read(), edition)?;
    let packed = packed.with_context(|| format!("edition {edition} is not handed out here"))?;
    let file = zstd::bulk::decompress(&packed, signed::MAX_FILE_BYTES)?;
    let authority = node.config.authority().context("no authority")?;
    Ok(signed::read(&file, authority)?.catalogue)
}

/// The files of an edition that is here: those it was read from, or else written out from what was signed.
///
/// # Errors
/// When it is not here.
pub fn files_of(node: &Node, edition: u32) -> anyhow::Result<Vec<Source>> {
    let kept = published::files(&node.store.read(), edition)?;
    if let Some(kept) = kept {
        return proposal::unpack(&kept);
    }
    let configured = &node.config.catalogue.file;
    if !signed::is_signed(configured) {
        let sources = super::sources(configured)?;
        let read = vereda_sync::catalogue::source::read(&sources);
        if read.is_ok_and(|catalogue| node.edition(edition) == Some(&catalogue)) {
            return Ok(sources);
        }
    }
    match node.edition(edition) {
        Some(catalogue) => Ok(files::of(catalogue)),
        None => Ok(files::of(&read(node, edition)?)),
    }
}

/// The number of the newest edition, of those that are handed out, for a spot that writes in those scopes.
#[must_use]
pub fn newest_among(all: &[Published], scopes: &[String]) -> Option<u32> {
    let mut all = all.iter();
    let newest = all.find(|one| agreed(one).is_for(scopes));
    newest.map(|one| one.edition)
}
