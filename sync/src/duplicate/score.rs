//! How strongly two requests speak for one person: a sum of bits, in the way of Fellegi and Sunter (1969).
//!
//! Every comparison adds the logarithm, to base 2, of how much more often it comes out so for two requests of one person than
//! for those of two people: +3 bits is eight times as often. The sum begins below zero, with how seldom two requests of a
//! service within days are one; from zero on they are more likely one than not.
//!
//! | compared | outcome | bits | why |
//! |---|---|---|---|
//! | beginning | | −18 | of pairs within two weeks at one service, some four in a million are one |
//! | a number that is one person's | the same | +23 | ten million people |
//! | | another | −7 | numbers with check digits are rarely typed wrong: one in a hundred is another person's |
//! | number of a document | another | −3 | documents are renewed; somebody has two |
//! | born on | the same day | +14 | some 25,000 days |
//! | | a day that differs by one slip | +4 | one digit, two that changed places, day and month, a year |
//! | | another day | −8 | |
//! | a word of the name | the same | +3 to +10 | by how common it is ([`rarity`](super::names::rarity)) |
//! | | one or two letters differ | 3 less | |
//! | | its first letter | +1 | |
//! | | missing in the shorter name | −1 | married names, names that are shortened |
//! | | another in its place | −4 | |
//! | | another given name | −10 | twins, siblings |
//! | words of the name besides the first given one | together at most | +14 | they come together |
//! | | with another given name | +8 | families share them |

use super::names::{self, is_given};
use super::{Keys, Likeness};

/// Before anything is compared.
const BEGINNING: i32 = -18;
const NUMBER: i32 = 23;
const OTHER_NUMBER: i32 = -7;
const OTHER_DOCUMENT: i32 = -3;
const BIRTH: i32 = 14;
const NEAR_BIRTH: i32 = 4;
const OTHER_BIRTH: i32 = -8;
const NEAR_WORD: i32 = -3;
const INITIAL: i32 = 1;
const MISSING_WORD: i32 = -1;
const OTHER_WORD: i32 = -4;
const OTHER_GIVEN: i32 = -10;
const OF_A_FAMILY: i32 = 8;
const OF_ONE: i32 = 14;
/// Most words of a name that are compared: longer ones are no names.
pub(super) const MOST_WORDS: usize = 12;

/// A reason for or against, with what it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// What was found.
    pub what: Likeness,
    /// How much it speaks for one person, in bits; against, below zero.
    pub bits: i32,
}

/// Everything that speaks for and against, and the sum with which it began.
pub(super) fn reasons(a: &Keys, b: &Keys) -> (Vec<Reason>, i32) {
    let mut found: Vec<Reason> = numbers(a, b).collect();
    found.extend(name(&a.name, &b.name));
    found.extend(birth(a.birth_date.as_deref(), b.birth_date.as_deref()));
    let sum = found.iter().map(|r| r.bits).sum::<i32>() + BEGINNING;
    (found, sum)
}

fn numbers(a: &Keys, b: &Keys) -> impl Iterator<Item = Reason> {
    a.numbers.iter().filter_map(|(field, value)| {
        let (_, other) = b.numbers.iter().find(|(f, _)| f == field)?;
        Some(match (value == other, *field) {
            (true, _) => reason(Likeness::Number(field), NUMBER),
            (false, "document-number") => reason(Likeness::OtherNumber(field), OTHER_DOCUMENT),
            (false, _) => reason(Likeness::OtherNumber(field), OTHER_NUMBER),
        })
    })
}

fn birth(a: Option<&str>, b: Option<&str>) -> Option<Reason> {
    let (a, b) = a.zip(b)?;
    Some(if a == b {
        reason(Likeness::BirthDate, BIRTH)
    } else if is_slip(a, b) {
        reason(Likeness::NearBirthDate, NEAR_BIRTH)
    } else {
        reason(Likeness::OtherBirthDate, OTHER_BIRTH)
    })
}

/// Whether two days (`yyyy-mm-dd`) differ by one slip of the hand or of the head: a digit, two neighbours that changed places,
/// day and month, a year more.
fn is_slip(a: &str, b: &str) -> bool {
    let digits = |day: &str| -> Vec<u8> { day.bytes().filter(u8::is_ascii_digit).collect() };
    let (a, b) = (digits(a), digits(b));
    if a.len() != 8 || b.len() != 8 {
        return false;
    }
    let differ: Vec<usize> = (0..8).filter(|&at| a[at] != b[at]).collect();
    let changed_places = |[x, y]: [usize; 2]| y == x + 1 && a[x] == b[y] && a[y] == b[x];
    let year = |day: &[u8]| {
        day[..4]
            .iter()
            .fold(0, |sum, d| sum * 10 + i32::from(d - b'0'))
    };
    if a[4..] == b[4..] && (year(&a) - year(&b)).abs() == 1 {
        return true;
    }
    match differ[..] {
        [_] => true,
        [x, y] if changed_places([x, y]) => true,
        _ => a[..4] == b[..4] && a[4..6] == b[6..8] && a[6..8] == b[4..6],
    }
}

/// How a word of one name stands in the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// In so many letters otherwise.
    Like(usize),
    Initial,
    Nowhere,
}

/// What two names say: of all their words, whatever the order.
fn name(a: &[String], b: &[String]) -> Option<Reason> {
    // The same whichever comes first, also of two that are as long.
    let (short, long) = if (a.len(), a) <= (b.len(), b) {
        (a, b)
    } else {
        (b, a)
    };
    let (first, first_of_long) = (short.first()?, long.first()?);
    let (found, left) = matched(short, long);
    let bits_of = |word: &str, how: Found| match how {
        Found::Like(0) => names::rarity(word),
        Found::Like(_) => (names::rarity(word) + NEAR_WORD).max(INITIAL),
        Found::Initial => INITIAL,
        Found::Nowhere => 0,
    };
    // A name that begins with the family is one whose given name stands elsewhere.
    let given = short.iter().position(|w| is_given(w)).unwrap_or(0);
    let (mut of_given, mut of_family, mut letters, mut others) = (0, 0, 0, 0);
    for (at, (word, how)) in short.iter().zip(&found).enumerate() {
        match how {
            Found::Like(slips) => letters += slips,
            Found::Initial => (),
            Found::Nowhere => others += 1,
        }
        match at == given {
            true => of_given = bits_of(word, *how),
            false => of_family += bits_of(word, *how),
        }
    }
    let mut bits = 0;
    // What has no counterpart on either side stands in each other's place.
    let replaced = short
        .iter()
        .zip(&found)
        .filter(|(_, how)| **how == Found::Nowhere);
    let mut left_over: Vec<&String> = left.iter().map(|&at| &long[at]).collect();
    let mut other_given = false;
    for (word, _) in replaced {
        let rival = left_over
            .iter()
            .position(|other| is_given(other) == is_given(word))
            .unwrap_or(0);
        let rival = (rival < left_over.len()).then(|| left_over.remove(rival));
        let both_given = rival.is_some_and(|rival| {
            (is_given(word) && is_given(rival)) || (word == first && rival == first_of_long)
        });
        other_given |= both_given;
        bits += if both_given { OTHER_GIVEN } else { OTHER_WORD };
    }
    let most = if other_given || of_given <= 0 {
        OF_A_FAMILY
    } else {
        OF_ONE
    };
    bits += of_given + of_family.min(most);
    bits += MISSING_WORD * i32::try_from(left_over.len()).unwrap_or(0);
    let what = match (others, letters) {
        _ if other_given => Likeness::OtherGivenName,
        (0, 0) if left_over.is_empty() => Likeness::Name,
        (0, 0) => Likeness::ShorterName,
        (0, letters) => Likeness::NearName(letters),
        (others, _) if others < short.len() => Likeness::PartOfName,
        _ => Likeness::OtherName,
    };
    Some(reason(what, bits))
}

/// Each word of the shorter name with how it stands in the longer one, whole words first; and which of the longer one are left.
fn matched(short: &[String], long: &[String]) -> (Vec<Found>, Vec<usize>) {
    let mut found = vec![Found::Nowhere; short.len()];
    let mut left: Vec<usize> = (0..long.len()).collect();
    let passes: [fn(&str, &str) -> Option<Found>; 3] = [
        |a, b| (a == b).then_some(Found::Like(0)),
        |a, b| slips(a, b).map(Found::Like),
        |a, b| is_initial(a, b).then_some(Found::Initial),
    ];
    for pass in passes {
        for (word, found) in short.iter().zip(&mut found) {
            if *found != Found::Nowhere {
                continue;
            }
            let like = left
                .iter()
                .enumerate()
                .find_map(|(i, &at)| Some((i, pass(word, &long[at])?)));
            if let Some((i, how)) = like {
                left.remove(i);
                *found = how;
            }
        }
    }
    (found, left)
}

/// Letters that differ between two words, if so few that they are slips: one for every four, and none in words of three.
fn slips(a: &str, b: &str) -> Option<usize> {
    let (of_a, of_b) = (a.chars().count(), b.chars().count());
    let most = (of_a.max(of_b) / 4).min(2);
    if of_a.abs_diff(of_b) > most {
        return None;
    }
    let many = strsim::osa_distance(a, b);
    (many <= most).then_some(many)
}

fn is_initial(a: &str, b: &str) -> bool {
    (a.chars().count() == 1 || b.chars().count() == 1) && a.chars().next() == b.chars().next()
}

fn reason(what: Likeness, bits: i32) -> Reason {
    Reason { what, bits }
}
