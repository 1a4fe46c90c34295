//! An exchange at the hub.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use rusqlite::Connection;
use vereda_sync::erasure;
use vereda_sync::exchange::callee::{Callee, Do};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::frame::{self, Encoding};
use vereda_sync::exchange::message::{
    Cursor, Head, Hello, Message, News, Number, Outline, Refusal, Speaks, Vouched, Welcome, runs,
    tag,
};
use vereda_sync::exchange::{ExchangeError, LENT, VERSION};
use vereda_sync::id::JournalId;
use vereda_sync::journal::{Entry, Frontier};

use super::Fault;
use crate::authority::Enrolled;
use crate::link::seal::{self, Seal};
use crate::node::{Node, Sender, Stop};
use crate::store::{custody, feed, journal, lent, spot};

/// Most items of a feed in one message.
const FEED_ITEMS: u32 = 512;

/// The spot at the other end.
#[derive(Debug, Clone)]
pub struct Peer {
    /// As the list of enrolled nodes has it.
    pub spot: Enrolled,
    /// Its certificate, DER: its word must be sealed under it.
    pub certificate: Arc<[u8]>,
}

/// The hub's side, on its store.
#[derive(Debug)]
pub struct Answering {
    node: Arc<Node>,
    peer: Peer,
    seal: Seal,
    callee: Callee,
    sender: Sender,
    feeds: VecDeque<Feeding>,
    epoch: [u8; 16],
    /// Journals that the spot named, and how much of each was here then.
    announced: BTreeMap<JournalId, u64>,
    proven: BTreeSet<JournalId>,
    troubled: bool,
    /// Nothing was new.
    same: bool,
    /// Entries were stored.
    news: bool,
    /// Said once the feeds are out: what the spot gets does not wait for what it may not send.
    ending: Option<Refusal>,
}

/// A feed that goes out, piece by piece.
#[derive(Debug)]
struct Feeding {
    /// Its number in the hello.
    number: Number,
    scope: String,
    seq: u64,
}

impl Answering {
    /// An exchange with that spot.
    #[must_use]
    pub fn new(node: Arc<Node>, seal: Seal, peer: Peer) -> Self {
        Self {
            sender: Sender {
                node: peer.spot.id.clone(),
                scopes: peer.spot.scopes.clone(),
            },
            node,
            peer,
            seal,
            callee: Callee::default(),
            feeds: VecDeque::new(),
            epoch: [0; 16],
            announced: BTreeMap::new(),
            proven: BTreeSet::new(),
            troubled: false,
            same: false,
            news: false,
            ending: None,
        }
    }

    /// Takes a message of the spot; gives what to say to it.
    ///
    /// # Errors
    /// When the exchange cannot go on; then [`Answering::goodbye`].
    pub fn receive(&mut self, message: Message) -> Result<Vec<Message>, Fault> {
        let mut said = Vec::new();
        for effect in self.callee.receive(message)? {
            said.extend(self.perform(effect)?);
        }
        Ok(said)
    }

    /// Whether [`Answering::feed`] has something to say.
    #[must_use]
    pub fn feeds(&self) -> bool {
        !self.feeds.is_empty() || self.ending.is_some()
    }

    /// The next piece of the feeds, each in turn.
    ///
    /// # Errors
    /// When the store does not answer, and once the feeds are out and the exchange
    /// cannot go on.
    pub fn feed(&mut self) -> Result<Option<Message>, Fault> {
        let Some(mut feeding) = self.feeds.pop_front() else {
            return match self.ending {
                Some(refusal) => Err(Fault::refuse(refusal)),
                None => Ok(None),
            };
        };
        let (journals, encoding) = (self.callee.journals(), self.callee.encoding());
        let message = next_of_feed(&self.node, &feeding, (journals, encoding))?;
        if let Message::News(news) = &message {
            feeding.seq = news.first - 1 + news.runs.iter().map(|run| run.count).sum::<u64>();
            // What was erased comes before anything that it may concern.
            match feeding.scope == erasure::SCOPE {
                true => self.feeds.push_front(feeding),
                false => self.feeds.push_back(feeding),
            }
        }
        Ok(Some(message))
    }

    /// The last word to a spot with which the exchange cannot go on, if there is one.
    pub fn goodbye(&mut self, fault: &Fault) -> Option<Message> {
        let spot = &self.peer.spot.id;
        let refusal = match fault {
            Fault::Exchange(ExchangeError::Refused(refusal)) => *refusal,
            Fault::Exchange(error) => {
                tracing::warn!(spot, %error, "a spot sent what is no message");
                self.trouble("O posto enviou dados ilegíveis: atualize-o ou examine-o.");
                return None;
            }
            Fault::InQuarantine(_) => return None,
            Fault::Own(error) => {
                let error = format!("{error:#}");
                tracing::error!(spot, error, "an exchange failed here");
                Refusal::NotNow
            }
        };
        Some(Message::Refuse(refusal))
    }

    fn perform(&mut self, effect: Do) -> Result<Option<Message>, Fault> {
        match effect {
            Do::Send(message) => Ok(Some(message)),
            Do::Welcome(hello) => self.welcome(&hello).map(Some),
            Do::SendFeed { .. } if self.same => Ok(None),
            Do::SendFeed { scope, after } => Ok(self.begin_feed(scope, after)),
            Do::Store {
                number,
                journal,
                first,
                packed,
            } => self.store((number, journal), first, &packed).map(Some),
            Do::Compare { outline, vouched } => self.compare(outline, vouched),
        }
    }

    /// The answer to a hello: a welcome, or that nothing is new.
    fn welcome(&mut self, hello: &Hello) -> Result<Message, Fault> {
        let (node, spot) = (&self.node, self.peer.spot.id.as_str());
        self.epoch = node.epoch()?;
        let ((held, more), same) = {
            let db = node.store.write();
            let tx = db.unchecked_transaction().map_err(anyhow::Error::from)?;
            spot::keep_seen(&tx, spot, &hello.name, self.node.now_ms())?;
            self.node.tell_newcomer(&tx, spot)?;
            let held = hold(&tx, spot, hello)?;
            let same = is_same(&tx, self.epoch, &self.peer.spot, hello)?;
            if same {
                spot::keep_proven(&tx, spot, self.node.now_ms(), (false, true))?;
            }
            tx.commit().map_err(anyhow::Error::from)?;
            let (held, more) = held.map_err(Fault::refuse)?;
            ((held, more), same)
        };
        let named = hello.journals.iter().map(|h| h.journal);
        self.announced = named.zip(held.iter().copied()).collect();
        self.same = same;
        let wall_ms = self.node.wall_ms();
        Ok(match same {
            true => Message::Same { wall_ms },
            false => Message::Welcome(Welcome {
                speaks: Speaks {
                    newest: hello.speaks.newest.min(VERSION),
                    ..Speaks::ours()
                },
                epoch: self.epoch,
                wall_ms,
                held,
                more,
            }),
        })
    }

    fn begin_feed(&mut self, number: Number, after: Cursor) -> Option<Message> {
        let erasures = after.scope == erasure::SCOPE;
        if let Some(scope) = feed_for(&self.peer.spot, &after.scope) {
            let feeding = Feeding {
                number,
                scope,
                seq: if after.epoch == tag(&self.epoch) {
                    after.seq
                } else {
                    0
                },
            };
            match erasures {
                true => self.feeds.push_front(feeding),
                false => self.feeds.push_back(feeding),
            }
            return None;
        }
        self.trouble(&format!(
            "O posto pede o âmbito `{}`, para o qual não está inscrito: nada lhe é dado dele.",
            after.scope
        ));
        Some(Message::FeedEnd {
            scope: number,
            seq: 0,
            tag: tag(&Frontier::default().root()),
        })
    }

    fn store(
        &mut self,
        (number, journal): (Number, JournalId),
        first: u64,
        packed: &[u8],
    ) -> Result<Message, Fault> {
        let stored = self.node.take_frame(&self.sender, journal, first, packed)?;
        self.news = true;
        // Its sender is told of at the console; the journal goes on.
        self.troubled |= stored.refused > 0;
        match stored.stopped {
            None => (),
            Some(Stop::Diverged) => self.diverged(),
            Some(Stop::Parked) => self.ending = Some(Refusal::Parked),
            Some(Stop::Quarantined) => self.ending = Some(Refusal::Quarantined),
        }
        Ok(Message::Ack {
            journal: number,
            size: stored.held,
        })
    }

    fn compare(&mut self, theirs: Outline, vouched: Vouched) -> Result<Option<Message>, Fault> {
        let Some(head) = self.head_of(theirs)? else {
            return Ok(None);
        };
        if Outline::from(head) != theirs || vouched.tag != theirs.tag {
            self.diverged();
            return Ok(None);
        }
        let is_sealed = !vouched.seal.is_empty();
        let sealed = Sealed {
            head,
            at_ms: vouched.at_ms,
            seal: vouched.seal,
        };
        if is_sealed {
            // A node that does not stand by what it sent gets no receipt.
            seal::examine(&self.peer.certificate, Says::Wrote, &sealed)
                .map_err(|_| ExchangeError::Malformed("seal"))?;
        }
        self.proven.insert(theirs.journal);
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(anyhow::Error::from)?;
        if self.announced.keys().eq(&self.proven) {
            let how = (self.news, !self.troubled);
            spot::keep_proven(&tx, &self.peer.spot.id, self.node.now_ms(), how)?;
        }
        if is_sealed {
            custody::keep(&tx, Says::Wrote, &sealed, &self.peer.certificate)?;
        }
        tx.commit().map_err(anyhow::Error::from)?;
        drop(db);
        let (at_ms, seal) = match is_sealed {
            true => {
                let receipt = self.seal.put(Says::Holds, head, self.node.wall_ms())?;
                (receipt.at_ms, receipt.seal)
            }
            false => (0, vec![]),
        };
        Ok(Some(Message::Proof(Vouched {
            at_ms,
            seal,
            ..vouched
        })))
    }

    /// What is here of a journal, as much as the spot speaks of; nothing while that is not all here.
    fn head_of(&self, theirs: Outline) -> Result<Option<Head>, Fault> {
        let db = self.node.store.read();
        let Some(ours) = journal::find(&db, theirs.journal)? else {
            return Ok(None);
        };
        match ours.frontier.size().cmp(&theirs.size) {
            Ordering::Less => Ok(None),
            Ordering::Equal => Ok(Some(ours.head())),
            // Since the welcome more of it came by stick. (What was here of it before that, the
            // welcome told: the spot leaves that journal.) Once: it costs what is in the journal.
            Ordering::Greater => {
                let before = self.announced.get(&theirs.journal);
                let here = before.is_some_and(|held| *held <= theirs.size);
                if !here || self.proven.contains(&theirs.journal) {
                    return Ok(None);
                }
                let head = Head {
                    journal: theirs.journal,
                    size: theirs.size,
                    root: [0; 32],
                };
                let root = journal::root_at(&db, &head)?;
                Ok(root.map(|root| Head { root, ..head }))
            }
        }
    }

    fn diverged(&mut self) {
        self.trouble(spot::DIVERGED);
        self.feeds.clear();
        self.ending = Some(Refusal::Diverged);
    }

    fn trouble(&mut self, words: &str) {
        self.troubled = true;
        let kept = spot::keep_trouble(&self.node.store.write(), &self.peer.spot.id, words);
        if let Err(error) = kept {
            tracing::error!(%error, "the trouble of a spot could not be kept");
        }
    }
}

/// What is held of the journals that a hello names, in their order, and of others of the spot.
type Held = (Vec<u64>, Vec<(JournalId, u64)>);

/// What is held of the journals of a spot; registers new ones.
fn hold(db: &Connection, spot: &str, hello: &Hello) -> anyhow::Result<Result<Held, Refusal>> {
    let known = journal::of_node(db, spot)?;
    let mut held = Vec::new();
    let mut theirs = known.len();
    for head in &hello.journals {
        match journal::find(db, head.journal)? {
            Some(journal) if !journal.is_of(spot) => {
                tracing::warn!(spot, journal = %head.journal, owner = journal.node, "a spot names a journal of another node");
                return Ok(Err(Refusal::NotYours));
            }
            Some(journal) => held.push(journal.frontier.size()),
            None if theirs >= journal::MAX_JOURNALS => return Ok(Err(Refusal::NotNow)),
            None => {
                journal::begin(db, head.journal, spot, false)?;
                theirs += 1;
                held.push(0);
            }
        }
    }
    let unnamed = known
        .iter()
        .filter(|j| !hello.journals.iter().any(|h| h.journal == j.id));
    let more = unnamed.map(|j| (j.id, j.frontier.size())).collect();
    Ok(Ok((held, more)))
}

/// Whether the node that says this has all that is here for it, and nothing else, and
/// each has the other's seal for it.
fn is_same(
    db: &Connection,
    epoch: [u8; 16],
    spot: &Enrolled,
    hello: &Hello,
) -> anyhow::Result<bool> {
    let named = |c: &Cursor| {
        // Of what was never written to there is no epoch to know.
        let may_be_empty = [erasure::SCOPE, LENT].contains(&c.scope.as_str());
        let begun = c.epoch == tag(&epoch) || c.seq == 0 && may_be_empty;
        begun && feed_for(spot, &c.scope).is_some()
    };
    if !hello.receipted || hello.cursors.is_empty() || !hello.cursors.iter().all(named) {
        return Ok(false);
    }
    let known = journal::of_node(db, &spot.id)?;
    if known.len() != hello.journals.len() {
        return Ok(false);
    }
    for journal in known {
        let head = journal.head();
        let word = custody::of(db, Says::Wrote, journal.id)?;
        let vouched = word.is_some_and(|(word, _)| word.head == head);
        if !vouched || !hello.journals.contains(&head.into()) {
            return Ok(false);
        }
    }
    let asked = hello.cursors.iter();
    let feeds: Vec<String> = asked.filter_map(|c| feed_for(spot, &c.scope)).collect();
    let ours = feed::cursors(db, &feeds)?;
    let same = |(ours, theirs): (&Cursor, &Cursor)| {
        let scope = theirs.scope.clone();
        Cursor { scope, ..*ours } == *theirs
    };
    Ok(ours.len() == hello.cursors.len() && ours.iter().zip(&hello.cursors).all(same))
}

/// The feed that a spot means by a scope, if it may have that.
pub(crate) fn feed_for(spot: &Enrolled, scope: &str) -> Option<String> {
    match scope {
        LENT => Some(lent::feed(&spot.id)),
        erasure::SCOPE => Some(scope.to_owned()),
        _ => spot.scopes.iter().find(|s| *s == scope).cloned(),
    }
}

/// The next message of a feed: items from there on, or its end. `journals` are the receiver's
/// own, as its hello numbers them.
fn next_of_feed(
    node: &Node,
    feeding: &Feeding,
    (journals, encoding): (&[Outline], Encoding),
) -> anyhow::Result<Message> {
    let db = node.store.read();
    // One snapshot: the root belongs to exactly these items.
    let tx = db.unchecked_transaction()?;
    let known = feed::scope(&tx, &feeding.scope)?.map_or_else(Default::default, |s| s.frontier);
    // A spot cannot know more than there is: it begins anew.
    let seq = Some(feeding.seq)
        .filter(|seq| *seq <= known.size())
        .unwrap_or(0);
    let items = feed::items(&tx, &feeding.scope, seq, FEED_ITEMS, frame::FRAME_BYTES)?;
    if items.is_empty() {
        return Ok(Message::FeedEnd {
            scope: feeding.number,
            seq: known.size(),
            tag: tag(&known.root()),
        });
    }
    let own = |id: &JournalId| (0..).zip(journals).find(|(_, own)| own.journal == *id);
    let (mut sources, mut entries): (Vec<_>, Vec<Entry>) = (vec![], vec![]);
    let mut filling = frame::Filling::default();
    for (mut source, entry) in items {
        source.own = own(&source.journal).is_some_and(|(_, own)| source.index <= own.size);
        if !source.own {
            if !filling.takes(entry.bytes.len()) {
                break;
            }
            entries.push(entry);
        }
        sources.push(source);
    }
    Ok(Message::News(News {
        scope: feeding.number,
        first: seq + 1,
        runs: runs(&sources, |id| own(id).map(|(number, _)| number)),
        packed: frame::pack_as(&entries, encoding)?,
    }))
}
