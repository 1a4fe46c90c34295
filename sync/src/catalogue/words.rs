//! Texts in several languages.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A text in several languages. Portuguese is always there: written as a plain
/// string it is Portuguese, and the others stand in the catalogue's `languages`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// The text in `lang`, else in Portuguese.
    #[must_use]
    pub fn get(&self, lang: &str) -> &str {
        self.0
            .get(lang)
            .or_else(|| self.0.get("pt"))
            .map_or("", String::as_str)
    }

    /// The Portuguese text, which the law and the mediator read.
    #[must_use]
    pub fn pt(&self) -> &str {
        self.get("pt")
    }

    /// Whether the text was translated to `lang`.
    #[must_use]
    pub fn has(&self, lang: &str) -> bool {
        self.0.get(lang).is_some_and(|text| !text.trim().is_empty())
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|text| text.trim().is_empty())
    }

    /// The languages it is in, with the texts.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Adds a translation.
    pub(super) fn put(&mut self, lang: &str, text: &str) {
        self.0.insert(lang.to_owned(), text.to_owned());
    }

    /// The same in every language, with `end` behind it.
    pub(super) fn followed_by(&self, end: &str) -> Self {
        let longer = |(lang, text): (&String, &String)| (lang.clone(), format!("{text}{end}"));
        Self(self.0.iter().map(longer).collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Words {
    fn from(pairs: [(&str, &str); N]) -> Self {
        let owned = |(k, v): (&str, &str)| (k.to_owned(), v.to_owned());
        Self(pairs.into_iter().map(owned).collect())
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table of texts by language")
            }

            fn visit_str<E>(self, text: &str) -> Result<Words, E> {
                Ok(Words::from([("pt", text)]))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Words, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((lang, text)) = map.next_entry()? {
                    texts.insert(lang, text);
                }
                Ok(Words(texts))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}
