//! Values that agencies give out one by one: each reaches one spot, is used once, and never again, also when
//! disks go back in time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::node::Node;
use vereda::store::StoreError;
use vereda::store::leases::{self, Left};
use vereda_sync::catalogue::Scarce;
use vereda_sync::id::RecordId;
use vereda_sync::money::Counted;
use vereda_sync::record::attendance;
use vereda_sync::record::lease::{self, Reserved, Wrong};
use vereda_sync::record::till::How;
use vereda_web::console::port::{self, Leases as _};
use vereda_web::desk::port::{Desk, DeskError, Leases as _, Paid, Payment, Tills};

use crate::world::{Seeded, TestSpot, World, desk, request, somebody, until};

const KIND: (&str, Scarce) = ("certidao-predial", Scarce::PaymentReference);
const SOME: u32 = 100;

fn list(numbers: std::ops::Range<u32>) -> String {
    numbers
        .map(|n| format!("21312;{n:09};;2999-12-31\n"))
        .collect()
}

fn left(node: &Node) -> Vec<Left> {
    node.values_left(KIND, SOME).unwrap()
}

/// Uses a value for a request, as a desk does.
fn use_up(node: &Node, request: RecordId, value: &Left) -> Result<(), StoreError> {
    let has = Reserved::Has(value.value.clone());
    node.use_value(("Ana", request), value, |d, a, at| {
        lease::reserve(d, a, at, KIND.1, &has)
    })
}

fn reserved(node: &Node, request: RecordId) -> Reserved {
    let read = node.with_document(request, |d| Reserved::of(d, KIND.1));
    read.unwrap().unwrap()
}

fn used(hub: &Node) -> u64 {
    let all = leases::standings(&hub.store.read(), "2026").unwrap();
    all.iter().map(|s| s.used).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_are_leased_ahead_used_offline_and_topped_up() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let mut near = world.spot("near", &["monchique"]);
    let wrong = hub
        .node
        .give_values("Teresa", KIND, &(list(0..3) + "21312;1;;2999-12-31"));
    assert_eq!(wrong.unwrap(), Err(vec![(4, Wrong::Reference)]));
    assert_eq!(
        hub.node.give_values("Teresa", KIND, &list(0..20)).unwrap(),
        Ok(20)
    );
    let again = hub.node.give_values("Teresa", KIND, &list(19..21)).unwrap();
    assert_eq!(again, Err(vec![(1, Wrong::Known)]));

    let asked = request(&van.node, "Rosa");
    request(&near.node, "Ilda");
    van.connect(hub.address);
    near.connect(hub.address);
    until("both have four", || {
        left(&van.node).len() == 4 && left(&near.node).len() == 4
    })
    .await;
    let of_van = left(&van.node);
    // They hold the same scope, and so each other's leases: to use, each has its own.
    assert!(left(&near.node).iter().all(|l| !of_van.contains(l)));
    until("near has heard of van's", || {
        near.node
            .with_document(of_van[0].lease, |_| ())
            .unwrap()
            .is_some()
    })
    .await;
    let other = request(&near.node, "Olga");
    assert!(matches!(
        use_up(&near.node, other, &of_van[0]),
        Err(StoreError::Spent)
    ));
    assert_eq!(reserved(&near.node, other), Reserved::No, "all or nothing");

    van.link = None;
    for value in &of_van[..3] {
        use_up(&van.node, asked, value).unwrap();
        let twice = request(&van.node, "Eva");
        assert!(matches!(
            use_up(&van.node, twice, value),
            Err(StoreError::Spent)
        ));
    }
    assert_eq!(
        reserved(&van.node, asked),
        Reserved::Has(of_van[2].value.clone())
    );
    assert_eq!(left(&van.node), of_van[3..]);
    van.connect(hub.address);
    until("it is topped up", || left(&van.node).len() == 4).await;
    assert_eq!(used(&hub.node), 3);

    // What the agency takes back is offered no more.
    let lists = leases::lists(&hub.node.store.read(), ("", "2026"), 9).unwrap();
    hub.node
        .withdraw_values("Teresa", lists[0].id, "engano")
        .unwrap();
    until("nothing is left", || {
        left(&van.node).is_empty() && left(&near.node).is_empty()
    })
    .await;
    assert_eq!(hub.node.lease_ahead().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_was_put_back_leases_nothing_of_what_it_may_have_leased() {
    let world = World::new();
    let hub = world.hub(None);
    hub.node
        .give_values("Teresa", KIND, &list(0..20))
        .unwrap()
        .unwrap();
    let copy = world.back_up(&hub.node);
    let mut van = world.spot("van", &["monchique"]);
    request(&van.node, "Rosa");
    van.connect(hub.address);
    until("van has four", || left(&van.node).len() == 4).await;
    let address = hub.stop().await;
    world.restore("central", &copy);
    let hub = world.hub(Some(address));
    hub.node.begin_epoch().unwrap();
    let mut near = world.spot("near", &["monchique"]);
    let asked = request(&near.node, "Ilda");
    near.connect(hub.address);
    near.proven().await;
    assert_eq!(hub.node.lease_ahead().unwrap(), 0);
    hub.node
        .give_values("Teresa", KIND, &list(50..60))
        .unwrap()
        .unwrap();
    until("near has of the new list", || left(&near.node).len() == 4).await;
    for value in left(&near.node) {
        use_up(&near.node, asked, &value).unwrap();
        assert!(value.value.line().as_str() > "21312;000000050", "{value:?}");
    }
}

struct Spot {
    id: &'static str,
    at: Option<TestSpot>,
    asked: RecordId,
    copies: Vec<PathBuf>,
}

impl Spot {
    fn node(&self) -> &Node {
        &self.at.as_ref().unwrap().node
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_is_ever_used_twice_whatever_disk_is_put_back() {
    let world = World::new();
    let hub = world.hub(None);
    hub.node
        .give_values("Teresa", KIND, &list(0..400))
        .unwrap()
        .unwrap();
    let mut spots: Vec<Spot> = ["van", "near"]
        .into_iter()
        .map(|id| {
            let at = world.spot(id, &["monchique"]);
            let asked = request(&at.node, id);
            Spot {
                id,
                at: Some(at),
                asked,
                copies: vec![],
            }
        })
        .collect();
    let mut random = Seeded(7);
    let mut everything: BTreeMap<String, &str> = BTreeMap::new();
    let mut restores = 0;
    for step in 0..60 {
        let spot = &mut spots[usize::try_from(random.next() % 2).unwrap()];
        match random.next() % 8 {
            // Whoever serves uses what is there.
            0..=3 => {
                let values = left(spot.node());
                let Some(value) =
                    values.get(usize::try_from(random.next()).unwrap() % values.len().max(1))
                else {
                    continue;
                };
                // The request may have gone with the disk.
                if spot
                    .node()
                    .with_document(spot.asked, |_| ())
                    .unwrap()
                    .is_none()
                {
                    spot.asked = request(spot.node(), spot.id);
                }
                use_up(spot.node(), spot.asked, value).unwrap();
                let before = everything.insert(value.value.line(), spot.id);
                assert_eq!(
                    before,
                    None,
                    "step {step}: {} used twice",
                    value.value.line()
                );
            }
            4 => spot.copies.push({
                let copy = world.back_up(spot.node());
                let kept = copy.with_extension(step.to_string());
                std::fs::rename(copy, &kept).unwrap();
                kept
            }),
            5 if !spot.copies.is_empty() => {
                restores += 1;
                let which = usize::try_from(random.next()).unwrap() % spot.copies.len();
                spot.at.take().unwrap().stop().await;
                world.restore(spot.id, &spot.copies[which]);
                if random.next().is_multiple_of(2) {
                    // To another machine: the store alone.
                    let beside = world.dir.join(spot.id).join("vereda.db.spent");
                    let _ = std::fs::remove_file(beside);
                }
                let at = world.spot(spot.id, &["monchique"]);
                if random.next().is_multiple_of(2) {
                    at.node.tidy().unwrap();
                }
                spot.at = Some(at);
            }
            _ => {
                let at = spot.at.as_mut().unwrap();
                at.node.tidy().unwrap();
                at.connect(hub.address);
                let mut polls = 0;
                until("it has some", || {
                    // The hub hears of another journal by what is written into it.
                    if polls % 50 == 0 {
                        request(&at.node, spot.id);
                    }
                    polls += 1;
                    !left(&at.node).is_empty()
                })
                .await;
                at.proven().await;
                at.link = None;
            }
        }
    }
    assert!(
        restores >= 3 && everything.len() >= 15,
        "{restores} restores, {} used",
        everything.len()
    );
    assert!(used(&hub.node) <= everything.len() as u64);
}

fn says(error: Result<(), DeskError>, why: &str) {
    match error {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fee_is_paid_later_by_a_reference_for_its_sum_or_waits_for_one() {
    let world = World::new();
    let hub = world.hub(None);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let give = |list: &str| console.give(&teresa, KIND, list);
    says(give("  \n").map(|_| ()), "lista está vazia");
    says(give(&list(0..501)).map(|_| ()), "tem 501 linhas");
    let other = console.give(&teresa, ("cesd", KIND.1), &list(0..1));
    says(other.map(|_| ()), "Este serviço não dá disto");
    // Of another sum, so that it is not for this fee.
    assert_eq!(give("21312;900000001;18,00;2999-12-31").unwrap(), Ok(1));

    let mut van = world.spot("van", &["monchique"]);
    let at_van = desk(&van.node);
    let asked = costing(&van.node, 1500);
    van.connect(hub.address);
    until("it has the one", || left(&van.node).len() == 1).await;
    let view = || Tills::payment(&at_van, &ana, &asked.to_string()).unwrap();
    assert_eq!((view().payment, view().references), (Payment::Due, Some(0)));
    for _a_double_click in 0..2 {
        at_van.pay_later(&ana, &asked.to_string()).unwrap();
    }
    assert_eq!(view().payment, Payment::Awaited);
    assert_eq!(left(&van.node).len(), 1, "none was used for another sum");
    let low = at_van.running_low().unwrap();
    assert_eq!((low.len(), low[0].left), (1, 1));

    assert_eq!(
        give("21312;900000002;;2999-12-31\n21312;900000003;15,00;2999-12-31").unwrap(),
        Ok(2)
    );
    until("it has more", || left(&van.node).len() == 3).await;
    for _a_double_click in 0..2 {
        at_van.pay_later(&ana, &asked.to_string()).unwrap();
    }
    match view().payment {
        Payment::Later(value) => assert_eq!(value.line(), "21312;900000003;15,00;2999-12-31"),
        other => panic!("{other:?}"),
    }
    assert_eq!(left(&van.node).len(), 2);
    // Not paid, and not to be paid twice.
    let cash = Paid {
        how: How::Cash,
        reference: "",
        reason: "",
    };
    says(
        at_van.receive(&ana, &asked.to_string(), &cash),
        "já tem uma referência",
    );
    until("the hub knows that it is used", || used(&hub.node) == 1).await;
    let at_hub = port::Console::request(&console, &asked.to_string()).unwrap();
    assert!(
        at_hub.reserved[0]
            .contains("Por pagar por referência: entidade 21312, referência 900 000 003"),
        "{:?}",
        at_hub.reserved
    );
    let stock = console.stock().unwrap();
    let row = &stock.spots[0];
    assert_eq!((row.leased, row.used, row.left, row.doubtful), (3, 1, 2, 0));
    says(
        console.withdraw(&teresa, &stock.lists[0].id, " "),
        "Escreva porque",
    );
}

/// A recorded request of [`KIND`]'s service with that fee.
fn costing(node: &Node, cents: u32) -> RecordId {
    let known = std::collections::BTreeMap::new();
    let attendance = node.begin("Ana", attendance::begin).unwrap();
    let edition = node.catalogue().edition;
    let asked = node
        .begin("Ana", |a, at| {
            vereda_sync::record::request::begin(a, at, (KIND.0, edition), attendance, &known)
        })
        .unwrap();
    node.change(
        asked,
        "Ana",
        |d, a, at| vereda_sync::record::request::record(d, a, at, "T01-1", cents, None),
        |_| Ok(()),
    )
    .unwrap();
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_stands_in_lists_and_an_hour_is_given_once_there_is_one() {
    const HOURS: (&str, Scarce) = ("inscricao-emprego", Scarce::Appointment);
    let world = World::new();
    let hub = world.hub(None);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let mut van = world.spot("van", &["monchique"]);
    let at_van = desk(&van.node);
    let owing = |kind: (&str, Scarce), number: &str| {
        let known = BTreeMap::new();
        let attendance = van.node.begin("Ana", attendance::begin).unwrap();
        let edition = van.node.catalogue().edition;
        let begun = van.node.begin("Ana", |a, at| {
            vereda_sync::record::request::begin(a, at, (kind.0, edition), attendance, &known)
        });
        let asked = begun.unwrap();
        let hour = Reserved::Owed;
        van.node
            .change(
                asked,
                "Ana",
                |d, a, at| {
                    vereda_sync::record::request::record_with(
                        d,
                        a,
                        at,
                        (number, 0),
                        None,
                        (&hour, None, &[]),
                    )
                },
                |_| Ok(()),
            )
            .unwrap();
        asked
    };
    let (first, second) = (owing(HOURS, "T01-1"), owing(HOURS, "T01-2"));
    let costs = costing(&van.node, 1500);
    at_van.pay_later(&ana, &costs.to_string()).unwrap();
    let owes = |id: RecordId| {
        let rows = at_van.requests(&ana, "").unwrap();
        let row = rows.into_iter().find(|row| row.id == id.to_string());
        let owes = row.unwrap().owes;
        (owes.hour, owes.reference)
    };
    assert_eq!(owes(first), (true, false));
    assert_eq!(owes(costs), (false, true));
    let hours = |id: RecordId| at_van.request(&ana, &id.to_string()).unwrap().hours;
    assert!(hours(first).unwrap().left.is_empty(), "there are none");
    let line = "Centro de Emprego de Portimão;2999-03-02;10:30";
    says(
        at_van.give_hour(&ana, &first.to_string(), line),
        "Entretanto essa hora",
    );

    van.connect(hub.address);
    let given = console.give(&teresa, HOURS, line).unwrap();
    assert_eq!(given, Ok(1));
    until("it has an hour", || {
        !hours(first)
            .unwrap_or_else(|| panic!("it waits"))
            .left
            .is_empty()
    })
    .await;
    for _a_double_click in 0..2 {
        at_van.give_hour(&ana, &first.to_string(), line).unwrap();
    }
    says(
        at_van.give_hour(&ana, &second.to_string(), line),
        "Entretanto essa hora",
    );
    says(
        at_van.give_hour(&ana, &costs.to_string(), line),
        "não espera",
    );
    for look in 0..2 {
        assert_eq!(owes(first), (false, false), "look {look}");
        assert_eq!(owes(second), (true, false), "look {look}");
        assert!(hours(first).is_none() && hours(second).is_some());
        vereda::store::derived::reset(&van.node.store.write()).unwrap();
        van.node.derive_arrived().unwrap();
    }
    let receipt = at_van.receipt(&ana, &first.to_string()).unwrap();
    assert!(matches!(receipt.hour, Reserved::Has(value) if value.line() == line));
    // Paid at the till, nobody waits for a reference any more.
    at_van.open_till(&ana, &Counted::default()).unwrap();
    let cash = Paid {
        how: How::Cash,
        reference: "",
        reason: "",
    };
    at_van.receive(&ana, &costs.to_string(), &cash).unwrap();
    assert_eq!(owes(costs), (false, false));
}
