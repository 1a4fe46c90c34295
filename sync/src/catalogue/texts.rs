//! Every text of a catalogue, with the key under which its translations stand.

use super::{Catalogue, Service, Words};

/// A step on the way to a value in a file: of a table, or of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    Key(String),
    Nth(usize),
}

impl From<&str> for At {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for At {
    fn from(n: usize) -> Self {
        Self::Nth(n)
    }
}

/// A way through a file.
macro_rules! way {
    ($($at:expr),* $(,)?) => { vec![$($crate::catalogue::texts::At::from($at)),*] };
}
pub(super) use way;

/// One text.
pub(super) struct Text<'a> {
    /// The index of its service; `None`: it is an agency's.
    pub(super) service: Option<usize>,
    /// Where it stands within the service (or in the head of the catalogue).
    pub(super) way: Vec<At>,
    /// Where its translation stands in a file of `languages/`.
    pub(super) key: Vec<At>,
    pub(super) words: &'a mut Words,
    /// Whether it may be without a translation.
    pub(super) is_optional: bool,
}

impl Text<'_> {
    /// Whether it should be in that language and is not.
    pub(super) fn lacks(&self, lang: &str) -> bool {
        !self.is_optional && !self.words.has(lang)
    }
}

/// Calls `with` for every text that a citizen reads; of those that may be left out, if it is there.
pub(super) fn each(catalogue: &mut Catalogue, with: &mut dyn FnMut(Text<'_>)) {
    for (i, agency) in catalogue.agencies.iter_mut().enumerate() {
        with(Text {
            service: None,
            way: way!["agency", i, "privacy"],
            key: way!["agency", agency.id.as_str(), "privacy"],
            words: &mut agency.privacy,
            is_optional: false,
        });
        with(Text {
            service: None,
            way: way!["agency", i, "names"],
            key: way!["agency", agency.id.as_str(), "name"],
            words: &mut agency.names,
            is_optional: true,
        });
    }
    for (i, service) in catalogue.services.iter_mut().enumerate() {
        of_service(i, service, with);
    }
}

fn of_service(nth: usize, service: &mut Service, with: &mut dyn FnMut(Text<'_>)) {
    let id = service.id.clone();
    let mut one = |way: Vec<At>, key: Vec<At>, words: &mut Words| {
        let mut full = way!["service", id.as_str()];
        full.extend(key);
        with(Text {
            service: Some(nth),
            way,
            key: full,
            words,
            is_optional: false,
        });
    };
    one(way!["title"], way!["title"], &mut service.title);
    one(way!["summary"], way!["summary"], &mut service.summary);
    one(way!["next"], way!["next"], &mut service.next);
    for (name, words) in [
        ("remains", &mut service.remains),
        ("privacy", &mut service.privacy),
    ] {
        if !words.is_empty() {
            one(way![name], way![name], words);
        }
    }
    for (i, words) in service.alone.iter_mut().enumerate() {
        one(way!["alone", i], way!["alone", i], words);
    }
    for (i, exemption) in service.exemptions.iter_mut().enumerate() {
        let key = way!["exemption", exemption.id.as_str()];
        one(way!["exemption", i, "reason"], key, &mut exemption.reason);
    }
    for (i, paper) in service.documents.iter_mut().enumerate() {
        let key = way!["document", paper.id.as_str()];
        one(way!["document", i, "title"], key, &mut paper.title);
    }
    for (s, step) in service.steps.iter_mut().enumerate() {
        let key = way!["step", step.id.as_str()];
        one(way!["step", s, "title"], key, &mut step.title);
        if let Some(repeat) = &mut step.repeat {
            let key = way!["more", step.id.as_str()];
            one(way!["step", s, "repeat", "more"], key, &mut repeat.more);
        }
        for (f, field) in step.fields.iter_mut().enumerate() {
            let at = |last: &str| way!["step", s, "field", f, last];
            let key = |part: &str| way![part, field.id.as_str()];
            one(at("label"), key("field"), &mut field.label);
            if !field.hint.is_empty() {
                one(at("hint"), key("hint"), &mut field.hint);
            }
            for (o, option) in field.options.iter_mut().enumerate() {
                let mut way = at("options");
                way.extend(way![o, "label"]);
                let key = way!["option", field.id.as_str(), option.id.as_str()];
                one(way, key, &mut option.label);
            }
        }
    }
}
