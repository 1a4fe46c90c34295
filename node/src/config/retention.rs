//! How long the hub keeps what is said of people.

use std::collections::BTreeMap;

use serde::Deserialize;

/// After how many months what is over is erased everywhere. What has no number is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Requests that nobody works at any longer, from their last change on.
    pub requests: Option<u16>,
    /// Services whose requests are kept for another time.
    pub services: BTreeMap<String, u16>,
    /// Attendances that are closed, from their end on, once none of their requests is kept.
    pub attendances: Option<u16>,
    /// Who was booked or listed for a visit, from its day on.
    pub visits: Option<u16>,
}

/// Longest time, in months.
const LONGEST: u16 = 1_200;

impl Retention {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let own = [
            ("retention.requests", self.requests),
            ("retention.attendances", self.attendances),
            ("retention.visits", self.visits),
        ];
        let services = self.services.values();
        let all = own
            .into_iter()
            .filter_map(|(key, months)| Some((key, months?)))
            .chain(services.map(|months| ("retention.services", *months)));
        for (key, months) in all {
            if !(1..=LONGEST).contains(&months) {
                return Err((key, format!("1 to {LONGEST} months")));
            }
        }
        Ok(())
    }

    /// How long requests of a service are kept, in months.
    #[must_use]
    pub fn of_service(&self, service: &str) -> Option<u16> {
        self.services.get(service).copied().or(self.requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_own_time_or_that_of_all() {
        let retention: Retention =
            toml::from_str("requests = 60\nservices = { aim = 120 }").unwrap();
        assert_eq!(retention.of_service("aim"), Some(120));
        assert_eq!(retention.of_service("cesd"), Some(60));
        assert_eq!(retention.check(), Ok(()));
        assert_eq!(Retention::default().of_service("cesd"), None);
        let never: Retention = toml::from_str("visits = 0").unwrap();
        assert_eq!(never.check().unwrap_err().0, "retention.visits");
        assert!(toml::from_str::<Retention>("everything = 1").is_err());
    }
}
