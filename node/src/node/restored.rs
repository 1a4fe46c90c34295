//! A hub whose store is older than it was: it was put back from a copy. What came after the copy is
//! still with the spots; a new epoch makes them bring it.
//!
//! Beside the store stands a mark with how many entries there were. A copy of the store comes back
//! without it, or with an older one: only the first can be noticed here, so `vereda restored` says
//! it for the second.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::store::journal;
use crate::whole;

/// The mark of a store.
fn mark_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".mark");
    name.into()
}

impl super::Node {
    /// Entries of all journals; never fewer than before.
    fn entries(&self) -> anyhow::Result<u64> {
        let journals = journal::all(&self.store.read())?;
        Ok(journals.iter().map(|j| j.frontier.size()).sum())
    }

    /// Notes how much there is.
    ///
    /// # Errors
    /// When the mark cannot be written.
    pub fn mark(&self) -> anyhow::Result<()> {
        let mark = mark_of(self.store.path());
        let entries = format!("{}\n", self.entries()?);
        whole::put(&mark, entries.as_bytes(), whole::PUBLIC)
            .with_context(|| mark.display().to_string())
    }

    /// At a hub's start: begins a new epoch if there is less than there was. Gives whether.
    ///
    /// # Errors
    /// When the store does not answer, or the mark is no number.
    pub fn notice_restore(&self) -> anyhow::Result<bool> {
        let mark = mark_of(self.store.path());
        let was = match fs::read_to_string(&mark) {
            Ok(text) => text.trim().parse().with_context(|| {
                format!(
                    "{} is no number: remove it, and run `vereda restored` if the store was put back",
                    mark.display()
                )
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error).with_context(|| mark.display().to_string()),
        };
        let is: u64 = self.entries()?;
        if is >= was {
            return Ok(false);
        }
        tracing::warn!(
            is,
            was,
            "the store is older than it was: a new epoch begins, and the spots bring again what is missing"
        );
        self.begin_epoch()?;
        self.mark()?;
        Ok(true)
    }
}
