//! The log of who saw what: every look at a person's data is a line of it, and a line that is changed, taken out or moved shows,
//! also to whoever makes the tree over them anew: the hub's seal is over what it was.

use std::sync::Arc;

use vereda::audit;
use vereda::audit::examine::{Examined, examine as examine_all};
use vereda::console::HubConsole;
use vereda::store::audit::{self as kept, seen};
use vereda_sync::audit::{Access, leaf};
use vereda_sync::journal::{Frontier, proof};
use vereda_web::access::{Accessed, Did};
use vereda_web::console::port::{AccessFilter, Accounts};
use vereda_web::desk::port::{DeskError, Looks};

use crate::world::{World, desk, request_of, somebody, until};

fn looked(page: &str, ids: &[String], by_itself: bool) -> Accessed {
    Accessed {
        did: Did::Read,
        page: page.into(),
        ids: ids.to_vec(),
        sought: String::new(),
        by_itself,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_access_is_a_line_and_whatever_is_done_to_the_lines_shows() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let asked = request_of(&van.node, ("cesd", "Maria Rosa"), &[("nif", "123456789")]);
    van.connect(hub.address);
    van.proven().await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("the hub has read it", || {
        console
            .access_report("123456789")
            .is_ok_and(|held| held.len() == 1)
    })
    .await;
    let (teresa, ids) = (somebody("teresa"), [asked.to_string()]);
    for _ in 0..3 {
        console
            .note_access(&teresa, &looked("/pedido/{request}", &ids, false))
            .unwrap();
    }
    // A page that renews itself is one line, however often it does.
    for _ in 0..5 {
        console
            .note_access(&teresa, &looked("/pedido/{request}", &ids, true))
            .unwrap();
    }
    assert_eq!(audit::put_seal(&hub.node).unwrap(), Some(4));
    assert_eq!(audit::put_seal(&hub.node).unwrap(), None, "it did not grow");
    console
        .note_access(&somebody("carla"), &looked("/pedidos", &[], false))
        .unwrap();

    // The citizen asks: who saw it, and nobody who only saw a list.
    let held = console.access_report("123 456 789").unwrap().remove(0);
    let who: Vec<&str> = held.accesses.iter().map(|row| row.who.0.as_str()).collect();
    assert_eq!(who, ["teresa"; 4]);
    assert!(console.access_report("299999998").unwrap().is_empty());
    assert!(matches!(
        console.access_report("Maria"),
        Err(DeskError::NotNow(_))
    ));
    let view = console.accesses(&AccessFilter::default()).unwrap();
    assert_eq!(
        (view.lines, view.sealed.map(|(size, _)| size)),
        (5, Some(4))
    );

    let authority = hub.config.authority.clone();
    let examine = || examine_all(&hub.node, Some(&authority), None).unwrap();
    let whole = Examined {
        lines: 5,
        checkpoints: 1,
        unsealed: 1,
        ..Examined::default()
    };
    assert_eq!(examine(), whole);
    let sql = |sql: &str| hub.node.store.write().execute_batch(sql).unwrap();
    sql("CREATE TEMP TABLE before AS SELECT * FROM audit; CREATE TEMP TABLE tree AS SELECT * FROM audit_log;
         CREATE TEMP TABLE seals AS SELECT * FROM audit_checkpoint");
    for (what, done) in [
        ("one is gone", "DELETE FROM audit WHERE seq = 3"),
        ("the last is gone", "DELETE FROM audit WHERE seq = 5"),
        (
            "one is of somebody else",
            "UPDATE audit SET line = replace(line, 'teresa', 'carla'), person = 'carla' WHERE seq = 2",
        ),
        (
            "one is found under another name",
            "UPDATE audit SET person = 'carla' WHERE seq = 2",
        ),
        (
            "one stands in another's place",
            "UPDATE audit SET line = (SELECT line FROM before WHERE seq = 4) WHERE seq = 2",
        ),
        (
            "one was put in",
            "INSERT INTO audit SELECT 6, at, person, line FROM before WHERE seq = 5",
        ),
        (
            "nobody ever saw anything",
            "DELETE FROM audit; DELETE FROM audit_log",
        ),
        (
            "what was sealed says otherwise",
            "UPDATE audit_checkpoint SET note = replace(note, 'central', 'outra')",
        ),
        (
            "another seal",
            "UPDATE audit_checkpoint SET seal = zeroblob(64)",
        ),
    ] {
        sql(done);
        assert!(!examine().wrong.is_empty(), "{what}");
        sql("DELETE FROM audit; INSERT INTO audit SELECT * FROM before; DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM tree;
             DELETE FROM audit_checkpoint; INSERT INTO audit_checkpoint SELECT * FROM seals");
        assert_eq!(examine(), whole, "after: {what}");
    }

    // Whoever makes the tree anew over what they changed has not the hub's seal over it.
    sql("UPDATE audit SET line = replace(line, 'teresa', 'carla'), person = 'carla' WHERE seq = 2");
    let mut tree = Frontier::default();
    for (_, _, _, line) in kept::lines(&hub.node.store.read(), 1, 100).unwrap() {
        assert!(Access::decode(&line).is_some());
        tree.push(leaf(&line));
    }
    hub.node
        .store
        .write()
        .execute("UPDATE audit_log SET frontier = ?1", [tree.to_bytes()])
        .unwrap();
    let wrong = examine().wrong;
    assert!(
        wrong.len() == 1 && wrong[0].contains("over 4 lines"),
        "{wrong:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_sees_the_log_grow_and_a_hub_that_takes_something_back_is_found_by_it() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let look = |times: usize| {
        for _ in 0..times {
            let accessed = looked("/pedidos", &[], false);
            console.note_access(&somebody("teresa"), &accessed).unwrap();
        }
    };
    let witnessed = |size: u64| {
        let witnesses = seen::witnesses(&hub.node.store.read()).unwrap();
        witnesses.iter().any(|w| w.node == "van" && w.size == size)
    };
    look(3);
    assert_eq!(audit::put_seal(&hub.node).unwrap(), Some(3));
    van.connect(hub.address);
    until("the van has seen three", || witnessed(3)).await;
    look(600);
    assert_eq!(audit::put_seal(&hub.node).unwrap(), Some(603));
    // A new connection looks at once.
    van.link = None;
    van.connect(hub.address);
    until("the van has seen them all", || witnessed(603)).await;

    let authority = hub.config.authority.clone();
    let examine =
        |brought: Option<&str>| examine_all(&hub.node, Some(&authority), brought).unwrap();
    let found = examine(None);
    assert_eq!(found.wrong, Vec::<String>::new());
    assert_eq!((found.witnesses, found.witnessed), (1, 603));
    let kept_by_van = Arc::clone(&van.node);
    let of_van = || {
        let db = kept_by_van.store.read();
        let origin = seen::origins(&db).unwrap().remove(0);
        seen::of(&db, &origin).unwrap().unwrap()
    };
    let seen_by_van = of_van();
    assert_eq!(
        (seen_by_van.checkpoint.size, seen_by_van.wrong),
        (603, None)
    );
    let note = seen_by_van.checkpoint.note;
    assert_eq!(examine(Some(&note)).wrong, Vec::<String>::new());
    assert!(examine_all(&hub.node, None, Some("nothing")).is_err());

    // Whoever has the hub's disk and its key takes a line out, makes everything anew, and lets it grow.
    hub.node
        .store
        .write()
        .execute_batch(
            "CREATE TEMP TABLE rest AS SELECT line FROM audit WHERE seq <> 100 ORDER BY seq;
             DELETE FROM audit; DELETE FROM audit_about; DELETE FROM audit_log; DELETE FROM audit_block;
             DELETE FROM audit_checkpoint; DELETE FROM audit_witness",
        )
        .unwrap();
    let rest: Vec<String> = {
        let db = hub.node.store.write();
        let mut rows = db.prepare("SELECT line FROM rest").unwrap();
        let rows = rows.query_map([], |r| r.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    for line in rest {
        kept::append(&hub.node.store.write(), Access::decode(&line).unwrap()).unwrap();
    }
    look(50);
    assert_eq!(audit::put_seal(&hub.node).unwrap(), Some(652));
    assert_eq!(
        examine(None).wrong,
        Vec::<String>::new(),
        "nothing here shows it"
    );
    assert_eq!(
        examine(Some(&note)).wrong.len(),
        1,
        "what the van kept does"
    );
    van.link = None;
    van.connect(hub.address);
    until("the van sees it", || of_van().wrong.is_some()).await;
    let wrong = of_van().wrong.unwrap();
    assert!(
        wrong.why.contains("652") && wrong.why.contains("603"),
        "{}",
        wrong.why
    );
    assert_eq!(of_van().checkpoint.size, 603, "what was seen stays");
    assert!(!witnessed(652), "it puts no seal to that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looked_at_a_spot_is_known_at_the_hub_line_by_line() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let asked = request_of(&van.node, ("cesd", "Maria Rosa"), &[("nif", "123456789")]);
    let desk = desk(&van.node);
    let look = |who: &str, page: &str, ids: &[String]| {
        desk.note_look(&somebody(who), &looked(page, ids, false))
            .unwrap();
    };
    let id = [asked.to_string()];
    look("ana", "/pedido/{request}", &id);
    look("ana", "/pedido/{request}", &id);
    look("rui", "/comprovativo/{request}", &id);
    van.connect(hub.address);
    van.proven().await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    let at_spots = AccessFilter {
        at_spots: true,
        ..AccessFilter::default()
    };
    let lines = || console.accesses(&at_spots).unwrap().lines;
    until("the hub has the lines", || lines() == 2).await;
    until("the hub has read the request", || {
        console
            .access_report("123456789")
            .is_ok_and(|held| held.len() == 1)
    })
    .await;
    let held = console.access_report("123456789").unwrap().remove(0);
    let mut who: Vec<(&str, Option<&str>)> = held
        .accesses
        .iter()
        .map(|row| (row.who.0.as_str(), row.spot.as_deref()))
        .collect();
    who.sort_unstable();
    let name = van.node.config.node.name.clone();
    assert_eq!(
        who,
        [("ana", Some(name.as_str())), ("rui", Some(name.as_str()))]
    );

    let authority = hub.config.authority.clone();
    let examine = || examine_all(&hub.node, Some(&authority), None).unwrap();
    assert_eq!((examine().of_spots, examine().wrong), (2, vec![]));
    let sql = |sql: &str| hub.node.store.write().execute_batch(sql).unwrap();
    for (what, done, undone) in [
        (
            "somebody else",
            "UPDATE audit_spot_line SET line = replace(line, 'ana', 'eva'), person = 'eva' WHERE seq = 1",
            "UPDATE audit_spot_line SET line = replace(line, 'eva', 'ana'), person = 'ana' WHERE seq = 1",
        ),
        (
            "gone",
            "CREATE TEMP TABLE gone AS SELECT * FROM audit_spot_line WHERE seq = 2; DELETE FROM audit_spot_line WHERE seq = 2",
            "INSERT INTO audit_spot_line SELECT * FROM gone",
        ),
    ] {
        sql(done);
        assert!(!examine().wrong.is_empty(), "{what}");
        sql(undone);
        assert_eq!(examine().wrong, Vec::<String>::new(), "after: {what}");
    }

    // A spot that was put back from a copy: its log goes on as another one, and nothing is lost or hidden.
    let first = kept::lines(&van.node.store.read(), 1, 1)
        .unwrap()
        .remove(0)
        .3;
    let mut before = Frontier::default();
    before.push(leaf(&first));
    {
        let db = van.node.store.write();
        db.execute("DELETE FROM audit WHERE seq = 2", []).unwrap();
        db.execute("UPDATE audit_log SET frontier = ?1", [before.to_bytes()])
            .unwrap();
    }
    look("rui", "/anexo/{blob}", &[]);
    van.link = None;
    van.connect(hub.address);
    until("the hub has both logs", || lines() == 4).await;
    assert_eq!((examine().of_spots, examine().wrong), (4, vec![]));
}

#[test]
fn a_proof_over_a_long_log_is_that_over_all_its_lines() {
    let world = World::new();
    let node = world.spot("van", &["monchique"]).node;
    let mut leaves = vec![];
    for at in 0..1_100 {
        let access = Access {
            seq: 0,
            at,
            person: "teresa".into(),
            name: "Teresa".into(),
            did: Did::Read,
            page: "/pedidos".into(),
            about: vec![],
            sought: String::new(),
            by_itself: false,
        };
        kept::append(&node.store.write(), access).unwrap();
    }
    let db = node.store.read();
    for (.., line) in kept::lines(&db, 1, 2_000).unwrap() {
        leaves.push(leaf(&line));
    }
    for (size, old) in [
        (1_100, 1),
        (1_100, 255),
        (1_100, 256),
        (1_100, 1_099),
        (1_024, 700),
        (513, 512),
        (257, 256),
        (5, 3),
    ] {
        let whole = proof::consistency(&leaves[..size as usize], old);
        assert_eq!(
            kept::consistency(&db, size, old).unwrap(),
            whole,
            "{old} of {size}"
        );
    }
    assert_eq!(kept::consistency(&db, 3, 4).unwrap(), None);
}
