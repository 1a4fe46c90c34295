//! Search of services that forgives accents and slips of the finger.

use super::{Catalogue, Service};
use crate::text::fold;

/// The services that match `query`, best first. An empty query gives all, in
/// the catalogue's order.
#[must_use]
pub fn search<'a>(catalogue: &'a Catalogue, query: &str) -> Vec<&'a Service> {
    let query = fold(query);
    if query.is_empty() {
        return catalogue.services.iter().collect();
    }
    let words: Vec<&str> = query.split(' ').take(8).collect();
    let mut hits: Vec<(u32, &Service)> = catalogue
        .services
        .iter()
        .filter_map(|s| Some((score(s, &words)?, s)))
        .collect();
    hits.sort_by_key(|(score, _)| *score);
    hits.into_iter().map(|(_, s)| s).collect()
}

/// Sum over the query's words of the distance to the nearest word of the
/// service; `None` when a word is like none of them. Lower is better.
fn score(service: &Service, query: &[&str]) -> Option<u32> {
    let title = fold(&format!(
        "{} {} {}",
        service.title.pt(),
        service.title.get("en"),
        service.by.name
    ));
    let other = fold(&format!(
        "{} {}",
        service.keywords.join(" "),
        service.summary.pt()
    ));
    query
        .iter()
        .map(|q| {
            let in_title = nearest(&title, q);
            let elsewhere = nearest(&other, q).map(|d| d + 1);
            [in_title, elsewhere].into_iter().flatten().min()
        })
        .sum()
}

/// 0 the word itself, 1 its beginning, 2 and more for slips. A slip is forgiven
/// for every four letters, none in shorter words.
fn nearest(text: &str, query: &str) -> Option<u32> {
    text.split(' ')
        .filter_map(|word| {
            if word == query {
                return Some(0);
            }
            if word.starts_with(query) {
                return Some(1);
            }
            let allowed = query.chars().count() / 4;
            let same_length: String = word.chars().take(query.chars().count()).collect();
            let slips =
                strsim::osa_distance(word, query).min(strsim::osa_distance(&same_length, query));
            (slips <= allowed).then(|| 2 + u32::try_from(slips).unwrap_or(u32::MAX - 2))
        })
        .min()
}
