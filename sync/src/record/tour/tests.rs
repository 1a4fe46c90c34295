use proptest::prelude::*;

use super::*;
use crate::record::document;

fn author(node: &str, person: &str) -> Author {
    Author::invented(node, person)
}

/// Another process of the same node: its changes are no continuation of the first one's.
fn at_another_desk(node: &str, person: &str) -> Author {
    Author {
        actor: document::actor(node, &[2; 16]),
        ..author(node, person)
    }
}

fn planned(place: &str, day: &str, from: &str, to: &str) -> Plan {
    Plan {
        day: Date::parse(day).unwrap(),
        from: Hour::parse(from).unwrap(),
        to: Hour::parse(to).unwrap(),
        zone: String::new(),
        place: place.into(),
        municipality: "Monchique".into(),
        district: "Faro".into(),
        position: Position::parse("37,3184; -8,5561"),
        offers: vec!["cesd".into(), "morada".into()],
        services: String::new(),
        bring: "Impressos do subsídio.".into(),
        note: String::new(),
    }
}

fn alferce() -> Plan {
    planned("Alferce", "2026-11-23", "10:00", "12:00")
}

fn begun() -> Document {
    let teresa = author("central", "Teresa");
    begin(&teresa, Hlc::new(1_000, 0), "m07", &alferce())
        .unwrap()
        .0
}

fn copy(d: &mut Document) -> Document {
    let changes = d.changes().unwrap();
    Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
}

fn only(d: &Document) -> Stop {
    let mut stops = Tour::of(d).unwrap().stops;
    assert_eq!(stops.len(), 1);
    stops.remove(0)
}

#[test]
fn what_is_on_board_only_the_crew_says_and_the_latest_counts() {
    let mut d = begun();
    let stop = only(&d);
    assert_eq!(stop.plan().offers, ["cesd", "morada"]);
    let (ana, teresa) = (author("m07", "Ana"), author("central", "Teresa"));
    let items = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let both = items(&["Chaves", "Impressos em branco: Morada (4)"]);
    take_on_board(&mut d, &ana, Hlc::new(2_000, 0), &stop.id, &both).unwrap();
    take_on_board(&mut d, &teresa, Hlc::new(3_000, 0), &stop.id, &[]).unwrap();
    assert_eq!(only(&copy(&mut d)).on_board, both);
    take_on_board(&mut d, &ana, Hlc::new(4_000, 0), &stop.id, &both[..1]).unwrap();
    assert_eq!(only(&d).on_board, ["Chaves"]);
    take_on_board(&mut d, &ana, Hlc::new(5_000, 0), &stop.id, &[]).unwrap();
    assert_eq!(only(&d).on_board, Vec::<String>::new());
    let long = vec!["x".repeat(MAX_ITEM_CHARS + 1); MAX_ITEMS + 1];
    take_on_board(&mut d, &ana, Hlc::new(6_000, 0), &stop.id, &long).unwrap();
    let kept = only(&d).on_board;
    assert_eq!((kept.len(), kept[0].len()), (MAX_ITEMS, MAX_ITEM_CHARS));
}

#[test]
fn stops_stand_in_the_order_in_which_they_are_planned() {
    let mut d = begun();
    let teresa = author("central", "Teresa");
    let marmelete = planned("Marmelete", "2026-11-23", "08:30", "09:30");
    let later = planned("Alte", "2026-11-24", "08:00", "09:00");
    plan(&mut d, &teresa, Hlc::new(2_000, 0), None, &later).unwrap();
    plan(&mut d, &teresa, Hlc::new(3_000, 0), None, &marmelete).unwrap();
    let tour = Tour::of(&copy(&mut d)).unwrap();
    let places: Vec<_> = tour.stops.iter().map(|s| s.plan().place.as_str()).collect();
    assert_eq!(places, ["Marmelete", "Alferce", "Alte"]);
    assert_eq!((tour.spot.as_str(), tour.is_own), ("m07", false));
    let today = Date::parse("2026-11-23").unwrap();
    assert_eq!(tour.next(today).unwrap().plan(), &marmelete);
    let ana = author("m07", "Ana");
    let (first, second) = (&tour.stops[0].id, &tour.stops[1].id);
    let held = (first.as_str(), &marmelete);
    mark(&mut d, &ana, Hlc::new(4_000, 0), held, &Happened::Held).unwrap();
    let next = Tour::of(&d).unwrap();
    assert_eq!(next.next(today).unwrap().id, *second);
    assert_eq!(next.stop(first).unwrap().standing(), Standing::Held);
}

#[test]
fn a_stop_that_was_moved_while_it_was_held_was_held() {
    let mut hub = begun();
    let mut van = copy(&mut hub);
    let stop = only(&hub);
    let ana = author("m07", "Ana");
    let seen = (stop.id.as_str(), stop.plan());
    let held = mark(&mut van, &ana, Hlc::new(2_000, 0), seen, &Happened::Held).unwrap();
    let moved = planned("Alferce", "2026-11-25", "14:00", "16:00");
    let teresa = author("central", "Teresa");
    let at = Hlc::new(3_000, 0);
    let moving = plan(&mut hub, &teresa, at, Some(&stop.id), &moved).unwrap();
    let called_off = Happened::Cancelled("estrada cortada".into());
    let at = Hlc::new(4_000, 0);
    let off = mark(&mut hub, &teresa, at, (&stop.id, &moved), &called_off).unwrap();
    hub.apply([held.bytes.as_slice()]).unwrap();
    van.apply([moving.bytes.as_slice(), off.bytes.as_slice()])
        .unwrap();
    for d in [&hub, &van] {
        let stop = only(d);
        assert_eq!(stop.standing(), Standing::Held);
        assert_eq!(stop.plan(), &moved, "what was planned stays to be seen");
        assert_eq!(
            stop.moved_after(),
            Some("2026-11-23 10:00 12:00 Alferce"),
            "and so does what the crew had"
        );
        assert_eq!(stop.marks.len(), 2);
    }
}

#[test]
fn two_plans_written_apart_both_stand_until_it_is_planned_again() {
    let mut hub = begun();
    let mut van = copy(&mut hub);
    let stop = only(&hub);
    let later = planned("Alferce", "2026-11-23", "11:00", "13:00");
    let earlier = planned("Alferce", "2026-11-23", "09:00", "11:00");
    let (teresa, ana) = (author("central", "Teresa"), author("m07", "Ana"));
    let id = Some(stop.id.as_str());
    let a = plan(&mut hub, &teresa, Hlc::new(2_000, 0), id, &later).unwrap();
    plan(&mut van, &ana, Hlc::new(3_000, 0), id, &earlier).unwrap();
    van.apply([a.bytes.as_slice()]).unwrap();
    let both = only(&van);
    let plans: Vec<_> = both.plans.iter().map(|p| &p.plan).collect();
    assert_eq!(plans, [&later, &earlier]);
    assert_eq!(both.planned().act.by, "Ana");
    plan(&mut van, &ana, Hlc::new(4_000, 0), id, &later).unwrap();
    assert_eq!(only(&van).plans.len(), 1);
}

#[test]
fn what_was_said_is_taken_back_by_who_said_it() {
    let mut d = begun();
    let stop = only(&d);
    let (teresa, ana) = (author("central", "Teresa"), author("m07", "Ana"));
    let seen = (stop.id.as_str(), stop.plan());
    let late = Happened::Late(30);
    mark(&mut d, &ana, Hlc::new(2_000, 0), seen, &late).unwrap();
    mark(&mut d, &ana, Hlc::new(3_000, 0), seen, &Happened::Held).unwrap();
    let held = only(&d).marks[1].act.id.clone();
    undo(&mut d, &teresa, Hlc::new(4_000, 0), &held).unwrap();
    assert_eq!(only(&d).standing(), Standing::Held);
    undo(
        &mut d,
        &at_another_desk("m07", "Rui"),
        Hlc::new(5_000, 0),
        &held,
    )
    .unwrap();
    assert_eq!(only(&d).standing(), Standing::Late(30));
    // The hub was not there: it says neither that it was held nor that it is late.
    mark(&mut d, &teresa, Hlc::new(6_000, 0), seen, &Happened::Held).unwrap();
    assert_eq!(only(&d).standing(), Standing::Late(30));
}

#[test]
fn in_a_tour_that_a_spot_plans_only_it_writes() {
    let ana = author("m07", "Ana");
    let mut d = begin(&ana, Hlc::new(1_000, 0), "m07", &alferce())
        .unwrap()
        .0;
    let (stop, rui) = (only(&d), author("m08", "Rui"));
    let seen = (stop.id.as_str(), stop.plan());
    let off = Happened::Cancelled("avaria".into());
    mark(&mut d, &rui, Hlc::new(2_000, 0), seen, &off).unwrap();
    let elsewhere = planned("Odeceixe", "2026-11-23", "10:00", "12:00");
    plan(&mut d, &rui, Hlc::new(3_000, 0), None, &elsewhere).unwrap();
    assert_eq!(only(&d).standing(), Standing::Planned);
    assert!(Tour::of(&d).unwrap().is_own);
}

#[test]
fn positions_are_read_as_people_write_them() {
    let at = Position {
        lat: 373_184,
        lon: -85_561,
    };
    for text in [
        "37.3184, -8.5561",
        "37,3184; -8,5561",
        "37.3184 -8.5561",
        "37,3184, -8,5561",
        " 37.31849 ; −8.55619 ",
    ] {
        assert_eq!(Position::parse(text), Some(at), "{text}");
    }
    assert_eq!(Position::parse(&at.text()), Some(at));
    for text in [
        "",
        "37",
        "norte; sul",
        "97.0; 8",
        "37;-188",
        "1e3;2",
        ";",
        "37.3184,",
    ] {
        assert_eq!(Position::parse(text), None, "{text}");
    }
}

#[test]
fn what_is_no_plan_is_no_stop() {
    let good = alferce().encode();
    assert!(Plan::decode(&good).is_some());
    for (from, to) in [
        ("2026-11-23", "2026-13-23"),
        ("10:00", "12:00"),
        ("10:00", "25:00"),
        ("Alferce", " "),
        ("\"from\"", "\"when\""),
    ] {
        assert_eq!(Plan::decode(&good.replace(from, to)), None, "{from}");
    }
    let long = good.replace("Alferce", &"a".repeat(MAX_PLAN_BYTES));
    assert_eq!(Plan::decode(&long), None);
    let broad = good.replace("Alferce", &"á".repeat(500));
    let read = Plan::decode(&broad).unwrap();
    assert_eq!(read.place.chars().count(), MAX_NAME_CHARS);
}

/// What a node could write that means no good, or is of a later version.
#[test]
fn what_makes_no_sense_is_passed_over() {
    let mut d = begun();
    let (ana, stop) = (author("m07", "Ana"), only(&d));
    let mut at = 2_000;
    let mut say = |d: &mut Document, kind: &str, said: &[(&str, &str)]| {
        at += 1;
        d.write(&ana, Hlc::new(at, 0), kind, said, |_| Ok(()))
            .unwrap();
    };
    let of = ("of", stop.id.as_str());
    for minutes in ["", "-5", "0", "601", "99999999999999999999", "quinze"] {
        say(&mut d, "late", &[of, ("minutes", minutes)]);
    }
    say(&mut d, "late", &[("minutes", "15")]);
    say(&mut d, "held", &[("of", "nowhere")]);
    say(&mut d, "undone", &[("mark", "nothing")]);
    say(&mut d, "undone", &[]);
    say(&mut d, "splendid", &[of]);
    assert_eq!(only(&d).standing(), Standing::Planned);
    assert!(only(&d).marks.is_empty());
    for (field, value) in [
        ("stop.", "{}"),
        ("stop.x", "[1, 2]"),
        ("stop.y", "\u{0}"),
        ("phone", "912345678"),
    ] {
        at_field(&mut d, &ana, field, value);
    }
    assert_eq!(Tour::of(&d).unwrap().stops.len(), 1);
    for _ in 0..200 {
        at += 1;
        let late = Happened::Late(15);
        mark(
            &mut d,
            &ana,
            Hlc::new(at, 0),
            (&stop.id, stop.plan()),
            &late,
        )
        .unwrap();
    }
    assert_eq!(only(&d).marks.len(), MAX_MARKS);
    for n in 0..60 {
        at += 1;
        let place = format!("Paragem {n}");
        let other = planned(&place, "2026-11-23", "10:00", "12:00");
        plan(&mut d, &ana, Hlc::new(at, 0), None, &other).unwrap();
    }
    assert_eq!(Tour::of(&copy(&mut d)).unwrap().stops.len(), MAX_STOPS);
}

fn at_field(d: &mut Document, author: &Author, field: &str, value: &str) {
    let answer = Answer {
        value: value.into(),
        provenance: Provenance::Typed,
    };
    let at = Hlc::new(900_000 + d.acts().count() as u64, 0);
    d.write(author, at, "planned", &[], |w| w.answer(field, &answer))
        .unwrap();
}

proptest! {
    #[test]
    fn whatever_stands_in_a_plan_reads_back_or_is_none(text in ".{0,200}") {
        let _ = Plan::decode(&text);
        let _ = Position::parse(&text);
        let _ = Hour::parse(&text);
    }

    #[test]
    fn a_plan_reads_back_as_it_was_written(
        place in "[a-zà-ú]{1,80}", bring in "\\PC{0,200}", from in 0_u16..1_400, takes in 1_u16..39,
        lat in -900_000..900_000_i32, lon in -1_800_000..1_800_000_i32,
    ) {
        let plan = Plan {
            place,
            bring,
            from: Hour(from),
            to: Hour(from + takes),
            position: Some(Position { lat, lon }),
            ..alferce()
        };
        prop_assert_eq!(Plan::decode(&plan.encode()), Some(plan));
        let at = Position { lat, lon };
        prop_assert_eq!(Position::parse(&at.text()), Some(at));
    }

    /// Hub and vehicle write apart in any order; both come to the same, and what the crew held is held.
    #[test]
    fn both_sides_come_to_the_same_and_what_was_held_is_held(
        hub_does in prop::collection::vec((0_u8..3, 0_u8..24), 0..6),
        van_does in prop::collection::vec(0_u8..3, 0..6),
    ) {
        let mut hub = begun();
        let mut van = copy(&mut hub);
        let stop = only(&hub);
        let (teresa, ana) = (author("central", "Teresa"), author("m07", "Ana"));
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let mut is_held = false;
        for (n, (what, hour)) in hub_does.iter().enumerate() {
            let at = Hlc::new(10_000 + n as u64 * 2, 0);
            let from = Hour(u16::from(*hour) * 50);
            let other = Plan { from, to: from.later(59), ..alferce() };
            let written = match what {
                0 => plan(&mut hub, &teresa, at, Some(&stop.id), &other),
                1 => plan(&mut hub, &teresa, at, None, &other),
                _ => mark(&mut hub, &teresa, at, (&stop.id, stop.plan()), &Happened::Cancelled("x".into())),
            };
            down.push(written.unwrap().bytes);
        }
        for (n, what) in van_does.iter().enumerate() {
            let at = Hlc::new(10_001 + n as u64 * 2, 0);
            let what = match what {
                0 => Happened::Late(15),
                1 => Happened::Cancelled("y".into()),
                _ => Happened::Held,
            };
            is_held |= what == Happened::Held;
            let written = mark(&mut van, &ana, at, (&stop.id, stop.plan()), &what);
            up.push(written.unwrap().bytes);
        }
        hub.apply(up.iter().map(Vec::as_slice)).unwrap();
        van.apply(down.iter().map(Vec::as_slice)).unwrap();
        let (here, there) = (Tour::of(&hub).unwrap(), Tour::of(&van).unwrap());
        prop_assert_eq!(&here, &there);
        let standing = here.stop(&stop.id).unwrap().standing();
        prop_assert_eq!(standing == Standing::Held, is_held);
    }
}
