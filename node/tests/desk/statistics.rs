//! What is counted over all spots: kept up to date as records come, change and go.

use vereda::clock;
use vereda::store::derived;
use vereda::store::statistics::{self, By};
use vereda_web::console::port::{Statistics, StatisticsView, Tally, Wanted};
use vereda_web::desk::port::{Cases, DeskError};

use crate::support::{Folder, desk, hub, identified, recorded, sign_in};

fn whole(view: &StatisticsView) -> Tally {
    let mut whole = Tally::default();
    view.months.iter().for_each(|m| whole.add(&m.tally));
    whole
}

#[test]
fn a_request_is_counted_once_whatever_becomes_of_it_and_never_from_the_beginning() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    // The hub's own store serves as the spots' here: what arrived is the same.
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let usual = Wanted::default();
    let see = || console.statistics(&usual).unwrap();
    assert_eq!(whole(&see()), Tally::default());
    assert_eq!(see().months.len(), 12);
    let first = recorded(&desk, &ana, "Maria Rosa", "123456789");
    recorded(&desk, &ana, "João Baptista", "299999998");
    // Begun, and not recorded.
    identified(&desk, &ana, "Zé", "123456789");
    let view = see();
    let sum = whole(&view);
    assert_eq!((sum.attended, sum.recorded, sum.withdrawn), (3, 2, 0));
    let month = &view.months[11];
    assert_eq!(
        (month.name.as_str(), month.tally.recorded),
        (&clock::today()[..7], 2)
    );
    assert_eq!(view.by_service.len(), 1);
    assert_eq!(
        (
            view.by_service[0].tally.recorded,
            view.by_service[0].tally.guided
        ),
        (2, 2)
    );
    assert_eq!(view.by_agency[0].tally.recorded, 2);
    assert_eq!(view.by_spot[0].name, node.config.node.name);
    assert_eq!(view.by_region[0].name, node.config.node.scopes[0]);

    desk.withdraw(&ana, &first, "o próprio", "já não precisa")
        .unwrap();
    let sum = whole(&see());
    assert_eq!((sum.recorded, sum.withdrawn), (2, 1));
    // From the beginning it is the same.
    let kept = see();
    derived::reset(&node.store.write()).unwrap();
    assert_eq!(whole(&see()), Tally::default());
    node.derive_arrived().unwrap();
    let anew = see();
    assert_eq!((anew.months, anew.by_spot), (kept.months, kept.by_spot));

    // Of one service alone, one region, and of what there is not.
    let only = |region: Option<&str>, service: Option<&str>| {
        let wanted = Wanted {
            region: region.map(str::to_owned),
            service: service.map(str::to_owned),
            ..Wanted::default()
        };
        let view = console.statistics(&wanted).unwrap();
        let of = |all: &[vereda_web::console::port::Counted]| -> u64 {
            all.iter().map(|it| it.tally.recorded).sum()
        };
        [
            whole(&view).recorded,
            of(&view.by_service),
            of(&view.by_spot),
            of(&view.by_region),
        ]
    };
    let service = view.services[0].0.as_str();
    let region = view.regions[0].as_str();
    for (region, service, n) in [
        (None, None, 2),
        (Some(region), None, 2),
        (None, Some(service), 2),
        (Some(region), Some(service), 2),
        (Some("nenhures"), None, 0),
        (None, Some("nenhum"), 0),
        (Some("nenhures"), Some(service), 0),
    ] {
        assert_eq!(only(region, service), [n; 4], "{region:?} {service:?}");
    }
}

#[test]
fn all_lines_are_what_the_page_says_and_open_data_hides_what_is_small() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    recorded(&desk, &ana, "Maria Rosa", "123456789");
    let (lines, on) = console.lines(&Wanted::default(), None).unwrap();
    assert!(on.is_none());
    assert_eq!(lines.len(), 2, "the attendance, and the request");
    let mut sum = Tally::default();
    lines.iter().for_each(|line| sum.add(&line.tally));
    assert_eq!((sum.attended, sum.recorded, sum.guided), (1, 1, 1));
    // This month goes on, and so is in no open data; of those that are over there is nothing.
    let mut after = None;
    for _ in 0..12 {
        let (lines, on) = console
            .open_lines(&Wanted::default(), after.clone())
            .unwrap();
        for line in lines {
            assert!(line.month[..] < clock::today()[..7]);
            assert!(line.requests.is_none_or(|n| n == 0));
        }
        after = on;
        if after.is_none() {
            break;
        }
    }
    assert!(after.is_none(), "it ends");
    // A request of a month that is over is one alone: nothing of it can be read.
    let month = "2026-01";
    let db = node.store.write();
    db.execute(
        "INSERT INTO figure SELECT level, region, ?1, service, spot, attended, closed, waited_5, waited_10, waited_15,
             waited_30, waited_60, waited_more, recorded, withdrawn, returned, refused, completed, complaints, in_time,
             too_late FROM figure",
        [month],
    )
    .unwrap();
    drop(db);
    let wanted = Wanted {
        from: month.into(),
        to: month.into(),
        ..Wanted::default()
    };
    let (lines, _) = console.open_lines(&wanted, None).unwrap();
    assert!(
        lines.iter().all(|line| line.requests.is_none()),
        "{lines:?}"
    );
    let refused = console.lines(
        &Wanted {
            from: "1999-01".into(),
            ..Wanted::default()
        },
        None,
    );
    assert!(matches!(refused, Err(DeskError::NotNow(_))));
}

/// No page reads all figures, let alone all records: every question goes through an index by month.
#[test]
fn no_question_reads_more_than_its_months() {
    let folder = Folder::new();
    let (node, _) = hub(&folder);
    let db = node.store.read();
    for by in [By::Month, By::Service, By::Spot, By::Region] {
        for region in [None, Some("r".to_owned())] {
            for service in [None, Some("s".to_owned())] {
                let wanted = Wanted {
                    region: region.clone(),
                    service: service.clone(),
                    ..Wanted::default()
                };
                let plan = statistics::plan(&db, by, &wanted).unwrap().join("\n");
                let table = plan.lines().find(|l| l.contains("figure")).unwrap();
                assert!(
                    table.starts_with("SEARCH figure"),
                    "{by:?} {wanted:?}: {plan}"
                );
                assert!(table.contains("month=?"), "{by:?} {wanted:?}: {plan}");
                for records in ["counted", "request", "attendance", "record"] {
                    assert!(!plan.contains(&format!(" {records}")), "{plan}");
                }
            }
        }
    }
}
