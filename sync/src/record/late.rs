//! Late entry: what was filled in on paper while the machine did not work, and typed afterwards under the number that
//! was printed on it ([`pack`](super::pack)). Attendance and request say so by their first change, so that it stays
//! with them wherever they go.

use serde::{Deserialize, Serialize};

use crate::day::Date;
use crate::number;
use crate::record::document::Document;
use crate::record::tour::Hour;

/// Longest name of a place, and of whoever filled it in, in characters.
pub const MAX_NAME_CHARS: usize = 80;
/// Under this field a photograph of the form lies until its request is recorded.
pub const PHOTO_FIELD: &str = "_paper";
/// Largest of it that is decoded, in bytes.
const MAX_BYTES: usize = 2 << 10;
/// Under this it stands at the root of a record.
pub(super) const ROOT: &str = "paper";

/// What the paper says of when, where and by whom it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The number on it, canonical.
    pub number: String,
    /// The service of that form.
    pub service: String,
    /// The day, by the calendar of the place.
    pub day: Date,
    /// The hour, by its clock.
    pub hour: Hour,
    /// The same, in milliseconds since 1970.
    pub at_ms: i64,
    /// Where.
    pub place: String,
    /// Who filled it in.
    pub person: String,
}

/// As records hold it.
#[derive(Serialize, Deserialize)]
struct AsWritten {
    number: String,
    service: String,
    day: String,
    hour: Hour,
    at: i64,
    place: String,
    person: String,
}

impl Late {
    pub(super) fn encode(&self) -> String {
        let written = AsWritten {
            number: self.number.clone(),
            service: self.service.clone(),
            day: self.day.to_string(),
            hour: self.hour,
            at: self.at_ms,
            place: self.place.clone(),
            person: self.person.clone(),
        };
        // Texts and numbers: nothing in them can fail to be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let written: AsWritten = serde_json::from_str(text).ok()?;
        let short = |text: String| text.chars().take(MAX_NAME_CHARS).collect::<String>();
        Some(Self {
            number: number::canonical(&written.number).filter(|n| *n == written.number)?,
            service: short(written.service),
            day: Date::parse(&written.day)?,
            hour: written.hour,
            at_ms: written.at,
            place: short(written.place),
            person: short(written.person),
        })
    }

    /// What an attendance or a request says of it; `None`: it was made at the machine.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        Self::decode(document.text(ROOT)?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::hlc::Hlc;
    use crate::id::RecordId;
    use crate::record::document::Author;
    use crate::record::{attendance, request};

    fn late() -> Late {
        Late {
            number: number::number("M07", &[1; 32], 9),
            service: "cesd".into(),
            day: Date::parse("2026-11-20").unwrap(),
            hour: Hour::parse("10:15").unwrap(),
            at_ms: 1_795_000_000_000,
            place: "Alferce".into(),
            person: "Rui \"Nito\" Pires".into(),
        }
    }

    #[test]
    fn attendance_and_request_say_that_they_were_on_paper() {
        let (a, at) = (Author::invented("m07", "Ana Martins"), Hlc::new(1, 0));
        let (d, _) = attendance::begin_late(&a, at, &late()).unwrap();
        assert_eq!(Late::of(&d), Some(late()));
        let of = RecordId([1; 32]);
        let said = late();
        let begin = |late| {
            let beside = request::Beside {
                late,
                ..request::Beside::default()
            };
            request::begin_with(&a, at, ("cesd", 1), of, (&BTreeMap::new(), &beside))
        };
        assert_eq!(Late::of(&begin(Some(&said)).unwrap().0), Some(late()));
        assert_eq!(Late::of(&begin(None).unwrap().0), None);
    }

    proptest! {
        #[test]
        fn what_another_node_wrote_never_panics(text in "\\PC{0,200}", at in proptest::num::i64::ANY) {
            prop_assert_eq!(Late::decode(&text), None);
            let odd = Late { at_ms: at, place: text.clone(), person: text, ..late() };
            let read = Late::decode(&odd.encode()).unwrap();
            prop_assert!(read.place.chars().count() <= MAX_NAME_CHARS);
        }
    }
}
