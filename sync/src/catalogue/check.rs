//! What a catalogue must hold beyond its shape.

use std::collections::{BTreeMap, BTreeSet};

use super::texts::{At, way};
use super::{Catalogue, Fee, Field, Kind, LANGUAGES, Service, Standard, When, pattern, repeat};
use crate::day::{Date, Day};
use crate::record::attendance;

mod conditions;
pub(super) mod paths;

/// Services that a catalogue has at most.
const MAX_SERVICES: usize = 2_000;
/// Steps, fields, options, documents of a service at most.
const MAX_PARTS: usize = 1_000;

/// Something that contradicts itself, and where.
pub(super) struct Finding {
    /// The index of its service; `None`: it stands in the head, or among the standards.
    pub(super) service: Option<usize>,
    pub(super) way: Vec<At>,
    pub(super) what: String,
    pub(super) remedy: String,
}

/// Findings of one service, or of the head.
struct Findings {
    service: Option<usize>,
    all: Vec<Finding>,
}

impl Findings {
    fn say(&mut self, way: Vec<At>, what: impl Into<String>, remedy: impl Into<String>) {
        self.all.push(Finding {
            service: self.service,
            way,
            what: what.into(),
            remedy: remedy.into(),
        });
    }
}

/// Every contradiction.
pub(super) fn findings(catalogue: &Catalogue) -> Vec<Finding> {
    let mut out = Findings {
        service: None,
        all: vec![],
    };
    head(catalogue, &mut out);
    let mut ids = BTreeSet::new();
    for (nth, service) in catalogue.services.iter().enumerate() {
        out.service = Some(nth);
        if !ids.insert(&service.id) {
            let what = format!("the id `{}` is used twice", service.id);
            out.say(way!["id"], what, "give one of the two another id");
        }
        one_service(catalogue, service, &mut out);
    }
    out.all
}

/// Every contradiction among the standards.
pub(super) fn standards(all: &[Standard]) -> Vec<Finding> {
    let mut out = Findings {
        service: None,
        all: vec![],
    };
    let most = Standard::MOST;
    if all.len() > most {
        let what = format!("there are more than {most} standards");
        out.say(way!["standard"], what, "keep those that tell most");
    }
    let mut ids = BTreeSet::new();
    for (nth, one) in all.iter().enumerate() {
        let at = way!["standard", nth];
        is_id(&one.id, within(&at, "id"), &mut out);
        once(&mut ids, &one.id, within(&at, "id"), &mut out);
        let longest = Standard::LONGEST_CHARS;
        for (name, text) in [("text", &one.text), ("help", &one.help)] {
            if text.chars().count() > longest {
                let what = format!("it has more than {longest} characters");
                out.say(within(&at, name), what, "say it shorter");
            }
        }
        if one.text.trim().is_empty() {
            let remedy = "write the sentence that holds or does not";
            out.say(within(&at, "text"), "it says nothing", remedy);
        }
        target(one, &at, &mut out);
    }
    out.all
}

fn target(one: &Standard, at: &[At], out: &mut Findings) {
    let Some((measure, target)) = one.measured() else {
        if one.measure.is_some() || one.target.is_some() {
            let what = "`measure` and `target` go together";
            let remedy = "write both, or neither: then somebody looks and says";
            out.say(at.to_vec(), what, remedy);
        }
        return;
    };
    let (most, of) = match measure.is_share() {
        true => (100, "of a hundred"),
        false => (Standard::LONGEST_MINUTES, "minutes"),
    };
    if !(1..=most).contains(&target) {
        let what = format!("a target of this measure is 1 to {most} {of}");
        out.say(within(at, "target"), what, format!("write how many {of}"));
    }
}

fn head(catalogue: &Catalogue, out: &mut Findings) {
    if catalogue.edition == 0 {
        out.say(way!["edition"], "the edition is 0", "count from 1");
    }
    let days = [
        ("valid_from", Some(&catalogue.valid_from)),
        ("stale_after", catalogue.stale_after.as_ref()),
    ];
    for (name, day) in days {
        date(way![name], day, out);
    }
    if catalogue
        .stale_after
        .as_ref()
        .is_some_and(|d| *d <= catalogue.valid_from)
    {
        let what = "the catalogue is old before it holds";
        out.say(way!["stale_after"], what, "write a day after `valid_from`");
    }
    let mut seen = BTreeSet::new();
    for (i, lang) in catalogue.languages.iter().enumerate() {
        if !LANGUAGES.contains(&lang.as_str()) || !seen.insert(lang) {
            let what =
                format!("`{lang}` is no language that the screens know, or stands there twice");
            out.say(
                way!["languages", i],
                what,
                format!("write some of {}", LANGUAGES.join(", ")),
            );
        }
    }
    if !catalogue.languages.iter().any(|l| l == "pt") {
        let what = "there is no Portuguese";
        out.say(way!["languages"], what, "add `pt`, which the law reads");
    }
    let mut ids = BTreeSet::new();
    for (i, agency) in catalogue.agencies.iter().enumerate() {
        let at = way!["agency", i, "id"];
        is_id(&agency.id, at.clone(), out);
        once(&mut ids, &agency.id, at, out);
        if agency.name.trim().is_empty() {
            out.say(
                way!["agency", i, "name"],
                "it has no name",
                "write it as people know it",
            );
        }
    }
    if catalogue.services.is_empty() {
        out.say(
            way![],
            "there is no service",
            "write one in services/ID.toml",
        );
    }
    if catalogue.services.len() > MAX_SERVICES {
        let what = format!("there are more than {MAX_SERVICES} services");
        out.say(way![], what, "make two catalogues of it");
    }
}

fn one_service(catalogue: &Catalogue, service: &Service, out: &mut Findings) {
    is_id(&service.id, way!["id"], out);
    if !catalogue.agencies.iter().any(|a| a.id == service.agency) {
        let known: Vec<&str> = catalogue.agencies.iter().map(|a| a.id.as_str()).collect();
        let what = format!("there is no agency `{}`", service.agency);
        let remedy = format!("write one of {}, or add it to the head", known.join(", "));
        out.say(way!["agency"], what, remedy);
    }
    period((&[], service.from.as_ref(), service.until.as_ref()), out);
    if (service.offline == super::Offline::Prepared) == service.remains.is_empty() {
        let what = "`remains` says what is to be done online of what is only prepared, and of nothing else";
        out.say(
            way!["offline"],
            what,
            "write `remains` when `offline = \"prepared\"`",
        );
    }
    if let Some(reply) = &service.reply {
        let longest = super::Reply::LONGEST_DAYS;
        if !(1..=longest).contains(&reply.within_working_days) {
            let what = format!("an answer comes within 1 to {longest} working days");
            let at = way!["reply", "within_working_days"];
            out.say(at, what, "write how many working days the agency has");
        }
    }
    let parts = service.steps.iter().map(|s| {
        let options = s.fields.iter().map(|f| f.options.len());
        1 + s.fields.len() + options.sum::<usize>()
    });
    if parts.sum::<usize>() + service.documents.len() + service.fees.len() > MAX_PARTS {
        let what = format!("it has more than {MAX_PARTS} steps, fields and options");
        out.say(way![], what, "make two services of it");
        return;
    }
    fees(catalogue, service, out);
    documents(service, out);
    steps(service, out);
    conditions::check(service, out);
}

fn steps(service: &Service, out: &mut Findings) {
    if service.steps.is_empty() {
        out.say(
            way![],
            "it has no step",
            "write at least one `[[step]]` with a `[[step.field]]`",
        );
    }
    let (mut steps, mut fields) = (BTreeSet::new(), BTreeSet::new());
    for (s, step) in service.steps.iter().enumerate() {
        let at = way!["step", s, "id"];
        is_id(&step.id, at.clone(), out);
        once(&mut steps, &step.id, at, out);
        if step.fields.is_empty() {
            let what = format!("the step `{}` asks nothing", step.id);
            out.say(
                way!["step", s],
                what,
                "give it a `[[step.field]]`, or take it away",
            );
        }
        if let Some(repeat) = &step.repeat {
            let most = repeat::MOST;
            if !(2..=most).contains(&repeat.at_most) {
                let what = format!("a step repeats 2 to {most} times");
                out.say(
                    way!["step", s, "repeat", "at_most"],
                    what,
                    "write how often at most",
                );
            }
            once(&mut fields, &step.more_id(), way!["step", s, "id"], out);
        }
        for (f, field) in step.fields.iter().enumerate() {
            let at = way!["step", s, "field", f];
            let mut id = at.clone();
            id.extend(way!["id"]);
            is_id(&field.id, id.clone(), out);
            once(&mut fields, &field.id, id, out);
            one_field(field, &at, out);
        }
    }
}

fn one_field(field: &Field, at: &[At], out: &mut Findings) {
    let part = |name: &str| within(at, name);
    let (id, kind) = (&field.id, field.kind);
    let of_options = matches!(kind, Kind::Choice | Kind::Choices);
    if of_options == field.options.is_empty() {
        let what = format!("`{id}`: options belong to a choice, and a choice needs them");
        out.say(part("kind"), what, "write `options`, or another kind");
    }
    let mut options = BTreeSet::new();
    for (i, option) in field.options.iter().enumerate() {
        let mut at = part("options");
        at.extend(way![i, "id"]);
        is_id(&option.id, at.clone(), out);
        if !options.insert(&option.id) {
            let what = format!(
                "the option `{}` stands there twice: the second can never be chosen",
                option.id
            );
            out.say(at, what, "take one away, or give it another id");
        }
    }
    if let Some(card) = &field.card
        && let known = attendance::IDENTITY
            .fields
            .iter()
            .filter_map(|f| f.card.as_deref())
            .collect::<Vec<&str>>()
        && !known.contains(&card.as_str())
    {
        let what = format!("the card has no `{card}`");
        out.say(
            part("card"),
            what,
            format!("write one of {}", known.join(", ")),
        );
    }
    if field.at_least > 0 && kind != Kind::Photos {
        let what = "`at_least` counts photographs";
        out.say(
            part("at_least"),
            what,
            "take it away, or write `kind = \"photos\"`",
        );
    }
    if field.spoken && kind != Kind::Photos {
        let what = "`spoken` is told beside photographs";
        out.say(
            part("spoken"),
            what,
            "take it away, or write `kind = \"photos\"`",
        );
    }
    if field.private && matches!(kind, Kind::Photos | Kind::Consent) {
        let what = format!("`{id}`: photographs and consents cannot be private");
        out.say(part("private"), what, "take `private` away");
    }
    if field.private && field.card.is_some() {
        let what = format!("`{id}` is filled from the card, which the mediator reads");
        out.say(part("private"), what, "take `private` away, or `card`");
    }
    if field.household && !field.may_be_of_household() {
        let what = format!("`{id}` is of one person, not of the household");
        out.say(part("household"), what, "take `household` away");
    }
    rules(field, &part("rules"), out);
}

fn rules(field: &Field, at: &[At], out: &mut Findings) {
    let rules = &field.rules;
    let mut say = |name: &str, what: String, remedy: &str| {
        out.say(within(at, name), what, remedy);
    };
    let kind = field.kind;
    let text = matches!(kind, Kind::Text | Kind::LongText | Kind::Name);
    let number = matches!(kind, Kind::Number | Kind::Money);
    let misplaced = [
        (
            "pattern",
            rules.pattern.is_some() && kind != Kind::Text,
            "a line of `kind = \"text\"`",
        ),
        (
            "min_chars",
            (rules.min_chars.is_some() || rules.max_chars.is_some()) && !text,
            "a text",
        ),
        (
            "min",
            (rules.min.is_some() || rules.max.is_some()) && !number,
            "a number or money",
        ),
        (
            "portugal",
            rules.portugal && !matches!(kind, Kind::PostalCode | Kind::Phone),
            "a postal code or a telephone",
        ),
        (
            "earliest",
            (rules.earliest.is_some() || rules.latest.is_some()) && kind != Kind::Date,
            "a date",
        ),
    ];
    for (name, wrong, of) in misplaced {
        if wrong {
            say(
                name,
                format!("this is a rule for {of}"),
                "take it away, or change the kind",
            );
        }
    }
    if rules
        .min_chars
        .zip(rules.max_chars)
        .is_some_and(|(min, max)| min > max)
        || rules.max_chars == Some(0)
    {
        say(
            "max_chars",
            "no text is so short and so long".into(),
            "write `min_chars` below `max_chars`",
        );
    }
    if rules.min.zip(rules.max).is_some_and(|(min, max)| min > max) {
        say(
            "max",
            "no number is so large and so small".into(),
            "write `min` below `max`",
        );
    }
    if number && (rules.min.is_some_and(|n| n < 0) || rules.max.is_some_and(|n| n < 0)) {
        say(
            "min",
            "numbers and amounts are never negative".into(),
            "write 0 or more",
        );
    }
    if let Some(now) = Date::parse("2026-01-01")
        && rules
            .earliest
            .is_some_and(|first| first.date(now) > rules.latest.unwrap_or(Day::Days(0)).date(now))
    {
        say(
            "earliest",
            "no date is so late and so early".into(),
            "write `earliest` before `latest`; without, that is today",
        );
    }
    let Some(written) = &rules.pattern else {
        return;
    };
    if pattern::explodes(written) {
        let what = "the pattern repeats a repetition without an end: it explodes in other engines";
        say(
            "pattern",
            what.into(),
            "write how often: `{1,20}` instead of `+` or `*`",
        );
        return;
    }
    match (pattern::whole(written), &rules.example) {
        (Err(what), _) => say("pattern", what, "write a shorter or right one"),
        (Ok(_), None) => say(
            "pattern",
            "whoever writes a wrong value is told nothing".into(),
            "add `example`: a right value",
        ),
        (Ok(pattern), Some(example)) if !pattern.is_match(example) => {
            say(
                "example",
                format!("the pattern refuses its own example `{example}`"),
                "mend one of the two",
            );
        }
        _ => {}
    }
}

fn fees(catalogue: &Catalogue, service: &Service, out: &mut Findings) {
    for (i, fee) in service.fees.iter().enumerate() {
        let at = way!["fee", i];
        period((&at, fee.from.as_ref(), fee.until.as_ref()), out);
        let same = |other: &&Fee| {
            other.channel == fee.channel && other.when == fee.when && other.meets(fee)
        };
        if service.fees[..i].iter().any(|other| same(&other)) {
            let what = "another fee for the same people and channel holds on the same days";
            out.say(
                way!["fee", i],
                what,
                "end the other one with `until`, the day before this one's `from`",
            );
        }
    }
    let desk = |fee: &&Fee| fee.channel == super::Channel::Desk && fee.when.is_none();
    let mut at_desk = service.fees.iter().filter(desk).peekable();
    if at_desk.peek().is_some() && !at_desk.any(|fee| fee.holds_on(&catalogue.valid_from)) {
        let what = format!(
            "no fee at the desk holds on {}, when the catalogue begins",
            catalogue.valid_from
        );
        out.say(
            way!["fee", 0],
            what,
            "add the one that holds then; what is free has none",
        );
    }
    let mut ids = BTreeSet::new();
    for (i, exemption) in service.exemptions.iter().enumerate() {
        let at = way!["exemption", i, "id"];
        is_id(&exemption.id, at.clone(), out);
        once(&mut ids, &exemption.id, at, out);
    }
    if service.fees.is_empty() && !service.exemptions.is_empty() {
        let what = "what is free needs no exemption";
        out.say(way!["exemption", 0], what, "take it away, or write the fee");
    }
}

fn documents(service: &Service, out: &mut Findings) {
    let mut ids = BTreeSet::new();
    for (i, paper) in service.documents.iter().enumerate() {
        let at = way!["document", i, "id"];
        is_id(&paper.id, at.clone(), out);
        once(&mut ids, &paper.id, at, out);
        if let Some(scan) = &paper.scan
            && service.field(scan).is_none_or(|f| f.kind != Kind::Photos)
        {
            let what = format!("there is no field of photographs `{scan}` to scan it in");
            out.say(
                way!["document", i, "scan"],
                what,
                "write the id of a field of `kind = \"photos\"`",
            );
        }
    }
    for (i, id) in service.who.other_with.iter().enumerate() {
        if !ids.contains(id) {
            let what = format!("there is no document `{id}`");
            out.say(
                way!["who", "other_with", i],
                what,
                "write the id of a `[[document]]` that proves the authority",
            );
        }
    }
}

/// A value of what stands there.
fn within(at: &[At], name: &str) -> Vec<At> {
    let mut way = at.to_vec();
    way.push(At::from(name));
    way
}

type Period<'a> = (&'a [At], Option<&'a String>, Option<&'a String>);

fn period((at, from, until): Period<'_>, out: &mut Findings) {
    let part = |name: &str| within(at, name);
    date(part("from"), from, out);
    date(part("until"), until, out);
    if from.zip(until).is_some_and(|(from, until)| from > until) {
        let what = "it ends before it begins";
        out.say(part("until"), what, "write `from` before `until`");
    }
}

fn date(at: Vec<At>, text: Option<&String>, out: &mut Findings) {
    if let Some(text) = text.filter(|t| !super::fee::is_date(t)) {
        let what = format!("`{text}` is no date");
        out.say(at, what, "write it as 2026-11-30");
    }
}

fn once(seen: &mut BTreeSet<String>, id: &str, at: Vec<At>, out: &mut Findings) {
    if !seen.insert(id.to_owned()) {
        let what = format!("the id `{id}` is used twice");
        out.say(at, what, "give one of the two another id");
    }
}

fn is_id(id: &str, at: Vec<At>, out: &mut Findings) {
    let fits = !id.is_empty()
        && id.len() <= 60
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits {
        let what = format!("`{id}` cannot be an id");
        out.say(at, what, "write 1 to 60 of a-z, 0-9 and `-`");
    }
}

/// The fields of a service by id, in the order in which they are asked; what is known of
/// the citizen comes before them.
fn order(service: &Service) -> BTreeMap<&str, (usize, &Field)> {
    let identity = attendance::IDENTITY.fields.iter().map(|f| (0, f));
    let own = service.steps.iter().flat_map(|s| &s.fields);
    identity
        .chain(own.enumerate().map(|(i, f)| (i + 1, f)))
        .map(|(place, f)| (f.id.as_str(), (place, f)))
        .collect()
}
