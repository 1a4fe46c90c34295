//! The log of who saw what: every look at a person's data is a line of it, and a line that is changed, taken out or moved shows,
//! also to whoever makes the tree over them anew: the hub's seal is over what it was.

use std::sync::Arc;

use vereda::audit::{self, Examined};
use vereda::console::HubConsole;
use vereda::store::audit as kept;
use vereda_sync::audit::{Access, leaf};
use vereda_sync::journal::Frontier;
use vereda_web::console::port::{Accessed, Accounts, Did};
use vereda_web::desk::port::DeskError;

use crate::world::{World, request_of, somebody, until};

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
    let view = console.accesses("", None).unwrap();
    assert_eq!(
        (view.lines, view.sealed.map(|(size, _)| size)),
        (5, Some(4))
    );

    let authority = hub.config.authority.clone();
    let examine = || audit::examine(&hub.node, Some(&authority)).unwrap();
    let whole = Examined {
        lines: 5,
        checkpoints: 1,
        unsealed: 1,
        wrong: vec![],
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
