//! An occurrence: something happened at a place, as a fire or a flood, and other rules hold there for a while.
//!
//! ```text
//! of                  by the first change, of the hub's answer to a crew: the occurrence that the crew declared
//! answers: declared   what holds, where and how long, JSON
//! acts: opened · changed {reason} · ended
//! ```
//! Whoever declared it ends it, and nobody else's words in it count. The hub's own are in [`SCOPE`], which no spot
//! holds, and are given to the spots of their place to be read: so what a spot writes there is refused at the hub.
//! A crew that cannot reach the hub declares one in its own scope, where it is in force for this spot alone until the hub
//! answers, by an occurrence of its own that is [`Occurrence::of`] the crew's: from then on the hub's word counts. What
//! was recorded meanwhile stays as it was, and says under which occurrence ([`Under`]); so does what was recorded before its
//! period, its places or its rules were changed, which whoever declared it does as whoever ends it.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Provenance};
use crate::day::Date;
use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Writing, Written};
use crate::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS};
use crate::text::fold;

/// The scope of the hub's occurrences. No spot holds it.
pub const SCOPE: &str = "!occurrences";
/// Most municipalities of one.
pub const MAX_PLACES: usize = 40;
/// Most services that one names.
pub const MAX_SERVICES: usize = 60;
/// Most languages of one.
pub const MAX_LANGUAGES: usize = 12;
/// Most scopes to whose spots the hub gives one.
pub const MAX_SCOPES: usize = 400;
/// Largest statement that is decoded, in bytes.
const MAX_DECLARED_BYTES: usize = 32 << 10;
/// Longest id of a service, a language or a scope, in characters.
const MAX_ID_CHARS: usize = 80;
/// The field.
const DECLARED: &str = "declared";

/// Which fees are waived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waives {
    /// None.
    #[default]
    Nothing,
    /// Those of every service.
    All,
    /// Those of these services, by id.
    Only(Vec<String>),
}

impl Waives {
    /// Whether the fee of that service is waived.
    #[must_use]
    pub fn covers(&self, service: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Only(services) => services.iter().any(|s| s == service),
        }
    }
}

/// What was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What people call it; never empty. It is the reason that citizens read for what is waived.
    pub name: String,
    /// Its municipalities, or empty: wherever the spots that it is for work.
    pub municipalities: Vec<String>,
    /// To the spots of which scopes the hub gives it.
    pub scopes: Vec<String>,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub until: Date,
    /// Why it is declared.
    pub reason: String,
    /// Which fees are waived.
    pub waives: Waives,
    /// Papers that burnt need not be seen: they are owed because of it.
    pub relaxes: bool,
    /// Services that come first, by id.
    pub first: Vec<String>,
    /// Languages of the place, by code.
    pub languages: Vec<String>,
}

/// As records hold it.
#[derive(Serialize, Deserialize)]
struct AsWritten {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    municipalities: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
    from: String,
    until: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    waives: Waives,
    #[serde(default)]
    relaxes: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    first: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    languages: Vec<String>,
}

impl Declared {
    /// As records and tables hold it.
    #[must_use]
    pub fn encode(&self) -> String {
        let written = AsWritten {
            name: self.name.clone(),
            municipalities: self.municipalities.clone(),
            scopes: self.scopes.clone(),
            from: self.from.to_string(),
            until: self.until.to_string(),
            reason: self.reason.clone(),
            waives: self.waives.clone(),
            relaxes: self.relaxes,
            first: self.first.clone(),
            languages: self.languages.clone(),
        };
        // Texts alone: nothing in them can fail to be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// The inverse of [`Declared::encode`], bounded; `None` for what is none.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_DECLARED_BYTES {
            return None;
        }
        let written: AsWritten = serde_json::from_str(text).ok()?;
        let short = |text: String, most: usize| text.chars().take(most).collect::<String>();
        let list = |list: Vec<String>, most: usize, chars: usize| -> Vec<String> {
            list.into_iter()
                .take(most)
                .map(|t| short(t, chars))
                .collect()
        };
        let name = short(written.name, MAX_NAME_CHARS);
        let (from, until) = (Date::parse(&written.from)?, Date::parse(&written.until)?);
        (!name.trim().is_empty() && from <= until).then_some(())?;
        Some(Self {
            name,
            municipalities: list(written.municipalities, MAX_PLACES, MAX_NAME_CHARS),
            scopes: list(written.scopes, MAX_SCOPES, MAX_ID_CHARS),
            from,
            until,
            reason: short(written.reason, MAX_REASON_CHARS),
            waives: match written.waives {
                Waives::Only(all) => Waives::Only(list(all, MAX_SERVICES, MAX_ID_CHARS)),
                other => other,
            },
            relaxes: written.relaxes,
            first: list(written.first, MAX_SERVICES, MAX_ID_CHARS),
            languages: list(written.languages, MAX_LANGUAGES, MAX_ID_CHARS),
        })
    }

    /// Whether its time includes that day.
    #[must_use]
    pub fn is_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }

    /// Whether it holds where a spot is today: `there` are the municipalities in which it stops. Where no place is
    /// known, of either, it holds.
    #[must_use]
    pub fn is_at<'a>(&self, there: impl IntoIterator<Item = &'a str>) -> bool {
        let mut there = there.into_iter().filter(|m| !m.is_empty()).peekable();
        if self.municipalities.is_empty() || there.peek().is_none() {
            return true;
        }
        let own: Vec<String> = self.municipalities.iter().map(|m| fold(m)).collect();
        there.any(|m| own.contains(&fold(m)))
    }
}

/// An occurrence as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// What was declared.
    pub declared: Declared,
    /// Of the hub's answer: what the crew declared.
    pub of: Option<RecordId>,
    /// The node that declared it.
    pub node: String,
    /// Who declared it.
    pub by: Act,
    /// Who changed it last since, if somebody did.
    pub changed: Option<Act>,
    /// Who ended it before its time, if somebody did.
    pub ended: Option<Act>,
}

impl Occurrence {
    /// Reads it from the document; `None` if it is none.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Occurrence) {
            return None;
        }
        let node = document.node()?.to_owned();
        let own = |act: &Act| node_of(act) == node;
        let stated = document.statements(DECLARED).into_iter();
        let declared = stated
            .filter(|s| own(&s.act))
            .filter_map(|s| Declared::decode(&s.answer.value))
            .next_back()?;
        let of = match document.text("of") {
            None => None,
            Some(of) => Some(RecordId::from_hex(of)?),
        };
        let by = document.acts().find(|act| own(act))?.clone();
        let mut acts = document.acts().filter(|act| own(act));
        let ended = acts.find(|act| act.kind == "ended").cloned();
        let mut acts = document.acts().rev().filter(|act| own(act));
        let changed = acts.find(|act| act.kind == "changed").cloned();
        Some(Self {
            declared,
            of,
            node,
            by,
            changed,
            ended,
        })
    }

    /// Why it was changed last.
    #[must_use]
    pub fn why_changed(&self) -> Option<&str> {
        self.changed.as_ref().map(|act| said(act, "reason"))
    }

    /// Why it was ended.
    #[must_use]
    pub fn why_ended(&self) -> Option<&str> {
        self.ended.as_ref().map(|act| said(act, "reason"))
    }
}

/// Declares one. `of`: at the hub, what a crew declared and is answered so.
///
/// # Errors
/// When the document refuses.
pub fn declare(
    author: &Author,
    at: Hlc,
    declared: &Declared,
    of: Option<RecordId>,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Occurrence, author, at, |w| {
        if let Some(of) = of {
            w.put_text("of", &of.to_string())?;
        }
        let answer = Answer {
            value: declared.encode(),
            provenance: Provenance::Typed,
        };
        w.answer(DECLARED, &answer)
    })
}

/// Changes its period, its places or its rules. What was done under the former ones stays as it was.
///
/// # Errors
/// When the document refuses.
pub fn change(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    declared: &Declared,
    reason: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "changed", &[("reason", reason)], |w| {
        let answer = Answer {
            value: declared.encode(),
            provenance: Provenance::Typed,
        };
        w.answer(DECLARED, &answer)
    })
}

/// Ends it before its time.
///
/// # Errors
/// When the document refuses.
pub fn end(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    reason: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "ended", &[("reason", reason)], |_| Ok(()))
}

/// Under which occurrence a request was recorded: said in the request, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Under {
    /// The occurrence; of what a crew declared that one, whatever the hub answered.
    pub occurrence: RecordId,
    /// What it was called.
    pub name: String,
    /// What was not asked for because of it, in cents; 0 where nothing was due.
    pub waived_cents: u32,
    /// The hub had said so when it was recorded.
    pub is_confirmed: bool,
}

impl Under {
    /// What the request says.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        let waived = document.number("occurrence-waived").unwrap_or(0);
        let name = document.text("occurrence-name").unwrap_or_default();
        Some(Self {
            occurrence: RecordId::from_hex(document.text("occurrence")?)?,
            name: name.chars().take(MAX_NAME_CHARS).collect(),
            waived_cents: u32::try_from(waived).unwrap_or(u32::MAX),
            is_confirmed: document.text("occurrence-by") == Some("hub"),
        })
    }

    pub(super) fn put(&self, w: &mut Writing<'_>) -> Result<(), DocumentError> {
        w.put_text("occurrence", &self.occurrence.to_string())?;
        w.put_text("occurrence-name", &self.name)?;
        let by = if self.is_confirmed { "hub" } else { "crew" };
        w.put_text("occurrence-by", by)?;
        w.put_number("occurrence-waived", u64::from(self.waived_cents))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn fire() -> Declared {
        Declared {
            name: "Incêndio de Monchique".into(),
            municipalities: vec!["Monchique".into(), "Silves".into()],
            scopes: vec!["monchique".into()],
            from: day("2026-11-20"),
            until: day("2026-12-20"),
            reason: "Casas ardidas em Alferce".into(),
            waives: Waives::Only(vec!["cesd".into()]),
            relaxes: true,
            first: vec!["housing-aid".into()],
            languages: vec!["uk".into()],
        }
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    #[test]
    fn what_is_declared_reads_back_and_is_ended_by_whoever_declared_it() {
        let crew = Author::invented("m07", "Ana");
        let (mut d, _) = declare(&crew, Hlc::new(1_000, 0), &fire(), None).unwrap();
        let read = Occurrence::of(&copy(&mut d)).unwrap();
        assert_eq!((&read.declared, read.of), (&fire(), None));
        assert_eq!((read.node.as_str(), read.by.by.as_str()), ("m07", "Ana"));
        // Another node's words count for nothing.
        let stranger = Author::invented("s02", "Rui");
        end(&mut d, &stranger, Hlc::new(2_000, 0), "acabou").unwrap();
        assert_eq!(Occurrence::of(&d).unwrap().ended, None);
        let longer = Declared {
            until: day("2027-01-20"),
            ..fire()
        };
        change(&mut d, &crew, Hlc::new(2_200, 0), &longer, "arde").unwrap();
        let now = Occurrence::of(&d).unwrap();
        assert_eq!(now.why_changed(), Some("arde"));
        assert_eq!(now.declared, longer);
        end(&mut d, &crew, Hlc::new(3_000, 0), "apagado").unwrap();
        assert_eq!(Occurrence::of(&d).unwrap().why_ended(), Some("apagado"));
    }

    #[test]
    fn it_holds_in_its_time_and_at_its_place() {
        let fire = fire();
        for (on, expected) in [
            ("2026-11-19", false),
            ("2026-11-20", true),
            ("2026-12-20", true),
            ("2026-12-21", false),
        ] {
            assert_eq!(fire.is_on(day(on)), expected, "{on}");
        }
        assert!(fire.is_at(["MONCHIQUE"]) && fire.is_at(["Loulé", "silves"]));
        assert!(!fire.is_at(["Loulé"]));
        // A tour without municipalities, or none at all, says nothing against it.
        assert!(fire.is_at([""]) && fire.is_at([]));
        assert!(fire.waives.covers("cesd") && !fire.waives.covers("adse"));
        assert!(Waives::All.covers("adse") && !Waives::Nothing.covers("cesd"));
    }

    #[test]
    fn what_cannot_be_is_none() {
        let mut turned = fire();
        (turned.from, turned.until) = (turned.until, turned.from);
        let mut nameless = fire();
        nameless.name = " ".into();
        for wrong in [turned, nameless] {
            assert_eq!(Declared::decode(&wrong.encode()), None);
        }
        let mut long = fire();
        long.name = "á".repeat(500);
        long.municipalities = vec!["x".into(); 500];
        let read = Declared::decode(&long.encode()).unwrap();
        assert_eq!(read.name.chars().count(), MAX_NAME_CHARS);
        assert_eq!(read.municipalities.len(), MAX_PLACES);
        assert_eq!(Declared::decode(&"x".repeat(1 << 20)), None);
    }

    proptest! {
        #[test]
        fn anything_may_come(text in ".{0,300}") {
            let _ = Declared::decode(&text);
        }

        #[test]
        fn what_is_written_reads_back(
            name in "[a-zç]{1,80}", places in proptest::collection::vec("[a-z]{1,20}", 0..9), days in 0_i64..400,
            services in proptest::option::of(proptest::collection::vec("[a-z-]{1,20}", 0..9)), relaxes: bool,
        ) {
            let from = day("2026-11-20");
            let waives = services.map_or(Waives::All, Waives::Only);
            let all = Declared { name, municipalities: places, from, until: from.days_on(days), waives, relaxes, ..fire() };
            prop_assert_eq!(Declared::decode(&all.encode()), Some(all));
        }
    }
}
