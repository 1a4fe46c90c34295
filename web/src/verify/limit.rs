//! How often anybody may ask: of one address, and all together. What is remembered of addresses has one size for ever.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// One address may ask so many times at once …
const OF_ONE: u64 = 30;
/// … and then again every two seconds: behind one address of a telephone network are many people.
const ONE_EVERY_MS: u64 = 2_000;
/// All may ask so many times at once …
const OF_ALL: u64 = 200;
/// … and then again every 50 ms.
const ALL_EVERY_MS: u64 = 50;
/// Addresses are remembered in so many places, by a hash that nobody outside can foresee: who shares one shares the
/// allowance, which is rare and does no harm.
const PLACES: usize = 1 << 16;

/// An allowance that fills again evenly. The time at which it is full again is all that is kept of it.
#[derive(Debug, Clone, Copy, Default)]
struct Full(u64);

impl Full {
    /// Takes one of `most` that come again each `every_ms`; or says in how many milliseconds there is one.
    fn take(&mut self, now_ms: u64, most: u64, every_ms: u64) -> Result<(), u64> {
        let full = self.0.max(now_ms);
        let allowed = (most - 1) * every_ms;
        if full - now_ms > allowed {
            return Err(full - now_ms - allowed);
        }
        self.0 = full + every_ms;
        Ok(())
    }
}

struct Remembered {
    all: Full,
    by_place: Box<[Full]>,
}

/// Who asked how often lately.
pub(super) struct Limits {
    remembered: Mutex<Remembered>,
    hash: RandomState,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self {
            remembered: Mutex::new(Remembered {
                all: Full::default(),
                by_place: vec![Full::default(); PLACES].into(),
            }),
            hash: RandomState::new(),
        }
    }

    /// Whether that address may ask now; or in how many seconds. Milliseconds are counted from any beginning.
    pub(super) fn take(&self, from: IpAddr, now_ms: u64) -> Result<(), u64> {
        let place = self.hash.hash_one(network(from)) % PLACES as u64;
        let place = usize::try_from(place).unwrap_or(0);
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Of the address first: who asks too often takes nothing from all others.
        let of_one = remembered.by_place[place].take(now_ms, OF_ONE, ONE_EVERY_MS);
        of_one
            .and_then(|()| remembered.all.take(now_ms, OF_ALL, ALL_EVERY_MS))
            .map_err(|ms| ms.div_ceil(1_000))
    }
}

/// What stands for an address: of IPv6 the network of a household, which has more addresses than could be counted.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => {
            let [a, b, c, d, ..] = it.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_waits_and_another_does_not() {
        let limits = Limits::new();
        let (one, other) = (address("192.0.2.1"), address("198.51.100.7"));
        for _ in 0..OF_ONE {
            assert_eq!(limits.take(one, 1_000), Ok(()));
        }
        assert_eq!(limits.take(one, 1_000), Err(2));
        assert_eq!(limits.take(other, 1_000), Ok(()));
        // It comes again evenly, and a long quiet time gives no more than the whole allowance.
        assert_eq!(limits.take(one, 3_000), Ok(()));
        assert_eq!(limits.take(one, 3_000), Err(2));
        let later = 86_400_000;
        let taken = (0..100).filter(|_| limits.take(one, later).is_ok()).count();
        assert_eq!(taken as u64, OF_ONE);
    }

    #[test]
    fn all_together_wait_also_when_each_asks_once() {
        let limits = Limits::new();
        let mut refused = 0;
        for n in 0..400u32 {
            let from = IpAddr::from((0x0a00_0000 + n * 7).to_be_bytes());
            refused += u32::from(limits.take(from, 5_000).is_err());
        }
        assert_eq!(refused, 200);
        assert_eq!(limits.take(address("203.0.113.9"), 5_050), Ok(()));
    }

    #[test]
    fn a_household_has_one_allowance_whatever_address_it_takes() {
        let limits = Limits::new();
        for n in 0..OF_ONE {
            let from = address(&format!("2001:db8:1:2::{n:x}"));
            assert_eq!(limits.take(from, 0), Ok(()));
        }
        assert!(limits.take(address("2001:db8:1:2:ffff::1"), 0).is_err());
        assert_eq!(limits.take(address("2001:db8:1:3::1"), 0), Ok(()));
        assert_eq!(
            network(address("::ffff:192.0.2.1")),
            network(address("192.0.2.1"))
        );
    }

    proptest::proptest! {
        #[test]
        fn no_order_of_times_gives_more_than_the_allowance(
            times in proptest::collection::vec(0u64..100_000, 1..300),
        ) {
            let limits = Limits::new();
            let mut times = times;
            times.sort_unstable();
            let from = address("192.0.2.1");
            let taken = times.iter().filter(|t| limits.take(from, **t).is_ok()).count() as u64;
            let over = times.last().unwrap() - times.first().unwrap();
            proptest::prop_assert!(taken <= OF_ONE + over / ONE_EVERY_MS + 1);
        }
    }
}
