//! The editions of the catalogue that are here: what is offered, and what a request stands under.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use vereda_sync::catalogue::{Catalogue, Field, Service, Words};
use vereda_web::desk::port::Event;

use crate::clock;
use crate::store::catalogue::{self, Refused};

/// The editions that are here: those of before the start, and from the one that was the newest
/// then every one that came since. None goes away while the node runs, as desks read in them.
#[derive(Debug)]
pub(super) struct Editions {
    kept: BTreeMap<u32, Catalogue>,
    since: Edition,
}

/// An edition, and the one that came after it.
#[derive(Debug)]
struct Edition {
    catalogue: Catalogue,
    next: OnceLock<Box<Edition>>,
}

impl Edition {
    fn new(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            next: OnceLock::new(),
        }
    }
}

impl Editions {
    pub(super) fn new(kept: BTreeMap<u32, Catalogue>, newest: Catalogue) -> Self {
        Self {
            kept,
            since: Edition::new(newest),
        }
    }

    fn newest(&self) -> &Edition {
        let mut newest = &self.since;
        while let Some(next) = newest.next.get() {
            newest = next;
        }
        newest
    }

    /// All of them, the newest first.
    fn all(&self) -> impl Iterator<Item = &Catalogue> {
        let since = std::iter::successors(Some(&self.since), |e| e.next.get().map(Box::as_ref));
        let mut since: Vec<&Catalogue> = since.map(|e| &e.catalogue).collect();
        since.reverse();
        since.into_iter().chain(self.kept.values().rev())
    }
}

impl super::Node {
    /// The newest edition.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.editions.newest().catalogue
    }

    /// Takes a signed edition that was verified as the newest, while desks work: what is begun from
    /// now on stands under it. Gives whether it is newer than what is here.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn take_edition(&self, newer: Catalogue) -> Result<bool, Refused> {
        // Under the lock of the store: two that come at once come one after the other.
        let db = self.store.write();
        let newest = self.editions.newest();
        if newer.edition <= newest.catalogue.edition {
            return Ok(false);
        }
        catalogue::adopt(&db, &newer, true, self.now_ms())?;
        let edition = newer.edition;
        let taken = newest.next.set(Box::new(Edition::new(newer))).is_ok();
        drop(db);
        tracing::info!(edition, "a newer catalogue is offered from now on");
        self.tell(Event::Strip);
        Ok(taken)
    }

    /// Whether the newest edition here is older than it should ever be: somebody keeps back what
    /// was published since, or nobody brought it.
    #[must_use]
    pub fn catalogue_is_old(&self) -> bool {
        let today = clock::day(self.now_ms());
        let last = self.catalogue().stale_after.as_ref();
        last.is_some_and(|last| *last < today)
    }

    /// A service as it was in that edition; one that was never here reads as the newest.
    #[must_use]
    pub fn service(&self, id: &str, edition: u32) -> Option<&Service> {
        let kept = self.edition(edition).and_then(|c| c.service(id));
        kept.or_else(|| self.latest(id))
    }

    /// A service in the newest edition that has it.
    #[must_use]
    pub fn latest(&self, id: &str) -> Option<&Service> {
        self.editions.all().find_map(|c| c.service(id))
    }

    /// A field that only an older edition of the service asks, with that behind its label.
    #[must_use]
    pub fn once_asked(&self, service: &str, id: &str) -> Option<Field> {
        let older = self.editions.all().skip(1);
        let mut older = older.filter_map(|c| c.service(service));
        let field = older.find_map(|s| s.field(id))?;
        Some(Field {
            id: id.to_owned(),
            label: Words::from([(
                "pt",
                format!("{} (já não se pergunta)", field.label.pt()).as_str(),
            )]),
            ..field.into_owned()
        })
    }

    /// An edition that was here.
    pub(crate) fn edition(&self, edition: u32) -> Option<&Catalogue> {
        self.editions.all().find(|c| c.edition == edition)
    }

    /// The services that are offered today.
    #[must_use]
    pub fn offered(&self) -> Vec<Service> {
        let today = clock::day(self.now_ms());
        let services = self.catalogue().services.iter();
        services.filter_map(|s| s.on(&today)).collect()
    }
}
