//! A question to the contact centre: it is answered with what the request says, and comes back to
//! the desk until that needs no more.

use vereda::desk::SpotDesk;
use vereda::store::tickets;
use vereda_sync::record::ticket::State;
use vereda_web::console::port::Console;
use vereda_web::desk::port::{Desk, DeskError, Help};

use crate::support::{Folder, PIN, desk, hub, node, recorded, sign_in};

#[test]
fn a_question_is_answered_at_the_hub_and_heard_of_at_the_desk() {
    let folder = Folder::new();
    // The hub's own store serves as the spot's here; over a link: the journey `contact-centre`.
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria Rosa", "123456789");
    let ticket = desk
        .open_ticket(
            &ana,
            (&request, false),
            "  A morada está no estrangeiro.\nServe?  ",
        )
        .unwrap();
    let token = console.sign_in("teresa.n", PIN).unwrap();
    let teresa = console.session(&token).unwrap();
    assert_eq!(console.summary().tickets, 1);
    let waiting = console.tickets().unwrap();
    assert_eq!(waiting[0].subject, "A morada está no estrangeiro.");
    let view = console.ticket(&ticket).unwrap();
    assert_eq!(view.row.about.unwrap().citizen, "Maria Rosa");
    let said = |label: &str| {
        let found = view.context.iter().find(|(l, _)| l.pt().starts_with(label));
        found.map(|(_, value)| value.clone())
    };
    assert_eq!(said("Localidade").as_deref(), Some("Monchique"));
    assert!(said("NIF").unwrap().starts_with("•••"), "{:?}", said("NIF"));

    assert!(matches!(
        console.answer(&teresa, &ticket, "  "),
        Err(DeskError::NotNow(_))
    ));
    console
        .answer(&teresa, &ticket, "Serve, com o código postal de lá.")
        .unwrap();
    assert_eq!(console.summary().tickets, 0);

    let answered = desk.today(&ana).unwrap().answered;
    assert_eq!(answered.len(), 1);
    let said = desk.ticket(&ana, &ticket).unwrap().said;
    assert_eq!((said.len(), said[1].is_answer), (2, true));
    assert_eq!(said[1].text, "Serve, com o código postal de lá.");
    desk.close_ticket(&ana, &ticket).unwrap();
    desk.close_ticket(&ana, &ticket).unwrap();
    assert!(desk.today(&ana).unwrap().answered.is_empty());
    assert_eq!(state(&desk, &ana), [State::Closed]);
}

fn state(desk: &SpotDesk, session: &vereda_web::desk::port::Session) -> Vec<State> {
    let tickets = desk.tickets(session).unwrap();
    tickets.iter().map(|row| row.state).collect()
}

#[test]
fn what_cannot_be_asked_is_told_and_nothing_is_written() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let long = "a".repeat(2_001);
    for (about, question) in [("", " \n "), ("", long.as_str())] {
        let refused = desk.open_ticket(&ana, (about, true), question);
        assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    }
    for about in ["nada", &"ab".repeat(32)] {
        let refused = desk.open_ticket(&ana, (about, true), "Ajuda");
        assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    }
    let request = recorded(&desk, &ana, "Maria Rosa", "123456789");
    for not_a_ticket in ["nada", request.as_str()] {
        let refused = desk.say(&ana, not_a_ticket, "Ajuda");
        assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    }
    assert!(tickets::own(&spot.store.read(), 10).unwrap().is_empty());
}
