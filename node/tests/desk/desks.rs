//! Several desks on one node: when one dies, another goes on with what it had, and the one that comes back is told.

use std::sync::Arc;

use vereda::desk::SpotDesk;
use vereda::lan;
use vereda::node::Node;
use vereda::store::desks::{self as stored, Joined};
use vereda_hardware::card::{CardReader, CardState, Identity};
use vereda_web::citizen::port::{CitizenScreens, Stage};
use vereda_web::desk::port::{Desk, DeskError, Desks, Session};

use crate::support::{Folder, NoLink, PIN, desk, identified, node};

fn joined(node: &Node, id: &str, name: &str) {
    let it = Joined {
        id: id.into(),
        name: name.into(),
        is_screen: false,
        at_ms: 1,
        heard_ms: 1,
    };
    stored::join(&node.store.write(), &it, id).unwrap();
}

fn at(desk: &SpotDesk, id: &str, who: &str) -> Session {
    let token = desk.sign_in_at(id, who, PIN).unwrap();
    desk.session(&token).unwrap()
}

struct Two {
    _folder: Folder,
    node: Arc<Node>,
    desk: SpotDesk,
    ana: Session,
    rui: Session,
}

fn two() -> Two {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    joined(&node, "m2", "Mesa 2");
    let (ana, rui) = (at(&desk, "", "ana.m"), at(&desk, "m2", "rui.p"));
    Two {
        _folder: folder,
        node,
        desk,
        ana,
        rui,
    }
}

#[test]
fn what_a_dead_desk_typed_last_is_there_and_goes_on_at_another() {
    let it = two();
    let (desk, ana, rui) = (&it.desk, &it.ana, &it.rui);
    let attendance = identified(desk, rui, "Maria do Rosário", "123456789");
    let request = desk.begin_request(rui, &attendance, "cesd").unwrap();
    let form = desk.form(rui, &request, None).unwrap();
    let field = form.fields[0].field.id.clone();
    desk.keystroke(rui, &request, &field, "o último", form.revision)
        .unwrap();
    // While it is there, nobody says anything: two desks may write together.
    assert_eq!(desk.today(ana).unwrap().open[0].held, None);
    desk.present(rui, true);
    it.node.doors.stream("m2", true);
    desk.continue_here(ana, &attendance).unwrap();
    let here = desk.form(ana, &request, None).unwrap();
    assert_eq!(here.held, None);
    assert_eq!(here.fields[0].value, "o último");
    desk.keystroke(ana, &request, &field, "e mais", here.revision)
        .unwrap();
    // The one that comes back is told who has it, and what it types is refused and not lost.
    let there = desk.form(rui, &request, None).unwrap();
    let held = there.held.clone().unwrap();
    assert!(held.is_taken && held.silence.is_none());
    assert_eq!(
        (held.by.as_str(), held.desk.as_str()),
        ("Ana Martins", "Espaço m07")
    );
    let refused = |error: DeskError| match error {
        DeskError::Held { by, desk } => (by, desk) == ("Ana Martins".into(), "Espaço m07".into()),
        _ => false,
    };
    let typed = desk.keystroke(rui, &request, &field, "por enviar", form.revision);
    assert!(refused(typed.unwrap_err()));
    let step = there.step.id.clone();
    assert!(refused(
        desk.finish_step(rui, &request, &step, &[]).unwrap_err()
    ));
    assert!(refused(desk.record(rui, &request).unwrap_err()));
    assert!(refused(
        desk.close_attendance(rui, &attendance).unwrap_err()
    ));
    assert!(refused(
        desk.begin_request(rui, &attendance, "cesd").unwrap_err()
    ));
    assert!(refused(desk.undo(rui, &request, &step).unwrap_err()));
    // Taken back, what was unsent meets what was written meanwhile: somebody chooses.
    desk.continue_here(rui, &attendance).unwrap();
    match desk.keystroke(rui, &request, &field, "por enviar", form.revision) {
        Err(DeskError::Elsewhere { value, by, .. }) => {
            assert_eq!((value.as_str(), by.as_str()), ("e mais", "Ana Martins"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        desk.keystroke(ana, &request, &field, "x", u64::MAX),
        Err(DeskError::Held { .. })
    ));
    desk.close_attendance(rui, &attendance).unwrap();
    assert!(matches!(
        desk.continue_here(ana, &attendance),
        Err(DeskError::NotNow(_))
    ));
}

#[test]
fn whose_card_is_in_the_reader_is_shown_at_the_nodes_own_desk_alone() {
    struct Holds;
    impl CardReader for Holds {
        fn state(&self) -> CardState {
            CardState::Ready(Arc::new(Identity {
                given_names: "Ilda".into(),
                surname: String::new(),
                sex: String::new(),
                nationality: String::new(),
                birth_date: String::new(),
                height: String::new(),
                nic: String::new(),
                document_number: String::new(),
                expiry: String::new(),
                issued: String::new(),
                nif: String::new(),
                niss: String::new(),
                sns: String::new(),
                father: String::new(),
                mother: String::new(),
                photo: vec![],
            }))
        }
        fn subscribe(&self, notify: Box<dyn Fn(CardState) + Send + Sync>) {
            notify(self.state());
        }
        fn read_again(&self) {}
    }
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    joined(&node, "m2", "Mesa 2");
    let desk = SpotDesk::new(Arc::clone(&node), Some(Box::new(Holds)), Box::new(NoLink));
    let (ana, rui) = (at(&desk, "", "ana.m"), at(&desk, "m2", "rui.p"));
    assert!(matches!(desk.card(&ana), CardState::Ready(_)));
    assert_eq!(desk.card(&rui), CardState::NoReader);
    let attendance = desk.begin_attendance(&rui).unwrap();
    assert!(desk.identity_from_card(&rui, &attendance).is_err());
    assert!(!desk.form(&rui, &attendance, None).unwrap().card_can_fill);
}

#[test]
fn who_took_it_over_still_has_it_after_a_power_cut() {
    let folder = Folder::new();
    let attendance = {
        let node = node(&folder, "m07", "vehicle");
        let desk = desk(&node);
        joined(&node, "m2", "Mesa 2");
        let rui = at(&desk, "m2", "rui.p");
        let attendance = identified(&desk, &rui, "Maria do Rosário", "123456789");
        desk.continue_here(&at(&desk, "", "ana.m"), &attendance)
            .unwrap();
        attendance
    };
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let rui = at(&desk, "m2", "rui.p");
    let held = desk.attendance(&rui, &attendance).unwrap().held.unwrap();
    assert_eq!((held.by.as_str(), held.is_taken), ("Ana Martins", true));
}

#[test]
fn the_screen_of_a_desk_that_lost_an_attendance_shows_nothing_of_it() {
    let it = two();
    let (desk, ana, rui) = (&it.desk, &it.ana, &it.rui);
    let screen = desk.open_screen().unwrap();
    let code = match desk.screen(&screen).unwrap().stage {
        Stage::Unpaired { code } => code,
        other => panic!("{other:?}"),
    };
    desk.pair_screen(rui, &code).unwrap();
    let attendance = identified(desk, rui, "Maria do Rosário", "123456789");
    desk.form(rui, &attendance, None).unwrap();
    assert!(matches!(
        desk.screen(&screen).unwrap().stage,
        Stage::Following(_)
    ));
    desk.continue_here(ana, &attendance).unwrap();
    assert!(matches!(
        desk.screen(&screen).unwrap().stage,
        Stage::Idle { .. }
    ));
    // And when its desk is taken out it shows its code again.
    lan::remove(&it.node, "nobody").unwrap();
    assert!(matches!(
        desk.screen(&screen).unwrap().stage,
        Stage::Idle { .. }
    ));
}
