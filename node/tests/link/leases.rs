//! Values that agencies give out one by one: each reaches one spot, is used once, and never again, also when
//! disks go back in time.

use std::collections::BTreeMap;
use std::path::PathBuf;

use vereda::node::Node;
use vereda::store::StoreError;
use vereda::store::leases::{self, Left};
use vereda_sync::catalogue::Scarce;
use vereda_sync::id::RecordId;
use vereda_sync::record::lease::{self, Reserved, Wrong};

use crate::world::{Seeded, TestSpot, World, request, until};

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
