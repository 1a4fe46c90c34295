//! Money and identity: one person proposes, another agrees; what was decided is taken back while nothing was built on it.

use std::sync::Arc;

use vereda::config::Config;
use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::Settlement;
use vereda_sync::record::tour::Position;
use vereda_web::console::port::{
    Agreeing, Batch, ConflictKind, ConflictRow, Console, Decision, Keep, QueueFilter, Reconciling,
    Together, Whose,
};
use vereda_web::desk::port::{Desk, DeskError, Outcomes};

use crate::cases::same;
use crate::world::{
    TestHub, World, desk, request, request_known_by, request_of, somebody, until, waiting,
};

fn decision(console: &HubConsole, id: &str, keep: Keep, reason: &str) -> Decision {
    let page = console.conflict(&somebody("carla"), id).unwrap();
    Decision {
        keep,
        reason: reason.into(),
        shown: page.shown,
    }
}

fn row(console: &HubConsole) -> ConflictRow {
    waiting(console).remove(0)
}

fn name(desk: &SpotDesk, id: &str) -> String {
    let view = desk.request(&somebody("ana"), id).unwrap();
    let found = view.answers.iter().find(|(f, _)| f.id == "full-name");
    let (_, said) = found.unwrap();
    let said: Vec<&str> = said.iter().map(|s| s.value.as_str()).collect();
    said.join(" / ")
}

fn messages(desk: &SpotDesk) -> Vec<String> {
    let today = desk.today(&somebody("ana")).unwrap();
    today.messages.into_iter().map(|m| m.text).collect()
}

fn refused<T: std::fmt::Debug>(said: Result<T, DeskError>) {
    assert!(matches!(said, Err(DeskError::NotNow(_))), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_decided_by_two_and_taken_back_by_one() {
    let world = World::new();
    let hub: TestHub = world.hub(None);
    let stands = |place: &'static str, at: &'static str| {
        move |config: &mut Config| {
            config.node.stop = Some(place.into());
            config.node.position = Position::parse(at);
        }
    };
    let scopes = ["monchique"];
    let mut van = world.spot_as("van", &scopes, stands("Alferce", "37,3360; -8,5030"));
    let mut home = world.spot_as("home", &scopes, stands("Monchique", "37,3184; -8,5561"));
    let asked = request(&van.node, "Maria");
    let id = asked.to_string();
    van.connect(hub.address);
    home.connect(hub.address);
    same(&van.node, &home.node, asked).await;
    (van.link, home.link) = (None, None);
    let (at_van, at_home, ana) = (desk(&van.node), desk(&home.node), somebody("ana"));
    let (carla, dora) = (somebody("carla"), somebody("dora"));
    at_van
        .correct(&ana, &id, "full-name", "Maria Rosa", "disse a filha")
        .unwrap();
    at_home
        .correct(&ana, &id, "full-name", "Maria Rosália", "disse a vizinha")
        .unwrap();
    van.connect(hub.address);
    home.connect(hub.address);
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("the hub sees both", || waiting(&console).len() == 1).await;
    let found = row(&console);
    assert_eq!(found.settlement, Settlement::Two);
    assert_eq!(found.region, "monchique");
    until("where each side was written is known", || {
        let page = console.conflict(&somebody("dora"), &found.id).unwrap();
        page.sides.iter().all(|side| side.position.is_some())
    })
    .await;

    // One alone decides nothing, however often.
    for _ in 0..2 {
        let said = decision(&console, &found.id, Keep::Side(0), "é o do cartão");
        let ruled = console.decide(&carla, &found.id, said).unwrap();
        assert!(ruled.waits_for_second && ruled.next.is_none(), "{ruled:?}");
    }
    let shown = console.conflict(&dora, &found.id).unwrap();
    assert_eq!(shown.open_at, ["Pessoa carla"]);
    let agrees = || Agreeing::Agrees(shown.shown.clone());
    refused(console.second(&carla, &found.id, agrees()));
    let proposed = row(&console).proposed.unwrap();
    assert!(proposed.own && proposed.objection.is_none());
    let for_second = QueueFilter {
        whose: Whose::ForSecond,
        ..QueueFilter::default()
    };
    let of = |who| console.queue(who, &for_second).unwrap().rows.len();
    assert_eq!((of(&carla), of(&dora)), (0, 1));
    assert!(console.decided().unwrap().is_empty());

    // The second one says no, and why: what was proposed cannot be agreed to any longer.
    let empty = console.second(&dora, &found.id, Agreeing::Objects("  ".into()));
    assert!(matches!(empty, Err(DeskError::Refused(_))), "{empty:?}");
    let objects = Agreeing::Objects("a filha enganou-se".into());
    console.second(&dora, &found.id, objects).unwrap();
    let proposed = row(&console).proposed.unwrap();
    assert_eq!(
        proposed.objection,
        Some(("Pessoa dora".to_owned(), "a filha enganou-se".to_owned()))
    );
    refused(console.second(&somebody("eva"), &found.id, agrees()));
    refused(console.second(&dora, &found.id, Agreeing::Withdraws));
    console
        .second(&carla, &found.id, Agreeing::Withdraws)
        .unwrap();
    assert!(row(&console).proposed.is_none());

    // What is typed is checked before anybody is asked to agree with it.
    let long = Keep::Other("x".repeat(2_000));
    let wrong = console.decide(&carla, &found.id, decision(&console, &found.id, long, "y"));
    assert!(matches!(wrong, Err(DeskError::Refused(_))), "{wrong:?}");

    // In hand: others see it, and the next one that the console offers them is another.
    console.take(&carla, &found.id, true).unwrap();
    assert_eq!(row(&console).assigned.unwrap().id, "carla");
    let said = decision(&console, &found.id, Keep::Side(1), "li o cartão");
    console.decide(&carla, &found.id, said).unwrap();
    let shown = console.conflict(&dora, &found.id).unwrap();
    let agrees = Agreeing::Agrees(shown.shown.clone());
    let ruled = console.second(&dora, &found.id, agrees).unwrap();
    assert!(!ruled.waits_for_second && waiting(&console).is_empty());
    for desk in [&at_van, &at_home] {
        until("the desk hears of both", || {
            let said = messages(desk);
            said.iter()
                .any(|m| m.contains("Propôs Pessoa carla, concordou Pessoa dora"))
        })
        .await;
        assert_eq!(name(desk, &id), "Maria Rosália");
    }
    let figures = console
        .queue(&dora, &QueueFilter::default())
        .unwrap()
        .backlog;
    assert_eq!((figures.waiting, figures.decided), (0, 1));
    assert!(figures.median_s.is_some());

    // Taken back, with a reason: it waits as it did, and the desks hear of that too.
    let decided = console.decided().unwrap().remove(0);
    assert!(decided.undoable);
    let empty = console.take_back(&dora, &found.id, " ");
    assert!(matches!(empty, Err(DeskError::Refused(_))), "{empty:?}");
    console
        .take_back(&dora, &found.id, "era o outro cartão")
        .unwrap();
    let again = row(&console);
    assert_eq!(
        (again.id.as_str(), again.proposed),
        (found.id.as_str(), None)
    );
    let page = console.conflict(&carla, &found.id).unwrap();
    let values: Vec<_> = page.compared[0].values.iter().flatten().collect();
    assert_eq!(values.len(), 2);
    assert!(console.decided().unwrap().is_empty());
    refused(console.take_back(&dora, &found.id, "outra vez"));
    for desk in [&at_van, &at_home] {
        until("the desk shows that they disagree again", || {
            desk.request(&ana, &id).unwrap().row.in_conflict
                && messages(desk).iter().any(|m| m.contains("foi desfeita"))
        })
        .await;
    }
    assert!(
        page.timeline
            .iter()
            .any(|line| line.text.contains("foi desfeita"))
    );
    assert!(
        name(&at_van, &id).contains(" / "),
        "both sides stand at the desk: {}",
        name(&at_van, &id)
    );
    // And is decided once more; what a desk then corrects stands on it, and it stays.
    let said = || decision(&console, &found.id, Keep::Side(0), "afinal é esta");
    console.decide(&carla, &found.id, said()).unwrap();
    console.decide(&dora, &found.id, said()).unwrap();
    until("it is Maria Rosa", || name(&at_van, &id) == "Maria Rosa").await;
    at_van
        .correct(&ana, &id, "full-name", "Maria Rosa Sá", "falta o apelido")
        .unwrap();
    until("the hub has it", || {
        console.decided().unwrap().iter().all(|d| !d.undoable)
    })
    .await;
    refused(console.take_back(&dora, &found.id, "tarde demais"));
    assert_eq!(console.summary().conflicts, 0);
}

const NIF: &str = "299999998";

/// What waits as a card says otherwise: those of one name have one number here, so they wait as duplicates too.
fn cards(console: &HubConsole) -> Vec<ConflictRow> {
    let of_cards = QueueFilter {
        kind: Some(ConflictKind::Identity),
        ..QueueFilter::default()
    };
    let queue = console.queue(&somebody("carla"), &of_cards);
    queue.unwrap().rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_says_otherwise_is_shown_beside_what_was_typed() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let mut home = world.spot("home", &["monchique"]);
    let typed = [("nif", NIF), ("birth-date", "1950-03-02")];
    let wrong = request_of(&van.node, ("residence", "João Baptista"), &typed);
    // Spelt as people spell, and the same person: nothing is said of it.
    let spelt = [("nif", NIF), ("birth-date", "1957-10-07")];
    request_of(&van.node, ("allowance", "Maria Rosario Encarnacao"), &spelt);
    let card = "Maria do Rosário Encarnação";
    let known = [("nif", NIF), ("birth-date", "1957-10-07")];
    request_known_by(&home.node, ("renewal", card), &known, Provenance::Chip);
    request_known_by(&home.node, ("permit", card), &known, Provenance::Chip);
    van.connect(hub.address);
    home.connect(hub.address);
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("the hub holds them against each other", || {
        cards(&console).len() == 1
    })
    .await;
    let found = cards(&console).remove(0);
    assert_eq!(
        (found.kind, found.settlement),
        (ConflictKind::Identity, Settlement::Two)
    );
    let (carla, dora) = (somebody("carla"), somebody("dora"));
    let page = console.conflict(&carla, &found.id).unwrap();
    assert_eq!(page.likeness.len(), 3, "{:?}", page.likeness);
    assert_eq!(page.sides.len(), 2);
    let refused = decision(&console, &found.id, Keep::Side(0), "y");
    let refused = console.decide(&carla, &found.id, refused);
    assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    for who in [&carla, &dora] {
        let said = decision(&console, &found.id, Keep::Side(1), "vi o cartão");
        console.decide(who, &found.id, said).unwrap();
    }
    assert!(cards(&console).is_empty());
    let at_van = desk(&van.node);
    until("the desk has what the card says, and hears of it", || {
        name(&at_van, &wrong.to_string()) == card
            && messages(&at_van)
                .iter()
                .any(|m| m.contains("o que diz o cartão"))
    })
    .await;
    let decided = console.decided().unwrap();
    assert!(decided.len() == 1 && !decided[0].undoable, "{decided:?}");

    // Whose name is another since she married: both are true, and nobody asks again, whatever else comes.
    let married = request_of(&van.node, ("permit-2", "Ana Falcão"), &known);
    until("it waits", || cards(&console).len() == 1).await;
    let found = cards(&console).remove(0);
    for who in [&carla, &dora] {
        let said = decision(&console, &found.id, Keep::Both, "casou");
        console.decide(who, &found.id, said).unwrap();
    }
    request_known_by(&home.node, ("permit-3", card), &known, Provenance::Chip);
    until("the desk hears of it", || {
        messages(&at_van)
            .iter()
            .any(|m| m.contains("fica como está"))
    })
    .await;
    until("the last one is at the hub", || {
        let hub = console.requests("permit-3").unwrap_or_default();
        hub.is_empty() && console.summary().records >= 12
    })
    .await;
    assert_eq!(name(&at_van, &married.to_string()), "Ana Falcão");
    assert!(cards(&console).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_are_decided_together_and_one_that_cannot_be_keeps_no_other() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let asked = ["Maria", "Rosa"].map(|who| request(&van.node, who));
    van.connect(hub.address);
    home.connect(hub.address);
    for one in asked {
        same(&van.node, &home.node, one).await;
    }
    (van.link, home.link) = (None, None);
    let (at_van, at_home, ana) = (desk(&van.node), desk(&home.node), somebody("ana"));
    for one in asked.map(|id| id.to_string()) {
        at_van.tell_by(&ana, &one, &way("912 345 678")).unwrap();
        at_home.tell_by(&ana, &one, &way("965 000 222")).unwrap();
    }
    let first = asked[0].to_string();
    at_van
        .correct(&ana, &first, "full-name", "Maria A", "a")
        .unwrap();
    at_home
        .correct(&ana, &first, "full-name", "Maria B", "b")
        .unwrap();
    van.connect(hub.address);
    home.connect(hub.address);
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("the hub sees all", || waiting(&console).len() == 3).await;
    let carla = somebody("carla");
    let contact = |row: &ConflictRow| row.settlement == Settlement::Later;
    let of = waiting(&console).into_iter().find(contact).unwrap();
    assert_eq!(console.conflict(&carla, &of.id).unwrap().alike, 2);
    let alike = console.alike(&carla, &of.id, Batch::Like).unwrap();
    assert_eq!(alike.len(), 2);
    assert!(alike.iter().all(|one| one.proposed == Some(1)));
    let record = waiting(&console)
        .into_iter()
        .find(|row| !contact(row))
        .unwrap();
    let whole = console.alike(&carla, &record.id, Batch::Record).unwrap();
    assert_eq!(whole.len(), 2, "the name and the contact of one request");
    assert!(
        console
            .alike(&carla, &record.id, Batch::Like)
            .unwrap()
            .is_empty()
    );

    let decide = |one: &vereda_web::console::port::Conflict, shown: &str| {
        let said = Decision {
            keep: Keep::Side(1),
            reason: "disse-o por último".into(),
            shown: shown.into(),
        };
        (one.row.id.clone(), said)
    };
    let all = vec![
        decide(&alike[0], "what stood there an hour ago"),
        decide(&alike[1], &alike[1].shown),
        decide(
            &whole[whole.iter().position(|c| c.row.id == record.id).unwrap()],
            &console.conflict(&carla, &record.id).unwrap().shown,
        ),
    ];
    let came = console.decide_all(&carla, all).unwrap();
    let came: Vec<Option<bool>> = came.into_iter().map(|one| one.came.ok()).collect();
    assert_eq!(came, [None, Some(false), Some(true)]);
    let left: Vec<String> = waiting(&console).into_iter().map(|row| row.id).collect();
    assert_eq!(
        left.len(),
        2,
        "one could not be, the other waits for a second person"
    );
    assert!(left.contains(&alike[0].row.id) && left.contains(&record.id));
}

/// How somebody is told: by a text message to that number.
fn way(phone: &str) -> [(&str, &str); 3] {
    [
        ("tell-way", "sms"),
        ("tell-phone", phone),
        ("tell-consent", "yes"),
    ]
}
