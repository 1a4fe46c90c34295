//! Training: the same desk, on invented citizens, in a store of its own.
//!
//! That nothing of it can leave is not a rule that somebody keeps, but what is not there: its node
//! has no hub, no peers, no listener and no door, and the key of its store is in this process only. So
//! no command opens that file either, and what a power cut leaves of it nobody reads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;
use vereda_hardware::card::{CardReader, CardState, Identity};
use vereda_web::citizen::port::{CitizenScreens, Face, Place, Reply, Screen};
use vereda_web::desk::port::{DeskError, Event, Link, Person, Saved};

use crate::config::{self, Config};
use crate::desk::{LinkView, SpotDesk};
use crate::node::{Node, random};
use crate::staff::Staff;
use crate::store::Store;
use crate::store::key::StoreKey;

mod invented;

/// The id, and the only scope, of every training node. No real one may have it.
pub const ID: &str = "treino";
/// The block of numbers of training. No real node may have it.
pub const PREFIX: &str = "TREINO";
/// So many pages of 4 KiB are all that training may take of the disk: 256 MiB.
const MAX_PAGES: i64 = 65_536;

/// The desk for training beside a real one, and its store, which goes with this value.
#[derive(Debug)]
pub struct Training {
    /// The desk.
    pub desk: Arc<SpotDesk>,
    _file: Wiped,
}

impl Training {
    /// Opens it beside a real node, empty.
    ///
    /// # Errors
    /// When its store cannot be made; the real desk does not need it.
    pub fn beside(real: &Arc<Node>) -> anyhow::Result<Self> {
        let config = config(&real.config);
        let file = Wiped(config.store.path.clone());
        file.wipe()?;
        let store = Store::open(&file.0, &StoreKey::new(random()?))?;
        store
            .write()
            .query_row(&format!("PRAGMA max_page_count = {MAX_PAGES}"), [], |_| {
                Ok(())
            })?;
        let node = Node::new(
            config,
            real.catalogue().clone(),
            Staff::clone(&real.staff()),
            store,
        )?;
        let node = Arc::new(node.heard_with(real));
        let desk = Arc::new(SpotDesk::for_training(node, Arc::clone(real)));
        Ok(Self { desk, _file: file })
    }
}

/// As the real one is configured, without any way out.
fn config(real: &Config) -> Config {
    let mut config = real.clone();
    config.node.id = ID.into();
    config.node.prefix = PREFIX.into();
    config.node.name = format!("TREINO · {}", real.node.name);
    config.node.scopes = vec![ID.into()];
    config.store.path = real.store.path.with_extension("treino.db");
    config.store.keep_days = None;
    config.hub = None;
    config.peers = None;
    config.lan = None;
    config.keep = None;
    config.sync = None;
    config.verify = None;
    config.card = config::Card {
        reader: "none".into(),
        ..config.card
    };
    config
}

/// A database file that goes, with what SQLite keeps beside it.
#[derive(Debug)]
struct Wiped(PathBuf);

impl Wiped {
    fn wipe(&self) -> std::io::Result<()> {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            match std::fs::remove_file(Path::new(&name)) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        if let Err(error) = self.wipe() {
            tracing::warn!(%error, "the store of training stays until the next start; nobody can read it");
        }
    }
}

/// Where training leads: nowhere.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl LinkView for Nowhere {
    fn link(&self) -> Link {
        Link::None
    }

    fn sync_now(&self) {}
}

type Notify = Box<dyn Fn(CardState) + Send + Sync>;

/// A reader that holds the card of somebody invented. Never a real one: that is somebody's data.
#[derive(Clone, Default)]
pub(crate) struct InventedReader(Arc<Slot>);

#[derive(Default)]
struct Slot {
    holds: Mutex<Option<(String, Arc<Identity>)>>,
    told: Mutex<Vec<Notify>>,
}

impl fmt::Debug for InventedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InventedReader").finish_non_exhaustive()
    }
}

impl InventedReader {
    /// Whose cards there are.
    pub(crate) fn cards() -> Vec<Person> {
        let people = invented::people().into_iter();
        people
            .map(|card| Person {
                name: card.full_name(),
                id: card.nic,
            })
            .collect()
    }

    /// Whose card is in it.
    pub(crate) fn inserted(&self) -> Option<String> {
        let holds = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        holds.as_ref().map(|(id, _)| id.clone())
    }

    /// Puts somebody's card in; an empty id takes out the one that is in it.
    pub(crate) fn insert(&self, id: &str) -> Result<(), DeskError> {
        let card = invented::people().into_iter().find(|c| c.nic == id);
        if card.is_none() && !id.is_empty() {
            return Err(DeskError::NotFound);
        }
        *self.0.holds.lock().unwrap_or_else(PoisonError::into_inner) =
            card.map(|card| (id.to_owned(), Arc::new(card)));
        let told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().for_each(|notify| notify(self.state()));
        Ok(())
    }
}

impl CardReader for InventedReader {
    fn state(&self) -> CardState {
        let holds = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        holds.as_ref().map_or(CardState::Empty, |(_, card)| {
            CardState::Ready(Arc::clone(card))
        })
    }

    fn subscribe(&self, notify: Notify) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        notify(self.state());
        told.push(notify);
    }

    fn read_again(&self) {}
}

/// The citizen screens of both desks: one that was paired in training belongs to it until its
/// mediator leaves, and shows its code for the real desk again then.
#[derive(Debug)]
pub struct Screens {
    /// The real desk.
    pub real: Arc<SpotDesk>,
    /// The one beside it.
    pub training: Arc<SpotDesk>,
}

impl Screens {
    fn of(&self, token: &str) -> &SpotDesk {
        match self.training.has_screen(token) {
            true => &self.training,
            false => &self.real,
        }
    }
}

impl CitizenScreens for Screens {
    fn open_screen(&self) -> Result<String, DeskError> {
        self.real.open_screen()
    }

    fn screen(&self, token: &str) -> Option<Screen> {
        self.of(token).screen(token)
    }

    fn screen_connected(&self, token: &str, connected: bool) {
        // Whichever desk it follows next, its page is as connected as it is now.
        self.real.screen_connected(token, connected);
        self.training.screen_connected(token, connected);
    }

    fn reveal(&self, token: &str, revealed: bool) -> Result<(), DeskError> {
        self.of(token).reveal(token, revealed)
    }

    fn speak(&self, token: &str, language: &str) -> Result<(), DeskError> {
        self.of(token).speak(token, language)
    }

    fn write(
        &self,
        token: &str,
        place: Place<'_>,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        self.of(token).write(token, place, value, base)
    }

    fn written(
        &self,
        token: &str,
        step: (&str, &str),
        typed: &[(String, String)],
        through: bool,
    ) -> Result<(), DeskError> {
        self.of(token).written(token, step, typed, through)
    }

    fn answer(
        &self,
        token: &str,
        request: &str,
        shown: &str,
        reply: Reply<'_>,
    ) -> Result<(), DeskError> {
        self.of(token).answer(token, request, shown, reply)
    }

    fn rate(&self, token: &str, face: Option<Face>) -> Result<(), DeskError> {
        self.of(token).rate(token, face)
    }

    fn screen_events(&self) -> broadcast::Receiver<Event> {
        // Both nodes tell what happens over one channel.
        self.real.screen_events()
    }
}
