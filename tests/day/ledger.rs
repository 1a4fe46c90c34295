//! What people were told: each line was acknowledged by a page, and must come true at the hub.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A request that a receipt was shown for.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Its record, as addresses have it.
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) service: &'static str,
    pub(crate) citizen: String,
    /// What was answered, by field, as records have it.
    pub(crate) answers: BTreeMap<String, String>,
    /// What was taken for it, in cents.
    pub(crate) paid_cents: u32,
    /// Fingerprints of its photographs, as the desk gave them.
    pub(crate) photographs: Vec<String>,
}

/// Of one van.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    recorded: Mutex<Vec<Recorded>>,
    /// The last value that was kept of a field that somebody types in, by form.
    typed: Mutex<BTreeMap<String, String>>,
    keys: AtomicUsize,
    served: AtomicUsize,
}

impl Ledger {
    pub(crate) fn recorded(&self, one: Recorded) {
        held(&self.recorded).push(one);
    }

    /// A key was kept.
    pub(crate) fn typed(&self, form: &str, value: &str) {
        held(&self.typed).insert(form.to_owned(), value.to_owned());
        self.keys.fetch_add(1, SeqCst);
    }

    /// What was typed became a step: it is no draft any longer.
    pub(crate) fn finished(&self, form: &str) {
        held(&self.typed).remove(form);
    }

    pub(crate) fn served(&self) {
        self.served.fetch_add(1, SeqCst);
    }

    /// How many citizens went home.
    pub(crate) fn how_many_served(&self) -> usize {
        self.served.load(SeqCst)
    }

    /// How many keys were kept.
    pub(crate) fn keys(&self) -> usize {
        self.keys.load(SeqCst)
    }

    /// Drafts as they were acknowledged last.
    pub(crate) fn drafts(&self) -> BTreeMap<String, String> {
        held(&self.typed).clone()
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        held(&self.recorded).clone()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
