//! A connection of the store that a thread holds, and the order in which that is allowed.
//!
//! First what the node keeps in memory, then the connection that writes, then the one that reads. Two threads that take
//! them in different orders wait for each other for ever, on a day with many desks and not before. So where it
//! is tested every taking is held against that order, whether or not anybody was in the way.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

use rusqlite::Connection;

/// A connection, until this is dropped.
#[derive(Debug)]
pub struct Holding<'s> {
    connection: MutexGuard<'s, Connection>,
    #[cfg(debug_assertions)]
    _entry: checked::Entry,
}

impl<'s> Holding<'s> {
    /// Waits for it. `later` are those that may only be taken after it.
    #[track_caller]
    pub(super) fn take(of: &'s Mutex<Connection>, later: &[&Mutex<Connection>]) -> Self {
        must_not_be_held(later);
        Self {
            connection: held(of),
            #[cfg(debug_assertions)]
            _entry: checked::Entry::of(of),
        }
    }
}

impl Deref for Holding<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Holding<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

#[cfg(not(debug_assertions))]
pub(super) fn must_not_be_held(_: &[&Mutex<Connection>]) {}

#[cfg(debug_assertions)]
pub(super) use checked::must_not_be_held;

#[cfg(not(debug_assertions))]
fn held(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A panic while writing rolled its transaction back: the connection is sound.
    connection
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Whoever asks for a connection that it holds already would wait for itself for ever: where it is
/// tested, that is a panic that says where.
#[cfg(debug_assertions)]
#[track_caller]
fn held(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    use std::sync::TryLockError;
    use std::time::{Duration, Instant};

    const PATIENCE: Duration = Duration::from_secs(60);
    let began = Instant::now();
    loop {
        match connection.try_lock() {
            Ok(held) => return held,
            Err(TryLockError::Poisoned(held)) => return held.into_inner(),
            Err(TryLockError::WouldBlock) => {
                assert!(
                    began.elapsed() < PATIENCE,
                    "a connection of the store is not let go: by whoever asks for it?"
                );
                std::thread::sleep(Duration::from_micros(50));
            }
        }
    }
}

#[cfg(debug_assertions)]
mod checked {
    use std::cell::RefCell;
    use std::sync::Mutex;

    use rusqlite::Connection;

    thread_local! {
        /// Connections that this thread holds, by where they are.
        static HERE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    fn place(of: &Mutex<Connection>) -> usize {
        std::ptr::from_ref(of).addr()
    }

    #[derive(Debug)]
    pub(super) struct Entry {
        place: usize,
        /// A guard of a mutex stays with its thread, and so does this.
        _stays: std::marker::PhantomData<*const ()>,
    }

    impl Entry {
        pub(super) fn of(connection: &Mutex<Connection>) -> Self {
            let place = place(connection);
            HERE.with_borrow_mut(|here| here.push(place));
            Self {
                place,
                _stays: std::marker::PhantomData,
            }
        }
    }

    impl Drop for Entry {
        fn drop(&mut self) {
            HERE.with_borrow_mut(|here| here.retain(|place| *place != self.place));
        }
    }

    #[track_caller]
    pub(in crate::store) fn must_not_be_held(connections: &[&Mutex<Connection>]) {
        HERE.with_borrow(|here| {
            for connection in connections {
                assert!(
                    !here.contains(&place(connection)),
                    "first what the node keeps, then the connection that writes, then the one that reads: \
                     in another order two desks can wait for each other for ever"
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_order_is_found_when_nobody_is_in_the_way() {
        let [writer, reader] = [(); 2].map(|()| Mutex::new(Connection::open_in_memory().unwrap()));
        let reads = Holding::take(&reader, &[]);
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            drop(Holding::take(&writer, &[&reader]));
        }));
        assert!(wrong.is_err());
        drop(reads);
        let writes = Holding::take(&writer, &[&reader]);
        drop((Holding::take(&reader, &[]), writes));
        must_not_be_held(&[&writer, &reader]);
    }
}
