//! Packing of changes into frames: small enough that a cut wastes little, large
//! enough to compress.

use crate::exchange::{ExchangeError, columns};
use crate::guard;
use crate::id::{ChangeId, RecordId};
use crate::journal::Entry;

/// Most bytes of changes in a frame, unless it is one change alone.
pub const FRAME_BYTES: usize = 160 << 10;
/// What a frame should have at most on the wire: half a second of satellite, and the most
/// that a cut wastes.
const WIRE_BYTES: usize = 16 << 10;
/// Up to this size a change is mostly what can be derived; what is longer is mostly text.
const SMALL_CHANGE_BYTES: usize = 1 << 10;
/// Most entries in a frame.
pub const MAX_ENTRIES: usize = 1_024;
/// Largest frame on the wire, in bytes: one change of the largest size must fit.
pub const MAX_PACKED_BYTES: usize = guard::MAX_CHANGE_BYTES + (16 << 10);
/// Largest frame once unpacked, in bytes.
pub const MAX_PLAIN_BYTES: usize = FRAME_BYTES + guard::MAX_CHANGE_BYTES + (64 << 10);

/// A frame being filled: how much of the wire it will take is guessed.
#[derive(Debug, Default)]
pub struct Filling {
    entries: usize,
    bytes: usize,
    wire: usize,
}

impl Filling {
    /// Whether a change of that many bytes goes in as well. The first one always does.
    pub fn takes(&mut self, bytes: usize) -> bool {
        // Measured: small changes come to a sixteenth or less, random text to three quarters.
        let long = bytes.saturating_sub(SMALL_CHANGE_BYTES);
        self.wire += bytes.min(SMALL_CHANGE_BYTES) / 12 + long * 3 / 4;
        self.bytes += bytes;
        self.entries += 1;
        let room = self.wire <= WIRE_BYTES && self.bytes <= FRAME_BYTES;
        self.entries == 1 || (room && self.entries <= MAX_ENTRIES)
    }
}

/// How many of the first `entries` belong into one frame.
#[must_use]
pub fn fitting(entries: &[Entry]) -> usize {
    let mut filling = Filling::default();
    let fits = |entry: &&Entry| filling.takes(entry.bytes.len());
    entries.iter().take_while(fits).count()
}

/// A way to pack entries, with the words that both sides must know before. The default comes
/// with the lowest version of the protocol, so that everybody reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(u8);

impl Default for Encoding {
    fn default() -> Self {
        Self(columns::BASE)
    }
}

impl Encoding {
    /// All that are read here.
    #[must_use]
    pub fn known() -> Vec<u8> {
        columns::known().collect()
    }

    /// The best of those that the other side reads too.
    #[must_use]
    pub fn best(theirs: &[u8]) -> Self {
        let common = columns::known().filter(|mark| theirs.contains(mark));
        common.max().map_or_else(Self::default, Self)
    }
}

/// Packs entries by column, for who reads what everybody does. Give at most what [`fitting`] says.
///
/// # Errors
/// When zstd refuses, which it has no reason to.
pub fn pack(entries: &[Entry]) -> Result<Vec<u8>, ExchangeError> {
    pack_as(entries, Encoding::default())
}

/// Packs entries by column, as both sides agreed. None is no bytes.
///
/// # Errors
/// As [`pack`].
pub fn pack_as(entries: &[Entry], encoding: Encoding) -> Result<Vec<u8>, ExchangeError> {
    match entries {
        [] => Ok(vec![]),
        entries => columns::encode(entries, encoding.0),
    }
}

/// An entry as it came off the wire: unexamined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexamined {
    /// The record that the sender says it belongs to; `None`: it begins its record.
    pub record: Option<RecordId>,
    /// Where in the frame the record's earlier change stands, when `record` is
    /// told by reference to one that begins it.
    pub same_as: Option<usize>,
    /// The change, unexamined.
    pub bytes: Vec<u8>,
    /// Only the leaf came, of this change: its body was erased, or never was where it comes from.
    pub bare: Option<ChangeId>,
    /// The hash that the bytes were given here, when they were put together of their parts.
    pub(super) made: Option<ChangeId>,
}

/// Unpacks a frame without decoding any change. Bounded in size before anything
/// is decompressed, and in time by the size.
///
/// # Errors
/// [`ExchangeError::Malformed`].
pub fn unpack(packed: &[u8]) -> Result<Vec<Unexamined>, ExchangeError> {
    match packed {
        [] => Ok(vec![]),
        packed => columns::decode(packed).ok_or(ExchangeError::Malformed("frame")),
    }
}

/// What became of one unexamined entry.
pub type Verdict = Result<Entry, (guard::Refused, Vec<u8>)>;

/// Lets the guard examine every entry of a frame and gives each its record.
/// A refused one does not spoil the others; those that refer to it are refused with it.
#[must_use]
pub fn examine(entries: Vec<Unexamined>) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(entries.len());
    for entry in entries {
        let examined = match entry.bare {
            Some(change) => Ok((
                change,
                entry.record.is_none() && entry.same_as.is_none(),
                None,
            )),
            None => guard::examine_hashed(&entry.bytes, entry.made)
                .map(|e| (e.change, e.deps.is_empty(), e.erases)),
        };
        let verdict = match examined {
            Err(refused) => Err((refused, entry.bytes)),
            Ok((change, begins, erases)) => {
                let record = match (entry.record, entry.same_as) {
                    _ if erases.is_some() => erases,
                    (Some(record), _) if !begins => Some(record),
                    (None, Some(to)) if !begins => verdicts
                        .get(to)
                        .and_then(|v| v.as_ref().ok())
                        .map(|e| e.record),
                    (None, None) if begins => Some(RecordId::from(change)),
                    _ => None,
                };
                match record {
                    Some(record) => Ok(Entry {
                        record,
                        change,
                        bytes: entry.bytes,
                    }),
                    None => Err((guard::Refused::Malformed("record"), entry.bytes)),
                }
            }
        };
        verdicts.push(verdict);
    }
    verdicts
}

#[cfg(test)]
pub(crate) mod tests {
    use automerge::{AutoCommit, ROOT, transaction::Transactable};

    use super::*;

    /// `records` records with three changes each, interleaved.
    pub(crate) fn entries(records: u8) -> Vec<Entry> {
        let mut all = Vec::new();
        let mut docs: Vec<(AutoCommit, Option<RecordId>)> = (0..records)
            .map(|i| {
                (
                    AutoCommit::new().with_actor(automerge::ActorId::from([i; 16])),
                    None,
                )
            })
            .collect();
        for round in 0..3i64 {
            for (doc, record) in &mut docs {
                doc.put(ROOT, format!("field{round}"), "valor").unwrap();
                let change = doc.get_last_local_change().unwrap();
                let id = ChangeId(change.hash().0);
                let record = *record.get_or_insert(RecordId::from(id));
                all.push(Entry {
                    record,
                    change: id,
                    bytes: change.raw_bytes().to_vec(),
                });
            }
        }
        all
    }

    #[test]
    fn frames_rebuild_the_exact_entries() {
        let entries = entries(5);
        let verdicts = examine(unpack(&pack(&entries).unwrap()).unwrap());
        assert_eq!(
            verdicts.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
            entries
        );
        // A frame that starts in the middle of a record names it.
        let verdicts = examine(unpack(&pack(&entries[7..]).unwrap()).unwrap());
        assert_eq!(
            verdicts.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
            &entries[7..]
        );
    }

    #[test]
    fn entries_without_a_body_and_erasures_travel_with_the_others() {
        let mut all = entries(4);
        // One that begins its record, one in the middle of another, and the last of a third.
        for bare in [1, 6, 10] {
            all[bare].bytes.clear();
        }
        let erasure = crate::erasure::Erasure {
            record: all[1].record,
            at_ms: 7,
            reason: "prazo".into(),
            seal: vec![1; 66],
            certificate: vec![2; 600],
        };
        let bytes = erasure.encode();
        all.push(Entry {
            record: erasure.record,
            change: crate::erasure::change_id(&bytes),
            bytes,
        });
        for from in 0..all.len() {
            let verdicts = examine(unpack(&pack(&all[from..]).unwrap()).unwrap());
            let verdicts: Vec<Entry> = verdicts.into_iter().map(Result::unwrap).collect();
            assert_eq!(verdicts, &all[from..], "from {from}");
        }
    }

    #[test]
    fn a_frame_is_as_large_as_a_cut_may_waste() {
        let entry = |bytes: usize| Entry {
            record: RecordId([0; 32]),
            change: ChangeId([0; 32]),
            bytes: vec![0; bytes],
        };
        let fits = |bytes: usize| fitting(&vec![entry(bytes); 2_000]);
        assert_eq!(fits(0), MAX_ENTRIES);
        assert_eq!(fits(400), FRAME_BYTES / 400);
        assert_eq!([fits(5_000), fits(20_000), fits(200_000)], [5, 1, 1]);
        assert_eq!(fitting(&[]), 0);
    }

    #[test]
    fn one_bad_change_does_not_spoil_the_frame() {
        let mut all = entries(3);
        let bad = all[1].record;
        all[1].bytes[20] ^= 1;
        let verdicts = examine(unpack(&pack(&all).unwrap()).unwrap());
        for (entry, verdict) in all.iter().zip(verdicts) {
            assert_eq!(verdict.is_ok(), entry.record != bad);
        }
    }

    #[test]
    fn a_zstd_bomb_is_refused() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).unwrap();
        assert!(bomb.len() < MAX_PACKED_BYTES);
        assert_eq!(unpack(&bomb), Err(ExchangeError::Malformed("frame")));
        assert_eq!(
            unpack(&vec![0; MAX_PACKED_BYTES + 1]),
            Err(ExchangeError::Malformed("frame"))
        );
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let _ = unpack(&bytes);
            let _ = unpack(&zstd::bulk::compress(&bytes, 1).unwrap()).map(examine);
        }
    }
}
