//! Bundles: what the link does, by stick or by another vehicle.
//!
//! ```text
//! author                     stick or carrier                    hub
//!  export: parts ───────────▶ verify, keep, hand in ───────────▶ verify, open, take in
//!  import ◀───────────────── keep, give ◀─────────────────────── receipt
//! ```
//! [`export`] writes parts, [`intake`] takes in whatever a stick holds, at any node;
//! [`hub`] opens parts and answers with receipts, [`custody`] takes a receipt in at
//! its author, [`carrier`]
//! what passes between the hub and who brings a part. [`door`] is how a command reaches a node that runs.

pub mod carrier;
pub mod cipher;
pub mod custody;
pub mod door;
pub mod export;
pub mod hub;
pub mod intake;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use vereda_sync::bundle::BundleError;
use vereda_sync::exchange::ExchangeError;

use crate::store::StoreError;

/// How files with parts are called.
pub const PART_SUFFIX: &str = ".vereda-bundle";
/// How files with receipts are called.
pub const RECEIPT_SUFFIX: &str = ".vereda-receipt";

/// How files with orders of the hub to a node are called.
pub const ORDER_SUFFIX: &str = ".vereda-order";
/// How files with what became of an order are called.
pub const WORD_SUFFIX: &str = ".vereda-word";

/// How files with how a node is are called.
pub const CONDITION_SUFFIX: &str = ".vereda-condition";

/// Most files of one folder that are taken.
const MAX_FILES: usize = 4_096;

/// The bundles, receipts, orders and words in a folder, in the order in which they are to be taken in.
///
/// # Errors
/// When it cannot be read, or holds too many.
pub fn files_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let shown = || folder.display().to_string();
    let mut found = Vec::new();
    for entry in folder.read_dir().with_context(shown)? {
        let entry = entry.with_context(shown)?;
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| {
            let ours = [
                PART_SUFFIX,
                RECEIPT_SUFFIX,
                ORDER_SUFFIX,
                WORD_SUFFIX,
                CONDITION_SUFFIX,
            ];
            // Some systems leave files of their own beside, under the same name.
            ours.iter().any(|s| name.ends_with(s)) && !name.starts_with('.')
        });
        // A pipe under that name would keep its reader waiting for ever.
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            found.push(folder.join(name));
        }
        ensure!(found.len() <= MAX_FILES, "{}: too many files", shown());
    }
    // By name is by part.
    found.sort();
    Ok(found)
}

/// Why a file is not taken in, in words that say what to do. What is refused stays
/// good on its stick.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] BundleError),
    /// The seal is not under what it should be.
    #[error(
        "its seal does not hold: it was changed after it was packed; export it again, or take it from another stick"
    )]
    Seal,
    /// Nobody here vouches for who made it.
    #[error(
        "its certificate is of another authority than this node's, or did not hold on the day that it names (a wrong clock, or an enrolment that had run out: enrol the author anew, then export again there): {0}"
    )]
    Authority(String),
    /// It was made later than now.
    #[error(
        "it is dated {0}, which is still to come: set the clocks of this node and of {1} right; if {1} was wrong, export again there"
    )]
    Future(jiff::Timestamp, String),
    /// It is for another hub.
    #[error("it is encrypted to another hub (key {theirs}…, here {ours}…): import it there")]
    OtherHub {
        /// The beginning of the key that it is encrypted to.
        theirs: String,
        /// The beginning of ours.
        ours: String,
    },
    /// Its author is not on the list.
    #[error(
        "{0} sealed it with a certificate that is not on the list of enrolled nodes: it was revoked, or enrolled anew since. Keep the stick: enrolled again, the node exports the same work under its new certificate"
    )]
    NotEnrolled(String),
    /// The author has no right to it.
    #[error("the journal belongs to another node than {0}, which sealed it")]
    NotYours(String),
    /// The hub holds something else.
    #[error(
        "the journal of {0} differs from what the hub holds under its id: a copied or restored disk. Let the node reach the hub once: it then begins a new journal"
    )]
    Diverged(String),
    /// A change in it was refused.
    #[error(
        "entry {entry} of {node} was refused and is in quarantine; what came before it is taken in, what follows waits for a person (`vereda inspect … quarantine`)"
    )]
    Quarantined {
        /// Whose.
        node: String,
        /// Which.
        entry: u64,
    },
    /// What is encrypted makes no sense.
    #[error("what {0} packed cannot be read ({1}): update that node, then export again there")]
    Content(String, ExchangeError),
    /// An order that is none for here, or what is said of one that was not given.
    #[error("{0}")]
    Order(String),
    /// The receipt speaks of something else.
    #[error("the receipt is over other entries than those that this node wrote: {0}")]
    OtherEntries(String),
    /// The hub was restored, and this node has not offered it everything again.
    #[error(
        "an exchange with the hub, new or restored, has begun and not ended: the receipt may be from before; the next exchange that ends says what the hub holds"
    )]
    Unsettled,
    /// No more is kept.
    #[error(
        "no more parts of bundles can be kept here ({0}): hand in those that are here first, or import the parts in their order"
    )]
    NoRoom(String),
    /// A key is missing.
    #[error("{0}")]
    NoKey(String),
    /// The fault is ours.
    #[error(transparent)]
    Own(#[from] anyhow::Error),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

/// The beginning of a key or an id, as people compare it.
fn short(id: &impl std::fmt::Display) -> String {
    id.to_string().chars().take(8).collect()
}

/// What to do where a key for bundles is not configured or not there.
fn no_key(table: &str, file: &str) -> String {
    format!(
        "this node has no key for bundles: enrol the hub (`vereda authority enrol … --role hub`), then this node, and set `bundle_key = \"keys/{file}\"` in `[{table}]`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_folder_only_files_of_ours_are_taken_and_a_pipe_keeps_nobody_waiting() {
        let folder = std::env::temp_dir().join(format!("vereda-stick-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("d.vereda-bundle")).unwrap();
        for name in [
            "b.vereda-bundle",
            "a.vereda-receipt",
            ".b.vereda-bundle",
            "x.txt",
        ] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        let pipe = folder.join("c.vereda-bundle");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let found = files_in(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            found,
            ["a.vereda-receipt", "b.vereda-bundle"].map(|name| folder.join(name))
        );
    }
}
