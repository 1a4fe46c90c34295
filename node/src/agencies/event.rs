//! What an agency is told: events as CloudEvents 1.0 has them, each with all of the request that the agency may know.
//!
//! What the citizen confirmed is what is told: the answers to the questions of the agency's own service, who acts for them or
//! vouches for who they are, and of themselves their name and day of birth. Numbers that the service does not ask for are
//! not in it, nor how they want to be told the outcome, nor notes.

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vereda_sync::catalogue::Service;
use vereda_sync::id::RecordId;
use vereda_sync::record::act::Act;
use vereda_sync::record::case::{Case, said};
use vereda_sync::record::declaration::{self, Proof};
use vereda_sync::record::document::Document;
use vereda_sync::record::papers::{self, Standing};
use vereda_sync::record::request::{self, Summary};
use vereda_sync::record::{Life, agency};

use crate::clock;
use crate::desk::rows;
use crate::people::hex;
use crate::store::agencies::{Entry, Placed, What};

/// What every type of event begins with.
const TYPE: &str = "pt.vereda.request.";

/// An event, in the structured mode of CloudEvents.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Event {
    /// `1.0`.
    pub specversion: &'static str,
    /// The same whenever this event is told, also after a restore of the hub: whoever has had it leaves it.
    pub id: String,
    /// Which hub.
    pub source: String,
    /// `pt.vereda.request.recorded`, `.amended`, `.withdrawn` or `.erased`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of the request.
    pub subject: String,
    /// When it was put into the feed.
    pub time: String,
    /// `application/json`.
    pub datacontenttype: &'static str,
    /// Its number in the agency's feed, from one on, without gaps.
    pub sequence: String,
    /// The request as it stands then; of one that was erased only its id: whoever has more of it forgets that.
    #[cfg_attr(test, schemars(with = "Told"))]
    pub data: Value,
}

/// What an agency is told of a request. Each event has all of it: the latest counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Told {
    /// Id of the request.
    pub request: String,
    /// The number on the citizen's receipt.
    pub number: String,
    /// Service of the catalogue.
    pub service: String,
    /// Edition of the catalogue under which it was made.
    pub edition: u32,
    /// Name of the service.
    pub title: String,
    /// When it was recorded.
    pub recorded: String,
    /// Whether the clock was trusted by which it was.
    pub clock_is_sure: bool,
    /// Where: the spot.
    pub spot: String,
    /// And the stop, of one that travels.
    pub stop: Option<String>,
    /// Who asks.
    pub citizen: Citizen,
    /// Who came in their place.
    pub represented_by: Option<String>,
    /// Who came without documents: whether who they are is `proven` by now, or that is `owed`.
    pub identity: Option<&'static str>,
    /// Answers.
    pub fields: Vec<Field>,
    /// Photographs and scans.
    pub attachments: Vec<Attachment>,
    /// The papers that it needs.
    pub papers: Vec<Paper>,
    /// What it cost, in cents.
    pub fee_cents: u32,
    /// Whether it stands; if not, why.
    pub withdrawn: Option<Withdrawn>,
    /// What was handed in again after it was returned, oldest first.
    pub handed_in: Vec<HandedIn>,
    /// What desks answered to the agency's questions, oldest first.
    pub answers: Vec<Answered>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Citizen {
    /// Their name.
    pub full_name: String,
    /// Their day of birth, `yyyy-mm-dd`.
    pub birth_date: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Field {
    /// Id in the catalogue.
    pub id: String,
    /// The question, in Portuguese.
    pub label: String,
    /// What kind of value it is, as the catalogue calls it: `iban`, `date`, …
    pub kind: String,
    /// The value, canonical: dates as `yyyy-mm-dd`, money as `1250.00`, choices by their ids.
    pub value: String,
    /// How it is known: `chip`, `typed`, `citizen`, `scanned`, `copied`, `decided`.
    pub source: &'static str,
}

/// A photograph or scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attachment {
    /// SHA-256 of it.
    pub id: String,
    /// The field that it answers.
    pub field: String,
    /// Name of the file.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Where it is read; 404 there means that it has not come from the spot yet.
    pub href: String,
}

/// A paper that the request needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Paper {
    /// Id in the catalogue.
    pub id: String,
    /// What it is, in Portuguese.
    pub title: String,
    /// `seen` at the desk, `scanned` among the attachments, `owed`, or `open` where nobody said.
    pub standing: &'static str,
}

/// Why a request stands no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Withdrawn {
    /// Why.
    pub because: String,
    /// It was made twice, and this number stands.
    pub instead: Option<String>,
}

/// What was handed in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HandedIn {
    /// When.
    pub at: String,
    /// Why refused values stay as they are, where they do.
    pub because: String,
}

/// An answer to a question of the agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answered {
    /// The question, as it was asked.
    pub question: String,
    /// The answer.
    pub answer: String,
    /// When it was given.
    pub at: String,
}

/// A time as JSON has it (RFC 3339).
pub(super) fn time(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map_or_else(|_| String::new(), |at| at.to_string())
}

/// What an agency may know of a recorded request.
#[must_use]
pub fn told(
    (record, document): (RecordId, &Document),
    summary: &Summary,
    service: &Service,
) -> Told {
    let day = clock::day(summary.at.unix_ms());
    let answers = document.answers();
    let value = |id: &str| answers.get(id).map(|a| a.value.clone());
    let (mut fields, mut attachments) = (Vec::new(), Vec::new());
    for (field, answer, photographs) in rows::answered_steps(service, document, &day)
        .into_iter()
        .flat_map(|step| step.answers)
    {
        let Some(answer) = answer.filter(|a| !a.value.is_empty()) else {
            continue;
        };
        attachments.extend(photographs.into_iter().map(|it| Attachment {
            href: format!("/v1/attachments/{}", it.blob),
            id: it.blob,
            field: field.id.clone(),
            name: it.name,
            media_type: it.media_type,
            bytes: it.bytes,
        }));
        let kind = serde_json::to_value(field.kind).ok();
        fields.push(Field {
            label: field.label.pt().to_owned(),
            kind: kind
                .and_then(|k| k.as_str().map(str::to_owned))
                .unwrap_or_default(),
            id: field.id,
            value: answer.value,
            source: answer.provenance.code(),
        });
    }
    let papers = papers::needed(service, answers, &day).into_iter();
    let at = |act: &Act| time(act.at.unix_ms());
    let acts = |kind: &'static str| document.acts().filter(move |act| act.kind == kind);
    let questions = agency::questions(document).into_iter();
    let mut replies: Vec<(&Act, &Act)> = questions
        .flat_map(|(question, replies)| replies.into_iter().map(move |reply| (question, reply)))
        .collect();
    replies.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    Told {
        request: record.to_string(),
        number: summary.number.clone().unwrap_or_default(),
        service: service.id.clone(),
        edition: summary.edition,
        title: service.title.pt().to_owned(),
        recorded: time(summary.at.unix_ms()),
        clock_is_sure: summary.sure,
        spot: summary.spot.clone(),
        stop: summary.stop.clone(),
        citizen: Citizen {
            full_name: summary.citizen.clone(),
            birth_date: value("birth-date"),
        },
        represented_by: request::representative(document),
        identity: declaration::proof(answers).map(|proof| match proof {
            Proof::Owed(_) => "owed",
            Proof::Given { .. } => "proven",
        }),
        fields,
        attachments,
        papers: papers
            .map(|needed| Paper {
                id: needed.paper.id.clone(),
                title: needed.paper.title.pt().to_owned(),
                standing: match needed.standing {
                    Standing::Scanned => "scanned",
                    Standing::Seen => "seen",
                    Standing::Owed(_) => "owed",
                    Standing::Open => "open",
                },
            })
            .collect(),
        fee_cents: summary.fee_cents,
        withdrawn: is_withdrawn(document, summary).then(|| {
            let instead = request::stands_instead(document);
            let case = Case::of(document).and_then(|case| case.withdrawn);
            Withdrawn {
                because: case.map_or_else(String::new, |act| said(&act, "reason").to_owned()),
                instead: instead.map(|(_, number)| number.to_owned()),
            }
        }),
        handed_in: acts("handed-in")
            .map(|act| HandedIn {
                at: at(act),
                because: said(act, "reason").to_owned(),
            })
            .collect(),
        answers: replies
            .into_iter()
            .map(|(question, reply)| Answered {
                question: said(question, "text").to_owned(),
                answer: said(reply, "text").to_owned(),
                at: at(reply),
            })
            .collect(),
    }
}

/// Whether the agency is told that it stands no longer: also where it is through with it already.
#[must_use]
pub fn is_withdrawn(document: &Document, summary: &Summary) -> bool {
    let by_citizen = Case::of(document).is_some_and(|case| case.withdrawn.is_some());
    by_citizen || summary.life == Life::Withdrawn
}

/// Acts that may change what an agency is told.
const CARRY: [&str; 12] = [
    "recorded",
    "corrected",
    "decided",
    "proven",
    "papers",
    "withdrawn",
    "kept",
    "kept-both",
    "handed-in",
    "reserved",
    "replied",
    agency::REPLIED,
];

/// What is told, as an entry of a feed.
#[must_use]
pub fn entry(
    (record, document): (RecordId, &Document),
    (what, told): (What, &Told),
    now_ms: i64,
) -> Entry {
    let body = serde_json::to_string(told).unwrap_or_default();
    let shown: [u8; 32] = Sha256::digest(&body).into();
    let last = document
        .acts()
        .rev()
        .find(|act| CARRY.contains(&act.kind.as_str()));
    // The act that led to it is in it: a value that came back to what it was is another event.
    let id = Sha256::new()
        .chain_update(record.0)
        .chain_update(last.map_or("", |act| act.id.as_str()))
        .chain_update(shown)
        .finalize();
    let own = ["full-name", "birth-date"].into_iter();
    let fields = own.chain(told.fields.iter().map(|f| f.id.as_str()));
    Entry {
        id: hex(&id[..16]),
        what,
        at_ms: now_ms,
        shown,
        fields: fields.collect::<Vec<_>>().join(" "),
        body,
    }
}

/// That a request was erased, as an entry of a feed.
#[must_use]
pub fn erased(record: RecordId, now_ms: i64) -> Entry {
    let id = Sha256::new()
        .chain_update(record.0)
        .chain_update("erased")
        .finalize();
    Entry {
        id: hex(&id[..16]),
        what: What::Erased,
        at_ms: now_ms,
        shown: [0; 32],
        fields: String::new(),
        body: String::new(),
    }
}

/// An entry of a feed as the agency gets it.
#[must_use]
pub fn event(hub: &str, placed: Placed) -> Event {
    let Placed {
        seq,
        request,
        entry,
    } = placed;
    // What was told before is empty once the request was erased.
    let is_gone = entry.body.is_empty();
    let what = if is_gone { What::Erased } else { entry.what };
    let id = match is_gone && entry.what != What::Erased {
        true => format!("{}-erased", entry.id),
        false => entry.id,
    };
    let data = match is_gone {
        true => json!({ "request": request }),
        false => serde_json::from_str(&entry.body).unwrap_or_default(),
    };
    Event {
        specversion: "1.0",
        id,
        source: format!("urn:vereda:{hub}"),
        kind: format!("{TYPE}{}", what.code()),
        subject: request,
        time: time(entry.at_ms),
        datacontenttype: "application/json",
        sequence: seq.to_string(),
        data,
    }
}
