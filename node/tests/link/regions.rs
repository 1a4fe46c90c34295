//! Whose word holds in some regions sees nothing of any other: record by record, at every address and in every list.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt;
use vereda::console::HubConsole;
use vereda::node::Node;
use vereda_sync::catalogue::Standard;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::assessment::{self, Finding, Verdict};
use vereda_sync::record::{lookup, ticket};
use vereda_web::HostGuard;
use vereda_web::console::port::{
    Agreeing, Assessed, Batch, Console, Decision, Declaring, HomesPlanning, Keep, Leases, Notices,
    Planning, QueueFilter, Reconciling, Rights, Statistics, Together, Told, Wanted,
};
use vereda_web::desk::port::{
    Person, Session, TypedBooking, TypedFacility, TypedOccurrence, TypedResident, TypedStop,
    TypedVisit, TypedWaives,
};

use crate::photographs::photograph;
use crate::world::{TestHub, TestSpot, World, request_of, until};

const PIN: &str = "2718";
/// Requests of each region.
const REQUESTS: usize = 520;

/// Scope, spot, and a word that stands in everything there.
const REGIONS: [(&str, &str, &str); 2] = [
    ("monchique", "van-a", "Serrano"),
    ("aljezur", "van-b", "Costeiro"),
];

fn staff() -> String {
    let pin = vereda::staff::hash_pin(PIN).unwrap();
    let mut text = String::new();
    for region in ["monchique", "aljezur", "loule"] {
        text += &format!(
            "[[region]]\nid = \"{region}\"\nname = \"{region}\"\nscopes = [\"{region}\"]\n"
        );
    }
    let roles = "[\"operator\", \"agent\", \"administrator\", \"auditor\"]";
    for (id, regions) in [
        ("all", None),
        ("both", Some("[\"monchique\", \"aljezur\"]")),
        ("monchique", Some("[\"monchique\"]")),
        ("aljezur", Some("[\"aljezur\"]")),
        ("loule", Some("[\"loule\"]")),
        ("nowhere", Some("[]")),
    ] {
        text += &format!(
            "[[mediator]]\nid = \"{id}\"\nname = \"P {id}\"\nrole = {roles}\npin = \"{pin}\"\n"
        );
        if let Some(regions) = regions {
            text += &format!("regions = {regions}\n");
        }
    }
    text
}

fn person(id: &str) -> Session {
    Session {
        id: id.into(),
        person: Person {
            id: id.into(),
            name: format!("P {id}"),
        },
        desk: String::new(),
    }
}

/// What is of one region: every id that an address can carry, and what stands in it.
#[derive(Default)]
struct Kept {
    ids: Vec<String>,
    /// What a page of another region never shows.
    words: Vec<String>,
}

/// Everything that a region has, of every kind.
fn fill(spot: &Node, (scope, van, word): (&str, &str, &str), of: usize) -> Kept {
    let mut ids = vec![];
    for n in 0..REQUESTS {
        let name = format!("{word} {n}");
        let nif = format!("{}{of}{n:07}", 2);
        ids.push(request_of(spot, ("cesd", &name), &[("nif", &nif)]));
    }
    // Made twice, here and at the other region.
    for name in ["Maria Encarnação", "Maria Encarnacao"] {
        let known = [("nif", "123456789"), ("birth-date", "1950-03-02")];
        ids.push(request_of(
            spot,
            ("cesd", &format!("{name} {word}")),
            &known,
        ));
    }
    let blob = photograph(spot, ids[0], 3_000, of as u64 + 1);
    let about = ids[0];
    let asked = spot.begin("Ana", |a, at| {
        ticket::open(a, at, (Some(about), false), &format!("Dúvida {word}"))
    });
    ids.push(asked.unwrap());
    let looked = spot.begin("Ana", |a, at| {
        lookup::ask(a, at, ("nif", "299999998"), word)
    });
    ids.push(looked.unwrap());
    let standard = Standard {
        id: "livro".into(),
        text: format!("O aviso {word} está à vista."),
        help: String::new(),
        measure: None,
        target: None,
    };
    let begun = spot.begin("Ana", |a, at| assessment::begin(a, at, 1, &[standard]));
    let id = begun.unwrap();
    let today = Date::parse(&vereda::clock::today()).unwrap();
    let found = [Finding {
        standard: "livro".into(),
        verdict: Verdict::Missed,
        figure: None,
        note: String::new(),
        todo: word.into(),
        by: today.to_string(),
    }];
    let record = |d: &mut _, a: &_, at| assessment::record(d, a, at, (today, today), &found);
    spot.change(id, "Ana", record, |_| Ok(())).unwrap();
    ids.push(id);
    let mut ids: Vec<String> = ids.iter().map(RecordId::to_string).collect();
    ids.push(blob.to_string());
    Kept {
        words: vec![word.into(), van.into(), format!("\"{scope}\"")],
        ids,
    }
}

/// What the hub plans and says for a region.
fn plan(console: &HubConsole, (scope, van, word): (&str, &str, &str), kept: &mut Kept) {
    let all = person("all");
    let stop = TypedStop {
        day: vereda::clock::today(),
        from: "10:00".into(),
        to: "12:00".into(),
        place: format!("Largo {word}"),
        ..TypedStop::default()
    };
    let tour = console.plan_tour(&all, van, &stop).unwrap();
    let at = console.planned_tour(&tour).unwrap().stops[0].id.clone();
    let booking = TypedBooking {
        name: format!("Maria {word}"),
        hour: "10:30".into(),
        service: "cesd".into(),
        ..TypedBooking::default()
    };
    console.book(&all, &tour, &at, &booking).unwrap();
    let booked = console.planned_tour(&tour).unwrap().stops[0].bookings[0]
        .id
        .clone();
    let home = TypedFacility {
        scope: scope.into(),
        name: format!("Lar {word}"),
        municipality: "Monchique".into(),
        ..TypedFacility::default()
    };
    let lar = console.keep_facility(&all, None, &home).unwrap();
    let visit = TypedVisit {
        spot: van.into(),
        day: vereda::clock::today(),
        from: "14:00".into(),
        to: "15:00".into(),
        ..TypedVisit::default()
    };
    let list = console.plan_visit(&all, &lar, &visit).unwrap();
    let resident = TypedResident {
        name: format!("Abel {word}"),
        birth: "02/03/1941".into(),
        services: vec!["cesd".into()],
        ..TypedResident::default()
    };
    console.list_resident(&all, &list, &resident).unwrap();
    let view = console.residents(&list).unwrap();
    let occurrence = TypedOccurrence {
        name: format!("Incêndio {word}"),
        from: vereda::clock::today(),
        until: vereda::clock::today(),
        reason: "Casas ardidas.".into(),
        waives: TypedWaives::All,
        ..TypedOccurrence::default()
    };
    let declared = console
        .declare_occurrence(&all, &occurrence, &[scope.into()])
        .unwrap();
    let told = Told {
        text: format!("Aviso {word}"),
        until: vereda::clock::today(),
        is_urgent: false,
        to: Some(vec![van.into()]),
    };
    console.tell(&all, &told).unwrap();
    let notices = console.notices().unwrap();
    let notice = notices
        .into_iter()
        .find(|n| n.text.contains(word))
        .unwrap()
        .id;
    kept.ids.extend([
        tour,
        at,
        booked,
        lar,
        list,
        view.residents[0].id.clone(),
        view.tour,
        declared,
        notice,
    ]);
}

struct Filled {
    hub: TestHub,
    console: HubConsole,
    kept: [Kept; 2],
    _world: World,
    _spots: Vec<TestSpot>,
}

/// A hub with two regions, and what disagrees in each and between them.
async fn filled() -> Filled {
    let world = World::new();
    std::fs::write(world.dir.join("staff.toml"), staff()).unwrap();
    let hub = world.hub(None);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let mut spots = vec![];
    let mut kept = <[Kept; 2]>::default();
    for (of, region) in REGIONS.into_iter().enumerate() {
        let mut spot = world.spot(region.1, &[region.0]);
        kept[of] = fill(&spot.node, region, of);
        spot.connect(hub.address);
        spot.proven().await;
        spots.push(spot);
    }
    for (of, region) in REGIONS.into_iter().enumerate() {
        plan(&console, region, &mut kept[of]);
    }
    let conflicts = || {
        let queue = console.queue(&person("all"), &QueueFilter::default());
        queue.unwrap().rows
    };
    // Two in each region, with each other; and four from one to the other.
    until("all is derived", || conflicts().len() == 6).await;
    for row in conflicts() {
        let sides = console.conflict(&person("all"), &row.id).unwrap().sides;
        for (of, (_, van, _)) in REGIONS.iter().enumerate() {
            // Of both regions it is nobody's who has one.
            let here = |spot: &str| spot.contains(van);
            if sides.iter().any(|side| !here(&side.spot)) {
                continue;
            }
            kept[of].ids.push(row.id.clone());
        }
    }
    Filled {
        hub,
        console,
        kept,
        _world: world,
        _spots: spots,
    }
}

fn said<T: Debug>(of: T) -> String {
    format!("{of:?}")
}

/// All that can be asked for by an id; each as a sentence of what came.
fn asked(console: &HubConsole, who: &Session, id: &str) -> Vec<String> {
    let decision = || Decision {
        keep: Keep::Side(0),
        reason: "porque sim".into(),
        shown: "x".into(),
    };
    let stop = TypedStop {
        day: vereda::clock::today(),
        from: "10:00".into(),
        to: "12:00".into(),
        place: "Largo".into(),
        ..TypedStop::default()
    };
    let facility = TypedFacility {
        name: "Lar".into(),
        municipality: "Monchique".into(),
        ..TypedFacility::default()
    };
    let visit = TypedVisit {
        spot: "van-a".into(),
        day: vereda::clock::today(),
        from: "10:00".into(),
        to: "12:00".into(),
        ..TypedVisit::default()
    };
    let resident = TypedResident {
        name: "Abel".into(),
        ..TypedResident::default()
    };
    let booking = TypedBooking {
        name: "Maria".into(),
        hour: "10:30".into(),
        service: "cesd".into(),
        ..TypedBooking::default()
    };
    let occurrence = TypedOccurrence {
        name: "Incêndio".into(),
        from: vereda::clock::today(),
        until: vereda::clock::today(),
        reason: "x".into(),
        waives: TypedWaives::All,
        ..TypedOccurrence::default()
    };
    let wanted = || Wanted {
        region: Some(id.to_owned()),
        ..Wanted::default()
    };
    vec![
        said(console.request(id)),
        said(console.blob(id, 0).map(|_| "a piece")),
        said(console.give_back(who, id, "phone", "não existe")),
        said(console.ticket(id)),
        said(console.answer(who, id, "resposta")),
        said(console.complaint(id)),
        said(console.answer_complaint(who, id, ("resposta", "", ""))),
        said(console.conflict(who, id)),
        said(console.decide(who, id, decision())),
        said(console.second(who, id, Agreeing::Agrees("x".into()))),
        said(console.second(who, id, Agreeing::Withdraws)),
        said(console.take(who, id, true)),
        said(console.take_back(who, id, "porque sim")),
        said(console.alike(who, id, Batch::Record)),
        said(console.alike(who, id, Batch::Like)),
        said(console.decide_all(who, vec![(id.into(), decision())])).replace(id, "…"),
        said(console.facility(id)),
        said(console.keep_facility(who, Some(id), &facility)),
        said(console.plan_visit(who, id, &visit)),
        said(console.residents(id)),
        said(console.list_resident(who, id, &resident)),
        said(console.take_off(who, id, "mudou")),
        said(console.lives_here(who, id)),
        said(console.assessment(id)),
        said(console.planned_tour(id)),
        said(console.plan_stop(who, id, None, &stop)),
        said(console.plan_tour(who, id, &stop)),
        said(console.cancel_stop(who, id, "1", "x")),
        said(console.undo_mark(who, id, "1")),
        said(console.book(who, id, "1", &booking)),
        said(console.withdraw_booking(who, id, "x")),
        said(console.notice(id)),
        said(console.occurrence(id)),
        said(console.confirm_occurrence(who, id)),
        said(console.change_occurrence(who, id, &occurrence, "x")),
        said(console.end_occurrence(who, id, "x")),
        said(console.withdraw(who, id, "x")),
        said(console.requests(id)),
        said(
            console
                .statistics(&wanted())
                .map(|v| (v.by_service, v.by_spot, v.by_region)),
        ),
    ]
}

/// Every list, count, search and export.
fn listed(console: &HubConsole, who: &Session) -> Vec<String> {
    let usual = Wanted::default();
    let searched = REGIONS.map(|(_, _, word)| said(console.requests(word)));
    let summary = console.summary();
    let mut all = vec![
        said((
            summary.conflicts,
            summary.tickets,
            summary.late_complaints,
            summary.quarantined,
            summary.parked,
        )),
        said(console.requests("")),
        said(console.requests("Maria")),
        said(console.requests("T01")),
        said(console.tickets()),
        said(console.complaints()),
        said(console.lookups()),
        said(console.aside()),
        said(console.queue(who, &QueueFilter::default())),
        said(console.decided()),
        said(console.by_rule()),
        said(console.homes()),
        said(console.visits_ahead()),
        said(console.planned()),
        said(console.tour_month(None)),
        said(console.notices()),
        said(console.spots_to_tell()),
        said(console.occurrences()),
        said(console.statistics(&usual)),
        said(console.lines(&usual, None)),
        said(console.open_lines(&usual, None)),
        said(console.stock()),
        said(console.assessed()),
    ];
    all.extend(searched);
    all
}

fn within<T>(console: &HubConsole, who: &Session, call: impl FnOnce() -> T) -> T {
    let (mut call, mut came) = (Some(call), None);
    console.within(Some(who), &mut || came = call.take().map(|call| call()));
    came.unwrap()
}

fn entries(node: &Node) -> i64 {
    let db = node.store.read();
    db.query_row("SELECT count(*) FROM entry", [], |r| r.get(0))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_probes_find_nothing_of_another_region() {
    let it = filled().await;
    let console = &it.console;
    let before = entries(&it.hub.node);
    let nowhere = "0123456789abcdef".repeat(4);
    let (mut probes, mut crossed) = (0_u64, vec![]);
    let begun = Instant::now();
    for name in ["monchique", "aljezur", "loule", "nowhere"] {
        let who = person(name);
        let expected = within(console, &who, || asked(console, &who, &nowhere));
        for (kept, (scope, ..)) in it.kept.iter().zip(REGIONS) {
            if scope == name {
                continue;
            }
            let lists = within(console, &who, || listed(console, &who));
            for (at, list) in lists.iter().enumerate() {
                probes += 1;
                if let Some(word) = kept.words.iter().find(|word| list.contains(*word)) {
                    crossed.push(format!("{name}: list {at} shows {word}"));
                }
                if let Some(id) = kept
                    .ids
                    .iter()
                    .find(|id| id.len() > 8 && list.contains(*id))
                {
                    crossed.push(format!("{name}: list {at} names {id}"));
                }
            }
            for id in &kept.ids {
                let came = within(console, &who, || asked(console, &who, id));
                for (at, (came, expected)) in came.iter().zip(&expected).enumerate() {
                    probes += 1;
                    if came != expected {
                        crossed.push(format!("{name}: {at} of {id}: {came}, not {expected}"));
                    }
                }
            }
        }
    }
    let took = begun.elapsed();
    println!("{probes} probes in {took:?}, {} crossed", crossed.len());
    crossed.truncate(20);
    assert!(crossed.is_empty(), "{crossed:#?}");
    assert!(probes >= 100_000, "{probes}");
    assert_eq!(entries(&it.hub.node), before, "and nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_all_regions_sees_what_somebody_without_bounds_sees() {
    let it = filled().await;
    let console = &it.console;
    let (all, both) = (person("all"), person("both"));
    let seen = |who: &Session| {
        let mut seen = within(console, who, || listed(console, &all));
        for kept in &it.kept {
            // Some of each kind: those at the end are not requests.
            for id in kept
                .ids
                .iter()
                .take(3)
                .chain(kept.ids.iter().skip(REQUESTS))
            {
                let mut one = within(console, who, || {
                    vec![
                        said(console.request(id)),
                        said(console.blob(id, 0).map(|piece| piece.total_bytes)),
                        said(console.ticket(id)),
                        said(console.facility(id)),
                        said(console.residents(id)),
                        said(console.planned_tour(id)),
                        said(console.assessment(id)),
                        said(console.notice(id)),
                        said(console.occurrence(id)),
                    ]
                });
                let one_conflict = within(console, who, || console.conflict(&all, id));
                one.push(said(one_conflict.map(|c| (c.row, c.compared, c.timeline))));
                seen.append(&mut one);
            }
        }
        seen
    };
    let (everything, of_both) = (seen(&all), seen(&both));
    for (at, (one, other)) in everything.iter().zip(&of_both).enumerate() {
        assert_eq!(one, other, "{at}");
    }
    // And each of one region has what is its own.
    for (kept, (scope, _, word)) in it.kept.iter().zip(REGIONS) {
        let who = person(scope);
        let lists = within(console, &who, || listed(console, &who)).join("\n");
        for text in ["Dúvida", "Lar", "Largo", "Incêndio", "Aviso", "O aviso"] {
            assert!(lists.contains(&format!("{text} {word}")), "{scope}: {text}");
        }
        let request = within(console, &who, || console.request(&kept.ids[0]));
        assert!(request.is_ok(), "{request:?}");
        let queue = within(console, &who, || {
            console.queue(&who, &QueueFilter::default())
        });
        assert_eq!(queue.unwrap().rows.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_another_region_is_answered_as_one_that_nobody_ever_had_and_written_down() {
    let it = filled().await;
    let console = Arc::new(HubConsole::new(Arc::clone(&it.hub.node)));
    let token = console.sign_in("monchique", PIN).unwrap();
    let guard = console.form_guard(&console.session(&token).unwrap());
    let door = HostGuard::new(["central"]);
    let router = vereda_web::console::router(Arc::clone(&console) as _, door);
    let ask = async |method: &str, path: &str| {
        let body = match method {
            "GET" => Body::empty(),
            _ => Body::from(format!(
                "guarda={guard}&motivo=x&campo=phone&resposta=x&texto=x"
            )),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "central")
            .header("origin", "http://central")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", format!("vereda-central={token}"))
            .body(body)
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    let nowhere = "0123456789abcdef".repeat(4);
    let of = |pattern: &str, id: &str| {
        let parts = pattern.split('/').map(|part| match part.starts_with('{') {
            true => id,
            false => part,
        });
        parts.collect::<Vec<_>>().join("/")
    };
    // What a page says of the time it was drawn at is of no record.
    let drawn = |(status, body): (StatusCode, String), id: &str| {
        let at = body.find("desde=").map_or(0, |at| at + 6);
        let end = body[at..].find('"').map_or(at, |end| at + end);
        (
            status,
            format!("{}{}", &body[..at], &body[end..]).replace(id, "…"),
        )
    };
    let other = &it.kept[1];
    let own = &it.kept[0].ids[0];
    assert_eq!(
        ask("GET", &format!("/pedido/{own}")).await.0,
        StatusCode::OK
    );
    // Some of each kind.
    let some: Vec<&String> = other
        .ids
        .iter()
        .take(2)
        .chain(other.ids.iter().skip(REQUESTS))
        .collect();
    let mut pages = 0;
    for (pattern, see, act, is_whole) in vereda_web::console::addresses() {
        for (method, _) in [("GET", !see.is_empty()), ("POST", !act.is_empty())]
            .into_iter()
            .filter(|(_, may)| *may)
        {
            if is_whole {
                assert_eq!(
                    ask(method, &of(pattern, &nowhere)).await.0,
                    StatusCode::FORBIDDEN
                );
                continue;
            }
            if !pattern.contains('{') {
                if method == "GET" && pattern != "/eventos" {
                    let (_, body) = ask(method, pattern).await;
                    for word in &other.words {
                        assert!(!body.contains(word), "{pattern} shows {word}");
                    }
                }
                continue;
            }
            let expected = drawn(ask(method, &of(pattern, &nowhere)).await, &nowhere);
            for id in &some {
                let came = drawn(ask(method, &of(pattern, id)).await, id);
                assert_eq!(came, expected, "{method} {pattern} {id}");
                pages += 1;
            }
        }
    }
    assert!(pages > 500, "{pages}");
    let address = format!("/pedido/{}", other.ids[0]);
    assert_eq!(ask("GET", &address).await.0, StatusCode::NOT_FOUND);
    let rows = console.beyond().unwrap();
    assert!(rows.iter().all(|row| row.who == "P monchique"));
    assert_eq!(rows[0].address, address);
    assert!(
        !rows
            .iter()
            .any(|row| row.address.contains(&nowhere) || row.address.contains(own.as_str()))
    );
}
