//! The console: both sides, one decision, its reason.

use vereda_sync::check::Refusal;
use vereda_sync::record::Life;
use vereda_web::console::port::{
    ConflictKind, ConflictRow, Console, Decision, Keep, QueueFilter, Reconciling,
};
use vereda_web::desk::port::{Desk, DeskError, Session};

use crate::support::{Folder, PIN, desk, hub, recorded, sign_in};

fn decision(keep: Keep, reason: &str, shown: &str) -> Decision {
    Decision {
        keep,
        reason: reason.into(),
        shown: shown.into(),
    }
}

fn waiting(console: &impl Console) -> Vec<ConflictRow> {
    let queue = console.queue(&operator(console), &QueueFilter::default());
    queue.unwrap().rows
}

fn operator(console: &impl Console) -> Session {
    let token = console.sign_in("teresa.n", PIN).unwrap();
    console.session(&token).unwrap()
}

#[test]
fn the_same_request_twice_is_found_and_one_is_withdrawn() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    // The hub's own store serves as both spots' here: what arrived is the same.
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let first = recorded(&desk, &ana, "Maria do Rosário Encarnação", "123456789");
    let second = recorded(&desk, &ana, "Maria Rosario Encarnacao", "123456789");
    recorded(&desk, &ana, "João Baptista", "299999998");
    let rows = waiting(&console);
    assert_eq!(
        rows.iter().map(|r| r.kind).collect::<Vec<_>>(),
        [ConflictKind::Duplicate]
    );
    let conflict = console.conflict(&operator(&console), &rows[0].id).unwrap();
    assert_eq!(conflict.sides.len(), 2);
    assert!(
        conflict
            .likeness
            .iter()
            .any(|l| l.text.contains("NIF é o mesmo")),
        "{:?}",
        conflict.likeness
    );
    let teresa = operator(&console);
    let without_reason = console.decide(
        &teresa,
        &rows[0].id,
        decision(Keep::Side(0), "  ", &conflict.shown),
    );
    assert!(
        matches!(without_reason, Err(DeskError::Refused(f)) if f == [("reason".to_owned(), Refusal::Missing)])
    );
    let stale = console.decide(
        &teresa,
        &rows[0].id,
        decision(Keep::Side(0), "é a mesma", "another page"),
    );
    assert!(matches!(stale, Err(DeskError::NotNow(_))));
    console
        .decide(
            &teresa,
            &rows[0].id,
            decision(Keep::Side(0), "É a mesma pessoa.", &conflict.shown),
        )
        .unwrap();
    assert!(waiting(&console).is_empty());
    let kept = first.clone();
    let ids = [first.clone(), second.clone()];
    let [stands, went] = [first, second].map(|id| desk.request(&ana, &id).unwrap());
    let lives = [stands.row.life, went.row.life];
    assert_eq!(lives, [Life::Received, Life::Withdrawn]);
    // Who has the one that went open is led to the one that stands.
    let number = stands.row.number.unwrap();
    assert_eq!((stands.instead, went.instead), (None, Some((kept, number))));
    let decided = console.decided().unwrap();
    assert_eq!((decided.len(), decided[0].by.as_str()), (1, "Teresa Nunes"));
    let again = console.decide(
        &teresa,
        &rows[0].id,
        decision(Keep::Side(1), "outra", &conflict.shown),
    );
    assert!(
        matches!(again, Err(DeskError::NotNow(_))),
        "another operator was faster"
    );
    let page = console.conflict(&teresa, &rows[0].id).unwrap();
    assert!(page.decided.unwrap().undoable);

    // Taken back, both stand and wait for somebody again.
    console
        .take_back(&teresa, &rows[0].id, "São mãe e filha.")
        .unwrap();
    assert_eq!(waiting(&console)[0].id, rows[0].id);
    let lives = ids.map(|id| desk.request(&ana, &id).unwrap().row.life);
    assert_eq!(lives, [Life::Received, Life::Received]);
    let shown = console.conflict(&teresa, &rows[0].id).unwrap().shown;
    console
        .decide(
            &teresa,
            &rows[0].id,
            decision(Keep::Both, "São mãe e filha.", &shown),
        )
        .unwrap();
    assert!(waiting(&console).is_empty());
}

#[test]
fn two_requests_that_are_not_the_same_both_stand_and_are_not_asked_again() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let ids = [1, 2].map(|_| recorded(&desk, &ana, "Maria do Rosário", "123456789"));
    let row = waiting(&console).remove(0);
    let shown = console
        .conflict(&operator(&console), &row.id)
        .unwrap()
        .shown;
    console
        .decide(
            &operator(&console),
            &row.id,
            decision(Keep::Both, "Perdeu o primeiro cartão.", &shown),
        )
        .unwrap();
    desk.add_note(&ana, &ids[0], "Telefonou.").unwrap();
    assert!(waiting(&console).is_empty());
    assert!(
        ids.iter()
            .all(|id| desk.request(&ana, id).unwrap().row.life == Life::Received)
    );
}
