//! Records as a spot makes them, with invented people's answers: each a request of
//! housing aid in five changes, or the attendance that it belongs to in three.

use anyhow::Context;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;
use vereda_sync::number;
use vereda_sync::record::document::{Author, Document, DocumentError, Written, actor};
use vereda_sync::record::{attendance, request};

use vereda_tests::invented::{Person, Seeded};

pub(crate) const NODE: &str = "movel-07";
/// The form's steps, three changes with the number in the last one.
const STEPS: [(&str, &[&str]); 3] = [
    (
        "property",
        &[
            "phone",
            "email",
            "tenure",
            "article",
            "address",
            "postal-code",
            "position",
        ],
    ),
    (
        "damage",
        &[
            "event-date",
            "damage",
            "habitable",
            "insured",
            "policy",
            "claim",
            "share-insurer",
        ],
    ),
    ("consents", &["quote", "iban", "truth", "visit"]),
];
const IDENTITY: &[&str] = &[
    "nic",
    "full-name",
    "birth-date",
    "nif",
    "niss",
    "sns",
    "nationality",
];
/// The first record's time, milliseconds since 1970: 2024 begins, so that the last is no future.
const BEGIN_MS: u64 = 1_704_067_200_000;
/// Between two citizens.
pub(crate) const EVERY_MS: u64 = 600_000;

/// A record with its changes, in order.
pub(crate) struct Made {
    pub(crate) record: RecordId,
    pub(crate) document: Document,
    pub(crate) changes: Vec<Written>,
}

impl Made {
    fn begun((document, first): (Document, Written)) -> Self {
        Self {
            record: RecordId::from(first.change),
            document,
            changes: vec![first],
        }
    }

    fn then(
        mut self,
        write: impl FnOnce(&mut Document) -> Result<Written, DocumentError>,
    ) -> anyhow::Result<Self> {
        let written = write(&mut self.document)?;
        self.changes.push(written);
        Ok(self)
    }

    /// As the journal takes them.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.changes.iter().map(|written| Entry {
            record: self.record,
            change: written.change,
            bytes: written.bytes.clone(),
        })
    }
}

pub(crate) fn author() -> Author {
    Author {
        actor: actor(NODE, &[7; 16]),
        node: NODE.into(),
        spot: "Espaço Móvel 07".into(),
        stop: Some("Alferce".into()),
        person: "Ana Martins".into(),
        clock_sure: true,
    }
}

/// When the citizen of that count comes.
fn at(count: u64, seconds: u64) -> Hlc {
    Hlc::new(BEGIN_MS + count * EVERY_MS + seconds * 1000, 0)
}

pub(crate) fn unique(seed: &mut Seeded) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&seed.draw().to_be_bytes());
    bytes[8..].copy_from_slice(&seed.draw().to_be_bytes());
    bytes
}

/// The number of the request of that count.
pub(crate) fn number_of(count: u64) -> String {
    number::number("M07", &[9; 32], count)
}

/// The attendance: opened, identified, closed.
pub(crate) fn attendance(person: &Person, count: u64) -> anyhow::Result<Made> {
    let author = author();
    Made::begun(attendance::begin(&author, at(count, 0))?)
        .then(|d| attendance::identify(d, &author, at(count, 1), &person.typed(IDENTITY)))?
        .then(|d| attendance::close(d, &author, at(count, 9)))
}

/// The request: begun, three steps, recorded.
pub(crate) fn request(person: &Person, count: u64, attendance: RecordId) -> anyhow::Result<Made> {
    let author = author();
    let service = ("apoio-habitacao", 3);
    let identity = person.typed(IDENTITY);
    let begun = request::begin(&author, at(count, 2), service, attendance, &identity)?;
    let mut made = Made::begun(begun);
    for (second, (step, fields)) in (3..).zip(STEPS) {
        let answers = person.typed(fields);
        made = made
            .then(|d| request::finish_step(d, &author, at(count, second), step, &answers, &[]))?;
    }
    made.then(|d| request::record(d, &author, at(count, 8), &number_of(count), 0))
}

/// So many requests of a seed.
pub(crate) fn requests(seed: u64, many: u64) -> anyhow::Result<Vec<Made>> {
    let mut seed = Seeded::new(seed);
    (0..many)
        .map(|count| {
            let person = Person::draw(&mut seed);
            let attendance = unique(&mut seed);
            let mut whole = [0; 32];
            whole[..16].copy_from_slice(&attendance);
            request(&person, count, RecordId(whole)).context("a request")
        })
        .collect()
}
