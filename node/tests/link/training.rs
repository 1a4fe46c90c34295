//! What is done in training stays where it was done, however much goes over the link beside it.

use vereda::training::{ID, Training};
use vereda_web::desk::port::{Desk, Person, Session};

use crate::bundles::{at_hub, pack, stick, taken};
use crate::erased::{NAME, planted};
use crate::world::{World, heads, request, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_training_goes_to_the_hub_to_a_spot_nearby_or_onto_a_stick() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let mut home = world.spot("home", &["monchique"]);
    let training = Training::beside(&van.node).unwrap();
    let who = Session {
        id: "s".into(),
        person: Person {
            id: "ana.m".into(),
            name: "Ana Martins".into(),
        },
        desk: String::new(),
    };
    for _ in 0..3 {
        let attendance = training.desk.begin_attendance(&who).unwrap();
        let typed = [("full-name", NAME), ("birth-date", "1951-05-03")];
        let typed = typed.map(|(field, value)| (field.to_owned(), value.to_owned()));
        training
            .desk
            .finish_step(&who, &attendance, "identity", &typed)
            .unwrap();
        let begun = training
            .desk
            .begin_request(&who, &attendance, "cesd")
            .unwrap();
        assert!(training.desk.request(&who, &begun).is_ok());
    }
    let real = request(&van.node, "Maria");
    // By stick first: it brings the hub what there is to bring.
    let stick = stick(&world, "stick");
    for file in pack(&van, &stick, 1 << 20).parts {
        taken(at_hub(&hub, &std::fs::read(file).unwrap()));
    }
    assert_eq!(heads(&hub.node, real), heads(&van.node, real));
    // What begins after it is what everybody waits for: had the other gone, it were there.
    let later = request(&van.node, "João");
    let at = van.meet(&[]);
    home.meet(&[at]);
    until("the spot nearby has it", || {
        !heads(&home.node, later).is_empty()
    })
    .await;
    van.connect(hub.address);
    until("the hub has it", || {
        heads(&hub.node, later) == heads(&van.node, later)
    })
    .await;
    for node in [&hub.node, &home.node, &van.node] {
        assert_eq!(planted(node), Vec::<String>::new());
        let db = node.store.read();
        let journals: i64 = db
            .query_row("SELECT count(*) FROM journal WHERE node = ?1", [ID], |r| {
                r.get(0)
            })
            .unwrap();
        assert_eq!(journals, 0);
    }
}
