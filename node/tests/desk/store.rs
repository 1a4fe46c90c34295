//! The store: wrong keys destroy nothing, derived tables can be thrown away.

use vereda::node::Node;
use vereda::store::key::StoreKey;
use vereda::store::{Store, blob, derived};
use vereda_web::desk::port::Desk;

use crate::support::{Folder, desk, node, recorded, sign_in};

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
