//! Training: the same desk on invented citizens, and nothing of it where real work is.

use std::sync::Arc;

use vereda::node::Node;
use vereda::training::{PREFIX, Screens, Training};
use vereda_hardware::card::CardState;
use vereda_sync::check;
use vereda_sync::money::Counted;
use vereda_web::citizen::port::{CitizenScreens, Stage};
use vereda_web::desk::TRAINING_MARK;
use vereda_web::desk::port::{Desk, DeskError, Queue, ScreenLink, SignInRefusal, Tills};

use crate::screens::code;
use crate::support::{Folder, PIN, desk, node, recorded, sign_in};

/// How often these bytes stand anywhere in a node's store, in whatever table.
fn found(node: &Node, bytes: &str) -> usize {
    let db = node.store.read();
    let mut tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(tables.len() > 10, "a store has tables");
    let mut count = 0;
    for table in tables {
        let mut all = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let value = match row.get_ref(column).unwrap() {
                    rusqlite::types::ValueRef::Text(b) | rusqlite::types::ValueRef::Blob(b) => b,
                    _ => continue,
                };
                count += value
                    .windows(bytes.len())
                    .filter(|w| *w == bytes.as_bytes())
                    .count();
            }
        }
    }
    count
}

#[test]
fn two_work_at_one_node_and_only_one_of_them_for_real() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let real = desk(&node);
    let training = Training::beside(&node).unwrap();
    let (ana, rui) = (sign_in(&training.desk, "ana.m"), sign_in(&real, "rui.p"));
    let before = node
        .store
        .read()
        .query_row("SELECT count(*) FROM entry", [], |r| r.get::<_, i64>(0));
    assert_eq!(before.unwrap(), 0);

    let invented = recorded(&training.desk, &ana, "Inventada Semproprio", "199900019");
    training.desk.give_turn(&ana).unwrap();
    training.desk.open_till(&ana, &Counted::default()).unwrap();
    let served = recorded(&real, &rui, "Maria do Rosário", "123456789");

    let number =
        |desk: &dyn Desk, who, id: &str| desk.request(who, id).unwrap().row.number.unwrap();
    assert!(number(&*training.desk, &ana, &invented).starts_with(PREFIX));
    assert!(number(&real, &rui, &served).starts_with("M07"));
    // Each finds their own and nothing of the other, by whatever way.
    assert!(matches!(
        real.request(&rui, &invented),
        Err(DeskError::NotFound)
    ));
    assert!(matches!(
        training.desk.request(&ana, &served),
        Err(DeskError::NotFound)
    ));
    assert!(real.requests(&rui, "Semproprio").unwrap().is_empty());
    assert_eq!(training.desk.requests(&ana, "Semproprio").unwrap().len(), 1);
    assert_eq!(real.today(&rui).unwrap().queue.waiting, 0);
    assert!(
        real.till(&rui, None).unwrap().till.is_none(),
        "the till is its own"
    );
    // And it is nowhere in the real store: the scan finds what is there, and this is not.
    assert!(found(&node, "Rosário") > 0);
    for trace in ["Semproprio", "199900019", PREFIX, TRAINING_MARK] {
        assert_eq!(found(&node, trace), 0, "{trace}");
    }
    // The strip says what it is, and that nothing waits to be sent.
    let strip = training.desk.strip(&ana);
    assert_eq!((strip.unsent_changes, strip.unsent_requests), (0, 0));
    assert!(strip.training.is_some() && real.strip(&rui).training.is_none());
    assert!(real.strip(&rui).unsent_changes > 0);
}

#[test]
fn its_store_goes_with_it_and_nobody_reads_what_a_power_cut_leaves() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let file = node.store.path().with_extension("treino.db");
    let training = Training::beside(&node).unwrap();
    let ana = sign_in(&training.desk, "ana.m");
    recorded(&training.desk, &ana, "Inventada Semproprio", "199900019");
    let key = vereda::store::key::StoreKey::load(&node.config.store.key_file, &file).unwrap();
    assert!(
        vereda::store::Store::open(&file, &key).is_err(),
        "the node's key opens it"
    );
    // As after a power cut: the file is still there, and the next start begins anew.
    std::mem::forget(training);
    assert!(file.exists());
    let training = Training::beside(&node).unwrap();
    let ana = sign_in(&training.desk, "ana.m");
    assert!(training.desk.requests(&ana, "").unwrap().is_empty());
    drop((ana, training));
    assert!(!file.exists());
}

#[test]
fn wrong_pins_count_at_one_door() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let real = desk(&node);
    let training = Training::beside(&node).unwrap();
    for (tried, left) in [
        (&real, 4),
        (&*training.desk, 3),
        (&real, 2),
        (&*training.desk, 1),
    ] {
        let Err(SignInRefusal::WrongPin { tries_left }) = tried.sign_in("ana.m", "0000") else {
            panic!("it is wrong");
        };
        assert_eq!(tries_left, left);
    }
    // A session of one is none of the other.
    let token = training.desk.sign_in("ana.m", PIN).unwrap();
    assert!(token.starts_with(TRAINING_MARK));
    assert!(training.desk.session(&token).is_some() && real.session(&token).is_none());
}

#[test]
fn a_screen_is_lent_to_training_and_comes_back() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let real = Arc::new(desk(&node));
    let training = Training::beside(&node).unwrap();
    let screens = Screens {
        real: Arc::clone(&real),
        training: Arc::clone(&training.desk),
    };
    let screen = screens.open_screen().unwrap();
    screens.screen_connected(&screen, true);
    let shown = || screens.screen(&screen).unwrap();
    let first = code(shown().stage);
    let mut heard = screens.screen_events();

    let token = training.desk.sign_in("ana.m", PIN).unwrap();
    let ana = training.desk.session(&token).unwrap();
    training.desk.pair_screen(&ana, &first).unwrap();
    assert!(heard.try_recv().is_ok(), "the screen is told");
    assert_eq!(training.desk.strip(&ana).screen, ScreenLink::Following);
    assert!(shown().training && matches!(shown().stage, Stage::Idle { .. }));
    let attendance = training.desk.begin_attendance(&ana).unwrap();
    training.desk.form(&ana, &attendance, None).unwrap();
    assert!(matches!(shown().stage, Stage::Following(_)));
    screens.speak(&screen, "uk").unwrap();
    assert_eq!(shown().language, "uk");

    training.desk.sign_out(&token);
    let back = shown();
    assert!(!back.training && back.language == "pt");
    let rui = sign_in(&real, "rui.p");
    real.pair_screen(&rui, &code(back.stage)).unwrap();
    assert_eq!(real.strip(&rui).screen, ScreenLink::Following);
    assert!(!shown().training);
}

#[test]
fn invented_cards_fill_in_the_identity_and_a_real_desk_takes_none() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let training = Training::beside(&node).unwrap();
    let ana = sign_in(&training.desk, "ana.m");
    let cards = training.desk.strip(&ana).training.unwrap().cards;
    assert!(cards.len() >= 5);
    for card in cards {
        training.desk.insert_card(&card.id).unwrap();
        let CardState::Ready(identity) = training.desk.card(&ana) else {
            panic!("it is in the reader");
        };
        check::nif(&identity.nif).unwrap();
        let attendance = training.desk.begin_attendance(&ana).unwrap();
        training.desk.identity_from_card(&ana, &attendance).unwrap();
        // As it was read: nothing on it is refused.
        training
            .desk
            .finish_step(&ana, &attendance, "identity", &[])
            .unwrap();
        let known = training.desk.attendance(&ana, &attendance).unwrap();
        assert_eq!(known.citizen.as_deref(), Some(card.name.as_str()));
    }
    training.desk.insert_card("").unwrap();
    assert_eq!(training.desk.card(&ana), CardState::Empty);
    assert!(matches!(
        training.desk.insert_card("1"),
        Err(DeskError::NotFound)
    ));
    assert!(matches!(
        desk(&node).insert_card("00000101"),
        Err(DeskError::NotFound)
    ));
}
