//! Cases between spots and hub: what the hub sends back, what one withdraws and another amends, what goes to
//! another desk.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_web::console::port::{Console, Decision, Keep, Reconciling};
use vereda_web::desk::port::{Cases, Desk, DeskError, Matter, Message, Session};

use crate::world::{World, desk, heads, note, request, somebody, until, waiting};

fn waits(desk: &SpotDesk, who: &Session) -> Vec<String> {
    let cases = desk.today(who).unwrap().cases;
    cases.into_iter().map(|it| it.row.id).collect()
}

/// Why it was decided so.
fn reason(message: &Message) -> &str {
    match &message.about {
        Matter::Request { reason, .. } => reason,
        Matter::Notice { .. } => "",
    }
}

fn life(desk: &SpotDesk, who: &Session, id: &str) -> Option<Life> {
    desk.request(who, id).ok().map(|view| view.row.life)
}

/// Both have the record as the other one has it, and list it.
pub(crate) async fn same(a: &Node, b: &Node, record: RecordId) {
    let derived = |node: &Node| {
        let db = node.store.read();
        let dirty = db.query_row("SELECT count(*) FROM record WHERE dirty <> 0", [], |r| {
            r.get(0)
        });
        dirty == Ok(0)
    };
    until("both have the same", || {
        let here = heads(a, record);
        !here.is_empty() && here == heads(b, record) && derived(a) && derived(b)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_hub_sends_back_is_work_of_its_own_desk_and_of_no_other() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    for spot in [&mut van, &mut home] {
        spot.connect(hub.address);
    }
    same(&hub.node, &home.node, asked).await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (ana, carla) = (somebody("ana"), somebody("carla"));
    let refused = console.give_back(&carla, &id, "full-name", "  ");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    for unknown in ["nothing", "_standing"] {
        let refused = console.give_back(&carla, &id, unknown, "porque sim");
        assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    }
    for _ in 0..2 {
        // The second click changes nothing.
        console
            .give_back(&carla, &id, "full-name", "falta o apelido")
            .unwrap();
    }

    let (at_van, at_home) = (desk(&van.node), desk(&home.node));
    until("it is back", || waits(&at_van, &ana) == [id.as_str()]).await;
    same(&hub.node, &home.node, asked).await;
    until("the other one sees it", || {
        life(&at_home, &ana, &id) == Some(Life::Returned)
    })
    .await;
    assert!(waits(&at_home, &ana).is_empty(), "it is no work of theirs");
    let seen = at_home.request(&ana, &id).unwrap().case;
    assert_eq!((seen.is_here, seen.holder.as_str()), (false, "Posto van"));
    let refused = at_home.hand_in(&ana, &id, "está bem assim");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");

    let back = at_van.request(&ana, &id).unwrap().case.returned;
    assert_eq!(back.len(), 1, "one click counted");
    assert_eq!(
        (back[0].refused.as_str(), back[0].is_corrected),
        ("Maria", false)
    );
    let refused = at_van.hand_in(&ana, &id, " ");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    at_van
        .correct(&ana, &id, "full-name", "Maria Rosa", "faltava")
        .unwrap();
    let corrected = &at_van.request(&ana, &id).unwrap().case.returned[0];
    assert_eq!(
        (corrected.refused.as_str(), corrected.is_corrected),
        ("Maria", true)
    );
    assert_eq!(life(&at_van, &ana, &id), Some(Life::Returned));
    at_van.hand_in(&ana, &id, "").unwrap();
    assert!(waits(&at_van, &ana).is_empty());
    assert_eq!(
        life(&at_van, &ana, &id),
        Some(Life::Recorded),
        "not at the hub yet"
    );
    van.proven().await;
    until("it is handed in", || {
        console.request(&id).unwrap().row.life == Life::Received
    })
    .await;
    // Corrected or not: with a reason it may stay as it is.
    console
        .give_back(&carla, &id, "full-name", "outra vez")
        .unwrap();
    until("it is back", || waits(&at_van, &ana) == [id.as_str()]).await;
    at_van
        .hand_in(&ana, &id, "é o nome que está no cartão")
        .unwrap();
    assert!(waits(&at_van, &ana).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn withdrawn_at_one_spot_and_amended_at_another_waits_for_an_operator() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    van.connect(hub.address);
    home.connect(hub.address);
    same(&van.node, &home.node, asked).await;
    // Apart.
    (van.link, home.link) = (None, None);
    let (at_van, at_home, ana) = (desk(&van.node), desk(&home.node), somebody("ana"));
    at_van
        .withdraw(&ana, &id, "o próprio", "já não precisa")
        .unwrap();
    at_home
        .correct(&ana, &id, "full-name", "Maria Rosa", "faltava")
        .unwrap();
    assert_eq!(life(&at_van, &ana, &id), Some(Life::Withdrawn));
    van.connect(hub.address);
    home.connect(hub.address);
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("the hub sees both", || waiting(&console).len() == 1).await;
    let row = waiting(&console).remove(0);
    assert_eq!(row.what.pt(), "Desistência");
    for (desk, spot) in [(&at_van, &van), (&at_home, &home)] {
        same(&hub.node, &spot.node, asked).await;
        until("nothing is said as final", || {
            let view = desk.request(&ana, &id).unwrap();
            view.row.in_conflict && view.row.life != Life::Withdrawn
        })
        .await;
        let refused = desk.withdraw(&ana, &id, "o próprio", "digo eu");
        assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    }
    let conflict = console.conflict(&somebody("carla"), &row.id).unwrap();
    let keep = conflict.compared[0]
        .values
        .iter()
        .position(|v| v.as_ref().unwrap().0 == "O cidadão desistiu")
        .unwrap();
    let decision = Decision {
        keep: Keep::Side(keep),
        reason: "Telefonei-lhe: não quer.".into(),
        shown: conflict.shown,
    };
    console
        .decide(&somebody("carla"), &row.id, decision)
        .unwrap();
    assert!(waiting(&console).is_empty());
    for desk in [&at_van, &at_home] {
        until("it is withdrawn", || {
            life(desk, &ana, &id) == Some(Life::Withdrawn)
        })
        .await;
        until("they hear of it", || {
            let messages = desk.today(&ana).unwrap().messages;
            messages.iter().any(|m| reason(m).contains("Telefonei-lhe"))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_is_told_to_the_desk_that_recorded_it() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    van.connect(hub.address);
    home.connect(hub.address);
    same(&van.node, &home.node, asked).await;
    let (at_van, at_home, ana) = (desk(&van.node), desk(&home.node), somebody("ana"));
    at_home.withdraw(&ana, &id, "a filha", "faleceu").unwrap();
    until("it is told", || {
        let messages = at_van.today(&ana).unwrap().messages;
        messages
            .iter()
            .any(|m| m.text.contains("a filha") && reason(m) == "faleceu")
    })
    .await;
    assert!(at_home.today(&ana).unwrap().messages.is_empty());
    // No operator decided anything.
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("the hub has it", || {
        console.request(&id).unwrap().row.life == Life::Withdrawn
    })
    .await;
    assert!(console.decided().unwrap().is_empty());
    home.proven().await;
    let case = at_home.request(&ana, &id).unwrap().case;
    assert!(case.withdrawn.unwrap().at_hub);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_goes_to_another_spot_without_a_hub() {
    let world = World::new();
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    let (at_van, at_home, ana) = (desk(&van.node), desk(&home.node), somebody("ana"));
    assert!(at_van.addressees(&ana, &id).unwrap().spots.is_empty());
    let refused = at_van.hand_over(&ana, &id, "posto:home", "leva");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    let address = van.meet(&[]);
    home.meet(&[address]);
    same(&van.node, &home.node, asked).await;
    // Whoever wrote in it is known by name.
    note(&home.node, asked, "mora aqui");
    same(&van.node, &home.node, asked).await;
    until("it is known", || {
        !at_van.addressees(&ana, &id).unwrap().spots.is_empty()
    })
    .await;
    let known = at_van.addressees(&ana, &id).unwrap().spots;
    assert_eq!(
        (known[0].id.as_str(), known[0].name.as_str()),
        ("home", "Posto home")
    );
    let refused = at_home.hand_over(&ana, &id, "posto:van", "não é meu");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    (van.peers, home.peers) = (None, None);
    at_van
        .hand_over(&ana, &id, "posto:home", "A vistoria é na quinta.")
        .unwrap();
    assert!(waits(&at_home, &ana).is_empty(), "they are apart");
    let address = van.meet(&[]);
    home.meet(&[address]);
    until("it has come", || waits(&at_home, &ana) == [id.as_str()]).await;
    at_home.take_over(&ana, &id).unwrap();
    assert!(waits(&at_home, &ana).is_empty());
    until("the first one hears it", || {
        let case = at_van.request(&ana, &id).unwrap().case;
        !case.is_here && case.handed_over.is_none()
    })
    .await;
    let refused = at_van.hand_over(&ana, &id, "posto:home", "de novo");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_goes_to_a_spot_of_another_scope_and_only_that_case() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let (asked, other) = (request(&van.node, "Maria"), request(&van.node, "Rosa"));
    let id = asked.to_string();
    let (at_van, at_far, ana) = (desk(&van.node), desk(&far.node), somebody("ana"));
    for wrong in ["codigo:", "codigo:van", "codigo:um posto", "posto:far"] {
        let refused = at_van.hand_over(&ana, &id, wrong, "mora lá");
        assert!(
            matches!(refused, Err(DeskError::NotNow(_))),
            "{wrong}: {refused:?}"
        );
    }
    // Before any hub is in reach.
    at_van
        .hand_over(&ana, &id, "codigo:far", "Mora agora em Aljezur.")
        .unwrap();
    far.connect(hub.address);
    van.connect(hub.address);
    until("it has come", || waits(&at_far, &ana) == [id.as_str()]).await;
    same(&van.node, &far.node, asked).await;
    assert!(heads(&far.node, other).is_empty(), "nothing else of there");
    // From now on it is work of both, and what each writes reaches the other.
    at_far.take_over(&ana, &id).unwrap();
    at_far
        .correct(&ana, &id, "full-name", "Maria Rosa", "no cartão")
        .unwrap();
    same(&van.node, &far.node, asked).await;
    note(&van.node, asked, "Telefonou para cá.");
    same(&van.node, &far.node, asked).await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    console
        .give_back(&somebody("carla"), &id, "full-name", "ilegível")
        .unwrap();
    until("it goes back to who has it", || {
        waits(&at_far, &ana) == [id.as_str()]
    })
    .await;
    assert!(waits(&at_van, &ana).is_empty());
    for spot in [&van, &far] {
        spot.proven().await;
        assert_eq!(
            hub.spot(&spot.node.config.node.id).1,
            None,
            "nothing was refused"
        );
    }
    // All that is derived is made anew: it is lent as before, once.
    vereda::store::derived::reset(&hub.node.store.write()).unwrap();
    hub.node.derive_arrived().unwrap();
    note(&van.node, asked, "Outra vez.");
    same(&van.node, &far.node, asked).await;
    // It was lent to that spot, and to no other of there, which may not write it either.
    let theirs = request(&far.node, "Ilda");
    let mut near_far = world.spot("nearfar", &["aljezur"]);
    near_far.connect(hub.address);
    same(&near_far.node, &far.node, theirs).await;
    assert!(heads(&near_far.node, asked).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_that_nobody_enrolled_gets_nothing_and_the_case_is_taken_back() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    let (at_van, ana) = (desk(&van.node), somebody("ana"));
    at_van
        .hand_over(&ana, &id, "codigo:ninguem", "leva")
        .unwrap();
    van.connect(hub.address);
    van.proven().await;
    until("the hub has it", || !heads(&hub.node, asked).is_empty()).await;
    hub.node.derive_arrived().unwrap();
    let lent: i64 = hub
        .node
        .store
        .read()
        .query_row("SELECT count(*) FROM lent", [], |r| r.get(0))
        .unwrap();
    assert_eq!(lent, 0);
    let case = at_van.request(&ana, &id).unwrap().case;
    assert!(case.is_here && case.handed_over.is_some());
    at_van.take_over(&ana, &id).unwrap();
    assert_eq!(at_van.request(&ana, &id).unwrap().case.handed_over, None);
}
