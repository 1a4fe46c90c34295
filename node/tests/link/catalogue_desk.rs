//! The catalogue desk: one proposes, another one agrees, and spots take what is for them.

use std::time::Duration;

use vereda::catalogue::{publishing, signed, sources};
use vereda::console::HubConsole;
use vereda::store::published;
use vereda_web::console::port::{AlarmKind, CatalogueDesk, Files, Fleet, Wanting};
use vereda_web::desk::port::DeskError;

use crate::catalogue::demo;
use crate::world::{TestHub, TestSpot, World, somebody, until};

/// The demonstration's folder, with texts replaced, as a browser sends it.
fn folder(edits: &[(&str, &str, &str)]) -> Vec<(String, Vec<u8>)> {
    let files = sources(&demo()).unwrap().into_iter().map(|source| {
        let mut text = source.text;
        for (_, from, to) in edits.iter().filter(|(file, ..)| *file == source.name) {
            assert!(text.contains(from), "{} has no {from}", source.name);
            text = text.replacen(from, to, 1);
        }
        (format!("catalogo/{}", source.name), text.into_bytes())
    });
    files.collect()
}

fn minutes(n: u32) -> Vec<(String, Vec<u8>)> {
    let to = format!("minutes = {n}");
    folder(&[("services/cesd.toml", "minutes = 5", &to)])
}

fn console(hub: &TestHub) -> HubConsole {
    HubConsole::new(hub.node.clone())
}

/// Proposes it and agrees; gives the edition.
fn publish(console: &HubConsole, sent: Vec<(String, Vec<u8>)>, scopes: &[&str]) -> u32 {
    let (one, two) = (somebody("iris.v"), somebody("ivo.r"));
    let id = console.send_edition(&one, sent).unwrap();
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    console
        .propose_edition(&one, id, &scopes, "mais tempo")
        .unwrap();
    agree(console, id, &two)
}

fn agree(console: &HubConsole, id: i64, who: &vereda_web::desk::port::Session) -> u32 {
    let seen = console.edition_proposal(who, id).unwrap();
    let shown = seen.row.wanted.unwrap().shown;
    console.agree_edition(who, id, &shown).unwrap()
}

fn refused<T: std::fmt::Debug>(done: Result<T, DeskError>) -> String {
    match done.unwrap_err() {
        DeskError::NotNow(why) => why,
        other => panic!("{other:?}"),
    }
}

fn minutes_at(spot: &TestSpot) -> (u32, u16) {
    let catalogue = spot.node.catalogue();
    (
        catalogue.edition,
        catalogue.service("cesd").unwrap().minutes,
    )
}

async fn again(spot: &mut TestSpot, hub: &TestHub) {
    spot.link = None;
    spot.connect(hub.address);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_persons_agreed_to_reaches_the_spots_under_the_next_number() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let console = console(&hub);
    let (one, two) = (somebody("iris.v"), somebody("ivo.r"));
    // A wrong one is kept with its faults, and cannot go on.
    let broken = folder(&[("services/cesd.toml", "minutes = 5", "minutes = 'x'")]);
    let id = console.send_edition(&one, broken).unwrap();
    let view = console.edition_proposal(&one, id).unwrap();
    assert!(view.row.faults > 0 && view.changes.is_empty());
    assert_eq!(
        (view.faults[0].file.as_str(), view.faults[0].line),
        ("services/cesd.toml", 7)
    );
    let said = refused(console.propose_edition(&one, id, &[], "porque sim"));
    assert!(said.contains("ainda tem erros"), "{said}");
    // Mended in the editor.
    let text = console.edition_text(id, "services/cesd.toml").unwrap();
    let mended = text.replace("minutes = 'x'", "minutes = 6\r\n");
    let named = ("services/cesd.toml", mended.as_str());
    console
        .keep_edition_text(&one, id, named, &view.files_shown)
        .unwrap();
    let said = refused(console.keep_edition_text(&two, id, named, &view.files_shown));
    assert!(said.contains("Outra pessoa mudou"), "{said}");
    let view = console.edition_proposal(&one, id).unwrap();
    assert_eq!((view.row.faults, view.edition, view.base), (0, 4, 3));
    let lines: Vec<_> = view.changes.iter().flat_map(|c| &c.lines).collect();
    assert_eq!(lines, ["edição 3 → 4", "mudam textos, ou a sua ordem"]);
    // Without a reason, by the same person, of what was not seen: not published.
    assert!(refused(console.propose_edition(&one, id, &[], " ")).contains("porque se publica"));
    let nowhere = ["nowhere".to_owned()];
    assert!(refused(console.propose_edition(&one, id, &nowhere, "x")).contains("nowhere"));
    console
        .propose_edition(&one, id, &[], "mais tempo")
        .unwrap();
    let view = console.edition_proposal(&two, id).unwrap();
    let shown = view.row.wanted.unwrap().shown;
    assert!(refused(console.agree_edition(&one, id, &shown)).contains("outra pessoa"));
    assert!(refused(console.agree_edition(&two, id, "")).contains("Já não é o que viu"));
    assert!(published::all(&hub.node.store.read()).unwrap().is_empty());
    assert_eq!(console.agree_edition(&two, id, &shown).unwrap(), 4);
    assert!(console.agree_edition(&two, id, &shown).is_err());
    spot.connect(hub.address);
    until("the edition is here", || minutes_at(&spot) == (4, 6)).await;
    assert_eq!(hub.node.catalogue().edition, 4);
    // Both names stand in what is sealed.
    let view = console.editions(&one).unwrap();
    let names: Vec<&str> = view.published[0]
        .by
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["Pessoa iris.v", "Pessoa ivo.r"]);
    assert!(view.proposals.is_empty());
    until("the hub sees who has it", || {
        let rows = console.editions(&one).unwrap().uptake;
        rows.iter()
            .any(|row| row.id == "movel-07" && row.is_there() && row.has.unwrap().1.is_some())
    })
    .await;
    // The files come back as they were sent, with their number; from them the next one begins.
    let next = console.begin_edition(&two).unwrap();
    let head = console.edition_text(next, "catalogue.toml").unwrap();
    assert!(head.starts_with("# The catalogue of the demonstration"));
    assert!(head.contains("edition = 5\n"));
    let said = refused(console.propose_edition(&two, next, &[], "nada"));
    assert!(said.contains("diz o mesmo"), "{said}");
    assert!(console.edition_zip(Files::Edition(4)).unwrap().len() > 1_000);
    assert!(console.edition_zip(Files::Edition(9)).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_meanwhile_is_agreed_to_by_nobody() {
    let world = World::new();
    let hub = world.hub(None);
    let console = console(&hub);
    let (one, two) = (somebody("iris.v"), somebody("ivo.r"));
    let shown = |id| {
        let view = console.edition_proposal(&two, id).unwrap();
        view.row.wanted.unwrap().shown
    };
    let id = console.send_edition(&one, minutes(6)).unwrap();
    console.propose_edition(&one, id, &[], "a").unwrap();
    let seen = shown(id);
    // Proposed again, for others.
    console
        .propose_edition(&one, id, &["monchique".to_owned()], "a")
        .ok();
    // Something else is published meanwhile.
    publish(&console, minutes(7), &[]);
    let said = refused(console.agree_edition(&two, id, &seen));
    assert!(said.contains("Já não é o que viu"), "{said}");
    assert!(
        console
            .edition_proposal(&two, id)
            .unwrap()
            .row
            .wanted
            .unwrap()
            .is_stale
    );
    console.propose_edition(&one, id, &[], "a").unwrap();
    let seen = shown(id);
    // Written in meanwhile: nobody proposes it as it is now.
    let view = console.edition_proposal(&one, id).unwrap();
    let text = console.edition_text(id, "services/cesd.toml").unwrap();
    let text = text.replace("minutes = 6", "minutes = 9");
    console
        .keep_edition_text(&one, id, ("services/cesd.toml", &text), &view.files_shown)
        .unwrap();
    let said = refused(console.agree_edition(&two, id, &seen));
    assert!(said.contains("Ninguém propõe"), "{said}");
    console.propose_edition(&one, id, &[], "a").unwrap();
    assert_eq!(agree(&console, id, &two), 5);
    // At most twenty wait.
    for _ in 0..20 {
        console.begin_edition(&one).unwrap();
    }
    assert!(refused(console.begin_edition(&one)).contains("20 propostas"));
    // What is no catalogue is none.
    let none = vec![("notes.txt".to_owned(), b"x".to_vec())];
    assert!(refused(console.send_edition(&one, none)).contains("catalogue.toml"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_gets_it_first_and_a_withdrawal_is_a_new_number() {
    let world = World::new();
    let hub = world.hub(None);
    let mut near = world.spot("movel-07", &["monchique"]);
    let mut far = world.spot("movel-08", &["aljezur"]);
    near.connect(hub.address);
    far.connect(hub.address);
    let console = console(&hub);
    assert_eq!(publish(&console, minutes(6), &[]), 4);
    again(&mut near, &hub).await;
    again(&mut far, &hub).await;
    until("both have it", || {
        minutes_at(&near) == (4, 6) && minutes_at(&far) == (4, 6)
    })
    .await;
    assert_eq!(publish(&console, minutes(7), &["aljezur"]), 5);
    again(&mut near, &hub).await;
    again(&mut far, &hub).await;
    until("the region has it", || minutes_at(&far) == (5, 7)).await;
    near.proven().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(minutes_at(&near), (4, 6));
    // Who is not in the region is not behind.
    until("the hub sees who has what", || {
        let rows = console.editions(&somebody("x")).unwrap().uptake;
        rows.len() == 2 && rows.iter().all(|row| row.is_there())
    })
    .await;
    let seen = console.fleet(&Wanting::default()).unwrap();
    let is_old = |kind: &AlarmKind| matches!(kind, AlarmKind::Catalogue(..));
    assert!(!seen.alarms.iter().any(|row| is_old(&row.alarm.kind)));
    assert!(
        seen.rows
            .iter()
            .all(|row| !row.how.as_ref().unwrap().is_behind)
    );
    // Withdrawn, with a reason and two persons: what was before comes under a new number, where the other one went.
    let (one, two) = (somebody("iris.v"), somebody("ivo.r"));
    assert!(refused(console.withdraw_edition(&one, 5, "")).contains("porque se retira"));
    assert!(refused(console.withdraw_edition(&one, 4, "x")).contains("não há outra"));
    let id = console.withdraw_edition(&one, 5, "tempo errado").unwrap();
    let view = console.edition_proposal(&two, id).unwrap();
    assert_eq!(view.row.withdraws, Some(5));
    assert_eq!(view.row.wanted.unwrap().scopes, ["aljezur"]);
    assert_eq!(agree(&console, id, &two), 6);
    again(&mut far, &hub).await;
    until("what was before is back", || minutes_at(&far) == (6, 6)).await;
    let rows = console.editions(&one).unwrap().published;
    assert_eq!((rows[0].edition, rows[0].withdraws), (6, Some(5)));
    // The next one for all follows everywhere; and a hub that starts again hands out the same.
    assert_eq!(publish(&console, minutes(8), &[]), 7);
    again(&mut near, &hub).await;
    again(&mut far, &hub).await;
    until("all have it", || {
        minutes_at(&near) == (7, 8) && minutes_at(&far) == (7, 8)
    })
    .await;
    let older = publishing::newest_for(&hub.node, &["monchique".to_owned()], 1).unwrap();
    assert!(older.is_none(), "a spot that can read no names gets none");
    let (edition, packed) = publishing::newest_for(&hub.node, &["x".to_owned()], 2)
        .unwrap()
        .unwrap();
    let file = zstd::bulk::decompress(&packed, signed::MAX_FILE_BYTES).unwrap();
    let authority = hub.config.authority.clone();
    let read = signed::read(&file, &authority).unwrap();
    assert_eq!((edition, read.catalogue.edition), (7, 7));
    assert_eq!(read.by_two().unwrap().reason, "mais tempo");
}
