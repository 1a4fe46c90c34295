//! Retention: what is over is erased by rule, everywhere and for good, under the hub's seal like any other erasure.

use vereda_sync::day::Date;
use vereda_sync::id::RecordId;

use super::Node;
use crate::clock;
use crate::config::Retention;
use crate::link::seal::Seal;
use crate::link::tls;
use crate::store::Result;
use crate::store::purged::{self, Candidate};
use crate::store::retention;

/// Most records of one run: the hub has other work.
const MOST_AT_ONCE: u32 = 500;

/// What one rule finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The rule: `requests`, `attendances`, `visits`.
    pub rule: &'static str,
    /// The service, of requests.
    pub service: Option<String>,
    /// Its months.
    pub months: u16,
    /// The records, at most some.
    pub records: Vec<Candidate>,
}

impl Node {
    /// What is kept no longer at that time; of each rule at most `limit` records.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn over(&self, rules: &Retention, now_ms: i64, limit: u32) -> Result<Vec<Over>> {
        let before = |months| {
            (
                months_before(now_ms, months),
                self.config.agencies.is_some(),
            )
        };
        let db = self.store.read();
        let mut over = vec![];
        for service in retention::services(&db)? {
            let Some(months) = rules.of_service(&service) else {
                continue;
            };
            let records = retention::requests(&db, before(months), &service, limit)?;
            over.push(Over {
                rule: "requests",
                service: Some(service),
                months,
                records,
            });
        }
        if let Some(months) = rules.attendances {
            let records = retention::attendances(&db, before(months), limit)?;
            over.push(Over {
                rule: "attendances",
                service: None,
                months,
                records,
            });
        }
        if let Some(months) = rules.visits {
            let day = clock::day(months_before(now_ms, months));
            let mut records =
                purged::of_visits_before(&db, Date::parse(&day).unwrap_or(Date::FIRST))?;
            records.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            over.push(Over {
                rule: "visits",
                service: None,
                months,
                records,
            });
        }
        Ok(over)
    }

    /// At the hub: erases what is kept no longer; gives how many records that were. What the clock says has to be sure.
    ///
    /// # Errors
    /// When the store does not answer, or the hub has no key; what went before that is gone.
    pub fn erase_what_is_over(&self) -> anyhow::Result<u64> {
        let (Some(rules), Some(sync)) = (&self.config.retention, &self.config.sync) else {
            return Ok(0);
        };
        let now_ms = self.now_ms();
        let over = self.over(rules, now_ms, MOST_AT_ONCE)?;
        if over.iter().all(|one| one.records.is_empty()) {
            return Ok(0);
        }
        let seal = Seal::load(&sync.key)?;
        let certificate = tls::certificate(&sync.certificate)?;
        let mut erased = 0;
        for one in over {
            let reason = format!("rule: {}, {} months", one.rule, one.months);
            let ids: Vec<RecordId> = one.records.iter().map(|record| record.id).collect();
            let went = self.erase_by_rule(&ids, &reason, (&seal, &certificate))?;
            if went > 0 {
                let db = self.store.write();
                retention::keep_erased(&db, one.rule, &clock::day(now_ms), went)?;
            }
            erased += went;
        }
        Ok(erased)
    }
}

/// That time, so many months before.
fn months_before(now_ms: i64, months: u16) -> i64 {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let then = now
        .to_zoned(clock::zone())
        .checked_sub(jiff::Span::new().months(months));
    then.map_or(i64::MIN, |then| then.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let at = |day: &str| {
            let day: jiff::civil::Date = day.parse().unwrap();
            day.to_zoned(clock::zone())
                .unwrap()
                .timestamp()
                .as_millisecond()
        };
        assert_eq!(months_before(at("2026-03-31"), 1), at("2026-02-28"));
        assert_eq!(months_before(at("2026-11-23"), 60), at("2021-11-23"));
    }
}
