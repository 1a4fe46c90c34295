//! The engine that needs nothing: takes good inputs and spoils them a little, the same way in every run.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::{Target, corpus};

/// Longest input.
const MAX_BYTES: usize = 300_000;
/// Longest that any case may take, on a machine that is busy with other things.
const MAX_TIME: Duration = Duration::from_secs(10);
/// Numbers at the edges of what decoders count.
const EDGES: [u64; 14] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x3fff,
    0x4000,
    0xffff,
    10_001,
    1 << 20,
    0x7fff_ffff,
    0xffff_ffff,
    u64::MAX,
];

/// Runs the seeds and the corpus as they are, then as many mutated ones as asked for.
///
/// # Panics
/// When the product is wrong; the input is kept in a file.
pub fn run(target: &Target, cases: u32) {
    set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        *LAST.lock().unwrap() = format!("{panic}\n{backtrace}");
    }));
    let mut pool = (target.seeds)();
    let kept = corpus::of(target.name);
    pool.extend(kept.into_iter().map(|(_, bytes)| bytes));
    pool.iter().for_each(|input| one(target, input));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..cases {
        let mut input = random.of(&pool).clone();
        for _ in 0..=random.below(4) {
            mutate(&mut input, &pool, &mut random);
        }
        input.truncate(MAX_BYTES);
        one(target, &input);
    }
    let _ = take_hook();
}

/// Where the last panic was. What a target contains would be said thousands of times, so the
/// hook keeps quiet.
static LAST: Mutex<String> = Mutex::new(String::new());

fn one(target: &Target, input: &[u8]) {
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.case)(input)));
    let took = began.elapsed();
    if outcome.is_ok() && took < MAX_TIME {
        return;
    }
    // Outside the tree: who mends it gives it a name and puts it into the corpus.
    let file = std::env::temp_dir().join(format!("vereda-fuzz-{}.bin", target.name));
    std::fs::write(&file, input).unwrap();
    let last = LAST.lock().unwrap().clone();
    let _ = take_hook();
    panic!(
        "{} after {took:?} with {}: {last}",
        target.name,
        file.display()
    );
}

fn mutate(input: &mut Vec<u8>, pool: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len().max(1));
    let end = (at + 1 + random.below(32)).min(input.len());
    let range = at.min(end)..end;
    match random.below(11) {
        0 | 1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.next().to_le_bytes()[0];
            }
        }
        3 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = byte
                    .wrapping_add(1 + random.below(3).to_le_bytes()[0])
                    .wrapping_sub(2);
            }
        }
        4 => drop(input.drain(range)),
        5 => {
            let again = input[range].to_vec();
            input.splice(at..at, again);
        }
        6 => input.truncate(at),
        7 => {
            // A number as a varint, put in or in place of what stands there.
            let mut value = EDGES[random.below(EDGES.len())];
            let mut varint = Vec::new();
            while value >= 0x80 {
                varint.push(value.to_le_bytes()[0] | 0x80);
                value >>= 7;
            }
            varint.push(value.to_le_bytes()[0]);
            let over = (at + random.below(2) * varint.len()).min(input.len());
            input.splice(at.min(over)..over, varint);
        }
        8 => {
            let width = 1 << random.below(4);
            let value = EDGES[random.below(EDGES.len())].to_be_bytes();
            let over = (at + width).min(input.len());
            input.splice(at.min(over)..over, value[8 - width..].iter().copied());
        }
        9 => {
            let other = random.of(pool);
            let from = random.below(other.len().max(1));
            let to = (from + 1 + random.below(64)).min(other.len());
            let piece = other[from.min(to)..to].to_vec();
            let over = if random.below(2) == 0 { at } else { end };
            input.splice(at.min(over)..over, piece);
        }
        _ => {
            let other = random.below(input.len().max(1));
            if at < input.len() && other < input.len() {
                input.swap(at, other);
            }
        }
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap_or(0) % n
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
