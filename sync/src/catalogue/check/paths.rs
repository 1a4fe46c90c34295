//! Answers that lead somewhere: the proof that a step or field is within reach.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Asked;
use super::{Kind, Service, When, order};
use crate::catalogue::Field;
use crate::day::{Date, Day};

/// Assignments that are tried at most.
const MAX_TRIES: usize = 50_000;
/// The day on which paths are tried; days of conditions are counted from it.
pub(crate) const TODAY: &str = "2026-07-01";

/// Whether a condition can hold.
#[derive(Debug)]
pub(crate) enum Reach {
    /// With these answers.
    With(BTreeMap<String, String>),
    /// With none that there are.
    Never,
    /// There are too many to try.
    Unknown,
}

/// Looks for answers with which the condition holds, where each field that it looks at is
/// shown itself.
pub(crate) fn reach(service: &Service, when: &When) -> Reach {
    let known = order(service);
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut tests: Vec<&When> = Vec::new();
    let mut waiting = vec![when];
    while let Some(when) = waiting.pop() {
        for leaf in when.leaves() {
            tests.push(leaf);
            if asked.insert(&leaf.field) {
                let step = service
                    .steps
                    .iter()
                    .find(|s| s.fields.iter().any(|f| f.id == leaf.field));
                let field = known
                    .get(leaf.field.as_str())
                    .and_then(|(_, f)| f.when.as_ref());
                waiting.extend(field.into_iter().chain(step.and_then(|s| s.when.as_ref())));
            }
        }
    }
    let fields: Vec<(&str, Vec<String>)> = asked
        .iter()
        .filter_map(|id| {
            let (_, field) = known.get(id)?;
            Some((*id, candidates(field, &tests)))
        })
        .collect();
    let mut at = vec![0; fields.len()];
    for _ in 0..MAX_TRIES {
        let mut values: BTreeMap<String, String> = fields
            .iter()
            .zip(&at)
            .map(|((id, list), n)| ((*id).to_owned(), list[*n].clone()))
            .collect();
        if holds(service, when, &values) {
            values.retain(|_, value| !value.is_empty());
            return Reach::With(values);
        }
        let Some(turn) = (0..at.len()).find(|i| at[*i] + 1 < fields[*i].1.len()) else {
            return Reach::Never;
        };
        at[..turn].fill(0);
        at[turn] += 1;
    }
    Reach::Unknown
}

fn holds(service: &Service, when: &When, values: &BTreeMap<String, String>) -> bool {
    // The fields of a step that repeats are looked at within one time: the first stands for all.
    let plain = |id: &str| super::super::apart(id).0.to_owned();
    let asked = service.asked(values, TODAY);
    let hidden = asked.hidden.iter().map(|id| plain(id)).collect();
    let asked = Asked { values, hidden };
    when.holds(&asked, TODAY)
}

/// Values of a field that the tests tell apart.
fn candidates(field: &Field, tests: &[&When]) -> Vec<String> {
    let own = || tests.iter().filter(|t| t.field == field.id);
    let mut out: Vec<String> = match field.kind {
        Kind::Choice => field.options.iter().map(|o| o.id.clone()).collect(),
        Kind::Choices => {
            let ids = field.options.iter().map(|o| o.id.clone());
            let all: Vec<String> = ids.clone().collect();
            ids.chain([all.join(" ")]).collect()
        }
        Kind::YesNo => vec!["yes".into(), "no".into()],
        Kind::Consent => vec!["yes".into()],
        Kind::Number | Kind::Money => {
            let rules = &field.rules;
            let ends = own().flat_map(|t| [t.at_least, t.at_most]).flatten();
            let near = ends.flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)]);
            let all: BTreeSet<i64> = near.chain([rules.min.unwrap_or(0)]).collect();
            let right = |n: &i64| {
                *n >= rules.min.unwrap_or(0).max(0) && rules.max.is_none_or(|max| *n <= max)
            };
            let written = |n: i64| match field.kind {
                Kind::Money => format!("{n}.00"),
                _ => n.to_string(),
            };
            all.into_iter().filter(right).map(written).collect()
        }
        Kind::Date => dates(field, own().flat_map(|t| [t.since, t.until]).flatten()),
        _ => vec!["x".into()],
    };
    out.push(String::new());
    out
}

fn dates(field: &Field, ends: impl Iterator<Item = Day>) -> Vec<String> {
    let Some(today) = Date::parse(TODAY) else {
        return vec![];
    };
    let (first, last) = field.rules.window(today);
    let near = ends.flat_map(|day| {
        let date = day.date(today);
        [-1, 0, 1].map(|n| Day::Days(n).date(date))
    });
    let all: BTreeSet<Date> = near.chain([first, last]).collect();
    all.into_iter()
        .filter(|date| (first..=last).contains(date))
        .map(|date| date.to_string())
        .collect()
}
