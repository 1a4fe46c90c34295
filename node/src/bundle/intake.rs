//! Taking in what a stick holds. The file is copied into the store first, and only what
//! is there is judged: a stick that is pulled out, or says something else when it is
//! read again, changes nothing.

use std::fmt;
use std::io::{self, Read};

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use vereda_sync::bundle::{BundleError, Ending, Header, Kind, MAX_FILE_BYTES, Receipt, Walk};
use vereda_sync::exchange::custody::Says;
use vereda_sync::id::{JournalId, PartId};

use super::cipher::PublicKey;
use super::{Refused, WORD_SUFFIX, custody, hub, no_key, short};
use crate::clock;
use crate::config::{Hub, Sync};
use crate::link::seal;
use crate::link::tls::fingerprint;
use crate::node::{Node, random};
use crate::orders::{self, Came, Order};
use crate::store::blob::PIECE_BYTES;
use crate::store::bundle::Part;
use crate::store::orders as stored;
use crate::store::{Store, blob, bundle};
use crate::told;

/// Most parts that a node keeps as they came.
const MAX_KEPT: u64 = 4_096;
/// Most bytes that they have together.
const MAX_KEPT_BYTES: u64 = 4 << 30;
/// A file may be dated later than now by this much: the clocks of vehicles are wrong.
const MAX_AHEAD_MS: u64 = 24 * 60 * 60 * 1_000;

/// What a node is to bundles: with it go its keys and whom it trusts.
#[derive(Debug, Clone, Copy)]
pub enum Side<'a> {
    /// Opens them.
    Hub(&'a Sync),
    /// Carries those of others, and takes its own receipts.
    Spot(&'a Hub),
}

impl<'a> Side<'a> {
    /// As the configuration says; `None` for a spot without a hub.
    #[must_use]
    pub fn of(config: &'a crate::config::Config) -> Option<Self> {
        let hub = config.sync.as_ref().map(Side::Hub);
        hub.or(config.hub.as_ref().map(Side::Spot))
    }

    fn authority(self) -> &'a std::path::Path {
        match self {
            Self::Hub(sync) => &sync.authority,
            Self::Spot(hub) => &hub.authority,
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// At the hub: it is taken in.
    Taken(hub::Answer),
    /// At the hub: its author was revoked, and what was new in it is in quarantine.
    Impounded {
        /// Whose.
        node: String,
        /// Entries.
        entries: u64,
    },
    /// At the hub: it is kept until what is before it has come.
    Waits {
        /// Whose.
        node: String,
        /// What it waits for.
        why: String,
    },
    /// At a spot: it is kept, to be carried to the hub.
    Carried {
        /// Whose.
        node: String,
        /// It was not here before.
        new: bool,
    },
    /// At its author: there is nothing to do.
    Own,
    /// At its author: the hub holds so much of the journal.
    Receipt {
        /// Which.
        journal: JournalId,
        /// Entries.
        size: u64,
        /// It says more than was known.
        new: bool,
    },
    /// At the node that it is for: an order of the hub, and what became of it.
    Ordered {
        /// Its number.
        number: u64,
        /// What became of it, as the node says, and why.
        became: String,
        /// The same under the node's seal, for the stick: the file's name, the file.
        word: Option<(String, Vec<u8>)>,
    },
    /// At the hub: what a node says of an order, or of itself.
    Said {
        /// Who.
        node: String,
        /// It says more than was known.
        new: bool,
    },
    /// Of another node, and it has to go there, or to the hub, on this stick.
    Passes,
    /// At another spot: it is kept, to be carried to that node.
    ReceiptCarried {
        /// Whose.
        node: String,
        /// It says more than was known.
        new: bool,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(answer) => answer.fmt(f),
            Self::Impounded { node, entries } => write!(
                f,
                "of {node}, which was revoked: {entries} entries are new in quarantine, and no receipt is given; `vereda quarantine` settles them"
            ),
            Self::Waits { node, why } => {
                write!(
                    f,
                    "of {node}: kept until {why}; nothing more is to be done with it"
                )
            }
            Self::Carried { node, new: true } => write!(
                f,
                "of {node}: kept, to be handed in at the next exchange with the hub; this node cannot read it"
            ),
            Self::Carried { node, new: false } => write!(f, "of {node}: it was here already"),
            Self::Own => f.write_str("this node's own: there is nothing to do"),
            Self::Receipt { size, new, .. } => write!(
                f,
                "receipt: the hub holds the first {size} entries of the journal{}",
                if *new { "" } else { ", as was known" }
            ),
            Self::Ordered { number, became, .. } => {
                write!(f, "order {number} of the hub: {became}")
            }
            Self::Said { node, new: true } => {
                write!(f, "what {node} says of an order or of itself: kept")
            }
            Self::Said { node, new: false } => {
                write!(f, "what {node} says of an order or of itself: as was known")
            }
            Self::Passes => {
                f.write_str("for another node, or for the hub: it stays on the stick for them")
            }
            Self::ReceiptCarried { node, new: true } => write!(
                f,
                "receipt for {node}: kept; `vereda bundle export` writes it on the stick that goes there"
            ),
            Self::ReceiptCarried { node, new: false } => {
                write!(f, "receipt for {node}: one over as much was here already")
            }
        }
    }
}

/// Takes in a file.
///
/// # Errors
/// [`Refused`]; then nothing was changed but what an [`Outcome`] of another file said.
pub fn import(node: &Node, side: Side<'_>, mut input: impl Read) -> Result<Outcome, Refused> {
    let first = piece(&mut input)?;
    if told::is_told(&first) {
        return match side {
            Side::Hub(_) if first.len() <= told::MAX_FILE_BYTES => {
                let (node, new) = told::take(node, &first).map_err(no_order)?;
                Ok(Outcome::Said { node, new })
            }
            _ => Ok(Outcome::Passes),
        };
    }
    if orders::is_order(&first) || orders::is_word(&first) {
        return of_order(node, side, first, input);
    }
    // What is not ours, or is newer, is not copied.
    let kind = Walk::open(&first[..])?.kind();
    if kind == Kind::Receipt {
        let rest = piece(&mut input)?;
        return custody::take(node, side, &[first, rest].concat());
    }
    let key: [u8; 16] = random()?;
    let copied = copy(node, &key, first, &mut input);
    let settled = copied.and_then(|(id, bytes)| settle(node, side, id, (&key, bytes)));
    let db = node.store.write();
    if !bundle::has_pieces(&db, &key)? {
        blob::drop_pieces(&db, &key)?;
    }
    settled
}

fn no_order(error: anyhow::Error) -> Refused {
    Refused::Order(format!("{error:#}"))
}

/// Takes in an order at the node that it is for, which does it as far as that goes without a link; or at the hub what a node
/// says of one.
fn of_order(
    node: &Node,
    side: Side<'_>,
    mut file: Vec<u8>,
    input: impl Read,
) -> Result<Outcome, Refused> {
    let most = orders::MAX_WORD_BYTES as u64;
    let read = input.take(most + 1).read_to_end(&mut file);
    read.map_err(BundleError::Unreadable)?;
    if file.len() as u64 > most {
        return Err(BundleError::Damaged("it is larger than an order can be").into());
    }
    match side {
        Side::Hub(_) if orders::is_word(&file) => {
            let (word, new) = node.take_word(&file).map_err(no_order)?;
            Ok(Outcome::Said {
                node: word.node,
                new,
            })
        }
        Side::Spot(hub) if orders::is_order(&file) => {
            let (order, _) = Order::open(&file, &hub.authority).map_err(no_order)?;
            if order.node != node.config.node.id {
                return Ok(Outcome::Passes);
            }
            // One that came by the link meanwhile, or was on the stick before, is as it is.
            if order.number > stored::last_taken(&node.store.read())? {
                node.take_order(&file).map_err(no_order)?;
            }
            let tried = orders::perform(node).map_err(Refused::Own)?;
            if let Some((_, Came::NeedsLink(_))) = tried {
                node.unsent.notify_one();
            }
            let all = stored::taken(&node.store.read())?;
            let is = all.into_iter().find(|one| one.number == order.number);
            let name = format!("{}-{}{WORD_SUFFIX}", order.node, order.number);
            Ok(Outcome::Ordered {
                number: order.number,
                word: is.as_ref().and_then(|is| Some((name, is.word.clone()?))),
                became: is.map_or_else(
                    || "it was here before".to_owned(),
                    |is| format!("{} {}", is.state, is.why).trim().to_owned(),
                ),
            })
        }
        _ => Ok(Outcome::Passes),
    }
}

/// Judges a part whose pieces are here under `key`, and takes it in, keeps it, or lets
/// go of it. Who calls drops the pieces, unless the part is kept with them.
///
/// # Errors
/// [`Refused`].
pub(crate) fn settle(
    node: &Node,
    side: Side<'_>,
    id: PartId,
    (key, bytes): (&[u8], u64),
) -> Result<Outcome, Refused> {
    let (header, ending) = examine(node, side, key)?;
    let keep = |note: &str| keep(node, (id, &header), (key, bytes), note);
    match side {
        Side::Hub(sync) => {
            let taken = hub::open(node, sync, (&header, &ending), Pieces::of(&node.store, key))?;
            hub::drain(node, sync)?;
            match taken {
                hub::Taken::Waits(why) => {
                    keep(&why)?;
                    let node = header.node;
                    Ok(Outcome::Waits { node, why })
                }
                hub::Taken::Impounded(entries) => {
                    bundle::drop_part(&node.store.write(), id)?;
                    let node = header.node;
                    Ok(Outcome::Impounded { node, entries })
                }
                hub::Taken::Whole(new) => {
                    bundle::drop_part(&node.store.write(), id)?;
                    if key != id.0 {
                        // What a carrier brought of it before its link was cut.
                        blob::drop_pieces(&node.store.write(), &id.0)?;
                    }
                    let receipt = hub::receipt(node, sync, &header, &ending.certificate)?;
                    Ok(Outcome::Taken(hub::Answer::new(&header, new, receipt)))
                }
            }
        }
        Side::Spot(_) if header.node == node.config.node.id => Ok(Outcome::Own),
        Side::Spot(hub) => {
            let ours = hub
                .bundle_key
                .as_deref()
                .and_then(|f| PublicKey::load(f).ok());
            let ours = ours.ok_or_else(|| Refused::NoKey(no_key("hub", "bundle.pub")))?;
            for_hub(&header, ours)?;
            let new = keep("to be handed in")?;
            node.unsent.notify_one();
            let node = header.node;
            Ok(Outcome::Carried { node, new })
        }
    }
}

/// Whether the part is encrypted to this hub.
pub(super) fn for_hub(header: &Header, ours: PublicKey) -> Result<(), Refused> {
    if header.hub == ours.0 {
        return Ok(());
    }
    Err(Refused::OtherHub {
        theirs: short(&PublicKey(header.hub)),
        ours: short(&ours),
    })
}

/// The next piece of a file, shorter at its end.
fn piece(input: &mut impl Read) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::with_capacity(PIECE_BYTES);
    let read = input.take(PIECE_BYTES as u64).read_to_end(&mut bytes);
    read.map_err(BundleError::Unreadable)?;
    Ok(bytes)
}

fn copy(
    node: &Node,
    key: &[u8],
    first: Vec<u8>,
    input: &mut impl Read,
) -> Result<(PartId, u64), Refused> {
    let (mut hash, mut offset, mut next) = (Sha256::new(), 0, first);
    while !next.is_empty() {
        hash.update(&next);
        room(&node.store, offset + next.len() as u64)?;
        blob::add_piece(&node.store.write(), key, offset, &next)?;
        offset += next.len() as u64;
        next = piece(input)?;
    }
    Ok((PartId(hash.finalize().into()), offset))
}

/// Whether a part of that size can be kept as well.
pub(crate) fn room(store: &Store, bytes: u64) -> Result<(), Refused> {
    if bytes > MAX_FILE_BYTES {
        return Err(BundleError::Damaged("it is larger than a part can be").into());
    }
    let (count, kept) = bundle::kept(&store.read())?;
    if count >= MAX_KEPT || kept + bytes > MAX_KEPT_BYTES {
        let what = format!("{count} are here, {} MiB", kept >> 20);
        return Err(Refused::NoRoom(what));
    }
    Ok(())
}

/// Keeps a part as it came; gives whether it is new.
fn keep(
    node: &Node,
    (id, header): (PartId, &Header),
    (key, bytes): (&[u8], u64),
    note: &str,
) -> Result<bool, Refused> {
    let db = node.store.write();
    if bundle::is_kept(&db, id)? {
        bundle::note(&db, id, false, note)?;
        return Ok(false);
    }
    let part = Part {
        id,
        header: header.clone(),
        bytes,
        at_ms: clock::now_ms(),
        pieces: key.to_vec(),
        handed: false,
        note: Some(note.to_owned()),
    };
    bundle::keep(&db, &part)?;
    Ok(true)
}

/// Reads a part from end to end and holds it against its seal and the authority.
fn examine(node: &Node, side: Side<'_>, key: &[u8]) -> Result<(Header, Ending), Refused> {
    let walk = Walk::open(Pieces::of(&node.store, key))?;
    let header = Header::decode(walk.header())?;
    let ending = walk.end()?;
    vouched(
        side,
        Kind::Part,
        &ending,
        (&header.node, header.checkpoint.at_ms),
    )?;
    seal::examine(&ending.certificate, Says::Wrote, &header.checkpoint)
        .map_err(|_| Refused::Seal)?;
    Ok((header, ending))
}

/// Whether a file is what the device sealed, and the authority vouches for the device.
pub(super) fn vouched(
    side: Side<'_>,
    kind: Kind,
    ending: &Ending,
    (who, at_ms): (&str, u64),
) -> Result<(), Refused> {
    seal::examine_file(
        &ending.certificate,
        kind.sealed_as(),
        &ending.digest,
        &ending.seal,
    )
    .map_err(|_| Refused::Seal)?;
    if at_ms > clock::wall_ms().saturating_add(MAX_AHEAD_MS) {
        let at = i64::try_from(at_ms).unwrap_or(i64::MAX);
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
        return Err(Refused::Future(at, who.to_owned()));
    }
    let says = match kind {
        Kind::Part => Says::Wrote,
        Kind::Receipt => Says::Holds,
    };
    seal::vouched(&ending.certificate, side.authority(), says, at_ms)
        .map_err(|e| Refused::Authority(format!("{e:#}")))
}

/// The certificate's fingerprint, as the list of enrolled nodes has it.
pub(super) fn fingerprint_of(ending: &Ending) -> String {
    fingerprint(&CertificateDer::from(&ending.certificate[..]))
}

/// A receipt with who gave it, if it is one that they sealed.
pub(super) fn receipt(side: Side<'_>, file: &[u8]) -> Result<(Receipt, Ending), Refused> {
    let walk = Walk::open(file)?;
    let receipt = Receipt::decode(walk.header())?;
    let ending = walk.end()?;
    vouched(
        side,
        Kind::Receipt,
        &ending,
        (&receipt.hub, receipt.held.at_ms),
    )?;
    seal::examine(&ending.certificate, Says::Holds, &receipt.held).map_err(|_| Refused::Seal)?;
    Ok((receipt, ending))
}

/// A file that is in the store, in pieces. The store is let go between them.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    store: &'a Store,
    key: Vec<u8>,
    offset: u64,
    piece: io::Cursor<Vec<u8>>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(store: &'a Store, key: &[u8]) -> Self {
        Self {
            store,
            key: key.to_vec(),
            offset: 0,
            piece: io::Cursor::default(),
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.piece.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        let next = blob::read(&self.store.read(), &self.key, self.offset);
        let next = next.map_err(io::Error::other)?;
        self.offset += next.len() as u64;
        self.piece = io::Cursor::new(next);
        self.piece.read(into)
    }
}
