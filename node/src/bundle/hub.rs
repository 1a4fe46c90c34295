//! At the hub: what a part holds goes the same way as what comes over the link.

use std::fmt;
use std::io::Read;

use rusqlite::Connection;
use vereda_sync::bundle::{
    BundleError, Ending, Header, Item, Kind, MAX_PHOTOGRAPHS, Piece, Receipt, Walk, Writer,
};
use vereda_sync::exchange::ExchangeError;
use vereda_sync::exchange::custody::Says;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::JournalId;

use super::cipher::{Bound, Opening, SecretKey};
use super::intake::{self, Pieces};
use super::{RECEIPT_SUFFIX, Refused, no_key, short};
use crate::clock;
use crate::config::Sync;
use crate::exchange;
use crate::link::enrolled::{self, Standing};
use crate::link::pieces::{self, Taken as TakenPiece};
use crate::link::{seal, tls};
use crate::node::{Node, Sender, Stop};
use crate::store::blob::MAX_BLOB_BYTES;
use crate::store::journal::Journal;
use crate::store::{StoreError, blob, bundle, custody, journal, quarantine, spot};

/// What was new in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct New {
    /// Entries.
    pub entries: u64,
    /// Photographs that are whole now.
    pub photographs: u64,
}

/// How far a part was taken in.
#[derive(Debug)]
pub(super) enum Taken {
    /// All of it is here.
    Whole(New),
    /// Its author was revoked: so many entries are in quarantine.
    Impounded(u64),
    /// It cannot go on before something else has come.
    Waits(String),
}

/// The hub's answer to a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whose part it was.
    pub node: String,
    /// What was new.
    pub new: New,
    /// The receipt and the name of its file, once all parts have come.
    pub receipt: Option<(String, Vec<u8>)>,
}

impl Answer {
    pub(super) fn new(header: &Header, new: New, receipt: Option<Vec<u8>>) -> Self {
        let name = format!(
            "{}-{}{RECEIPT_SUFFIX}",
            header.node,
            short(&header.journal())
        );
        Self {
            node: header.node.clone(),
            new,
            receipt: receipt.map(|file| (name, file)),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let New {
            entries,
            photographs,
        } = self.new;
        write!(f, "of {}: ", self.node)?;
        match (entries, photographs) {
            (0, 0) => f.write_str("nothing in it was new")?,
            _ => write!(
                f,
                "{entries} entries and {photographs} photographs were new"
            )?,
        }
        f.write_str(match self.receipt {
            Some(_) => "; its receipt is beside it: take it back to the author",
            None => "; the receipt comes with the last part",
        })
    }
}

/// Opens a part that was examined, and takes in what it holds.
pub(super) fn open(
    node: &Node,
    sync: &Sync,
    (header, ending): (&Header, &Ending),
    part: impl Read,
) -> Result<Taken, Refused> {
    let secret = sync.bundle_key.as_deref();
    let secret = secret.ok_or_else(|| Refused::NoKey(no_key("sync", "bundle.key")))?;
    let secret = SecretKey::load(secret)
        .map_err(|e| Refused::NoKey(format!("{e:#}; {}", no_key("sync", "bundle.key"))))?;
    intake::for_hub(header, secret.public())?;
    let author = enrolled::standing(&sync.enrolled, &intake::fingerprint_of(ending));
    let author = match author {
        Some(Standing::Enrolled(author)) if author.id == header.node => Author::In(Sender {
            node: author.id,
            scopes: author.scopes,
        }),
        Some(Standing::Revoked(author, day)) if author.id == header.node => Author::Out(day),
        _ => return Err(Refused::NotEnrolled(header.node.clone())),
    };
    match author {
        Author::In(_) => register(node, header)?,
        Author::Out(_) => drop(theirs(&node.store.read(), header)?),
    }
    let mut walk = Walk::open(part)?;
    let bound = Bound::to(walk.header());
    let unreadable = || Refused::File(BundleError::Damaged("encryption"));
    let mut opening = Opening::begin(&secret, header).ok_or_else(unreadable)?;
    let mut taking = Taking::new(node, header, author);
    while let Some(chunk) = walk.chunk()? {
        let item = opening.open(&chunk, &bound).ok_or_else(unreadable)?;
        let content = |error| Refused::Content(header.node.clone(), error);
        let waits = match Item::decode(&item).map_err(content)? {
            Item::Frame { first, packed } => taking.frame(first, &packed)?,
            Item::Piece(piece) => taking.piece(piece)?,
        };
        if let Some(why) = waits {
            return Ok(Taken::Waits(why));
        }
    }
    match &taking.author {
        Author::In(_) => Ok(Taken::Whole(taking.new)),
        Author::Out(day) => {
            let entries = taking.new.entries;
            node.keep_word(&header.node, &header.checkpoint, &ending.certificate)?;
            if entries > 0 {
                let words = exchange::in_quarantine(day, entries);
                spot::keep_trouble(&node.store.write(), &header.node, &words)?;
            }
            Ok(Taken::Impounded(entries))
        }
    }
}

/// Who packed a part.
enum Author {
    /// A spot that is enrolled.
    In(Sender),
    /// One that was, until this day.
    Out(String),
}

/// The journal, if it is known; then as the author's.
fn theirs(db: &Connection, header: &Header) -> Result<Option<Journal>, Refused> {
    match journal::find(db, header.journal())? {
        Some(known) if !known.is_of(&header.node) => Err(Refused::NotYours(header.node.clone())),
        known => Ok(known),
    }
}

/// The journal is known as the author's, now if not before.
fn register(node: &Node, header: &Header) -> Result<(), Refused> {
    let db = node.store.write();
    if theirs(&db, header)?.is_some() {
        return Ok(());
    }
    if journal::of_node(&db, &header.node)?.len() >= journal::MAX_JOURNALS {
        let why = format!("{} has begun too many journals", header.node);
        return Err(Refused::NoRoom(why));
    }
    journal::begin(&db, header.journal(), &header.node, false)?;
    Ok(())
}

struct Taking<'a> {
    node: &'a Node,
    header: &'a Header,
    author: Author,
    new: New,
}

impl<'a> Taking<'a> {
    fn new(node: &'a Node, header: &'a Header, author: Author) -> Self {
        Self {
            node,
            header,
            author,
            new: New::default(),
        }
    }

    /// Gives what has to come first, if something has.
    fn frame(&mut self, first: u64, packed: &[u8]) -> Result<Option<String>, Refused> {
        let (id, whose) = (self.header.journal(), &self.header.node);
        let sender = match &self.author {
            Author::In(sender) => sender,
            Author::Out(day) => return self.impound(&day.clone(), first, packed),
        };
        let before = held(&self.node.store.read(), id)?;
        let stored = self.node.take_frame(sender, id, first, packed);
        let stored = stored.map_err(|e| of_content(whose, e))?;
        let after = held(&self.node.store.read(), id)?;
        self.new.entries += after - before;
        match stored.stopped {
            Some(Stop::Diverged) => Err(diverged(self.node, whose)?),
            Some(Stop::Quarantined) => Err(Refused::Quarantined {
                node: whose.clone(),
                entry: after + 1,
            }),
            Some(Stop::Parked) => Ok(Some(format!(
                "what the records of {whose} that wait build on has come from other spots; entry {} is the next",
                after + 1
            ))),
            None if first > before + 1 => Ok(Some(format!(
                "the entries {} to {} of its journal have come",
                before + 1,
                first - 1
            ))),
            None => Ok(None),
        }
    }

    /// As [`Taking::frame`], of an author that was revoked.
    fn impound(&mut self, day: &str, first: u64, packed: &[u8]) -> Result<Option<String>, Refused> {
        let (id, whose) = (self.header.journal(), &self.header.node);
        let taken = self.node.impound((whose, day), id, first, packed);
        let taken = taken.map_err(|e| of_content(whose, e))?;
        self.new.entries += taken.new;
        match taken.stopped {
            Some(Stop::Diverged) => Err(diverged(self.node, whose)?),
            Some(_) => Err(Refused::Quarantined {
                node: whose.clone(),
                entry: taken.here + 1,
            }),
            None if first > taken.here + 1 => Ok(Some(format!(
                "the entries {} to {} of its journal have come",
                taken.here + 1,
                first - 1
            ))),
            None => Ok(None),
        }
    }

    /// Gives what has to come first, if something has.
    fn piece(&mut self, piece: Piece) -> Result<Option<String>, Refused> {
        // Photographs of a revoked author stay where they are: nobody can name them yet.
        if matches!(self.author, Author::Out(_)) {
            return Ok(None);
        }
        let content = || {
            let error = ExchangeError::Malformed("photograph");
            Refused::Content(self.header.node.clone(), error)
        };
        if piece.total > MAX_BLOB_BYTES || !pieces::is_taken(&piece.media_type) {
            return Err(content());
        }
        let (id, end) = (piece.blob, piece.offset + piece.bytes.len() as u64);
        let have = {
            let db = self.node.store.read();
            match blob::find(&db, id)? {
                Some(_) => return Ok(None),
                None => blob::held(&db, &id.0)?,
            }
        };
        if have < piece.offset {
            return Ok(Some(format!(
                "the beginning of the photograph {} has come",
                short(&id)
            )));
        }
        if have < end {
            let skip = usize::try_from(have - piece.offset).unwrap_or(usize::MAX);
            let rest = piece.bytes.get(skip..).unwrap_or_default();
            if !pieces::add(self.node, id, have, rest)? {
                let why = "which comes from elsewhere too, is whole";
                return Ok(Some(format!("the photograph {}, {why}", short(&id))));
            }
        }
        if have.max(end) == piece.total {
            let whole = (id, piece.media_type, piece.total);
            match pieces::finish(self.node, whole, &self.header.node)? {
                TakenPiece::Whole => self.new.photographs += 1,
                _ => return Err(content()),
            }
        }
        Ok(None)
    }
}

fn of_content(whose: &str, error: anyhow::Error) -> Refused {
    match error.downcast::<ExchangeError>() {
        Ok(error) => Refused::Content(whose.to_owned(), error),
        Err(error) => Refused::Own(error),
    }
}

/// Operators read of it, as when it shows over the link.
fn diverged(node: &Node, whose: &str) -> Result<Refused, StoreError> {
    spot::keep_trouble(&node.store.write(), whose, spot::DIVERGED)?;
    Ok(Refused::Diverged(whose.to_owned()))
}

fn held(db: &Connection, journal: JournalId) -> Result<u64, StoreError> {
    Ok(journal::find(db, journal)?.map_or(0, |j| j.frontier.size()))
}

/// Takes in what was kept and can go on now; gives how many parts that were.
///
/// # Errors
/// When the store does not answer. What is refused stays, with a note.
pub fn drain(node: &Node, sync: &Sync) -> Result<u64, Refused> {
    let mut done = 0;
    loop {
        let mut moved = false;
        let parts = bundle::all(&node.store.read())?;
        for part in parts {
            let header = &part.header;
            let here = {
                let db = node.store.read();
                quarantine::reach(&db, header.journal(), held(&db, header.journal())?)?
            };
            if header.entries > 0 && header.first > here + 1 {
                continue;
            }
            let pieces = || Pieces::of(&node.store, &part.pieces);
            let ending = Walk::open(pieces()).and_then(Walk::end);
            let opened = ending
                .map_err(Refused::from)
                .and_then(|ending| open(node, sync, (header, &ending), pieces()));
            let note = match opened {
                Ok(Taken::Whole(new)) => {
                    tracing::info!(
                        node = header.node,
                        entries = new.entries,
                        "a part of a bundle that waited is taken in"
                    );
                    bundle::drop_part(&node.store.write(), part.id)?;
                    (done, moved) = (done + 1, true);
                    continue;
                }
                Ok(Taken::Impounded(entries)) => {
                    tracing::warn!(
                        node = header.node,
                        entries,
                        "a part of a bundle that waited is in quarantine: its author was revoked"
                    );
                    bundle::drop_part(&node.store.write(), part.id)?;
                    (done, moved) = (done + 1, true);
                    continue;
                }
                Ok(Taken::Waits(why)) => why,
                Err(Refused::Own(error)) => return Err(Refused::Own(error)),
                Err(refused) => refused.to_string(),
            };
            bundle::note(&node.store.write(), part.id, false, &note)?;
        }
        if !moved {
            return Ok(done);
        }
    }
}

/// The receipt for a part, once all of its journal that it speaks of is here.
pub(super) fn receipt(
    node: &Node,
    sync: &Sync,
    header: &Header,
    certificate: &[u8],
) -> Result<Option<Vec<u8>>, Refused> {
    let head = &header.checkpoint.head;
    let Some(root) = journal::root_at(&node.store.read(), head)? else {
        return Ok(None);
    };
    if root != head.root {
        return Err(diverged(node, &header.node)?);
    }
    custody::keep(
        &node.store.write(),
        Says::Wrote,
        &header.checkpoint,
        certificate,
    )?;
    Ok(Some(give(node, sync, &header.node, *head)?))
}

/// The receipt for a journal of which this is said to be the head, if all of it is here.
///
/// # Errors
/// When the store does not answer, or the hub's key or certificate is missing.
pub fn receipt_for(node: &Node, sync: &Sync, head: Head) -> anyhow::Result<Option<Vec<u8>>> {
    let whose = {
        let db = node.store.read();
        let known = journal::find(&db, head.journal)?.filter(|j| !j.own);
        match journal::root_at(&db, &head)? == Some(head.root) {
            true => known.map(|j| j.node),
            false => None,
        }
    };
    whose
        .map(|whose| give(node, sync, &whose, head))
        .transpose()
}

fn give(node: &Node, sync: &Sync, whose: &str, head: Head) -> anyhow::Result<Vec<u8>> {
    let own = seal::Seal::load(&sync.key)?;
    let receipt = Receipt {
        node: whose.to_owned(),
        hub: node.config.node.name.clone(),
        held: own.put(Says::Holds, head, clock::wall_ms())?,
        photographs: blob::latest_of(&node.store.read(), whose, MAX_PHOTOGRAPHS)?,
    };
    let file = Writer::begin(vec![], Kind::Receipt, &receipt.encode())?;
    let certificate = tls::certificate(&sync.certificate)?;
    file.end(&certificate, |digest| {
        own.put_under(Kind::Receipt.sealed_as(), digest)
    })
}
