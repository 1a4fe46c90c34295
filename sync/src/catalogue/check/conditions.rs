//! Conditions look back, ask what can be, and leave every step within reach.

use std::collections::BTreeMap;

use super::super::texts::{At, way};
use super::{Findings, Kind, Service, When, order, paths};
use crate::catalogue::Field;

/// How deep conditions stand in each other at most.
const DEEPEST: usize = 4;

/// Whose condition it is.
struct Of<'a> {
    at: Vec<At>,
    /// Its fields and those after it must not be looked at: their first place.
    before: usize,
    /// What it shows, as people call it.
    name: String,
    /// The field that it reveals, for cycles.
    field: Option<&'a str>,
    when: &'a When,
    /// The step that it stands in, by index.
    step: Option<usize>,
}

pub(super) fn check(service: &Service, out: &mut Findings) {
    let known = order(service);
    let all = everywhere(service);
    let mut broken = false;
    for of in &all {
        let before = out.all.len();
        if of.when.depth() > DEEPEST {
            let what = format!("conditions stand in each other deeper than {DEEPEST}");
            out.say(of.at.clone(), what, "write it flatter");
        }
        shape(of, of.when, out);
        for leaf in of.when.leaves() {
            one(service, of, leaf, &known, out);
        }
        broken |= out.all.len() > before;
    }
    cycles(service, &known, out);
    if broken {
        return;
    }
    for of in &all {
        if let paths::Reach::Never = paths::reach(service, &whole(service, of)) {
            let what = format!(
                "{} can never be reached: its condition contradicts itself or those before it",
                of.name
            );
            out.say(of.at.clone(), what, "mend the condition, or take it away");
        }
    }
}

/// The condition together with that of the step that it stands in.
fn whole(service: &Service, of: &Of<'_>) -> When {
    let step = of.step.and_then(|s| service.steps[s].when.as_ref());
    match step {
        Some(step) if of.field.is_some() => When {
            all: vec![step.clone(), of.when.clone()],
            ..When::default()
        },
        _ => of.when.clone(),
    }
}

fn everywhere(service: &Service) -> Vec<Of<'_>> {
    let mut all = Vec::new();
    let last = usize::MAX;
    let mut add = |at, before, name: String, field, when, step| {
        all.push(Of {
            at,
            before,
            name,
            field,
            when,
            step,
        });
    };
    for (i, fee) in service.fees.iter().enumerate() {
        if let Some(when) = &fee.when {
            add(
                way!["fee", i, "when"],
                last,
                "this fee".into(),
                None,
                when,
                None,
            );
        }
    }
    for (i, exemption) in service.exemptions.iter().enumerate() {
        let name = format!("the exemption `{}`", exemption.id);
        add(
            way!["exemption", i, "when"],
            last,
            name,
            None,
            &exemption.when,
            None,
        );
    }
    for (i, paper) in service.documents.iter().enumerate() {
        if let Some(when) = &paper.when {
            let name = format!("the document `{}`", paper.id);
            add(way!["document", i, "when"], last, name, None, when, None);
        }
    }
    if let Some(when) = service.reply.as_ref().and_then(|r| r.when.as_ref()) {
        let name = "what is to be answered".into();
        add(way!["reply", "when"], last, name, None, when, None);
    }
    let mut place = 1;
    for (s, step) in service.steps.iter().enumerate() {
        if let Some(when) = &step.when {
            let name = format!("the step `{}`", step.id);
            add(way!["step", s, "when"], place, name, None, when, None);
        }
        for (f, field) in step.fields.iter().enumerate() {
            if let Some(when) = &field.when {
                let name = format!("the field `{}`", field.id);
                let at = way!["step", s, "field", f, "when"];
                add(at, place, name, Some(field.id.as_str()), when, Some(s));
            }
            place += 1;
        }
    }
    all
}

/// Exactly one of a field, `all`, `any`; and a field is asked something.
fn shape(of: &Of<'_>, when: &When, out: &mut Findings) {
    let asks = !when.is.is_empty()
        || !when.is_not.is_empty()
        || when.answered.is_some()
        || when.at_least.is_some()
        || when.at_most.is_some()
        || when.since.is_some()
        || when.until.is_some();
    let ways = [
        !when.field.is_empty(),
        !when.all.is_empty(),
        !when.any.is_empty(),
    ];
    if ways.iter().filter(|w| **w).count() != 1 || asks == when.field.is_empty() {
        let what = "a condition looks at one `field` and asks something of it, or is made of `all` or of `any`";
        out.say(
            of.at.clone(),
            what,
            "write for example `{ field = \"purpose\", is = [\"work\"] }`",
        );
    }
    for inside in when.all.iter().chain(&when.any) {
        shape(of, inside, out);
    }
}

fn one(
    service: &Service,
    of: &Of<'_>,
    leaf: &When,
    known: &BTreeMap<&str, (usize, &Field)>,
    out: &mut Findings,
) {
    if leaf.field.is_empty() {
        return;
    }
    let Some((place, target)) = known.get(leaf.field.as_str()) else {
        let what = format!(
            "the condition looks at the field `{}`, which there is not",
            leaf.field
        );
        out.say(
            of.at.clone(),
            what,
            "write the id of a field that stands before it",
        );
        return;
    };
    if target.private {
        let what = format!(
            "the condition looks at `{}`, which is private: what it shows would tell what it says",
            leaf.field
        );
        let remedy = "look at another field, or take `private` away there";
        out.say(of.at.clone(), what, remedy);
    }
    // Of a step that repeats, only a field of the same time can be looked at.
    let at = service
        .steps
        .iter()
        .position(|s| s.fields.iter().any(|f| f.id == leaf.field));
    if at.is_some_and(|s| service.steps[s].repeat.is_some()) && (of.step != at || of.step.is_none())
    {
        let what = format!(
            "`{}` is asked several times: which of them is meant?",
            leaf.field
        );
        out.say(of.at.clone(), what, "look at a field that is asked once");
    }
    if *place >= of.before && of.field.is_none_or(|own| own != leaf.field) {
        let what = format!(
            "the condition of {} looks at `{}`, which comes later",
            of.name, leaf.field
        );
        out.say(
            of.at.clone(),
            what,
            "put the field that it looks at before it",
        );
    }
    let mut say = |what: String, remedy: &str| out.say(of.at.clone(), what, remedy);
    let closed: Option<Vec<&str>> = match target.kind {
        Kind::Choice | Kind::Choices => {
            Some(target.options.iter().map(|o| o.id.as_str()).collect())
        }
        Kind::YesNo => Some(vec!["yes", "no"]),
        Kind::Consent => Some(vec!["yes"]),
        _ => None,
    };
    for value in leaf.is.iter().chain(&leaf.is_not) {
        match &closed {
            None => say(
                format!(
                    "`{}` can be anything: `{value}` cannot be counted on",
                    leaf.field
                ),
                "ask `answered`, a number or a date, or make it a choice",
            ),
            Some(options) if !options.contains(&value.as_str()) => say(
                format!(
                    "the condition waits for `{}` = `{value}`, which can never be",
                    leaf.field
                ),
                &format!("write one of {}", options.join(", ")),
            ),
            Some(_) => {}
        }
    }
    let number = matches!(target.kind, Kind::Number | Kind::Money);
    if (leaf.at_least.is_some() || leaf.at_most.is_some()) && !number {
        say(
            format!("`{}` is no number", leaf.field),
            "look at a field of `kind = \"number\"` or `\"money\"`",
        );
    }
    if (leaf.since.is_some() || leaf.until.is_some()) && target.kind != Kind::Date {
        say(
            format!("`{}` is no date", leaf.field),
            "look at a field of `kind = \"date\"`",
        );
    }
}

/// Fields whose conditions wait for each other: each is told its whole circle.
fn cycles(service: &Service, known: &BTreeMap<&str, (usize, &Field)>, out: &mut Findings) {
    let looks_at = |id: &str| -> Vec<&str> {
        let when = known.get(id).and_then(|(_, f)| f.when.as_ref());
        when.map(|w| w.leaves().into_iter().map(|l| l.field.as_str()).collect())
            .unwrap_or_default()
    };
    for (s, step) in service.steps.iter().enumerate() {
        for (f, field) in step.fields.iter().enumerate() {
            let mut came: BTreeMap<&str, &str> = BTreeMap::new();
            let mut next = vec![field.id.as_str()];
            while let Some(id) = next.pop() {
                for seen in looks_at(id) {
                    if !came.contains_key(seen) {
                        came.insert(seen, id);
                        next.push(seen);
                    }
                }
            }
            if !came.contains_key(field.id.as_str()) {
                continue;
            }
            let mut circle = vec![field.id.as_str()];
            while let Some(from) = came.get(circle[circle.len() - 1]) {
                circle.push(from);
                if *from == field.id {
                    break;
                }
            }
            circle.reverse();
            let what = format!("conditions go round in a cycle: {}", circle.join(" → "));
            out.say(
                way!["step", s, "field", f, "when"],
                what,
                "let one of them look at nothing in the cycle",
            );
        }
    }
}
