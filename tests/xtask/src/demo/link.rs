//! A link that can be cut: a forwarder on loopback between a spot and the hub.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A spot has one connection to the hub, and a second while it renews; more is a fault that must not eat our threads.
const MAX_CONNECTIONS: usize = 16;

/// A forwarder of TCP connections that listens until it is cut, and again once it is restored.
pub(super) struct Link {
    shared: Arc<Shared>,
}

struct Shared {
    from: SocketAddr,
    to: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// What was asked for.
    up: bool,
    /// What is the case: the accepting thread follows `up`.
    listening: bool,
    next_id: u64,
    /// Both ends of every connection that is carried now.
    carried: Vec<(u64, TcpStream, TcpStream)>,
}

impl Link {
    /// Forwards what arrives on a loopback port to another; port 0 takes a free one.
    pub(super) fn open(port: u16, to: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let state = State {
            up: true,
            listening: true,
            next_id: 0,
            carried: Vec::new(),
        };
        let shared = Arc::new(Shared {
            from: listener.local_addr()?,
            to: (Ipv4Addr::LOCALHOST, to).into(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept_while_up(listener));
        Ok(Link { shared })
    }

    /// Drops every connection and refuses new ones. When this returns, the port is closed.
    pub(super) fn cut(&self) {
        let mut state = self.shared.state();
        state.up = false;
        for (_, near, far) in state.carried.drain(..) {
            // An end that has gone by itself is as cut as it can be.
            let _ = near.shutdown(Shutdown::Both);
            let _ = far.shutdown(Shutdown::Both);
        }
        while state.listening {
            drop(state);
            // The accepting thread waits in `accept`; a connection of our own wakes it to see that it is cut.
            let _ = TcpStream::connect(self.shared.from);
            state = self.shared.state();
            if state.listening {
                let pause = std::time::Duration::from_millis(20);
                state = self
                    .shared
                    .changed
                    .wait_timeout(state, pause)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
        }
    }

    /// Listens again. An error says that another program has taken the port meanwhile.
    pub(super) fn restore(&self) -> io::Result<()> {
        let mut state = self.shared.state();
        if state.up {
            return Ok(());
        }
        let listener = TcpListener::bind(self.shared.from)?;
        state.up = true;
        state.listening = true;
        drop(state);
        let accepting = Arc::clone(&self.shared);
        thread::spawn(move || accepting.accept_while_up(listener));
        Ok(())
    }

    pub(super) fn is_up(&self) -> bool {
        self.shared.state().up
    }

    /// How many connections are carried now.
    pub(super) fn carried(&self) -> usize {
        self.shared.state().carried.len()
    }

    #[cfg(test)]
    fn address(&self) -> SocketAddr {
        self.shared.from
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half done, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept_while_up(self: Arc<Self>, listener: TcpListener) {
        while self.state().up {
            match listener.accept() {
                Ok((near, _)) => self.carry(near),
                // Out of file descriptors, most likely: wait for some to be closed.
                Err(_) => thread::sleep(std::time::Duration::from_millis(50)),
            }
        }
        drop(listener);
        self.state().listening = false;
        self.changed.notify_all();
    }

    /// Connects to the far end and copies both ways; a connection that cannot be carried is dropped.
    fn carry(self: &Arc<Self>, near: TcpStream) {
        {
            let state = self.state();
            if !state.up || state.carried.len() >= MAX_CONNECTIONS {
                return;
            }
        }
        let Ok(far) = TcpStream::connect(self.to) else {
            return;
        };
        // Small frames must not wait for each other, as they would not on the spot's own connection.
        let _ = near.set_nodelay(true);
        let _ = far.set_nodelay(true);
        let clones = (
            near.try_clone(),
            far.try_clone(),
            near.try_clone(),
            far.try_clone(),
        );
        let (Ok(near_kept), Ok(far_kept), Ok(near_back), Ok(far_back)) = clones else {
            return;
        };
        let id = {
            let mut state = self.state();
            if !state.up {
                return;
            }
            let id = state.next_id;
            state.next_id += 1;
            state.carried.push((id, near_kept, far_kept));
            id
        };
        let up = thread::spawn(move || copy(&near, &far));
        let shared = Arc::clone(self);
        thread::spawn(move || {
            copy(&far_back, &near_back);
            // A thread that panicked has ended all the same.
            let _ = up.join();
            shared.state().carried.retain(|(other, ..)| *other != id);
        });
    }
}

/// Copies until the source ends, and passes the end on.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let ended = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    if ended.is_err() {
        let _ = from.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::time::Duration;

    /// A far end that answers every byte with itself.
    fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || io::copy(&mut &stream, &mut &stream));
            }
        });
        port
    }

    fn dial(link: &Link) -> TcpStream {
        let stream = TcpStream::connect(link.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        stream
    }

    fn answers(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(b"x").is_ok() && stream.read_exact(&mut byte).is_ok() && byte == *b"x"
    }

    #[test]
    fn bytes_go_both_ways() {
        let link = Link::open(0, echo()).unwrap();
        let mut stream = dial(&link);
        assert!(answers(&mut stream));
        assert_eq!(link.carried(), 1);
    }

    #[test]
    fn a_cut_drops_what_is_carried_and_refuses_what_is_new() {
        let link = Link::open(0, echo()).unwrap();
        let mut stream = dial(&link);
        assert!(answers(&mut stream));
        link.cut();
        assert!(!link.is_up());
        assert!(!answers(&mut stream));
        let refused = TcpStream::connect(link.address()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_restored_link_carries_again_also_after_many_cuts() {
        let link = Link::open(0, echo()).unwrap();
        for _ in 0..5 {
            link.cut();
            link.cut();
            link.restore().unwrap();
            link.restore().unwrap();
            assert!(link.is_up());
            assert!(answers(&mut dial(&link)));
        }
    }

    #[test]
    fn a_missing_far_end_drops_the_connection() {
        let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let link = Link::open(0, gone).unwrap();
        assert!(!answers(&mut dial(&link)));
        assert_eq!(link.carried(), 0);
    }

    #[test]
    fn connections_are_bounded_and_given_back() {
        let link = Link::open(0, echo()).unwrap();
        let mut carried: Vec<TcpStream> = (0..MAX_CONNECTIONS).map(|_| dial(&link)).collect();
        assert!(carried.iter_mut().all(answers));
        assert!(!answers(&mut dial(&link)));
        drop(carried);
        for _ in 0..100 {
            if link.carried() == 0 {
                assert!(answers(&mut dial(&link)));
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{} connections are still held", link.carried());
    }
}
