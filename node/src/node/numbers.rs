//! Numbers of requests, each given once.
//!
//! The counter is on disk before a number is used: a crash between the two burns a number, and never gives one
//! twice. A disk that was copied or put back does not know how far its counter was since: so each process leaps
//! before its first number. What goes out on paper has to be good for weeks, so how far the counter was when a pack
//! was made stands in a file beside the store as well (`….numbers`), which a copy of the store comes without or
//! leaves standing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use vereda_sync::number;

use super::Node;
use crate::store::{Result, StoreError, meta, set_meta};
use crate::whole;

/// Numbers that a process skips at most before its first one. Of two processes that begin at
/// one count and give a hundred numbers each, one in 300,000 pairs meets; and 40 bits of
/// counter last for 30,000 starts.
const MAX_LEAP: u32 = 1 << 26;
/// In the store: the count of the next number.
const COUNTER: &str = "number_counter";

/// The file beside a store.
fn numbers_file(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".numbers");
    name.into()
}

impl Node {
    /// A number for a request. `has_leapt`: whether this process took one before; whoever calls holds that
    /// for itself alone meanwhile.
    ///
    /// # Errors
    /// When the store or the file does not answer.
    pub fn take_number(&self, has_leapt: &mut bool) -> Result<String> {
        let mut one = self.take(1, has_leapt, false)?;
        one.pop().ok_or(StoreError::Damaged("no number was taken"))
    }

    /// So many numbers for forms of paper: nothing else is given them, also not by a store that is put back.
    ///
    /// # Errors
    /// As [`Node::take_number`].
    pub fn reserve_numbers(&self, n: u16, has_leapt: &mut bool) -> Result<Vec<String>> {
        self.take(n, has_leapt, true)
    }

    fn take(&self, n: u16, has_leapt: &mut bool, beside: bool) -> Result<Vec<String>> {
        let (leap, floor) = match *has_leapt {
            true => (0, 0),
            false => {
                let random = u32::from_be_bytes(self.random()?);
                (i64::from(random % MAX_LEAP), self.floor_beside()?)
            }
        };
        let db = self.store.write();
        let counter: i64 = meta(&db, COUNTER)?.unwrap_or(0);
        let counter = counter.max(floor) + leap;
        let next = counter + i64::from(n);
        set_meta(&db, COUNTER, next)?;
        if beside {
            self.keep_beside(next)?;
        }
        *has_leapt = true;
        let counter = u64::try_from(counter).unwrap_or(0);
        let (prefix, secret) = (&self.config.node.prefix, self.secret());
        let counts = counter..counter + u64::from(n);
        Ok(counts
            .map(|count| number::number(prefix, secret, count))
            .collect())
    }

    /// Every number below this may be on paper.
    fn floor_beside(&self) -> Result<i64> {
        let path = numbers_file(self.store.path());
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().parse().unwrap_or_else(|_| {
                tracing::warn!(?path, "the file of numbers on paper cannot be read");
                0
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(StoreError::File { path, error }),
        }
    }

    fn keep_beside(&self, next: i64) -> Result<()> {
        let path = numbers_file(self.store.path());
        whole::put(&path, format!("{next}\n").as_bytes(), whole::PUBLIC)
            .map_err(|error| StoreError::File { path, error })
    }
}
