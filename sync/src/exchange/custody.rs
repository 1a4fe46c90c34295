//! Custody: what a node and its hub put their seals to.
//!
//! With a checkpoint the node says "this is my journal, and I wrote no other of this
//! size"; with its receipt the hub says "all of that is here, on disk". Both are kept,
//! and hold without the other: `vereda verify` reads them years later, offline.
//! What a seal is (a signature under the device's certificate) is the link's affair.

use crate::exchange::message::Head;
use crate::id::JournalId;
use crate::journal::Hash;
use crate::varint::{self, Reader};

/// Largest seal, in bytes.
pub const MAX_SEAL_BYTES: usize = 1_024;

/// A journal's size and root, with the seal of who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What is vouched for.
    pub head: Head,
    /// When, by the clock of who does, milliseconds since 1970.
    pub at_ms: u64,
    /// The seal over [`statement`].
    pub seal: Vec<u8>,
}

impl Sealed {
    /// As it travels by itself.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_sealed(&mut out, self);
        out
    }

    /// The inverse of [`Sealed::to_bytes`]; bounded by [`MAX_SEAL_BYTES`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        sealed(&mut r).filter(|_| r.is_empty())
    }
}

/// A sealed head, as a file has it.
pub(crate) fn put_sealed(out: &mut Vec<u8>, sealed: &Sealed) {
    out.extend(sealed.head.journal.0);
    varint::put(out, sealed.head.size);
    out.extend(sealed.head.root);
    varint::put(out, sealed.at_ms);
    varint::put_prefixed(out, &sealed.seal);
}

/// The inverse of [`put_sealed`].
pub(crate) fn sealed(r: &mut Reader<'_>) -> Option<Sealed> {
    Some(Sealed {
        head: Head {
            journal: JournalId(r.array()?),
            size: r.unsigned()?,
            root: r.array()?,
        },
        at_ms: r.unsigned()?,
        seal: r.prefixed(MAX_SEAL_BYTES)?.to_vec(),
    })
}

/// Who vouches, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The node: I wrote this, and nothing else of this size.
    Wrote,
    /// The hub: I hold all of this.
    Holds,
    /// The hub: I hold all of this, and a copy off this disk.
    Archived,
}

impl Says {
    // Different for each: no seal can stand for the other, nor for anything that TLS signs.
    fn context(self) -> &'static [u8] {
        match self {
            Self::Wrote => b"vereda: this journal I wrote, version 1\0",
            Self::Holds => b"vereda: this journal I hold, version 1\0",
            Self::Archived => b"vereda: this journal I archived, version 1\0",
        }
    }
}

/// A file that is sealed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// The node: I packed this part of a bundle.
    Part,
    /// The hub: I gave this receipt to whoever brought a bundle.
    Receipt,
    /// The hub: I publish this edition of the catalogue.
    Catalogue,
    /// The hub: I publish this version of the program.
    Program,
    /// The hub: these people may sign in at this node.
    People,
    /// The node: so far is my log of who saw what.
    Audit,
    /// The node: so far I saw another's log of who saw what, and it only grew.
    AuditSeen,
    /// The hub: this node is to do this.
    Order,
    /// The node: this became of an order.
    Word,
    /// The node: so I am.
    Condition,
}

/// The bytes that are sealed under a file with this SHA-256.
#[must_use]
pub fn file_statement(file: File, digest: &Hash) -> Vec<u8> {
    let context: &[u8] = match file {
        File::Part => b"vereda: this bundle I packed, version 1\0",
        File::Receipt => b"vereda: this receipt I gave, version 1\0",
        File::Catalogue => b"vereda: this catalogue I publish, version 1\0",
        File::Program => b"vereda: this program I publish, version 1\0",
        File::People => b"vereda: these people may sign in, version 1\0",
        File::Audit => b"vereda: so far is this log of accesses, version 1\0",
        File::AuditSeen => b"vereda: so far I saw this log of accesses grow, version 1\0",
        File::Order => b"vereda: this a node is to do, version 1\0",
        File::Word => b"vereda: this became of an order, version 1\0",
        File::Condition => b"vereda: so I am, version 1\0",
    };
    [context, digest].concat()
}

/// The bytes that are sealed.
#[must_use]
pub fn statement(says: Says, head: &Head, at_ms: u64) -> Vec<u8> {
    let mut out = says.context().to_vec();
    out.extend(head.journal.0);
    out.extend(head.size.to_be_bytes());
    out.extend(head.root);
    out.extend(at_ms.to_be_bytes());
    out
}
