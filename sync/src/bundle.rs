//! Bundles: an exchange as files, for where there is no link. A stick or another
//! vehicle carries them; whoever does can neither read nor change them.
//!
//! ```text
//! part    = "VEREDA" 0 "B", version, header, chunk …, end, certificate, seal
//! receipt = "VEREDA" 0 "R", version, receipt,         end, certificate, seal
//! ```
//! Lengths are big-endian: two bytes for version, certificate and seal, four for the
//! rest; an end is a chunk of length 0. A chunk is one [`Item`], encrypted to the hub:
//! a frame as it goes over the link, or a piece of a photograph. Records come before
//! photographs. The seal of who made the file covers all before it ([`file_statement`]).
//!
//! A part stands alone: it can be verified by whoever knows the authority, and taken
//! in by the hub, whatever became of the others. The journal's sealed checkpoint is in
//! every header, in plain: it says nothing that first and last entry do not, and so a
//! carrier can ask for the receipt.
//!
//! [`file_statement`]: crate::exchange::custody::file_statement

mod file;

use std::io;

pub use file::{Ending, Kind, Walk, Writer};

use crate::exchange::ExchangeError;
use crate::exchange::custody::Sealed;
use crate::exchange::custody::{put_sealed, sealed};
use crate::exchange::frame::MAX_PACKED_BYTES;
use crate::id::{BlobId, BundleId, JournalId};
use crate::varint::{self, Reader};

/// The format that this version writes and reads.
pub const VERSION: u16 = 1;
/// Largest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;
/// Most bytes of a photograph in one item.
pub const MAX_PIECE_BYTES: usize = 256 << 10;
/// Largest item, in bytes.
pub const MAX_ITEM_BYTES: usize = MAX_PACKED_BYTES + (1 << 10);
/// What encryption adds to an item, at most, in bytes.
pub const MAX_TAG_BYTES: usize = 16;
/// Most parts of one bundle.
pub const MAX_PARTS: u32 = 1 << 16;
/// Most photographs that one receipt names.
pub const MAX_PHOTOGRAPHS: usize = 1_024;
const MAX_NAME_BYTES: usize = 200;
const MAX_NODE_ID_BYTES: usize = 60;
const MAX_MEDIA_TYPE_BYTES: usize = 100;

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Something else.
    #[error("this is neither a bundle nor a receipt of Vereda")]
    Unknown,
    /// Made by a newer version.
    #[error(
        "it was made by a newer version of Vereda (format {0}; this one knows {VERSION}): update this node, then import it again"
    )]
    Newer(u16),
    /// It ends too early.
    #[error(
        "it is cut short: the stick was pulled out while it was written; export it again, or take it from another stick"
    )]
    Cut,
    /// It contradicts itself.
    #[error("it is damaged ({0}): export it again, or take it from another stick")]
    Damaged(&'static str),
    /// The medium.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
}

impl From<io::Error> for BundleError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Cut,
            _ => Self::Unreadable(error),
        }
    }
}

/// What is said in plain before the chunks of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The bundle.
    pub bundle: BundleId,
    /// Which part of it, from 1.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
    /// The id of the node that wrote the journal and packed it.
    pub node: String,
    /// Its name, as people read it.
    pub name: String,
    /// The public key of the hub that can read it.
    pub hub: [u8; 32],
    /// The key of this part, encapsulated for the hub.
    pub encapsulated: [u8; 32],
    /// Index of the first entry in this part, from 1.
    pub first: u64,
    /// How many entries; none when there are photographs alone.
    pub entries: u64,
    /// How many bytes of photographs.
    pub photograph_bytes: u64,
    /// The whole journal when it was packed, with the node's seal.
    pub checkpoint: Sealed,
}

impl Header {
    /// The journal.
    #[must_use]
    pub fn journal(&self) -> JournalId {
        self.checkpoint.head.journal
    }

    /// As it stands in the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.bundle.0.to_vec();
        varint::put(&mut out, self.part.into());
        varint::put(&mut out, self.parts.into());
        varint::put_prefixed(&mut out, self.node.as_bytes());
        varint::put_prefixed(&mut out, self.name.as_bytes());
        out.extend(self.hub);
        out.extend(self.encapsulated);
        varint::put(&mut out, self.first);
        varint::put(&mut out, self.entries);
        varint::put(&mut out, self.photograph_bytes);
        put_sealed(&mut out, &self.checkpoint);
        out
    }

    /// The inverse of [`Header::encode`].
    ///
    /// # Errors
    /// [`BundleError::Damaged`].
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleError> {
        let mut r = Reader(bytes);
        header(&mut r)
            .filter(|h| r.is_empty() && h.is_sound())
            .ok_or(BundleError::Damaged("header"))
    }

    fn is_sound(&self) -> bool {
        let end = self.first.checked_add(self.entries);
        (1..=self.parts).contains(&self.part)
            && self.parts <= MAX_PARTS
            && self.first > 0
            && end.is_some_and(|end| self.entries == 0 || end - 1 <= self.checkpoint.head.size)
    }
}

fn header(r: &mut Reader<'_>) -> Option<Header> {
    Some(Header {
        bundle: BundleId(r.array()?),
        part: u32::try_from(r.unsigned()?).ok()?,
        parts: u32::try_from(r.unsigned()?).ok()?,
        node: node_id(r)?,
        name: name(r)?,
        hub: r.array()?,
        encapsulated: r.array()?,
        first: r.unsigned()?,
        entries: r.unsigned()?,
        photograph_bytes: r.unsigned()?,
        checkpoint: sealed(r)?,
    })
}

/// The id of a node. It also names files, so it is nothing but what an id can be.
fn node_id(r: &mut Reader<'_>) -> Option<String> {
    let id = r.text(MAX_NODE_ID_BYTES)?;
    let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (!id.is_empty() && id.bytes().all(sound)).then(|| id.to_owned())
}

/// A name, as people read it: it must not speak to their terminal.
fn name(r: &mut Reader<'_>) -> Option<String> {
    let name = r.text(MAX_NAME_BYTES)?;
    (!name.contains(char::is_control)).then(|| name.to_owned())
}

/// What is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Entries of the journal, packed by [`crate::exchange::frame::pack`].
    Frame {
        /// Index of the first, from 1.
        first: u64,
        /// The entries.
        packed: Vec<u8>,
    },
    /// A piece of a photograph.
    Piece(Piece),
}

/// A piece of a photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which.
    pub blob: BlobId,
    /// Its media type.
    pub media_type: String,
    /// Bytes of the whole.
    pub total: u64,
    /// Where the piece begins.
    pub offset: u64,
    /// The piece.
    pub bytes: Vec<u8>,
}

impl Item {
    /// As it stands under the encryption.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Frame { first, packed } => {
                out.push(1);
                varint::put(&mut out, *first);
                varint::put_prefixed(&mut out, packed);
            }
            Self::Piece(piece) => {
                out.push(2);
                out.extend(piece.blob.0);
                varint::put_prefixed(&mut out, piece.media_type.as_bytes());
                varint::put(&mut out, piece.total);
                varint::put(&mut out, piece.offset);
                varint::put_prefixed(&mut out, &piece.bytes);
            }
        }
        out
    }

    /// The inverse of [`Item::encode`].
    ///
    /// # Errors
    /// [`ExchangeError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ExchangeError> {
        let mut r = Reader(bytes);
        item(&mut r)
            .filter(|_| r.is_empty())
            .ok_or(ExchangeError::Malformed("item of a bundle"))
    }
}

fn item(r: &mut Reader<'_>) -> Option<Item> {
    match r.byte()? {
        1 => Some(Item::Frame {
            first: r.unsigned().filter(|first| *first > 0)?,
            packed: r.prefixed(MAX_PACKED_BYTES)?.to_vec(),
        }),
        2 => {
            let piece = Piece {
                blob: BlobId(r.array()?),
                media_type: r.text(MAX_MEDIA_TYPE_BYTES)?.to_owned(),
                total: r.unsigned()?,
                offset: r.unsigned()?,
                bytes: r.prefixed(MAX_PIECE_BYTES)?.to_vec(),
            };
            let end = piece.offset.checked_add(piece.bytes.len() as u64)?;
            (!piece.bytes.is_empty() && end <= piece.total).then_some(Item::Piece(piece))
        }
        _ => None,
    }
}

/// The hub's answer to a bundle, for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the author.
    pub node: String,
    /// The hub's name, as people read it.
    pub hub: String,
    /// What the hub holds of the journal.
    pub held: Sealed,
    /// Photographs of the author that the hub holds whole, the latest.
    pub photographs: Vec<BlobId>,
}

impl Receipt {
    /// As it stands in the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        varint::put_prefixed(&mut out, self.node.as_bytes());
        varint::put_prefixed(&mut out, self.hub.as_bytes());
        put_sealed(&mut out, &self.held);
        varint::put(&mut out, self.photographs.len() as u64);
        self.photographs.iter().for_each(|id| out.extend(id.0));
        out
    }

    /// The inverse of [`Receipt::encode`].
    ///
    /// # Errors
    /// [`BundleError::Damaged`].
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleError> {
        let mut r = Reader(bytes);
        receipt(&mut r)
            .filter(|_| r.is_empty())
            .ok_or(BundleError::Damaged("receipt"))
    }
}

fn receipt(r: &mut Reader<'_>) -> Option<Receipt> {
    Some(Receipt {
        node: node_id(r)?,
        hub: name(r)?,
        held: sealed(r)?,
        photographs: {
            let count = r.length().filter(|n| *n <= MAX_PHOTOGRAPHS)?;
            let ids = (0..count).map(|_| r.array().map(BlobId));
            ids.collect::<Option<_>>()?
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::message::Head;

    pub(super) fn sample() -> Header {
        Header {
            bundle: BundleId([1; 16]),
            part: 2,
            parts: 3,
            node: "movel-07".into(),
            name: "Espaço Móvel 07".into(),
            hub: [2; 32],
            encapsulated: [3; 32],
            first: 41,
            entries: 60,
            photograph_bytes: 1 << 20,
            checkpoint: Sealed {
                head: Head {
                    journal: JournalId([4; 16]),
                    size: 100,
                    root: [5; 32],
                },
                at_ms: 1_790_000_000_000,
                seal: vec![6; 66],
            },
        }
    }

    fn piece() -> Piece {
        Piece {
            blob: BlobId([7; 32]),
            media_type: "image/jpeg".into(),
            total: 100,
            offset: 97,
            bytes: vec![8; 3],
        }
    }

    #[test]
    fn headers_items_and_receipts_go_there_and_back() {
        let header = sample();
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes).unwrap(), header);
        for cut in 0..bytes.len() {
            assert!(Header::decode(&bytes[..cut]).is_err());
        }
        let frame = Item::Frame {
            first: 1,
            packed: vec![1, 2, 3],
        };
        for item in [frame, Item::Piece(piece())] {
            let bytes = item.encode();
            assert_eq!(Item::decode(&bytes), Ok(item));
            for cut in 0..bytes.len() {
                assert!(Item::decode(&bytes[..cut]).is_err());
            }
        }
        let receipt = Receipt {
            node: "movel-07".into(),
            hub: "Central".into(),
            held: sample().checkpoint,
            photographs: vec![BlobId([1; 32]), BlobId([2; 32])],
        };
        assert_eq!(Receipt::decode(&receipt.encode()).unwrap(), receipt);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let with = |change: fn(&mut Header)| {
            let mut header = sample();
            change(&mut header);
            Header::decode(&header.encode()).is_err()
        };
        assert!(with(|h| h.part = 0) && with(|h| h.part = 4));
        assert!(with(|h| h.parts = MAX_PARTS + 1));
        assert!(with(|h| h.first = 0) && with(|h| h.first = 42));
        assert!(with(|h| h.entries = u64::MAX));
        for id in ["", "../movel-07", "movel 07", "M07"] {
            let mut header = sample();
            header.node = id.into();
            assert!(Header::decode(&header.encode()).is_err(), "{id}");
        }
        assert!(with(|h| h.name = "\u{1b}[2J".into()));
        let mut past = piece();
        past.offset = 98;
        assert!(Item::decode(&Item::Piece(past).encode()).is_err());
        let mut wraps = piece();
        wraps.offset = u64::MAX;
        assert!(Item::decode(&Item::Piece(wraps).encode()).is_err());
        let mut large = piece();
        large.bytes = vec![0; MAX_PIECE_BYTES + 1];
        large.total = u64::MAX;
        assert!(Item::decode(&Item::Piece(large).encode()).is_err());
    }

    #[test]
    fn the_largest_piece_is_an_item() {
        let mut largest = piece();
        largest.bytes = vec![0; MAX_PIECE_BYTES];
        largest.total = 1 << 40;
        assert!(Item::Piece(largest).encode().len() <= MAX_ITEM_BYTES);
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let _ = Header::decode(&bytes);
            let _ = Receipt::decode(&bytes);
            let _ = Item::decode(&[&[1], &bytes[..]].concat());
            let _ = Item::decode(&[&[2], &bytes[..]].concat());
        }
    }
}
