//! An agency's connector driven through a week of outages, six hours at a time: its program is away, breaks off, answers
//! nonsense; the line is cut; the hub ends and begins again; the cursor is lost. Meanwhile the desk goes on. On Sunday the
//! agency has every event, in order, and every request once, as it stands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use vereda::store::agencies as store;
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_web::desk::port::{Cases, Desk};

use crate::agencies::{ISS, Served, card, config, life};
use crate::connector::Connector;
use crate::cut::Forwarder;
use crate::world::{Seeded, World, desk, somebody, until};

/// Seven days, a quarter at a time.
const QUARTERS: u64 = 28;

/// How the agency's program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// The machine is there, and nothing on it answers.
    Away,
    Broken,
    /// It takes an event, and breaks off before it says so.
    BreaksOff,
    /// It takes an event, and answers 200 with something else.
    Garbage,
}

/// The agency's own program: by the id of an event it knows whether it has it, and keeps the last of each request.
#[derive(Debug, Default)]
struct Ledger {
    /// Ids of events in the order in which they first came, with their numbers.
    came: Vec<(String, u64)>,
    /// How often any came.
    heard: usize,
    /// The last event of each request.
    last: BTreeMap<String, Value>,
    references: BTreeMap<String, String>,
}

impl Ledger {
    fn take(&mut self, event: Value) -> String {
        self.heard += 1;
        let id = event["id"].as_str().unwrap().to_owned();
        let number = event["sequence"].as_str().unwrap().parse().unwrap();
        let request = event["subject"].as_str().unwrap().to_owned();
        if !self.came.iter().any(|(known, _)| *known == id) {
            self.came.push((id, number));
            self.last.insert(request.clone(), event);
        }
        let next = format!("P-{}", self.references.len() + 1);
        self.references.entry(request).or_insert(next).clone()
    }
}

async fn program(listener: TcpListener, ledger: Arc<Mutex<Ledger>>, mood: Arc<Mutex<Mood>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let now = *mood.lock().unwrap();
        if now == Mood::Away {
            continue;
        }
        let ledger = Arc::clone(&ledger);
        let answer = service_fn(move |asked: Request<hyper::body::Incoming>| {
            let ledger = Arc::clone(&ledger);
            async move {
                if now == Mood::Broken {
                    return Ok(Response::builder().status(503).body(Body::empty())?);
                }
                let body: Bytes = asked.into_body().collect().await?.to_bytes();
                let reference = ledger.lock().unwrap().take(serde_json::from_slice(&body)?);
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(match now {
                    Mood::BreaksOff => return Err("the power went".into()),
                    Mood::Garbage => Response::new(Body::from("<html>\u{0}{[".repeat(1_000))),
                    _ => {
                        let said = json!({ "reference": reference }).to_string();
                        Response::builder().status(201).body(Body::from(said))?
                    }
                })
            }
        });
        tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_of_outages_loses_an_agency_nothing_and_tells_it_nothing_twice() {
    let world = World::new();
    let config = config();
    let mut served = Some(Served::start(&world, None, &config));
    let hub_at = served.as_ref().unwrap().hub.address;
    let mut van = world.spot("van", &["monchique"]);
    van.connect(hub_at);
    let ana = somebody("ana");
    let cursor = world.dir.join("cursor");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let agency = listener.local_addr().unwrap().to_string();
    let (ledger, mood) = (
        Arc::<Mutex<Ledger>>::default(),
        Arc::new(Mutex::new(Mood::Well)),
    );
    let program = tokio::spawn(program(listener, Arc::clone(&ledger), Arc::clone(&mood)));

    let mut dice = Seeded(20_261_123);
    let mut asked: Vec<(RecordId, bool)> = vec![];
    let mut troubles = BTreeMap::<&str, u32>::new();
    for quarter in 0..QUARTERS {
        // The desk goes on, whatever is the matter elsewhere.
        for n in 0..=dice.next() % 3 {
            let name = format!("Pessoa {} do dia {}", n, quarter);
            asked.push((card(&van.node, &name), false));
        }
        let which = usize::try_from(dice.next()).unwrap() % asked.len();
        let (id, is_withdrawn) = &mut asked[which];
        let at_desk = desk(&van.node);
        match dice.next() % 4 {
            0 if !*is_withdrawn => {
                let done = at_desk.withdraw(&ana, &id.to_string(), "o próprio", "já não precisa");
                *is_withdrawn = done.is_ok();
            }
            1 if !*is_withdrawn => {
                let place = format!("Alferce {quarter}");
                at_desk
                    .correct(&ana, &id.to_string(), "locality", &place, "engano")
                    .unwrap();
            }
            _ => {}
        }
        let (trouble, is_mood) = match dice.next() % 8 {
            0 => ("away", Mood::Away),
            1 => ("broken", Mood::Broken),
            2 => ("breaks off", Mood::BreaksOff),
            3 => ("nonsense", Mood::Garbage),
            4 => ("the line is cut", Mood::Well),
            5 => ("the hub ends", Mood::Well),
            6 => ("the cursor is lost", Mood::Well),
            _ => ("well", Mood::Well),
        };
        *troubles.entry(trouble).or_default() += 1;
        *mood.lock().unwrap() = is_mood;
        if trouble == "the hub ends" {
            van.link = None;
            let at = served.take().unwrap().stop().await;
            served = Some(Served::start(&world, Some(at), &config));
            van.connect(at);
        }
        if trouble == "the cursor is lost" {
            std::fs::write(&cursor, "").unwrap();
        }
        van.proven().await;
        let hub = served.as_ref().unwrap();
        let cuts = dice.next() % 4_000 + 200;
        let line = Forwarder::start(hub.at(), move || {
            (trouble == "the line is cut").then_some(cuts)
        })
        .await;
        let at = line.address.to_string();
        for _ in 0..=dice.next() % 2 {
            let connector = Connector {
                hub: &at,
                token: ISS,
                agency: &agency,
                cursor: &cursor,
            };
            let _ = connector.carry().await;
        }
    }
    assert!(troubles.len() >= 7, "{troubles:?}");

    // Sunday evening.
    *mood.lock().unwrap() = Mood::Well;
    let hub = served.as_ref().unwrap();
    let events = || store::head(&hub.hub.node.store.read(), "iss").unwrap();
    van.proven().await;
    let due = || {
        let db = hub.hub.node.store.read();
        store::due(&db, 10, i64::MAX).unwrap().len()
    };
    until("the feed has all", || due() == 0).await;
    let at = hub.at().to_string();
    let connector = Connector {
        hub: &at,
        token: ISS,
        agency: &agency,
        cursor: &cursor,
    };
    connector.carry().await.unwrap();
    assert_eq!(connector.carry().await.unwrap(), 0, "it has all");
    let taken = {
        let ledger = ledger.lock().unwrap();
        let numbers: Vec<u64> = ledger.came.iter().map(|(_, number)| *number).collect();
        assert_eq!(
            numbers,
            (1..=events()).collect::<Vec<_>>(),
            "in order, without a gap"
        );
        assert!(
            ledger.heard > numbers.len(),
            "some came twice, under the same id"
        );
        ledger.last.clone()
    };
    for (id, is_withdrawn) in &asked {
        let Some(last) = taken.get(&id.to_string()) else {
            assert!(
                is_withdrawn,
                "only what was withdrawn before it heard of it is not there"
            );
            continue;
        };
        let is_gone = last["type"] == "pt.vereda.request.withdrawn";
        assert_eq!(is_gone, *is_withdrawn, "as it stands: {last}");
        if is_gone {
            continue;
        }
        let here = van
            .node
            .with_document(*id, |d| d.answers()["locality"].value.clone());
        let there = last["data"]["fields"].as_array().unwrap();
        let there = there
            .iter()
            .find(|field| field["id"] == "locality")
            .unwrap();
        assert_eq!(
            there["value"],
            json!(here.unwrap().unwrap()),
            "as it stands"
        );
    }
    // What it gave was said to the hub once, and reached the desk; what came in nonsense was never said.
    let lives = |life_of: Life| {
        let ids = asked.iter().map(|(id, _)| *id);
        ids.filter(|id| life(&van.node, *id) == life_of).count()
    };
    until("the desk knows how each stands", || {
        let withdrawn = asked
            .iter()
            .filter(|(_, is_withdrawn)| *is_withdrawn)
            .count();
        let (accepted, told) = (lives(Life::Accepted), lives(Life::Forwarded));
        lives(Life::Withdrawn) == withdrawn
            && accepted + told + withdrawn == asked.len()
            && accepted > told
    })
    .await;
    for (id, _) in &asked {
        let said = van.node.with_document(*id, |d| {
            d.acts().filter(|a| a.kind == "agency-accepted").count()
        });
        assert!(said.unwrap().unwrap() <= 1, "never twice");
    }
    program.abort();
}
