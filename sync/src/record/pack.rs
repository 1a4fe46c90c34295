//! A pack: blank forms on paper, printed before they are needed, each with a number of the node's own that nothing
//! else gets.
//!
//! ```text
//! edition, blanks          by the first change: the edition that was printed; a line `number service` for each form
//! acts: opened · voided {numbers, reason} · found {numbers}
//! ```
//! That a form was entered is nowhere written here: there is a request with its number then. What other nodes say of a
//! pack counts for nothing: whoever printed it says what was lost, and what turned up again.

use std::collections::BTreeSet;

use crate::hlc::Hlc;
use crate::number;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};

/// Most forms of one pack.
pub const MAX_BLANKS: usize = 60;
/// Longest reason for which forms are voided, in characters.
pub const MAX_REASON_CHARS: usize = 200;
/// Longest id of a service that is read.
const MAX_SERVICE_CHARS: usize = 80;

const BLANKS: &str = "blanks";
const NUMBERS: &str = "numbers";
const VOIDED: &str = "voided";
const FOUND: &str = "found";

/// One form of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// Its number, canonical.
    pub number: String,
    /// Service of the catalogue.
    pub service: String,
    /// It does not count any more: who said so, when, and why.
    pub voided: Option<(Act, String)>,
}

/// A pack as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// The node that printed it.
    pub node: String,
    /// The edition of the catalogue that its forms are of.
    pub edition: u32,
    /// Its forms, in the order in which they are printed; never empty.
    pub blanks: Vec<Blank>,
    /// Who made it.
    pub opened: Act,
}

/// Makes a pack: numbers, each with its service.
///
/// # Errors
/// When the document refuses.
pub fn begin(
    author: &Author,
    at: Hlc,
    edition: u32,
    blanks: &[(String, String)],
) -> Result<(Document, Written), DocumentError> {
    let lines: Vec<String> = blanks
        .iter()
        .map(|(number, service)| format!("{number} {service}"))
        .collect();
    Document::create(Kind::Pack, author, at, |w| {
        w.put_number("edition", u64::from(edition))?;
        w.put_text(BLANKS, &lines.join("\n"))
    })
}

/// Forms were lost, or are out of date: their numbers are not entered any more.
///
/// # Errors
/// When the document refuses.
pub fn void(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    numbers: &[&str],
    reason: &str,
) -> Result<Written, DocumentError> {
    let numbers = numbers.join(" ");
    let said = [(NUMBERS, numbers.as_str()), ("reason", reason)];
    document.write(author, at, VOIDED, &said, |_| Ok(()))
}

/// Forms that were voided turned up: they count again.
///
/// # Errors
/// When the document refuses.
pub fn find(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    numbers: &[&str],
) -> Result<Written, DocumentError> {
    let numbers = numbers.join(" ");
    document.write(author, at, FOUND, &[(NUMBERS, &numbers)], |_| Ok(()))
}

impl Pack {
    /// Reads it from the document; `None` if it is none, or holds no form that can be read.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Pack) {
            return None;
        }
        let node = document.node()?.to_owned();
        let edition = u32::try_from(document.number("edition")?).ok()?;
        let mut seen = BTreeSet::new();
        let mut blanks: Vec<Blank> = document
            .text(BLANKS)?
            .lines()
            .take(MAX_BLANKS)
            .filter_map(|line| {
                let (typed, service) = line.split_once(' ')?;
                let number = number::canonical(typed).filter(|number| number == typed)?;
                let is_id = !service.is_empty() && service.chars().count() <= MAX_SERVICE_CHARS;
                (is_id && seen.insert(number.clone())).then(|| Blank {
                    number,
                    service: service.to_owned(),
                    voided: None,
                })
            })
            .collect();
        let of_printer = |act: &&Act| node_of(act) == node;
        // Acts come in their order: the latest word on a number stands.
        for act in document.acts().filter(of_printer) {
            let voided = match act.kind.as_str() {
                VOIDED => {
                    let reason = said(act, "reason").chars().take(MAX_REASON_CHARS);
                    Some((act.clone(), reason.collect()))
                }
                FOUND => None,
                _ => continue,
            };
            let numbers: BTreeSet<&str> = said(act, NUMBERS).split(' ').take(MAX_BLANKS).collect();
            for blank in &mut blanks {
                if numbers.contains(blank.number.as_str()) {
                    blank.voided.clone_from(&voided);
                }
            }
        }
        let opened = document.acts().next()?.clone();
        (!blanks.is_empty()).then_some(Self {
            node,
            edition,
            blanks,
            opened,
        })
    }

    /// The form with that number.
    #[must_use]
    pub fn blank(&self, number: &str) -> Option<&Blank> {
        self.blanks.iter().find(|blank| blank.number == number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn author(node: &str) -> Author {
        Author::invented(node, "Ana Martins")
    }

    fn numbers(n: u64) -> Vec<(String, String)> {
        (0..n)
            .map(|i| (number::number("M07", &[1; 32], i), "cesd".to_owned()))
            .collect()
    }

    #[test]
    fn a_pack_reads_back_and_what_is_voided_can_be_found_again() {
        let (a, all) = (author("m07"), numbers(3));
        let (mut d, _) = begin(&a, Hlc::new(1, 0), 4, &all).unwrap();
        let pack = Pack::of(&d).unwrap();
        assert_eq!((pack.edition, pack.blanks.len()), (4, 3));
        let (one, two) = (all[0].0.as_str(), all[1].0.as_str());
        void(&mut d, &a, Hlc::new(2, 0), &[one, two], "perdidos").unwrap();
        find(&mut d, &a, Hlc::new(3, 0), &[two]).unwrap();
        let pack = Pack::of(&d).unwrap();
        let voided = |n: &str| pack.blank(n).unwrap().voided.clone().map(|(_, why)| why);
        assert_eq!(voided(one).as_deref(), Some("perdidos"));
        assert_eq!(voided(two), None);
        assert_eq!(voided(&all[2].0), None);
    }

    #[test]
    fn another_node_voids_nothing() {
        let all = numbers(1);
        let (mut d, _) = begin(&author("m07"), Hlc::new(1, 0), 1, &all).unwrap();
        void(&mut d, &author("m09"), Hlc::new(2, 0), &[&all[0].0], "x").unwrap();
        assert_eq!(Pack::of(&d).unwrap().blanks[0].voided, None);
    }

    #[test]
    fn a_number_twice_or_with_a_wrong_digit_is_no_form() {
        let all = numbers(2);
        let bad = vec![
            all[0].clone(),
            all[0].clone(),
            ("M07-0000-0000-Z".into(), "cesd".into()),
            (all[1].0.to_lowercase(), "cesd".into()),
            (all[1].0.clone(), "x".repeat(200)),
        ];
        let (d, _) = begin(&author("m07"), Hlc::new(1, 0), 1, &bad).unwrap();
        assert_eq!(Pack::of(&d).unwrap().blanks.len(), 1);
        let (d, _) = begin(&author("m07"), Hlc::new(1, 0), 1, &bad[2..]).unwrap();
        assert_eq!(Pack::of(&d), None);
    }

    proptest! {
        #[test]
        fn what_another_node_wrote_never_panics(lines in "[\\PC\n ]{0,300}", said in "\\PC{0,80}") {
            let blanks = [(lines, said.clone())];
            let (mut d, _) = begin(&author("m07"), Hlc::new(1, 0), 1, &blanks).unwrap();
            void(&mut d, &author("m07"), Hlc::new(2, 0), &[&said], &said).unwrap();
            prop_assert!(Pack::of(&d).is_none_or(|p| p.blanks.len() <= MAX_BLANKS));
        }
    }
}
