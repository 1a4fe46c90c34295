//! The same request made twice: one person, one service, two spots, within days.
//!
//! Names, numbers and birth dates are weighed against each other ([`score`]); every reason is said,
//! line by line with what it weighs, so that an operator can judge it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::answer::{Answer, Provenance};
use crate::record::{Life, request};
use crate::text::name_words;

pub mod names;
pub mod score;

pub use score::Reason;

/// Two requests of a service within this many milliseconds may be one: 14 days.
pub const WINDOW_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// What is compared of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Keys {
    /// Service of the catalogue.
    pub service: String,
    /// Numbers that belong to one person: field and value.
    #[serde(deserialize_with = "numbers")]
    pub numbers: Vec<(&'static str, String)>,
    /// The name's words, folded, without particles, as they were written.
    pub name: Vec<String>,
    /// Birth date.
    pub birth_date: Option<String>,
    /// When it was recorded, milliseconds since 1970.
    pub at_ms: i64,
}

/// Fields that hold a number which is one person's alone.
pub const NUMBERS: [&str; 5] = ["nic", "nif", "niss", "sns", "document-number"];

impl Keys {
    /// The keys of a recorded request; `None` for one that is not recorded or withdrawn.
    #[must_use]
    pub fn of(summary: &request::Summary, answers: &BTreeMap<String, Answer>) -> Option<Self> {
        let counts = !matches!(summary.life, Life::Draft | Life::Withdrawn);
        counts.then(|| Self::asked(summary, answers))
    }

    /// The keys of a request, also of one that is not recorded yet.
    #[must_use]
    pub fn asked(summary: &request::Summary, answers: &BTreeMap<String, Answer>) -> Self {
        let value = |field: &str| {
            answers
                .get(field)
                .map(|a| a.value.clone())
                .filter(|v| !v.is_empty())
        };
        let mut name = name_words(&summary.citizen);
        name.truncate(score::MOST_WORDS);
        Self {
            service: summary.service.clone(),
            numbers: NUMBERS
                .into_iter()
                .filter_map(|f| Some((f, value(f)?)))
                .collect(),
            name,
            birth_date: value("birth-date"),
            at_ms: summary.at.unix_ms(),
        }
    }

    /// Exact keys under which a store finds candidates: the numbers, the birth date, and each two of the name's three rarest
    /// words, so that somebody is found whose birth date or one of whose names was mistyped.
    #[must_use]
    pub fn blocks(&self) -> Vec<String> {
        let of = |field: &str, value: &str| format!("{}|{field}|{value}", self.service);
        let mut blocks: Vec<String> = self.numbers.iter().map(|(f, v)| of(f, v)).collect();
        blocks.extend(self.birth_date.iter().map(|day| of("birth", day)));
        let mut words: Vec<&str> = self.name.iter().map(String::as_str).collect();
        words.sort_by_key(|word| (-names::rarity(word), *word));
        words.dedup();
        words.truncate(3);
        for (at, first) in words.iter().enumerate() {
            for second in &words[at + 1..] {
                let mut two = [*first, *second];
                two.sort_unstable();
                blocks.push(of("name", &two.join(" ")));
            }
        }
        blocks
    }

    /// As a text, for a store.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The inverse of [`Keys::encode`].
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Of fields that this version does not compare there is nothing to say.
fn numbers<'de, D: Deserializer<'de>>(kept: D) -> Result<Vec<(&'static str, String)>, D::Error> {
    let kept = Vec::<(String, String)>::deserialize(kept)?.into_iter();
    let known = |field: String| NUMBERS.into_iter().find(|known| *known == field);
    Ok(kept.filter_map(|(f, v)| Some((known(f)?, v))).collect())
}

/// What was found in comparing two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// A number agrees: its field.
    Number(&'static str),
    /// A number that both have differs: its field.
    OtherNumber(&'static str),
    /// The names agree, whatever the order, accents and particles.
    Name,
    /// The names nearly agree: this many letters differ.
    NearName(usize),
    /// One name has words that the other one lacks.
    ShorterName,
    /// Some words agree, and others stand in each other's place.
    PartOfName,
    /// The given names are those of two people.
    OtherGivenName,
    /// The names are others.
    OtherName,
    /// Born on the same day.
    BirthDate,
    /// The days of birth differ by one slip of the hand.
    NearBirthDate,
    /// Born on another day.
    OtherBirthDate,
    /// So many days apart.
    DaysApart(u32),
}

/// Two requests that may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What speaks for and against it.
    pub reasons: Vec<Reason>,
    /// How strongly, in bits: from zero on they are more likely one than not. See [`score`].
    pub bits: i32,
}

/// The reasons for holding two requests to be the same, if there are enough: or if a number says that they are of one person
/// and none speaks against it, whatever else was written. Then one of both is wrong, and somebody has to look.
#[must_use]
pub fn compare(a: &Keys, b: &Keys) -> Option<Comparison> {
    let apart_ms = (a.at_ms - b.at_ms).abs();
    if a.service != b.service || apart_ms > WINDOW_MS {
        return None;
    }
    let (mut reasons, bits) = score::reasons(a, b);
    let has = |is: fn(&Likeness) -> bool| reasons.iter().any(|r| is(&r.what));
    let by_number = has(|l| matches!(l, Likeness::Number(_)))
        && !has(|l| matches!(l, Likeness::OtherNumber(_)));
    if bits < 0 && !by_number {
        return None;
    }
    reasons.push(Reason {
        what: Likeness::DaysApart(u32::try_from(apart_ms / 86_400_000).unwrap_or(u32::MAX)),
        bits: 0,
    });
    Some(Comparison { reasons, bits })
}

/// Who a request is of, as far as it is compared with others of the same number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// Numbers that belong to one person: field and value.
    #[serde(deserialize_with = "numbers")]
    pub numbers: Vec<(&'static str, String)>,
    /// The name's words, folded, without particles, as they were written.
    pub name: Vec<String>,
    /// Birth date.
    pub birth_date: Option<String>,
    /// The name was read from the chip of a card.
    pub from_card: bool,
    /// Somebody looked at it and decided.
    pub is_settled: bool,
}

impl Identity {
    /// Who a recorded request is of; `None` for one that is not recorded or withdrawn.
    #[must_use]
    pub fn of(
        summary: &request::Summary,
        answers: &BTreeMap<String, Answer>,
        is_settled: bool,
    ) -> Option<Self> {
        let keys = Keys::of(summary, answers)?;
        // Documents are renewed; the other numbers stay with a person.
        let mut numbers = keys.numbers;
        numbers.retain(|(field, _)| *field != "document-number");
        let name = answers.get("full-name");
        Some(Self {
            numbers,
            name: keys.name,
            birth_date: keys.birth_date,
            from_card: name.is_some_and(|a| a.provenance == Provenance::Chip),
            is_settled,
        })
    }

    /// As a text, for a store.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The inverse of [`Identity::encode`].
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// What a card says against what was typed for the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// A number that both have: its field.
    Number(&'static str),
    /// The names are those of two people.
    Name,
    /// Born on another day.
    BirthDate,
}

/// The reasons for holding what was typed to be wrong, by a card that has one of the same numbers.
#[must_use]
pub fn contradicts(typed: &Identity, card: &Identity) -> Option<Vec<Contradiction>> {
    if typed.from_card || !card.from_card {
        return None;
    }
    let shared = typed.numbers.iter().filter(|n| card.numbers.contains(n));
    let mut why: Vec<Contradiction> = shared.map(|(f, _)| Contradiction::Number(f)).collect();
    if why.is_empty() {
        return None;
    }
    let names = !typed.name.is_empty() && !card.name.is_empty();
    let other_name = names && name_distance(&typed.name, &card.name).is_none();
    let dates = typed.birth_date.is_some() && card.birth_date.is_some();
    let other_day = dates && typed.birth_date != card.birth_date;
    why.extend(other_name.then_some(Contradiction::Name));
    why.extend(other_day.then_some(Contradiction::BirthDate));
    (other_name || other_day).then_some(why)
}

/// Letters that differ between two names, if few: one for every six letters.
/// One name may have words that the other lacks (maiden names), if two agree.
fn name_distance(a: &[String], b: &[String]) -> Option<usize> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut left: Vec<&String> = long.iter().collect();
    let mut total = 0;
    for word in short {
        let (at, slips) = left
            .iter()
            .enumerate()
            .map(|(i, w)| (i, strsim::osa_distance(word, w)))
            .min_by_key(|(_, d)| *d)?;
        if slips > word.chars().count().max(3) / 3 {
            return None;
        }
        total += slips;
        left.remove(at);
    }
    let letters: usize = short.iter().map(|w| w.chars().count()).sum();
    let enough_words = left.is_empty() || short.len() >= 2;
    (enough_words && total <= letters / 6).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, birth: &str, nif: Option<&str>, day: i64) -> Keys {
        Keys {
            service: "cesd".into(),
            numbers: nif.map(|n| ("nif", n.to_owned())).into_iter().collect(),
            name: name_words(name),
            birth_date: Some(birth.into()),
            at_ms: day * 86_400_000,
        }
    }

    #[test]
    fn one_person_at_two_vans() {
        let maria = keys(
            "Maria do Rosário Encarnação",
            "1950-03-02",
            Some("123456789"),
            0,
        );
        for (other, same) in [
            (
                keys("Maria Rosario Encarnacao", "1950-03-02", None, 3),
                true,
            ),
            (
                keys("Encarnação, Maria do Rosário", "1950-03-02", None, 3),
                true,
            ),
            (
                keys("Maria Rozário Encarnação", "1950-03-02", None, 3),
                true,
            ),
            (keys("Maria Rosário", "1950-03-02", None, 3), true),
            (keys("M. R. E.", "1950-03-20", Some("123456789"), 3), true),
            (
                keys(
                    "Maria Rosário Encarnação",
                    "1950-03-02",
                    Some("299999990"),
                    3,
                ),
                true,
            ),
            (
                keys("Manuel Joaquim Encarnação", "1950-03-02", None, 3),
                false,
            ),
            (
                keys("Maria do Rosário Encarnação", "1951-03-02", None, 3),
                true,
            ),
            (
                keys("Maria do Rosário Encarnação", "1961-07-02", None, 3),
                false,
            ),
            (
                keys(
                    "Maria do Rosário Encarnação",
                    "1950-03-02",
                    Some("123456789"),
                    40,
                ),
                false,
            ),
        ] {
            assert_eq!(compare(&maria, &other).is_some(), same, "{other:?}");
            assert_eq!(
                compare(&other, &maria).is_some(),
                same,
                "the other way: {other:?}"
            );
        }
    }

    #[test]
    fn a_card_speaks_against_what_was_typed_and_nothing_else_does() {
        let who = |name: &str, birth: &str, nif: &str, from_card| {
            let keys = keys(name, birth, Some(nif), 0);
            Identity {
                numbers: keys.numbers,
                name: keys.name,
                birth_date: keys.birth_date,
                from_card,
                is_settled: false,
            }
        };
        let card = who(
            "Maria do Rosário Encarnação",
            "1950-03-02",
            "123456789",
            true,
        );
        for (typed, wrong) in [
            (
                who("Maria Rosario Encarnacao", "1950-03-02", "123456789", false),
                false,
            ),
            (
                who("Maria Rosário", "1950-03-02", "123456789", false),
                false,
            ),
            (who("João Baptista", "1950-03-02", "123456789", false), true),
            (
                who(
                    "Maria do Rosário Encarnação",
                    "1951-03-02",
                    "123456789",
                    false,
                ),
                true,
            ),
            (
                who("João Baptista", "1950-03-02", "299999998", false),
                false,
            ),
            (who("João Baptista", "1950-03-02", "123456789", true), false),
        ] {
            assert_eq!(contradicts(&typed, &card).is_some(), wrong, "{typed:?}");
            assert_eq!(Identity::decode(&typed.encode()), Some(typed));
        }
        let neither = who("João Baptista", "1950-03-02", "123456789", false);
        let other = who("Maria", "1960-03-02", "123456789", false);
        assert_eq!(contradicts(&neither, &other), None);
    }

    #[test]
    fn whoever_is_alike_shares_a_block() {
        let shares = |a: &Keys, b: &Keys| a.blocks().iter().any(|k| b.blocks().contains(k));
        let a = keys("Maria Rosário", "1950-03-02", Some("123456789"), 0);
        let b = keys("Maria Rosario", "1950-03-02", None, 1);
        assert!(shares(&a, &b));
        let slipped = keys("Maria do Rosário Peixeiro Alves", "1950-02-03", None, 1);
        let whole = keys("Maria do Rosário Peixeiro", "1950-03-02", None, 1);
        assert!(shares(&slipped, &whole) && compare(&slipped, &whole).is_some());
    }

    #[test]
    fn what_speaks_against_two_people_being_one_is_heard() {
        let ana = keys("Ana Isabel Peixeiro Rebocho", "1980-05-07", None, 0);
        for (other, same, what) in [
            ("Rita Isabel Peixeiro Rebocho", false, "a twin"),
            (
                "Ana Sofia Peixeiro Rebocho",
                false,
                "a twin with the same first name",
            ),
            ("Peixeiro Rebocho, Ana Isabel", true, "the family first"),
            ("Ana Isabel Peixeiro Rebocho Alves", true, "married"),
            ("Ana Isabel Peixeiro Alves", true, "married, a name let go"),
            ("A. I. Peixeiro Rebocho", true, "initials"),
            ("Ana Izabel Peixeiro Rebocho", true, "a slip"),
            ("Ana Silva", false, "nothing but a common name"),
        ] {
            let other = keys(other, "1980-05-07", None, 1);
            assert_eq!(compare(&ana, &other).is_some(), same, "{what}");
        }
        let with =
            |birth: &str, nif: &str| keys("Ana Isabel Peixeiro Rebocho", birth, Some(nif), 1);
        let a = with("1980-05-07", "123456789");
        assert!(
            compare(&a, &with("1980-05-07", "299999998")).is_some(),
            "a number mistyped"
        );
        assert!(
            compare(&a, &with("1981-06-07", "299999998")).is_none(),
            "mother and daughter"
        );
        let other = keys("Rui Alves", "1960-01-01", Some("123456789"), 1);
        let found = compare(&a, &other);
        assert!(
            found.is_some_and(|c| c.bits < 0),
            "whoever wrote it: somebody has to look"
        );
    }

    proptest::proptest! {
        #[test]
        fn which_of_the_two_comes_first_changes_nothing(
            a in "[a-c]{1,4}( [a-c]{1,4}){0,5}", b in "[a-c]{1,4}( [a-c]{1,4}){0,5}", day in 1..29_u32, other in 1..29_u32
        ) {
            let [a, b] = [(a, day), (b, other)].map(|(name, day)| keys(&name, &format!("1950-03-{day:02}"), None, 0));
            let bits = |a, b| score::reasons(a, b).1;
            proptest::prop_assert_eq!(bits(&a, &b), bits(&b, &a));
        }
    }
}
