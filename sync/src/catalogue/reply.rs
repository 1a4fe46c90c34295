//! Until when whoever asked is to be answered.

use serde::{Deserialize, Serialize};

use super::{Service, Values, When};
use crate::day::{Date, Holiday};

/// A term in which the agency has to answer, as of complaints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Working days, not counting the one on which it is recorded.
    pub within_working_days: u16,
    /// Only what this holds for is to be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

impl Reply {
    /// The longest term: a year.
    pub const LONGEST_DAYS: u16 = 250;
}

impl Service {
    /// The last day on which a request that is recorded `today` is to be answered; `holidays` are
    /// those of the place.
    pub fn reply_by(
        &self,
        values: &impl Values,
        today: Date,
        holidays: &[Holiday],
    ) -> Option<Date> {
        let reply = self.reply.as_ref()?;
        let day = today.to_string();
        let asked = self.asked(values, &day);
        let holds = reply.when.as_ref().is_none_or(|w| w.holds(&asked, &day));
        holds.then(|| today.after_working(reply.within_working_days, holidays))
    }
}
