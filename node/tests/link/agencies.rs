//! Agencies over real HTTP: what they are told of requests, what they say, and what becomes of that when lines break, an agency
//! is away, somebody is hostile, or the hub is put back.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use vereda::agencies::{self, AgenciesHandle, hashed};
use vereda::config::{Agencies, Agency, Config};
use vereda::console::HubConsole;
use vereda::link::{seal::Seal, tls};
use vereda::node::Node;
use vereda::store::agencies as store;
use vereda::store::blob::{self, Blob};
use vereda::store::records;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::consent::{Confirmed, Consent};
use vereda_sync::record::document::Attached;
use vereda_sync::record::{Life, agency, attendance, request};
use vereda_web::console::port::{AgenciesTold, Console, Decision, Keep, Reconciling};
use vereda_web::desk::port::{Cases, Desk, DeskError, Matter};

use crate::connector;
use crate::world::{TestHub, World, desk, note, somebody, until, waiting};

pub(crate) const ISS: &str = "chave-da-iss";
const DGAJ: &str = "chave-da-dgaj";

pub(crate) fn config() -> Agencies {
    let agency = |id: &str, token: &str| Agency {
        id: id.into(),
        tokens: vec![hashed(token)],
        webhook: None,
        webhook_secret: None,
    };
    Agencies {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        certificate: None,
        key: None,
        authorities: "/nowhere".into(),
        retry_max_s: 1,
        undo_minutes: 0,
        agencies: vec![agency("iss", ISS), agency("dgaj", DGAJ)],
    }
}

/// A hub that tells agencies.
pub(crate) struct Served {
    pub(crate) hub: TestHub,
    agencies: AgenciesHandle,
}

impl Served {
    pub(crate) fn start(world: &World, at: Option<SocketAddr>, config: &Agencies) -> Self {
        Self::start_as(world, at, config, |_| ())
    }

    /// The same, configured otherwise.
    pub(crate) fn start_as(
        world: &World,
        at: Option<SocketAddr>,
        config: &Agencies,
        otherwise: impl FnOnce(&mut Config),
    ) -> Self {
        let configured = config.clone();
        let hub = world.hub_as(at, |c| {
            c.agencies = Some(configured);
            otherwise(c);
        });
        let agencies = agencies::start(&hub.node, config).unwrap();
        Self { hub, agencies }
    }

    pub(crate) async fn stop(self) -> SocketAddr {
        drop(self.agencies);
        self.hub.stop().await
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.agencies.address
    }

    /// How many events an agency has, once nothing more is to be looked at.
    pub(crate) async fn has(&self, agency: &str, events: u64) {
        until(&format!("{agency} has {events} events"), || {
            let db = self.hub.node.store.read();
            store::head(&db, agency).unwrap() == events
        })
        .await;
    }
}

pub(crate) struct Answered {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One request over HTTP.
async fn ask(
    at: SocketAddr,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answered {
    let stream = TcpStream::connect(at).await.unwrap();
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut asked = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("host", at.to_string());
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let asked = asked.body(Full::new(body.into())).unwrap();
    let answer = requests.send_request(asked).await.unwrap();
    let (parts, body) = answer.into_parts();
    let headers = parts.headers.iter();
    Answered {
        status: parts.status.as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

async fn read(at: SocketAddr, token: &str, path: &str) -> Answered {
    let bearer = format!("Bearer {token}");
    ask(at, ("GET", path), &[("authorization", &bearer)], "").await
}

pub(crate) async fn say(
    at: SocketAddr,
    token: &str,
    path: &str,
    (key, said): (&str, &Value),
) -> Answered {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    ask(at, ("POST", path), &headers, said.to_string()).await
}

/// All events of an agency.
async fn all(at: SocketAddr, token: &str) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), String::new());
    for _ in 0..1_000 {
        let page = read(at, token, &format!("/v1/feed?after={after}")).await;
        assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));
        let page = page.json();
        events.extend(page["events"].as_array().unwrap().clone());
        page["next"].as_str().unwrap().clone_into(&mut after);
        if page["more"] == json!(false) {
            break;
        }
    }
    events
}

fn kinds(events: &[Value]) -> Vec<&str> {
    let kinds = events.iter().map(|it| it["type"].as_str().unwrap());
    kinds
        .map(|it| it.strip_prefix("pt.vereda.request.").unwrap())
        .collect()
}

fn typed(value: &str) -> Answer {
    Answer {
        value: value.into(),
        provenance: Provenance::Typed,
    }
}

/// A number of somebody, as the name has it.
fn number_of(citizen: &str) -> String {
    let name = citizen
        .bytes()
        .fold(7_u64, |n, b| n.wrapping_mul(131).wrapping_add(u64::from(b)));
    format!("{:09}", name % 1_000_000_000)
}

/// Fields and what is said there.
type Said<'a> = &'a [(&'a str, &'a str)];

/// A request as a desk makes it: who asks, answers (`?`: a number of theirs), and whether the citizen confirmed it.
fn made(
    node: &Node,
    (service, citizen): (&str, &str),
    (known, answers): (Said<'_>, Said<'_>),
    attached: &[Attached],
    confirmed: bool,
) -> RecordId {
    let given = |pairs: Said<'_>| -> BTreeMap<String, Answer> {
        let pairs = pairs.iter();
        let said = |value: &str| match value {
            "?" => typed(&number_of(citizen)),
            value => typed(value),
        };
        pairs
            .map(|(id, value)| ((*id).to_owned(), said(value)))
            .collect()
    };
    let mut identity = given(known);
    identity.insert("full-name".into(), typed(citizen));
    let attendance = node.begin("ana.m", attendance::begin).unwrap();
    let id = node
        .begin("ana.m", |a, at| {
            request::begin(a, at, (service, 3), attendance, &identity)
        })
        .unwrap();
    let answers = given(answers);
    let consent = Consent {
        how: Confirmed::ByWord,
        shown: "f00d".into(),
        words: "f00d".into(),
        language: "pt".into(),
        edition: 3,
        answers: 5,
        fee_cents: 0,
        screen: None,
        signed: None,
    };
    let change = |write: &dyn Fn(&mut _, &_, Hlc) -> Result<_, _>| {
        node.change(id, "ana.m", write, |_| Ok(())).unwrap();
    };
    change(&|d, a, at| request::finish_step(d, a, at, "numbers", &answers, attached));
    if confirmed {
        change(&|d, a, at| request::confirm(d, a, at, &consent));
    }
    let number = format!("T01-{}", &id.to_string()[..8]);
    change(&|d, a, at| request::record(d, a, at, &number, 0, None));
    id
}

const CARD: [(&str, &str); 5] = [
    ("niss", "?"),
    ("sns", "?"),
    ("address", "Rua do Forno 1"),
    ("postal-code", "8550-001"),
    ("locality", "Monchique"),
];

/// A health card for somebody, which is the ISS's.
pub(crate) fn card(node: &Node, citizen: &str) -> RecordId {
    made(
        node,
        ("cesd", citizen),
        (&[("nif", "?"), ("birth-date", "1950-01-02")], &CARD),
        &[],
        true,
    )
}

pub(crate) fn life(node: &Node, id: RecordId) -> Life {
    let read = node.with_document(id, |d| request::Summary::of(d).unwrap().life);
    read.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_reads_all_of_its_own_without_gaps_whatever_is_cut() {
    let world = World::new();
    let config = config();
    let served = Served::start(&world, None, &config);
    let mut van = world.spot("van", &["monchique"]);
    van.connect(served.hub.address);
    // Nothing yet, and a cursor all the same.
    let nothing = read(served.at(), ISS, "/v1/feed").await.json();
    assert_eq!(nothing["events"], json!([]));
    let names: Vec<String> = (0..24)
        .map(|n| format!("Pessoa {}", char::from(b'A' + n)))
        .collect();
    let person = |n: usize| format!("1980-01-{:02}", n + 1);
    let mut mine = BTreeSet::new();
    for (n, name) in names.iter().enumerate() {
        let born = person(n);
        let who = [("birth-date", born.as_str()), ("nic", "?")];
        let known = (&who[..], &CARD[..]);
        mine.insert(made(&van.node, ("cesd", name), known, &[], true).to_string());
        // Of another agency, not confirmed, of no agency that is told, a draft: none of it is the ISS's to read.
        let purpose = [("purpose", "work"), ("for-whom", "self")];
        made(
            &van.node,
            ("registo-criminal", name),
            (&who[..1], &purpose),
            &[],
            true,
        );
        made(
            &van.node,
            ("cesd", &format!("{name} sem confirmar")),
            (&[], &CARD),
            &[],
            false,
        );
        made(
            &van.node,
            ("inscricao-emprego", name),
            (&[], &[]),
            &[],
            true,
        );
    }
    van.proven().await;
    served.has("iss", 24).await;
    served.has("dgaj", 24).await;
    let (mut events, mut after) = (Vec::new(), nothing["next"].as_str().unwrap().to_owned());
    let (mut served, mut hub_at) = (served, None);
    for round in 0.. {
        assert!(round < 100, "it does not end");
        let path = format!("/v1/feed?limit=5&after={after}");
        if round % 2 == 0 {
            // The line breaks in the midst of the answer.
            let mut stream = TcpStream::connect(served.at()).await.unwrap();
            let asked =
                format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ISS}\r\n\r\n");
            tokio::io::AsyncWriteExt::write_all(&mut stream, asked.as_bytes())
                .await
                .unwrap();
            let mut some = [0; 100];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut some)
                .await
                .unwrap();
            drop(stream);
        }
        if round == 3 {
            // And the hub is started anew.
            van.link = None;
            hub_at = Some(served.stop().await);
            served = Served::start(&world, hub_at, &config);
        }
        let page = read(served.at(), ISS, &path).await.json();
        events.extend(page["events"].as_array().unwrap().clone());
        page["next"].as_str().unwrap().clone_into(&mut after);
        if page["more"] == json!(false) {
            break;
        }
    }
    assert!(hub_at.is_some());
    let sequences: Vec<String> = events
        .iter()
        .map(|e| e["sequence"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        sequences,
        (1..=24).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    let subjects: BTreeSet<String> = events
        .iter()
        .map(|e| e["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(subjects, mine);
    let first = &events[0];
    assert_eq!(first["specversion"], "1.0");
    assert_eq!(first["source"], "urn:vereda:central");
    let data = &first["data"];
    assert_eq!(
        data["citizen"]["full_name"].as_str().unwrap()[..6],
        *"Pessoa"
    );
    let fields: Vec<&str> = data["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        ["niss", "sns", "address", "postal-code", "locality"],
        "only what the service asks for"
    );
    let fields = &data["fields"];
    assert!(
        fields.as_array().unwrap().iter().all(|f| f["id"] != "nic"),
        "a number that the service does not ask for"
    );
    // Nothing new: the cursor stays good.
    let end = read(served.at(), ISS, &format!("/v1/feed?after={after}"))
        .await
        .json();
    assert_eq!(
        (
            end["events"].as_array().unwrap().len(),
            end["next"].as_str()
        ),
        (0, Some(after.as_str()))
    );
    // What it was given stands in the requests, on both sides.
    van.connect(served.hub.address);
    let asked = RecordId::from_hex(mine.first().unwrap()).unwrap();
    until("the spot knows what was told to whom", || {
        life(&van.node, asked) == Life::Forwarded
    })
    .await;
    let at_van = desk(&van.node);
    let seen = at_van
        .request(&somebody("ana"), &asked.to_string())
        .unwrap();
    assert_eq!(seen.disclosed.len(), 1);
    assert_eq!(seen.disclosed[0].agency, "Segurança Social");
    assert!(
        seen.disclosed[0]
            .fields
            .iter()
            .any(|f| f.starts_with("NISS")),
        "{:?}",
        seen.disclosed[0].fields
    );
    let console = HubConsole::new(Arc::clone(&served.hub.node));
    assert_eq!(
        console.request(&asked.to_string()).unwrap().disclosed,
        seen.disclosed
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_was_made_twice_an_agency_hears_once_and_of_what_disagrees_when_it_is_decided() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let mut home = world.spot("home", &["monchique"]);
    let (ours, theirs) = (
        card(&van.node, "Maria Rosa"),
        card(&home.node, "Maria Rosa"),
    );
    van.connect(served.hub.address);
    home.connect(served.hub.address);
    let console = HubConsole::new(Arc::clone(&served.hub.node));
    until("the hub sees both", || waiting(&console).len() == 1).await;
    let other = made(
        &van.node,
        ("cesd", "José Amaro"),
        (&[("birth-date", "1960-02-03")], &CARD),
        &[],
        true,
    );
    // The second may come after the first was told already: then that one was alone.
    until("what is undisputed goes", || {
        let db = served.hub.node.store.read();
        let row = records::find_record(&db, other).unwrap();
        row.is_some_and(|row| store::was_told_since(&db, row, 0).unwrap())
    })
    .await;
    let before = all(served.at(), ISS).await;
    let of = |events: &[Value], id: RecordId| {
        events
            .iter()
            .filter(|e| e["subject"] == json!(id.to_string()))
            .count()
    };
    assert!(of(&before, ours) + of(&before, theirs) <= 1, "{before:?}");
    let row = waiting(&console).remove(0);
    let conflict = console.conflict(&somebody("carla"), &row.id).unwrap();
    let decision = Decision {
        keep: Keep::Side(0),
        reason: "É a mesma pessoa.".into(),
        shown: conflict.shown,
    };
    console
        .decide(&somebody("carla"), &row.id, decision)
        .unwrap();
    let (kept, gone) = match life(&served.hub.node, ours) {
        Life::Withdrawn => (theirs, ours),
        _ => (ours, theirs),
    };
    {
        // Where it may be taken back for a while, it waits for so long.
        let db = served.hub.node.store.write();
        let kept = records::find_record(&db, kept).unwrap().unwrap();
        let now_ms = served.hub.node.now_ms();
        store::owe_untold(&db).unwrap();
        let due = |since_ms| store::due(&db, 100, since_ms).unwrap().contains(&kept);
        assert!(!due(now_ms - 600_000));
    }
    until("the one that is kept goes", || {
        let db = served.hub.node.store.read();
        let row = records::find_record(&db, kept).unwrap().unwrap();
        store::was_told_since(&db, row, 0).unwrap()
    })
    .await;
    let events = all(served.at(), ISS).await;
    let told: Vec<&Value> = events
        .iter()
        .filter(|e| e["subject"] == json!(gone.to_string()))
        .collect();
    // Either it never heard of it, or it heard that it stands no longer.
    assert!(
        told.is_empty() || told.last().unwrap()["type"] == "pt.vereda.request.withdrawn",
        "{told:?}"
    );
    // What the agency was told of is not taken back.
    let late = console.take_back(&somebody("carla"), &row.id, "afinal não");
    assert!(matches!(late, Err(DeskError::NotNow(_))), "{late:?}");
    // Two IBANs, two names: nothing of it goes until somebody decides.
    let at_home = desk(&home.node);
    let at_van = desk(&van.node);
    let ana = somebody("ana");
    until("both have it", || {
        at_home.request(&ana, &other.to_string()).is_ok()
    })
    .await;
    (van.link, home.link) = (None, None);
    at_van
        .correct(&ana, &other.to_string(), "locality", "Alferce", "engano")
        .unwrap();
    at_home
        .correct(&ana, &other.to_string(), "locality", "Marmelete", "engano")
        .unwrap();
    home.connect(served.hub.address);
    van.connect(served.hub.address);
    until("the hub sees it", || waiting(&console).len() == 1).await;
    let row = waiting(&console).remove(0);
    let conflict = console.conflict(&somebody("carla"), &row.id).unwrap();
    let decision = Decision {
        keep: Keep::Side(0),
        reason: "Telefonei-lhe.".into(),
        shown: conflict.shown,
    };
    console
        .decide(&somebody("carla"), &row.id, decision)
        .unwrap();
    let stands = served
        .hub
        .node
        .with_document(other, |d| d.answers()["locality"].value.clone());
    let stands = format!("\"value\":\"{}\"", stands.unwrap().unwrap());
    until("what was decided is told", || {
        let db = served.hub.node.store.read();
        let entries = store::entries(&db, "iss", 0, (100, usize::MAX)).unwrap();
        let last = entries
            .iter()
            .rfind(|e| e.request == other.to_string())
            .unwrap();
        last.entry.what == store::What::Amended && last.entry.body.contains(&stands)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_anothers_or_hostile_gets_a_problem_in_words_and_harms_nothing() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let asked = card(&van.node, "Maria Rosa");
    let record = made(
        &van.node,
        ("registo-criminal", "Rui"),
        (&[], &[("purpose", "work")]),
        &[],
        true,
    );
    van.connect(served.hub.address);
    served.has("iss", 1).await;
    served.has("dgaj", 1).await;
    let at = served.at();
    let problem = |answer: &Answered, status: u16| {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{body}"
        );
        let said = answer.json();
        assert_eq!(said["status"], json!(status));
        assert!(
            said["detail"].as_str().is_some_and(|d| d.len() > 10),
            "{body}"
        );
    };
    for token in ["", "chave", "Basic x", &"k".repeat(5_000)] {
        problem(&read(at, token, "/v1/feed").await, 401);
    }
    problem(&ask(at, ("GET", "/v1/feed"), &[], "").await, 401);
    // Another agency's, by its address.
    let accepted = json!({ "status": "accepted" });
    for id in [
        record.to_string(),
        "0".repeat(64),
        "nada".into(),
        "..%2f..".into(),
    ] {
        let path = format!("/v1/requests/{id}/status");
        problem(&say(at, ISS, &path, ("k1", &accepted)).await, 404);
        let question = json!({ "text": "Quem é?" });
        problem(
            &say(
                at,
                ISS,
                &format!("/v1/requests/{id}/questions"),
                ("k2", &question),
            )
            .await,
            404,
        );
    }
    let own = format!("/v1/requests/{asked}/status");
    for (said, status) in [
        (json!({ "status": "maybe" }), 400),
        (json!({ "status": ["accepted"] }), 400),
        (json!({ "status": "accepted", "more": 1 }), 400),
        (json!({ "status": "accepted", "text": 7 }), 400),
        (json!([1, 2]), 400),
        (json!(null), 400),
        (json!({ "status": "refused" }), 422),
        (json!({ "status": "refused", "text": "   " }), 422),
        (json!({ "status": "returned", "text": "não" }), 422),
        (
            json!({ "status": "returned", "text": "não", "field": "iban" }),
            422,
        ),
        (json!({ "status": "accepted", "field": "niss" }), 422),
        (
            json!({ "status": "accepted", "text": "x".repeat(2_001) }),
            409,
        ),
        (
            json!({ "status": "accepted", "reference": "x".repeat(101) }),
            409,
        ),
    ] {
        problem(&say(at, ISS, &own, ("k3", &said)).await, status);
    }
    let bearer = format!("Bearer {ISS}");
    let whole = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "k4"),
    ];
    problem(
        &ask(at, ("POST", &own), &whole, "x".repeat(70_000)).await,
        413,
    );
    problem(
        &ask(at, ("POST", &own), &whole, "[".repeat(60_000)).await,
        400,
    );
    problem(
        &ask(at, ("POST", &own), &whole, &b"\xff\xfe{"[..]).await,
        400,
    );
    problem(&ask(at, ("POST", &own), &whole[..2], "{}").await, 400);
    problem(
        &ask(at, ("POST", &own), &[whole[0], whole[2]], "{}").await,
        415,
    );
    problem(
        &ask(
            at,
            ("POST", &own),
            &[whole[0], ("content-type", "text/plain"), whole[2]],
            "{}",
        )
        .await,
        415,
    );
    for path in [
        "/v1/feed?after=x",
        "/v1/feed?limit=0",
        "/v1/feed?limit=501",
        "/v1/feed?limit=-1",
        "/v1/feed?x=1",
        "/v1/feed?after=0011223344556677.x",
    ] {
        problem(&read(at, ISS, path).await, 400);
    }
    problem(
        &read(at, ISS, "/v1/feed?after=0011223344556677.1").await,
        410,
    );
    let next = read(at, ISS, "/v1/feed").await.json()["next"]
        .as_str()
        .unwrap()
        .to_owned();
    let beyond = format!("{}.99", next.split('.').next().unwrap());
    problem(
        &read(at, ISS, &format!("/v1/feed?after={beyond}")).await,
        400,
    );
    for path in [
        "/",
        "/v1",
        "/v1/feed/",
        "/v2/feed",
        "/pedidos",
        "/v1/exchange",
    ] {
        problem(&read(at, ISS, path).await, 404);
    }
    // Nothing of all that was written.
    assert!(matches!(
        life(&served.hub.node, asked),
        Life::Recorded | Life::Forwarded
    ));
    assert_eq!(all(at, ISS).await.len(), 1);
    // What is documented is there, by those methods and no others.
    let published = ask(at, ("GET", "/v1/openapi.json"), &[], "").await.json();
    assert_eq!(published["openapi"], "3.1.0");
    for (path, methods) in published["paths"].as_object().unwrap() {
        let to = path.replace("{id}", &"0".repeat(64));
        for method in ["get", "post", "put", "delete", "patch"] {
            let status = ask(at, (&method.to_uppercase(), &to), &[], "").await.status;
            assert_eq!(
                status != 405,
                methods.get(method).is_some(),
                "{method} {path}: {status}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photograph_is_read_by_range_and_only_of_what_the_agency_was_told() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let bytes: Vec<u8> = (0..700_000_u32)
        .flat_map(|n| n.to_le_bytes())
        .take(700_000)
        .collect();
    let id = BlobId(
        sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&bytes)).into(),
    );
    {
        let db = van.node.store.write();
        for (n, piece) in bytes.chunks(blob::PIECE_BYTES).enumerate() {
            blob::add_piece(&db, &id.0, (n * blob::PIECE_BYTES) as u64, piece).unwrap();
        }
        let whole = Blob {
            id,
            media_type: "image/jpeg".into(),
            bytes: bytes.len() as u64,
            at_ms: 0,
        };
        blob::complete(&db, &id.0, &whole, "van").unwrap();
    }
    let attached = [Attached {
        blob: id,
        name: "autorizacao.jpg".into(),
        media_type: "image/jpeg".into(),
        bytes: bytes.len() as u64,
        at: Hlc::new(1, 0),
        seen: None,
        spoken: None,
    }];
    let hex = id.to_string();
    let answers = [
        ("purpose", "work"),
        ("for-whom", "other"),
        ("authority", hex.as_str()),
    ];
    let who = [("birth-date", "1950-01-02")];
    made(
        &van.node,
        ("registo-criminal", "Maria"),
        (&who, &answers),
        &attached,
        true,
    );
    card(&van.node, "Maria");
    van.connect(served.hub.address);
    served.has("dgaj", 1).await;
    until("the photograph is at the hub", || {
        blob::find(&served.hub.node.store.read(), id)
            .unwrap()
            .is_some()
    })
    .await;
    let at = served.at();
    let event = &all(at, DGAJ).await[0];
    let href = event["data"]["attachments"][0]["href"]
        .as_str()
        .unwrap()
        .to_owned();
    let part = async |token: &str, range: &str| {
        let bearer = format!("Bearer {token}");
        ask(
            at,
            ("GET", &href),
            &[("authorization", &bearer), ("range", range)],
            "",
        )
        .await
    };
    let whole = read(at, DGAJ, &href).await;
    assert_eq!((whole.status, whole.body == bytes), (200, true));
    assert_eq!(whole.headers["content-type"], "image/jpeg");
    for (range, from, to) in [
        ("bytes=0-9", 0, 10),
        ("bytes=262140-262150", 262_140, 262_151),
        ("bytes=699990-", 699_990, 700_000),
        ("bytes=-5", 699_995, 700_000),
        ("bytes=5-9999999", 5, 700_000),
    ] {
        let got = part(DGAJ, range).await;
        assert_eq!(
            (got.status, got.body == bytes[from..to]),
            (206, true),
            "{range}"
        );
        assert_eq!(
            got.headers["content-range"],
            format!("bytes {from}-{}/700000", to - 1)
        );
    }
    let beyond = part(DGAJ, "bytes=700000-").await;
    assert_eq!(
        (beyond.status, beyond.headers["content-range"].as_str()),
        (416, "bytes */700000")
    );
    for range in [
        "bytes=0-1,5-6",
        "bytes=x",
        "lines=1-2",
        "bytes=99999999999999999999-",
    ] {
        assert_eq!(part(DGAJ, range).await.status, 200, "{range}");
    }
    assert_eq!(
        part(ISS, "bytes=0-9").await.status,
        404,
        "another agency's photograph"
    );
    assert_eq!(
        read(at, DGAJ, &format!("/v1/attachments/{}", "0".repeat(64)))
            .await
            .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_agency_says_reaches_the_desk_once_and_stands_when_the_crew_amends() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let asked = card(&van.node, "Maria Rosa");
    let id = asked.to_string();
    van.connect(served.hub.address);
    served.has("iss", 1).await;
    let at = served.at();
    let (at_van, ana) = (desk(&van.node), somebody("ana"));
    let to = |what: &str| format!("/v1/requests/{id}/{what}");
    let accepted = json!({ "status": "accepted", "reference": "P-77", "text": "Em análise." });
    for _the_answer_was_lost in 0..3 {
        assert_eq!(
            say(at, ISS, &to("status"), ("a", &accepted)).await.status,
            204
        );
    }
    let other = json!({ "status": "completed" });
    assert_eq!(
        say(at, ISS, &to("status"), ("a", &other)).await.status,
        422,
        "the key is used"
    );
    until("the desk knows", || {
        life(&van.node, asked) == Life::Accepted
    })
    .await;
    let acts = |kind: &str| {
        let read = served
            .hub
            .node
            .with_document(asked, |d| d.acts().filter(|a| a.kind == kind).count());
        read.unwrap().unwrap()
    };
    assert_eq!(acts("agency-accepted"), 1);
    until("the desk is told", || {
        let messages = at_van.today(&ana).unwrap().messages;
        messages
            .iter()
            .any(|m| m.text.contains("Segurança Social") && m.text.contains("Em análise."))
    })
    .await;
    assert!(acts("agency-told") <= 1);

    // A question waits at the desk until it is answered; the answer goes back with the feed.
    let question = json!({ "text": "Qual é o andar?" });
    for _ in 0..2 {
        assert_eq!(
            say(at, ISS, &to("questions"), ("q", &question))
                .await
                .status,
            204
        );
    }
    until("it waits", || {
        let cases = at_van.today(&ana).unwrap().cases;
        cases.iter().any(|it| it.case.asked.len() == 1)
    })
    .await;
    let seen = at_van.request(&ana, &id).unwrap().case.asked.remove(0);
    assert_eq!(
        (seen.text.as_str(), seen.agency.as_str()),
        ("Qual é o andar?", "Segurança Social")
    );
    assert!(at_van.answer_agency(&ana, &id, &seen.id, "  ").is_err());
    assert!(at_van.answer_agency(&ana, &id, "nada", "x").is_err());
    for _a_second_click in 0..2 {
        at_van
            .answer_agency(&ana, &id, &seen.id, "É o segundo andar.")
            .unwrap();
    }
    assert!(at_van.today(&ana).unwrap().cases.is_empty());
    served.has("iss", 2).await;
    let last = all(at, ISS).await.pop().unwrap();
    assert_eq!(last["type"], "pt.vereda.request.amended");
    assert_eq!(last["data"]["answers"][0]["answer"], "É o segundo andar.");

    // The crew amends: the agency's act stands, and it is told.
    at_van
        .correct(
            &ana,
            &id,
            "address",
            "Rua do Forno 1, 2.º",
            "faltava o andar",
        )
        .unwrap();
    served.has("iss", 3).await;
    assert_eq!(life(&served.hub.node, asked), Life::Accepted);
    let console = HubConsole::new(Arc::clone(&served.hub.node));
    let by_rule = console.by_rule().unwrap();
    let stands = |one: &&vereda_web::console::port::ByRule| one.address.ends_with(&id);
    let listed = by_rule.iter().find(stands).unwrap();
    assert!(listed.rule.contains("entidade disse fica"), "{listed:?}");
    assert_eq!(
        all(at, ISS).await[2]["data"]["fields"][2]["value"],
        "Rua do Forno 1, 2.º"
    );
    // A note is nobody's business but the desks'.
    note(&van.node, asked, "ligou a filha");

    // It is sent back, corrected and handed in again.
    let returned = json!({ "status": "returned", "field": "niss", "text": "Não existe." });
    for _ in 0..2 {
        assert_eq!(
            say(at, ISS, &to("status"), ("r", &returned)).await.status,
            204
        );
    }
    until("it is back", || life(&van.node, asked) == Life::Returned).await;
    assert_eq!(at_van.request(&ana, &id).unwrap().case.returned.len(), 1);
    at_van
        .hand_in(&ana, &id, "É este: está no cartão.")
        .unwrap();
    served.has("iss", 4).await;
    let again = all(at, ISS).await.pop().unwrap();
    assert_eq!(
        again["data"]["handed_in"][0]["because"],
        "É este: está no cartão."
    );
    let done = json!({ "status": "completed", "text": "O cartão segue por correio." });
    assert_eq!(say(at, ISS, &to("status"), ("d", &done)).await.status, 204);
    until("it is done", || life(&van.node, asked) == Life::Completed).await;
    // Withdrawn afterwards: what is done is done, and the agency hears of it.
    at_van
        .withdraw(&ana, &id, "o próprio", "já não precisa")
        .unwrap();
    served.has("iss", 5).await;
    assert_eq!(life(&served.hub.node, asked), Life::Completed);
    let gone = all(at, ISS).await.pop().unwrap();
    assert_eq!(gone["type"], "pt.vereda.request.withdrawn");
    assert_eq!(gone["data"]["withdrawn"]["because"], "já não precisa");
    let of_decisions = at_van.today(&ana).unwrap().messages;
    assert!(
        of_decisions
            .iter()
            .all(|m| matches!(m.about, Matter::Request { .. }))
    );
}

/// An agency that is sent to.
struct Mock {
    at: SocketAddr,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    mood: Arc<Mutex<Mood>>,
    task: AbortHandle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// It takes what comes, and answers nonsense.
    Garbage,
    /// It is not well.
    Broken,
    /// It takes what comes, and never says so.
    Silent,
}

impl Mock {
    async fn start(at: SocketAddr, secret: &str, mood: Mood) -> Self {
        use base64::Engine as _;
        use hmac::{KeyInit, Mac};
        let secret = secret.strip_prefix("whsec_").unwrap();
        let secret = base64::engine::general_purpose::STANDARD
            .decode(secret)
            .unwrap();
        let listener = TcpListener::bind(at).await.unwrap();
        let at = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let mood = Arc::new(Mutex::new(mood));
        let (hears, moods) = (Arc::clone(&heard), Arc::clone(&mood));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (heard, mood, secret) =
                    (Arc::clone(&hears), Arc::clone(&moods), secret.clone());
                let answer = service_fn(move |asked: Request<hyper::body::Incoming>| {
                    let (heard, mood, secret) =
                        (Arc::clone(&heard), Arc::clone(&mood), secret.clone());
                    async move {
                        let header =
                            |name: &str| asked.headers()[name].to_str().unwrap().to_owned();
                        let (id, when, signed) = (
                            header("webhook-id"),
                            header("webhook-timestamp"),
                            header("webhook-signature"),
                        );
                        let body = asked.into_body().collect().await.unwrap().to_bytes();
                        let mood = *mood.lock().unwrap();
                        if mood == Mood::Broken {
                            return Ok::<_, std::convert::Infallible>(
                                Response::builder().status(503).body(Body::empty()).unwrap(),
                            );
                        }
                        let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
                        let mac = mac
                            .chain_update(format!("{id}.{when}."))
                            .chain_update(&body)
                            .finalize();
                        let expected =
                            base64::engine::general_purpose::STANDARD.encode(mac.into_bytes());
                        assert_eq!(signed, format!("v1,{expected}"));
                        let event: Value = serde_json::from_slice(&body).unwrap();
                        assert_eq!(event["id"], json!(id));
                        heard.lock().unwrap().push((id, event));
                        if mood == Mood::Silent {
                            std::future::pending::<()>().await;
                        }
                        let garbage = Bytes::from("<html>\u{0}{[".repeat(10_000));
                        let answer = Response::builder()
                            .status(StatusCode::OK)
                            .header("content-type", "application/json");
                        Ok(answer.body(Body::from(garbage)).unwrap())
                    }
                });
                tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self {
            at,
            heard,
            mood,
            task: task.abort_handle(),
        }
    }

    fn heard(&self) -> Vec<(String, Value)> {
        self.heard.lock().unwrap().clone()
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_was_away_is_told_all_in_order_when_it_is_back_also_when_the_hub_ended_in_the_midst()
 {
    let world = World::new();
    let secret = agencies::secret().unwrap();
    let file = world.dir.join("iss.secret");
    std::fs::write(&file, format!("{secret}\n")).unwrap();
    // A port that nobody listens at yet.
    let at = {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        free.local_addr().unwrap()
    };
    let mut config = config();
    config.agencies[0].webhook = Some(format!("http://{at}/vereda"));
    config.agencies[0].webhook_secret = Some(file);
    let served = Served::start(&world, None, &config);
    let mut van = world.spot("van", &["monchique"]);
    let at_van = Arc::clone(&van.node);
    let person = |n: usize| {
        let born = format!("1970-02-{:02}", n + 1);
        made(
            &at_van,
            (
                "cesd",
                &format!("Pessoa {}", char::from(b'A' + u8::try_from(n).unwrap())),
            ),
            (&[("birth-date", &born)], &CARD),
            &[],
            true,
        )
    };
    let mut asked: Vec<RecordId> = (0..6).map(person).collect();
    van.connect(served.hub.address);
    van.proven().await;
    served.has("iss", 6).await;
    let sending = |served: &Served| store::sending(&served.hub.node.store.read(), "iss").unwrap();
    until("it is tried again and again", || {
        sending(&served).tries >= 2
    })
    .await;
    assert!(sending(&served).trouble.is_some());
    let told = |served: &Served| {
        let console = HubConsole::new(Arc::clone(&served.hub.node));
        let rows = console.agencies_told().unwrap();
        rows.into_iter().find(|row| row.is_sent).unwrap()
    };
    let row = told(&served);
    assert_eq!((row.events, row.waiting, row.taken), (6, 6, None));
    assert!(row.since.is_some() && row.trouble.is_some(), "{row:?}");
    let agency = Mock::start(at, &secret, Mood::Broken).await;
    until("it answers, and takes nothing", || {
        sending(&served)
            .trouble
            .is_some_and(|why| why.contains("503"))
    })
    .await;
    assert_eq!(agency.at, at);
    // It takes one, and does not say so; the hub ends in the midst of that.
    agency.is(Mood::Silent);
    until("it has heard one", || agency.heard().len() == 1).await;
    van.link = None;
    let hub_at = served.stop().await;
    agency.is(Mood::Garbage);
    asked.extend((6..9).map(person));
    let served = Served::start(&world, Some(hub_at), &config);
    van.connect(served.hub.address);
    van.proven().await;
    served.has("iss", 9).await;
    until("it has heard all", || sending(&served).seq == 9).await;
    let row = told(&served);
    assert_eq!((row.waiting, row.since, row.trouble), (0, None, None));
    assert!(row.taken.is_some());
    let heard = agency.heard();
    assert_eq!(heard[0].0, heard[1].0, "sent twice, under the same id");
    let sequences: Vec<String> = heard[1..]
        .iter()
        .map(|(_, e)| e["sequence"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        sequences,
        (1..=9).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    let subjects: BTreeSet<&str> = heard
        .iter()
        .map(|(_, e)| e["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects.len(), asked.len());
    assert_eq!(
        sending(&served),
        store::Sending {
            seq: 9,
            ..Default::default()
        }
    );
    until("it stands in the requests", || {
        asked
            .iter()
            .all(|id| life(&served.hub.node, *id) == Life::Forwarded)
    })
    .await;
    let way = served.hub.node.with_document(asked[0], |d| {
        agency::told(d)
            .map(|a| a.more["way"].clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(way.unwrap().unwrap(), ["webhook"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_both_ways_and_only_with_a_certificate_of_the_right_authority() {
    let world = World::new();
    let of_hub = |file: &str| world.dir.join("central").join(file);
    let secret = world.dir.join("iss.secret");
    std::fs::write(&secret, agencies::secret().unwrap()).unwrap();
    // The agency's own address shows a certificate of the same authority here.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}/x",
        listener.local_addr().unwrap().port()
    );
    let shown = tls::for_anybody(&of_hub("node.crt"), &of_hub("node.key")).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(shown));
    let heard: Arc<Mutex<u32>> = Arc::default();
    let hears = Arc::clone(&heard);
    let agency = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else {
                continue;
            };
            let heard = Arc::clone(&hears);
            let answer = service_fn(move |asked: Request<hyper::body::Incoming>| {
                let heard = Arc::clone(&heard);
                async move {
                    asked.into_body().collect().await.unwrap();
                    *heard.lock().unwrap() += 1;
                    Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
                }
            });
            tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    let mut config = config();
    config.certificate = Some(of_hub("node.crt"));
    config.key = Some(of_hub("node.key"));
    config.agencies[0].webhook = Some(url);
    config.agencies[0].webhook_secret = Some(secret);
    // Another authority vouches for nobody here.
    vereda::authority::new(&world.dir.join("other"), "Outra").unwrap();
    config.authorities = world.dir.join("other/authority.crt");
    let served = Served::start(&world, None, &config);
    let mut van = world.spot("van", &["monchique"]);
    card(&van.node, "Maria Rosa");
    van.connect(served.hub.address);
    let sending = |served: &Served| store::sending(&served.hub.node.store.read(), "iss").unwrap();
    until("it is not sent to a stranger", || {
        sending(&served).trouble.is_some()
    })
    .await;
    assert_eq!(*heard.lock().unwrap(), 0);
    van.link = None;
    let at = served.stop().await;
    config.authorities = of_hub("authority.crt");
    let served = Served::start(&world, Some(at), &config);
    until("it is sent", || sending(&served).seq == 1).await;
    assert_eq!(*heard.lock().unwrap(), 1);
    // And the feed is read so; without TLS nobody gets anything.
    let client = tls::towards_agency(&config.authorities).unwrap();
    let stream = TcpStream::connect(served.at()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let stream = connector
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap();
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let asked = Request::get("/v1/feed")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {ISS}"));
    let asked = asked.body(Full::new(Bytes::new())).unwrap();
    let page = requests.send_request(asked).await.unwrap();
    assert_eq!(page.status(), 200);
    let mut plain = TcpStream::connect(served.at()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(
        &mut plain,
        b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n",
    )
    .await
    .unwrap();
    let mut said = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut plain, &mut said).await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    agency.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_connector_carries_each_event_and_brings_the_agencys_word_back() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let asked = [card(&van.node, "Maria Rosa"), card(&van.node, "José Amaro")];
    van.connect(served.hub.address);
    served.has("iss", 2).await;
    // An agency's own program: the first time it breaks off, then it gives references, then it answers nonsense.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (hub, agency) = (
        served.at().to_string(),
        listener.local_addr().unwrap().to_string(),
    );
    let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
    let hears = Arc::clone(&heard);
    let program = tokio::spawn(async move {
        for n in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let heard = Arc::clone(&hears);
            let answer = service_fn(move |asked: Request<hyper::body::Incoming>| {
                let heard = Arc::clone(&heard);
                async move {
                    let body = asked.into_body().collect().await.unwrap().to_bytes();
                    heard
                        .lock()
                        .unwrap()
                        .push(serde_json::from_slice(&body).unwrap());
                    let (status, said) = match n {
                        0 => (503, String::new()),
                        1 | 2 => (201, json!({ "reference": format!("P-{n}") }).to_string()),
                        _ => (200, "<html>{[".repeat(1_000)),
                    };
                    let answer = Response::builder().status(status).body(Body::from(said));
                    Ok::<_, std::convert::Infallible>(answer.unwrap())
                }
            });
            tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    let cursor = world.dir.join("cursor");
    let connector = connector::Connector {
        hub: &hub,
        token: ISS,
        agency: &agency,
        cursor: &cursor,
    };
    assert!(connector.carry().await.is_err(), "the agency is not well");
    assert_eq!(connector.carry().await.unwrap(), 2);
    assert_eq!(connector.carry().await.unwrap(), 0);
    for id in asked {
        until("the spot knows that it was accepted", || {
            life(&van.node, id) == Life::Accepted
        })
        .await;
    }
    desk(&van.node)
        .correct(
            &somebody("ana"),
            &asked[0].to_string(),
            "locality",
            "Alferce",
            "engano",
        )
        .unwrap();
    served.has("iss", 3).await;
    assert_eq!(
        connector.carry().await.unwrap(),
        1,
        "nonsense harms nothing"
    );
    // An old cursor: from the beginning, and nothing is said twice.
    std::fs::write(&cursor, "0011223344556677.9").unwrap();
    assert_eq!(connector.carry().await.unwrap(), 3);
    let accepted = served.hub.node.with_document(asked[0], |d| {
        d.acts().filter(|a| a.kind == "agency-accepted").count()
    });
    assert_eq!(accepted.unwrap(), Some(1));
    let heard = heard.lock().unwrap();
    let ids: BTreeSet<&str> = heard.iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!((heard.len(), ids.len()), (7, 3));
    program.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restore_an_old_cursor_says_what_to_do_and_events_keep_their_ids() {
    let world = World::new();
    let config = config();
    let served = Served::start(&world, None, &config);
    let mut van = world.spot("van", &["monchique"]);
    let first = card(&van.node, "Maria Rosa");
    van.connect(served.hub.address);
    served.has("iss", 1).await;
    let copy = world.back_up(&served.hub.node);
    let second = made(
        &van.node,
        ("cesd", "José"),
        (&[("birth-date", "1961-02-03")], &CARD),
        &[],
        true,
    );
    served.has("iss", 2).await;
    let before = all(served.at(), ISS).await;
    let cursor = read(served.at(), ISS, "/v1/feed").await.json()["next"]
        .as_str()
        .unwrap()
        .to_owned();
    let accepted = json!({ "status": "accepted" });
    let path = format!("/v1/requests/{second}/status");
    assert_eq!(
        say(served.at(), ISS, &path, ("a", &accepted)).await.status,
        204
    );
    until("the spot has it", || {
        life(&van.node, second) == Life::Accepted
    })
    .await;
    let address = served.stop().await;
    world.restore("central", &copy);
    let served = Served::start(&world, Some(address), &config);
    served.hub.node.begin_epoch().unwrap();
    let old = read(served.at(), ISS, &format!("/v1/feed?after={cursor}")).await;
    assert_eq!(old.status, 410);
    assert!(old.json()["detail"].as_str().unwrap().contains("princípio"));
    served.has("iss", 2).await;
    let ids = |events: &[Value]| -> BTreeSet<String> {
        events
            .iter()
            .map(|e| e["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&all(served.at(), ISS).await), ids(&before));
    assert_eq!(
        all(served.at(), ISS).await[0]["subject"],
        json!(first.to_string())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_that_speaks_for_an_agency_is_set_aside() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let mut home = world.spot("home", &["monchique"]);
    let asked = card(&van.node, "Maria Rosa");
    van.connect(served.hub.address);
    home.connect(served.hub.address);
    served.has("iss", 1).await;
    let who = agency::Speaker {
        agency: "iss",
        name: "Segurança Social",
    };
    let forged = |_: &[u8]| "0123456789abcdef0123456789abcdef".to_owned();
    let hub = agency::Hub {
        record: asked,
        mark: &forged,
    };
    let said = (agency::Status::Completed, "Pago.", "P-1");
    van.node
        .change(
            asked,
            "ana.m",
            |d, a, at| agency::say(d, (a, at), who, said, hub),
            |_| Ok(()),
        )
        .unwrap();
    let console = HubConsole::new(Arc::clone(&served.hub.node));
    until("it is set aside", || console.aside().unwrap().len() == 1).await;
    van.proven().await;
    assert!(
        console.aside().unwrap()[0]
            .reason
            .contains("speaks for an agency")
    );
    assert_ne!(life(&served.hub.node, asked), Life::Completed);
    // Whatever comes behind it does not wait, and what was forged goes nowhere.
    let later = made(
        &van.node,
        ("cesd", "José"),
        (&[("birth-date", "1961-02-03")], &CARD),
        &[],
        true,
    );
    until("the other spot has what came later", || {
        home.node.with_document(later, |_| ()).unwrap().is_some()
    })
    .await;
    assert_ne!(life(&home.node, asked), Life::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_leaves_the_feed_and_its_agency_is_told_to_forget_it() {
    let world = World::new();
    let served = Served::start(&world, None, &config());
    let mut van = world.spot("van", &["monchique"]);
    let asked = card(&van.node, "Maria Rosa");
    van.connect(served.hub.address);
    served.has("iss", 1).await;
    assert!(
        all(served.at(), ISS).await[0]
            .to_string()
            .contains("Maria Rosa")
    );
    let sync = &served.hub.config;
    let certificate = tls::certificate(&sync.certificate).unwrap();
    let seal = Seal::load(&sync.key).unwrap();
    served
        .hub
        .node
        .erase(asked, "prazo", &seal, &certificate)
        .unwrap();
    served.has("iss", 2).await;
    let left = all(served.at(), ISS).await;
    assert_eq!(kinds(&left), ["erased", "erased"]);
    assert!(!format!("{left:?}").contains("Maria Rosa"));
    assert_eq!(left[1]["data"], json!({ "request": asked.to_string() }));
    let accepted = json!({ "status": "accepted" });
    let path = format!("/v1/requests/{asked}/status");
    assert_eq!(
        say(served.at(), ISS, &path, ("a", &accepted)).await.status,
        409
    );
}
