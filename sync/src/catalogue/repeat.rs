//! Steps that are asked again: an invoice, another invoice. Each time has its own fields,
//! `invoice.1`, `invoice.2`; a last question at each says whether there is one more.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Field, Kind, Step, Values, Words};

/// How a step repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often at most, 2 to 50.
    pub at_most: u8,
    /// The question whether there is one more.
    pub more: Words,
}

/// Times that a step may repeat at most.
pub(super) const MOST: u8 = 50;

impl Step {
    /// The field that asks whether there is one more.
    pub(super) fn more_id(&self) -> String {
        format!("{}-more", self.id)
    }

    fn more(&self, repeat: &Repeat) -> Field {
        Field::new(self.more_id(), repeat.more.clone(), Kind::YesNo)
    }

    /// The definition of a field by its id, and which time of it is meant; none where it is not asked so often.
    pub(super) fn definition(&self, base: &str, time: Option<u8>) -> Option<Cow<'_, Field>> {
        let own = self.fields.iter().find(|f| f.id == base);
        let Some(repeat) = &self.repeat else {
            return own.filter(|_| time.is_none()).map(Cow::Borrowed);
        };
        let up_to = |last: u8| time.is_none_or(|n| n <= last);
        match own {
            Some(field) => up_to(repeat.at_most).then_some(Cow::Borrowed(field)),
            // The last time does not ask for one more.
            None => (base == self.more_id() && up_to(repeat.at_most - 1))
                .then(|| Cow::Owned(self.more(repeat))),
        }
    }

    /// The step as often as it is asked for; one that does not repeat, once.
    pub(super) fn instances<'a>(&'a self, values: &impl Values) -> Vec<Cow<'a, Self>> {
        let Some(repeat) = &self.repeat else {
            return vec![Cow::Borrowed(self)];
        };
        let more = self.more_id();
        let goes_on = |n: u8| values.value(&format!("{more}.{n}")) == Some("yes");
        let last = (1..repeat.at_most).find(|n| !goes_on(*n));
        let last = last.unwrap_or(repeat.at_most);
        (1..=last)
            .map(|n| Cow::Owned(self.instance(n, repeat)))
            .collect()
    }

    /// The step as often as it could be asked for.
    pub fn every_instance(&self) -> impl Iterator<Item = Cow<'_, Self>> {
        let times = self.repeat.as_ref().map_or(1, |r| r.at_most);
        (1..=times).map(|n| match &self.repeat {
            None => Cow::Borrowed(self),
            Some(repeat) => Cow::Owned(self.instance(n, repeat)),
        })
    }

    fn instance(&self, n: u8, repeat: &Repeat) -> Self {
        let own = |id: &str| self.fields.iter().any(|f| f.id == id);
        let name = |id: &str| match own(id) {
            true => format!("{id}.{n}"),
            false => id.to_owned(),
        };
        let mut fields: Vec<Field> = self.fields.clone();
        for field in &mut fields {
            field.id = name(&field.id);
            field.when = field.when.as_ref().map(|w| w.renamed(&name));
        }
        if n < repeat.at_most {
            let mut more = self.more(repeat);
            more.id = format!("{}.{n}", more.id);
            fields.push(more);
        }
        Self {
            id: format!("{}.{n}", self.id),
            title: self.title.followed_by(&format!(" {n}")),
            advice: self.advice.clone(),
            when: self.when.clone(),
            repeat: None,
            fields,
        }
    }
}

/// An id apart from the time that it names: `invoice.2` is `invoice`, the second.
#[must_use]
pub fn apart(id: &str) -> (&str, Option<u8>) {
    let Some((base, time)) = id.split_once('.') else {
        return (id, None);
    };
    let canonical = !time.starts_with(['0', '+']);
    match time.parse::<u8>() {
        Ok(n) if canonical => (base, Some(n)),
        _ => (id, None),
    }
}
