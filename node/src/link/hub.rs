//! One exchange at the hub: performs what [`Callee`] says. Nothing is
//! acknowledged before it is on disk.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;
use vereda_sync::exchange::callee::{Callee, Do};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::message::{Cursor, Feed, Hello, Message, Refusal, Welcome};
use vereda_sync::exchange::{ExchangeError, VERSION, frame};
use vereda_sync::id::JournalId;
use vereda_sync::journal::{Entry, Frontier};

use super::enrolled::AllowList;
use super::seal::{self, Seal};
use super::wire::{self, Messages, WireError};
use super::{IDLE, blocking};
use crate::authority::Enrolled;
use crate::clock;
use crate::node::{Node, Sender, Stop};
use crate::store::{StoreError, custody, feed, journal, spot};

/// Most journals that one spot may have begun: one for each time its disk was restored.
const MAX_JOURNALS: usize = 256;
/// Most items of a feed in one message.
const FEED_ITEMS: u32 = 512;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) node: Arc<Node>,
    pub(super) enrolled: AllowList,
    seal: Seal,
    /// The spots that exchange now. Dropping the sender ends the exchange.
    running: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// By this the list of enrolled nodes knows it.
    pub(super) fingerprint: Arc<str>,
    /// DER.
    pub(super) certificate: Arc<[u8]>,
}

/// What ends an exchange.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("refused: {0}")]
    Refuse(Refusal),
    #[error("nothing moves")]
    Idle,
    #[error("{0:#}")]
    Own(anyhow::Error),
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        // A frame that cannot be read is the sender's fault, not the store's.
        match error.downcast::<ExchangeError>() {
            Ok(error) => error.into(),
            Err(error) => Self::Own(error),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

impl From<ExchangeError> for Fault {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Refused(refusal) => Self::Refuse(refusal),
            error => Self::Wire(error.into()),
        }
    }
}

impl Hub {
    pub(super) fn new(node: Arc<Node>, enrolled: AllowList, seal: Seal) -> Self {
        Self {
            node,
            enrolled,
            seal,
            running: Mutex::default(),
        }
    }

    /// The exchange of that spot begins; one that still runs is ended by that.
    fn begin(&self, spot: &str) -> oneshot::Receiver<()> {
        let (mine, ended) = oneshot::channel();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, other| !other.is_closed());
        running.insert(spot.to_owned(), mine);
        ended
    }
}

/// `POST /v1/exchange`.
pub(super) async fn exchange(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Response {
    let Some(spot) = hub.enrolled.spot(&peer.fingerprint).await else {
        tracing::warn!(certificate = %peer.fingerprint, "a node that is not enrolled was refused");
        return Response::new(Body::from(wire::framed(&Message::Refuse(
            Refusal::NotEnrolled,
        ))));
    };
    let (out, answer) = wire::outgoing();
    tokio::spawn(async move {
        let mut ended = hub.begin(&spot.id);
        let id = spot.id.clone();
        let mut running = Running::new(hub, spot, peer.certificate, out.clone());
        let mut messages = Messages::of(body);
        let talked = tokio::select! {
            talked = running.talk(&mut messages) => talked,
            _ = &mut ended => Err(Fault::Refuse(Refusal::NotNow)),
        };
        if let Err(fault) = talked {
            running.say_goodbye(&id, &fault).await;
        }
    });
    Response::new(answer)
}

type Out = mpsc::Sender<Result<Bytes, std::io::Error>>;

struct Running {
    hub: Arc<Hub>,
    spot: Enrolled,
    certificate: Arc<[u8]>,
    sender: Sender,
    out: Out,
    /// Messages that went out: whether anything moves.
    sent: Arc<AtomicU64>,
    feeds: JoinSet<Result<(), Fault>>,
    epoch: [u8; 16],
    announced: BTreeSet<JournalId>,
    proven: BTreeSet<JournalId>,
    troubled: bool,
    /// Nothing was new.
    same: bool,
    /// Entries were stored.
    news: bool,
    /// Said once the feeds are out: what the spot gets does not wait for what it may not send.
    ending: Option<Refusal>,
}

impl Running {
    fn new(hub: Arc<Hub>, spot: Enrolled, certificate: Arc<[u8]>, out: Out) -> Self {
        Self {
            hub,
            sender: Sender {
                node: spot.id.clone(),
                scopes: spot.scopes.clone(),
            },
            spot,
            certificate,
            out,
            sent: Arc::default(),
            feeds: JoinSet::new(),
            epoch: [0; 16],
            announced: BTreeSet::new(),
            proven: BTreeSet::new(),
            troubled: false,
            same: false,
            news: false,
            ending: None,
        }
    }

    async fn talk(&mut self, messages: &mut Messages) -> Result<(), Fault> {
        let mut callee = Callee::default();
        loop {
            if let Some(refusal) = self.ending.filter(|_| self.feeds.is_empty()) {
                return Err(Fault::Refuse(refusal));
            }
            let sent = self.sent.clone();
            tokio::select! {
                message = messages.next() => {
                    let Some(message) = message? else { return Ok(()) };
                    for effect in callee.receive(message)? {
                        self.perform(effect).await?;
                    }
                }
                Some(fed) = self.feeds.join_next() => fed.map_err(anyhow::Error::from)??,
                () = stalled(&sent) => return Err(Fault::Idle),
            }
        }
    }

    async fn perform(&mut self, effect: Do) -> Result<(), Fault> {
        match effect {
            Do::Send(message) => self.send(&message).await,
            Do::Welcome(hello) => {
                let answer = self.welcome(hello).await?;
                self.send(&answer).await
            }
            Do::SendFeed { .. } if self.same => Ok(()),
            Do::SendFeed { after, journals } => self.send_feed(after, journals).await,
            Do::Store {
                journal,
                first,
                packed,
            } => self.store(journal, first, packed).await,
            Do::Compare(sealed) => self.compare(sealed).await,
        }
    }

    async fn send(&self, message: &Message) -> Result<(), Fault> {
        send(&self.out, &self.sent, message).await
    }

    /// The answer to a hello: a welcome, or that nothing is new.
    async fn welcome(&mut self, hello: Hello) -> Result<Message, Fault> {
        let (node, spot) = (self.hub.node.clone(), self.spot.id.clone());
        let scopes = self.spot.scopes.clone();
        self.announced = hello.journals.iter().map(|h| h.journal).collect();
        let welcome = blocking(move || {
            let epoch = node.epoch()?;
            let db = node.store.write();
            let tx = db.unchecked_transaction()?;
            spot::keep_seen(&tx, &spot, &hello.name, clock::now_ms())?;
            let held = hold(&tx, &spot, &hello)?;
            let same = is_same(&tx, epoch, (&spot, &scopes), &hello)?;
            if same {
                spot::keep_proven(&tx, &spot, clock::now_ms(), (false, true))?;
            }
            tx.commit()?;
            let welcome = held.map(|held| Welcome {
                version: VERSION,
                name: node.config.node.name.clone(),
                epoch,
                wall_ms: clock::wall_ms(),
                held,
            });
            Ok((welcome, same))
        });
        let (welcome, same) = welcome.await?;
        let welcome = welcome.map_err(Fault::Refuse)?;
        self.epoch = welcome.epoch;
        self.same = same;
        Ok(match same {
            true => Message::Same {
                wall_ms: welcome.wall_ms,
            },
            false => Message::Welcome(welcome),
        })
    }

    async fn store(
        &mut self,
        journal: JournalId,
        first: u64,
        packed: Vec<u8>,
    ) -> Result<(), Fault> {
        let (node, sender) = (self.hub.node.clone(), self.sender.clone());
        let stored = blocking(move || node.take_frame(&sender, journal, first, &packed)).await?;
        self.send(&Message::Ack {
            journal,
            size: stored.held,
        })
        .await?;
        self.news = true;
        match stored.stopped {
            None => (),
            Some(Stop::Diverged) => return Err(self.diverged().await),
            Some(Stop::Waits) => self.ending = Some(Refusal::NotNow),
            Some(Stop::Quarantined) => self.ending = Some(Refusal::Quarantined),
        }
        Ok(())
    }

    async fn compare(&mut self, sealed: Sealed) -> Result<(), Fault> {
        // A node that does not stand by what it sent gets no receipt.
        seal::examine(&self.certificate, Says::Wrote, &sealed)
            .map_err(|_| ExchangeError::Malformed("seal"))?;
        let (node, theirs) = (self.hub.node.clone(), sealed.head);
        let ours = blocking(move || Ok(journal::find(&node.store.read(), theirs.journal)?));
        let Some(ours) = ours.await? else {
            return Ok(());
        };
        if ours.frontier.size() != theirs.size {
            return Ok(());
        }
        if ours.head() != theirs {
            return Err(self.diverged().await);
        }
        self.proven.insert(theirs.journal);
        let all = self.proven == self.announced;
        let how = (self.news, !self.troubled);
        let (node, spot) = (self.hub.node.clone(), self.spot.id.clone());
        let (seal, certificate) = (self.hub.seal.clone(), self.certificate.clone());
        let receipt = blocking(move || {
            let db = node.store.write();
            let tx = db.unchecked_transaction()?;
            if all {
                spot::keep_proven(&tx, &spot, clock::now_ms(), how)?;
            }
            custody::keep(&tx, Says::Wrote, &sealed, &certificate)?;
            tx.commit()?;
            seal.put(Says::Holds, theirs, clock::wall_ms())
        });
        self.send(&Message::Proof(receipt.await?)).await
    }

    async fn diverged(&mut self) -> Fault {
        self.trouble(spot::DIVERGED).await;
        Fault::Refuse(Refusal::Diverged)
    }

    async fn trouble(&mut self, words: &str) {
        self.troubled = true;
        let (node, spot, words) = (
            self.hub.node.clone(),
            self.spot.id.clone(),
            words.to_owned(),
        );
        let kept = blocking(move || Ok(spot::keep_trouble(&node.store.write(), &spot, &words)?));
        if let Err(error) = kept.await {
            tracing::error!(%error, "the trouble of a spot could not be kept");
        }
    }

    async fn send_feed(
        &mut self,
        after: Cursor,
        journals: Vec<(JournalId, u64)>,
    ) -> Result<(), Fault> {
        if !self.spot.scopes.contains(&after.scope) {
            self.trouble(&format!(
                "O posto pede o âmbito `{}`, para o qual não está inscrito: nada lhe é dado dele.",
                after.scope
            ))
            .await;
            return self
                .send(&Message::FeedEnd {
                    scope: after.scope,
                    seq: 0,
                    root: Frontier::default().root(),
                })
                .await;
        }
        let (node, out, sent) = (self.hub.node.clone(), self.out.clone(), self.sent.clone());
        let epoch = self.epoch;
        self.feeds.spawn(async move {
            let mut seq = if after.epoch == epoch { after.seq } else { 0 };
            let own: HashMap<JournalId, u64> = journals.into_iter().collect();
            loop {
                let (node, scope, own) = (node.clone(), after.scope.clone(), own.clone());
                let message = blocking(move || next_of_feed(&node, scope, seq, &own)).await?;
                let last = matches!(message, Message::FeedEnd { .. });
                if let Message::Feed(feed) = &message {
                    seq = feed.first - 1 + feed.sources.len() as u64;
                }
                send(&out, &sent, &message).await?;
                if last {
                    return Ok(());
                }
            }
        });
        Ok(())
    }

    async fn say_goodbye(&mut self, spot: &str, fault: &Fault) {
        let refusal = match fault {
            Fault::Refuse(refusal) => Some(*refusal),
            Fault::Own(error) => {
                tracing::error!(
                    spot,
                    error = format!("{error:#}"),
                    "an exchange failed here"
                );
                Some(Refusal::NotNow)
            }
            Fault::Wire(WireError::Message(error)) => {
                tracing::warn!(spot, %error, "a spot sent what is no message");
                self.trouble("O posto enviou dados ilegíveis: atualize-o ou examine-o.")
                    .await;
                None
            }
            Fault::Wire(_) | Fault::Idle => None,
        };
        tracing::debug!(spot, fault = %fault, "an exchange ended early");
        if let Some(refusal) = refusal {
            let _ = self.send(&Message::Refuse(refusal)).await;
        }
    }
}

/// What is held of the journals of a spot; registers new ones.
fn hold(
    db: &rusqlite::Connection,
    spot: &str,
    hello: &Hello,
) -> anyhow::Result<Result<Vec<(JournalId, u64)>, Refusal>> {
    let known = journal::of_node(db, spot)?;
    let mut held = Vec::new();
    let mut theirs = known.len();
    for head in &hello.journals {
        match journal::find(db, head.journal)? {
            Some(journal) if journal.own || journal.node != spot => {
                tracing::warn!(spot, journal = %head.journal, owner = journal.node, "a spot names a journal of another node");
                return Ok(Err(Refusal::NotYours));
            }
            Some(journal) => held.push((journal.id, journal.frontier.size())),
            None if theirs >= MAX_JOURNALS || held.iter().any(|(j, _)| *j == head.journal) => {
                return Ok(Err(Refusal::NotNow));
            }
            None => {
                journal::begin(db, head.journal, spot, false)?;
                theirs += 1;
                held.push((head.journal, 0));
            }
        }
    }
    let unnamed = known
        .iter()
        .filter(|j| !hello.journals.iter().any(|h| h.journal == j.id));
    held.extend(unnamed.map(|j| (j.id, j.frontier.size())));
    Ok(Ok(held))
}

/// Whether the node that says this has all that is here for it, and nothing else, and
/// each has the other's seal for it.
fn is_same(
    db: &rusqlite::Connection,
    epoch: [u8; 16],
    (spot, scopes): (&str, &[String]),
    hello: &Hello,
) -> anyhow::Result<bool> {
    let named = |c: &Cursor| c.epoch == epoch && scopes.contains(&c.scope);
    if !hello.receipted || hello.cursors.is_empty() || !hello.cursors.iter().all(named) {
        return Ok(false);
    }
    let known = journal::of_node(db, spot)?;
    if known.len() != hello.journals.len() {
        return Ok(false);
    }
    for journal in known {
        let head = journal.head();
        let word = custody::of(db, Says::Wrote, journal.id)?;
        let vouched = word.is_some_and(|(word, _)| word.head == head);
        if !vouched || !hello.journals.contains(&head) {
            return Ok(false);
        }
    }
    let scopes: Vec<String> = hello.cursors.iter().map(|c| c.scope.clone()).collect();
    Ok(feed::cursors(db, &scopes)? == hello.cursors)
}

/// The next message of a feed: items after `seq`, or its end.
fn next_of_feed(
    node: &Node,
    scope: String,
    seq: u64,
    own: &HashMap<JournalId, u64>,
) -> anyhow::Result<Message> {
    let db = node.store.read();
    // One snapshot: the root belongs to exactly these items.
    let tx = db.unchecked_transaction()?;
    let known = feed::scope(&tx, &scope)?.map_or_else(Default::default, |s| s.frontier);
    // A spot cannot know more than there is: it begins anew.
    let seq = if seq > known.size() { 0 } else { seq };
    let items = feed::items(&tx, &scope, seq, FEED_ITEMS, frame::FRAME_BYTES)?;
    if items.is_empty() {
        return Ok(Message::FeedEnd {
            scope,
            seq: known.size(),
            root: known.root(),
        });
    }
    let (mut sources, mut entries): (Vec<_>, Vec<Entry>) = (vec![], vec![]);
    let mut filling = frame::Filling::default();
    for (mut source, entry) in items {
        source.own = own
            .get(&source.journal)
            .is_some_and(|size| source.index <= *size);
        if !source.own {
            if !filling.takes(entry.bytes.len()) {
                break;
            }
            entries.push(entry);
        }
        sources.push(source);
    }
    Ok(Message::Feed(Feed {
        scope,
        first: seq + 1,
        sources,
        packed: frame::pack(&entries)?,
    }))
}

async fn send(out: &Out, sent: &AtomicU64, message: &Message) -> Result<(), Fault> {
    let gone = |_| Fault::Wire(WireError::Cut);
    timeout(IDLE, out.send(Ok(wire::framed(message))))
        .await
        .map_err(|_| Fault::Idle)?
        .map_err(gone)?;
    sent.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Returns once nothing went out for a while.
async fn stalled(sent: &AtomicU64) {
    loop {
        let before = sent.load(Ordering::Relaxed);
        tokio::time::sleep(IDLE).await;
        if sent.load(Ordering::Relaxed) == before {
            return;
        }
    }
}
