//! What is kept no longer: erased by rule everywhere, under the hub's seal; what is held back stays, and so do the figures.

use std::sync::Arc;

use vereda::config::Retention;
use vereda::console::HubConsole;
use vereda::store::{derived, erased};
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance;
use vereda_web::console::port::{Keeps, Retaining};
use vereda_web::desk::port::DeskError;

use crate::erased::planted;
use crate::world::{World, heads, request_of, somebody, until};

/// Sixty-one months, in milliseconds.
const LONG_MS: i64 = 61 * 31 * 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_goes_by_its_rule_everywhere_and_what_is_held_back_stays() {
    let world = World::new();
    let hub = world.hub_as(None, |config| {
        config.retention = Some(Retention {
            requests: Some(60),
            services: [("aim".to_owned(), 120)].into(),
            attendances: Some(60),
            visits: Some(3),
        });
    });
    let mut van = world.spot("van", &["monchique"]);
    let known = [("nif", "123456789")];
    let old = request_of(&van.node, ("cesd", "Zulmira Plantada"), &known);
    let held = request_of(&van.node, ("cesd", "Ana Guardada"), &[]);
    let longer = request_of(&van.node, ("aim", "Rui Longo"), &[]);
    let attendances: Vec<_> = {
        let db = van.node.store.read();
        let mut rows = db.prepare("SELECT id FROM attendance").unwrap();
        let ids = rows.query_map([], |r| r.get::<_, String>(0)).unwrap();
        ids.map(|id| RecordId::from_hex(&id.unwrap()).unwrap())
            .collect()
    };
    for attendance in attendances {
        van.node
            .change(attendance, "ana.m", attendance::close, |_| Ok(()))
            .unwrap();
    }
    van.connect(hub.address);
    van.proven().await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    let figures = || {
        let sql = "SELECT sum(recorded), sum(attended), sum(closed) FROM figure WHERE level = 1";
        let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
        let sums: rusqlite::Result<(Option<i64>, Option<i64>, Option<i64>)> =
            hub.node.store.read().query_row(sql, [], row);
        sums.unwrap()
    };
    let all = (Some(3), Some(3), Some(3));
    until("the hub has read them", || figures() == all).await;

    // Nothing is over yet; in sixty-one months some is.
    assert_eq!(hub.node.erase_what_is_over().unwrap(), 0);
    hub.node
        .store
        .write()
        .execute_batch(&format!(
            "UPDATE entry SET at = at - {LONG_MS}; UPDATE request SET changed = changed - {LONG_MS};
             UPDATE attendance SET opened = opened - {LONG_MS}, ended = ended - {LONG_MS}"
        ))
        .unwrap();
    let person = somebody("vasco");
    let refused = console.hold_back(&person, "T01-Ninguém", "Processo em tribunal");
    assert!(matches!(refused, Err(DeskError::NotNow(_))));
    let refused = console.hold_back(&person, "T01-Ana Guardada", "  ");
    assert!(matches!(refused, Err(DeskError::NotNow(_))));
    console
        .hold_back(&person, " T01-Ana Guardada ", "Processo em tribunal")
        .unwrap();
    let view = console.retention().unwrap();
    let soon: Vec<(Keeps, u64)> = view
        .rules
        .iter()
        .map(|r| (r.keeps.clone(), r.soon))
        .collect();
    assert_eq!(
        (soon[0].clone(), soon[1].1),
        ((Keeps::Requests(None), 1), 0)
    );
    assert_eq!(view.held.len(), 1);

    // The request, and then the attendance that has none any longer.
    assert_eq!(hub.node.erase_what_is_over().unwrap(), 1);
    assert_eq!(hub.node.erase_what_is_over().unwrap(), 1);
    assert_eq!(hub.node.erase_what_is_over().unwrap(), 0);
    assert!(erased::is_id(&hub.node.store.read(), old).unwrap());
    assert_eq!(planted(&hub.node), Vec::<String>::new());
    assert!(!heads(&hub.node, held).is_empty() && !heads(&hub.node, longer).is_empty());
    until("the van hears of it", || planted(&van.node).is_empty()).await;
    assert_eq!(
        figures(),
        all,
        "the figures say nothing of anybody, and stay"
    );
    let view = console.retention().unwrap();
    assert_eq!((view.rules[0].soon, view.rules[0].erased), (0, 1));

    // Also when all that is derived is made anew.
    derived::reset(&hub.node.store.write()).unwrap();
    hub.node.derive_arrived().unwrap();
    assert_eq!(figures(), all);

    // Held back no longer, it goes too.
    console.let_go(&person, &held.to_string()).unwrap();
    let again = console.let_go(&person, &held.to_string());
    assert!(matches!(again, Err(DeskError::NotFound)));
    hub.node
        .store
        .write()
        .execute_batch(&format!("UPDATE request SET changed = changed - {LONG_MS}"))
        .unwrap();
    assert_eq!(hub.node.erase_what_is_over().unwrap(), 1);
    assert!(erased::is_id(&hub.node.store.read(), held).unwrap());
    assert!(!erased::is_id(&hub.node.store.read(), longer).unwrap());
}
