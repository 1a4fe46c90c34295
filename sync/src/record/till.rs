//! The till of one spot on one day: what came in, what was taken back, what was counted.
//!
//! ```text
//! day, float              by the first change: "2026-11-22", and what was in it: "1000x5 200x3"
//! acts: opened · received · voided · closed · late
//! ```
//! Movements are numbered from 1, and each has a code over itself and the code before it, which is
//! printed on its receipt: a receipt that is missing, or says something else, shows. A closed till
//! stays closed: money that comes later is a late movement of that day, with its reason. Whose money
//! it was, the request says, and not the till: it outlives who is erased.

use sha2::{Digest, Sha256};

use crate::hlc::Hlc;
use crate::money::Counted;
use crate::number;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::document::{Author, Document, DocumentError, Written};

/// How a citizen paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// Notes and coins: they are in the till.
    Cash,
    /// By the card terminal; its reference is typed.
    Terminal,
    /// Nothing, for a reason that the mediator gave.
    Exempt,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cash, Self::Terminal, Self::Exempt];

    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Terminal => "terminal",
            Self::Exempt => "exempt",
        }
    }

    /// The inverse of [`How::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.code() == code)
    }
}

/// What is paid for, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment<'a> {
    /// The request's id; empty if it is for none that is known here.
    pub request: &'a str,
    /// What people call it: the request's number.
    pub number: &'a str,
    /// The sum, in cents; of an exemption, what was not asked for.
    pub cents: u64,
    /// How.
    pub how: How,
    /// The terminal's reference, or empty.
    pub reference: &'a str,
    /// Why nothing was asked for, or why it comes after the day was closed; or empty.
    pub reason: &'a str,
}

/// What a movement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Money came in.
    Received,
    /// A movement is taken back.
    Voided {
        /// Its number.
        of: u64,
    },
    /// Money for this day, after it was closed.
    Late,
}

/// One movement of a till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Its number in the till, from 1.
    pub n: u64,
    /// What it does.
    pub what: What,
    /// The request's id, or empty.
    pub request: String,
    /// The request's number.
    pub number: String,
    /// The sum, in cents.
    pub cents: u64,
    /// How it was paid.
    pub how: How,
    /// The terminal's reference, or empty.
    pub reference: String,
    /// Why: of a void, an exemption, a late movement; or empty.
    pub reason: String,
    /// The second person who was there, by name; or empty.
    pub second: String,
    /// Over this movement and the code before it, as it is printed.
    pub code: String,
    /// The number of the movement that took it back.
    pub voided_by: Option<u64>,
    /// Who, where and when.
    pub act: Act,
}

impl Movement {
    /// What it adds to the notes and coins in the till, in cents.
    #[must_use]
    pub fn cash(&self) -> i64 {
        let cents = i64::try_from(self.cents).unwrap_or(i64::MAX);
        match (self.how, self.what) {
            (How::Cash, What::Voided { .. }) => -cents,
            (How::Cash, _) => cents,
            _ => 0,
        }
    }
}

/// How a till was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// What was counted.
    pub counted: Counted,
    /// What should have been there then, in cents.
    pub expected: i64,
    /// What explains a difference, or empty.
    pub explained: String,
    /// The second person who was there, by name; or empty.
    pub second: String,
    /// Who, where and when.
    pub act: Act,
}

impl Closing {
    /// What was counted less what should have been there, in cents.
    #[must_use]
    pub fn difference(&self) -> i64 {
        let counted = i64::try_from(self.counted.cents()).unwrap_or(i64::MAX);
        counted.saturating_sub(self.expected)
    }
}

/// A till as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Till {
    /// Its day, `yyyy-mm-dd` in Portugal.
    pub day: String,
    /// What was in it when it was opened.
    pub float: Counted,
    /// Who opened it, where and when.
    pub opened: Act,
    /// What happened since, by number.
    pub movements: Vec<Movement>,
    /// How it was closed, if it was.
    pub closed: Option<Closing>,
    /// What does not hold of the chain, in Portuguese; empty when all does.
    pub broken: Vec<String>,
}

/// Opens the till of a day.
///
/// # Errors
/// When the document refuses.
pub fn open(
    author: &Author,
    at: Hlc,
    day: &str,
    float: &Counted,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Till, author, at, |w| {
        w.put_text("day", day)?;
        w.put_text("float", &float.encode())
    })
}

/// Money came in: before the till is closed as any other, after that as late.
///
/// # Errors
/// When the document refuses.
pub fn receive(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    payment: &Payment<'_>,
) -> Result<Written, DocumentError> {
    let till = Till::of(document).ok_or(DocumentError::Lacks("till"))?;
    let cents = payment.cents.to_string();
    let said = [
        ("request", payment.request),
        ("number", payment.number),
        ("cents", cents.as_str()),
        ("how", payment.how.code()),
        ("reference", payment.reference),
        ("reason", payment.reason),
    ];
    let act = match till.closed {
        None => "received",
        Some(_) => "late",
    };
    till.chain(document, author, at, act, &said)
}

/// A movement is taken back, with its reason and a second person.
///
/// # Errors
/// [`DocumentError::Lacks`] when there is no such movement, or it was taken back already; or when
/// the document refuses.
pub fn void(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    of: u64,
    reason: &str,
    second: &str,
) -> Result<Written, DocumentError> {
    let till = Till::of(document).ok_or(DocumentError::Lacks("till"))?;
    let movement = till
        .voidable(of)
        .ok_or(DocumentError::Lacks("movement"))?
        .clone();
    let (of, cents) = (of.to_string(), movement.cents.to_string());
    let said = [
        ("of", of.as_str()),
        ("request", movement.request.as_str()),
        ("number", movement.number.as_str()),
        ("cents", cents.as_str()),
        ("how", movement.how.code()),
        ("reason", reason),
        ("second", second),
    ];
    till.chain(document, author, at, "voided", &said)
}

/// Closes the till of a day, with what was counted.
///
/// # Errors
/// [`DocumentError::Lacks`] when it is closed already; or when the document refuses.
pub fn close(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    counted: &Counted,
    explained: &str,
    second: &str,
) -> Result<Written, DocumentError> {
    let till = Till::of(document).ok_or(DocumentError::Lacks("till"))?;
    if till.closed.is_some() {
        return Err(DocumentError::Lacks("open till"));
    }
    let (counted, expected) = (counted.encode(), till.expected().to_string());
    let said = [
        ("counted", counted.as_str()),
        ("expected", expected.as_str()),
        ("explained", explained),
        ("second", second),
    ];
    document.write(author, at, "closed", &said_only(&said), |_| Ok(()))
}

/// What is empty is not written.
fn said_only<'a>(said: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let said = said.iter().filter(|(_, said)| !said.is_empty());
    said.copied().collect()
}

impl Till {
    /// Reads it from the document; `None` if it is no till.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Till) {
            return None;
        }
        let mut till = Self {
            day: document.text("day")?.to_owned(),
            float: Counted::decode(document.text("float")?)?,
            opened: document.acts().next()?.clone(),
            movements: vec![],
            closed: None,
            broken: vec![],
        };
        for act in document.acts() {
            till.take(act);
        }
        till.movements.sort_by_key(|movement| movement.n);
        till.examine();
        Some(till)
    }

    fn take(&mut self, act: &Act) {
        let word = |name: &str| act.more.get(name).cloned().unwrap_or_default();
        let number = |name: &str| word(name).parse().ok();
        let what = match act.kind.as_str() {
            "received" => What::Received,
            "late" => What::Late,
            "voided" => match number("of") {
                Some(of) => What::Voided { of },
                None => return self.unreadable(act),
            },
            "closed" => {
                let closing = Counted::decode(&word("counted"))
                    .zip(word("expected").parse().ok())
                    .map(|(counted, expected)| Closing {
                        counted,
                        expected,
                        explained: word("explained"),
                        second: word("second"),
                        act: act.clone(),
                    });
                return match closing {
                    // Of two that were closed apart the first stands.
                    Some(closing) => {
                        self.closed.get_or_insert(closing);
                    }
                    None => self.unreadable(act),
                };
            }
            _ => return,
        };
        let (n, cents, how) = (number("n"), number("cents"), How::from_code(&word("how")));
        let (Some(n), Some(cents), Some(how)) = (n, cents, how) else {
            return self.unreadable(act);
        };
        self.movements.push(Movement {
            n,
            what,
            request: word("request"),
            number: word("number"),
            cents,
            how,
            reference: word("reference"),
            reason: word("reason"),
            second: word("second"),
            code: word("code"),
            voided_by: None,
            act: act.clone(),
        });
    }

    fn unreadable(&mut self, act: &Act) {
        self.broken.push(format!(
            "Um movimento de {} não se lê nesta versão.",
            act.by
        ));
    }

    /// Holds the chain against itself, and marks what was taken back.
    fn examine(&mut self) {
        let mut before = String::new();
        let mut broken = vec![];
        for (movement, expected) in self.movements.iter().zip(1..) {
            let (n, code) = (movement.n, &movement.code);
            if n != expected {
                broken.push(format!(
                    "Esperava-se o movimento {expected} e está o {n}: falta um, ou há dois com o mesmo número."
                ));
                break;
            }
            if *code != chained(&before, n, &movement.act) {
                broken.push(format!(
                    "O código do movimento {n} não é o que devia ser: este ou um anterior foi mudado."
                ));
                break;
            }
            before.clone_from(code);
        }
        self.broken.append(&mut broken);
        let voids: Vec<(u64, u64)> = self
            .movements
            .iter()
            .filter_map(|movement| match movement.what {
                What::Voided { of } => Some((of, movement.n)),
                _ => None,
            })
            .collect();
        for movement in &mut self.movements {
            let void = voids.iter().find(|(of, _)| *of == movement.n);
            movement.voided_by = void.map(|(_, by)| *by);
        }
    }

    /// What should be there in notes and coins, in cents.
    #[must_use]
    pub fn expected(&self) -> i64 {
        let float = i64::try_from(self.float.cents()).unwrap_or(i64::MAX);
        let moved = self.movements.iter().map(Movement::cash);
        moved.fold(float, i64::saturating_add)
    }

    /// What came in that way and was not taken back, in cents.
    #[must_use]
    pub fn taken(&self, how: How) -> u64 {
        let stand = self.movements.iter().filter(|movement| {
            movement.how == how
                && movement.voided_by.is_none()
                && !matches!(movement.what, What::Voided { .. })
        });
        stand.map(|movement| movement.cents).sum()
    }

    /// The movement with that number, if it can be taken back.
    #[must_use]
    pub fn voidable(&self, n: u64) -> Option<&Movement> {
        let found = self.movements.iter().find(|movement| movement.n == n)?;
        let stands = found.voided_by.is_none() && !matches!(found.what, What::Voided { .. });
        // What was counted stays as it was: a mistake of a closed day is explained there.
        (stands && self.closed.is_none()).then_some(found)
    }

    /// The next movement, with its number and code.
    fn chain(
        &self,
        document: &mut Document,
        author: &Author,
        at: Hlc,
        kind: &str,
        said: &[(&str, &str)],
    ) -> Result<Written, DocumentError> {
        let (n, before) = self
            .movements
            .last()
            .map_or((1, ""), |last| (last.n + 1, last.code.as_str()));
        let number = n.to_string();
        let mut said = said_only(said);
        said.push(("n", &number));
        let code = chained(before, n, &Act::new(author, at, kind, &said));
        said.push(("code", &code));
        document.write(author, at, kind, &said, |_| Ok(()))
    }
}

/// The code of a movement: over what it says, who did it and when, and the code before it.
fn chained(before: &str, n: u64, act: &Act) -> String {
    let mut hash = Sha256::new();
    let mut take = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    take(before);
    take(&act.kind);
    take(&act.id);
    take(&act.by);
    for (word, said) in act.more.iter().filter(|(word, _)| *word != "code") {
        take(word);
        take(said);
    }
    hash.update(n.to_be_bytes());
    let digest = hash.finalize();
    number::letters(digest.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::document::actor;

    fn author(person: &str) -> Author {
        Author {
            actor: actor("m07", &[1; 16]),
            node: "m07".into(),
            spot: "Carrinha 7".into(),
            stop: None,
            person: person.into(),
            clock_sure: true,
            zone: None,
        }
    }

    fn payment(cents: u64, how: How) -> Payment<'static> {
        Payment {
            request: "aa",
            number: "M07-7KQ4-2ZD8-6",
            cents,
            how,
            reference: "",
            reason: "",
        }
    }

    fn begun() -> Document {
        let float = Counted::default().with(1_000, 5).unwrap();
        let (ana, at) = (author("Ana"), Hlc::new(1_000, 0));
        open(&ana, at, "2026-11-22", &float).unwrap().0
    }

    fn got(d: &mut Document, ms: u64, payment: &Payment<'_>) -> Written {
        receive(d, &author("Ana"), Hlc::new(ms, 0), payment).unwrap()
    }

    #[test]
    fn a_day_adds_up_to_the_cent() {
        let mut d = begun();
        got(&mut d, 2_000, &payment(500, How::Cash));
        got(&mut d, 3_000, &payment(1_800, How::Terminal));
        got(&mut d, 4_000, &payment(3_000, How::Cash));
        got(&mut d, 5_000, &payment(500, How::Exempt));
        void(
            &mut d,
            &author("Ana"),
            Hlc::new(6_000, 0),
            3,
            "engano",
            "Rui",
        )
        .unwrap();
        let till = Till::of(&d).unwrap();
        assert_eq!(till.expected(), 5_000 + 500);
        let taken = How::ALL.map(|how| till.taken(how));
        assert_eq!(taken, [500, 1_800, 500]);
        assert_eq!(till.movements[2].voided_by, Some(5));
        assert!(till.voidable(3).is_none() && till.voidable(5).is_none());
        assert!(
            void(
                &mut d,
                &author("Ana"),
                Hlc::new(7_000, 0),
                3,
                "outra vez",
                "Rui"
            )
            .is_err()
        );
        let counted = Counted::default().with(1_000, 5).unwrap();
        let counted = counted.with(200, 2).unwrap();
        close(
            &mut d,
            &author("Rui"),
            Hlc::new(8_000, 0),
            &counted,
            "troco a mais",
            "Ana",
        )
        .unwrap();
        let till = Till::of(&d).unwrap();
        assert_eq!(till.closed.as_ref().unwrap().difference(), -100);
        assert_eq!(till.broken, Vec::<String>::new());
        assert!(till.voidable(1).is_none(), "what was counted stays");
        assert!(close(&mut d, &author("Rui"), Hlc::new(9_000, 0), &counted, "", "").is_err());
    }

    #[test]
    fn money_after_the_day_was_closed_is_late_and_chained_on() {
        let mut d = begun();
        got(&mut d, 2_000, &payment(500, How::Cash));
        let counted = Counted::default().with(500, 11).unwrap();
        close(&mut d, &author("Ana"), Hlc::new(3_000, 0), &counted, "", "").unwrap();
        let late = Payment {
            reason: "chegou depois do fecho",
            ..payment(700, How::Cash)
        };
        got(&mut d, 4_000, &late);
        let till = Till::of(&d).unwrap();
        assert_eq!(
            (till.movements[1].n, till.movements[1].what),
            (2, What::Late)
        );
        assert_eq!(
            till.closed.as_ref().unwrap().difference(),
            0,
            "as it was counted"
        );
        assert!(till.broken.is_empty());
    }

    #[test]
    fn a_missing_and_a_changed_movement_show() {
        let mut d = begun();
        let changes: Vec<Written> = (2..6)
            .map(|at| got(&mut d, at * 1_000, &payment(500, How::Cash)))
            .collect();
        let mut apart = begun();
        apart.apply([changes[0].bytes.as_slice()]).unwrap();
        // Another machine with the same disk goes on with number 2.
        let other = Author {
            actor: actor("m07", &[2; 16]),
            ..author("Rui")
        };
        receive(
            &mut apart,
            &other,
            Hlc::new(9_000, 0),
            &payment(300, How::Cash),
        )
        .unwrap();
        let theirs = apart.changes().unwrap();
        d.apply(theirs.iter().map(|w| w.bytes.as_slice())).unwrap();
        let till = Till::of(&d).unwrap();
        assert_eq!(till.movements.len(), 5, "no money is lost of either");
        assert_eq!(till.expected(), 5_000 + 4 * 500 + 300);
        assert!(
            till.broken[0].contains("movimento 3 e está o 2"),
            "{:?}",
            till.broken
        );
        let mut less = till.clone();
        less.broken.clear();
        less.movements.retain(|movement| movement.act.by == "Ana");
        less.examine();
        assert!(less.broken.is_empty(), "{:?}", less.broken);
        less.movements[1]
            .act
            .more
            .insert("cents".into(), "5000".into());
        less.examine();
        assert!(
            less.broken[0].contains("código do movimento 2"),
            "{:?}",
            less.broken
        );
    }
}
