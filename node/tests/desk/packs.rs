//! Forms of paper: their numbers are nobody else's, whatever becomes of the store; each is entered once, and says
//! wherever it is shown that it was on paper first.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda::store::derived;
use vereda_sync::day::Date;
use vereda_sync::record::Life;
use vereda_sync::record::consent::{Confirmed, Signed};
use vereda_web::desk::port::{BlankState, Desk, DeskError, Figures, Packs, Session, TypedLate};

use crate::support::{Folder, desk, identified, niss, node, pairs, saw_papers, sign_in};

fn not_now<T: std::fmt::Debug>(result: Result<T, DeskError>, why: &str) {
    match result {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{why}: {other:?}"),
    }
}

fn cesd(n: u16) -> Vec<(String, u16)> {
    vec![("cesd".to_owned(), n)]
}

fn made(desk: &SpotDesk, who: &Session, n: u16) -> (String, Vec<String>) {
    let pack = desk.make_pack(who, &cesd(n)).unwrap();
    let blanks = desk.pack(who, &pack).unwrap().blanks;
    (pack, blanks.into_iter().map(|b| b.number).collect())
}

fn typed(number: &str) -> TypedLate {
    TypedLate {
        number: number.into(),
        day: vereda::clock::today(),
        hour: "00:00".into(),
        place: "Alferce, salão da junta".into(),
        person: "Rui Pires".into(),
    }
}

/// The form as far as "check your answers".
fn filled(desk: &SpotDesk, who: &Session, attendance: &str, nif: &str) -> String {
    let citizen = pairs(&[
        ("full-name", "Maria Rosa"),
        ("birth-date", "02/03/1950"),
        ("nif", nif),
    ]);
    desk.finish_step(who, attendance, "identity", &citizen)
        .unwrap();
    let request = desk.begin_request(who, attendance, "cesd").unwrap();
    let niss = niss(nif);
    let numbers = pairs(&[("niss", &niss), ("sns", nif)]);
    desk.finish_step(who, &request, "numbers", &numbers)
        .unwrap();
    let address = pairs(&[
        ("address", "Rua da Serra 1"),
        ("postal-code", "8550 000"),
        ("locality", "Monchique"),
        ("phone", "912 345 678"),
    ]);
    desk.finish_step(who, &request, "address", &address)
        .unwrap();
    saw_papers(desk, who, &request);
    desk.confirm_by_word(who, &request).unwrap();
    request
}

fn recorded_ordinarily(desk: &SpotDesk, who: &Session, nif: &str) -> String {
    let attendance = identified(desk, who, "José Amaro", nif);
    let request = filled(desk, who, &attendance, nif);
    desk.record(who, &request).unwrap()
}

fn opened(folder: &Folder) -> (Arc<Node>, SpotDesk, Session) {
    let node = node(folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    (node, desk, ana)
}

#[test]
fn a_form_is_entered_under_its_own_number_and_says_so_everywhere() {
    let folder = Folder::new();
    let (pack, numbers) = {
        let (_, desk, ana) = opened(&folder);
        made(&desk, &ana, 3)
    };
    // The plug was pulled, and a week later somebody types what a scanner reads.
    let (node, desk, ana) = opened(&folder);
    let scanned = numbers[0].to_lowercase().replace('-', "'");
    let blank = desk.blank(&ana, &scanned).unwrap();
    assert_eq!(
        (blank.number.as_str(), blank.begun),
        (numbers[0].as_str(), None)
    );
    let attendance = desk.enter_late(&ana, &typed(&scanned)).unwrap();
    assert_eq!(
        desk.enter_late(&ana, &typed(&scanned)).unwrap(),
        attendance,
        "twice is once"
    );
    let view = desk.attendance(&ana, &attendance).unwrap();
    assert_eq!(view.booked.map(|(id, _)| id).as_deref(), Some("cesd"));
    let request = filled(&desk, &ana, &attendance, "123456789");
    not_now(
        desk.begin_request(&ana, &attendance, "cesd"),
        "já está neste atendimento",
    );
    let check = desk.check_answers(&ana, &request).unwrap();
    assert_eq!(check.late.unwrap().person, "Rui Pires");
    assert_eq!(desk.record(&ana, &request).unwrap(), numbers[0]);
    assert_eq!(
        desk.record(&ana, &request).unwrap(),
        numbers[0],
        "twice is once"
    );
    let view = desk.request(&ana, &request).unwrap();
    assert!(view.row.late && view.same_number.is_empty());
    let consent = view.agreed.unwrap().consent;
    assert_eq!(
        (consent.how, consent.signed),
        (Confirmed::OnPaper, Some(Signed::Paper))
    );
    let receipt = desk.receipt(&ana, &request).unwrap();
    assert_eq!(receipt.late.unwrap().place, "Alferce, salão da junta");
    assert_eq!(
        receipt.life,
        Life::Recorded,
        "nothing is more final than it is"
    );
    let blanks = desk.pack(&ana, &pack).unwrap().blanks;
    assert_eq!(blanks[0].state, BlankState::Entered(request.clone()));
    let row = &desk.packs(&ana).unwrap().packs[0];
    assert_eq!((row.blank, row.entered, row.voided), (2, 1, 0));
    not_now(
        desk.blank(&ana, &numbers[0]),
        "já foi registado para Maria Rosa",
    );
    not_now(
        desk.enter_late(&ana, &typed(&numbers[0])),
        "já foi registado",
    );
    // Made anew from the journal it is the same.
    derived::reset(&node.store.write()).unwrap();
    node.derive_arrived().unwrap();
    assert!(desk.request(&ana, &request).unwrap().row.late);
    assert_eq!(desk.packs(&ana).unwrap().packs[0].entered, 1);
}

#[test]
fn what_is_on_paper_is_counted_on_the_day_it_was_served() {
    let folder = Folder::new();
    let (node, desk, ana) = opened(&folder);
    let (_, numbers) = made(&desk, &ana, 1);
    let attendance = desk.enter_late(&ana, &typed(&numbers[0])).unwrap();
    let request = filled(&desk, &ana, &attendance, "123456789");
    desk.record(&ana, &request).unwrap();
    let today = Date::parse(&vereda::clock::today()).unwrap();
    let before = today.days_on(-3).to_string();
    let counted = |day: &str| {
        let view = desk.figures(&ana, Some(day)).unwrap();
        let sum =
            |of: fn(&vereda_web::desk::port::Span) -> u64| view.parts.iter().map(of).sum::<u64>();
        (sum(|p| p.begun), sum(|p| p.requests))
    };
    assert_eq!(
        (counted(&today.to_string()), counted(&before)),
        ((1, 1), (0, 0))
    );
    // As if it had been entered three days later.
    node.store
        .write()
        .execute_batch("UPDATE late SET at = at - 3 * 86400000")
        .unwrap();
    assert_eq!(
        (counted(&today.to_string()), counted(&before)),
        ((0, 0), (1, 1))
    );
}

#[test]
fn what_cannot_be_is_said_and_nothing_is_begun() {
    let folder = Folder::new();
    let (_, desk, ana) = opened(&folder);
    let (pack, numbers) = made(&desk, &ana, 2);
    let one = numbers[0].as_str();
    let mut wrong = one.to_owned().into_bytes();
    wrong[8] = if wrong[8] == b'7' { b'8' } else { b'7' };
    not_now(desk.blank(&ana, ""), "Escreva o número");
    not_now(
        desk.blank(&ana, &String::from_utf8(wrong).unwrap()),
        "não está certo",
    );
    let elsewhere = vereda_sync::number::number("S02", &[3; 32], 5);
    not_now(desk.blank(&ana, &elsewhere), "é de outro espaço (S02)");
    let unknown = vereda_sync::number::number("MOVEL0", &[3; 32], 5);
    not_now(desk.blank(&ana, &unknown), "não está em nenhum maço");
    let today = Date::parse(&vereda::clock::today()).unwrap();
    let on = |day: String, hour: &str| TypedLate {
        day,
        hour: hour.into(),
        ..typed(one)
    };
    for (late, why) in [
        (on(String::new(), "10:00"), "Escreva o dia"),
        (on(today.to_string(), ""), "Escreva a hora"),
        (
            on(today.days_on(1).to_string(), "00:00"),
            "ainda não chegaram",
        ),
        (
            on(today.days_on(-365).to_string(), "10:00"),
            "só foi feito em",
        ),
        (
            TypedLate {
                place: " ".into(),
                ..typed(one)
            },
            "Escreva onde",
        ),
        (
            TypedLate {
                person: "x".repeat(90),
                ..typed(one)
            },
            "longo de mais",
        ),
    ] {
        not_now(desk.enter_late(&ana, &late), why);
    }
    assert!(desk.today(&ana).unwrap().open.is_empty());
    not_now(desk.make_pack(&ana, &[]), "quantos impressos");
    not_now(desk.make_pack(&ana, &cesd(31)), "cabem 30");
    let many = [
        ("cesd".to_owned(), 30),
        ("address".to_owned(), 30),
        ("criminal-record".to_owned(), 30),
    ];
    let many: Vec<_> = desk
        .packs(&ana)
        .unwrap()
        .services
        .iter()
        .zip(many)
        .map(|((id, _), (_, n))| (id.clone(), n))
        .collect();
    not_now(desk.make_pack(&ana, &many), "cabem 60");
    // A form that was lost, and turned up.
    not_now(
        desk.void_blanks(&ana, &pack, Some(one), " "),
        "Escreva porque",
    );
    for _a_double_click in 0..2 {
        desk.void_blanks(&ana, &pack, Some(one), "perdeu-se")
            .unwrap();
    }
    not_now(desk.enter_late(&ana, &typed(one)), "foi anulado");
    desk.find_blank(&ana, &pack, one).unwrap();
    let attendance = desk.enter_late(&ana, &typed(one)).unwrap();
    not_now(
        desk.void_blanks(&ana, &pack, Some(one), "x"),
        "a ser passado",
    );
    // The rest of it is lost; what is being entered stays.
    desk.void_blanks(&ana, &pack, None, "o maço ficou na estrada")
        .unwrap();
    let blanks = desk.pack(&ana, &pack).unwrap().blanks;
    assert_eq!(blanks[0].state, BlankState::Begun(attendance));
    assert!(
        matches!(&blanks[1].state, BlankState::Voided(by, why) if by.who.starts_with("Ana") && why.contains("estrada"))
    );
}

#[test]
fn two_desks_with_one_form_make_one_request() {
    let folder = Folder::new();
    let (node, desk, ana) = opened(&folder);
    let rui = sign_in(&desk, "rui.p");
    let (_, numbers) = made(&desk, &ana, 1);
    let begun: HashSet<String> = std::thread::scope(|s| {
        let all =
            [&ana, &rui].map(|who| s.spawn(|| desk.enter_late(who, &typed(&numbers[0])).unwrap()));
        all.map(|one| one.join().unwrap()).into_iter().collect()
    });
    assert_eq!(begun.len(), 1);
    // Closed with its request parked, the form is begun once more; the parked one is recorded first.
    let attendance = begun.into_iter().next().unwrap();
    let first = filled(&desk, &ana, &attendance, "123456789");
    desk.close_attendance(&ana, &attendance).unwrap();
    let again = desk.enter_late(&rui, &typed(&numbers[0])).unwrap();
    assert_ne!(again, attendance);
    let second = filled(&desk, &rui, &again, "123456789");
    let done = std::thread::scope(|s| {
        let all = [(&ana, &first), (&rui, &second)]
            .map(|(who, request)| s.spawn(|| desk.record(who, request)));
        all.map(|one| one.join().unwrap())
    });
    let (well, refused): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!((well.len(), refused.len()), (1, 1));
    not_now(refused.into_iter().next().unwrap(), "noutra mesa");
    let n: i64 = node
        .store
        .read()
        .query_row(
            "SELECT count(*) FROM request WHERE number IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(n, 1);
}

#[test]
fn a_number_on_paper_is_nobody_elses_whatever_becomes_of_the_store() {
    let folder = Folder::new();
    let data = folder.0.join("movel-07/data");
    let copy = folder.0.join("copy.db");
    {
        let (node, ..) = opened(&folder);
        node.store
            .write()
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
    }
    fs::copy(data.join("vereda.db"), &copy).unwrap();
    let numbers: HashSet<String> = {
        let (_, desk, ana) = opened(&folder);
        made(&desk, &ana, 30).1.into_iter().collect()
    };
    assert_eq!(numbers.len(), 30);
    let counter = |node: &Node| -> i64 {
        node.store
            .read()
            .query_row(
                "SELECT value FROM meta WHERE key = 'number_counter'",
                [],
                |r| r.get(0),
            )
            .unwrap_or(0)
    };
    let before = {
        let (node, desk, ana) = opened(&folder);
        let n = recorded_ordinarily(&desk, &ana, "123456789");
        assert!(!numbers.contains(&n));
        counter(&node)
    };
    let beside: i64 = fs::read_to_string(data.join("vereda.db.numbers"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(beside <= before);
    // The store is put back from before the pack; the file beside it is not.
    for name in ["vereda.db", "vereda.db-wal", "vereda.db-shm"] {
        fs::remove_file(data.join(name)).ok();
    }
    fs::copy(&copy, data.join("vereda.db")).unwrap();
    let (node, desk, ana) = opened(&folder);
    assert_eq!(counter(&node), 0, "it knows nothing of the pack");
    let n = recorded_ordinarily(&desk, &ana, "123456789");
    assert!(!numbers.contains(&n));
    assert!(
        counter(&node) > beside,
        "no number of the pack is left to be given"
    );
}
