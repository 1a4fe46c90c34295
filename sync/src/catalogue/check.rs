//! What a catalogue must hold beyond its shape.

use super::{Catalogue, Field, Kind, Service, When};

const CARD_DATA: [&str; 8] = [
    "full-name",
    "birth-date",
    "nic",
    "document-number",
    "nif",
    "niss",
    "sns",
    "nationality",
];

/// Every contradiction, in words, with the place where it stands.
pub(super) fn faults(catalogue: &Catalogue) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(e) = Catalogue::ids_are_unique(catalogue.services.iter().map(|s| s.id.as_str())) {
        faults.push(e);
    }
    for service in &catalogue.services {
        let mut say = |what: String| faults.push(format!("service `{}`: {what}", service.id));
        if !is_id(&service.id) {
            say("its id may hold only a-z, 0-9 and `-`".into());
        }
        if !service.title.has("pt") {
            say("its title has no Portuguese (`pt`)".into());
        }
        if service.steps.is_empty() {
            say("it has no step".into());
        }
        if let Err(e) = Catalogue::ids_are_unique(service.steps.iter().map(|s| s.id.as_str())) {
            say(e);
        }
        let fields = || service.steps.iter().flat_map(|s| &s.fields);
        if let Err(e) = Catalogue::ids_are_unique(fields().map(|f| f.id.as_str())) {
            say(e);
        }
        for when in service
            .fee
            .free_when
            .iter()
            .chain(service.steps.iter().filter_map(|s| s.when.as_ref()))
        {
            condition(service, when, None, &mut say);
        }
        for field in fields() {
            one_field(service, field, &mut say);
        }
    }
    faults
}

fn one_field(service: &Service, field: &Field, say: &mut impl FnMut(String)) {
    if !is_id(&field.id) {
        say(format!(
            "field `{}`: its id may hold only a-z, 0-9 and `-`",
            field.id
        ));
    }
    if !field.label.has("pt") {
        say(format!(
            "field `{}`: its label has no Portuguese (`pt`)",
            field.id
        ));
    }
    if (field.kind == Kind::Choice) == field.options.is_empty() {
        say(format!(
            "field `{}`: options belong to a choice, and a choice needs them",
            field.id
        ));
    }
    if let Some(card) = &field.card
        && !CARD_DATA.contains(&card.as_str())
    {
        say(format!(
            "field `{}`: the card has no `{card}`; it has {}",
            field.id,
            CARD_DATA.join(", ")
        ));
    }
    if let Some(when) = &field.when {
        condition(service, when, Some(&field.id), say);
    }
}

/// A condition may only look at a field that stands before it, so no cycle can arise.
fn condition(service: &Service, when: &When, of: Option<&str>, say: &mut impl FnMut(String)) {
    let order = |id: &str| {
        service
            .steps
            .iter()
            .flat_map(|s| &s.fields)
            .position(|f| f.id == id)
    };
    let Some(at) = order(&when.field) else {
        say(format!(
            "a condition looks at the field `{}`, which there is not",
            when.field
        ));
        return;
    };
    if let Some(own) = of.and_then(order)
        && at >= own
    {
        say(format!(
            "the condition of `{}` looks at `{}`, which comes later",
            of.unwrap_or(""),
            when.field
        ));
    }
    let Some(target) = service.field(&when.field) else {
        return;
    };
    for value in &when.is {
        let known = match target.kind {
            Kind::Choice => target.options.iter().any(|o| &o.id == value),
            Kind::Consent => value == "yes",
            _ => true,
        };
        if !known {
            say(format!(
                "a condition waits for `{}` = `{value}`, which can never be",
                when.field
            ));
        }
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
