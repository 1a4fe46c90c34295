//! What is wrong with a node, by rule: from what is known of it, the thresholds of the configuration, and the time.

use vereda_sync::day::Date;
use vereda_web::console::port::{Alarm, AlarmKind, ProofAge};

use super::{Known, Offered};
use crate::clock;
use crate::config::Fleet;

const DAY_MS: i64 = 24 * 3_600_000;
/// Before the age of what a node said is counted against it: a word on its battery is old after a day.
const SAID_FOR_MS: i64 = DAY_MS;

/// How old its last proof is.
pub(crate) fn age(known: &Known, limits: &Fleet, now_ms: i64) -> ProofAge {
    match known.proven_ms {
        _ if !known.is_accepted => ProofAge::Revoked,
        None => ProofAge::Never,
        Some(at) if now_ms - at > i64::from(limits.silent_days) * DAY_MS => ProofAge::TooOld,
        Some(at) if now_ms - at > DAY_MS => ProofAge::Old,
        Some(_) => ProofAge::Fresh,
    }
}

/// All that is wrong with it, the worst first. Of what is accepted no longer only what waits for an operator.
pub(crate) fn of(known: &Known, limits: &Fleet, offered: &Offered, now_ms: i64) -> Vec<Alarm> {
    let mut found: Vec<(AlarmKind, u32)> = Vec::new();
    if known.aside > 0 {
        found.push((AlarmKind::Flagged(known.aside), small(known.aside)));
    }
    if known.is_accepted {
        found.extend(known.is_forked.then_some((AlarmKind::Forked, 1)));
        found.extend(silent(known, limits, now_ms));
        found.extend(certificate(known, limits, now_ms));
        found.extend(said(known, limits, offered, now_ms));
    }
    found.sort_by_key(|(kind, _)| rank(kind));
    let in_hand = |kind: &AlarmKind, grade: u32| {
        let taken = known.in_hand.get(kind.code())?;
        // Once it is worse than when somebody took it, nobody has it in hand.
        (grade <= taken.grade).then(|| {
            (
                taken.name.clone(),
                clock::moment(taken.at_ms, true),
                taken.note.clone(),
            )
        })
    };
    let alarms = found.into_iter().map(|(kind, grade)| Alarm {
        in_hand: in_hand(&kind, grade),
        kind,
        grade,
    });
    alarms.collect()
}

/// What comes first: what may lose work, then what keeps people from working.
pub(crate) fn rank(kind: &AlarmKind) -> u8 {
    match kind {
        AlarmKind::Forked => 0,
        AlarmKind::Flagged(_) => 1,
        AlarmKind::Certificate(_, true) => 2,
        AlarmKind::Disk(_) => 3,
        AlarmKind::Silent(_) => 4,
        AlarmKind::Clock(_) => 5,
        AlarmKind::Battery(_) => 6,
        AlarmKind::Certificate(_, false) => 7,
        AlarmKind::Catalogue(..) => 8,
        AlarmKind::Program(..) => 9,
    }
}

fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How many times over something is, from 1.
fn times(n: i64, of: i64) -> u32 {
    u32::try_from(n / of.max(1)).unwrap_or(u32::MAX).max(1)
}

/// No proof for long; of one that never gave any, since its enrolment.
fn silent(known: &Known, limits: &Fleet, now_ms: i64) -> Option<(AlarmKind, u32)> {
    let limit = i64::from(limits.silent_days) * DAY_MS;
    let enrolled = known
        .enrolled
        .as_ref()
        .and_then(|e| Date::parse(&e.enrolled));
    let since = known.proven_ms.or_else(|| enrolled.map(clock::began_ms))?;
    let late = now_ms - since;
    let shown = known.proven_ms.map(|ms| clock::moment(ms, true));
    (late > limit).then(|| (AlarmKind::Silent(shown), times(late, limit)))
}

fn certificate(known: &Known, limits: &Fleet, now_ms: i64) -> Option<(AlarmKind, u32)> {
    let ends = known.ends()?;
    let left = clock::began_ms(ends) - now_ms;
    if left > i64::from(limits.certificate_days) * DAY_MS {
        return None;
    }
    let is_over = left <= 0;
    // Worse with every halving of what is left, and once it is over.
    let grade = match is_over {
        true => 100,
        false => 1 + times(i64::from(limits.certificate_days) * DAY_MS, left).ilog2(),
    };
    Some((AlarmKind::Certificate(ends.to_string(), is_over), grade))
}

/// What follows from what it said of itself.
fn said(known: &Known, limits: &Fleet, offered: &Offered, now_ms: i64) -> Vec<(AlarmKind, u32)> {
    let Some(told) = &known.told else {
        return vec![];
    };
    let (mut found, condition) = (Vec::new(), &told.condition);
    let is_new = now_ms - told.at_ms <= SAID_FOR_MS;
    let limit = u64::from(limits.disk_mb) << 20;
    if let Some(free) = condition.free_bytes.filter(|free| *free < limit) {
        let grade = 1 + (limit / free.max(1)).max(1).ilog2();
        found.push((AlarmKind::Disk(free), grade));
    }
    let parked = condition
        .battery
        .filter(|b| is_new && !b.on_mains && !condition.attended);
    if let Some(battery) = parked.filter(|b| b.percent < limits.battery_percent) {
        let below = i64::from(limits.battery_percent) - i64::from(battery.percent);
        found.push((
            AlarmKind::Battery(battery.percent),
            1 + small(below.unsigned_abs() / 5),
        ));
    }
    let (off_s, limit) = (told.skew_ms / 1_000, i64::from(limits.clock_minutes) * 60);
    if off_s.saturating_abs() > limit {
        found.push((
            AlarmKind::Clock(off_s),
            1 + times(off_s.saturating_abs(), limit).ilog2(),
        ));
    }
    let overdue = |since: i64, days: u16| {
        let late = now_ms - since;
        let limit = i64::from(days) * DAY_MS;
        (late > limit).then(|| times(late, limit))
    };
    let (newest, since) = &offered.program;
    let is_older = crate::updates::Version::parse(&condition.program).is_none_or(|v| v < *newest);
    if let Some(grade) = overdue(*since, limits.program_days).filter(|_| is_older) {
        let kind = AlarmKind::Program(condition.program.clone(), newest.to_string());
        found.push((kind, grade));
    }
    let (newest, since) = offered.catalogue_for(known);
    if let Some(grade) =
        overdue(since, limits.catalogue_days).filter(|_| condition.catalogue < newest)
    {
        found.push((AlarmKind::Catalogue(condition.catalogue, newest), grade));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use vereda_sync::condition::{Battery, Condition};

    use super::*;
    use crate::authority::{Enrolled, Role};
    use crate::store::fleet::{InHand, Told};
    use crate::updates::Version;

    const NOW: i64 = 1_795_286_520_000;

    fn known(condition: Condition) -> Known {
        Known {
            id: "movel-07".into(),
            name: "Móvel 07".into(),
            enrolled: Some(Enrolled {
                id: "movel-07".into(),
                role: Role::Spot,
                scopes: vec!["monchique".into()],
                fingerprint: "ab".into(),
                enrolled: clock::day(NOW - DAY_MS),
                zone: None,
                ends: None,
                revoked: None,
            }),
            is_accepted: true,
            seen_ms: Some(NOW),
            proven_ms: Some(NOW - 3_600_000),
            is_forked: false,
            aside: 0,
            told: Some(Told {
                at_ms: NOW,
                skew_ms: 0,
                condition,
            }),
            in_hand: HashMap::new(),
        }
    }

    fn offered() -> Offered {
        Offered {
            editions: vec![],
            program: (Version::own(), NOW - 60 * DAY_MS),
            catalogue: (4, NOW - 3 * DAY_MS),
        }
    }

    fn well() -> Condition {
        Condition {
            program: Version::own().to_string(),
            catalogue: 4,
            battery: Some(Battery {
                percent: 80,
                on_mains: false,
            }),
            free_bytes: Some(100 << 30),
            ..Condition::default()
        }
    }

    fn codes(known: &Known) -> Vec<&'static str> {
        let alarms = of(known, &Fleet::default(), &offered(), NOW);
        alarms.iter().map(|a| a.kind.code()).collect()
    }

    #[test]
    fn every_rule_raises_its_alarm_and_a_node_that_is_well_has_none() {
        let low = Some(Battery {
            percent: 9,
            on_mains: false,
        });
        let with = |change: &dyn Fn(&mut Known)| {
            let mut known = known(well());
            change(&mut known);
            codes(&known)
        };
        let condition = |change: &dyn Fn(&mut Condition)| {
            let mut condition = well();
            change(&mut condition);
            codes(&known(condition))
        };
        assert!(with(&|_| {}).is_empty());
        assert_eq!(
            with(&|k| k.proven_ms = Some(NOW - 4 * DAY_MS)),
            ["sem-prova"]
        );
        assert_eq!(with(&|k| k.is_forked = true), ["diario"]);
        assert_eq!(with(&|k| k.aside = 2), ["quarentena"]);
        assert_eq!(condition(&|c| c.free_bytes = Some(1 << 30)), ["disco"]);
        assert_eq!(condition(&|c| c.battery = low), ["bateria"]);
        // At work the crew sees it; on mains it charges; without one there is nothing to say.
        assert!(condition(&|c| (c.battery, c.attended) = (low, true)).is_empty());
        assert!(
            condition(&|c| c.battery = Some(Battery {
                percent: 9,
                on_mains: true
            }))
            .is_empty()
        );
        assert!(condition(&|c| c.battery = None).is_empty());
        assert_eq!(
            with(&|k| k.told.as_mut().unwrap().skew_ms = -121_000),
            ["relogio"]
        );
        assert_eq!(
            with(&|k| k.told.as_mut().unwrap().skew_ms = i64::MAX),
            ["relogio"]
        );
        assert_eq!(condition(&|c| c.program = "0.0.1".into()), ["programa"]);
        assert_eq!(condition(&|c| c.catalogue = 3), ["catalogo"]);
        let enrolled = |days: i64| {
            move |k: &mut Known| {
                k.enrolled.as_mut().unwrap().enrolled = clock::day(NOW - days * DAY_MS)
            }
        };
        assert_eq!(with(&enrolled(80)), ["certificado"]);
        assert_eq!(with(&enrolled(200)), ["certificado"]);
        // Whom nobody accepts any longer nobody has to telephone.
        assert_eq!(
            with(&|k| (k.is_accepted, k.proven_ms, k.aside) = (false, None, 1)),
            ["quarentena"]
        );
    }

    #[test]
    fn what_somebody_has_in_hand_comes_back_when_it_gets_worse() {
        let mut known = known(well());
        known.proven_ms = Some(NOW - 4 * DAY_MS);
        let taken = InHand {
            grade: 1,
            name: "Carla".into(),
            at_ms: NOW,
            note: "telefonei".into(),
        };
        known.in_hand.insert("sem-prova".into(), taken);
        let alarm = |known: &Known| of(known, &Fleet::default(), &offered(), NOW).remove(0);
        assert!(alarm(&known).in_hand.is_some());
        known.proven_ms = Some(NOW - 7 * DAY_MS);
        let worse = alarm(&known);
        assert!(worse.in_hand.is_none() && worse.grade == 2, "{worse:?}");
    }

    proptest! {
        #[test]
        fn whatever_a_node_says_the_rules_do_not_panic(
            skew: i64, free in prop::option::of(any::<u64>()), catalogue: u32, program in ".{0,20}", proven in prop::option::of(any::<i32>()), at: i32
        ) {
            let mut known = known(Condition { free_bytes: free, catalogue, program, ..well() });
            let told = known.told.as_mut().unwrap();
            (told.skew_ms, told.at_ms) = (skew, i64::from(at) * 1_000_000);
            known.proven_ms = proven.map(|n| i64::from(n) * 1_000_000);
            for alarm in of(&known, &Fleet::default(), &offered(), NOW) {
                prop_assert!(alarm.grade >= 1);
            }
            age(&known, &Fleet::default(), NOW);
        }
    }
}
