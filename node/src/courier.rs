//! The hub sends word to citizens of how their requests ended, by the way to which they agreed: mail or a text message.
//!
//! ```text
//! derived ──▶ outbox_due ──▶ outbox: one for each outcome ──▶ Courier: mail.rs, sms.rs ──▶ the request's record
//! ```
//! Handed over is all that is ever said: nobody here knows whether something was read. What stands in the store before it is
//! sent is sent again after a crash, under the same key (`Message-ID`, `Idempotency-Key`), by which the other side can tell.
//! What is refused, or was tried for long enough, has failed: then it is a person's, at the desk that has the case.
//! At the last moment it is looked again whether the citizen still wants it, nobody told them, and it still stands.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sha2::{Digest, Sha256};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use vereda_sync::id::RecordId;
use vereda_sync::record::act::Act;
use vereda_sync::record::agency::Hub;
use vereda_sync::record::case::Case;
use vereda_sync::record::outcome::notice::{self, Came};
use vereda_sync::record::outcome::{Agreement, Contact, Telling, Way};
use vereda_web::texts::PORTUGUESE;
use vereda_web::words;

use crate::agencies::{mark, pause};
use crate::clock;
use crate::config::Notices;
use crate::link::blocking;
use crate::node::{Node, random};
use crate::people::hex;
use crate::store::outbox::{self, Sent, State};
use crate::store::{StoreError, agencies, derived};

mod letter;
mod mail;
mod sms;

/// Between two looks at what came.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// After a failure of our own it is tried again.
const PAUSE: Duration = Duration::from_secs(5);
/// Longest that a server may take for one message.
const PATIENCE: Duration = Duration::from_secs(20);
/// Looked at in one go.
const AT_ONCE: u32 = 200;
/// Nobody is sent word of what happened longer ago: at a hub that begins to send, that would be all that ever was.
const OLDEST_MS: i64 = 30 * 24 * 3_600_000;
/// What is undecided when its turn has come is looked at again after so long.
const UNDECIDED_MS: i64 = 60_000;
/// What is over is kept for so long: until then nothing of it is sent twice, and what is older is sent to nobody.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
/// Between two looks at what is older.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);
/// Longest words that are kept of why something was not taken, in characters.
const MAX_TROUBLE_CHARS: usize = 200;

/// A message as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Letter {
    /// The same for the same outcome of the same request, whenever it is sent.
    key: String,
    /// Number or address.
    to: String,
    /// Its language.
    language: String,
    /// What mail has above it.
    subject: String,
    /// What it says.
    text: String,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// It may be taken later.
    Later(String),
    /// It is refused for good.
    Never(String),
}

type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), Trouble>> + Send + 'a>>;

/// Whoever hands messages over.
trait Courier: Send + Sync + 'static {
    /// By which way.
    fn way(&self) -> Way;
    /// Hands one over: `Ok` once the other side said that it has it.
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a>;
}

/// What sends word; ends when it is dropped.
#[derive(Debug)]
pub struct CourierHandle {
    tasks: Vec<AbortHandle>,
}

impl Drop for CourierHandle {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// The ways by which word is sent.
#[must_use]
pub fn ways(config: &Notices) -> Vec<Way> {
    let mail = config.mail.as_ref().map(|_| Way::Mail);
    let sms = config.sms.as_ref().map(|_| Way::Sms);
    mail.into_iter().chain(sms).collect()
}

/// Starts to send word to citizens.
///
/// # Errors
/// When a file with a password, token or authority does not serve.
pub fn start(node: &Arc<Node>, config: &Notices) -> anyhow::Result<CourierHandle> {
    let mut couriers: Vec<Arc<dyn Courier>> = Vec::new();
    if let Some(it) = &config.mail {
        let mail = mail::Mail::new(it, &config.authorities).context("`[notices.mail]`")?;
        couriers.push(Arc::new(mail));
    }
    if let Some(it) = &config.sms {
        let sms = sms::Sms::new(it, &config.authorities).context("`[notices.sms]`")?;
        couriers.push(Arc::new(sms));
    }
    outbox::owe_untold(&node.store.write())?;
    let mut tasks =
        vec![tokio::spawn(keep_collecting(Arc::clone(node), config.clone())).abort_handle()];
    for courier in couriers {
        let (node, config) = (Arc::clone(node), config.clone());
        tasks.push(tokio::spawn(keep_sending(node, config, courier)).abort_handle());
    }
    Ok(CourierHandle { tasks })
}

/// Looks at what came, and writes down what came of it, for as long as this runs.
async fn keep_collecting(node: Arc<Node>, config: Notices) {
    let mut tidied: Option<Instant> = None;
    loop {
        let (work, config) = (Arc::clone(&node), config.clone());
        let tidies = tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY);
        if tidies {
            tidied = Some(Instant::now());
        }
        let done = blocking(move || {
            if tidies {
                let before_ms = clock::now_ms() - KEPT_MS;
                outbox::forget_old(&work.store.write(), before_ms)?;
            }
            collect(&work, &config)?;
            write_down(&work)?;
            Ok(())
        });
        match done.await {
            Ok(()) => sleep(LOOK_EVERY).await,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "citizens could not be sent word; it is tried again");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn keep_sending(node: Arc<Node>, config: Notices, courier: Arc<dyn Courier>) {
    loop {
        match send_next(&node, &config, &*courier).await {
            Ok(true) => (),
            Ok(false) => sleep(LOOK_EVERY).await,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "citizens could not be sent word; it is tried again");
                sleep(PAUSE).await;
            }
        }
    }
}

/// How it stands with telling the citizen of a request: `None` while something of it is undecided, when nobody is told, and
/// nothing given up either. Within: nothing, where the request is here no longer.
fn telling(
    node: &Node,
    row: i64,
    record: RecordId,
) -> crate::store::Result<Option<Option<Telling>>> {
    if agencies::is_unsettled(&node.store.read(), row)? {
        return Ok(None);
    }
    match node.with_document(record, |d| Case::of(d).map(|case| case.telling)) {
        // One that cannot be read keeps none of the others.
        Err(error @ (StoreError::Document(_) | StoreError::Damaged(_))) => {
            tracing::warn!(%record, %error, "its citizen cannot be sent word");
            Ok(None)
        }
        read => Ok(Some(read?.flatten())),
    }
}

/// What there is to tell by itself, and how.
fn news(telling: &Telling) -> Option<(&Contact, Vec<&Act>)> {
    let (contact, _) = telling.contact.as_ref()?;
    let all = telling.to_tell.iter().chain(&telling.taken_on);
    outbox::goes(contact.way).then(|| (contact, all.collect()))
}

/// Puts what is due into the outbox, and takes out what is not to be sent any longer.
fn collect(node: &Node, config: &Notices) -> crate::store::Result<()> {
    let ways = ways(config);
    loop {
        let due = outbox::due(&node.store.read(), AT_ONCE)?;
        if due.is_empty() {
            return Ok(());
        }
        for (row, id) in due {
            // What is undecided comes again when it is decided.
            let Some(telling) = telling(node, row, RecordId(id))? else {
                outbox::looked_at(&node.store.write(), row)?;
                continue;
            };
            let now_ms = clock::now_ms();
            let found = telling.as_ref().and_then(news);
            let db = node.store.write();
            let tx = db.unchecked_transaction()?;
            for waits in outbox::waiting_of(&tx, row)? {
                let still = found.as_ref().is_some_and(|(contact, all)| {
                    ways.contains(&contact.way) && all.iter().any(|act| act.id == waits.outcome)
                });
                if !still {
                    outbox::keep(&tx, &dropped(waits, now_ms))?;
                }
            }
            if let Some((contact, all)) = found.filter(|(contact, _)| ways.contains(&contact.way)) {
                let hint = words::outcome::hidden(contact, PORTUGUESE);
                for act in all {
                    let at_ms = act.at.unix_ms();
                    if at_ms < now_ms - OLDEST_MS {
                        continue;
                    }
                    let next_ms = at_ms.min(now_ms) + i64::from(config.delay_minutes) * 60_000;
                    let of = (act.id.as_str(), act.kind.as_str());
                    outbox::put(&tx, row, of, (contact.way, &hint), (now_ms, next_ms))?;
                }
            }
            outbox::looked_at(&tx, row)?;
            tx.commit()?;
        }
    }
}

fn dropped(it: Sent, now_ms: i64) -> Sent {
    Sent {
        state: State::Dropped,
        changed_ms: now_ms,
        ..it
    }
}

/// Hands the next message over, if one is to be; whether there was one.
async fn send_next(
    node: &Arc<Node>,
    config: &Notices,
    courier: &dyn Courier,
) -> anyhow::Result<bool> {
    let (work, way, of) = (Arc::clone(node), courier.way(), config.clone());
    let found = blocking(move || {
        let next = outbox::next(&work.store.read(), way, clock::now_ms())?;
        Ok(match next {
            Some(next) => Some(prepare(&work, &of, next)?),
            None => None,
        })
    });
    let Some(found) = found.await? else {
        return Ok(false);
    };
    let (mut sent, letter) = found;
    if let Some(letter) = letter {
        let taken = match timeout(PATIENCE, courier.deliver(&letter)).await {
            Ok(taken) => taken,
            Err(_) => Err(Trouble::Later(format!(
                "não respondeu em {} segundos",
                PATIENCE.as_secs()
            ))),
        };
        let now_ms = clock::now_ms();
        let drawn = u16::from_be_bytes(random()?);
        sent = settled(sent, taken, config, (now_ms, drawn));
        if !sent.trouble.is_empty() {
            let (trouble, tries) = (&sent.trouble, sent.tries);
            tracing::warn!(
                way = way.code(),
                trouble,
                tries,
                "word to a citizen was not taken"
            );
        }
    }
    let work = Arc::clone(node);
    blocking(move || Ok(outbox::keep(&work.store.write(), &sent)?)).await?;
    Ok(true)
}

/// What became of a message, once it was tried.
fn settled(
    it: Sent,
    taken: Result<(), Trouble>,
    config: &Notices,
    (now_ms, drawn): (i64, u16),
) -> Sent {
    let short = |why: String| why.chars().take(MAX_TROUBLE_CHARS).collect();
    let (state, trouble) = match taken {
        Ok(()) => (State::Handed, String::new()),
        Err(Trouble::Never(why)) => (State::Failed, short(why)),
        Err(Trouble::Later(why)) => {
            let is_over = now_ms - it.made_ms >= i64::from(config.give_up_minutes) * 60_000;
            let state = if is_over { State::Failed } else { State::Waits };
            (state, short(why))
        }
    };
    let tries = it.tries.saturating_add(u32::from(state != State::Handed));
    let longest = Duration::from_secs(u64::from(config.retry_max_s));
    let wait = pause(tries, longest, drawn).as_millis();
    Sent {
        state,
        tries,
        trouble,
        next_ms: now_ms.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)),
        changed_ms: now_ms,
        ..it
    }
}

/// What is to be sent, as it stands at the last moment. Without a letter it is not sent: it is dropped, or goes another way.
fn prepare(
    node: &Node,
    config: &Notices,
    it: Sent,
) -> crate::store::Result<(Sent, Option<Letter>)> {
    let record = RecordId(it.record);
    let now_ms = clock::now_ms();
    let Some(telling) = telling(node, it.row, record)? else {
        let next_ms = now_ms + UNDECIDED_MS;
        return Ok((Sent { next_ms, ..it }, None));
    };
    let found = telling.as_ref().and_then(|telling| {
        let (contact, all) = news(telling)?;
        let act = all.into_iter().find(|act| act.id == it.outcome)?;
        Some((telling, contact, act))
    });
    let line = derived::request(&node.store.read(), &record.to_string())?;
    let Some(((telling, contact, act), line)) = found.zip(line) else {
        return Ok((dropped(it, now_ms), None));
    };
    if contact.way != it.way {
        let goes = ways(config).contains(&contact.way);
        let moved = Sent {
            way: contact.way,
            hint: words::outcome::hidden(contact, PORTUGUESE),
            ..it
        };
        return Ok(match goes {
            true => (moved, None),
            false => (dropped(moved, now_ms), None),
        });
    }
    let language = telling.agreed.as_ref().and_then(Agreement::of);
    let language = language.map_or_else(|| PORTUGUESE.to_owned(), |it| it.language);
    let letter = letter::written(node, &line, act, &language);
    let letter = Letter {
        key: key(record, &it.outcome),
        to: contact.to.clone(),
        ..letter
    };
    let it = Sent {
        hint: words::outcome::hidden(contact, PORTUGUESE),
        ..it
    };
    Ok((it, Some(letter)))
}

/// The key of a message: it tells nothing of the request.
fn key(record: RecordId, outcome: &str) -> String {
    let hash = Sha256::new()
        .chain_update(b"vereda word to a citizen\0")
        .chain_update(record.0)
        .chain_update(outcome);
    hex(&hash.finalize()[..16])
}

/// What came of it becomes a change of the request, under the hub's mark: its desk shows it.
fn write_down(node: &Node) -> crate::store::Result<()> {
    let mark = |statement: &[u8]| mark(node.secret(), statement);
    loop {
        let unsaid = outbox::unsaid(&node.store.read(), AT_ONCE)?;
        if unsaid.is_empty() {
            return Ok(());
        }
        for it in unsaid {
            let record = RecordId(it.record);
            let hub = Hub {
                record,
                mark: &mark,
            };
            let came = match it.state {
                State::Handed => Came::Handed,
                _ => Came::Failed(&it.trouble),
            };
            let of = (it.outcome.as_str(), it.way);
            let written = node.change(
                record,
                &node.config.node.name,
                |d, author, at| notice::notify(d, (author, at), of, came, hub),
                |db| outbox::keep_said(db, it.row, &it.outcome),
            );
            match written {
                Err(error @ (StoreError::Document(_) | StoreError::Damaged(_))) => {
                    tracing::warn!(%record, %error, "what its citizen was sent cannot be written in the request");
                    outbox::keep_said(&node.store.write(), it.row, &it.outcome)?;
                }
                other => other?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Notices {
        Notices {
            delay_minutes: 0,
            give_up_minutes: 60,
            retry_max_s: 600,
            authorities: "/nowhere".into(),
            mail: None,
            sms: None,
        }
    }

    fn waits() -> Sent {
        Sent {
            row: 1,
            record: [1; 32],
            outcome: "o".into(),
            what: "withdrawn".into(),
            way: Way::Mail,
            hint: String::new(),
            made_ms: 0,
            state: State::Waits,
            tries: 0,
            next_ms: 0,
            changed_ms: 0,
            trouble: String::new(),
        }
    }

    #[test]
    fn what_is_not_taken_is_tried_less_and_less_often_and_then_has_failed() {
        let (mut it, mut now_ms, mut tries) = (waits(), 0, 0);
        while it.state == State::Waits {
            it = settled(
                it,
                Err(Trouble::Later("x".repeat(999))),
                &config(),
                (now_ms, 0),
            );
            assert!(it.trouble.len() <= MAX_TROUBLE_CHARS);
            assert!(it.next_ms > now_ms && it.next_ms <= now_ms + 600_000);
            (now_ms, tries) = (it.next_ms, tries + 1);
        }
        assert_eq!((it.state, it.tries), (State::Failed, tries));
        assert!((10..30).contains(&tries), "{tries}");
        let never = settled(
            waits(),
            Err(Trouble::Never("não".into())),
            &config(),
            (0, 0),
        );
        assert_eq!((never.state, never.tries), (State::Failed, 1));
        let handed = settled(waits(), Ok(()), &config(), (7, 0));
        assert_eq!((handed.state, handed.tries), (State::Handed, 0));
    }

    #[test]
    fn a_key_is_the_same_for_the_same_outcome_and_for_no_other() {
        let of = |record: u8, outcome| key(RecordId([record; 32]), outcome);
        assert_eq!(of(1, "a"), of(1, "a"));
        assert!(of(1, "a") != of(1, "b") && of(1, "a") != of(2, "a"));
        assert_eq!(of(1, "a").len(), 32);
    }
}
