//! A tour: the stops of a vehicle, in order, on one day or several, as they are planned and as they came.
//!
//! ```text
//! spot                     by the first change: id of the node whose tour it is
//! answers: stop.ID         what is planned of a stop, JSON; written apart, both stand until somebody plans it again
//! acts: opened · planned {of} · held {of, as} · late {of, minutes} · cancelled {of, reason} · undone {mark} · on-board {of, items}
//! ```
//! `of` is the stop's id: every act has a word `stop` already, for where its author stood.
//! What happened are acts of their own: no plan, whenever it comes, undoes them, and both stay to be seen. `as` is
//! the plan as the crew had it when they held the stop, so that it shows when it was moved meanwhile. Only the
//! spot whose tour it is says that a stop was held, or is late; who plans may cancel it too. `items`: what the crew has on
//! board of what is to be brought there, a line each, as it read when they ticked it; the latest counts.
//!
//! A tour that the hub plans is in a scope that no spot holds and is given to its spot alone: whatever else is in
//! it the hub wrote. In one that a spot plans itself, what other nodes say counts for nothing, as in an assessment: by
//! the node that each act names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Provenance};
use crate::day::Date;
use crate::hlc::Hlc;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::{node_of, said};
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::text::fold;

/// The scope of what the hub plans. No spot holds it: a tour is given to its spot, and so are its bookings.
pub const SCOPE: &str = "!tours";

/// Most stops of one tour.
pub const MAX_STOPS: usize = 40;
/// Longest name of a place, municipality or district, in characters.
pub const MAX_NAME_CHARS: usize = 80;
/// Longest text of what is offered, of what to bring, and of a note, in characters.
pub const MAX_TEXT_CHARS: usize = 500;
/// Longest name of a zone, in characters.
const MAX_ZONE_CHARS: usize = 40;
/// Longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 200;
/// Most services that are offered at a stop, where not all are.
pub const MAX_OFFERS: usize = 60;
/// Longest id of one, in characters.
const MAX_SERVICE_CHARS: usize = 80;
/// Most things that are brought to a stop.
pub const MAX_ITEMS: usize = 60;
/// Longest name of such a thing, in characters.
pub const MAX_ITEM_CHARS: usize = 160;
/// Most minutes that a stop can be late: beyond that it is another day.
pub const MAX_LATE_MINUTES: u16 = 600;
/// Largest plan of a stop that is decoded, in bytes.
const MAX_PLAN_BYTES: usize = 16 << 10;
/// Most marks of one stop that are read: a crew makes a few.
const MAX_MARKS: usize = 50;
/// Most plans of one stop that stand side by side: of more the latest.
const MAX_PLANS: usize = 8;

/// Before the id of a stop: the field of its plan.
const FIELD: &str = "stop.";
/// In an act: of which stop it is.
const OF: &str = "of";

/// A place on the map, in ten-thousandths of a degree: some ten metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// North of the equator.
    pub lat: i32,
    /// East of Greenwich.
    pub lon: i32,
}

impl Position {
    /// Reads `37,3184; -8,5561` or `37.3184, -8.5561`, as maps and telephones write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('−', "-");
        let (lat, lon) = match text.split_once(';') {
            Some(parts) => parts,
            // With commas within the numbers only what parts them is wider.
            None if text.matches(',').count() == 1 => text.split_once(',')?,
            None => text.split_once(char::is_whitespace)?,
        };
        let (lat, lon) = (degrees(lat)?, degrees(lon)?);
        let stands = (-900_000..=900_000).contains(&lat) && (-1_800_000..=1_800_000).contains(&lon);
        stands.then_some(Self { lat, lon })
    }

    /// As [`Position::parse`] reads it.
    #[must_use]
    pub fn text(self) -> String {
        let one = |n: i32| {
            let sign = if n < 0 { "-" } else { "" };
            let n = n.unsigned_abs();
            format!("{sign}{},{:04}", n / 10_000, n % 10_000)
        };
        format!("{}; {}", one(self.lat), one(self.lon))
    }
}

/// Ten-thousandths of a degree; further digits do not count.
fn degrees(text: &str) -> Option<i32> {
    let text = text.trim().trim_matches(',').trim();
    let (is_south, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let are_digits =
        |s: &str, most: usize| s.len() <= most && s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole, 3) || !are_digits(part, 20) {
        return None;
    }
    let part: String = part.chars().chain("0000".chars()).take(4).collect();
    let n = whole.parse::<i32>().ok()? * 10_000 + part.parse::<i32>().ok()?;
    Some(if is_south { -n } else { n })
}

/// A time of the day, in minutes from midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hour(u16);

impl Hour {
    /// `hh:mm`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let part = |part: &str, below: u16| {
            let is = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            is.then(|| part.parse::<u16>().ok())?.filter(|n| *n < below)
        };
        Some(Self(part(hours, 24)? * 60 + part(minutes, 60)?))
    }

    /// So many minutes later; at most the day's last.
    #[must_use]
    pub fn later(self, minutes: u16) -> Self {
        Self(self.0.saturating_add(minutes).min(24 * 60 - 1))
    }
}

impl std::fmt::Display for Hour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<Hour> for String {
    fn from(hour: Hour) -> Self {
        hour.to_string()
    }
}

impl TryFrom<String> for Hour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no hour")
    }
}

/// What is planned of a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The day.
    pub day: Date,
    /// When the vehicle is to be there.
    pub from: Hour,
    /// When it goes on; after `from`.
    pub to: Hour,
    /// The time zone of that day and these hours, by its name in the IANA database; empty: Lisbon's.
    pub zone: String,
    /// The place's name; never empty.
    pub place: String,
    /// Its municipality, or empty.
    pub municipality: String,
    /// Its district, or empty.
    pub district: String,
    /// Where it is.
    pub position: Option<Position>,
    /// Ids of the services that are offered there; none: all.
    pub offers: Vec<String>,
    /// What else is said of what is offered.
    pub services: String,
    /// Documents, forms, spare receipts.
    pub bring: String,
    /// A note.
    pub note: String,
}

/// As records hold it.
#[derive(Serialize, Deserialize)]
struct AsWritten {
    day: String,
    from: Hour,
    to: Hour,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    zone: String,
    place: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    municipality: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    district: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Position>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    offers: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    services: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    bring: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

impl Plan {
    fn encode(&self) -> String {
        let written = AsWritten {
            day: self.day.to_string(),
            from: self.from,
            to: self.to,
            zone: self.zone.clone(),
            place: self.place.clone(),
            municipality: self.municipality.clone(),
            district: self.district.clone(),
            at: self.position,
            offers: self.offers.clone(),
            services: self.services.clone(),
            bring: self.bring.clone(),
            note: self.note.clone(),
        };
        // Texts and numbers: nothing in them can fail to be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_PLAN_BYTES {
            return None;
        }
        let written: AsWritten = serde_json::from_str(text).ok()?;
        let short = |text: String, most: usize| text.chars().take(most).collect::<String>();
        let place = short(written.place, MAX_NAME_CHARS);
        let position = written.at.filter(|at| {
            (-900_000..=900_000).contains(&at.lat) && (-1_800_000..=1_800_000).contains(&at.lon)
        });
        (!place.trim().is_empty() && written.from < written.to).then_some(())?;
        let offers = written.offers.into_iter().take(MAX_OFFERS);
        let offers = offers.map(|id| short(id, MAX_SERVICE_CHARS));
        Some(Self {
            day: Date::parse(&written.day)?,
            from: written.from,
            to: written.to,
            zone: short(written.zone, MAX_ZONE_CHARS),
            place,
            municipality: short(written.municipality, MAX_NAME_CHARS),
            district: short(written.district, MAX_NAME_CHARS),
            position,
            offers: offers.collect(),
            services: short(written.services, MAX_TEXT_CHARS),
            bring: short(written.bring, MAX_TEXT_CHARS),
            note: short(written.note, MAX_TEXT_CHARS),
        })
    }

    /// When and where, in one line: what a crew had before them when they said that it was held.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {} {} {}", self.day, self.from, self.to, self.place)
    }

    /// What is the same for two vehicles at one place: they may write it apart.
    #[must_use]
    pub fn place_key(&self) -> String {
        format!("{}|{}", fold(&self.place), fold(&self.municipality))
    }

    /// Whether both are at work at one time of one day, at places of one zone: of others nobody can tell here.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.zone == other.zone
            && self.day == other.day
            && self.from < other.to
            && other.from < self.to
    }
}

/// What a person says of a stop, beside planning it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// The vehicle was there and worked.
    Held,
    /// It comes so many minutes late.
    Late(u16),
    /// It does not take place, and why.
    Cancelled(String),
}

/// What was said of a stop and not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What.
    pub what: Happened,
    /// The crew said so; otherwise who plans.
    pub by_crew: bool,
    /// Of [`Happened::Held`]: [`Plan::line`] as they had it.
    pub seen: String,
    /// Who and when.
    pub act: Act,
}

/// A plan and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub plan: Plan,
    /// Who and when.
    pub act: Act,
}

/// How a stop stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// As it is planned.
    Planned,
    /// It is to be so many minutes later.
    Late(u16),
    /// It does not take place.
    Cancelled,
    /// It was held, whatever the plan says.
    Held,
}

impl Standing {
    /// Somebody is still to go there.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        matches!(self, Self::Planned | Self::Late(_))
    }
}

/// A stop as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Its id within the tour.
    pub id: String,
    /// What is planned: the latest last, and what else was written apart before it. Never empty.
    pub plans: Vec<Planned>,
    /// What was said of it, oldest first.
    pub marks: Vec<Mark>,
    /// What the crew said last that they have on board for it.
    pub on_board: Vec<String>,
}

impl Stop {
    /// The plan that counts: the latest.
    #[must_use]
    pub fn planned(&self) -> &Planned {
        #[expect(clippy::indexing_slicing, reason = "plans is never empty")]
        &self.plans[self.plans.len() - 1]
    }

    /// The same, without who wrote it.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.planned().plan
    }

    /// How it stands. What happened wins over what was cancelled, which wins over what is late.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let is = |held: fn(&Happened) -> bool| self.marks.iter().any(|m| held(&m.what));
        if is(|what| *what == Happened::Held) {
            return Standing::Held;
        }
        if is(|what| matches!(what, Happened::Cancelled(_))) {
            return Standing::Cancelled;
        }
        let late = self.marks.iter().rev().find_map(|m| match m.what {
            Happened::Late(minutes) => Some(minutes),
            _ => None,
        });
        late.map_or(Standing::Planned, Standing::Late)
    }

    /// It was held, and the plan that stands is not the one that the crew had.
    #[must_use]
    pub fn moved_after(&self) -> Option<&str> {
        let held = self.marks.iter().find(|m| m.what == Happened::Held)?;
        (!held.seen.is_empty() && held.seen != self.plan().line()).then_some(held.seen.as_str())
    }
}

/// A tour as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tour {
    /// The node whose tour it is.
    pub spot: String,
    /// The spot planned it itself; otherwise the hub did.
    pub is_own: bool,
    /// Its stops in order: by day and hour.
    pub stops: Vec<Stop>,
    /// Who began it.
    pub opened: Act,
}

/// Begins a tour for a spot, with its first stop.
///
/// # Errors
/// When the document refuses.
pub fn begin(
    author: &Author,
    at: Hlc,
    spot: &str,
    plan: &Plan,
) -> Result<(Document, Written), DocumentError> {
    let field = format!("{FIELD}{}", stop_id(author, at));
    Document::create(Kind::Tour, author, at, |w| {
        w.put_text("spot", spot)?;
        w.answer(&field, &typed(plan))
    })
}

/// Plans a stop: a new one, or one that is there otherwise.
///
/// # Errors
/// When the document refuses.
pub fn plan(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    stop: Option<&str>,
    plan: &Plan,
) -> Result<Written, DocumentError> {
    let id = stop.map_or_else(|| stop_id(author, at), str::to_owned);
    let field = format!("{FIELD}{id}");
    document.write(author, at, "planned", &[(OF, &id)], |w| {
        w.answer(&field, &typed(plan))
    })
}

/// Says what happened at a stop. `seen`: the plan that was before whoever says so.
///
/// # Errors
/// When the document refuses.
pub fn mark(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (stop, seen): (&str, &Plan),
    what: &Happened,
) -> Result<Written, DocumentError> {
    let line = seen.line();
    let (kind, more) = match what {
        Happened::Held => ("held", ("as", line)),
        Happened::Late(minutes) => ("late", ("minutes", minutes.to_string())),
        Happened::Cancelled(reason) => ("cancelled", ("reason", reason.clone())),
    };
    let said = [(OF, stop), (more.0, more.1.as_str())];
    document.write(author, at, kind, &said, |_| Ok(()))
}

/// The crew has these things on board for a stop, and no others of those that are to be brought there.
///
/// # Errors
/// When the document refuses.
pub fn take_on_board(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    stop: &str,
    items: &[String],
) -> Result<Written, DocumentError> {
    let items = items.join("\n");
    let said = [(OF, stop), ("items", items.as_str())];
    document.write(author, at, "on-board", &said, |_| Ok(()))
}

/// Takes back what was said, by the id of its act.
///
/// # Errors
/// When the document refuses.
pub fn undo(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    mark: &str,
) -> Result<Written, DocumentError> {
    document.write(author, at, "undone", &[("mark", mark)], |_| Ok(()))
}

/// No two stops share it: it says who planned it first, and when.
fn stop_id(author: &Author, at: Hlc) -> String {
    format!("{:016x}.{}", at.0, author.node)
}

fn typed(plan: &Plan) -> Answer {
    Answer {
        value: plan.encode(),
        provenance: Provenance::Typed,
    }
}

impl Tour {
    /// Reads it from the document; `None` if it is no tour, or one that a node planned for another without being
    /// the hub, which the store knows by its scope.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Tour) {
            return None;
        }
        let spot = document.text("spot")?.to_owned();
        let is_own = document.node()? == spot;
        let counts = |act: &Act| !is_own || node_of(act) == spot;
        let by_crew = |act: &Act| node_of(act) == spot;
        let mut stops: Vec<Stop> = Vec::new();
        let fields = document.fields().filter(|field| field.starts_with(FIELD));
        for field in fields {
            if stops.len() == MAX_STOPS {
                break;
            }
            let stated = document.statements(field).into_iter();
            let mut plans: Vec<Planned> = Vec::new();
            for statement in stated.filter(|s| counts(&s.act)) {
                let Some(plan) = Plan::decode(&statement.answer.value) else {
                    continue;
                };
                // Twice the same, written apart, is no disagreement.
                plans.retain(|p| p.plan != plan);
                plans.push(Planned {
                    plan,
                    act: statement.act,
                });
            }
            plans.drain(..plans.len().saturating_sub(MAX_PLANS));
            if !plans.is_empty() {
                stops.push(Stop {
                    id: field.get(FIELD.len()..).unwrap_or_default().to_owned(),
                    plans,
                    marks: Vec::new(),
                    on_board: Vec::new(),
                });
            }
        }
        let undone: BTreeSet<(&str, bool)> = document
            .acts()
            .filter(|act| act.kind == "undone" && counts(act))
            .map(|act| (said(act, "mark"), by_crew(act)))
            .collect();
        for act in document.acts().filter(|act| counts(act)) {
            let by_crew = by_crew(act);
            let what = match act.kind.as_str() {
                "held" if by_crew => Happened::Held,
                "late" if by_crew => match said(act, "minutes").parse() {
                    Ok(minutes) if (1..=MAX_LATE_MINUTES).contains(&minutes) => {
                        Happened::Late(minutes)
                    }
                    _ => continue,
                },
                "cancelled" => {
                    let reason = said(act, "reason").chars().take(MAX_REASON_CHARS);
                    Happened::Cancelled(reason.collect())
                }
                _ => continue,
            };
            // Who said so takes it back, and no other.
            if undone.contains(&(act.id.as_str(), by_crew)) {
                continue;
            }
            let stop = stops.iter_mut().find(|stop| stop.id == said(act, OF));
            let Some(stop) = stop.filter(|stop| stop.marks.len() < MAX_MARKS) else {
                continue;
            };
            let seen: String = said(act, "as").chars().take(200).collect();
            stop.marks.push(Mark {
                what,
                by_crew,
                seen,
                act: act.clone(),
            });
        }
        for act in document.acts().filter(|act| act.kind == "on-board") {
            // Only they have it before them.
            let stop = stops.iter_mut().find(|stop| stop.id == said(act, OF));
            if let Some(stop) = stop.filter(|_| by_crew(act)) {
                let items = said(act, "items").lines().take(MAX_ITEMS);
                let short = |item: &str| item.chars().take(MAX_ITEM_CHARS).collect();
                stop.on_board = items.map(short).collect();
            }
        }
        stops.sort_by(|a, b| {
            let key = |s: &Stop| (s.plan().day, s.plan().from);
            key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
        });
        let opened = document.acts().next()?.clone();
        Some(Self {
            spot,
            is_own,
            stops,
            opened,
        })
    }

    /// A stop by its id.
    #[must_use]
    pub fn stop(&self, id: &str) -> Option<&Stop> {
        self.stops.iter().find(|stop| stop.id == id)
    }

    /// The first stop of that day to which somebody is still to go.
    #[must_use]
    pub fn next(&self, day: Date) -> Option<&Stop> {
        let mut of_day = self.stops.iter().filter(|s| s.plan().day == day);
        of_day.find(|s| s.standing().is_ahead())
    }
}

#[cfg(test)]
mod tests;
