//! Look-ups beyond the scope: the hub lends the requests of one person, to be read, for a while.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda::node::{MAX_A_DAY, Node};
use vereda::store::journal;
use vereda_sync::exchange::LENT;
use vereda_sync::exchange::frame::{self, Encoding};
use vereda_sync::exchange::message::{Share, Source};
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_sync::record::lookup::{self, RECEIPT};
use vereda_web::console::port::Console;
use vereda_web::desk::port::{Cases, Desk, DeskError, LookupState, LookupView, Lookups, Session};

use crate::world::{World, desk, heads, note, request, request_of, somebody, until};

const NIF: &str = "123456789";
const WHY: &str = "Evacuada de Aljezur, perdeu os papéis.";

fn state(desk: &SpotDesk, who: &Session, id: &str) -> LookupState {
    desk.lookup(who, id).unwrap().row.state
}

async fn answered(desk: &SpotDesk, who: &Session, id: &str) -> LookupView {
    until("the hub has answered", || {
        matches!(state(desk, who, id), LookupState::Answered { .. })
    })
    .await;
    desk.lookup(who, id).unwrap()
}

async fn here(desk: &SpotDesk, who: &Session, id: &str) {
    until("what was found is here", || {
        let found = desk.lookup(who, id).unwrap().found;
        !found.is_empty() && found.iter().all(|one| one.here.is_some())
    })
    .await;
}

/// Bodies of a record that are on the disk.
fn bodies(node: &Node, record: RecordId) -> i64 {
    let count = "SELECT count(*) FROM entry JOIN record r USING (record) WHERE r.id = ?1 AND length(body) > 0";
    node.store
        .read()
        .query_row(count, [record.0], |r| r.get(0))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_from_elsewhere_is_looked_up_with_a_reason_and_only_to_be_read() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let rosa = request_of(&far.node, ("cesd", "Rosa"), &[("nif", NIF)]);
    let other = request_of(&far.node, ("cesd", "Ilda"), &[("nif", "100000002")]);
    let (at_van, at_far, ana) = (desk(&van.node), desk(&far.node), somebody("ana"));
    for (by, number, why) in [
        ("nif", "", WHY),
        ("nif", "123456780", WHY),
        ("nif", NIF, "  porque  "),
        ("nif", NIF, &"x".repeat(301)),
        (RECEIPT, "T01-", WHY),
    ] {
        let refused = at_van.look_up(&ana, by, number, why);
        assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    }
    let by_name = at_van.look_up(&ana, "full-name", "Rosa", WHY);
    assert!(matches!(by_name, Err(DeskError::NotFound)), "{by_name:?}");

    // Without a network it waits, and says so.
    let id = at_van.look_up(&ana, "nif", "123 456 789", WHY).unwrap();
    assert_eq!(
        state(&at_van, &ana, &id),
        LookupState::Waits { at_hub: false }
    );
    far.connect(hub.address);
    far.proven().await;
    van.connect(hub.address);
    let view = answered(&at_van, &ana, &id).await;
    assert_eq!(view.found.len(), 1);
    assert_eq!(view.found[0].spot, "Posto far");
    here(&at_van, &ana, &id).await;
    assert!(heads(&van.node, other).is_empty(), "of nobody else");

    let lent = at_van.request(&ana, &rosa.to_string()).unwrap();
    assert_eq!(lent.row.citizen, "Rosa");
    assert!(lent.lent_until.is_some());
    assert_eq!(
        at_far.request(&ana, &rosa.to_string()).unwrap().lent_until,
        None
    );
    let id_of_rosa = rosa.to_string();
    let before = heads(&van.node, rosa);
    let refused = at_van.correct(&ana, &id_of_rosa, "full-name", "Outra", "porque sim");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    let refused = at_van.add_note(&ana, &id_of_rosa, "olá");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    assert_eq!(heads(&van.node, rosa), before);

    // What happens to it there is seen here, and who asked stands at the hub.
    note(&far.node, rosa, "Telefonou.");
    until("the note is here", || {
        heads(&van.node, rosa) == heads(&far.node, rosa)
    })
    .await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    let audit = console.lookups().unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].reason.as_str(), audit[0].who.as_str()),
        (WHY, "Pessoa ana, Posto van")
    );
    assert!(audit[0].number.starts_with("•••"), "{}", audit[0].number);
    assert!(at_far.lookups(&ana).unwrap().is_empty());

    // The case itself may follow: then it is work of this spot like any other.
    at_far
        .hand_over(&ana, &id_of_rosa, "codigo:van", "mora agora lá")
        .unwrap();
    until("it may be written", || {
        at_van
            .request(&ana, &id_of_rosa)
            .unwrap()
            .lent_until
            .is_none()
    })
    .await;
    at_van.take_over(&ana, &id_of_rosa).unwrap();
    at_van.add_note(&ana, &id_of_rosa, "Está cá.").unwrap();
    until("it is there too", || {
        heads(&hub.node, rosa) == heads(&van.node, rosa)
    })
    .await;
    van.proven().await;
    assert_eq!(hub.spot("van").1, None, "nothing was refused");
    assert_eq!(van.node.end_loans().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_lent_ends_on_both_sides_and_can_be_lent_once_more() {
    let world = World::new();
    // What is lent is over at once; it goes when somebody looks.
    let hub = world.hub_as(None, |config| config.sync.as_mut().unwrap().lend_hours = 0);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let rosa = request_of(&far.node, ("cesd", "Rosa"), &[("nif", NIF)]);
    let (at_van, ana) = (desk(&van.node), somebody("ana"));
    for spot in [&mut far, &mut van] {
        spot.connect(hub.address);
        spot.proven().await;
    }
    let id = at_van.look_up(&ana, "nif", NIF, WHY).unwrap();
    here(&at_van, &ana, &id).await;
    until("all of it is here", || {
        heads(&van.node, rosa) == heads(&far.node, rosa)
    })
    .await;
    let whole = bodies(&van.node, rosa);
    assert!(whole > 1);

    assert_eq!(hub.node.end_loans().unwrap(), 1);
    assert_eq!(van.node.end_loans().unwrap(), 1);
    assert_eq!(van.node.end_loans().unwrap(), 0, "once");
    assert_eq!(bodies(&van.node, rosa), 0);
    assert!(matches!(
        at_van.request(&ana, &rosa.to_string()),
        Err(DeskError::NotFound)
    ));
    assert!(at_van.requests(&ana, "rosa").unwrap().is_empty());
    let view = at_van.lookup(&ana, &id).unwrap();
    assert!(matches!(
        view.row.state,
        LookupState::Answered {
            found: 1,
            over: true,
            ..
        }
    ));
    assert!(
        view.found[0].here.is_none(),
        "the audit stays, the request does not"
    );

    // What happens there is not heard of any more.
    note(&far.node, rosa, "Telefonou.");
    far.proven().await;
    let told = request(&van.node, "Zé");
    van.proven().await;
    assert!(!heads(&hub.node, told).is_empty());
    assert_eq!(bodies(&van.node, rosa), 0);

    let again = at_van.look_up(&ana, "nif", NIF, WHY).unwrap();
    until("it is here once more, with what happened since", || {
        heads(&van.node, rosa) == heads(&far.node, rosa)
    })
    .await;
    assert_eq!(bodies(&van.node, rosa), whole + 1);
    // A record is in its journal before the lists know it.
    until("the lists have it too", || {
        let found = at_van.lookup(&ana, &again).unwrap().found;
        found[0].here.is_some()
    })
    .await;
    assert_eq!(van.node.end_loans().unwrap(), 1);
    let scope: String = van
        .node
        .store
        .read()
        .query_row("SELECT scope FROM record WHERE id = ?1", [rosa.0], |r| {
            r.get(0)
        })
        .unwrap();
    assert_eq!(scope, LENT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_that_asks_for_everybody_is_refused() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let at_van = desk(&van.node);
    let ana = somebody("ana");
    for n in 0..MAX_A_DAY {
        let number = format!("{n}");
        let ask = |a: &_, at| lookup::ask(a, at, ("nif", &number), WHY);
        van.node.begin("ana", ask).unwrap();
    }
    van.connect(hub.address);
    van.proven().await;
    until("all are answered", || {
        let db = hub.node.store.read();
        let answered = vereda::store::lookups::answered_since(&db, "van", 0).unwrap();
        answered == MAX_A_DAY
    })
    .await;
    let id = at_van.look_up(&ana, "nif", NIF, WHY).unwrap();
    until("it is refused", || {
        matches!(state(&at_van, &ana, &id), LookupState::Refused(_))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_withdrawn_is_found_too_and_says_so() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let known = [("nif", NIF), ("sns", "123123123")];
    let gone = request_of(&far.node, ("cesd", "Rosa"), &known);
    let stands = request_of(&far.node, ("residence", "Rosa"), &known);
    let (at_van, at_far, ana) = (desk(&van.node), desk(&far.node), somebody("ana"));
    at_far
        .withdraw(&ana, &gone.to_string(), "a própria", "não vai viajar")
        .unwrap();
    far.connect(hub.address);
    far.proven().await;
    van.connect(hub.address);
    for (by, number) in known {
        let id = at_van.look_up(&ana, by, number, WHY).unwrap();
        answered(&at_van, &ana, &id).await;
        here(&at_van, &ana, &id).await;
        let found = at_van.lookup(&ana, &id).unwrap().found;
        let life = |record: RecordId| {
            let rows = found.iter().filter_map(|one| one.here.as_ref());
            let mut rows = rows.filter(|row| row.id == record.to_string());
            rows.next().map(|row| row.life)
        };
        assert_eq!(found.len(), 2, "by {by}");
        assert_eq!(life(gone), Some(Life::Withdrawn), "by {by}");
        assert_ne!(life(stands), Some(Life::Withdrawn), "by {by}");
    }
}

/// What is lent here is of that scope, and is all that is there.
fn is_lent_whole(van: &Node, far: &Node, request: RecordId) -> bool {
    let scope: Option<String> = van
        .store
        .read()
        .query_row("SELECT scope FROM record WHERE id = ?1", [request.0], |r| {
            r.get(0)
        })
        .ok();
    scope.as_deref() == Some(LENT) && heads(van, request) == heads(far, request)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_hub_a_spot_nearby_lends_what_it_holds_and_the_hub_answers_all_the_same() {
    let world = World::new();
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur", "monchique"]),
    );
    let rosa = request_of(&far.node, ("cesd", "Rosa"), &[("nif", NIF)]);
    let other = request_of(&far.node, ("cesd", "Ilda"), &[("nif", "100000002")]);
    let (at_van, at_far, ana) = (desk(&van.node), desk(&far.node), somebody("ana"));
    let id = at_van.look_up(&ana, "nif", NIF, WHY).unwrap();
    let at = far.meet(&[]);
    van.meet(&[at]);
    here(&at_van, &ana, &id).await;
    until("all of it is here", || {
        is_lent_whole(&van.node, &far.node, rosa)
    })
    .await;
    assert!(heads(&van.node, other).is_empty(), "of nobody else");
    let view = at_van.lookup(&ana, &id).unwrap();
    assert_eq!(
        view.row.state,
        LookupState::Waits { at_hub: false },
        "the hub has not answered"
    );
    assert_eq!(view.row.near.len(), 1);
    assert_eq!(
        (view.row.near[0].spot.as_str(), view.row.near[0].found),
        ("Posto far", 1)
    );
    let lent = at_van.request(&ana, &rosa.to_string()).unwrap();
    assert!(lent.lent_until.is_some() && lent.row.citizen == "Rosa");
    let refused = at_van.add_note(&ana, &rosa.to_string(), "olá");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    assert!(at_far.lookups(&ana).unwrap().is_empty());

    // What happens to it there is seen here, and another look-up while they are together is answered too.
    note(&far.node, rosa, "Telefonou.");
    until("the note is here", || {
        heads(&van.node, rosa) == heads(&far.node, rosa)
    })
    .await;
    let next = at_van.look_up(&ana, "nif", "100000002", WHY).unwrap();
    here(&at_van, &ana, &next).await;

    // The hub hears of it from both, refuses nothing, and answers itself.
    let hub = world.hub(None);
    van.connect(hub.address);
    far.connect(hub.address);
    let audit = HubConsole::new(Arc::clone(&hub.node));
    until("the hub knows who lent", || {
        let audit = audit.lookups().unwrap();
        audit.len() == 2 && audit.iter().all(|row| row.near.len() == 1)
    })
    .await;
    far.proven().await;
    van.proven().await;
    let later = at_van.look_up(&ana, "nif", NIF, WHY).unwrap();
    assert_eq!(answered(&at_van, &ana, &later).await.found.len(), 1);
    for spot in ["van", "far"] {
        assert_eq!(hub.spot(spot).1, None, "nothing of {spot} was refused");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_spot_nearby_lent_ends_and_nobody_lends_what_was_not_looked_up() {
    let world = World::new();
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur", "monchique"]),
    );
    let rosa = request_of(&far.node, ("cesd", "Rosa"), &[("nif", NIF)]);
    let (at_van, ana) = (desk(&van.node), somebody("ana"));

    // Somebody who shares what nobody asked for.
    let entries = {
        let db = far.node.store.read();
        let own = journal::all(&db).unwrap().remove(0);
        let entries = journal::entries_at(&db, own.row, 1, 1 << 20).unwrap();
        let source = |index| Source {
            journal: own.id,
            index,
            own: false,
        };
        let all = entries.into_iter().map(|(at, entry)| (source(at), entry));
        all.collect::<Vec<_>>()
    };
    let (sources, entries): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    let share = Share {
        scope: LENT.to_owned(),
        sources,
        packed: frame::pack_as(&entries, Encoding::default()).unwrap(),
    };
    let taken = van.node.take_share("far", &share).unwrap();
    assert_eq!((taken.new, taken.refused), (0, 0));
    assert!(heads(&van.node, rosa).is_empty());

    // Another number is looked up, which is not there; who lends decides until when.
    let id = at_van.look_up(&ana, "nif", "100000002", WHY).unwrap();
    let lookup = RecordId::from_hex(&id).unwrap();
    let at = far.meet(&[]);
    van.meet(&[at]);
    until("the look-up is there", || {
        !heads(&far.node, lookup).is_empty()
    })
    .await;
    let until_ms = vereda::clock::now_ms() + 1_500;
    let found = lookup::Found {
        request: rosa,
        number: "T01-0000-0000-0".into(),
        service: "cesd".into(),
        spot: "Posto far".into(),
    };
    let lend = |d: &mut _, a: &_, at| lookup::lend(d, a, at, &[found], until_ms);
    far.node.change(lookup, "", lend, |_| Ok(())).unwrap();
    until("it is here", || is_lent_whole(&van.node, &far.node, rosa)).await;
    let whole = bodies(&van.node, rosa);
    until("it is over", || van.node.end_loans().unwrap() == 1).await;
    assert_eq!(bodies(&van.node, rosa), 0);
    assert!(matches!(
        at_van.request(&ana, &rosa.to_string()),
        Err(DeskError::NotFound)
    ));

    // Looked up by what it has, it comes once more.
    let again = at_van.look_up(&ana, "nif", NIF, WHY).unwrap();
    here(&at_van, &ana, &again).await;
    until("all of it is back", || bodies(&van.node, rosa) == whole).await;
}
