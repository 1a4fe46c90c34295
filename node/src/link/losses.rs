//! How TCP holds back on the way to the hub.
//!
//! A satellite loses packets without being full. A TCP that takes every loss for a full line
//! (CUBIC, Reno) stays at a fraction of it; one that goes by what arrives (BBR) does not. But BBR
//! stops every ten seconds to see the least delay, which on a line of a second's round trip costs
//! a sixth of it. So a connection begins with BBR, goes on with CUBIC where nothing is lost, and
//! returns to BBR for good once much is. Where the system does not let a program choose, TCP stays
//! as it is.

use std::fs;
use std::time::Duration;

use socket2::Socket;
use tokio::net::TcpStream;

use super::Task;

/// Bytes that the kernel keeps of a connection until they are acknowledged; it takes twice that, its
/// own work included. So much fills 20 Mbit/s at 50 ms and leaves a satellite's queue its room.
const BOUNDED: usize = 64 << 10;
/// The system's own limit is less.
const FREE: usize = 4 << 20;
/// Bytes that wait in this machine for their turn on the line: what is urgent goes before all the rest, which is
/// asked for when it can leave.
pub(super) const WAITING: usize = 16 << 10;
/// Between two looks at what was lost.
const EVERY: Duration = Duration::from_secs(5);
/// Fewer segments say nothing.
const ENOUGH: u64 = 32;
/// Of a hundred segments, so many lost are more than a queue that overflows now and then.
const MUCH: u64 = 2;
/// Looks with much lost, one after the other, until BBR is returned to.
const LASTING: u32 = 3;

/// A way to hold back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Bears losses.
    Bbr,
    /// Fills a line that has none, and every queue on the way: so what is under way is bounded.
    Cubic,
}

/// Chooses what bears losses, as nothing is known of the line; and keeps short what waits to leave.
pub(super) fn bear(stream: &TcpStream) {
    let stream = socket2::SockRef::from(stream);
    choose(&stream, Way::Bbr);
    let short = u32::try_from(WAITING).map_or(Ok(()), |most| stream.set_tcp_notsent_lowat(most));
    if let Err(error) = short {
        tracing::debug!(%error, "what waits to leave is as much as the system takes");
    }
}

fn choose(stream: &Socket, way: Way) {
    let (name, under_way) = match way {
        Way::Bbr => (b"bbr".as_slice(), FREE),
        Way::Cubic => (b"cubic".as_slice(), BOUNDED),
    };
    match stream.set_tcp_congestion(name) {
        Ok(()) => {
            let bounded = stream.set_send_buffer_size(under_way);
            tracing::debug!(?way, ?bounded, "TCP holds back otherwise");
        }
        Err(error) => tracing::debug!(?way, %error, "TCP stays as the system has it"),
    }
}

/// Chooses anew as the line shows how it is, for as long as the connection lives.
///
/// # Errors
/// When there are no more file handles.
pub(super) fn watch(stream: &TcpStream) -> std::io::Result<Task> {
    bear(stream);
    let stream = socket2::SockRef::from(stream).try_clone()?;
    Ok(Task::spawn(async move {
        let (Some(mut before), mut line) = (Sent::now(), Line::Unknown) else {
            return;
        };
        while line != Line::Loses {
            tokio::time::sleep(EVERY).await;
            let Some(now) = Sent::now() else { return };
            let since = now.since(before);
            if since.segments < ENOUGH {
                continue;
            }
            before = now;
            if let Some(better) = line.judge(since) {
                choose(&stream, better);
            }
        }
    }))
}

/// What the machine's TCP sent: a spot talks to the hub, and to its own screens, which lose nothing.
#[derive(Debug, Clone, Copy)]
struct Sent {
    segments: u64,
    again: u64,
}

impl Sent {
    fn now() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/self/net/snmp").ok()?)
    }

    /// A line of names, then one of values.
    fn read(snmp: &str) -> Option<Self> {
        let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Tcp: "));
        let (names, values) = (lines.next()?, lines.next()?);
        let value = |wanted| {
            let mut both = names.split(' ').zip(values.split(' '));
            both.find(|(name, _)| *name == wanted)?.1.parse().ok()
        };
        Some(Self {
            segments: value("OutSegs")?,
            again: value("RetransSegs")?,
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            segments: self.segments.saturating_sub(before.segments),
            again: self.again.saturating_sub(before.again),
        }
    }
}

/// What a line has shown of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Unknown,
    /// Nothing was lost; since then, so many looks one after the other saw much lost.
    Clean(u32),
    Loses,
}

impl Line {
    /// Goes by what was sent since the last look; gives what to hold back by from now on, if that
    /// is something else.
    fn judge(&mut self, since: Sent) -> Option<Way> {
        let much = since.again * 100 >= since.segments * MUCH;
        match self {
            Self::Unknown if since.again == 0 => {
                *self = Self::Clean(0);
                Some(Way::Cubic)
            }
            Self::Clean(looks) if much && *looks + 1 >= LASTING => {
                *self = Self::Loses;
                Some(Way::Bbr)
            }
            Self::Clean(looks) => {
                *looks = if much { *looks + 1 } else { 0 };
                None
            }
            Self::Unknown | Self::Loses => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_counts_are_read() {
        let snmp = "Ip: Forwarding DefaultTTL\nIp: 1 64\n\
                    Tcp: MaxConn InSegs OutSegs RetransSegs InErrs\n\
                    Tcp: -1 812 1083 78 0\nUdp: InDatagrams\nUdp: 7\n";
        let sent = Sent::read(snmp).expect("counts");
        assert_eq!((sent.segments, sent.again), (1_083, 78));
        assert!(Sent::read("Tcp: OutSegs\n").is_none());
        assert!(Sent::now().is_some(), "this machine has them");
    }

    #[test]
    fn a_line_that_loses_nothing_is_filled_until_it_loses_for_long() {
        let looks = |line: &mut Line, again: u64| {
            line.judge(Sent {
                segments: 100,
                again,
            })
        };
        let mut line = Line::Unknown;
        assert_eq!(
            looks(&mut line, 1),
            None,
            "one that loses stays with what bears it"
        );
        assert_eq!(looks(&mut line, 0), Some(Way::Cubic));
        // A queue that ran over, and was then found.
        assert_eq!(looks(&mut line, 40), None);
        assert_eq!(looks(&mut line, 9), None);
        assert_eq!(looks(&mut line, 1), None);
        // Rain.
        assert_eq!(looks(&mut line, 3), None);
        assert_eq!(looks(&mut line, 3), None);
        assert_eq!(looks(&mut line, 3), Some(Way::Bbr));
        assert_eq!(looks(&mut line, 0), None, "for good");
    }
}
