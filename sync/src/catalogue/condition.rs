//! Conditions: what reveals, skips, or waives.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::day::{Date, Day};

/// A condition on fields that stand before it. What one condition says of its field holds
/// all together; a field without an answer fulfils nothing but `answered = false`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The field looked at: of this service, or of the citizen's identity. Empty when
    /// there is `all` or `any`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// Its value is one of these; of several choices one of them is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<String>,
    /// Its value is none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is_not: Vec<String>,
    /// It has an answer, or has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
    /// Its number (money: in euros) is so much or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// Its number is so much or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i64>,
    /// Its date is that day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// Its date is that day or earlier: `birth-date` until `-60 years` is 60 or over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// All of these hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<When>,
    /// One of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<When>,
}

/// Values by field id, as conditions look at them.
pub trait Values {
    /// The value of a field, if it has one.
    fn value(&self, field: &str) -> Option<&str>;
}

impl Values for BTreeMap<String, Answer> {
    fn value(&self, field: &str) -> Option<&str> {
        self.get(field).map(|a| a.value.as_str())
    }
}

impl Values for BTreeMap<String, String> {
    fn value(&self, field: &str) -> Option<&str> {
        self.get(field).map(String::as_str)
    }
}

/// Values without those of fields that do not apply: what was answered to a question
/// that is no longer asked decides nothing.
#[derive(Debug)]
pub struct Asked<'v, V> {
    pub(super) values: &'v V,
    pub(super) hidden: BTreeSet<String>,
}

impl<'v, V> Asked<'v, V> {
    /// The values of a form in which everything is asked.
    pub fn all(values: &'v V) -> Self {
        Self {
            values,
            hidden: BTreeSet::new(),
        }
    }
}

impl<V: Values> Values for Asked<'_, V> {
    fn value(&self, field: &str) -> Option<&str> {
        match self.hidden.contains(field) {
            true => None,
            false => self.values.value(field),
        }
    }
}

impl When {
    /// Whether the condition holds for the given values on that day, `yyyy-mm-dd`.
    pub fn holds(&self, values: &impl Values, today: &str) -> bool {
        if !self.all.is_empty() {
            return self.all.iter().all(|w| w.holds(values, today));
        }
        if !self.any.is_empty() {
            return self.any.iter().any(|w| w.holds(values, today));
        }
        let value = values.value(&self.field).unwrap_or("");
        if value.is_empty() || self.answered == Some(false) {
            return value.is_empty() && self.answered == Some(false);
        }
        let among = |list: &[String]| {
            value
                .split(' ')
                .any(|one| list.iter().any(|listed| listed == one))
        };
        // Drafts hold values as they are typed.
        let number = || crate::check::read_number(value);
        let date = || crate::check::read_date(value);
        let on = |day: &Day| Date::parse(today).map(|today| day.date(today));
        (self.is.is_empty() || among(&self.is))
            && !among(&self.is_not)
            && self
                .at_least
                .is_none_or(|n| number().is_some_and(|v| v >= n as f64))
            && self
                .at_most
                .is_none_or(|n| number().is_some_and(|v| v <= n as f64))
            && self
                .since
                .is_none_or(|d| date() >= on(&d) && date().is_some())
            && self
                .until
                .is_none_or(|d| date().is_some() && on(&d).is_some() && date() <= on(&d))
    }

    /// The conditions in it that look at a field, itself or inside.
    pub fn leaves(&self) -> Vec<&Self> {
        let inside = self.all.iter().chain(&self.any);
        let mut leaves: Vec<&Self> = inside.flat_map(Self::leaves).collect();
        if leaves.is_empty() {
            leaves.push(self);
        }
        leaves
    }

    /// How deep conditions stand in each other.
    pub(super) fn depth(&self) -> usize {
        let inside = self.all.iter().chain(&self.any).map(Self::depth);
        1 + inside.max().unwrap_or(0)
    }

    /// The same condition on fields that are called otherwise.
    pub(super) fn renamed(&self, name: &impl Fn(&str) -> String) -> Self {
        let inside = |list: &[Self]| list.iter().map(|w| w.renamed(name)).collect();
        Self {
            field: name(&self.field),
            all: inside(&self.all),
            any: inside(&self.any),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(toml: &str) -> When {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn what_is_not_answered_fulfils_nothing_but_that() {
        let values: BTreeMap<String, String> = [
            ("age", "60"),
            ("price", "1250.50"),
            ("born", "1966-11-22"),
            ("typed", "22/11/1966"),
            ("euros", "1 250,50 €"),
            ("uses", "car truck"),
            ("empty", ""),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into();
        for (condition, expected) in [
            ("field = 'age'\nat_least = 60", true),
            ("field = 'age'\nat_least = 61", false),
            ("field = 'price'\nat_least = 1250\nat_most = 1251", true),
            ("field = 'price'\nat_most = 1250", false),
            ("field = 'typed'\nuntil = '-60 years'", true),
            ("field = 'typed'\nuntil = '-61 years'", false),
            ("field = 'euros'\nat_least = 1250\nat_most = 1251", true),
            ("field = 'born'\nuntil = '-60 years'", true),
            ("field = 'born'\nuntil = '-61 years'", false),
            ("field = 'born'\nsince = '-60 years'", true),
            ("field = 'born'\nsince = '1966-11-23'", false),
            ("field = 'uses'\nis = ['truck']", true),
            ("field = 'uses'\nis_not = ['truck']", false),
            ("field = 'uses'\nis_not = ['bus']", true),
            ("field = 'empty'\nis_not = ['bus']", false),
            ("field = 'empty'\nuntil = 'today'", false),
            ("field = 'absent'\nat_most = 5", false),
            ("field = 'empty'\nanswered = false", true),
            ("field = 'age'\nanswered = false", false),
            ("field = 'age'\nanswered = true", true),
            ("field = 'uses'\nsince = 'today'", false),
            (
                "any = [{ field = 'age', at_least = 99 }, { field = 'uses', is = ['car'] }]",
                true,
            ),
            (
                "all = [{ field = 'age', at_least = 99 }, { field = 'uses', is = ['car'] }]",
                false,
            ),
        ] {
            let holds = when(condition).holds(&values, "2026-11-22");
            assert_eq!(holds, expected, "{condition}");
        }
    }
}
