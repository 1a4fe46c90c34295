//! Occurrences, as desk and console both read and write them: what is declared, what holds here today, what was
//! recorded under it.

use vereda_sync::catalogue::{Channel, Words, search};
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::document::Document;
use vereda_sync::record::occurrence::{
    self, Declared, MAX_LANGUAGES, MAX_PLACES, MAX_SERVICES, Occurrence, Under, Waives,
};
use vereda_sync::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS, Standing};
use vereda_web::desk::port::{
    CrewChanged, DeskError, OccurrenceState, OccurrenceView, Offered, Session, TypedOccurrence,
    TypedWaives,
};
use vereda_web::texts::LANGUAGES;

use crate::clock;
use crate::desk::{fault, record_id};
use crate::node::Node;
use crate::store::occurrences::{self as stored, InForce};
use crate::store::tours as stored_tours;
use crate::tours::{self, Names, Side, not_now, today};
use crate::written;

/// Most that are listed.
pub(crate) const LISTED: u32 = 50;
/// Longest time of one, in days: a slip in the year mostly is longer.
const MAX_DAYS: i64 = 400;
/// So long ago one may have begun at most, in days.
const MAX_DAYS_AGO: i64 = 60;

/// What holds for a request because of an occurrence.
#[derive(Debug, Clone)]
pub(crate) struct Relief {
    /// What the request is to say, or says; without what is waived.
    pub(crate) under: Under,
    /// Its fee is waived.
    pub(crate) waives: bool,
    /// Its papers may be owed because of it.
    pub(crate) relaxes: bool,
}

impl Relief {
    /// What holds for a service at this node today.
    pub(crate) fn today(node: &Node, service: &str) -> Result<Option<Self>, DeskError> {
        let all = in_force(node)?;
        let waives = |one: &&InForce| one.declared.waives.covers(service);
        let chosen = all.iter().find(waives).or_else(|| all.first());
        Ok(chosen.map(|one| Self {
            under: Under {
                occurrence: one.occurrence,
                name: one.declared.name.clone(),
                waived_cents: 0,
                is_confirmed: one.is_confirmed,
            },
            waives: one.declared.waives.covers(service),
            relaxes: all.iter().any(|one| one.declared.relaxes),
        }))
    }

    /// What held for a request that is recorded.
    pub(crate) fn of_recorded(document: &Document) -> Option<Self> {
        let under = Under::of(document)?;
        Some(Self {
            waives: under.waived_cents > 0,
            relaxes: false,
            under,
        })
    }

    /// Why nothing is paid, where something would be: what the occurrence is called, which is a name in every language.
    pub(crate) fn reason(&self, fee_cents: u32) -> Option<Words> {
        let reason = || Words::from([("pt", self.under.name.as_str())]);
        (self.waives && fee_cents > 0).then(reason)
    }

    /// What is paid, of what would be; and what the request says.
    pub(crate) fn settle(&self, fee_cents: u32) -> (u32, Under) {
        let waived_cents = if self.waives { fee_cents } else { 0 };
        let under = Under {
            waived_cents,
            ..self.under.clone()
        };
        (fee_cents - waived_cents, under)
    }
}

/// What holds here today: at this node's scope, and at its stops of today, where it has any.
pub(crate) fn in_force(node: &Node) -> Result<Vec<InForce>, DeskError> {
    if node.is_hub() {
        return Ok(vec![]);
    }
    let day = today()?;
    let own = &node.config.node.id;
    let mut all = stored::in_force(&node.store.read(), own, day).map_err(fault)?;
    // Mostly there is none, and then nothing is looked for.
    if all
        .iter()
        .any(|one| !one.declared.municipalities.is_empty())
    {
        let there = municipalities(node, day)?;
        all.retain(|one| one.declared.is_at(there.iter().map(String::as_str)));
    }
    Ok(all)
}

/// Where this vehicle stops today.
fn municipalities(node: &Node, day: Date) -> Result<Vec<String>, DeskError> {
    let own = &node.config.node.id;
    let on_day = stored_tours::on_day(&node.store.read(), own, &day.to_string());
    let mut there = Vec::new();
    for id in on_day.map_err(fault)? {
        let (_, tour) = tours::known(node, &id.to_string(), Side::Crew)?;
        let stops = tour
            .stops
            .iter()
            .filter(|stop| stop.plan().day == day && stop.standing() != Standing::Cancelled);
        there.extend(stops.map(|stop| stop.plan().municipality.clone()));
    }
    Ok(there)
}

/// What the hub answered to a crew.
pub(crate) type Answered = (RecordId, Occurrence);
/// An occurrence, and the hub's answer to it if there is one.
pub(crate) type Known = (RecordId, Occurrence, Option<Answered>);

/// One that is known here, and the hub's answer to it.
pub(crate) fn known(node: &Node, id: &str) -> Result<Known, DeskError> {
    let id = record_id(id)?;
    let answer = stored::answer_to(&node.store.read(), id).map_err(fault)?;
    let answer = match answer {
        Some(answer) => Some((answer, read(node, answer)?)),
        None => None,
    };
    Ok((id, read(node, id)?, answer))
}

fn read(node: &Node, id: RecordId) -> Result<Occurrence, DeskError> {
    stored::is_hubs(&node.store.read(), id)
        .map_err(fault)?
        .ok_or(DeskError::NotFound)?;
    let read = node.with_document(id, |d| Occurrence::of(d));
    read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
}

/// All that are known here.
pub(crate) fn list(node: &Node, names: &Names) -> Result<Vec<OccurrenceView>, DeskError> {
    let ids = stored::all(&node.store.read(), LISTED).map_err(fault)?;
    ids.into_iter()
        .map(|id| view(node, &id.to_string(), names))
        .collect()
}

/// One as people see it: where the hub answered a crew, its word.
pub(crate) fn view(node: &Node, id: &str, names: &Names) -> Result<OccurrenceView, DeskError> {
    let (id, begun, answer) = known(node, id)?;
    let day = today()?;
    let is_hubs = stored::is_hubs(&node.store.read(), id).map_err(fault)? == Some(true);
    let stands = answer.as_ref().map_or(&begun, |(_, answer)| answer);
    let declared = stands.declared.clone();
    let state = match &stands.ended {
        Some(act) => OccurrenceState::Ended(
            tours::by(act),
            stands.why_ended().unwrap_or_default().to_owned(),
        ),
        None if declared.until < day => OccurrenceState::Over,
        None if declared.from > day => OccurrenceState::Ahead,
        None => OccurrenceState::InForce,
    };
    let (requests, waived_cents) = stored::tally(&node.store.read(), id).map_err(fault)?;
    let title = |service: &String| {
        let known = node.latest(service);
        known.map_or_else(|| service.clone(), |s| s.title.pt().to_owned())
    };
    let waived = match &declared.waives {
        Waives::Only(services) => services.iter().map(title).collect(),
        Waives::Nothing | Waives::All => vec![],
    };
    let language = |code: &String| {
        let known = LANGUAGES.iter().find(|l| l.code == code);
        known.map_or_else(|| code.clone(), |l| l.in_portuguese.to_owned())
    };
    Ok(OccurrenceView {
        id: id.to_string(),
        state,
        by: tours::by(&begun.by),
        spot: (!is_hubs).then(|| tours::name(names, &begun.node).to_owned()),
        confirmed: match &answer {
            Some((_, answer)) => Some(tours::by(&answer.by)),
            None => is_hubs.then(|| tours::by(&begun.by)),
        },
        is_own: begun.node == node.config.node.id,
        changed: stands.changed.as_ref().map(|act| {
            let why = stands.why_changed().unwrap_or_default();
            (tours::by(act), why.to_owned())
        }),
        crew_changed: answer.as_ref().and_then(|(_, answer)| {
            // What the crew changed afterwards it changed without having heard the hub.
            let act = begun.changed.as_ref().filter(|act| act.at > answer.by.at)?;
            let why = begun.why_changed().unwrap_or_default();
            Some(CrewChanged {
                by: tours::by(act),
                reason: why.to_owned(),
                from: begun.declared.from.to_string(),
                until: begun.declared.until.to_string(),
                municipalities: begun.declared.municipalities.clone(),
            })
        }),
        first: declared.first.iter().map(title).collect(),
        languages: declared.languages.iter().map(language).collect(),
        waived,
        declared,
        requests,
        waived_cents,
    })
}

/// What is offered today and may come first or be free, by name.
pub(crate) fn offered(node: &Node) -> Vec<Offered> {
    let today = clock::today();
    let all = search::search(node.catalogue(), "").into_iter();
    let on = all.filter_map(|service| service.on(&today));
    on.map(|service| Offered {
        fee_cents: service.price_cents(Channel::Desk).unwrap_or(0),
        id: service.id,
        title: service.title,
    })
    .collect()
}

/// What was typed, as it is declared.
fn checked(
    node: &Node,
    typed: &TypedOccurrence,
    (scopes, known): (&[String], Option<&Declared>),
) -> Result<Declared, DeskError> {
    let name = written::needed(
        &typed.name,
        MAX_NAME_CHARS,
        "Escreva o nome da ocorrência, como «Incêndio de Monchique»: o cidadão lê-o como razão.",
    )?;
    let reason = written::needed(
        &typed.reason,
        MAX_REASON_CHARS,
        "Escreva porque se declara: o que aconteceu, e quem o disse.",
    )?;
    let parse = |text: &str, missing| Date::parse(text.trim()).map_or_else(|| not_now(missing), Ok);
    let from = parse(&typed.from, "Escolha o primeiro dia.")?;
    let until = parse(&typed.until, "Escolha o último dia.")?;
    let today = today()?;
    if until < from {
        return not_now("O último dia vem antes do primeiro: confira os dias.");
    }
    if until < today {
        return not_now("O último dia já passou: confira o dia e o ano.");
    }
    // One that lasts long began long ago.
    let is_known = known.is_some_and(|known| known.from == from);
    if from < today.days_on(-MAX_DAYS_AGO) && !is_known {
        return not_now("Começou há mais de dois meses: confira o dia e o ano.");
    }
    if until > from.days_on(MAX_DAYS) {
        return not_now("Dura mais de um ano: confira o ano do último dia.");
    }
    let mut municipalities: Vec<String> = Vec::new();
    for place in typed.municipalities.split([',', ';', '\n']) {
        let place = written::fits(place, MAX_NAME_CHARS)?;
        if !place.is_empty() && municipalities.iter().all(|known| known != place) {
            municipalities.push(place.to_owned());
        }
    }
    if municipalities.len() > MAX_PLACES {
        return not_now("São concelhos de mais: deixe vazio para valer em todos.");
    }
    let is_offered = |id: &String| node.latest(id).is_some();
    let services = |chosen: &[String]| -> Result<Vec<String>, DeskError> {
        match chosen.len() <= MAX_SERVICES && chosen.iter().all(is_offered) {
            true => Ok(chosen.to_vec()),
            false => not_now(
                "Um destes serviços já não está no catálogo, ou são de mais: escolha de novo.",
            ),
        }
    };
    let waives = match typed.waives {
        TypedWaives::Nothing => Waives::Nothing,
        TypedWaives::All => Waives::All,
        TypedWaives::Only if typed.waived.is_empty() => {
            return not_now("Escolha os serviços cujas taxas se dispensam.");
        }
        TypedWaives::Only => Waives::Only(services(&typed.waived)?),
    };
    let known_language = |code: &String| LANGUAGES.iter().any(|l| l.code == code);
    let languages = typed.languages.iter().filter(|l| known_language(l));
    Ok(Declared {
        name: name.split_whitespace().collect::<Vec<_>>().join(" "),
        municipalities,
        scopes: scopes.to_vec(),
        from,
        until,
        reason: reason.to_owned(),
        waives,
        relaxes: typed.relaxes,
        first: services(&typed.first)?,
        languages: languages.take(MAX_LANGUAGES).cloned().collect(),
    })
}

/// Declares one for the spots of these scopes. A second click finds what the first declared.
pub(crate) fn declare(
    node: &Node,
    session: &Session,
    typed: &TypedOccurrence,
    scopes: &[String],
) -> Result<String, DeskError> {
    let declared = checked(node, typed, (scopes, None))?;
    let all = stored::all(&node.store.read(), LISTED).map_err(fault)?;
    for id in all {
        let known = read(node, id)?;
        if known.ended.is_none() && known.declared == declared {
            return Ok(id.to_string());
        }
    }
    let begun = node.begin(&session.person.name, |author, at| {
        occurrence::declare(author, at, &declared, None)
    });
    Ok(begun.map_err(fault)?.to_string())
}

/// Changes one that this node declared: for the spots of the same scopes. A second click changes nothing.
pub(crate) fn change(
    node: &Node,
    session: &Session,
    (id, found): (RecordId, &Occurrence),
    typed: &TypedOccurrence,
    reason: &str,
) -> Result<(), DeskError> {
    if found.ended.is_some() || found.declared.until < today()? {
        return not_now("Esta ocorrência já acabou: declare outra.");
    }
    let declared = checked(node, typed, (&found.declared.scopes, Some(&found.declared)))?;
    let missing = "Escreva porque muda: fica na ocorrência.";
    let reason = written::needed(reason, MAX_REASON_CHARS, missing)?;
    if declared == found.declared {
        return Ok(());
    }
    let person = &session.person.name;
    let write =
        |d: &mut Document, author: &_, at| occurrence::change(d, author, at, &declared, reason);
    node.change(id, person, write, |_| Ok(())).map_err(fault)
}

/// Why one is ended, as somebody typed it.
pub(crate) fn why(reason: &str) -> Result<&str, DeskError> {
    let missing = "Escreva porque termina: fica na ocorrência.";
    written::needed(reason, MAX_REASON_CHARS, missing)
}

/// Ends one that this node declared.
pub(crate) fn end(
    node: &Node,
    session: &Session,
    (id, found): (RecordId, &Occurrence),
    reason: &str,
) -> Result<(), DeskError> {
    let reason = why(reason)?;
    if found.ended.is_some() {
        return Ok(());
    }
    let person = &session.person.name;
    let write = |d: &mut Document, author: &_, at| occurrence::end(d, author, at, reason);
    node.change(id, person, write, |_| Ok(())).map_err(fault)
}
