//! What an agency gives out one by one: references to pay under, hours at a counter. The hub is given lists
//! of them and leases some ahead to each spot, each value to one journal, ever; a spot says what it used.
//!
//! ```text
//! stock   service · scarce · epoch · values                 by the hub's first change: a list as it was given
//! lease   service · scarce · to · journal · values          by the hub's first change: some of them, for one journal
//! values                                                    one a line, as Value::line writes them
//! acts:   opened · withdrawn {keys, reason} · used {key, request}
//! ```
//! A list belongs to the hub's epoch: a hub that was put back from a copy cannot know what it leased since,
//! and leases nothing of lists from before. A lease belongs to a journal: a spot that was put back begins
//! another one, and uses nothing of what the old one had.

use crate::catalogue::Scarce;
use crate::day::Date;
use crate::hlc::Hlc;
use crate::money;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::text::fold;

/// The scope of all lists. No spot holds it.
pub const SCOPE: &str = "!stock";
/// Most values of one list.
pub const MAX_VALUES: usize = 500;
/// Longest name of a place, in characters.
pub const MAX_PLACE_CHARS: usize = 80;

/// In an act of a request: the value that it got, as `code line`.
pub const RESERVED: &str = "reserved";
/// In an act of a request: the code of what it still waits for.
pub const OWED: &str = "owed";

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Under which to pay.
    Reference {
        /// Five digits.
        entity: String,
        /// Nine digits.
        reference: String,
        /// For this sum alone, in cents; `None`: for any.
        cents: Option<u64>,
        /// The last day on which it can be paid.
        until: Date,
    },
    /// An hour at a counter.
    Slot {
        /// Where.
        place: String,
        /// The day.
        day: Date,
        /// `hh:mm`.
        hour: String,
    },
}

/// What is wrong with a line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It has not the parts that it needs.
    Parts,
    /// No five digits.
    Entity,
    /// No nine digits.
    Reference,
    /// No sum, or nothing.
    Sum,
    /// No day `yyyy-mm-dd`.
    Day,
    /// No hour `hh:mm`.
    Hour,
    /// No place, or too long a name.
    Place,
    /// It is over already.
    Past,
    /// It stands in this line as well, counted from 1.
    Twice(usize),
    /// It was given before.
    Known,
}

impl Value {
    /// Reads a line: `21312;123 456 789;18,00;2026-12-31` (the sum may be empty: any), or
    /// `Loja de Oleiros;2026-12-03;10:30`. Tabs part as `;` does.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(scarce: Scarce, line: &str) -> Result<Self, Wrong> {
        let parts: Vec<&str> = line.split([';', '\t']).map(str::trim).collect();
        let date = |text| Date::parse(text).ok_or(Wrong::Day);
        match (scarce, parts.as_slice()) {
            (Scarce::PaymentReference, [entity, reference, sum, until]) => Ok(Self::Reference {
                entity: digits(entity, 5).ok_or(Wrong::Entity)?,
                reference: digits(reference, 9).ok_or(Wrong::Reference)?,
                cents: match *sum {
                    "" => None,
                    sum => Some(money::cents(sum).filter(|c| *c > 0).ok_or(Wrong::Sum)?),
                },
                until: date(until)?,
            }),
            (Scarce::Appointment, [place, day, hour]) => {
                let chars = place.chars().count();
                if fold(place).is_empty() || chars > MAX_PLACE_CHARS {
                    return Err(Wrong::Place);
                }
                Ok(Self::Slot {
                    place: (*place).to_owned(),
                    day: date(day)?,
                    hour: hour_of(hour).ok_or(Wrong::Hour)?,
                })
            }
            _ => Err(Wrong::Parts),
        }
    }

    /// As records hold it: what [`Value::parse`] reads.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Reference {
                entity,
                reference,
                cents,
                until,
            } => {
                let sum = cents.map_or_else(String::new, |c| format!("{},{:02}", c / 100, c % 100));
                format!("{entity};{reference};{sum};{until}")
            }
            Self::Slot { place, day, hour } => format!("{place};{day};{hour}"),
        }
    }

    /// What no two values share: an hour is of one service, a reference is one among all.
    #[must_use]
    pub fn key(&self, service: &str) -> String {
        match self {
            Self::Reference {
                entity, reference, ..
            } => format!("{entity} {reference}"),
            Self::Slot { place, day, hour } => format!("{service} {day} {hour} {}", fold(place)),
        }
    }

    /// When it is over, `yyyy-mm-dd hh:mm` in Portugal.
    #[must_use]
    pub fn over(&self) -> String {
        match self {
            Self::Reference { until, .. } => format!("{until} 24:00"),
            Self::Slot { day, hour, .. } => format!("{day} {hour}"),
        }
    }
}

impl Scarce {
    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PaymentReference => "payment-reference",
            Self::Appointment => "appointment",
        }
    }

    /// The inverse of [`Scarce::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::PaymentReference, Self::Appointment];
        all.into_iter().find(|scarce| scarce.code() == code)
    }
}

fn digits(text: &str, n: usize) -> Option<String> {
    let digits: String = text.chars().filter(|c| *c != ' ').collect();
    let is = digits.len() == n && digits.bytes().all(|b| b.is_ascii_digit());
    is.then_some(digits)
}

fn hour_of(text: &str) -> Option<String> {
    let (hours, minutes) = text.split_once(':')?;
    let is = |part: &str, below: u8| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits && part.parse::<u8>().is_ok_and(|n| n < below)
    };
    (is(hours, 24) && is(minutes, 60)).then(|| text.to_owned())
}

/// A list as somebody pasted it: the values, or every line that is wrong, counted from 1. Empty lines do not
/// count. `now`: as [`Value::over`].
///
/// # Errors
/// What is wrong, by line.
pub fn read_list(
    (service, scarce): (&str, Scarce),
    pasted: &str,
    now: &str,
) -> Result<Vec<Value>, Vec<(usize, Wrong)>> {
    let mut lines = std::collections::BTreeMap::new();
    let (mut values, mut wrong) = (vec![], vec![]);
    for (line, text) in (1..).zip(pasted.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        match Value::parse(scarce, text) {
            Err(why) => wrong.push((line, why)),
            Ok(value) => {
                if value.over().as_str() <= now {
                    wrong.push((line, Wrong::Past));
                } else if let Some(first) = lines.insert(value.key(service), line) {
                    wrong.push((line, Wrong::Twice(first)));
                }
                values.push(value);
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(values),
        false => Err(wrong),
    }
}

/// Values of which service and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The service.
    pub service: String,
    /// The kind.
    pub scarce: Scarce,
    /// The values; what is not readable in this version is left out.
    pub values: Vec<Value>,
}

impl Lot {
    fn of(document: &Document) -> Option<Self> {
        let scarce = Scarce::from_code(document.text("scarce")?)?;
        let lines = document.text("values")?.lines().take(MAX_VALUES);
        Some(Self {
            service: document.text("service")?.to_owned(),
            scarce,
            values: lines
                .filter_map(|line| Value::parse(scarce, line).ok())
                .collect(),
        })
    }

    fn create(
        &self,
        kind: Kind,
        author: &Author,
        at: Hlc,
        words: &[(&'static str, &str)],
    ) -> Result<(Document, Written), DocumentError> {
        let lines: Vec<String> = self.values.iter().map(Value::line).collect();
        Document::create(kind, author, at, |w| {
            w.put_text("service", &self.service)?;
            w.put_text("scarce", self.scarce.code())?;
            let mut words = words.iter();
            words.try_for_each(|(word, said)| w.put_text(word, said))?;
            w.put_text("values", &lines.join("\n"))
        })
    }
}

/// A list as it was given to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// What was given.
    pub lot: Lot,
    /// In which epoch of the hub, hex.
    pub epoch: String,
    /// Who gave it, and when.
    pub given: Act,
    /// The agency took back what is not used of it.
    pub withdrawn: Option<Act>,
}

impl Stock {
    /// The hub is given a list.
    ///
    /// # Errors
    /// When the document refuses.
    pub fn give(
        author: &Author,
        at: Hlc,
        lot: &Lot,
        epoch: &str,
    ) -> Result<(Document, Written), DocumentError> {
        lot.create(Kind::Stock, author, at, &[("epoch", epoch)])
    }

    /// Reads it from the document; `None` if it is no list.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        (document.kind() == Some(Kind::Stock)).then_some(())?;
        Some(Self {
            lot: Lot::of(document)?,
            epoch: document.text("epoch")?.to_owned(),
            given: document.acts().next()?.clone(),
            withdrawn: document.acts().find(|a| a.kind == "withdrawn").cloned(),
        })
    }
}

/// What is withdrawn of a list or lease, by keys; of a list, all that is not used.
///
/// # Errors
/// When the document refuses.
pub fn withdraw(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    keys: &[String],
    reason: &str,
) -> Result<Written, DocumentError> {
    let keys = keys.join("\n");
    let words = [("keys", keys.as_str()), ("reason", reason)];
    document.write(author, at, "withdrawn", &words, |_| Ok(()))
}

/// Values that are leased to one journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub lot: Lot,
    /// Id of the node to which.
    pub to: String,
    /// Its journal, hex.
    pub journal: String,
    /// What was used, by key, and the request for which.
    pub used: Vec<(String, String)>,
    /// Keys of what was withdrawn.
    pub withdrawn: Vec<String>,
}

impl Lease {
    /// The hub leases values to the journal of a node.
    ///
    /// # Errors
    /// When the document refuses.
    pub fn grant(
        author: &Author,
        at: Hlc,
        lot: &Lot,
        (to, journal): (&str, &str),
    ) -> Result<(Document, Written), DocumentError> {
        lot.create(Kind::Lease, author, at, &[("to", to), ("journal", journal)])
    }

    /// Reads it from the document; `None` if it is no lease.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        (document.kind() == Some(Kind::Lease)).then_some(())?;
        let to = document.text("to")?.to_owned();
        let hub = document.node()?;
        let (mut used, mut withdrawn) = (vec![], vec![]);
        for act in document.acts() {
            match act.kind.as_str() {
                // What another node says of it counts for nothing.
                "used" if node_of(act) == to => {
                    used.push((said(act, "key").to_owned(), said(act, "request").to_owned()));
                }
                "withdrawn" if node_of(act) == hub => {
                    withdrawn.extend(said(act, "keys").lines().map(str::to_owned));
                }
                _ => {}
            }
        }
        Some(Self {
            lot: Lot::of(document)?,
            journal: document.text("journal")?.to_owned(),
            to,
            used,
            withdrawn,
        })
    }
}

/// A spot uses a value for a request.
///
/// # Errors
/// When the document refuses.
pub fn use_up(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (key, request): (&str, &str),
) -> Result<Written, DocumentError> {
    let words = [("key", key), ("request", request)];
    document.write(author, at, "used", &words, |_| Ok(()))
}

/// How a request stands with a kind of value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reserved {
    /// Nobody said anything.
    #[default]
    No,
    /// It has this one.
    Has(Value),
    /// It waits for one.
    Owed,
}

impl Reserved {
    /// How a request stands, by what was said of it last.
    #[must_use]
    pub fn of(document: &Document, scarce: Scarce) -> Self {
        let mut acts = document.acts().rev();
        acts.find_map(|act| Self::in_act(act, scarce))
            .unwrap_or_default()
    }

    /// What an act of a request says of a kind of value; `None`: nothing.
    #[must_use]
    pub fn in_act(act: &Act, scarce: Scarce) -> Option<Self> {
        // The papers of a request have a word like it.
        if !["recorded", "reserved"].contains(&act.kind.as_str()) {
            return None;
        }
        match said(act, RESERVED).split_once(' ') {
            Some((code, line)) if code == scarce.code() => {
                Value::parse(scarce, line).ok().map(Self::Has)
            }
            _ => (said(act, OWED) == scarce.code()).then_some(Self::Owed),
        }
    }

    /// The word in an act of the request, and what it says; `None` when there is nothing to say.
    #[must_use]
    pub fn said(&self, scarce: Scarce) -> Option<(&'static str, String)> {
        match self {
            Self::No => None,
            Self::Has(value) => Some((RESERVED, format!("{} {}", scarce.code(), value.line()))),
            Self::Owed => Some((OWED, scarce.code().to_owned())),
        }
    }
}

/// A recorded request gets a value, or is to get one.
///
/// # Errors
/// When the document refuses.
pub fn reserve(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    scarce: Scarce,
    reserved: &Reserved,
) -> Result<Written, DocumentError> {
    let words = reserved.said(scarce);
    let words = words.as_ref().map(|(word, said)| (*word, said.as_str()));
    document.write(author, at, "reserved", words.as_slice(), |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22 10:00";

    fn author(node: &str) -> Author {
        Author::invented(node, "Teresa")
    }

    #[test]
    fn a_list_is_taken_whole_or_says_each_line_that_is_wrong() {
        let refs = ("predial", Scarce::PaymentReference);
        let good = "21312;123 456 789;18,00;2026-12-31\n\n21312\t123456780\t\t2026-11-22\n";
        let values = read_list(refs, good, NOW).unwrap();
        assert_eq!(values[0].line(), "21312;123456789;18,00;2026-12-31");
        assert_eq!(values[1].over(), "2026-11-22 24:00");
        for value in &values {
            assert_eq!(
                Value::parse(refs.1, &value.line()).as_ref(),
                Ok(value),
                "it reads back"
            );
        }
        let bad = "2131;123456789;18,00;2026-12-31\n21312;123;18,00;2026-12-31\n21312;123456789;-1;2026-12-31\n\
                   21312;123456789;18,00;31-12-2026\n21312;123456789;18,00;2026-11-21\n21312;1\n\
                   21312;123456781;;2026-12-31\n21312;123 456 781;5;2026-12-30";
        let wrong = read_list(refs, bad, NOW).unwrap_err();
        assert_eq!(
            wrong,
            [
                (1, Wrong::Entity),
                (2, Wrong::Reference),
                (3, Wrong::Sum),
                (4, Wrong::Day),
                (5, Wrong::Past),
                (6, Wrong::Parts),
                (8, Wrong::Twice(7))
            ]
        );
        let slots = ("emprego", Scarce::Appointment);
        let wrong = read_list(
            slots,
            "Loja;2026-11-22;10:00\n;2026-12-01;10:00\nLoja;2026-12-01;9:00\nLoja;2026-12-01;24:00",
            NOW,
        );
        assert_eq!(
            wrong.unwrap_err(),
            [
                (1, Wrong::Past),
                (2, Wrong::Place),
                (3, Wrong::Hour),
                (4, Wrong::Hour)
            ]
        );
        let slot = read_list(slots, "Loja de Oleiros;2026-11-22;10:30", NOW).unwrap();
        assert_eq!(
            slot[0].key("emprego"),
            "emprego 2026-11-22 10:30 loja de oleiros"
        );
    }

    #[test]
    fn only_the_spot_says_what_it_used_and_only_the_hub_what_is_withdrawn() {
        let lot = Lot {
            service: "predial".into(),
            scarce: Scarce::PaymentReference,
            values: ["21312;123456789;;2026-12-31", "21312;123456780;;2026-12-31"]
                .iter()
                .map(|line| Value::parse(Scarce::PaymentReference, line).unwrap())
                .collect(),
        };
        let (hub, m07, s02) = (author("central"), author("m07"), author("s02"));
        let granted = Lease::grant(&hub, Hlc::new(1_000, 0), &lot, ("m07", "ab"));
        let mut d = granted.unwrap().0;
        let key = |n: usize| lot.values[n].key("predial");
        use_up(&mut d, &s02, Hlc::new(2_000, 0), (&key(0), "r0")).unwrap();
        withdraw(&mut d, &m07, Hlc::new(3_000, 0), &[key(0)], "não").unwrap();
        let lease = Lease::of(&d).unwrap();
        assert_eq!((lease.used, lease.withdrawn), (vec![], vec![]));
        use_up(&mut d, &m07, Hlc::new(4_000, 0), (&key(0), "r1")).unwrap();
        withdraw(&mut d, &hub, Hlc::new(5_000, 0), &[key(1)], "engano").unwrap();
        let lease = Lease::of(&d).unwrap();
        assert_eq!(lease.lot, lot);
        assert_eq!(
            (lease.used, lease.withdrawn),
            (vec![(key(0), "r1".to_owned())], vec![key(1)])
        );
        assert_eq!((lease.to.as_str(), lease.journal.as_str()), ("m07", "ab"));
    }
}
