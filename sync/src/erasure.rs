//! Erasure: the hub's word that a record is to be forgotten, everywhere and for good.
//!
//! It is an entry of a journal like any other, and its change is this statement instead of an
//! Automerge change. It carries the hub's seal and certificate, so that it proves itself wherever
//! it comes from: a feed, another spot, a stick, the journal of a node that outlived the hub's
//! last backup. Index, record and change ids of what it erases stay, so that every proof holds.
//!
//! ```text
//! erasure = magic, record, at, reason, seal, certificate
//! ```

use sha2::{Digest, Sha256};

use crate::exchange::custody::MAX_SEAL_BYTES;
use crate::id::{ChangeId, RecordId};
use crate::varint::{self, Reader};

/// The scope under which erasures travel: no scope of a spot can be called so, and it comes
/// before all of them, as erasures must.
pub const SCOPE: &str = "!erased";
/// What an erasure begins with. No change of Automerge does.
pub const MAGIC: [u8; 4] = *b"!era";
/// Longest reason, in bytes.
pub const MAX_REASON_BYTES: usize = 200;
/// Largest certificate, in bytes.
const MAX_CERTIFICATE_BYTES: usize = 4 << 10;
/// Largest erasure, in bytes.
pub const MAX_BYTES: usize = MAX_REASON_BYTES + MAX_SEAL_BYTES + MAX_CERTIFICATE_BYTES + 64;

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// What is to be forgotten.
    pub record: RecordId,
    /// When the hub said so, milliseconds since 1970.
    pub at_ms: u64,
    /// Why, as whoever ordered it put it; nothing of any person.
    pub reason: String,
    /// The hub's seal over [`Erasure::statement`].
    pub seal: Vec<u8>,
    /// The hub's certificate, DER.
    pub certificate: Vec<u8>,
}

impl Erasure {
    /// The bytes that are sealed.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        let mut out = b"vereda: this record I erased, version 1\0".to_vec();
        out.extend(self.record.0);
        out.extend(self.at_ms.to_be_bytes());
        out.extend(self.reason.as_bytes());
        out
    }

    /// As it stands in a journal.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(self.record.0);
        varint::put(&mut out, self.at_ms);
        varint::put_prefixed(&mut out, self.reason.as_bytes());
        varint::put_prefixed(&mut out, &self.seal);
        varint::put_prefixed(&mut out, &self.certificate);
        out
    }

    /// The inverse of [`Erasure::encode`]; whether the seal holds is not looked at.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        let mut r = Reader(bytes);
        if r.array::<4>()? != MAGIC {
            return None;
        }
        let this = Self {
            record: RecordId(r.array()?),
            at_ms: r.unsigned()?,
            reason: r.text(MAX_REASON_BYTES)?.to_owned(),
            seal: r.prefixed(MAX_SEAL_BYTES)?.to_vec(),
            certificate: r.prefixed(MAX_CERTIFICATE_BYTES)?.to_vec(),
        };
        // One form for each: the id is over the bytes.
        (r.is_empty() && this.encode() == bytes).then_some(this)
    }
}

/// Whether the bytes say that they are an erasure.
#[must_use]
pub fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The id of an erasure as a change: SHA-256 over its bytes.
#[must_use]
pub fn change_id(bytes: &[u8]) -> ChangeId {
    ChangeId(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure() -> Erasure {
        Erasure {
            record: RecordId([3; 32]),
            at_ms: 1_700_000_000_000,
            reason: "prazo".into(),
            seal: vec![7; 66],
            certificate: vec![9; 700],
        }
    }

    #[test]
    fn an_erasure_is_read_as_it_was_written_and_nothing_else_is() {
        let bytes = erasure().encode();
        assert!(is(&bytes));
        assert_eq!(Erasure::decode(&bytes), Some(erasure()));
        for cut in 0..bytes.len() {
            assert_eq!(Erasure::decode(&bytes[..cut]), None, "{cut}");
        }
        assert_eq!(Erasure::decode(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(Erasure::decode(&vec![b'!'; MAX_BYTES + 1]), None);
    }

    #[test]
    fn what_is_sealed_differs_with_everything_that_is_said() {
        let said = erasure().statement();
        for other in [
            Erasure {
                record: RecordId([4; 32]),
                ..erasure()
            },
            Erasure {
                at_ms: 1,
                ..erasure()
            },
            Erasure {
                reason: "outro".into(),
                ..erasure()
            },
        ] {
            assert_ne!(other.statement(), said);
        }
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let _ = Erasure::decode(&[&MAGIC[..], &bytes].concat());
        }
    }
}
