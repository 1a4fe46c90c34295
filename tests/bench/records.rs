//! Records as a spot makes them, with invented people's answers: each a request of
//! housing aid in five changes (a few with a note, or a word corrected, besides), or the
//! attendance that it belongs to in three.

use anyhow::Context;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;
use vereda_sync::number;
use vereda_sync::record::document::{Author, Document, DocumentError, Written, actor};
use vereda_sync::record::{attendance, request};

use vereda_tests::invented::{self, Person, Seeded};

pub(crate) const NODE: &str = "movel-07";
pub(crate) const SPOT: &str = "Espaço Móvel 07";
/// The form's steps, three changes with the number in the last one.
const STEPS: [(&str, &[&str]); 3] = [
    (
        "property",
        &[
            "phone",
            "email",
            "tenure",
            "article",
            "lease",
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
/// What is known of who is served.
pub(crate) const IDENTITY: &[&str] = &[
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
    pub(crate) fn begun((document, first): (Document, Written)) -> Self {
        Self {
            record: RecordId::from(first.change),
            document,
            changes: vec![first],
        }
    }

    pub(crate) fn then(
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
        spot: SPOT.into(),
        stop: Some("Alferce".into()),
        person: "Ana Martins".into(),
        clock_sure: true,
        zone: None,
    }
}

/// So many milliseconds after the first citizen came.
pub(crate) fn after(ms: u64) -> Hlc {
    Hlc::new(BEGIN_MS + ms, 0)
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

/// The request of the citizen of that count, at times that follow from it: begun, three steps,
/// recorded.
pub(crate) fn request(person: &Person, count: u64, attendance: RecordId) -> anyhow::Result<Made> {
    let times = [2, 3, 4, 5, 8].map(|second| at(count, second));
    request_at(person, times, &number_of(count), attendance)
}

fn request_at(
    person: &Person,
    [begun, steps @ .., recorded]: [Hlc; 5],
    number: &str,
    attendance: RecordId,
) -> anyhow::Result<Made> {
    let author = author();
    let service = ("apoio-habitacao", 3);
    let identity = person.typed(IDENTITY);
    let mut made = Made::begun(request::begin(
        &author, begun, service, attendance, &identity,
    )?);
    for (at, (step, fields)) in steps.into_iter().zip(STEPS) {
        let answers = person.typed(fields);
        made = made.then(|d| request::finish_step(d, &author, at, step, &answers, &[]))?;
    }
    made.then(|d| request::record(d, &author, recorded, number, 0, None))
}

/// A desk's day after day: requests, and what they say at the least.
pub(crate) struct Workload {
    pub(crate) made: Vec<Made>,
    /// Bytes of entropy: what the generator chose, which nobody could derive.
    pub(crate) entropy: f64,
    /// Of these, the names of the attendances, which are random and of 16 bytes each.
    pub(crate) of_names: f64,
}

impl Workload {
    pub(crate) fn changes(&self) -> usize {
        self.made.iter().map(|m| m.changes.len()).sum()
    }
}

/// So many requests of a seed, one citizen after the other, at times that nobody knows ahead.
pub(crate) fn workload(seed: u64, many: u64) -> anyhow::Result<Workload> {
    let mut seed = Seeded::new(seed);
    let mut ms = BEGIN_MS;
    let mut made = Vec::new();
    for count in 1..=many {
        ms += 60_000 + seed.below(540_000);
        made.push(drawn(&mut seed, &mut ms, count).context("a request")?);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let of_names = many as f64 * 16.0;
    Ok(Workload {
        made,
        entropy: seed.bits() / 8.0,
        of_names,
    })
}

/// So many requests of a seed.
pub(crate) fn requests(seed: u64, many: u64) -> anyhow::Result<Vec<Made>> {
    Ok(workload(seed, many)?.made)
}

fn drawn(seed: &mut Seeded, ms: &mut u64, count: u64) -> anyhow::Result<Made> {
    let author = author();
    let person = Person::draw(seed);
    let mut attendance = [0; 32];
    attendance[..16].copy_from_slice(&unique(seed));
    let mut next = |seed: &mut Seeded| {
        *ms += 20_000 + seed.below(120_000);
        Hlc::new(*ms, 0)
    };
    let times = [(); 5].map(|()| next(seed));
    let mut made = request_at(&person, times, &number_of(count), RecordId(attendance))?;
    if seed.once_in(16) {
        let (at, text) = (next(seed), invented::note(seed));
        made = made.then(|d| request::note(d, &author, at, &text))?;
    }
    if seed.once_in(25) {
        let at = next(seed);
        let other = Answer {
            value: invented::phone(seed),
            provenance: Provenance::Typed,
        };
        let reason = "O número estava trocado.";
        made = made.then(|d| request::correct(d, &author, at, "phone", &other, reason))?;
    }
    Ok(made)
}
