//! The citizen's screen: paired by code, kept over a power cut, confirms only
//! what it showed.

use vereda_web::citizen::port::{CitizenScreens, Reply, Stage};
use vereda_web::desk::port::{Confirmation, Desk, DeskError, ScreenLink};

use crate::support::{Folder, desk, identified, node, pairs, sign_in};

/// "Está certo", with nothing signed.
pub(crate) const RIGHT: Reply<'_> = Reply::Right {
    strokes: "",
    name: "",
};

pub(crate) fn code(stage: Stage) -> String {
    match stage {
        Stage::Unpaired { code } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_follows_over_a_power_cut_and_forgets_the_person_after() {
    let folder = Folder::new();
    let (token, attendance) = {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        let ana = sign_in(&desk, "ana.m");
        let token = desk.open_screen().unwrap();
        assert!(matches!(
            desk.pair_screen(&ana, "99999"),
            Err(DeskError::NotNow(_) | DeskError::NotFound)
        ));
        desk.pair_screen(&ana, &code(desk.screen(&token).unwrap().stage))
            .unwrap();
        assert_eq!(desk.strip(&ana).screen, ScreenLink::Away);
        desk.screen_connected(&token, true);
        assert_eq!(desk.strip(&ana).screen, ScreenLink::Following);
        let attendance = desk.begin_attendance(&ana).unwrap();
        desk.form(&ana, &attendance, None).unwrap();
        desk.keystroke(&ana, &attendance, "full-name", "Maria", 0)
            .unwrap();
        (token, attendance)
    };
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let Stage::Following(following) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_eq!(following.fields[0].1, "Maria");
    assert_eq!(following.typing.as_deref(), Some("full-name"));
    // A new session of the same mediator does not inherit it; closing lets go.
    let ana = sign_in(&desk, "ana.m");
    desk.close_attendance(&ana, &attendance).unwrap();
    assert!(desk.screen("made up").is_none());
}

#[test]
fn nobody_confirms_what_they_did_not_see() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = desk.open_screen().unwrap();
    desk.pair_screen(&ana, &code(desk.screen(&token).unwrap().stage))
        .unwrap();
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "registo-criminal")
        .unwrap();
    assert!(
        matches!(
            desk.ask_confirmation(&ana, &request),
            Err(DeskError::NotNow(_))
        ),
        "steps are missing"
    );
    desk.finish_step(
        &ana,
        &request,
        "purpose",
        &pairs(&[("purpose", "work"), ("for-whom", "self")]),
    )
    .unwrap();
    desk.finish_step(&ana, &request, "contact", &pairs(&[("phone", "912345678")]))
        .unwrap();
    desk.ask_confirmation(&ana, &request).unwrap();
    let Stage::Confirm(first) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    // The mediator changes something while the citizen still looks at the old page.
    desk.finish_step(&ana, &request, "contact", &pairs(&[("phone", "911111111")]))
        .unwrap();
    assert!(matches!(
        desk.answer(&token, &request, &first.shown, RIGHT),
        Err(DeskError::NotNow(_))
    ));
    desk.ask_confirmation(&ana, &request).unwrap();
    let Stage::Confirm(second) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_ne!(first.shown, second.shown);
    desk.answer(&token, &request, &second.shown, Reply::Wrong)
        .unwrap();
    assert_eq!(
        desk.check_answers(&ana, &request).unwrap().confirmation,
        Confirmation::WantsCorrection
    );
    assert!(matches!(
        desk.record(&ana, &request),
        Err(DeskError::NotNow(_))
    ));
    desk.answer(&token, &request, &second.shown, RIGHT).unwrap();
    assert!(matches!(
        desk.check_answers(&ana, &request).unwrap().confirmation,
        Confirmation::Given(_)
    ));
    desk.record(&ana, &request).unwrap();
    let Stage::Recorded(recorded) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_eq!(recorded.fee_cents, 500);
    desk.close_attendance(&ana, &attendance).unwrap();
    assert!(
        matches!(desk.screen(&token).unwrap().stage, Stage::Idle { .. }),
        "nothing of the person remains"
    );
}
