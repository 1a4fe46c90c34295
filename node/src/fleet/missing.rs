//! What a node is known to have written that never came, and where it is: from what it said itself, from the sealed parts that
//! were packed of it, and from what others say that they have of it. What nobody heard of nobody can name.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use vereda_sync::id::JournalId;
use vereda_web::console::port::{Missing, Whereabout};

use crate::store::{Result, bundle, fleet, journal, quarantine};

/// Most rows that are shown.
const MOST: usize = 500;

/// Entries of a journal, from the first to the last, and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    first: u64,
    last: u64,
    place: Whereabout,
}

/// What never came of that node, by journal; `name_of`: the names of spots by their ids.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn of(
    db: &Connection,
    node: &str,
    name_of: impl Fn(&str) -> String,
) -> Result<Vec<Missing>> {
    let mut journals: BTreeMap<JournalId, u64> = BTreeMap::new();
    for journal in journal::of_node(db, node)? {
        journals.insert(journal.id, journal.frontier.size());
    }
    for (journal, _) in fleet::claims(db, node)? {
        let held = journal::find(db, journal)?.map_or(0, |j| j.frontier.size());
        journals.insert(journal, held);
    }
    let parts: Vec<_> = bundle::all(db)?
        .into_iter()
        .filter(|p| p.header.node == node)
        .collect();
    for part in &parts {
        journals.entry(part.header.journal()).or_insert(0);
    }
    let claims: BTreeMap<JournalId, u64> = fleet::claims(db, node)?.into_iter().collect();
    let mut out = Vec::new();
    for (id, held) in journals {
        let mut size = claims.get(&id).copied().unwrap_or(0);
        let mut spans = Vec::new();
        for (index, who, is_here) in fleet::heard(db, id)? {
            let place = match is_here {
                true => Whereabout::Recovered,
                false => Whereabout::Heard(vec![name_of(&who)]),
            };
            spans.push(Span {
                first: index,
                last: index,
                place,
            });
        }
        for (who, first, entries, whole) in fleet::carried(db, id)? {
            size = size.max(whole);
            spans.push(Span {
                first,
                last: first.saturating_add(entries).saturating_sub(1),
                place: Whereabout::Carried(vec![name_of(&who)]),
            });
        }
        for header in parts
            .iter()
            .map(|p| &p.header)
            .filter(|h| h.journal() == id)
        {
            size = size.max(header.checkpoint.head.size);
            spans.push(Span {
                first: header.first,
                last: header
                    .first
                    .saturating_add(header.entries)
                    .saturating_sub(1),
                place: Whereabout::Part,
            });
        }
        for (first, last) in quarantine::spans(db, id, held)? {
            spans.push(Span {
                first,
                last,
                place: Whereabout::Aside,
            });
        }
        if let Some((sealed, _)) = quarantine::seal(db, id)? {
            size = size.max(sealed.head.size);
        }
        let short: String = id.to_string().chars().take(8).collect();
        for span in laid_out(held, size, spans) {
            if out.len() < MOST {
                out.push(Missing {
                    journal: short.clone(),
                    first: span.first,
                    last: span.last,
                    place: span.place,
                });
            }
        }
    }
    Ok(out)
}

/// The entries after the first `held` up to `size`, or as far as anybody has one, in spans that do not overlap: each with
/// the nearest place that is known. Costs what is known, and not how much is missing.
fn laid_out(held: u64, size: u64, mut known: Vec<Span>) -> Vec<Span> {
    known.retain(|span| span.last > held && span.first <= span.last && span.first > 0);
    let last = known
        .iter()
        .map(|span| span.last)
        .chain([size])
        .max()
        .unwrap_or(size);
    if last <= held {
        return vec![];
    }
    let mut cuts: BTreeSet<u64> = [held + 1].into();
    for span in &known {
        cuts.extend([span.first.max(held + 1), span.last.saturating_add(1)]);
    }
    cuts.retain(|cut| *cut <= last);
    let mut out: Vec<Span> = Vec::new();
    let mut cuts = cuts.into_iter().peekable();
    while let Some(first) = cuts.next() {
        let end = cuts.peek().map_or(last, |next| next - 1);
        let here = known
            .iter()
            .filter(|span| span.first <= first && end <= span.last);
        let place = nearest(here.map(|span| &span.place));
        match out.last_mut() {
            Some(before) if before.place == place => before.last = end,
            _ => out.push(Span {
                first,
                last: end,
                place,
            }),
        }
    }
    out
}

/// Of several places the nearest; of spots that have it, all.
fn nearest<'p>(places: impl Iterator<Item = &'p Whereabout> + Clone) -> Whereabout {
    let carried = BTreeSet::from_iter(places.clone().flat_map(|place| match place {
        Whereabout::Carried(who) => who.clone(),
        _ => vec![],
    }));
    let heard = BTreeSet::from_iter(places.clone().flat_map(|place| match place {
        Whereabout::Heard(who) => who.clone(),
        _ => vec![],
    }));
    match places.min() {
        None => Whereabout::Nowhere,
        Some(Whereabout::Carried(_)) => Whereabout::Carried(carried.into_iter().collect()),
        Some(Whereabout::Heard(_)) => Whereabout::Heard(heard.into_iter().collect()),
        Some(here) => here.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(first: u64, last: u64, place: Whereabout) -> Span {
        Span { first, last, place }
    }

    fn heard(who: &str) -> Whereabout {
        Whereabout::Heard(vec![who.into()])
    }

    #[test]
    fn each_entry_is_where_it_is_nearest() {
        let known = vec![
            span(3, 6, heard("a")),
            span(5, 5, heard("b")),
            span(6, 6, Whereabout::Recovered),
            span(8, 9, Whereabout::Carried(vec!["c".into()])),
            span(1, 4, Whereabout::Part),
        ];
        let both = Whereabout::Heard(vec!["a".into(), "b".into()]);
        let expected = [
            span(3, 4, Whereabout::Part),
            span(5, 5, both),
            span(6, 6, Whereabout::Recovered),
            span(7, 7, Whereabout::Nowhere),
            span(8, 9, Whereabout::Carried(vec!["c".into()])),
            span(10, 12, Whereabout::Nowhere),
        ];
        assert_eq!(laid_out(2, 12, known), expected);
        assert_eq!(laid_out(12, 12, vec![span(3, 6, heard("a"))]), []);
        // Whoever says that it wrote more than there can be costs nothing.
        assert_eq!(
            laid_out(0, u64::MAX, vec![]),
            [span(1, u64::MAX, Whereabout::Nowhere)]
        );
    }

    proptest! {
        #[test]
        fn all_that_is_missing_is_there_once(held in 0..40_u64, size in 0..60_u64, all in prop::collection::vec((0..70_u64, 0..70_u64, 0..4_u8), 0..9)) {
            let known: Vec<Span> = all.into_iter().map(|(first, last, kind)| span(first, last, match kind {
                0 => Whereabout::Recovered,
                1 => Whereabout::Aside,
                2 => Whereabout::Carried(vec!["c".into()]),
                _ => heard("a"),
            })).collect();
            let spans = laid_out(held, size, known);
            let mut next = held + 1;
            for one in &spans {
                prop_assert_eq!(one.first, next);
                prop_assert!(one.last >= one.first);
                next = one.last + 1;
            }
            prop_assert!(next > size.min(60) || held >= size);
        }
    }
}
