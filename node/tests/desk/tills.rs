//! The till: what is said to be paid is on disk, a day closes once, and nothing is taken back or
//! closed with a difference by one person alone.

use vereda::store::tills;
use vereda_sync::money::Counted;
use vereda_sync::record::till::{How, What};
use vereda_web::desk::port::{
    Desk, DeskError, Late, Paid, Payment, Second, Session, ShownTill, TillNow, Tills, ToClose,
};

use crate::support::{Folder, PIN, desk, identified, node, pairs, saw_papers, sign_in};

const NIF: &str = "123456789";

/// A recorded request that costs 5,00 €.
fn certificate(desk: &vereda::desk::SpotDesk, session: &Session) -> String {
    let attendance = identified(desk, session, "Maria Rosa", NIF);
    let request = desk
        .begin_request(session, &attendance, "registo-criminal")
        .unwrap();
    let purpose = pairs(&[("purpose", "work"), ("for-whom", "self")]);
    desk.finish_step(session, &request, "purpose", &purpose)
        .unwrap();
    let contact = pairs(&[("phone", "912 345 678")]);
    desk.finish_step(session, &request, "contact", &contact)
        .unwrap();
    saw_papers(desk, session, &request);
    desk.confirm_by_word(session, &request).unwrap();
    desk.record(session, &request).unwrap();
    request
}

fn paid(how: How) -> Paid<'static> {
    Paid {
        how,
        reference: "",
        reason: "",
    }
}

fn counted(text: &str) -> Counted {
    Counted::decode(text).unwrap()
}

const NOBODY: Second<'static> = Second {
    person: "",
    pin: "",
};
const RUI: Second<'static> = Second {
    person: "rui.p",
    pin: PIN,
};

fn shown(desk: &impl Tills, session: &Session) -> ShownTill {
    desk.till(session, None).unwrap().till.unwrap()
}

fn to_close<'a>(till: &ShownTill, explained: &'a str, second: Second<'a>) -> ToClose<'a> {
    ToClose {
        expected: till.till.expected(),
        counted: till.counted.as_ref().map_or(0, Counted::cents),
        explained,
        second,
    }
}

fn why(result: Result<(), DeskError>) -> String {
    match result {
        Err(DeskError::NotNow(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fee_is_received_taken_back_and_received_again_and_survives_the_process() {
    let folder = Folder::new();
    let request = {
        let spot = node(&folder, "movel-07", "vehicle");
        let desk = desk(&spot);
        let ana = sign_in(&desk, "ana.m");
        let request = certificate(&desk, &ana);
        assert_eq!(desk.receipt(&ana, &request).unwrap().payment, Payment::Due);
        let view = desk.payment(&ana, &request).unwrap();
        assert_eq!((view.fee_cents, view.till), (500, TillNow::NotOpened));
        assert!(
            why(desk.receive(&ana, &request, &paid(How::Cash))).contains("ainda não foi aberta")
        );

        desk.open_till(&ana, &counted("1000x5")).unwrap();
        assert!(why(desk.open_till(&ana, &counted(""))).contains("já está aberta"));
        let no_reference = desk.receive(&ana, &request, &paid(How::Terminal));
        assert!(why(no_reference).contains("talão"));
        let no_reason = desk.receive(&ana, &request, &paid(How::Exempt));
        assert!(why(no_reason).contains("porque"));
        desk.receive(&ana, &request, &paid(How::Cash)).unwrap();
        // A second click.
        desk.receive(&ana, &request, &paid(How::Cash)).unwrap();
        assert_eq!(shown(&desk, &ana).till.movements.len(), 1);

        let till = shown(&desk, &ana);
        for (reason, second, said) in [
            ("", RUI, "Escreva porque"),
            ("engano", NOBODY, "segunda pessoa"),
            (
                "engano",
                Second {
                    person: "ana.m",
                    pin: PIN,
                },
                "tem de ser outra",
            ),
            (
                "engano",
                Second { pin: "0000", ..RUI },
                "PIN não está certo",
            ),
        ] {
            let refused = why(desk.void(&ana, &till.id, 1, reason, &second));
            assert!(refused.contains(said), "{refused}");
        }
        desk.void(&ana, &till.id, 1, "engano", &RUI).unwrap();
        assert!(why(desk.void(&ana, &till.id, 1, "engano", &RUI)).contains("já foi anulado"));
        assert_eq!(desk.payment(&ana, &request).unwrap().payment, Payment::Due);
        let by_card = Paid {
            reference: "004821",
            ..paid(How::Terminal)
        };
        desk.receive(&ana, &request, &by_card).unwrap();
        desk.keep_count(&ana, &till.id, &counted("1000x5")).unwrap();
        request
    };
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let rui = sign_in(&desk, "rui.p");
    let till = shown(&desk, &rui);
    assert_eq!(
        (till.till.expected(), till.till.movements.len()),
        (5_000, 3)
    );
    assert_eq!(
        till.counted,
        Some(counted("1000x5")),
        "what was counted is still there"
    );
    assert!(till.till.broken.is_empty(), "{:?}", till.till.broken);
    let Payment::Settled { movement, .. } = desk.receipt(&rui, &request).unwrap().payment else {
        panic!("it was paid");
    };
    assert_eq!((movement.n, movement.reference.as_str()), (3, "004821"));
}

#[test]
fn two_people_do_not_close_one_till_twice_nor_past_each_other() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    desk.open_till(&ana, &counted("1000x1")).unwrap();
    let till = shown(&desk, &ana);
    assert!(why(desk.close_till(&ana, &till.id, &to_close(&till, "", NOBODY))).contains("contar"));
    desk.keep_count(&ana, &till.id, &counted("1000x1")).unwrap();
    let seen_by_ana = shown(&desk, &ana);

    let request = certificate(&desk, &rui);
    desk.receive(&rui, &request, &paid(How::Cash)).unwrap();
    let late = desk.close_till(&ana, &till.id, &to_close(&seen_by_ana, "", NOBODY));
    assert!(why(late).contains("mudou noutro balcão"));

    let now = shown(&desk, &ana);
    let alone = desk.close_till(&ana, &till.id, &to_close(&now, "", RUI));
    assert!(why(alone).contains("escreva o que a explica"));
    let alone = desk.close_till(&ana, &till.id, &to_close(&now, "não se sabe", NOBODY));
    assert!(why(alone).contains("segunda pessoa"));
    desk.close_till(&ana, &till.id, &to_close(&now, "não se sabe", RUI))
        .unwrap();
    let again = desk.close_till(&rui, &till.id, &to_close(&now, "x", NOBODY));
    assert!(why(again).contains("fechada por Ana Martins"));
    let void = desk.void(
        &rui,
        &till.id,
        1,
        "engano",
        &Second {
            person: "ana.m",
            pin: PIN,
        },
    );
    assert!(why(void).contains("já foi fechada"));
    let closed = shown(&desk, &rui).till.closed.unwrap();
    assert_eq!(
        (closed.difference(), closed.second.as_str()),
        (-500, "Rui Pires")
    );
}

#[test]
fn money_after_the_closing_belongs_to_the_day_that_was_closed() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    desk.open_till(&ana, &counted("")).unwrap();
    let till = shown(&desk, &ana);
    desk.keep_count(&ana, &till.id, &counted("")).unwrap();
    let till = shown(&desk, &ana);
    desk.close_till(&ana, &till.id, &to_close(&till, "", NOBODY))
        .unwrap();
    assert!(why(desk.open_till(&ana, &counted(""))).contains("adenda"));

    let request = certificate(&desk, &ana);
    assert_eq!(
        desk.payment(&ana, &request).unwrap().till,
        TillNow::ClosedToday
    );
    assert!(why(desk.receive(&ana, &request, &paid(How::Cash))).contains("já foi fechada"));
    let late = Paid {
        reason: "pagou à saída",
        ..paid(How::Cash)
    };
    desk.receive(&ana, &request, &late).unwrap();
    let number = desk.receipt(&ana, &request).unwrap().number;
    for (typed, sum, said) in [
        ("", "muito", "não se lê"),
        ("", "0", "não se lê"),
        ("M07-0000-0000-1", "5,00", "não bate certo"),
    ] {
        let late = Late {
            number: typed,
            sum,
            paid: late,
        };
        assert!(
            why(desk.add_late(&ana, &till.id, &late)).contains(said),
            "{sum}"
        );
    }
    let late = Late {
        number: &number.to_lowercase(),
        sum: "2,50 €",
        paid: late,
    };
    desk.add_late(&ana, &till.id, &late).unwrap();
    let till = desk
        .till(&ana, Some(&till.till.day))
        .unwrap()
        .till
        .unwrap()
        .till;
    let kinds: Vec<What> = till.movements.iter().map(|m| m.what).collect();
    assert_eq!(kinds, [What::Late, What::Late]);
    assert_eq!(till.movements[1].request, request, "found by its number");
    assert_eq!(
        (till.taken(How::Cash), till.closed.unwrap().difference()),
        (750, 0)
    );
    assert_eq!(tills::last(&spot.store.read(), 9).unwrap().len(), 1);
}

#[test]
fn wrong_pins_of_the_second_person_are_counted_as_at_the_door() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    desk.open_till(&ana, &counted("")).unwrap();
    let request = certificate(&desk, &ana);
    desk.receive(&ana, &request, &paid(How::Cash)).unwrap();
    let till = shown(&desk, &ana);
    let wrong = Second { pin: "0000", ..RUI };
    for _ in 0..vereda::staff::MAX_TRIES {
        why(desk.void(&ana, &till.id, 1, "engano", &wrong));
    }
    assert!(why(desk.void(&ana, &till.id, 1, "engano", &RUI)).contains("PINs errados a mais"));
    assert!(
        desk.sign_in("rui.p", PIN).is_err(),
        "the door is closed as well"
    );
    assert_eq!(shown(&desk, &ana).till.movements.len(), 1);
}
