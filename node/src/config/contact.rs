//! Hubs: until when the contact centre answers.

use serde::Deserialize;

/// Terms of questions, in working days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// With the citizen at the desk.
    pub urgent_days: u16,
    /// Otherwise.
    pub usual_days: u16,
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            urgent_days: 1,
            usual_days: 3,
        }
    }
}

impl Contact {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let days = [
            ("contact.urgent_days", self.urgent_days),
            ("contact.usual_days", self.usual_days),
        ];
        match days.into_iter().find(|(_, n)| *n > 60) {
            Some((key, _)) => Err((key, "0 to 60 working days; 0: the same day".into())),
            None => Ok(()),
        }
    }
}
