//! The queue of a busy stop: two desks never call one number, nobody is forgotten, and an
//! attendance knows how long its citizen waited.

use vereda::store::derived;
use vereda_web::desk::port::{Desk, DeskError, Queue};

use crate::support::{Folder, desk, node, sign_in};

#[test]
fn turns_are_called_in_order_by_one_desk_each_and_survive_the_process() {
    let folder = Folder::new();
    {
        let spot = node(&folder, "movel-07", "vehicle");
        let desk = desk(&spot);
        let ana = sign_in(&desk, "ana.m");
        let given: Vec<u32> = (0..4).map(|_| desk.give_turn(&ana).unwrap()).collect();
        assert_eq!(given, [1, 2, 3, 4]);
    }
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    assert_eq!(desk.today(&ana).unwrap().queue.waiting, 4);
    assert_eq!(desk.call_turn(&ana).unwrap(), Some(1));
    assert_eq!(desk.call_turn(&rui).unwrap(), Some(2));
    let twice = desk.call_turn(&ana);
    assert!(
        matches!(&twice, Err(DeskError::NotNow(why)) if why.contains("senha 1")),
        "{twice:?}"
    );
    desk.drop_turn(&ana, 1).unwrap();
    assert!(matches!(desk.drop_turn(&ana, 1), Err(DeskError::NotNow(_))));
    assert!(
        matches!(desk.serve_turn(&ana, 3), Err(DeskError::NotNow(_))),
        "it was not called"
    );
    let attendance = desk.serve_turn(&rui, 2).unwrap();
    assert!(
        matches!(desk.serve_turn(&rui, 2), Err(DeskError::NotNow(_))),
        "a second click"
    );
    assert!(desk.attendance(&rui, &attendance).is_ok());
    let waited: Option<i64> = spot
        .store
        .read()
        .query_row(
            "SELECT waited FROM attendance WHERE id = ?1",
            [&attendance],
            |r| r.get(0),
        )
        .unwrap();
    assert!(waited.is_some_and(|s| (0..600).contains(&s)), "{waited:?}");
    desk.close_attendance(&rui, &attendance).unwrap();
    assert_eq!(derived::served_since(&spot.store.read(), 0).unwrap(), 1);

    // A desk that is left gives back whom it called.
    let token = desk.sign_in("ana.m", crate::support::PIN).unwrap();
    let leaving = desk.session(&token).unwrap();
    assert_eq!(desk.call_turn(&leaving).unwrap(), Some(3));
    desk.sign_out(&token);
    let queue = desk.today(&rui).unwrap().queue;
    assert_eq!((queue.waiting, queue.next.map(|(n, _)| n)), (2, Some(3)));
    assert_eq!(desk.call_turn(&rui).unwrap(), Some(3));
}
