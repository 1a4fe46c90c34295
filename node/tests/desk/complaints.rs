//! A complaint is to be answered by a day that stands in it; the answer is written down, and the log says
//! what is late.

use vereda::desk::SpotDesk;
use vereda::store::complaints;
use vereda_sync::day::Date;
use vereda_web::console::port::Console;
use vereda_web::desk::port::{Cases, Complaints, Desk, DeskError, Figures, Person, Session};

use crate::support::{Folder, desk, hub, identified, node, pairs, recorded, saw_papers, sign_in};

/// A recorded word in the Yellow Book.
fn said(desk: &SpotDesk, session: &Session, kind: &str) -> String {
    let attendance = identified(desk, session, "Maria Rosa", "123456789");
    let request = desk
        .begin_request(session, &attendance, "livro-amarelo")
        .unwrap();
    let today = vereda::clock::today();
    let visit = [
        ("kind", kind),
        ("office", "Finanças"),
        ("visit-date", today.as_str()),
        ("reasons", "waiting"),
        ("text", "Esperei três horas de pé."),
    ];
    let answer = [
        ("answer-by", "email"),
        ("email", "maria@example.org"),
        ("consent", "yes"),
    ];
    for (step, answers) in [("visit", &visit[..]), ("answer", &answer[..])] {
        desk.finish_step(session, &request, step, &pairs(answers))
            .unwrap();
    }
    saw_papers(desk, session, &request);
    desk.confirm_by_word(session, &request).unwrap();
    desk.record(session, &request).unwrap();
    request
}

fn not_now(refused: Result<(), DeskError>, why: &str) {
    match refused {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

fn today() -> Date {
    Date::parse(&vereda::clock::today()).unwrap()
}

#[test]
fn a_complaint_waits_for_its_answer_and_praise_does_not() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let id = said(&desk, &ana, "complaint");
    let praise = said(&desk, &ana, "praise");
    recorded(&desk, &ana, "João", "299999998");
    let due = today().after_working(15, &[]).to_string();
    let rows = desk.complaints(&ana).unwrap();
    let listed: Vec<_> = rows.iter().map(|it| it.row.id.as_str()).collect();
    assert_eq!(listed, [&id]);
    assert_eq!(
        (rows[0].term.due.as_str(), rows[0].term.days_left),
        (due.as_str(), 15)
    );
    assert!(matches!(
        desk.complaint(&ana, &praise),
        Err(DeskError::NotFound)
    ));
    let view = desk.request(&ana, &id).unwrap();
    assert_eq!(view.term.map(|t| t.due), Some(due.clone()));
    let recorded = view
        .history
        .iter()
        .find(|line| line.text.starts_with("Registado"));
    assert!(recorded.unwrap().text.contains("com resposta até"));

    let now = today().to_string();
    for (on, from, text, why) in [
        ("", "Finanças", "Sim.", "o dia"),
        ("amanhã", "Finanças", "Sim.", "o dia"),
        ("2020-01-02", "Finanças", "Sim.", "ainda não estava feita"),
        (
            &today().days_on(1).to_string(),
            "Finanças",
            "Sim.",
            "ainda não chegou",
        ),
        (&now, " ", "Sim.", "quem respondeu"),
        (&now, "Finanças", " ", "o que responderam"),
        (&now, "Finanças", &"a".repeat(8_001), "cabem 8000"),
    ] {
        not_now(desk.keep_reply(&ana, &id, on, from, text), why);
    }
    assert_eq!(desk.complaint(&ana, &id).unwrap().replies.len(), 0);
    for _a_double_click in 0..2 {
        desk.keep_reply(&ana, &id, &now, " Finanças ", "Há duas senhas a mais.\n")
            .unwrap();
    }
    let view = desk.complaint(&ana, &id).unwrap();
    assert_eq!(view.replies.len(), 1);
    let reply = &view.replies[0];
    assert_eq!(
        (reply.from.as_str(), reply.text.as_str()),
        ("Finanças", "Há duas senhas a mais.")
    );
    assert!(
        reply.by.who.starts_with("Ana Martins, Espaço central"),
        "{}",
        reply.by.who
    );
    assert_eq!(view.term.answered, Some(now));
    assert!(!view.term.is_late());
    let history = desk.request(&ana, &id).unwrap().history;
    assert!(
        history
            .last()
            .unwrap()
            .text
            .contains("«Há duas senhas a mais.»")
    );
    assert_eq!(console.complaints().unwrap()[0].row.id, id);
    // It is all in the records: what is derived can go.
    vereda::store::derived::reset(&node.store.write()).unwrap();
    node.derive_arrived().unwrap();
    assert!(desk.complaints(&ana).unwrap()[0].term.answered.is_some());
}

#[test]
fn what_is_late_comes_first_and_what_was_withdrawn_waits_for_nobody() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let [new, old, gone] = [(); 3].map(|()| said(&desk, &ana, "complaint"));
    desk.withdraw(&ana, &gone, "a própria", "resolveu-se")
        .unwrap();
    // Nobody waits three weeks here: the term of one is over.
    let over = today().days_on(-1).to_string();
    let moved = "UPDATE complaint SET due = ?2 WHERE record = (SELECT record FROM record WHERE id = unhex(?1))";
    node.store.write().execute(moved, [&old, &over]).unwrap();
    let rows = console.complaints().unwrap();
    let listed: Vec<_> = rows.iter().map(|it| it.row.id.clone()).collect();
    assert_eq!(listed, [old.clone(), new.clone(), gone.clone()]);
    let late: Vec<bool> = rows.iter().map(|it| it.term.is_late()).collect();
    assert_eq!(late, [true, false, false]);
    assert_eq!(console.summary().late_complaints, 1);
    let counted = |period: Option<&str>| {
        let said = desk.figures(&ana, period).unwrap().complaints.said();
        said.map(|(_, n)| n)
    };
    assert_eq!(
        counted(None),
        [0, 0, 1, 1],
        "of today, without the one that was withdrawn"
    );
    assert_eq!(counted(Some(&today().to_string()[..7])), [0, 0, 1, 1]);
    assert_eq!(counted(Some("2020-01-02")), [0; 4]);
    let now = today().to_string();
    desk.keep_reply(&ana, &new, &now, "Finanças", "Sim.")
        .unwrap();
    assert_eq!(counted(None), [1, 0, 0, 1]);
    assert!(rows[2].term.is_withdrawn);
    not_now(
        desk.keep_reply(&ana, &gone, &today().to_string(), "Finanças", "Sim."),
        "retirado",
    );
}

#[test]
fn holidays_of_the_place_are_left_out_of_the_term() {
    let folder = Folder::new();
    // A holiday on the next day that would be worked: the term ends a working day later.
    let next = today().after_working(1, &[]);
    let holiday = &next.to_string()[5..];
    drop(node(&folder, "movel-07", "vehicle"));
    let file = folder.0.join("movel-07/config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("[store]", &format!("holidays = [\"{holiday}\"]\n[store]"));
    std::fs::write(&file, text).unwrap();
    let config = vereda::config::Config::load(&file).unwrap();
    let local = config.node.holidays.clone();
    let spot = std::sync::Arc::new(vereda::node::Node::open(config).unwrap());
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    said(&desk, &ana, "complaint");
    let term = desk.complaints(&ana).unwrap().remove(0).term;
    assert_eq!(term.due, today().after_working(15, &local).to_string());
    assert_eq!(term.days_left, 15);
    assert_eq!(term.due, today().after_working(16, &[]).to_string());
}

#[test]
fn the_lists_are_read_from_their_indexes() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let db = spot.store.read();
    let plan = |sql: &str| -> String {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.query_map([], |r| r.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    for (sql, index) in [
        (
            "SELECT record FROM complaint WHERE open = 1 ORDER BY due, record LIMIT 9",
            "complaint_open",
        ),
        (
            "SELECT record FROM complaint WHERE open = 0 ORDER BY at DESC LIMIT 9",
            "complaint_closed",
        ),
        (
            "SELECT count(*) FROM complaint WHERE open = 1 AND due < '2026-01-01'",
            "complaint_open",
        ),
        (
            "SELECT due FROM complaint WHERE at >= 1 AND at < 2 AND own",
            "complaint_at",
        ),
    ] {
        let said = plan(sql);
        assert!(
            said.contains(index) && !said.contains("TEMP B-TREE"),
            "{said}"
        );
    }
    assert!(complaints::list(&db, false, 10).unwrap().is_empty());
}

#[test]
fn a_term_that_ends_soon_waits_at_the_desk_until_somebody_answers() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let [soon, late, far] = [(); 3].map(|()| said(&desk, &ana, "complaint"));
    let moved = "UPDATE complaint SET due = ?2 WHERE record = (SELECT record FROM record WHERE id = unhex(?1))";
    for (id, due) in [
        (&soon, today().after_working(3, &[])),
        (&late, today().days_on(-1)),
        (&far, today().after_working(4, &[])),
    ] {
        let params = [id, &due.to_string()];
        node.store.write().execute(moved, params).unwrap();
    }
    let waits = || {
        let rows = desk.today(&ana).unwrap().complaints.into_iter();
        rows.map(|it| it.row.id).collect::<Vec<_>>()
    };
    assert_eq!(waits(), [late.clone(), soon.clone()]);
    let now = today().to_string();
    desk.keep_reply(&ana, &late, &now, "Finanças", "Sim.")
        .unwrap();
    assert_eq!(waits(), std::slice::from_ref(&soon));
    // The hub answers the other, and nobody owes anything.
    let teresa = Session {
        id: "t".into(),
        person: Person {
            id: "teresa.n".into(),
            name: "Teresa Nunes".into(),
        },
        desk: String::new(),
    };
    let answer = |on: &str, from: &str, text: &str| {
        console.answer_complaint(&teresa, &soon, (on, from, text))
    };
    not_now(answer("", "ARTE", "Pedimos desculpa."), "o dia");
    not_now(answer(&now, " ", "Pedimos desculpa."), "quem respondeu");
    not_now(answer(&now, "ARTE", ""), "o que responderam");
    for _a_double_click in 0..2 {
        answer(&now, "ARTE", "Pedimos desculpa.").unwrap();
    }
    assert!(waits().is_empty());
    desk.keep_reply(&ana, &soon, &now, "Finanças", "Também nós.")
        .unwrap();
    let both = desk.complaint(&ana, &soon).unwrap();
    let said: Vec<_> = both
        .replies
        .iter()
        .map(|r| (r.text.as_str(), r.is_of_hub))
        .collect();
    assert_eq!(said, [("Pedimos desculpa.", true), ("Também nós.", false)]);
    assert_eq!(console.complaint(&soon).unwrap().replies, both.replies);
    assert!(matches!(
        console.complaint(&"ab".repeat(32)),
        Err(DeskError::NotFound)
    ));
}
