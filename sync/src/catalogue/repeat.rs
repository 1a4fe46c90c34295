//! Steps that are asked again: an invoice, another invoice. Each time has its own fields,
//! `invoice.1`, `invoice.2`; a last question at each says whether there is one more. One that is taken
//! out leaves its number: the others keep theirs, and are only counted anew.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Field, Kind, Service, Step, Values, Words};

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

/// What the fields begin with that say of one time of a step that it was taken out. No field of a
/// catalogue can be called so.
const WITHOUT: &str = "_without-";

/// The field that says that a time of a step, by its id (`invoice.2`), was taken out.
#[must_use]
pub fn without(time: &str) -> String {
    format!("{WITHOUT}{time}")
}

/// The time of a step that such a field takes out.
#[must_use]
pub fn taken_out(field: &str) -> Option<&str> {
    field.strip_prefix(WITHOUT)
}

impl Repeat {
    /// The highest number that a time may have. A time that is taken out leaves its number empty for
    /// ever, so that what somebody else writes into it meanwhile never lands in another one.
    pub(super) fn last_number(&self) -> u8 {
        self.at_most.saturating_mul(2)
    }
}

impl Step {
    /// The field that asks whether there is one more.
    pub(super) fn more_id(&self) -> String {
        format!("{}-more", self.id)
    }

    /// The field that asks at one time of the step whether there is one more.
    pub(super) fn more(&self, n: u8) -> Option<Field> {
        let repeat = self.repeat.as_ref()?;
        let id = format!("{}.{n}", self.more_id());
        Some(Field::new(id, repeat.more.clone(), Kind::YesNo))
    }

    /// The step as often as it is asked for, in the order of the numbers, without the times that were
    /// taken out; one that does not repeat, once.
    pub(super) fn instances<'a>(&'a self, values: &impl Values) -> Vec<Cow<'a, Self>> {
        let Some(repeat) = &self.repeat else {
            return vec![Cow::Borrowed(self)];
        };
        let more = self.more_id();
        let is_out = |n: u8| values.value(&without(&format!("{}.{n}", self.id))) == Some("yes");
        let goes_on = |n: u8| values.value(&format!("{more}.{n}")) == Some("yes");
        let mut times = Vec::new();
        for n in 1..=repeat.last_number() {
            if !is_out(n) {
                let nth = times.len() + 1;
                times.push(Cow::Owned(self.instance(n, nth, repeat)));
                if nth >= usize::from(repeat.at_most) || !goes_on(n) {
                    break;
                }
            }
        }
        times
    }

    /// The step as often as it could be asked for.
    pub fn every_instance(&self) -> impl Iterator<Item = Cow<'_, Self>> {
        let times = self.repeat.as_ref().map_or(1, Repeat::last_number);
        (1..=times).map(|n| match &self.repeat {
            None => Cow::Borrowed(self),
            Some(repeat) => Cow::Owned(self.instance(n, usize::from(n), repeat)),
        })
    }

    /// The time that has the number `n`, and is the `nth` of those that are asked.
    fn instance(&self, n: u8, nth: usize, repeat: &Repeat) -> Self {
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
        let may_go_on = nth < usize::from(repeat.at_most) && n < repeat.last_number();
        fields.extend(self.more(n).filter(|_| may_go_on));
        Self {
            id: format!("{}.{n}", self.id),
            title: self.title.followed_by(&format!(" {nth}")),
            advice: self.advice.clone(),
            when: self.when.clone(),
            repeat: None,
            fields,
        }
    }
}

impl Service {
    /// The time of a step that a field belongs to: `properties.2` for `article.2`; `None` for a field
    /// that is asked once.
    #[must_use]
    pub fn time_of(&self, field: &str) -> Option<String> {
        let (base, time) = apart(field);
        let n = time?;
        let is_of = |s: &&Step| s.more_id() == base || s.fields.iter().any(|f| f.id == base);
        let step = self
            .steps
            .iter()
            .filter(|s| s.repeat.is_some())
            .find(is_of)?;
        Some(format!("{}.{n}", step.id))
    }

    /// Whether a field asks if there is one more time of a step.
    #[must_use]
    pub fn asks_for_more(&self, field: &str) -> bool {
        let (base, _) = apart(field);
        let mut repeated = self.steps.iter().filter(|s| s.repeat.is_some());
        repeated.any(|s| s.more_id() == base)
    }

    /// What is to be answered anew when a time of a step (`invoice.2`) is taken out: its answers are
    /// emptied, and where it was the last, the one before says that there is no other. `None` when
    /// it is no time that is asked, or the only one.
    #[must_use]
    pub fn take_out(
        &self,
        time: &str,
        values: &impl Values,
        today: &str,
    ) -> Option<BTreeMap<String, String>> {
        let (base, number) = apart(time);
        let step = self.step(base)?;
        step.repeat.as_ref()?;
        let applies = self.steps_for(values, today);
        let times: Vec<&str> = applies
            .iter()
            .map(|s| s.id.as_str())
            .filter(|id| apart(id).0 == base)
            .collect();
        let at = times.iter().position(|id| *id == time)?;
        if times.len() == 1 {
            return None;
        }
        let (n, more) = (number?, step.more_id());
        let fields = step.fields.iter().map(|f| format!("{}.{n}", f.id));
        let fields = fields.chain([format!("{more}.{n}")]);
        let mut said: BTreeMap<String, String> = fields
            .filter(|id| values.value(id).is_some_and(|v| !v.is_empty()))
            .map(|id| (id, String::new()))
            .collect();
        said.insert(without(time), "yes".to_owned());
        if at + 1 == times.len() {
            let before = apart(times[at - 1]).1?;
            said.insert(format!("{more}.{before}"), "no".to_owned());
        }
        Some(said)
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
