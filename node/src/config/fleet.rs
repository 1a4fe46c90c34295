//! From when on the hub says that something is wrong with a node.

use serde::Deserialize;

/// Thresholds of alarms.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fleet {
    /// Nothing of it was proven for so many days.
    pub silent_days: u16,
    /// Fewer megabytes are free.
    pub disk_mb: u32,
    /// Its battery is below so many percent, it is not on mains and nobody is signed in.
    pub battery_percent: u8,
    /// Its clock is off by more than so many minutes.
    pub clock_minutes: u16,
    /// A newer program has been offered for so many days.
    pub program_days: u16,
    /// A newer catalogue has been offered for so many days.
    pub catalogue_days: u16,
    /// Its certificate ends in so many days.
    pub certificate_days: u16,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            silent_days: 3,
            disk_mb: 2_048,
            battery_percent: 25,
            clock_minutes: 2,
            program_days: 14,
            catalogue_days: 2,
            certificate_days: 14,
        }
    }
}

impl Fleet {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let days = [
            ("fleet.silent_days", self.silent_days),
            ("fleet.program_days", self.program_days),
            ("fleet.catalogue_days", self.catalogue_days),
            ("fleet.certificate_days", self.certificate_days),
        ];
        for (key, n) in days {
            if !(1..=90).contains(&n) {
                return Err((key, "1 to 90 days".into()));
            }
        }
        if !(64..=1 << 20).contains(&self.disk_mb) {
            return Err(("fleet.disk_mb", "64 to 1048576 MB".into()));
        }
        if !(1..=99).contains(&self.battery_percent) {
            return Err(("fleet.battery_percent", "1 to 99".into()));
        }
        if !(1..=1_440).contains(&self.clock_minutes) {
            return Err(("fleet.clock_minutes", "1 to 1440 minutes".into()));
        }
        Ok(())
    }
}
