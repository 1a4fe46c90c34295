//! The citizen's screen: paired by code, kept over a power cut, confirms only
//! what it showed.

use vereda_web::citizen::port::{CitizenScreens, Face, Reply, Stage};
use vereda_web::desk::port::{
    Confirmation, Desk, DeskError, Figures, Opinions, ScreenLink, Session,
};

use crate::support::{Folder, desk, identified, node, pairs, recorded, saw_papers, sign_in};

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
    assert_eq!(following.fields[0].value, "Maria");
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
    saw_papers(&desk, &ana, &request);
    desk.record(&ana, &request).unwrap();
    let Stage::Recorded(recorded) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_eq!(recorded.fee_cents, 500);
    // Away, it can ask nobody how it was.
    desk.close_attendance(&ana, &attendance).unwrap();
    assert!(
        matches!(desk.screen(&token).unwrap().stage, Stage::Idle { .. }),
        "nothing of the person remains"
    );
}

/// How many were asked and what they said, of today and of this month.
fn opinions(desk: &vereda::desk::SpotDesk, session: &Session) -> Opinions {
    let day = desk.figures(session, None).unwrap();
    let month = desk.figures(session, Some(&day.other)).unwrap();
    assert_eq!(day.opinions, month.opinions);
    day.opinions
}

#[test]
fn who_goes_says_how_it_was_once_and_nobody_knows_who() {
    let folder = Folder::new();
    let spot = node(&folder, "m07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let token = desk.open_screen().unwrap();
    desk.pair_screen(&ana, &code(desk.screen(&token).unwrap().stage))
        .unwrap();
    desk.screen_connected(&token, true);
    let close = |name: &str, nif: &str| {
        let request = recorded(&desk, &ana, name, nif);
        let attendance = desk.request(&ana, &request).unwrap().attendance.unwrap();
        desk.speak(&token, "uk").unwrap();
        desk.close_attendance(&ana, &attendance).unwrap();
        // A second click closes nothing and asks nobody.
        desk.close_attendance(&ana, &attendance).unwrap();
    };
    // Before anybody is asked, a screen has nothing to say.
    desk.rate(&token, Some(Face::Bad)).unwrap();
    assert_eq!(opinions(&desk, &ana), Opinions::default());
    close("Maria do Rosário", "123456789");
    let asks = desk.screen(&token).unwrap();
    assert!(matches!(asks.stage, Stage::Faces));
    assert_eq!(asks.language, "uk", "still theirs");
    desk.rate(&token, Some(Face::Good)).unwrap();
    desk.rate(&token, Some(Face::Good)).unwrap();
    let after = desk.screen(&token).unwrap();
    assert!(matches!(after.stage, Stage::Idle { .. }));
    assert_eq!(after.language, "pt");
    close("José Brás", "199900078");
    desk.rate(&token, None).unwrap();
    let said = Opinions {
        asked: 2,
        good: 1,
        ..Opinions::default()
    };
    assert_eq!(opinions(&desk, &ana), said);
    assert_eq!(said.said().map(|(_, n)| n), [1, 0, 0, 1]);
    // Nobody is asked who only asked something, and the next attendance does not wait for it.
    let attendance = identified(&desk, &ana, "Ilda Neves", "123456789");
    desk.close_attendance(&ana, &attendance).unwrap();
    assert_eq!(opinions(&desk, &ana), said);
    // A count of a day: nothing that could be put beside an attendance.
    let db = spot.store.read();
    let kept: Vec<String> = db
        .prepare("SELECT name FROM pragma_table_info('opinion')")
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(kept, ["day", "said", "n"]);
}
