//! A copy of what is being typed, kept off this machine: a laptop that is stolen does not take an hour's conversation
//! with it. Renewed within half a minute of the first key that it lacks, whole each time, sealed ([`sealed`]).
//!
//! It holds the attendances that are open: what was answered and what is being typed. What is recorded, withdrawn
//! or closed is no longer in the next one. Photographs are not in it. Beside them it holds the [`day`], to be printed
//! where the machine failed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::TryRecvError;
use vereda_sync::record::{Life, attendance};
use vereda_web::desk::port::Event;

use crate::bundle::cipher::PublicKey;
use crate::clock;
use crate::desk::record_id;
use crate::node::Node;
use crate::store::{self, derived, draft, set_meta};
use crate::whole;

pub mod day;
pub mod sealed;

use sealed::RecoveryCode;

/// What the file is called, after the spot's id.
pub const SUFFIX: &str = ".vereda-rascunhos";
/// From the first key that the copy lacks to the next copy: what is left of half a minute is for a slow stick.
const EVERY: Duration = Duration::from_secs(10);
/// Between two looks at what happened, and whether the copy is still there.
const LOOK: Duration = Duration::from_millis(500);
/// After so long without a copy of what was typed, people are told.
pub const LATE: Duration = Duration::from_secs(30);
/// Attendances in a copy at most.
pub const MAX_ATTENDANCES: usize = 100;
/// Where the store has the key of the recovery code.
const KEY: &str = "recovery_key";

/// What a copy holds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The attendances that were open.
    pub attendances: Vec<Kept>,
    /// The day as it stood, to be printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<day::DayKept>,
}

/// An attendance in a copy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its id at the spot that it is of.
    pub id: String,
    /// Somebody acted for the citizen.
    pub represented: bool,
    /// The citizen had no documents.
    pub undocumented: bool,
    /// Its steps that were finished.
    pub done: Vec<String>,
    /// What was answered or typed.
    pub values: Vec<Value>,
    /// Its requests that were not recorded.
    pub requests: Vec<KeptRequest>,
}

/// A request in a copy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRequest {
    /// The service.
    pub service: String,
    /// What was answered or typed.
    pub values: Vec<Value>,
}

/// A value in a copy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The field.
    pub field: String,
    /// What it read.
    pub value: String,
    /// How it was known, as records write it.
    pub known: String,
    /// Who typed it; empty when it was answered already.
    pub by: String,
}

/// How it stands with the copy.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// When the last one was made, milliseconds since 1970.
    pub last_ms: Option<i64>,
    /// Since when something was typed that is in none.
    pub lacking: Option<Instant>,
    /// Why none can be made now.
    pub trouble: Option<Trouble>,
    /// It lies on the disk on which the store is.
    pub on_same_disk: bool,
}

/// Why a copy cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Neither a recovery code was made, nor is the hub's key here.
    NobodyOpens,
    /// The folder is not there: its stick was pulled.
    Gone,
    /// There is no room on it.
    Full,
    /// Anything else, as the system says it.
    Other(String),
}

/// How it stands, for those who show it.
#[derive(Debug, Default)]
pub struct Keeper(Mutex<Standing>);

impl Keeper {
    /// Now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.now().clone()
    }

    fn now(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a new recovery code in place of the one before: copies from now on are sealed to it. The node keeps what
/// seals, not what opens.
///
/// # Errors
/// When the store does not answer.
pub fn new_code(node: &Node) -> store::Result<String> {
    let code = RecoveryCode::draw()?;
    set_meta(&node.store.write(), KEY, code.public().0.to_vec())?;
    node.keeper.now().lacking.get_or_insert_with(Instant::now);
    Ok(code.groups())
}

/// Those who open a copy: whether by a recovery code, and by the hub.
#[must_use]
pub fn openers(node: &Node) -> (Option<PublicKey>, Option<PublicKey>) {
    let code: Option<Vec<u8>> = node.store.meta(KEY).ok().flatten();
    let code = code.and_then(|bytes| bytes.try_into().ok()).map(PublicKey);
    let hub = node.config.hub.as_ref();
    let hub = hub.and_then(|hub| hub.bundle_key.as_deref());
    (code, hub.and_then(|file| PublicKey::load(file).ok()))
}

/// The file of a node's copy in a folder.
#[must_use]
pub fn file_of(node: &str, folder: &Path) -> PathBuf {
    folder.join(format!("{node}{SUFFIX}"))
}

/// Keeps a copy for as long as the node runs, on a thread of its own: a stick that hangs keeps no desk waiting.
///
/// # Errors
/// When the system gives no thread.
pub fn start(node: &Arc<Node>, folder: PathBuf) -> std::io::Result<()> {
    let weak = Arc::downgrade(node);
    let mut events = node.events();
    // What a power cut left in the drafts may be in no copy.
    node.keeper.now().lacking = Some(Instant::now());
    let mut due = Instant::now();
    thread::Builder::new().name("keep".into()).spawn(move || {
        let (mut was_told, mut of_day) = (false, clock::today());
        loop {
            thread::sleep(LOOK);
            let Some(node) = weak.upgrade() else { return };
            // Another day is another tour and another till, also where nobody does anything.
            let today = clock::today();
            let mut happened = today != of_day;
            of_day = today;
            loop {
                match events.try_recv() {
                    // Bookings and tours come as messages do.
                    Ok(Event::Typed { .. } | Event::Record { .. } | Event::Messages)
                    | Err(TryRecvError::Lagged(_)) => {
                        happened = true;
                    }
                    Ok(_) => {}
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Closed) => return,
                }
            }
            let file = file_of(&node.config.node.id, &folder);
            let is_lacking = {
                let mut standing = node.keeper.now();
                if (happened || (standing.last_ms.is_some() && !file.is_file()))
                    && standing.lacking.is_none()
                {
                    standing.lacking = Some(Instant::now());
                    due = Instant::now() + EVERY;
                }
                standing.lacking
            };
            if is_lacking.is_some() && Instant::now() >= due {
                // What is typed from here on is in the next one.
                node.keeper.now().lacking = None;
                let made = make(&node, &folder);
                let mut standing = node.keeper.now();
                standing.on_same_disk = is_same_disk(&folder, &node.config.store.path);
                match made {
                    Ok(at_ms) => {
                        standing.last_ms = Some(at_ms);
                        standing.trouble = None;
                    }
                    Err(error) => {
                        standing.lacking = is_lacking;
                        let why = why(&error);
                        if standing.trouble.as_ref() != Some(&why) {
                            tracing::warn!(
                                error = format!("{error:#}"),
                                "no copy of drafts is made"
                            );
                        }
                        standing.trouble = Some(why);
                        due = Instant::now() + EVERY / 2;
                    }
                }
                drop(standing);
                node.tell(Event::Strip);
            }
            // Told when it turns out late, also where nothing else happens.
            let is_late = is_lacking.is_some_and(|since| since.elapsed() >= LATE);
            if is_late != was_told {
                was_told = is_late;
                node.tell(Event::Messages);
            }
        }
    })?;
    Ok(())
}

fn why(error: &anyhow::Error) -> Trouble {
    if error.is::<NobodyOpens>() {
        return Trouble::NobodyOpens;
    }
    let kind = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>())
        .map(std::io::Error::kind);
    match kind {
        Some(std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Trouble::Gone,
        Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) => Trouble::Full,
        _ => Trouble::Other(error.to_string()),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("neither is there a recovery code, nor the hub's key: nobody could open a copy")]
struct NobodyOpens;

fn is_same_disk(folder: &Path, store: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|it| it.dev()).ok();
    device(folder).is_some_and(|it| Some(it) == device(store))
}

/// Makes a copy now; whatever happens meanwhile, there is a whole one.
fn make(node: &Node, folder: &Path) -> anyhow::Result<i64> {
    let (code, hub) = openers(node);
    let to: Vec<PublicKey> = code.into_iter().chain(hub).collect();
    if to.is_empty() {
        return Err(NobodyOpens.into());
    }
    let at_ms = node.now_ms();
    let content = serde_json::to_vec(&gather(node)?)?;
    let own = &node.config.node;
    let bytes = sealed::seal((&own.id, &own.name, at_ms), &content, &to)?;
    let file = file_of(&own.id, folder);
    // The folder is never made: where the stick was is then only a place on this disk.
    whole::put(&file, &bytes, whole::PUBLIC).context("the copy's folder")?;
    Ok(at_ms)
}

/// What is open now.
///
/// # Errors
/// When the store does not answer.
pub fn gather(node: &Node) -> store::Result<Content> {
    let mut open = derived::open_attendances(&node.store.read())?;
    // Those of today before one that somebody forgot to close.
    open.sort_by_key(|line| std::cmp::Reverse(line.opened_ms));
    let open = open.into_iter().take(MAX_ATTENDANCES);
    let mut attendances = Vec::new();
    for line in open {
        let Ok(record) = record_id(&line.id) else {
            continue;
        };
        let read = node.with_document(record, |d| {
            let summary = attendance::Summary::of(d)?;
            Some((summary, answered(d)))
        });
        let Some((summary, answers)) = read?.flatten() else {
            continue;
        };
        let done = [
            (summary.identified, &attendance::IDENTITY.id),
            (
                summary.represented_by,
                &vereda_sync::record::representation::REPRESENTATION.id,
            ),
            (
                summary.declared,
                &vereda_sync::record::declaration::DECLARATION.id,
            ),
        ];
        let of_it = derived::of_attendance(&node.store.read(), &line.id)?;
        let mut requests = Vec::new();
        for request in of_it.into_iter().filter(|q| q.life == Life::Draft) {
            let Ok(record) = record_id(&request.id) else {
                continue;
            };
            let answers = node.with_document(record, |d| answered(d))?;
            requests.push(KeptRequest {
                values: with_drafts(node, &request.id, answers.unwrap_or_default())?,
                service: request.service,
            });
        }
        attendances.push(Kept {
            represented: summary.represented,
            undocumented: summary.undocumented,
            done: done
                .into_iter()
                .filter(|(is_done, _)| *is_done)
                .map(|(_, step)| step.clone())
                .collect(),
            values: with_drafts(node, &line.id, answers)?,
            requests,
            id: line.id,
        });
    }
    // What is being typed is kept also where the day cannot be read.
    let day = match day::now(node) {
        Ok(day) => Some(day),
        Err(error) => {
            tracing::warn!(?error, "the day is not in the copy");
            None
        }
    };
    Ok(Content { attendances, day })
}

fn answered(d: &vereda_sync::record::document::Document) -> Vec<Value> {
    let answers = d.answers().iter();
    answers
        .map(|(field, answer)| Value {
            field: field.clone(),
            value: answer.value.clone(),
            known: answer.provenance.code().to_owned(),
            by: String::new(),
        })
        .collect()
}

fn with_drafts(node: &Node, form: &str, mut values: Vec<Value>) -> store::Result<Vec<Value>> {
    for draft in draft::of_form(&node.store.read(), form)? {
        values.retain(|value| value.field != draft.field);
        values.push(Value {
            field: draft.field,
            value: draft.value,
            known: draft.provenance.code().to_owned(),
            by: draft.by,
        });
    }
    Ok(values)
}
