//! What services cost: by channel, by date, and when nothing.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Asked, Service, Values, When, Words};
use crate::day::Date;

/// A price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// In euro cents; 0 is free.
    #[serde(deserialize_with = "cents")]
    pub cents: u32,
    /// Where it is asked for.
    #[serde(default)]
    pub channel: Channel,
    /// From which day on it holds, `yyyy-mm-dd`; without, from ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// For whom: goes before a price for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// Where a service is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// At a desk of this product.
    #[default]
    Desk,
    /// By oneself on the agency's site.
    Online,
    /// At the agency's own counter.
    Elsewhere,
}

/// Who pays nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Stable id within the service.
    pub id: String,
    /// When it holds.
    pub when: When,
    /// Why: the citizen reads it.
    pub reason: Words,
}

impl Fee {
    /// Whether it holds on that day, `yyyy-mm-dd`.
    #[must_use]
    pub fn holds_on(&self, day: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= day)
            && self.until.as_deref().is_none_or(|until| day <= until)
    }

    /// Whether there is a day on which both hold.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let before = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(until), Some(from)) => until < from,
            _ => false,
        };
        !before(&self.until, &other.from) && !before(&other.until, &self.from)
    }
}

impl Service {
    /// The exemption that applies, if one does.
    #[must_use]
    pub fn exemption(&self, values: &impl Values, today: &str) -> Option<&Exemption> {
        let asked = self.asked(values, today);
        self.exemptions.iter().find(|e| e.when.holds(&asked, today))
    }

    /// The fee at the desk in cents, given what was answered, on that day.
    #[must_use]
    pub fn fee_cents(&self, values: &impl Values, today: &str) -> u32 {
        let asked: Asked<'_, _> = self.asked(values, today);
        if self.exemptions.iter().any(|e| e.when.holds(&asked, today)) {
            return 0;
        }
        let mut fees = self.fees_on(Channel::Desk, today);
        let holds = |fee: &&Fee| fee.when.as_ref().is_some_and(|w| w.holds(&asked, today));
        let special = fees.clone().find(holds);
        special
            .or_else(|| fees.find(|fee| fee.when.is_none()))
            .map_or(0, |fee| fee.cents)
    }

    /// The service as it is offered on that day, if it is: with the fees of that day alone.
    #[must_use]
    pub fn on(&self, day: &str) -> Option<Self> {
        self.is_open_on(day).then(|| {
            let mut service = self.clone();
            service.fees.retain(|fee| fee.holds_on(day));
            service
        })
    }

    /// What anybody pays by that channel, in cents, if the catalogue says so; of a service
    /// that is [`Service::on`] a day.
    #[must_use]
    pub fn price_cents(&self, channel: Channel) -> Option<u32> {
        let for_all = |fee: &&Fee| fee.channel == channel && fee.when.is_none();
        self.fees.iter().find(for_all).map(|fee| fee.cents)
    }

    fn fees_on(&self, channel: Channel, day: &str) -> impl Iterator<Item = &Fee> + Clone {
        self.fees
            .iter()
            .filter(move |fee| fee.channel == channel && fee.holds_on(day))
    }
}

fn cents<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let given = i64::deserialize(deserializer)?;
    let what = |said: &str| de::Error::custom(format!("a fee of {given} cents {said}"));
    match u32::try_from(given) {
        Ok(cents) if cents <= 1_000_000 => Ok(cents),
        Ok(_) => Err(what(
            "is more than any service costs; it is written in cents",
        )),
        Err(_) => Err(what("is negative; write 0 for what is free")),
    }
}

/// Whether that is a date.
pub(super) fn is_date(text: &str) -> bool {
    Date::parse(text).is_some()
}
