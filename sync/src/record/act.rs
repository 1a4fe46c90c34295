//! Acts: who did what to a record, where and when.
//!
//! An act is one value: `{"act": "step", "by": "Ana Martins", "spot": "Carrinha 7", "step": "contacts"}`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::hlc::Hlc;
use crate::record::agency;
use crate::record::document::Author;

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Act {
    /// Its key in the record: `time.node`, so that acts sort as they happened.
    pub id: String,
    /// What kind of act, for example `step`, `recorded`, `corrected`, `decided`.
    pub kind: String,
    /// Who, by name.
    pub by: String,
    /// Name of the node.
    pub spot: String,
    /// Where it stood, if known.
    pub stop: Option<String>,
    /// When.
    pub at: Hlc,
    /// Whether the clock was trusted.
    pub sure: bool,
    /// The time zone of the place, by its name; `None`: Lisbon's. As it was written: nobody has looked whether
    /// there is such a one.
    pub zone: Option<String>,
    /// Whatever else the kind of act says: step, field, reason, …
    pub more: BTreeMap<String, String>,
}

/// Words of every act; the rest is [`Act::more`].
const KIND: &str = "act";
const BY: &str = "by";
const SPOT: &str = "spot";
const STOP: &str = "stop";
/// Only there when the clock was not trusted.
const UNSURE: &str = "unsure";
/// Only there when it is not Lisbon's.
const ZONE: &str = "zone";

/// Longest name of a zone that is read, in characters: the longest there is has 32.
const MAX_ZONE_CHARS: usize = 40;

/// The id of an act: when and at which node.
pub(crate) struct ActId<'a> {
    pub(crate) at: Hlc,
    pub(crate) node: &'a str,
}

impl<'a> ActId<'a> {
    pub(crate) fn parse(id: &'a str) -> Option<Self> {
        let (at, node) = id.split_once('.')?;
        let at = u64::from_str_radix(at, 16).ok().map(Hlc)?;
        Some(Self { at, node })
    }
}

impl fmt::Display for ActId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}.{}", self.at.0, self.node)
    }
}

impl Act {
    /// What `author` does now.
    pub(super) fn new(author: &Author, at: Hlc, kind: &str, more: &[(&str, &str)]) -> Self {
        debug_assert!(
            more.iter()
                .all(|(word, _)| ![KIND, BY, SPOT, STOP, UNSURE, ZONE].contains(word)),
            "a word of every act would hide what this one says: {more:?}"
        );
        let more = more.iter();
        Self {
            id: ActId {
                at,
                node: &author.node,
            }
            .to_string(),
            kind: kind.to_owned(),
            by: author.person.clone(),
            spot: author.spot.clone(),
            stop: author.stop.clone(),
            at,
            sure: author.clock_sure,
            zone: author.zone.clone(),
            more: more
                .map(|(word, said)| ((*word).to_owned(), (*said).to_owned()))
                .collect(),
        }
    }

    /// The act as records hold it under its id.
    pub(super) fn encode(&self) -> String {
        let always = [(KIND, &self.kind), (BY, &self.by), (SPOT, &self.spot)];
        let stop = self.stop.as_ref().map(|stop| (STOP, stop));
        let zone = self.zone.as_ref().map(|zone| (ZONE, zone));
        let more = self.more.iter().map(|(word, said)| (word.as_str(), said));
        let mut said: Map<String, Value> = always
            .into_iter()
            .chain(stop)
            .chain(zone)
            .chain(more)
            .map(|(word, said)| (word.to_owned(), Value::from(said.as_str())))
            .collect();
        if !self.sure {
            said.insert(UNSURE.to_owned(), Value::from(true));
        }
        Value::Object(said).to_string()
    }

    /// The inverse of [`Act::encode`]. `None` when it is not an act that this
    /// version can read.
    pub(super) fn decode(id: &str, text: &str) -> Option<Self> {
        let mut said: BTreeMap<String, Value> = serde_json::from_str(text).ok()?;
        let mut word = |name: &str| match said.remove(name) {
            Some(Value::String(word)) => Some(word),
            _ => None,
        };
        let (kind, by, spot, stop) = (word(KIND)?, word(BY)?, word(SPOT)?, word(STOP));
        let zone = word(ZONE).map(|zone| zone.chars().take(MAX_ZONE_CHARS).collect());
        if !agency::is_well_written(&kind, text) {
            return None;
        }
        let sure = said.remove(UNSURE).is_none();
        let more = said.into_iter().filter_map(|(name, value)| match value {
            Value::String(word) => Some((name, word)),
            _ => None,
        });
        let at = ActId::parse(id)?.at;
        Some(Self {
            id: id.to_owned(),
            kind,
            by,
            spot,
            stop,
            at,
            sure,
            zone,
            more: more.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(stop: Option<&str>, clock_sure: bool) -> Author {
        Author {
            actor: [1; 16],
            node: "m07".into(),
            spot: "Carrinha 7".into(),
            stop: stop.map(Into::into),
            person: "Ana \"Nita\" Martins\n".into(),
            clock_sure,
            zone: (!clock_sure).then(|| "America/Sao_Paulo".into()),
        }
    }

    #[test]
    fn an_act_reads_back_as_it_was_written() {
        for (stop, sure) in [
            (None, true),
            (Some("Lar de Santa Marta"), false),
            (Some(""), true),
        ] {
            let by = author(stop, sure);
            let more = [("step", "contactos"), ("reason", "{\"a\":1}")];
            let act = Act::new(&by, Hlc::new(1_795_000_000_000, 7), "step", &more);
            assert_eq!(Act::decode(&act.id, &act.encode()), Some(act));
        }
    }

    #[test]
    fn ids_sort_as_things_happened() {
        let at = [0, 1000, 1_795_000_000_000, 281_474_976_710_655];
        let ids: Vec<String> = at
            .map(|ms| Act::new(&author(None, true), Hlc::new(ms, 0), "step", &[]).id)
            .into();
        assert!(ids.windows(2).all(|w| w[0] < w[1]), "{ids:?}");
    }

    #[test]
    fn what_is_no_act_is_none() {
        let good = Act::new(&author(None, true), Hlc(0x1f), "step", &[]).encode();
        assert!(Act::decode("0000000000000001.m07", &good).is_some());
        for key in ["", "m07", "zz.m07", "00000000000000001f.m07x", ".m07"] {
            let read = Act::decode(key, &good);
            assert!(read.is_none_or(|a| a.at == Hlc(0x1f)), "{key}");
        }
        for text in [
            "",
            "{}",
            "[]",
            "null",
            "{\"act\":1,\"by\":\"a\",\"spot\":\"b\"}",
        ] {
            assert_eq!(Act::decode("0000000000000001.m07", text), None, "{text}");
        }
    }
}
