//! The spot's own network: other machines are desks of this node, over TLS. Which ones is decided with a code
//! that the node's own desk shows; whoever has not joined sees how to, and nothing else.
//!
//! What is here lives as long as the process: the code that is shown, and who is heard of. What joined is in the
//! store ([`crate::store::desks`]).

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use tokio::sync::broadcast;
use vereda_web::HostGuard;
use vereda_web::desk::port::{Admitted, Door, Event, JoinRefusal};

use crate::config;
use crate::node::{Node, random};
use crate::people::hex;
use crate::store::Result;
use crate::store::desks::{self, Joined};
use crate::written;

mod authority;
mod listener;

pub use authority::{Authority, LanError, is_private};
pub use listener::{LanHandle, start};

/// Serves the pages of `router` to the machines that joined, and to others the page where they do.
///
/// # Errors
/// As [`start`].
pub fn serve(
    node: &Arc<Node>,
    config: &config::Lan,
    router: impl FnOnce(HostGuard) -> Router,
) -> anyhow::Result<LanHandle> {
    let door = Arc::new(Gatekeeper(Arc::clone(node)));
    start(node, config, |guard| {
        vereda_web::desk::on_the_lan(router(guard.clone()), door, guard)
    })
}

/// Addresses at most, in a certificate and in a configuration.
pub const MAX_ADDRESSES: usize = 16;
/// Machines and screens that may have joined at once.
pub const MAX_JOINED: usize = 32;
/// A code is good for so long.
pub const CODE_LASTS: Duration = Duration::from_secs(5 * 60);
/// Wrong codes in all until the one that is shown is good no longer, whoever tries.
pub const MAX_TRIES: u32 = 20;
/// A desk that is not heard of for so long is taken for gone.
pub const SILENT: Duration = Duration::from_secs(15);
/// Longest name of a desk, in characters.
const MAX_NAME_CHARS: usize = 40;
/// Between two notes in the store of when a machine was heard of.
const NOTED_EVERY_MS: i64 = 60_000;

/// The name by which a node is called on its own network.
#[must_use]
pub fn local_name(node: &str) -> String {
    format!("{node}.local")
}

/// Where the node is reached now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The port.
    pub port: u16,
    /// Its addresses, the first one to be tried first.
    pub addresses: Vec<IpAddr>,
    /// SHA-256 of the authority's certificate, as browsers show it.
    pub fingerprint: String,
    /// The certificate, DER.
    pub certificate: Arc<[u8]>,
}

impl Served {
    /// How a browser opens it.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        let all = self.addresses.iter();
        all.map(|ip| format!("https://{}", SocketAddr::new(*ip, self.port)))
            .collect()
    }
}

/// A code that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Eight digits.
    pub code: String,
    /// It is for a citizen's screen.
    pub is_screen: bool,
    /// Wrong codes that it still bears.
    pub tries_left: u32,
    /// When it was first shown.
    pub since: Instant,
}

/// A machine as it is heard of.
#[derive(Debug, Clone, Copy)]
struct Heard {
    /// Streams of events that are open.
    streams: u32,
    last: Instant,
}

/// Who comes in, and who is there.
#[derive(Debug)]
pub struct Doors {
    offer: Mutex<Option<Offer>>,
    heard: Mutex<HashMap<String, Heard>>,
    removed: broadcast::Sender<String>,
    served: Mutex<Option<Served>>,
    since: Instant,
}

impl Default for Doors {
    fn default() -> Self {
        Self {
            offer: Mutex::default(),
            heard: Mutex::default(),
            removed: broadcast::channel(MAX_JOINED).0,
            served: Mutex::default(),
            since: Instant::now(),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Doors {
    /// Where the node is reached; `None` while nobody listens.
    #[must_use]
    pub fn served(&self) -> Option<Served> {
        locked(&self.served).clone()
    }

    fn serve(&self, served: Served) {
        *locked(&self.served) = Some(served);
    }

    /// Shows a new code, in place of the one that was shown.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn offer(&self, is_screen: bool) -> Result<()> {
        let drawn = u64::from_be_bytes(random()?) % 100_000_000;
        *locked(&self.offer) = Some(Offer {
            code: format!("{drawn:08}"),
            is_screen,
            tries_left: MAX_TRIES,
            since: Instant::now(),
        });
        Ok(())
    }

    /// Shows it no longer.
    pub fn end_offer(&self) {
        *locked(&self.offer) = None;
    }

    /// The code that is shown, as long as it is good.
    #[must_use]
    pub fn offered(&self) -> Option<Offer> {
        let mut offer = locked(&self.offer);
        if offer
            .as_ref()
            .is_some_and(|o| o.since.elapsed() >= CODE_LASTS)
        {
            *offer = None;
        }
        offer.clone()
    }

    /// Takes the code for one that joins: the right one is good once, wrong ones are counted, whoever tries.
    fn spend(&self, code: &str) -> std::result::Result<Offer, JoinRefusal> {
        if self.offered().is_none() {
            return Err(JoinRefusal::NoCode);
        }
        let mut offer = locked(&self.offer);
        let shown = offer.as_mut().ok_or(JoinRefusal::NoCode)?;
        let typed: Vec<u8> = code.bytes().filter(u8::is_ascii_digit).collect();
        let is_same = typed.len() == shown.code.len()
            && typed
                .iter()
                .zip(shown.code.bytes())
                .fold(0, |differs, (a, b)| differs | (a ^ b))
                == 0;
        if is_same {
            return offer.take().ok_or(JoinRefusal::NoCode);
        }
        shown.tries_left -= 1;
        if shown.tries_left == 0 {
            *offer = None;
            tracing::warn!("too many wrong codes: the one that was shown is good no longer");
        }
        Err(JoinRefusal::WrongCode)
    }

    /// A desk was heard of: something was asked there.
    pub fn hear(&self, desk: &str) {
        let mut heard = locked(&self.heard);
        match heard.get_mut(desk) {
            Some(it) => it.last = Instant::now(),
            None => self.open(&mut heard, desk, 0),
        }
    }

    /// A stream of events of a desk is open, or ended.
    pub fn stream(&self, desk: &str, is_open: bool) {
        let mut heard = locked(&self.heard);
        match heard.get_mut(desk) {
            Some(it) => {
                it.last = Instant::now();
                it.streams = match is_open {
                    true => it.streams + 1,
                    false => it.streams.saturating_sub(1),
                };
            }
            None => self.open(&mut heard, desk, u32::from(is_open)),
        }
    }

    fn open(&self, heard: &mut HashMap<String, Heard>, desk: &str, streams: u32) {
        let last = Instant::now();
        heard.insert(desk.to_owned(), Heard { streams, last });
    }

    /// For how long a desk was not heard of; `None` while it is there.
    #[must_use]
    pub fn silence(&self, desk: &str) -> Option<Duration> {
        let quiet = match locked(&self.heard).get(desk) {
            Some(it) if it.streams > 0 => return None,
            Some(it) => it.last.elapsed(),
            // Since this process began: a desk comes back by itself then.
            None => self.since.elapsed(),
        };
        (quiet >= SILENT).then_some(quiet)
    }

    /// Forgets one that was removed, and ends all that it still has open.
    fn forget(&self, desk: &str) {
        locked(&self.heard).remove(desk);
        let _ = self.removed.send(desk.to_owned());
    }
}

/// Takes a machine out: from now on it is nobody here, also where it is in the middle of something. Gives the
/// sessions at it.
///
/// # Errors
/// When the store does not answer.
pub fn remove(node: &Node, id: &str) -> Result<Vec<String>> {
    let ended = desks::remove(&node.store.write(), id)?;
    node.doors.forget(id);
    node.tell(Event::Messages);
    Ok(ended)
}

/// Lets in who joined.
#[derive(Debug)]
pub struct Gatekeeper(pub Arc<Node>);

impl Door for Gatekeeper {
    fn spot(&self) -> String {
        self.0.config.node.name.clone()
    }

    fn fingerprint(&self) -> String {
        let served = self.0.doors.served();
        served.map_or_else(String::new, |served| served.fingerprint)
    }

    fn certificate(&self) -> Vec<u8> {
        let served = self.0.doors.served();
        served.map_or_else(Vec::new, |served| served.certificate.to_vec())
    }

    fn present(&self, id: &str, is_there: bool) {
        self.0.doors.stream(id, is_there);
    }

    fn admit(&self, token: &str) -> Option<Admitted> {
        let node = &self.0;
        let found = desks::of_token(&node.store.read(), token).ok()??;
        let now = node.now_ms();
        if (now - found.heard_ms).abs() > NOTED_EVERY_MS
            && let Err(error) = desks::heard(&node.store.write(), &found.id, now)
        {
            tracing::warn!(%error, "when a desk was heard of is not noted");
        }
        node.doors.hear(&found.id);
        Some(Admitted {
            id: found.id,
            is_screen: found.is_screen,
        })
    }

    fn join(&self, code: &str, name: &str) -> std::result::Result<(String, Admitted), JoinRefusal> {
        let node = &self.0;
        let name = written::needed(name, MAX_NAME_CHARS, "")
            .map_err(|_| JoinRefusal::Name)?
            .to_owned();
        let broken = |error| {
            tracing::error!(%error, "a desk could not join");
            JoinRefusal::Broken
        };
        if desks::all(&node.store.read()).map_err(broken)?.len() >= MAX_JOINED {
            return Err(JoinRefusal::Full);
        }
        let token = hex(&random::<32>().map_err(broken)?);
        let id = hex(&random::<8>().map_err(broken)?);
        // Last of all, as it is good once.
        let spent = node.doors.spend(code);
        node.tell(Event::Messages);
        let offer = spent?;
        let joined = Joined {
            id: id.clone(),
            name,
            is_screen: offer.is_screen,
            at_ms: node.now_ms(),
            heard_ms: node.now_ms(),
        };
        desks::join(&node.store.write(), &joined, &token).map_err(broken)?;
        tracing::info!(id, name = joined.name, "a machine joined");
        node.tell(Event::Messages);
        Ok((
            token,
            Admitted {
                id,
                is_screen: offer.is_screen,
            },
        ))
    }

    fn removed(&self) -> broadcast::Receiver<String> {
        self.0.doors.removed.subscribe()
    }
}
