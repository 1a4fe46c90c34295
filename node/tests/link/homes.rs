//! A list of residents reaches the spot that makes the visit, with the facility, and no other; what was said at the
//! bedside comes back, and who was listed is purged once the day is over.

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::capacity::{Capacity, Consent};
use vereda_sync::record::resident::{self, Listed, Place, Reason};
use vereda_sync::record::resident_list::{self, Visit};
use vereda_sync::record::tour::{Happened, Standing};
use vereda_web::console::port::{HomesPlanning, Planning};
use vereda_web::desk::port::{
    Carrying, Desk, Homes, ListView, Session, Tours, TypedFacility, TypedResident, TypedStop,
    TypedVisit,
};

use crate::purged::archived;
use crate::world::{World, desk, heads, request_of, somebody, until};

fn home(name: &str) -> TypedFacility {
    TypedFacility {
        scope: "monchique".into(),
        name: name.into(),
        municipality: "Monchique".into(),
        ..TypedFacility::default()
    }
}

fn visit(spot: &str) -> TypedVisit {
    TypedVisit {
        spot: spot.into(),
        day: vereda::clock::today(),
        from: "10:00".into(),
        to: "12:00".into(),
        ..TypedVisit::default()
    }
}

fn resident(name: &str, nif: &str) -> TypedResident {
    TypedResident {
        name: name.into(),
        birth: "02/03/1941".into(),
        nif: nif.into(),
        room: "12".into(),
        services: vec!["cesd".into()],
        ..TypedResident::default()
    }
}

fn list(desk: &SpotDesk, who: &Session) -> Option<ListView> {
    let ahead = desk.homes(who).unwrap().ahead;
    let row = ahead.into_iter().next()?;
    desk.residents(who, &row.id).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_reaches_who_goes_and_what_was_at_the_bedside_comes_back_and_is_purged() {
    let world = World::new();
    let hub = world.hub(None);
    // The van goes where its scope is not; the other holds the facility's.
    let (mut van, mut other) = (
        world.spot("van", &["aljezur"]),
        world.spot("other", &["monchique"]),
    );
    let console = HubConsole::new(std::sync::Arc::clone(&hub.node));
    let (at_van, at_other) = (desk(&van.node), desk(&other.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let lar = console
        .keep_facility(&teresa, None, &home("Lar da Serra"))
        .unwrap();
    let planned = console.plan_visit(&teresa, &lar, &visit("van")).unwrap();
    for (name, nif) in [("Maria Rosa", "123456789"), ("Abel Nunes", "299999998")] {
        console
            .list_resident(&teresa, &planned, &resident(name, nif))
            .unwrap();
    }
    van.connect(hub.address);
    other.connect(hub.address);
    until("the van has the list and where it goes", || {
        list(&at_van, &ana)
            .is_some_and(|l| l.residents.len() == 2 && l.facility.about.municipality == "Monchique")
    })
    .await;
    until("the other has the facility", || {
        at_other.homes(&ana).unwrap().facilities.len() == 1
    })
    .await;
    assert!(at_other.homes(&ana).unwrap().ahead.is_empty());
    let record = RecordId::from_hex(&planned).unwrap();
    assert!(heads(&other.node, record).is_empty());

    // Without a network: one consents and is served, one is in hospital; the stop is held.
    van.link = None;
    let view = list(&at_van, &ana).unwrap();
    let [abel, maria] = [&view.residents[0].id, &view.residents[1].id];
    let attendance = at_van
        .consents(&ana, maria, Capacity::Own, Consent::Spoken)
        .unwrap();
    at_van
        .finish_step(&ana, &attendance, "identity", &[])
        .unwrap();
    at_van.leave_out(&ana, abel, Reason::Hospital, "").unwrap();
    let stop = at_van.tour(&ana, &view.tour).unwrap().stops[0].id.clone();
    at_van
        .mark(&ana, &view.tour, &stop, &Happened::Held)
        .unwrap();
    // Meanwhile the hub moves the visit, and takes off whom the crew has seen.
    let moved = TypedStop {
        day: vereda::clock::today(),
        from: "15:00".into(),
        to: "17:00".into(),
        place: "Lar da Serra".into(),
        ..TypedStop::default()
    };
    console
        .plan_stop(&teresa, &view.tour, Some(&stop), &moved)
        .unwrap();
    console.take_off(&teresa, maria, "mudou de lar").unwrap();
    van.connect(hub.address);
    until(
        "what happened is at the hub, and the plan in the van",
        || {
            let at_hub = console.residents(&planned).unwrap();
            let here = list(&at_van, &ana).unwrap();
            at_hub.standing == Standing::Held
                && at_hub.residents.iter().any(|r| r.left_out.is_some())
                && here.moved.is_some()
        },
    )
    .await;
    for view in [
        console.residents(&planned).unwrap(),
        list(&at_van, &ana).unwrap(),
    ] {
        assert!(view.moved.is_some(), "what happened wins");
        let off = view.residents.iter().filter(|r| r.taken_off.is_some());
        assert_eq!(off.count(), 0, "who was seen was seen");
    }

    let now_ms = i64::try_from(vereda::clock::wall_ms()).unwrap();
    assert_eq!(
        van.node.purge(now_ms).unwrap().records,
        0,
        "the day is not over"
    );
    at_van.close_attendance(&ana, &attendance).unwrap();
    let closed = RecordId::from_hex(&attendance).unwrap();
    until("all of it is at the hub, and proven", || {
        heads(&hub.node, closed) == heads(&van.node, closed) && van.is_proven()
    })
    .await;
    // A spot asks what is archived when it comes anew.
    van.link = None;
    archived(&world, &hub, "archive.db");
    van.connect(hub.address);
    let bodies = |id: &str| -> i64 {
        let db = van.node.store.read();
        db.query_row(
            "SELECT count(*) FROM entry e JOIN record r USING (record) WHERE r.id = ?1 AND length(e.body) > 0",
            [RecordId::from_hex(id).unwrap().0],
            |r| r.get(0),
        )
        .unwrap()
    };
    until(
        "the van lets go of them once the hub has archived all",
        || {
            van.node.purge(now_ms + 2 * 86_400_000).unwrap();
            let all = [planned.as_str(), abel, maria, attendance.as_str()];
            all.into_iter().all(|id| bodies(id) == 0)
        },
    )
    .await;
    let left = at_van.homes(&ana).unwrap();
    assert!(left.ahead.is_empty() && left.past.is_empty());
    assert_eq!(console.residents(&planned).unwrap().residents.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_on_the_list_of_another() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut rogue) = (
        world.spot("van", &["monchique"]),
        world.spot("rogue", &["monchique"]),
    );
    let console = HubConsole::new(std::sync::Arc::clone(&hub.node));
    let (at_van, ana) = (desk(&van.node), somebody("ana"));
    let lar = at_van
        .keep_facility(&ana, None, &home("Lar da Serra"))
        .unwrap();
    let own = at_van.plan_visit(&ana, &lar, &visit("")).unwrap();
    at_van
        .list_resident(&ana, &own, &resident("Maria Rosa", "123456789"))
        .unwrap();
    let tour = list(&at_van, &ana).unwrap().tour;
    let tour = RecordId::from_hex(&tour).unwrap();
    let (own_id, facility) = (
        RecordId::from_hex(&own).unwrap(),
        RecordId::from_hex(&lar).unwrap(),
    );
    let who = Listed {
        name: "Ninguém".into(),
        ..Listed::default()
    };
    let forged = ["van", "rogue"].map(|spot| {
        let place = Place {
            list: own_id,
            facility,
            spot: spot.into(),
        };
        let made = rogue.node.begin("Teresa", |author, at| {
            resident::list(author, at, &place, &who)
        });
        made.unwrap()
    });
    let of_van = Visit {
        facility,
        tour,
        stop: "1.van".into(),
        spot: "van".into(),
    };
    let false_list = rogue
        .node
        .begin("Teresa", |author, at| {
            resident_list::begin(author, at, &of_van)
        })
        .unwrap();
    van.connect(hub.address);
    rogue.connect(hub.address);
    until("all of it has come", || {
        forged
            .iter()
            .chain([&false_list])
            .all(|id| !heads(&van.node, *id).is_empty() && !heads(&hub.node, *id).is_empty())
            && !heads(&hub.node, own_id).is_empty()
    })
    .await;
    until("the hub has derived it", || console.residents(&own).is_ok()).await;
    assert_eq!(list(&at_van, &ana).unwrap().residents.len(), 1);
    until("the hub has the resident", || {
        console
            .residents(&own)
            .is_ok_and(|l| l.residents.len() == 1)
    })
    .await;
    assert!(console.residents(&false_list.to_string()).is_err());
    assert!(at_van.residents(&ana, &false_list.to_string()).is_err());
    // Nor does it read what is not its own.
    assert!(desk(&rogue.node).residents(&ana, &own).is_err());
    assert_eq!(
        Date::parse(&vereda::clock::today()).unwrap(),
        list(&at_van, &ana).unwrap().plan.day
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_elsewhere_of_a_resident_goes_along_but_not_of_whom_a_crew_writes_down() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["aljezur"]),
        world.spot("far", &["odemira"]),
    );
    let maria = request_of(&far.node, ("cesd", "Maria Rosa"), &[("nif", "123456789")]);
    let abel = request_of(&far.node, ("cesd", "Abel Nunes"), &[("nif", "299999998")]);
    far.connect(hub.address);
    far.proven().await;
    hub.node.derive_arrived().unwrap();
    let console = HubConsole::new(std::sync::Arc::clone(&hub.node));
    let (at_van, teresa, ana) = (desk(&van.node), somebody("teresa"), somebody("ana"));
    let lar = console.keep_facility(&teresa, None, &home("Lar da Serra"));
    let planned = console
        .plan_visit(&teresa, &lar.unwrap(), &visit("van"))
        .unwrap();
    let listed = resident("Maria Rosa", "123456789");
    console.list_resident(&teresa, &planned, &listed).unwrap();
    van.connect(hub.address);
    until("her request of elsewhere is in the van", || {
        list(&at_van, &ana).is_some_and(|l| l.residents.iter().any(|r| r.earlier.len() == 1))
    })
    .await;
    assert_eq!(at_van.carried(&ana).unwrap().lent.len(), 1);
    // Whom the crew meets there besides it may look up, and says why.
    let met = resident("Abel Nunes", "299999998");
    at_van.list_resident(&ana, &planned, &met).unwrap();
    van.proven().await;
    hub.node.derive_arrived().unwrap();
    assert_eq!(hub.node.lend_ahead().unwrap(), 0);
    assert!(heads(&van.node, abel).is_empty());
    assert!(!heads(&van.node, maria).is_empty());
    // She is taken off: what was lent for her ends.
    let view = console.residents(&planned).unwrap();
    let off = view.residents.iter().find(|r| r.name == "Maria Rosa");
    console
        .take_off(&teresa, &off.unwrap().id, "mudou de lar")
        .unwrap();
    until("the van hears of it", || {
        van.node.end_loans().unwrap();
        at_van.carried(&ana).unwrap().lent.is_empty()
    })
    .await;
}
