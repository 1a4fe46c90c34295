//! What becomes of a request at the desk: withdrawn, followed up, sent back, handed over, parked.

use vereda::node::Node;
use vereda::store::derived;
use vereda_sync::record::Life;
use vereda_web::desk::port::{Cases, Desk, DeskError, Session, Tills};

use crate::support::{Folder, demo, desk, identified, node, opened, recorded, sign_in};

fn not_now<T: std::fmt::Debug>(refused: Result<T, DeskError>, words: &str) {
    match refused {
        Err(DeskError::NotNow(why)) => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

fn day_from_today(days: i64) -> String {
    vereda::clock::day(vereda::clock::now_ms() + days * 86_400_000)
}

fn waits(desk: &impl Desk, session: &Session) -> Vec<String> {
    let cases = desk.today(session).unwrap().cases;
    cases.into_iter().map(|it| it.row.id).collect()
}

fn history(desk: &impl Desk, session: &Session, request: &str) -> Vec<String> {
    let view = desk.request(session, request).unwrap();
    view.history.into_iter().map(|line| line.text).collect()
}

fn rederived(node: &Node) {
    derived::reset(&node.store.write()).unwrap();
    node.derive_arrived().unwrap();
}

#[test]
fn a_withdrawal_says_who_and_why_and_nothing_changes_after_it() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria Rosa", "123456789");
    not_now(
        desk.withdraw(&ana, &request, " ", "vendeu a casa"),
        "quem diz",
    );
    not_now(desk.withdraw(&ana, &request, "o próprio", ""), "motivo");
    not_now(
        desk.withdraw(&ana, &request, "o próprio", &"a".repeat(2_001)),
        "2000",
    );
    assert_eq!(
        desk.request(&ana, &request).unwrap().row.life,
        Life::Recorded
    );
    desk.withdraw(&ana, &request, "a filha", "vendeu a casa")
        .unwrap();

    for check in 0..2 {
        let view = desk.request(&ana, &request).unwrap();
        assert_eq!(view.row.life, Life::Withdrawn, "look {check}");
        let said = view.case.withdrawn.unwrap();
        assert_eq!((said.said_by.as_str(), said.at_hub), ("a filha", false));
        let last = history(&desk, &ana, &request).pop().unwrap();
        assert!(
            last.contains("a filha") && last.contains("vendeu a casa"),
            "{last}"
        );
        assert!(!last.contains("central"), "nobody there decided: {last}");
        rederived(&spot);
    }
    not_now(
        desk.correct(&ana, &request, "phone", "913 000 111", "troca"),
        "retirado",
    );
    not_now(
        desk.withdraw(&ana, &request, "o próprio", "de novo"),
        "retirado",
    );
    not_now(
        desk.hand_over(&ana, &request, "pessoa:rui.p", "leva"),
        "retirado",
    );
    not_now(desk.payment(&ana, &request), "retirado");
    // What is heard of it afterwards may still be written down.
    desk.follow_up(&ana, &request, "A entidade confirmou por telefone.", "")
        .unwrap();
    assert!(
        desk.today(&ana).unwrap().messages.is_empty(),
        "it was this desk"
    );
}

#[test]
fn a_draft_is_not_withdrawn() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria Rosa", "123456789");
    let draft = desk.begin_request(&ana, &attendance, "cesd").unwrap();
    not_now(
        desk.withdraw(&ana, &draft, "o próprio", "desistiu"),
        "preenchido",
    );
    not_now(desk.follow_up(&ana, &draft, "ver", ""), "preenchido");
}

#[test]
fn a_follow_up_is_listed_from_its_day_on_until_somebody_looked() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria Rosa", "123456789");
    for (text, on, words) in [
        ("  ", "", "Escreva"),
        ("ver", "2026-02-30", "não existe"),
        ("ver", "amanhã", "não existe"),
        ("ver", &day_from_today(-2), "já passou"),
    ] {
        not_now(desk.follow_up(&ana, &request, text, on), words);
    }
    desk.follow_up(&ana, &request, "Ligou.", "").unwrap();
    desk.follow_up(&ana, &request, "Perguntar à entidade.", &day_from_today(9))
        .unwrap();
    assert!(waits(&desk, &ana).is_empty(), "its day has not come");
    let today = day_from_today(0);
    desk.follow_up(&ana, &request, "Ver se a carta chegou.", &today)
        .unwrap();
    assert_eq!(waits(&desk, &ana), [request.as_str()]);
    rederived(&spot);
    assert_eq!(waits(&desk, &ana), [request.as_str()]);
    desk.look_after(&ana, &request).unwrap();
    desk.look_after(&ana, &request).unwrap();
    assert!(waits(&desk, &ana).is_empty());
    let view = desk.request(&ana, &request).unwrap();
    let open: Vec<_> = view
        .case
        .to_look_at
        .iter()
        .map(|f| f.text.as_str())
        .collect();
    assert_eq!(
        open,
        ["Perguntar à entidade."],
        "the other day is still to come"
    );
    assert_eq!(view.notes.len(), 3);
    let seen = history(&desk, &ana, &request);
    assert_eq!(seen.iter().filter(|t| *t == "Seguimento visto.").count(), 1);
}

#[test]
fn a_case_goes_to_one_mediator_who_takes_it_over() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    let request = recorded(&desk, &ana, "Maria Rosa", "123456789");
    let known = desk.addressees(&ana, &request).unwrap();
    let people: Vec<_> = known.people.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(
        (people, known.spots.len()),
        (vec!["rui.p"], 0),
        "nobody oneself, no operator"
    );
    for (to, note, words) in [
        ("pessoa:rui.p", " ", "saber"),
        ("pessoa:ana.m", "leva", "Escolha"),
        ("posto:nenhum", "leva", "Escolha"),
        ("", "leva", "Escolha"),
    ] {
        not_now(desk.hand_over(&ana, &request, to, note), words);
    }
    desk.hand_over(&ana, &request, "pessoa:rui.p", "Fala inglês com ela.")
        .unwrap();
    assert!(waits(&desk, &ana).is_empty());
    assert_eq!(waits(&desk, &rui), [request.as_str()]);
    desk.take_over(&rui, &request).unwrap();
    desk.take_over(&rui, &request).unwrap();
    assert!(waits(&desk, &rui).is_empty());
    let seen = history(&desk, &ana, &request);
    assert!(
        seen.iter()
            .any(|t| t.contains("Rui Pires, Espaço movel-07")),
        "{seen:?}"
    );
    assert_eq!(seen.iter().filter(|t| t.starts_with("Assumido")).count(), 1);
}

#[test]
fn a_draft_that_waits_says_why_and_goes_on() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let desk = desk(&spot);
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    let attendance = identified(&desk, &ana, "Maria Rosa", "123456789");
    let draft = desk.begin_request(&ana, &attendance, "cesd").unwrap();
    not_now(desk.park(&ana, &draft, " "), "falta");
    desk.park(&ana, &draft, "Falta a caderneta.").unwrap();
    desk.close_attendance(&ana, &attendance).unwrap();
    // Whoever is at this spot sees it, also after the attendance was closed.
    for who in [&ana, &rui] {
        assert_eq!(waits(&desk, who), [draft.as_str()]);
    }
    let parked = desk
        .today(&rui)
        .unwrap()
        .cases
        .remove(0)
        .case
        .parked
        .unwrap();
    assert_eq!(parked.reason, "Falta a caderneta.");
    assert_eq!(parked.by.who, "Ana Martins, Espaço movel-07");
    desk.resume(&rui, &draft).unwrap();
    assert!(waits(&desk, &rui).is_empty());
    assert!(desk.form(&rui, &draft, None).is_ok());
    let request = recorded(&desk, &ana, "Zé", "299999998");
    not_now(desk.park(&ana, &request, "espera"), "registado");
}

#[test]
fn a_store_from_before_lists_nothing_and_goes_on() {
    let folder = Folder::new();
    let spot = node(&folder, "movel-07", "vehicle");
    let request = {
        let desk = desk(&spot);
        let ana = sign_in(&desk, "ana.m");
        recorded(&desk, &ana, "Maria Rosa", "123456789")
    };
    let before = "DROP TABLE ticket_term; DROP TABLE ticket_hand; DROP TABLE canned; DROP TABLE outbox_due; DROP TABLE outbox;
         DROP TABLE condition; DROP TABLE condition_past; DROP TABLE claimed; DROP TABLE heard_at; DROP TABLE carried_by; DROP TABLE offered; DROP TABLE alarm_in_hand; DROP TABLE lost_node;
         DROP TABLE enrolment_code; DROP TABLE renewal_asked; DROP TABLE node_order; DROP TABLE order_taken; DROP TABLE errand;
         DROP TABLE staff; DROP TABLE staff_proposal; DROP TABLE used_pin; DROP TABLE signed_in; DROP TABLE own_pin;
         DROP TABLE beyond; DROP TABLE roster; DROP TABLE audit; DROP TABLE audit_about; DROP TABLE audit_log; DROP TABLE audit_checkpoint;
         DROP TABLE audit_block; DROP TABLE audit_witness; DROP TABLE audit_seen; DROP TABLE audit_spot; DROP TABLE audit_spot_line; DROP TABLE audit_spot_about; DROP TABLE hold; DROP TABLE erased_by_rule; DROP TABLE counted_past;
         DROP TABLE edition_published; DROP TABLE edition_uptake; DROP TABLE edition_proposal;
         DROP VIEW record_by_id; DROP INDEX record_fresh; DROP INDEX record_settled; ALTER TABLE record DROP COLUMN fresh;
         DROP TABLE task; DROP TABLE neighbour; DROP TABLE lent; DROP TABLE opinion; DROP TABLE undo; DROP TABLE complaint; DROP TABLE notice;
         DROP INDEX request_recorded; DROP TABLE lookup; DROP TABLE borrowed; DROP TABLE asker; DROP TABLE given; DROP TABLE leased; DROP TABLE spent; DROP TABLE assessment; DROP TABLE remedy; DROP TABLE tour; DROP TABLE visit; DROP TABLE booking; DROP TABLE facility; DROP TABLE resident_list; DROP TABLE resident; DROP TABLE bedside; DROP TABLE pack; DROP TABLE blank; DROP TABLE late; DROP TABLE agency_due; DROP TABLE agency_event; DROP TABLE agency_disclosed; DROP TABLE agency_key; DROP TABLE agency_webhook; DROP TABLE household; DROP TABLE twice; DROP TABLE left_both; DROP TABLE counted; DROP TABLE figure; DROP TABLE who; DROP TABLE by_rule; DROP TABLE assigned; DROP TABLE proposal; ALTER TABLE decision DROP COLUMN waited; ALTER TABLE attachment DROP COLUMN seen; ALTER TABLE attachment DROP COLUMN spoken; DROP TABLE occurrence; DROP TABLE revoked; DROP TABLE under_occurrence; DROP TABLE joined; DROP TABLE holder; DROP TABLE recovered; ALTER TABLE session DROP COLUMN desk; ALTER TABLE request DROP COLUMN owes;
         PRAGMA user_version = 5";
    spot.store.write().execute_batch(before).unwrap();
    drop(spot);
    let spot = opened(&folder, "movel-07", "vehicle", &demo("catalogue"), "").unwrap();
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    assert!(waits(&desk, &ana).is_empty());
    desk.follow_up(&ana, &request, "ver", &day_from_today(0))
        .unwrap();
    assert_eq!(waits(&desk, &ana), [request]);
}
