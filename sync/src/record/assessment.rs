//! An assessment: a spot holds its own service against the standards of the catalogue, says what is not
//! met and what will be done, and by which day; later, that it was done.
//!
//! ```text
//! edition, standards      by the first change: the edition, and the standards as they stood, JSON
//! acts: opened · recorded {from, to, found} · dropped · done {standard, word}
//! ```
//! `found` is JSON: by standard what was seen, or the figure of the days `from` to `to`, as it was then.
//! What is being answered is a draft and stands nowhere here. An assessment is its spot's own: what another
//! node writes into it counts for nothing. Recorded twice, at two desks, the first stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Choice, Field, Kind, Rules, Standard, When, Words};
use crate::day::{Date, Day};
use crate::hlc::Hlc;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::{self};

/// Most characters of a note, of what will be done, and of the word that it was.
pub const MAX_WORD_CHARS: u16 = 500;

/// The last day by which something may be promised, from today.
const FURTHEST: Day = Day::Years(2);

/// How a standard stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is met.
    Met,
    /// In part.
    Partly,
    /// It is not.
    Missed,
    /// It does not apply at this spot; of a figure, nothing was counted.
    Aside,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Met, Self::Partly, Self::Missed, Self::Aside];

    /// The word in records and forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partly => "partly",
            Self::Missed => "missed",
            Self::Aside => "aside",
        }
    }

    /// The inverse of [`Verdict::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }

    /// In Portuguese.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Met => "Cumpre-se",
            Self::Partly => "Em parte",
            Self::Missed => "Não se cumpre",
            Self::Aside => "Não se aplica",
        }
    }

    /// Something is owed.
    #[must_use]
    pub fn falls_short(self) -> bool {
        matches!(self, Self::Partly | Self::Missed)
    }
}

/// A figure of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// In the measure's unit; `None`: nothing was counted.
    pub value: Option<u32>,
    /// Of how many it was counted.
    pub of: u64,
}

/// What was found of one standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id.
    pub standard: String,
    /// How it stands.
    pub verdict: Verdict,
    /// Of a measured one: the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<Figure>,
    /// A note, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What will be done, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub todo: String,
    /// By which day, `yyyy-mm-dd`; empty when nothing will be done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// An assessment that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The first and the last day of the figures.
    pub from: Date,
    /// As `from`.
    pub to: Date,
    /// What was found, in the order of the standards.
    pub found: Vec<Finding>,
    /// Who, where and when.
    pub act: Act,
}

/// An assessment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The node that assesses itself.
    pub node: String,
    /// The edition of the catalogue.
    pub edition: u64,
    /// The standards as they stood when it was begun.
    pub standards: Vec<Standard>,
    /// Who began it.
    pub opened: Act,
    /// What was recorded; `None`: it is being answered.
    pub recorded: Option<Recorded>,
    /// It was begun and is not gone on with.
    pub dropped: bool,
    /// By standard, that what was to be done is: the first who said so, with a word.
    pub done: BTreeMap<String, (String, Act)>,
}

/// Begins one, on these standards.
///
/// # Errors
/// When the document refuses.
pub fn begin(
    author: &Author,
    at: Hlc,
    edition: u32,
    standards: &[Standard],
) -> Result<(Document, Written), DocumentError> {
    // Texts and numbers: nothing in them can fail to be written.
    let standards = serde_json::to_string(standards).unwrap_or_default();
    Document::create(record::Kind::Assessment, author, at, |w| {
        w.put_number("edition", edition.into())?;
        w.put_text("standards", &standards)
    })
}

/// It is recorded: what was found, and the figures of these days.
///
/// # Errors
/// When the document refuses.
pub fn record(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (from, to): (Date, Date),
    found: &[Finding],
) -> Result<Written, DocumentError> {
    let found = serde_json::to_string(found).unwrap_or_default();
    let (from, to) = (from.to_string(), to.to_string());
    let said = [
        ("from", from.as_str()),
        ("to", to.as_str()),
        ("found", found.as_str()),
    ];
    document.write(author, at, "recorded", &said, |_| Ok(()))
}

/// It was begun and is not gone on with.
///
/// # Errors
/// When the document refuses.
pub fn drop(document: &mut Document, author: &Author, at: Hlc) -> Result<Written, DocumentError> {
    document.write(author, at, "dropped", &[], |_| Ok(()))
}

/// What was to be done for a standard is done.
///
/// # Errors
/// When the document refuses.
pub fn done(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    standard: &str,
    word: &str,
) -> Result<Written, DocumentError> {
    let said = [("standard", standard), ("word", word)];
    document.write(author, at, "done", &said, |_| Ok(()))
}

impl Assessment {
    /// Reads it from the document; `None` if it is no assessment.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(record::Kind::Assessment) {
            return None;
        }
        let node = document.node()?.to_owned();
        let mut standards: Vec<Standard> =
            serde_json::from_str(document.text("standards")?).ok()?;
        standards.truncate(Standard::MOST);
        let own = || document.acts().filter(|act| node_of(act) == node);
        let recorded = own().filter(|act| act.kind == "recorded");
        let recorded = recorded.filter_map(|act| read(act, &standards)).next();
        let mut all_done = BTreeMap::new();
        for act in own().filter(|act| act.kind == "done") {
            let (standard, word) = (said(act, "standard"), said(act, "word"));
            let is_one = standards.iter().any(|s| s.id == standard);
            if is_one && !all_done.contains_key(standard) {
                all_done.insert(standard.to_owned(), (word.to_owned(), act.clone()));
            }
        }
        Some(Self {
            opened: own().next()?.clone(),
            edition: document.number("edition")?,
            dropped: recorded.is_none() && own().any(|act| act.kind == "dropped"),
            done: all_done,
            node,
            standards,
            recorded,
        })
    }

    /// What was found of a standard, once it is recorded.
    #[must_use]
    pub fn found(&self, standard: &str) -> Option<&Finding> {
        let found = &self.recorded.as_ref()?.found;
        found.iter().find(|f| f.standard == standard)
    }

    /// What is to be done and nobody has said is.
    pub fn owed(&self) -> impl Iterator<Item = &Finding> {
        let found = self.recorded.iter().flat_map(|r| &r.found);
        found.filter(|f| !f.by.is_empty() && !self.done.contains_key(&f.standard))
    }
}

/// What an act found; nothing of standards that were not asked, and of each at most once.
fn read(act: &Act, standards: &[Standard]) -> Option<Recorded> {
    let mut all: Vec<Finding> = serde_json::from_str(said(act, "found")).ok()?;
    for one in &mut all {
        // A day that is none is waited for by nobody.
        if Date::parse(&one.by).is_none() {
            one.by.clear();
        }
    }
    let found = standards.iter().filter_map(|standard| {
        let found = all.iter().find(|f| f.standard == standard.id);
        found.cloned()
    });
    Some(Recorded {
        from: Date::parse(said(act, "from"))?,
        to: Date::parse(said(act, "to"))?,
        found: found.collect(),
        act: act.clone(),
    })
}

/// The fields of a standard's form, by what they ask.
#[must_use]
pub fn verdict_field(standard: &str) -> String {
    standard.to_owned()
}

/// The field of its note.
#[must_use]
pub fn note_field(standard: &str) -> String {
    format!("{standard}.note")
}

/// The field of what will be done.
#[must_use]
pub fn todo_field(standard: &str) -> String {
    format!("{standard}.todo")
}

/// The field of the day by which it will be.
#[must_use]
pub fn by_field(standard: &str) -> String {
    format!("{standard}.by")
}

/// What is asked of a standard, as fields of a form. What is measured needs no verdict: `falls_short` says
/// whether something is to be done.
#[must_use]
pub fn fields(standard: &Standard, falls_short: bool) -> Vec<Field> {
    let pt = |text: &str| Words::from([("pt", text)]);
    let id = &standard.id;
    let line = |id: String, label: &str| Field {
        required: false,
        rules: Rules {
            max_chars: Some(MAX_WORD_CHARS),
            ..Rules::default()
        },
        ..Field::new(id, pt(label), Kind::LongText)
    };
    let note = line(note_field(id), "Nota");
    let todo = line(todo_field(id), "O que se vai fazer");
    let by = Field {
        required: false,
        rules: Rules {
            earliest: Some(Day::Days(0)),
            latest: Some(FURTHEST),
            ..Rules::default()
        },
        ..Field::new(by_field(id), pt("Até que dia"), Kind::Date)
    };
    if standard.measured().is_some() {
        let owed = falls_short.then_some([todo, by]);
        return [note]
            .into_iter()
            .chain(owed.into_iter().flatten())
            .collect();
    }
    let short = Verdict::ALL.into_iter().filter(|v| v.falls_short());
    let when = When {
        field: verdict_field(id),
        is: short.map(|v| v.code().to_owned()).collect(),
        ..When::default()
    };
    let options = Verdict::ALL.map(|verdict| Choice {
        id: verdict.code().to_owned(),
        label: pt(verdict.said()),
    });
    let verdict = Field {
        hint: pt(&standard.help),
        options: options.into(),
        ..Field::new(verdict_field(id), pt(&standard.text), Kind::Choice)
    };
    let revealed = |field: Field| Field {
        when: Some(when.clone()),
        ..field
    };
    vec![verdict, note, revealed(todo), revealed(by)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Measure;

    fn author(node: &str, person: &str) -> Author {
        Author::invented(node, person)
    }

    fn standard(id: &str, measured: Option<(Measure, u32)>) -> Standard {
        Standard {
            id: id.into(),
            text: format!("{id} cumpre-se."),
            help: String::new(),
            measure: measured.map(|(measure, _)| measure),
            target: measured.map(|(_, target)| target),
        }
    }

    fn finding(id: &str, verdict: Verdict, by: &str) -> Finding {
        Finding {
            standard: id.into(),
            verdict,
            figure: None,
            note: String::new(),
            todo: if by.is_empty() { "" } else { "Afixar." }.into(),
            by: by.into(),
        }
    }

    fn days() -> (Date, Date) {
        let day = |text| Date::parse(text).unwrap();
        (day("2026-10-24"), day("2026-11-22"))
    }

    fn begun() -> Document {
        let wait = standard("espera", Some((Measure::WaitMedian, 15)));
        let all = [standard("precos", None), standard("livro", None), wait];
        let begun = begin(&author("m07", "Ana"), Hlc::new(1_000, 0), 3, &all);
        begun.unwrap().0
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    #[test]
    fn it_says_what_was_found_what_is_owed_and_what_was_done() {
        let mut d = begun();
        let ana = author("m07", "Ana");
        let before = Assessment::of(&d).unwrap();
        assert_eq!((before.edition, before.standards.len()), (3, 3));
        assert!(before.recorded.is_none() && before.owed().next().is_none());
        let measured = Finding {
            figure: Some(Figure {
                value: Some(22),
                of: 9,
            }),
            ..finding("espera", Verdict::Missed, "2026-12-20")
        };
        let found = [
            finding("precos", Verdict::Partly, "2026-12-01"),
            finding("livro", Verdict::Met, ""),
            measured.clone(),
        ];
        record(&mut d, &ana, Hlc::new(2_000, 0), days(), &found).unwrap();
        done(
            &mut d,
            &author("m07", "Rui"),
            Hlc::new(3_000, 0),
            "precos",
            "Afixada.",
        )
        .unwrap();
        done(&mut d, &ana, Hlc::new(4_000, 0), "precos", "Outra vez.").unwrap();
        let after = Assessment::of(&copy(&mut d)).unwrap();
        let recorded = after.recorded.as_ref().unwrap();
        assert_eq!((recorded.from, recorded.to), days());
        assert_eq!(recorded.found, found);
        assert_eq!(after.found("espera"), Some(&measured));
        assert_eq!(recorded.act.by, "Ana");
        let (word, act) = &after.done["precos"];
        assert_eq!((word.as_str(), act.by.as_str()), ("Afixada.", "Rui"));
        let owed: Vec<_> = after.owed().map(|f| f.standard.as_str()).collect();
        assert_eq!(owed, ["espera"]);
    }

    #[test]
    fn two_desks_that_record_apart_leave_the_first() {
        let mut here = begun();
        let mut there = copy(&mut here);
        let met = [finding("precos", Verdict::Met, "")];
        let missed = [finding("precos", Verdict::Missed, "")];
        record(
            &mut here,
            &author("m07", "Ana"),
            Hlc::new(3_000, 0),
            days(),
            &missed,
        )
        .unwrap();
        let other = Author {
            actor: record::document::actor("m07", &[2; 16]),
            ..author("m07", "Rui")
        };
        let first = record(&mut there, &other, Hlc::new(2_000, 0), days(), &met).unwrap();
        here.apply([first.bytes.as_slice()]).unwrap();
        let assessment = Assessment::of(&here).unwrap();
        assert_eq!(assessment.recorded.unwrap().found, met);
    }

    #[test]
    fn what_another_node_writes_into_it_counts_for_nothing() {
        let mut d = begun();
        let found = [finding("precos", Verdict::Missed, "2026-12-01")];
        let other = author("s02", "Eva");
        record(&mut d, &other, Hlc::new(2_000, 0), days(), &[]).unwrap();
        assert!(Assessment::of(&d).unwrap().recorded.is_none());
        record(
            &mut d,
            &author("m07", "Ana"),
            Hlc::new(3_000, 0),
            days(),
            &found,
        )
        .unwrap();
        done(&mut d, &other, Hlc::new(4_000, 0), "precos", "Está.").unwrap();
        assert_eq!(Assessment::of(&d).unwrap().owed().count(), 1);
    }

    #[test]
    fn what_cannot_be_is_not_read() {
        let mut d = begun();
        let ana = author("m07", "Ana");
        let unreadable = [
            "",
            "{",
            "[{\"standard\":\"precos\",\"verdict\":\"splendid\"}]",
        ];
        for (found, ms) in unreadable.into_iter().zip(2_000..) {
            let said = [
                ("from", "2026-10-24"),
                ("to", "2026-11-22"),
                ("found", found),
            ];
            d.write(&ana, Hlc::new(ms, 0), "recorded", &said, |_| Ok(()))
                .unwrap();
        }
        assert!(Assessment::of(&d).unwrap().recorded.is_none());
        let found = [
            finding("precos", Verdict::Missed, "um dia"),
            finding("precos", Verdict::Met, ""),
            finding("nenhum", Verdict::Missed, "2026-12-01"),
        ];
        record(&mut d, &ana, Hlc::new(3_000, 0), days(), &found).unwrap();
        done(&mut d, &ana, Hlc::new(4_000, 0), "nenhum", "Está.").unwrap();
        let read = Assessment::of(&d).unwrap();
        let found = &read.recorded.as_ref().unwrap().found;
        assert_eq!(found.len(), 1, "each standard once, and no other");
        assert_eq!(
            (found[0].verdict, found[0].by.as_str()),
            (Verdict::Missed, "")
        );
        assert!(read.owed().next().is_none() && read.done.is_empty());
    }

    #[test]
    fn what_will_be_done_is_asked_for_what_falls_short() {
        let asked = |fields: Vec<Field>| -> Vec<String> {
            fields.into_iter().map(|field| field.id).collect()
        };
        let looked = fields(&standard("livro", None), false);
        let when = looked[2].when.clone().unwrap();
        let holds = |said: &str| {
            when.holds(
                &BTreeMap::from([("livro".to_owned(), said.to_owned())]),
                "2026-11-22",
            )
        };
        let holds = Verdict::ALL.map(|v| holds(v.code()));
        assert_eq!(holds, [false, true, true, false]);
        assert_eq!(
            asked(looked),
            ["livro", "livro.note", "livro.todo", "livro.by"]
        );
        let wait = standard("espera", Some((Measure::WaitMedian, 15)));
        assert_eq!(asked(fields(&wait, false)), ["espera.note"]);
        assert_eq!(
            asked(fields(&wait, true)),
            ["espera.note", "espera.todo", "espera.by"]
        );
    }
}
