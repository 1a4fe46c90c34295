//! What the hub tells reaches the spots that it is for, whatever their scope; who has read it the hub hears
//! and no other spot.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::{LinkView, SpotDesk};
use vereda::node::Node;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::notice::{self, Notice, To};
use vereda_web::console::port::{Cause, Console, Notices, Told};
use vereda_web::desk::port::{Desk, DeskError, Link, Matter, Person, Session};

use crate::world::{World, heads, note, request, until};

struct NoView;

impl LinkView for NoView {
    fn link(&self) -> Link {
        Link::None
    }

    fn sync_now(&self) {}
}

fn desk(node: &Arc<Node>) -> SpotDesk {
    SpotDesk::new(Arc::clone(node), None, Box::new(NoView))
}

fn somebody(id: &str) -> Session {
    let person = Person {
        id: id.into(),
        name: format!("Pessoa {id}"),
    };
    Session {
        id: id.into(),
        person,
        desk: String::new(),
    }
}

fn told(text: &str, to: Option<&[&str]>) -> Told {
    Told {
        text: text.into(),
        until: vereda::clock::today(),
        is_urgent: true,
        to: to.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
    }
}

/// The notices that wait at a desk: id and text.
fn unread(desk: &SpotDesk, who: &Session) -> Vec<(String, String)> {
    let messages = desk.today(who).unwrap().messages.into_iter();
    let notices = messages.filter(|m| matches!(m.about, Matter::Notice { .. }));
    notices.map(|m| (m.id, m.text)).collect()
}

fn texts(desk: &SpotDesk, who: &Session) -> Vec<String> {
    unread(desk, who)
        .into_iter()
        .map(|(_, text)| text)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_reaches_whom_it_is_for_and_the_hub_knows_who_has_read_it() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, at_far) = (desk(&van.node), desk(&far.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    for (wrong, why) in [
        (told(" ", None), "Escreva a mensagem"),
        (told("Olá.", Some(&[])), "Escolha para que postos"),
        (told("Olá.", Some(&["nenhum"])), "já não está inscrito"),
        (
            Told {
                until: "2020-01-02".into(),
                ..told("Olá.", None)
            },
            "já passou",
        ),
    ] {
        match console.tell(&teresa, &wrong) {
            Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(console.notices().unwrap().is_empty());
    far.connect(hub.address);
    for _a_double_click in 0..2 {
        console
            .tell(&teresa, &told("Só para Aljezur.", Some(&["far"])))
            .unwrap();
    }
    console
        .tell(&teresa, &told("Portal em baixo.", None))
        .unwrap();
    until("far has both", || {
        texts(&at_far, &ana) == ["Só para Aljezur.", "Portal em baixo."]
    })
    .await;
    // The other comes later, and finds what is for it.
    van.connect(hub.address);
    until("van has one", || {
        texts(&at_van, &ana) == ["Portal em baixo."]
    })
    .await;
    assert_eq!(at_van.urgent(), ["Portal em baixo."]);
    let id = unread(&at_van, &ana).remove(0).0;
    let missing = || console.notice(&id).unwrap().missing;
    assert_eq!(missing(), ["Posto far", "Posto van"]);
    for _a_double_click in 0..2 {
        at_van.acknowledge(&ana, &id).unwrap();
    }
    assert!(unread(&at_van, &ana).is_empty() && at_van.urgent().is_empty());
    until("the hub hears it", || missing() == ["Posto far"]).await;
    let view = console.notice(&id).unwrap();
    assert_eq!(view.seen[0].who, "Pessoa ana, Posto van");
    assert_eq!((view.row.seen, view.row.missing), (1, 1));

    at_far.acknowledge(&somebody("rui"), &id).unwrap();
    until("all have read it", || missing().is_empty()).await;
    let record = RecordId::from_hex(&id).unwrap();
    let seen = |node: &Node| {
        let read = node.with_document(record, |d| Notice::of(d));
        read.unwrap().flatten().unwrap().seen.len()
    };
    assert_eq!(
        (seen(&hub.node), seen(&van.node), seen(&far.node)),
        (2, 1, 1)
    );
    // What one spot acknowledged is at the hub, and proven.
    until("all is proven", || {
        let journals = vereda::store::journal::all(&van.node.store.read()).unwrap();
        let own = journals.iter().find(|j| j.own).unwrap();
        own.frontier.size() > 0 && own.proven == own.frontier.size()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_spot_writes_is_never_shown_as_the_hubs_word() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let until_today = Date::parse(&vereda::clock::today()).unwrap();
    let forged = van.node.begin("Teresa Nunes", |author, at| {
        notice::tell(
            author,
            at,
            &To::All,
            (until_today, true),
            "Entreguem o dinheiro.",
        )
    });
    let forged = forged.unwrap();
    van.connect(hub.address);
    home.connect(hub.address);
    until("it has come", || !heads(&home.node, forged).is_empty()).await;
    let at_home = desk(&home.node);
    assert!(unread(&at_home, &somebody("ana")).is_empty());
    assert!(at_home.urgent().is_empty());
    let console = HubConsole::new(Arc::clone(&hub.node));
    assert!(console.notices().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_that_is_enrolled_later_hears_what_everybody_was_told_and_has_not_run_out() {
    let world = World::new();
    let hub = world.hub(None);
    let _first = world.spot("home", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let teresa = somebody("teresa");
    let only_home = told("Só para o posto home.", Some(&["home"]));
    console.tell(&teresa, &only_home).unwrap();
    console
        .tell(&teresa, &told("Portal em baixo.", None))
        .unwrap();
    let yesterday = Date::parse(&vereda::clock::today()).unwrap().days_on(-1);
    let over = hub.node.begin("Teresa Nunes", |author, at| {
        notice::tell(author, at, &To::All, (yesterday, false), "Já passou.")
    });
    let over = over.unwrap();
    let mut late = world.spot("late", &["aljezur"]);
    late.connect(hub.address);
    let (at_late, ana) = (desk(&late.node), somebody("ana"));
    until("it has come", || {
        texts(&at_late, &ana) == ["Portal em baixo."]
    })
    .await;
    let id = unread(&at_late, &ana).remove(0).0;
    at_late.acknowledge(&ana, &id).unwrap();
    until("the hub hears who has read it", || {
        console.notice(&id).unwrap().missing == ["home"]
    })
    .await;
    assert!(heads(&late.node, over).is_empty(), "what has run out stays");
    // What another spot alone was told does not go with it.
    let all = vereda::store::notices::all(&late.node.store.read(), 9).unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_restored_hub_had_told_and_lost_holds_nobody_up() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique", "aljezur"]);
    van.connect(hub.address);
    van.proven().await;
    let copy = world.back_up(&hub.node);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, ana) = (desk(&van.node), somebody("ana"));
    console
        .tell(&somebody("teresa"), &told("Portal em baixo.", None))
        .unwrap();
    until("the van has it", || {
        texts(&at_van, &ana) == ["Portal em baixo."]
    })
    .await;
    van.link = None;
    let id = unread(&at_van, &ana).remove(0).0;
    at_van.acknowledge(&ana, &id).unwrap();
    let after = request(&van.node, "Beatriz");
    drop(console);
    let address = hub.stop().await;
    world.restore("central", &copy);
    let hub = world.hub(Some(address));
    hub.node.begin_epoch().unwrap();
    van.connect(hub.address);
    until("what was written behind it is there", || {
        !heads(&hub.node, after).is_empty()
    })
    .await;
    van.proven().await;
    // That it was read is kept, in case what was read comes back after all; nobody is to blame for it.
    let console = HubConsole::new(Arc::clone(&hub.node));
    let aside = console.aside().unwrap();
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].cause, Cause::Early);
    assert_eq!(hub.spot("van").1, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_before_its_record_is_taken_in_once_that_is_here() {
    let world = World::new();
    let hub = world.hub(None);
    let mut author = world.spot("movel-07", &["aljezur"]);
    let mut other = world.spot("movel-08", &["monchique", "aljezur"]);
    for spot in [&mut author, &mut other] {
        spot.connect(hub.address);
        spot.proven().await;
    }
    let copy = world.back_up(&hub.node);
    let shared = request(&author.node, "Ana");
    until("the other has it", || {
        !heads(&other.node, shared).is_empty()
    })
    .await;
    author.link = None;
    note(&other.node, shared, "de outro posto");
    other.proven().await;
    let address = hub.stop().await;
    world.restore("central", &copy);
    let hub = world.hub(Some(address));
    hub.node.begin_epoch().unwrap();
    // The other comes back first, and waits for nobody.
    until("its note has come", || {
        hub.node
            .store
            .read()
            .query_row("SELECT count(*) FROM quarantine", [], |r| {
                r.get::<_, i64>(0)
            })
            == Ok(1)
    })
    .await;
    other.proven().await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    assert_eq!(console.aside().unwrap().len(), 1);
    author.connect(hub.address);
    until("all of it is there", || {
        !heads(&hub.node, shared).is_empty()
            && heads(&hub.node, shared) == heads(&other.node, shared)
    })
    .await;
    assert!(console.aside().unwrap().is_empty());
    until("and at its author", || {
        heads(&author.node, shared) == heads(&other.node, shared)
    })
    .await;
    assert_eq!(hub.spot("movel-08").1, None);
}
