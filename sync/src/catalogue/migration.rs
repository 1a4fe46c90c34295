//! From one edition to the next: what changed, in words, and what becomes of open drafts.

use std::collections::BTreeMap;

use super::{Catalogue, Channel, Field, Kind, Service, Step};

/// What becomes of a draft that was begun under an older edition of its service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// Fields whose answers hold as they are.
    pub kept: Vec<String>,
    /// Fields that stand on another step now; their answers hold.
    pub moved: Vec<String>,
    /// Fields that are no longer asked, or of another kind: the answer stays to be seen, and counts no more.
    pub gone: Vec<String>,
    /// Steps to be gone through again: they ask something new, or something else.
    pub again: Vec<String>,
}

impl Service {
    /// What becomes of a draft of this service under a newer edition of it.
    #[must_use]
    pub fn migration(&self, newer: &Self) -> Migration {
        let mut out = Migration::default();
        let (old, new) = (places(self), places(newer));
        for (id, (step, field)) in &old {
            match new.get(id) {
                Some((_, now)) if now.kind != field.kind => out.gone.push((*id).to_owned()),
                None => out.gone.push((*id).to_owned()),
                Some((now, _))
                    if now.id != step.id || now.repeat.is_some() != step.repeat.is_some() =>
                {
                    out.moved.push((*id).to_owned());
                }
                Some(_) => out.kept.push((*id).to_owned()),
            }
        }
        for step in &newer.steps {
            let before = self.steps.iter().find(|s| s.id == step.id);
            let asks_more = step
                .fields
                .iter()
                .any(|field| match old.get(field.id.as_str()) {
                    None => field.required,
                    Some((_, was)) => {
                        was.kind != field.kind
                            || (field.required && !was.required)
                            || was.rules != field.rules
                            || was
                                .options
                                .iter()
                                .any(|o| field.options.iter().all(|n| n.id != o.id))
                    }
                });
            let turned = before.is_some_and(|b| b.repeat.is_some() != step.repeat.is_some());
            if before.is_some() && (asks_more || turned) {
                out.again.push(step.id.clone());
            }
        }
        out
    }
}

fn places(service: &Service) -> BTreeMap<&str, (&Step, &Field)> {
    let fields = service
        .steps
        .iter()
        .flat_map(|s| s.fields.iter().map(move |f| (f.id.as_str(), (s, f))));
    fields.collect()
}

/// What changed between two editions, a line each, by service.
#[must_use]
pub fn changes(old: &Catalogue, new: &Catalogue) -> Vec<String> {
    let mut out = Vec::new();
    if old.edition != new.edition {
        out.push(format!("edition {} → {}", old.edition, new.edition));
    }
    for lang in old.languages.iter().filter(|l| !new.languages.contains(l)) {
        out.push(format!("language `{lang}` is gone"));
    }
    for lang in new.languages.iter().filter(|l| !old.languages.contains(l)) {
        out.push(format!("language `{lang}` is new"));
    }
    for was in old.services.iter().filter(|s| new.service(&s.id).is_none()) {
        out.push(format!(
            "{}: gone; its open drafts stay under edition {}",
            was.id, old.edition
        ));
    }
    for service in &new.services {
        match old.service(&service.id) {
            None => out.push(format!("{}: new", service.id)),
            Some(was) => {
                let said = of_service(was, service);
                out.extend(
                    said.into_iter()
                        .map(|line| format!("{}: {line}", service.id)),
                );
            }
        }
    }
    for was in &old.standards {
        if new.standard(&was.id).is_none() {
            out.push(format!("standard `{}` is gone", was.id));
        }
    }
    for standard in &new.standards {
        match old.standard(&standard.id) {
            None => out.push(format!("standard `{}` is new", standard.id)),
            Some(was) if was != standard => {
                out.push(format!("standard `{}` says something else", standard.id));
            }
            Some(_) => {}
        }
    }
    out
}

fn of_service(old: &Service, new: &Service) -> Vec<String> {
    let mut out = Vec::new();
    for (channel, name) in [
        (Channel::Desk, "at the desk"),
        (Channel::Online, "online"),
        (Channel::Elsewhere, "elsewhere"),
    ] {
        let (was, is) = (fees(old, channel), fees(new, channel));
        if was != is {
            out.push(format!("fee {name}: {was} → {is}"));
        }
    }
    let ids = |s: &Service| {
        s.exemptions
            .iter()
            .map(|e| (e.id.clone(), e.when.clone()))
            .collect::<Vec<_>>()
    };
    if ids(old) != ids(new) {
        out.push("who is exempt from the fee changed".into());
    }
    if old.offline != new.offline {
        out.push(
            format!("without a network: {:?} → {:?}", old.offline, new.offline).to_lowercase(),
        );
    }
    if old.who != new.who {
        out.push("who may ask for it changed".into());
    }
    if old.signature != new.signature {
        out.push("whether it is signed changed".into());
    }
    if (&old.from, &old.until) != (&new.from, &new.until) {
        out.push("when it can be asked for changed".into());
    }
    if old.reply != new.reply {
        let term = |s: &Service| match &s.reply {
            None => "no term".to_owned(),
            Some(reply) => format!("{} working days", reply.within_working_days),
        };
        out.push(match (term(old), term(new)) {
            (was, is) if was != is => format!("it is answered within: {was} → {is}"),
            _ => "what is to be answered changed".into(),
        });
    }
    if old.documents != new.documents {
        out.push("what the citizen brings changed".into());
    }
    for step in old
        .steps
        .iter()
        .filter(|s| new.steps.iter().all(|n| n.id != s.id))
    {
        out.push(format!("step `{}` is gone", step.id));
    }
    for step in &new.steps {
        match old.steps.iter().find(|s| s.id == step.id) {
            None => out.push(format!("step `{}` is new", step.id)),
            Some(was) if was.when != step.when => {
                out.push(format!(
                    "step `{}` is asked under another condition",
                    step.id
                ));
            }
            Some(was) if was.repeat != step.repeat => {
                out.push(format!("step `{}` repeats otherwise", step.id));
            }
            Some(_) => {}
        }
    }
    let (was, is) = (places(old), places(new));
    for id in was.keys().filter(|id| !is.contains_key(*id)) {
        out.push(format!("field `{id}` is gone"));
    }
    for (id, (_, field)) in &is {
        match was.get(id) {
            None if field.required => out.push(format!("field `{id}` is new, and required")),
            None => out.push(format!("field `{id}` is new")),
            Some((_, before)) => out.extend(of_field(before, field)),
        }
    }
    if out.is_empty() && old != new {
        out.push("texts or their order changed".into());
    }
    out
}

fn of_field(old: &Field, new: &Field) -> Vec<String> {
    let id = &new.id;
    let mut out = Vec::new();
    if old.kind != new.kind {
        out.push(format!(
            "field `{id}`: {} → {}",
            kind(old.kind),
            kind(new.kind)
        ));
    }
    if old.required != new.required {
        let now = if new.required {
            "now required"
        } else {
            "no longer required"
        };
        out.push(format!("field `{id}` is {now}"));
    }
    if old.private != new.private {
        let now = match new.private {
            true => "now private: the desk does not see what the citizen writes",
            false => "no longer private: the desk sees what the citizen writes",
        };
        out.push(format!("field `{id}` is {now}"));
    }
    if old.household != new.household {
        let now = match new.household {
            true => "now asked once of a household",
            false => "asked of each of a household again",
        };
        out.push(format!("field `{id}` is {now}"));
    }
    if old.rules != new.rules {
        out.push(format!("field `{id}`: another value is right"));
    }
    if old.when != new.when {
        out.push(format!("field `{id}` is asked under another condition"));
    }
    for option in old
        .options
        .iter()
        .filter(|o| new.options.iter().all(|n| n.id != o.id))
    {
        out.push(format!("field `{id}`: the option `{}` is gone", option.id));
    }
    for option in new
        .options
        .iter()
        .filter(|o| old.options.iter().all(|n| n.id != o.id))
    {
        out.push(format!("field `{id}`: the option `{}` is new", option.id));
    }
    out
}

fn kind(kind: Kind) -> String {
    let named = serde_json::to_value(kind).ok();
    named
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn fees(service: &Service, channel: Channel) -> String {
    let of = service.fees.iter().filter(|f| f.channel == channel);
    let said: Vec<String> = of
        .map(|fee| {
            let euros = format!("€{}.{:02}", fee.cents / 100, fee.cents % 100);
            let some = if fee.when.is_some() { " for some" } else { "" };
            let from = fee
                .from
                .as_ref()
                .map_or(String::new(), |d| format!(" from {d}"));
            let until = fee
                .until
                .as_ref()
                .map_or(String::new(), |d| format!(" until {d}"));
            format!("{euros}{some}{from}{until}")
        })
        .collect();
    match said.is_empty() {
        true => "none".into(),
        false => said.join(", "),
    }
}
