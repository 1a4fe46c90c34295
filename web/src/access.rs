//! What is written down of somebody who came to a page that says something of people.

use axum::extract::{Query, Request};
use axum::http::Method;

pub use vereda_sync::audit::Did;

/// What is written down of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accessed {
    /// What came of it.
    pub did: Did,
    /// The pattern of the address: `/pedido/{request}`.
    pub page: String,
    /// What the address names.
    pub ids: Vec<String>,
    /// What was looked for.
    pub sought: String,
    /// A page that was open showed itself anew.
    pub by_itself: bool,
}

impl Accessed {
    /// Of a request to an address with that pattern, as if it were read.
    pub(crate) fn of(pattern: &str, request: &Request) -> Self {
        let uri = request.uri();
        let asked = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .unwrap_or_default()
            .0;
        let sought = asked.into_iter().find(|(name, _)| name == "q");
        // What a browser asks for as somebody goes there says so; a page that renews itself does not.
        let goes_there = request
            .headers()
            .get("sec-fetch-mode")
            .is_none_or(|mode| mode == "navigate");
        Self {
            did: Did::Read,
            page: pattern.to_owned(),
            ids: named(pattern, uri.path()),
            sought: sought.map(|(_, text)| text).unwrap_or_default(),
            by_itself: request.method() == Method::GET && !goes_there,
        }
    }
}

/// What an address names, of which the pattern is known.
pub(crate) fn named(pattern: &str, path: &str) -> Vec<String> {
    let parts = pattern.split('/').zip(path.split('/'));
    let named = parts.filter(|(of, _)| of.starts_with('{'));
    named.map(|(_, id)| id.to_owned()).collect()
}
