//! The store: wrong keys destroy nothing, derived tables can be thrown away.

use rusqlite::types::Value;
use vereda::node::Node;
use vereda::store::key::StoreKey;
use vereda::store::{Store, blob, derived, records};
use vereda_sync::conflict::duplicate_id;
use vereda_sync::id::RecordId;
use vereda_web::desk::port::Desk;

use crate::support::{Folder, desk, hub, identified, node, recorded, sign_in};

#[test]
fn a_wrong_or_missing_key_is_told_and_destroys_nothing() {
    let folder = Folder::new();
    drop(node(&folder, "m07", "vehicle"));
    let home = folder.0.join("m07");
    let key = home.join("data/store.key");
    let right = std::fs::read_to_string(&key).unwrap();
    let open = || {
        let config = vereda::config::Config::load(&home.join("config.toml")).unwrap();
        Node::open(config).map_err(|e| format!("{e:#}"))
    };
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    assert!(open().unwrap_err().contains("does not open with this key"));
    std::fs::write(&key, "not a key").unwrap();
    assert!(open().unwrap_err().contains("64 hexadecimal digits"));
    std::fs::remove_file(&key).unwrap();
    assert!(
        open()
            .unwrap_err()
            .contains("missing while the store is there")
    );
    std::fs::write(&key, right).unwrap();
    open().unwrap();
    let plain = std::fs::read(home.join("data/vereda.db")).unwrap();
    assert!(
        !plain.starts_with(b"SQLite format 3"),
        "the store is encrypted"
    );
}

#[test]
fn what_a_dead_process_left_in_the_wal_is_written_anew_before_anything_builds_on_it() {
    let folder = Folder::new();
    let living = node(&folder, "m07", "vehicle");
    let desk = desk(&living);
    let ana = sign_in(&desk, "ana.m");
    let id = recorded(&desk, &ana, "Ana", "123456789");
    let home = folder.0.join("m07");
    let wal = |data: &str| {
        let file = home.join(data).join("vereda.db-wal");
        std::fs::metadata(file).map_or(0, |m| m.len())
    };
    assert!(wal("data") > 0);
    // The disk as a process that died leaves it.
    std::fs::create_dir(home.join("left")).unwrap();
    for file in ["vereda.db", "vereda.db-wal", "store.key"] {
        std::fs::copy(home.join("data").join(file), home.join("left").join(file)).unwrap();
    }
    let mut config = living.config.clone();
    config.store.path = home.join("left/vereda.db");
    config.store.key_file = home.join("left/store.key");
    let key = StoreKey::load(&config.store.key_file, &config.store.path).unwrap();
    let store = Store::open(&config.store.path, &key).unwrap();
    assert_eq!(wal("left"), 0, "all of it is in the database now");
    assert!(derived::request(&store.read(), &id).unwrap().is_some());
    // Beside a process that lives nobody waits for it, and its WAL is left alone.
    let began = std::time::Instant::now();
    let writing = store.write();
    writing.execute_batch("BEGIN IMMEDIATE").unwrap();
    Store::open(&config.store.path, &key).unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn what_a_hub_recalls_is_the_index_that_new_records_are_looked_up_in() {
    let folder = Folder::new();
    let (hub, _) = hub(&folder);
    hub.store.recall_records().unwrap();
    let db = hub.store.write();
    let plan = |query: &str| {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let steps = plan.query_map([], |r| r.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    };
    let recalled = "SELECT count(*) FROM record WHERE fresh = 0 AND id BETWEEN x'00' AND x'00ff'";
    let looked_up = "SELECT record FROM record_by_id WHERE id = x'00'";
    for query in [recalled, looked_up] {
        let plan = plan(query);
        assert!(plan.contains("COVERING INDEX record_settled"), "{plan}");
    }
}

#[test]
fn derived_tables_come_back_from_the_journals() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let ids: Vec<String> = (0..3)
        .map(|i| recorded(&desk, &ana, &format!("Pessoa {i}"), "123456789"))
        .collect();
    let before = desk.requests(&ana, "").unwrap();
    derived::reset(&node.store.write()).unwrap();
    assert!(desk.requests(&ana, "").unwrap().is_empty());
    assert_eq!(
        node.derive_arrived().unwrap(),
        6,
        "three attendances, three requests"
    );
    let after = desk.requests(&ana, "").unwrap();
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    assert!(ids.iter().all(|id| after.iter().any(|row| row.id == *id)));
}

/// All that is kept to find requests made twice, and what was found.
fn alike(node: &Node) -> Vec<Vec<Value>> {
    let db = node.store.read();
    // Which of two was found first is no part of what was found.
    let queries = [
        "SELECT record, keys FROM alike ORDER BY record",
        "SELECT key, at, record FROM block ORDER BY key, at, record",
        "SELECT id, kind, since FROM conflict ORDER BY id",
    ];
    let mut all = Vec::new();
    for query in queries {
        let mut rows = db.prepare(query).unwrap();
        let columns = rows.column_count();
        let rows = rows.query_map([], |r| (0..columns).map(|c| r.get(c)).collect());
        all.extend(rows.unwrap().map(Result::unwrap));
    }
    all
}

/// A hub with two requests of one person and one of another; their ids.
fn with_one_made_twice(folder: &Folder) -> (std::sync::Arc<Node>, [RecordId; 3]) {
    let (node, _) = hub(folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let people = [
        ("Maria do Rosário", "123456789"),
        ("Rosario, Maria", "123456789"),
        ("João Baptista", "299999998"),
    ];
    let ids = people.map(|(name, nif)| recorded(&desk, &ana, name, nif));
    (node, ids.map(|id| RecordId::from_hex(&id).unwrap()))
}

fn conflicts(node: &Node) -> Vec<String> {
    let found = derived::conflicts(&node.store.read(), 10).unwrap();
    found.into_iter().map(|conflict| conflict.id).collect()
}

#[test]
fn what_is_compared_of_requests_comes_back_from_the_journals_and_goes_with_them() {
    let folder = Folder::new();
    let (node, ids) = with_one_made_twice(&folder);
    assert_eq!(conflicts(&node), [duplicate_id(ids[0], ids[1])]);
    let before = alike(&node);
    derived::reset(&node.store.write()).unwrap();
    assert_eq!(alike(&node), Vec::<Vec<Value>>::new());
    node.derive_arrived().unwrap();
    assert_eq!(alike(&node), before);
    for id in ids {
        let db = node.store.write();
        let row = records::find_record(&db, id).unwrap().unwrap();
        derived::forget(&db, row).unwrap();
    }
    assert_eq!(alike(&node), Vec::<Vec<Value>>::new());
}

#[test]
fn a_hub_of_version_3_finds_the_same_requests_made_twice() {
    let folder = Folder::new();
    let (node, ids) = with_one_made_twice(&folder);
    let before = alike(&node);
    // As that version kept them: a conflict that was found, and the requests' keys alone.
    node.store
        .write()
        .execute_batch(
            "CREATE TABLE old AS SELECT DISTINCT 'cesd|' || key AS key, record FROM block;
             DROP TABLE block; DROP TABLE alike;
             DROP TABLE enrolment_code; DROP TABLE renewal_asked; DROP TABLE node_order; DROP TABLE order_taken; DROP TABLE errand;
             DROP TABLE staff; DROP TABLE staff_proposal; DROP TABLE used_pin; DROP TABLE signed_in; DROP TABLE own_pin;
             DROP TABLE beyond; DROP TABLE roster; DROP TABLE audit; DROP TABLE audit_about; DROP TABLE audit_log; DROP TABLE audit_checkpoint;
         DROP TABLE audit_block; DROP TABLE audit_witness; DROP TABLE audit_seen; DROP TABLE audit_spot; DROP TABLE audit_spot_line; DROP TABLE audit_spot_about; DROP TABLE hold; DROP TABLE erased_by_rule; DROP TABLE counted_past;
             DROP TABLE edition_published; DROP TABLE edition_uptake; DROP TABLE edition_proposal;
             CREATE TABLE block (key TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (key, record)) WITHOUT ROWID;
             CREATE INDEX block_record ON block(record);
             INSERT INTO block SELECT key, record FROM old;
             DROP TABLE ticket_term; DROP TABLE ticket_hand; DROP TABLE canned; DROP TABLE outbox_due; DROP TABLE outbox;
             DROP TABLE condition; DROP TABLE condition_past; DROP TABLE claimed; DROP TABLE heard_at; DROP TABLE carried_by; DROP TABLE offered; DROP TABLE alarm_in_hand; DROP TABLE lost_node;
             DROP VIEW record_by_id; DROP INDEX record_fresh; DROP INDEX record_settled; ALTER TABLE record DROP COLUMN fresh;
             DROP TABLE old; DROP VIEW unheard; DROP TABLE lost; DROP TABLE till; DROP TABLE payment; DROP TABLE ticket; DROP TABLE turn; DROP TABLE bare; DROP TABLE catalogue; DROP TABLE task; DROP TABLE neighbour; DROP TABLE lent; DROP TABLE opinion; DROP INDEX request_recorded; DROP TABLE lookup; DROP TABLE borrowed; DROP TABLE undo; DROP TABLE complaint; DROP TABLE notice; DROP TABLE asker; DROP TABLE given; DROP TABLE leased; DROP TABLE spent; DROP TABLE assessment; DROP TABLE remedy; DROP TABLE tour; DROP TABLE visit; DROP TABLE booking; DROP TABLE facility; DROP TABLE resident_list; DROP TABLE resident; DROP TABLE bedside; DROP TABLE pack; DROP TABLE blank; DROP TABLE late; DROP TABLE agency_due; DROP TABLE agency_event; DROP TABLE agency_disclosed; DROP TABLE agency_key; DROP TABLE agency_webhook; DROP TABLE household; DROP TABLE twice; DROP TABLE left_both; DROP TABLE counted; DROP TABLE figure; DROP TABLE who; DROP TABLE by_rule; DROP TABLE assigned; DROP TABLE proposal; ALTER TABLE decision DROP COLUMN waited; ALTER TABLE attachment DROP COLUMN seen; ALTER TABLE attachment DROP COLUMN spoken; DROP TABLE occurrence; DROP TABLE revoked; DROP TABLE under_occurrence; DROP TABLE joined; DROP TABLE holder; DROP TABLE recovered; ALTER TABLE session DROP COLUMN desk; ALTER TABLE request DROP COLUMN owes;
             ALTER TABLE attendance DROP COLUMN ended; ALTER TABLE attendance DROP COLUMN waited; PRAGMA user_version = 3",
        )
        .unwrap();
    drop(node);
    let (node, _) = hub(&folder);
    assert_eq!(
        node.derive_arrived().unwrap(),
        3,
        "the requests, and no attendance that is open"
    );
    assert_eq!(conflicts(&node), [duplicate_id(ids[0], ids[1])]);
    assert_eq!(alike(&node), before);
}

#[test]
fn a_journal_proves_itself() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    recorded(&desk, &sign_in(&desk, "ana.m"), "Maria", "123456789");
    let db = node.store.read();
    let journal = vereda::store::journal::all(&db).unwrap().remove(0);
    let entries = vereda::store::journal::entries(&db, journal.row, 1, usize::MAX).unwrap();
    let mut frontier = vereda_sync::journal::Frontier::default();
    entries.iter().for_each(|e| frontier.push(e.leaf()));
    assert_eq!(frontier, journal.frontier);
    assert_eq!(
        vereda::store::journal::unsent(&db).unwrap().changes,
        entries.len() as u64
    );
}

#[test]
fn a_store_from_before_the_first_release_or_from_a_later_one_is_told_and_left_alone() {
    let folder = Folder::new();
    drop(node(&folder, "m07", "vehicle"));
    let home = folder.0.join("m07");
    let path = home.join("data/vereda.db");
    let open = || {
        let config = vereda::config::Config::load(&home.join("config.toml")).unwrap();
        Node::open(config).map_err(|e| format!("{e:#}"))
    };
    for (version, advice) in [(1, "set it aside"), (99, "install that version again")] {
        let store = open().unwrap().store;
        store
            .write()
            .pragma_update(None, "user_version", version)
            .unwrap();
        let before = std::fs::metadata(&path).unwrap().len();
        assert!(open().unwrap_err().contains(advice));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), before);
        store
            .write()
            .pragma_update(None, "user_version", vereda::store::schema::VERSION)
            .unwrap();
    }
    open().unwrap();
}

#[test]
fn a_search_in_vain_reads_the_narrow_index_and_not_the_wide_rows() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let db = node.store.read();
    let plan: String = db
        .query_row(
            "EXPLAIN QUERY PLAN SELECT record FROM request
             WHERE number IS NOT NULL AND instr(folded, ?1) ORDER BY changed DESC LIMIT 50",
            ["nada"],
            |r| r.get(3),
        )
        .unwrap();
    assert!(plan.contains("INDEX request_search"), "{plan}");
}

#[test]
fn a_command_beside_a_running_node_takes_no_photograph_away_that_is_coming_in() {
    let folder = Folder::new();
    let running = node(&folder, "movel-07", "vehicle");
    let key = [7; 16];
    blob::add_piece(&running.store.write(), &key, 0, b"half of it").unwrap();
    // What `doctor`, `inspect` or `verify` do.
    let beside = node(&folder, "movel-07", "vehicle");
    let held = |n: &Node| blob::held(&n.store.read(), &key).unwrap();
    assert_eq!((held(&running), held(&beside)), (10, 10));
    drop((running, beside));
    // What a node does that starts: nobody will go on with it.
    let started = node(&folder, "movel-07", "vehicle");
    started.tidy().unwrap();
    assert_eq!(held(&started), 0);
}

#[test]
fn what_somebody_asked_before_is_found_by_their_numbers_and_through_an_index() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let first = recorded(&desk, &ana, "Maria Rosa", "123456789");
    let second = recorded(&desk, &ana, "Maria Rosa", "123456789");
    recorded(&desk, &ana, "João Peixeiro", "299999998");
    let before = |name: &str, nif: &str| -> Vec<String> {
        let attendance = identified(&desk, &ana, name, nif);
        let before = desk.attendance(&ana, &attendance).unwrap().before;
        before.into_iter().map(|row| row.id).collect()
    };
    // By the number, however the name is written; newest first.
    assert_eq!(before("M. Rosa", "123456789"), [second.clone(), first]);
    assert!(
        before("Maria Rosa", "199900078").is_empty(),
        "a name is no identity"
    );
    // Not what is asked in the attendance itself.
    let own = desk.request(&ana, &second).unwrap().attendance.unwrap();
    assert_eq!(desk.attendance(&ana, &own).unwrap().before.len(), 1);
    let db = node.store.read();
    let mut plan = db
        .prepare(
            "EXPLAIN QUERY PLAN SELECT a.record FROM asker a JOIN request r USING (record)
             WHERE a.key = 'nif 123456789' AND r.attendance IS NOT 'x' ORDER BY a.at DESC LIMIT 8",
        )
        .unwrap();
    let plan = plan.query_map([], |r| r.get::<_, String>(3)).unwrap();
    let plan: Vec<String> = plan.collect::<Result<_, _>>().unwrap();
    let whole = |line: &String| line.starts_with("SCAN") || line.contains("TEMP B-TREE");
    assert!(!plan.iter().any(whole), "{plan:?}");
}
