//! Signing in without a network.

use vereda_web::desk::port::{Desk, SignInRefusal};

use crate::support::{Folder, PIN, desk, node};

#[test]
fn wrong_pins_are_counted_over_a_restart_and_then_lock() {
    let folder = Folder::new();
    for tries_left in [4, 3, 2, 1] {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        assert_eq!(
            desk.sign_in("ana.m", "0000"),
            Err(SignInRefusal::WrongPin { tries_left })
        );
    }
    let desk = desk(&node(&folder, "m07", "vehicle"));
    assert_eq!(
        desk.sign_in("ana.m", "0000"),
        Err(SignInRefusal::Locked { minutes: 16 })
    );
    assert!(
        matches!(
            desk.sign_in("ana.m", PIN),
            Err(SignInRefusal::Locked { .. })
        ),
        "also with the right one"
    );
    assert!(desk.sign_in("rui.p", PIN).is_ok(), "nobody else is locked");
    assert_eq!(desk.sign_in("ninguem", PIN), Err(SignInRefusal::Unknown));
    assert_eq!(
        desk.sign_in("teresa.n", PIN),
        Err(SignInRefusal::Unknown),
        "an operator is no mediator"
    );
}

#[test]
fn a_session_survives_a_power_cut_and_ends_when_signed_out() {
    let folder = Folder::new();
    let token = desk(&node(&folder, "m07", "vehicle"))
        .sign_in("ana.m", PIN)
        .unwrap();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let session = desk.session(&token).unwrap();
    assert_eq!(session.person.name, "Ana Martins");
    assert_ne!(desk.form_guard(&session), token);
    desk.sign_out(&token);
    assert_eq!(desk.session(&token), None);
    assert_eq!(desk.session("made up"), None);
}
