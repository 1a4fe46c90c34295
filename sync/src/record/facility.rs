//! A facility that a solidarity visit goes to: a care home, a residence; with its rooms, and whom one speaks to there.
//!
//! ```text
//! scope             by the first change: that of its municipality
//! answers: about    what is known of it, JSON; written apart, both stand until somebody writes it again
//! acts: opened · kept
//! ```
//! It says nothing of residents, so whoever holds the scope may hold it.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Provenance};
use crate::hlc::Hlc;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::tour::{MAX_NAME_CHARS, MAX_TEXT_CHARS};
use crate::text::fold;

/// Most rooms of a facility.
pub const MAX_ROOMS: usize = 300;
/// Longest name of a room, in characters.
pub const MAX_ROOM_CHARS: usize = 20;
/// Most people whom one speaks to.
pub const MAX_CONTACTS: usize = 8;
/// Longest telephone number, in characters.
pub const MAX_PHONE_CHARS: usize = 20;
/// Largest statement that is decoded, in bytes.
const MAX_ABOUT_BYTES: usize = 32 << 10;
/// Most statements that stand side by side: of more the latest.
const MAX_STATEMENTS: usize = 8;
/// The field.
const ABOUT: &str = "about";

/// What it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// A care home (*lar*).
    #[default]
    Home,
    /// A residence (*residência*).
    Residence,
    /// A day centre (*centro de dia*).
    DayCentre,
}

impl Sort {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [Self::Home, Self::Residence, Self::DayCentre];

    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Residence => "residence",
            Self::DayCentre => "day-centre",
        }
    }

    /// The inverse of [`Sort::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// Somebody whom one speaks to there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// What they are there: direction, nursing.
    pub role: String,
    /// Their name, or empty.
    #[serde(default)]
    pub name: String,
    /// Their telephone, or empty.
    #[serde(default)]
    pub phone: String,
}

/// What is known of a facility.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name; never empty.
    pub name: String,
    /// What it is; of a word that this version does not know a home.
    #[serde(default, deserialize_with = "sort")]
    pub sort: Sort,
    /// The place: what a stop there is called.
    #[serde(default)]
    pub place: String,
    /// Its municipality, or empty.
    #[serde(default)]
    pub municipality: String,
    /// Street and number, or empty.
    #[serde(default)]
    pub address: String,
    /// Its rooms in order.
    #[serde(default)]
    pub rooms: Vec<String>,
    /// Whom one speaks to.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// A note: the bell, the hour of lunch.
    #[serde(default)]
    pub note: String,
}

fn sort<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Sort, D::Error> {
    let word = String::deserialize(from)?;
    Ok(Sort::from_code(&word).unwrap_or_default())
}

impl About {
    fn encode(&self) -> String {
        // Texts alone: nothing in them can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_ABOUT_BYTES {
            return None;
        }
        let mut about: Self = serde_json::from_str(text).ok()?;
        let cut = |text: &mut String, most: usize| {
            if let Some((end, _)) = text.char_indices().nth(most) {
                text.truncate(end);
            }
        };
        cut(&mut about.name, MAX_NAME_CHARS);
        cut(&mut about.place, MAX_NAME_CHARS);
        cut(&mut about.municipality, MAX_NAME_CHARS);
        cut(&mut about.address, MAX_TEXT_CHARS);
        cut(&mut about.note, MAX_TEXT_CHARS);
        about.rooms.truncate(MAX_ROOMS);
        about
            .rooms
            .iter_mut()
            .for_each(|room| cut(room, MAX_ROOM_CHARS));
        about.contacts.truncate(MAX_CONTACTS);
        for contact in &mut about.contacts {
            cut(&mut contact.role, MAX_NAME_CHARS);
            cut(&mut contact.name, MAX_NAME_CHARS);
            cut(&mut contact.phone, MAX_PHONE_CHARS);
        }
        (!about.name.trim().is_empty()).then_some(about)
    }

    /// What is the same for one facility that is written down twice.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}|{}", fold(&self.name), fold(&self.municipality))
    }
}

/// A facility as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facility {
    /// What is known: the latest last, and what else was written apart before it. Never empty.
    pub known: Vec<(About, Act)>,
}

impl Facility {
    /// What counts: the latest.
    #[must_use]
    pub fn about(&self) -> &About {
        #[expect(clippy::indexing_slicing, reason = "known is never empty")]
        &self.known[self.known.len() - 1].0
    }

    /// Reads it from the document; `None` if it is no facility.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Facility) {
            return None;
        }
        let mut known: Vec<(About, Act)> = Vec::new();
        for statement in document.statements(ABOUT) {
            let Some(about) = About::decode(&statement.answer.value) else {
                continue;
            };
            // Twice the same, written apart, is no disagreement.
            known.retain(|(other, _)| *other != about);
            known.push((about, statement.act));
        }
        known.drain(..known.len().saturating_sub(MAX_STATEMENTS));
        (!known.is_empty()).then_some(Self { known })
    }
}

fn typed(about: &About) -> Answer {
    Answer {
        value: about.encode(),
        provenance: Provenance::Typed,
    }
}

/// Writes a facility down, in the scope of its municipality.
///
/// # Errors
/// When the document refuses.
pub fn begin(
    author: &Author,
    at: Hlc,
    scope: &str,
    about: &About,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Facility, author, at, |w| {
        w.put_text("scope", scope)?;
        w.answer(ABOUT, &typed(about))
    })
}

/// What is known of it is otherwise from now on.
///
/// # Errors
/// When the document refuses.
pub fn keep(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    about: &About,
) -> Result<Written, DocumentError> {
    document.write(author, at, "kept", &[], |w| w.answer(ABOUT, &typed(about)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn about(name: &str) -> About {
        About {
            name: name.into(),
            sort: Sort::Residence,
            place: "Alferce".into(),
            municipality: "Monchique".into(),
            rooms: vec!["1".into(), "2A".into()],
            contacts: vec![Contact {
                role: "Direção".into(),
                name: "Ilda Encarnação".into(),
                phone: "282 000 000".into(),
            }],
            ..About::default()
        }
    }

    #[test]
    fn what_two_wrote_apart_stands_until_somebody_writes_it_again() {
        let hub = Author::invented("central", "Teresa");
        let van = Author::invented("m07", "Ana");
        let (mut at_hub, _) = begin(
            &hub,
            Hlc::new(1_000, 0),
            "monchique",
            &about("Lar da Serra"),
        )
        .unwrap();
        let changes = at_hub.changes().unwrap();
        let mut at_van = Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap();
        keep(
            &mut at_hub,
            &hub,
            Hlc::new(2_000, 0),
            &about("Lar da Serra, 1"),
        )
        .unwrap();
        let other = keep(
            &mut at_van,
            &van,
            Hlc::new(3_000, 0),
            &about("Lar da Serra, 2"),
        );
        at_hub.apply([other.unwrap().bytes.as_slice()]).unwrap();
        let both = Facility::of(&at_hub).unwrap();
        assert_eq!(both.known.len(), 2);
        assert_eq!(both.about().name, "Lar da Serra, 2");
        keep(
            &mut at_hub,
            &hub,
            Hlc::new(4_000, 0),
            &about("Lar da Serra"),
        )
        .unwrap();
        assert_eq!(Facility::of(&at_hub).unwrap().known.len(), 1);
    }

    #[test]
    fn a_word_of_a_later_version_is_a_home_and_too_much_is_cut() {
        let later = r#"{"name":"Casa","sort":"hospice","rooms":["012345678901234567890123"]}"#;
        let read = About::decode(later).unwrap();
        assert_eq!(
            (read.sort, read.rooms[0].len()),
            (Sort::Home, MAX_ROOM_CHARS)
        );
        assert_eq!(About::decode(r#"{"name":" "}"#), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_no_facility_is_one(text in ".{0,200}") {
            if let Some(read) = About::decode(&text) {
                prop_assert!(!read.name.trim().is_empty());
            }
        }

        #[test]
        fn what_is_written_is_read_again(name in "[a-zà-ÿ]{1,20}", rooms in prop::collection::vec("[0-9A-Z]{1,6}", 0..20)) {
            let all = About { name, rooms, ..about("x") };
            prop_assert_eq!(About::decode(&all.encode()), Some(all));
        }
    }
}
