//! How a citizen is told, written at two spots: a conflict that a person settles; and who does the telling.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda_sync::record::outcome::{self, Contact};
use vereda_web::console::port::{Console, Decision, Keep, Reconciling};
use vereda_web::desk::port::{Desk, DeskError, Outcomes, Session};

use crate::cases::same;
use crate::world::{World, desk, request, somebody, until, waiting};

const SMS: [(&str, &str); 3] = [
    ("tell-way", "sms"),
    ("tell-phone", "912 345 678"),
    ("tell-consent", "yes"),
];
const CALL: [(&str, &str); 3] = [
    ("tell-way", "call"),
    ("tell-phone", "213 456 789"),
    ("tell-consent", "yes"),
];

fn contact(desk: &SpotDesk, who: &Session, id: &str) -> Option<String> {
    let known = desk.request(who, id).ok()?.case.telling.contact;
    known.map(|(contact, _)| contact.value())
}

fn waits(desk: &SpotDesk, who: &Session) -> bool {
    let mut cases = desk.today(who).unwrap().cases.into_iter();
    cases.any(|it| !it.case.telling.to_tell.is_empty())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_spots_that_write_it_apart_tell_nobody_until_it_is_decided() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    let (at_van, at_home) = (desk(&van.node), desk(&home.node));
    let (ana, carla) = (somebody("ana"), somebody("carla"));
    van.connect(hub.address);
    home.connect(hub.address);
    same(&van.node, &home.node, asked).await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    let refused = console.give_back(&carla, &id, outcome::FIELD, "não atende");
    assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    (van.link, home.link) = (None, None);
    at_van.tell_by(&ana, &id, &SMS).unwrap();
    at_home.tell_by(&ana, &id, &CALL).unwrap();
    console
        .give_back(&carla, &id, "full-name", "falta o apelido")
        .unwrap();
    van.connect(hub.address);
    home.connect(hub.address);
    same(&van.node, &home.node, asked).await;
    same(&hub.node, &van.node, asked).await;
    let rows = waiting(&console);
    assert_eq!(rows.len(), 1);
    let conflict = console.conflict(&somebody("carla"), &rows[0].id).unwrap();
    let sides: Vec<&str> = conflict.compared[0]
        .values
        .iter()
        .map(|v| v.as_ref().unwrap().0.as_str())
        .collect();
    assert!(
        sides
            .iter()
            .any(|s| s.starts_with("Chamada telefónica: 213")),
        "{sides:?}"
    );
    assert_eq!(conflict.proposed, Some(1), "{}", conflict.rule);
    for desk in [&at_van, &at_home] {
        until("the desk shows that they disagree", || {
            let view = desk.request(&ana, &id).unwrap();
            view.case.telling.is_contested && view.case.telling.contact.is_none()
        })
        .await;
        assert!(!waits(desk, &ana), "nobody is told meanwhile");
        let refused = desk.tell_by(&ana, &id, &SMS);
        assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    }
    let decide = |keep| {
        let decision = Decision {
            keep,
            reason: "Disse-o por último.".into(),
            shown: conflict.shown.clone(),
        };
        console.decide(&carla, &rows[0].id, decision)
    };
    let refused = decide(Keep::Other("maria@exemplo.pt".into()));
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    decide(Keep::Side(1)).unwrap();
    let kept = Contact::parse("call 213456789").unwrap().value();
    for desk in [&at_van, &at_home] {
        until("they hear of it", || {
            contact(desk, &ana, &id).as_ref() == Some(&kept)
        })
        .await;
    }
    // The spot that has the case tells it, and no other.
    until("it waits", || waits(&at_van, &ana)).await;
    assert!(!waits(&at_home, &ana));
    at_van.told(&ana, &id, true).unwrap();
    assert!(!waits(&at_van, &ana));
    // Taken back at another desk, it is gone at all.
    same(&van.node, &home.node, asked).await;
    at_home.take_back_outcome(&ana, &id).unwrap();
    until("it is gone", || contact(&at_van, &ana, &id).is_none()).await;
    until("also at the hub", || {
        console.request(&id).unwrap().case.telling.contact.is_none()
    })
    .await;
}
