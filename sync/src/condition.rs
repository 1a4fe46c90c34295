//! How a node is, as it tells its hub: a small message beside the exchange, so that an older hub does not know it and
//! nothing else suffers. It proves nothing and is never merged: the hub keeps the last one of each node.
//!
//! ```text
//! condition = version, fields; what a later version adds stands behind them, and who does not know it passes over it
//! ```

use crate::exchange::message::Tag;
use crate::id::{ChangeId, JournalId, RecordId};
use crate::record::tour::Position;
use crate::varint::{self, Reader};

/// Largest condition, in bytes.
pub const MAX_BYTES: usize = 16 << 10;
/// Most journals of its own that a node names: the latest.
pub const MAX_JOURNALS: usize = 64;
/// Most changes of others that a node names: the oldest.
pub const MAX_HELD: usize = 256;
/// Most sealed parts of others that a node names.
pub const MAX_CARRIED: usize = 64;
/// Most journals of lost nodes that the hub names.
pub const MAX_ORPHANED: usize = 256;
/// Longest version of a program, in bytes.
pub const MAX_PROGRAM_BYTES: usize = 40;
/// Longest name of a place, in characters.
pub const MAX_PLACE_CHARS: usize = 80;

/// The layout that is written and read here. A later one only adds behind it.
const LAYOUT: u8 = 1;

/// How a node is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The version of its program, as `1.2.3`.
    pub program: String,
    /// The edition of the catalogue that it offers.
    pub catalogue: u32,
    /// Its wall clock, milliseconds since 1970.
    pub wall_ms: u64,
    /// For how long its program runs, in seconds.
    pub up_s: u64,
    /// Its battery; `None`: the machine has none.
    pub battery: Option<Battery>,
    /// Bytes that are free where its store is; `None`: the system does not say.
    pub free_bytes: Option<u64>,
    /// Somebody is signed in at one of its desks.
    pub attended: bool,
    /// What the hub has not acknowledged.
    pub unsent: Unsent,
    /// Where it is, if it knows.
    pub place: Option<Place>,
    /// Its own journals, each with how many entries it has.
    pub journals: Vec<(JournalId, u64)>,
    /// What it has of others, and the hub may not. `None`: as it said last on this connection.
    pub of_others: Option<OfOthers>,
}

/// A battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Battery {
    /// How full it is, 0 to 100.
    pub percent: u8,
    /// The machine is on mains: it charges, or is full.
    pub on_mains: bool,
}

/// What the hub has not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// Changes.
    pub changes: u64,
    /// Requests that they belong to.
    pub requests: u64,
    /// Photographs and scans.
    pub photographs: u64,
    /// When the oldest change was written, by the node's clock, milliseconds since 1970.
    pub since_ms: Option<u64>,
}

/// Where a node is, as far as it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the stop, or of the place where it stands.
    pub name: String,
    /// On the map.
    pub position: Option<Position>,
    /// When it held that stop, milliseconds since 1970; `None`: it always stands there.
    pub held_ms: Option<u64>,
}

/// What a node has of others that the hub may not have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfOthers {
    /// Changes that it heard of when it met them.
    pub heard: Vec<Heard>,
    /// Sealed parts that it carries to the hub.
    pub carried: Vec<Carried>,
    /// There are more than it names.
    pub is_cut: bool,
}

/// A change of another node, by its place in that node's journal and the beginnings of its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The journal of who wrote it.
    pub journal: JournalId,
    /// Its index there, from 1.
    pub index: u64,
    /// The beginning of the record's id.
    pub record: Tag,
    /// The beginning of the change's id.
    pub change: Tag,
}

impl Heard {
    /// Of a change in that place.
    #[must_use]
    pub fn of((journal, index): (JournalId, u64), record: RecordId, change: ChangeId) -> Self {
        use crate::exchange::message::tag;
        Self {
            journal,
            index,
            record: tag(&record.0),
            change: tag(&change.0),
        }
    }
}

/// Entries of a journal in a part that is sealed to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The journal.
    pub journal: JournalId,
    /// Index of the first entry, from 1.
    pub first: u64,
    /// How many.
    pub entries: u64,
    /// How many entries the journal had when the part was packed.
    pub size: u64,
}

/// What the hub says to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Journals of nodes that are lost: who has changes of them brings them at once, as nobody else will.
    pub orphaned: Vec<JournalId>,
}

impl Answer {
    /// As it travels, the first [`MAX_ORPHANED`] journals.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![LAYOUT];
        varint::put(&mut out, self.orphaned.len().min(MAX_ORPHANED) as u64);
        let named = self.orphaned.iter().take(MAX_ORPHANED);
        named.for_each(|journal| out.extend(journal.0));
        out
    }

    /// Reads an answer of at most [`MAX_BYTES`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_BYTES {
            return Err(Malformed);
        }
        let mut r = Reader(bytes);
        r.byte()
            .filter(|layout| *layout == LAYOUT)
            .ok_or(Malformed)?;
        let orphaned = list(&mut r, MAX_ORPHANED, |r| r.array().map(JournalId));
        orphaned.map(|orphaned| Self { orphaned }).ok_or(Malformed)
    }
}

/// Bytes that are no condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not how a node says how it is")]
pub struct Malformed;

const BATTERY: u64 = 1;
const ON_MAINS: u64 = 1 << 1;
const FREE: u64 = 1 << 2;
const ATTENDED: u64 = 1 << 3;
const SINCE: u64 = 1 << 4;
const PLACE: u64 = 1 << 5;
const POSITION: u64 = 1 << 6;
const HELD: u64 = 1 << 7;
const OTHERS: u64 = 1 << 8;
const CUT: u64 = 1 << 9;

impl Condition {
    /// As it travels; what is too long or too many is cut, so that it can be read.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![LAYOUT];
        let position = self.place.as_ref().and_then(|place| place.position);
        let held = self.place.as_ref().and_then(|place| place.held_ms);
        let mains = self.battery.is_some_and(|b| b.on_mains);
        let flags = [
            (BATTERY, self.battery.is_some()),
            (ON_MAINS, mains),
            (FREE, self.free_bytes.is_some()),
            (ATTENDED, self.attended),
            (SINCE, self.unsent.since_ms.is_some()),
            (PLACE, self.place.is_some()),
            (POSITION, position.is_some()),
            (HELD, held.is_some()),
            (OTHERS, self.of_others.is_some()),
            (CUT, self.of_others.as_ref().is_some_and(OfOthers::is_more)),
        ];
        let flags = flags.iter().filter(|(_, is)| *is).map(|(bit, _)| bit).sum();
        varint::put(&mut out, flags);
        let program: String = self.program.chars().filter(|c| is_of_version(*c)).collect();
        let program = &program.as_bytes()[..program.len().min(MAX_PROGRAM_BYTES)];
        varint::put_prefixed(&mut out, program);
        for n in [u64::from(self.catalogue), self.wall_ms, self.up_s] {
            varint::put(&mut out, n);
        }
        if let Some(battery) = self.battery {
            out.push(battery.percent.min(100));
        }
        let unsent = [
            self.unsent.changes,
            self.unsent.requests,
            self.unsent.photographs,
        ];
        let numbers = self.free_bytes.into_iter().chain(unsent);
        numbers
            .chain(self.unsent.since_ms)
            .for_each(|n| varint::put(&mut out, n));
        if let Some(place) = &self.place {
            let name: String = place
                .name
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_PLACE_CHARS)
                .collect();
            varint::put_prefixed(&mut out, name.as_bytes());
        }
        if let Some(at) = position {
            varint::put_signed(&mut out, at.lat.into());
            varint::put_signed(&mut out, at.lon.into());
        }
        held.iter().for_each(|n| varint::put(&mut out, *n));
        let skipped = self.journals.len().saturating_sub(MAX_JOURNALS);
        let journals = self.journals.iter().skip(skipped);
        varint::put(&mut out, journals.len() as u64);
        for (journal, size) in journals {
            out.extend(journal.0);
            varint::put(&mut out, *size);
        }
        if let Some(others) = &self.of_others {
            varint::put(&mut out, others.heard.len().min(MAX_HELD) as u64);
            for heard in others.heard.iter().take(MAX_HELD) {
                out.extend(heard.journal.0);
                varint::put(&mut out, heard.index);
                out.extend(heard.record);
                out.extend(heard.change);
            }
            varint::put(&mut out, others.carried.len().min(MAX_CARRIED) as u64);
            for part in others.carried.iter().take(MAX_CARRIED) {
                out.extend(part.journal.0);
                for n in [part.first, part.entries, part.size] {
                    varint::put(&mut out, n);
                }
            }
        }
        out
    }

    /// Reads a condition of at most [`MAX_BYTES`]; what stands behind it is a later version's.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_BYTES {
            return Err(Malformed);
        }
        read(&mut Reader(bytes)).ok_or(Malformed)
    }
}

impl OfOthers {
    fn is_more(&self) -> bool {
        self.is_cut || self.heard.len() > MAX_HELD || self.carried.len() > MAX_CARRIED
    }
}

fn is_of_version(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-+".contains(c)
}

fn read(r: &mut Reader<'_>) -> Option<Condition> {
    // Whoever changes the layout, and not only adds to it, says so here.
    if r.byte()? != LAYOUT {
        return None;
    }
    let flags = r.unsigned()?;
    let has = |bit: u64| flags & bit != 0;
    let program = r.text(MAX_PROGRAM_BYTES)?;
    if !program.chars().all(is_of_version) {
        return None;
    }
    let mut out = Condition {
        program: program.to_owned(),
        catalogue: u32::try_from(r.unsigned()?).ok()?,
        wall_ms: r.unsigned()?,
        up_s: r.unsigned()?,
        attended: has(ATTENDED),
        ..Condition::default()
    };
    if has(BATTERY) {
        let percent = r.byte().filter(|percent| *percent <= 100)?;
        out.battery = Some(Battery {
            percent,
            on_mains: has(ON_MAINS),
        });
    }
    if has(FREE) {
        out.free_bytes = Some(r.unsigned()?);
    }
    out.unsent = Unsent {
        changes: r.unsigned()?,
        requests: r.unsigned()?,
        photographs: r.unsigned()?,
        since_ms: None,
    };
    if has(SINCE) {
        out.unsent.since_ms = Some(r.unsigned()?);
    }
    if has(PLACE) {
        out.place = Some(place(r, has(POSITION), has(HELD))?);
    }
    out.journals = list(r, MAX_JOURNALS, |r| {
        Some((JournalId(r.array()?), r.unsigned()?))
    })?;
    if has(OTHERS) {
        out.of_others = Some(OfOthers {
            heard: list(r, MAX_HELD, |r| {
                Some(Heard {
                    journal: JournalId(r.array()?),
                    index: r.unsigned()?,
                    record: r.array()?,
                    change: r.array()?,
                })
            })?,
            carried: list(r, MAX_CARRIED, |r| {
                Some(Carried {
                    journal: JournalId(r.array()?),
                    first: r.unsigned()?,
                    entries: r.unsigned()?,
                    size: r.unsigned()?,
                })
            })?,
            is_cut: has(CUT),
        });
    }
    Some(out)
}

fn place(r: &mut Reader<'_>, is_known: bool, is_held: bool) -> Option<Place> {
    let name = r.text(4 * MAX_PLACE_CHARS)?;
    if name.chars().count() > MAX_PLACE_CHARS || name.chars().any(char::is_control) {
        return None;
    }
    let name = name.to_owned();
    let mut degrees = |most: i64| {
        let n = r.signed().filter(|n| (-most..=most).contains(n))?;
        i32::try_from(n).ok()
    };
    let position = match is_known {
        true => Some(Position {
            lat: degrees(900_000)?,
            lon: degrees(1_800_000)?,
        }),
        false => None,
    };
    let held_ms = match is_held {
        true => Some(r.unsigned()?),
        false => None,
    };
    Some(Place {
        name,
        position,
        held_ms,
    })
}

fn list<T>(
    r: &mut Reader<'_>,
    most: usize,
    mut one: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = r.length().filter(|count| *count <= most)?;
    (0..count).map(|_| one(r)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_condition() -> impl Strategy<Value = Condition> {
        let battery = prop::option::of((0..=100_u8, any::<bool>()));
        let place = prop::option::of((
            "[a-zà-ü ]{0,20}",
            prop::option::of((-900_000..=900_000_i32, -1_800_000..=1_800_000_i32)),
            prop::option::of(any::<u64>()),
        ));
        let heard = (
            any::<[u8; 16]>(),
            any::<u64>(),
            any::<[u8; 8]>(),
            any::<[u8; 8]>(),
        );
        let others = prop::option::of((
            prop::collection::vec(heard, 0..4),
            prop::collection::vec(
                (any::<[u8; 16]>(), any::<u64>(), any::<u64>(), any::<u64>()),
                0..4,
            ),
            any::<bool>(),
        ));
        let numbers = (
            any::<u32>(),
            any::<u64>(),
            any::<u64>(),
            prop::option::of(any::<u64>()),
        );
        let unsent = (
            any::<u64>(),
            any::<u64>(),
            any::<u64>(),
            prop::option::of(any::<u64>()),
        );
        let journals = prop::collection::vec((any::<[u8; 16]>(), any::<u64>()), 0..4);
        (
            ("[0-9.]{1,9}", numbers, battery, any::<bool>()),
            unsent,
            place,
            journals,
            others,
        )
            .prop_map(
                |(
                    (program, (catalogue, wall_ms, up_s, free_bytes), battery, attended),
                    unsent,
                    place,
                    journals,
                    others,
                )| {
                    let (changes, requests, photographs, since_ms) = unsent;
                    Condition {
                        program,
                        catalogue,
                        wall_ms,
                        up_s,
                        battery: battery.map(|(percent, on_mains)| Battery { percent, on_mains }),
                        free_bytes,
                        attended,
                        unsent: Unsent {
                            changes,
                            requests,
                            photographs,
                            since_ms,
                        },
                        place: place.map(|(name, at, held_ms)| Place {
                            name,
                            position: at.map(|(lat, lon)| Position { lat, lon }),
                            held_ms,
                        }),
                        journals: journals
                            .into_iter()
                            .map(|(id, size)| (JournalId(id), size))
                            .collect(),
                        of_others: others.map(|(heard, carried, is_cut)| OfOthers {
                            heard: heard
                                .into_iter()
                                .map(|(journal, index, record, change)| Heard {
                                    journal: JournalId(journal),
                                    index,
                                    record,
                                    change,
                                })
                                .collect(),
                            carried: carried
                                .into_iter()
                                .map(|(journal, first, entries, size)| Carried {
                                    journal: JournalId(journal),
                                    first,
                                    entries,
                                    size,
                                })
                                .collect(),
                            is_cut,
                        }),
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn what_a_node_says_is_read_also_when_a_later_one_adds_to_it(condition in any_condition(), more: Vec<u8>) {
            let mut bytes = condition.encode();
            prop_assert_eq!(Condition::decode(&bytes), Ok(condition.clone()));
            bytes.extend(more.into_iter().take(64));
            prop_assert_eq!(Condition::decode(&bytes), Ok(condition));
        }

        #[test]
        fn what_is_cut_is_refused(condition in any_condition(), at: prop::sample::Index) {
            let bytes = condition.encode();
            prop_assert_eq!(Condition::decode(&bytes[..at.index(bytes.len())]), Err(Malformed));
        }

        #[test]
        fn an_answer_is_read(journals in prop::collection::vec(any::<[u8; 16]>(), 0..300), garbage: Vec<u8>) {
            let answer = Answer { orphaned: journals.into_iter().map(JournalId).collect() };
            let read = Answer::decode(&answer.encode()).unwrap();
            prop_assert_eq!(&read.orphaned[..], &answer.orphaned[..answer.orphaned.len().min(MAX_ORPHANED)]);
            let _ = Answer::decode(&garbage);
        }

        #[test]
        fn garbage_never_panics_and_what_is_read_can_stand_on_a_page(mut bytes: Vec<u8>) {
            bytes.insert(0, LAYOUT);
            if let Ok(read) = Condition::decode(&bytes) {
                prop_assert!(read.battery.is_none_or(|b| b.percent <= 100));
                prop_assert!(!read.place.is_some_and(|p| p.name.chars().any(char::is_control)));
            }
        }
    }

    #[test]
    fn however_much_a_node_has_it_says_no_more_than_can_be_read() {
        let heard = Heard::of(
            (JournalId([1; 16]), u64::MAX),
            RecordId([2; 32]),
            ChangeId([3; 32]),
        );
        let part = Carried {
            journal: JournalId([1; 16]),
            first: u64::MAX,
            entries: u64::MAX,
            size: u64::MAX,
        };
        let all = Condition {
            program: "9".repeat(100),
            place: Some(Place {
                name: "é\n".repeat(200),
                position: None,
                held_ms: None,
            }),
            journals: (0..100).map(|n| (JournalId([n; 16]), u64::MAX)).collect(),
            of_others: Some(OfOthers {
                heard: vec![heard; 1_000],
                carried: vec![part; 1_000],
                is_cut: false,
            }),
            ..Condition::default()
        };
        let read = Condition::decode(&all.encode()).unwrap();
        let others = read.of_others.unwrap();
        assert_eq!(
            (others.heard.len(), others.carried.len(), others.is_cut),
            (MAX_HELD, MAX_CARRIED, true)
        );
        assert_eq!(
            read.journals.last().unwrap().0,
            JournalId([99; 16]),
            "the latest"
        );
        assert_eq!(read.place.unwrap().name.chars().count(), MAX_PLACE_CHARS);
        assert_eq!(
            Condition::decode(&vec![LAYOUT; MAX_BYTES + 1]),
            Err(Malformed)
        );
    }
}
