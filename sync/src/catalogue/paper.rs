//! What the citizen brings, and when it is needed.

use serde::{Deserialize, Serialize};

use super::{Service, Values, When, Words, apart};
use crate::record::voice;

/// Something on paper that the citizen brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Stable id within the service.
    pub id: String,
    /// What it is.
    pub title: Words,
    /// The field of photographs in which it is scanned; without, it is only looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<String>,
    /// Needed only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

impl Service {
    /// The papers that what was answered needs on that day, `yyyy-mm-dd`. What somebody who acts for
    /// another brings ([`super::Who::other_with`]) is needed when `represented`; else only where
    /// the paper's own condition says so.
    pub fn papers<'s>(
        &'s self,
        values: &impl Values,
        today: &str,
        represented: bool,
    ) -> Vec<&'s Paper> {
        let asked = self.asked(values, today);
        let is_needed = |paper: &&Paper| {
            let of_another = self.who.other_with.contains(&paper.id);
            match &paper.when {
                _ if of_another && represented => true,
                Some(when) => when.holds(&asked, today),
                None => !of_another,
            }
        };
        self.documents.iter().filter(is_needed).collect()
    }

    /// Whether a paper is scanned: photographs stand in its field, each time that it is asked.
    #[must_use]
    pub fn is_scanned(&self, paper: &Paper, values: &impl Values, today: &str) -> bool {
        let Some(scan) = &paper.scan else {
            return false;
        };
        let asked = self.asked(values, today);
        let steps = self.steps_for(values, today);
        let mut fields = steps
            .iter()
            .flat_map(|step| step.fields_for(&asked, today))
            .filter(|field| apart(&field.id).0 == scan)
            .peekable();
        let has_photos = |id: &str| values.value(id).is_some_and(|v| voice::photographs(v) > 0);
        fields.peek().is_some() && fields.all(|field| has_photos(&field.id))
    }
}
