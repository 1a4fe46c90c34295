//! The contact centre, and word to citizens over a real server of mail and a gateway of text messages that misbehaves.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;
use vereda::config::{Contact as Terms, MailServer, Notices, SmsGateway, Tls};
use vereda::console::HubConsole;
use vereda::courier;
use vereda::node::Node;
use vereda::store::outbox::{self, Sent, State};
use vereda_sync::answer::Provenance;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::agency::Hub;
use vereda_sync::record::case;
use vereda_sync::record::outcome::notice::{self, Came};
use vereda_sync::record::outcome::{self, Agreement, Contact, Way};
use vereda_sync::record::ticket;
use vereda_web::console::port::{CannedText, Console, ContactCentre, SentToCitizens};
use vereda_web::desk::port::{Desk, DeskError, Help, TicketRow};

use crate::agencies::{ISS, Served, config as agencies_config, say};
use crate::world::{TestHub, World, desk, request, somebody, until};

/// A server of mail in a folder, as `tests/harness/mail_server.py` says.
struct Mail {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Mail {
    fn start(folder: PathBuf, more: &[&str]) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/harness/mail_server.py");
        // Debian's own: it is the one that has the package.
        let mut child = Command::new("/usr/bin/python3")
            .arg(program)
            .arg(&folder)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let port = line.trim().parse();
        let port = port.expect("the server of mail runs: cargo xtask install");
        Self {
            child,
            port,
            folder,
        }
    }

    fn config(&self) -> MailServer {
        MailServer {
            host: "localhost".into(),
            port: self.port,
            tls: Tls::None,
            from: "Espaço Cidadão <nao-responda@exemplo.pt>".into(),
            user: None,
            password_file: None,
        }
    }

    /// What it took, as it came, with the lines that a header was folded into joined.
    fn taken(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|it| it == "eml"))
            .collect();
        files.sort();
        let read = |file: &PathBuf| std::fs::read_to_string(file).unwrap().replace("\r\n ", " ");
        files.iter().map(read).collect()
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn notices(mail: Option<MailServer>, sms: Option<SmsGateway>) -> Notices {
    Notices {
        delay_minutes: 0,
        give_up_minutes: 60,
        retry_max_s: 1,
        authorities: "/nowhere".into(),
        mail,
        sms,
    }
}

/// A hub that sends, and what sends.
fn sending(
    world: &World,
    at: Option<SocketAddr>,
    notices: &Notices,
) -> (TestHub, courier::CourierHandle) {
    let configured = notices.clone();
    let hub = world.hub_as(at, |config| config.notices = Some(configured));
    let courier = courier::start(&hub.node, notices).unwrap();
    (hub, courier)
}

fn agree(node: &Node, record: RecordId, contact: &str, language: &str) {
    let contact = Contact::parse(contact).unwrap();
    let agreement = Agreement::to(&contact, language, (3, None));
    let known = (&contact, Provenance::Typed);
    node.change(
        record,
        "ana.m",
        |d, a, at| outcome::agree(d, a, at, known, &agreement),
        |_| Ok(()),
    )
    .unwrap();
}

/// A request of somebody who is told so how it ended.
fn told_by(node: &Node, citizen: &str, contact: &str, language: &str) -> RecordId {
    let record = request(node, citizen);
    agree(node, record, contact, language);
    record
}

fn withdraw(node: &Node, record: RecordId) {
    node.change(
        record,
        "ana.m",
        |d, a, at| case::withdraw(d, a, at, "a própria", "já não precisa"),
        |_| Ok(()),
    )
    .unwrap();
}

fn all(node: &Node, state: State) -> Vec<Sent> {
    outbox::list(&node.store.read(), state, 100).unwrap()
}

async fn are(node: &Node, state: State, n: usize) {
    until(&format!("{n} are {state:?}"), || {
        all(node, state).len() == n
    })
    .await;
}

/// Base64 or quoted-printable, as mail wraps what is not plain.
fn text_of(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    if head.contains("base64") {
        use base64::Engine as _;
        let body: String = body.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(body);
        return String::from_utf8(bytes.unwrap()).unwrap();
    }
    if !head.contains("quoted-printable") {
        return body.to_owned();
    }
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'=', [a, b, left @ ..]) => {
                let hex = [*a, *b];
                let hex = std::str::from_utf8(&hex).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
                rest = left;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agreed_to_mail_is_sent_it_once_in_their_language_and_the_desk_shows_that_it_was_handed_over()
 {
    let world = World::new();
    let mail = Mail::start(world.dir.join("mail"), &[]);
    let config = notices(Some(mail.config()), None);
    let (hub, courier) = sending(&world, None, &config);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = told_by(&spot.node, "Olena", "mail olena@exemplo.pt", "uk");
    // These are nobody's to send: a call, nothing agreed to.
    for contact in ["call 912345678", "comes"] {
        withdraw(
            &spot.node,
            told_by(&spot.node, &format!("De {}", contact.len()), contact, "pt"),
        );
    }
    withdraw(&spot.node, request(&spot.node, "Nada"));
    withdraw(&spot.node, record);
    spot.connect(hub.address);
    are(&hub.node, State::Handed, 1).await;
    let taken = mail.taken();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].contains("X-To: olena@exemplo.pt"), "{}", taken[0]);
    assert!(taken[0].contains("Content-Language: uk"));
    assert!(taken[0].contains("Auto-Submitted: auto-generated"));
    let text = text_of(&taken[0]);
    assert!(
        text.contains("T01-Olena") && text.contains("Ваша заява"),
        "{text}"
    );
    assert!(!text.contains("já não precisa"), "nothing of why: {text}");
    let console = HubConsole::new(Arc::clone(&hub.node));
    let view = console.sent().unwrap();
    assert_eq!((view.handed.1, view.failed.1, view.waiting.1), (1, 0, 0));
    assert_eq!(view.handed.0[0].hint, "Correio eletrónico: o•••@exemplo.pt");

    // The desk sees it, and has nobody to tell any longer.
    let ana = somebody("ana.m");
    let here = desk(&spot.node);
    until("the desk knows", || {
        let read = here.request(&ana, &record.to_string()).unwrap();
        read.case.telling.handed == Some(Way::Mail) && read.case.telling.is_over
    })
    .await;
    // Neither all derived anew nor another start sends it again.
    let at = hub.address;
    drop((courier, console));
    vereda::store::derived::reset(&hub.node.store.write()).unwrap();
    hub.node.derive_arrived().unwrap();
    hub.stop().await;
    let (hub, _courier) = sending(&world, Some(at), &config);
    let other = told_by(&spot.node, "Rosa", "mail rosa@exemplo.pt", "pt");
    withdraw(&spot.node, other);
    are(&hub.node, State::Handed, 2).await;
    assert_eq!(mail.taken().len(), 2);
    assert!(mail.taken()[1].contains("X-To: rosa@exemplo.pt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refuses_has_failed_and_what_it_has_no_room_for_is_tried_again() {
    let world = World::new();
    let mail = Mail::start(world.dir.join("mail"), &[]);
    let (hub, _courier) = sending(&world, None, &notices(Some(mail.config()), None));
    let mut spot = world.spot("movel-07", &["monchique"]);
    let refused = told_by(&spot.node, "Zita", "mail recusado@exemplo.pt", "pt");
    withdraw(&spot.node, refused);
    for name in ["cheio", "lento"] {
        let record = told_by(&spot.node, name, &format!("mail {name}@exemplo.pt"), "pt");
        withdraw(&spot.node, record);
    }
    spot.connect(hub.address);
    are(&hub.node, State::Handed, 2).await;
    let failed = all(&hub.node, State::Failed).remove(0);
    assert!(failed.trouble.contains("550"), "{}", failed.trouble);
    assert_eq!(failed.tries, 1);
    let full = all(&hub.node, State::Handed);
    assert!(full.iter().any(|it| it.tries == 2), "{full:?}");
    assert_eq!(mail.taken().len(), 2);
    // Whoever is at the desk has to tell them, and sees that it was tried.
    let (ana, here) = (somebody("ana.m"), desk(&spot.node));
    until("the desk knows", || {
        let telling = here
            .request(&ana, &refused.to_string())
            .unwrap()
            .case
            .telling;
        telling.attempts.len() == 1 && telling.to_tell.len() == 1
    })
    .await;
    // Tried anew by somebody, it fails anew, and is written down anew.
    let console = HubConsole::new(Arc::clone(&hub.node));
    let carla = somebody("carla");
    console
        .send_again(&carla, &refused.to_string(), &failed.outcome)
        .unwrap();
    until("it was tried again", || {
        all(&hub.node, State::Failed)
            .first()
            .is_some_and(|it| it.changed_ms > failed.changed_ms)
    })
    .await;
    // A second click.
    console
        .send_again(&carla, &refused.to_string(), "nada")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_tls_to_who_proves_itself_and_after_signing_in_or_not_at_all() {
    let world = World::new();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (certificate, key) = (world.dir.join("mail.crt"), world.dir.join("mail.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let of = |path: &Path| path.to_str().unwrap().to_owned();
    let mail = Mail::start(
        world.dir.join("mail"),
        &[&of(&certificate), &of(&key), "vereda", "segredo"],
    );
    let password = world.dir.join("mail.password");
    let with = |authority: &Path, said: &str| {
        std::fs::write(&password, said).unwrap();
        let server = MailServer {
            tls: Tls::Starttls,
            user: Some("vereda".into()),
            password_file: Some(password.clone()),
            ..mail.config()
        };
        Notices {
            authorities: authority.to_owned(),
            ..notices(Some(server), None)
        }
    };
    // Of an authority that did not sign its certificate; with a wrong password.
    let (own, other) = (certificate.clone(), world.dir.join("central/authority.crt"));
    let spot = world.spot("movel-07", &["monchique"]);
    withdraw(
        &spot.node,
        told_by(&spot.node, "Rosa", "mail rosa@exemplo.pt", "pt"),
    );
    let mut spot = spot;
    let mut at = None;
    for (authority, said) in [(&other, "segredo"), (&own, "outro")] {
        let (hub, courier) = sending(&world, at, &with(authority, said));
        spot.connect(hub.address);
        until("it was tried in vain", || {
            let waits = all(&hub.node, State::Waits);
            waits.first().is_some_and(|it| it.tries > 0)
        })
        .await;
        assert_eq!(mail.taken(), Vec::<String>::new());
        drop(courier);
        spot.link = None;
        // A new hub knows no tries.
        hub.node
            .store
            .write()
            .execute("UPDATE outbox SET tries = 0, next = 0", [])
            .unwrap();
        at = Some(hub.stop().await);
    }
    let (hub, _courier) = sending(&world, at, &with(&own, "segredo"));
    are(&hub.node, State::Handed, 1).await;
    assert_eq!(mail.taken().len(), 1);
}

/// How a gateway answers, one after the other; the last for ever.
#[derive(Clone, Copy, Debug)]
enum Answers {
    Taken,
    Says(u16, &'static str),
    HangsUp,
    LateWith(u64),
}

/// A gateway of text messages: what it was sent, and how often under which key.
struct Gateway {
    at: SocketAddr,
    got: Arc<Mutex<Vec<(String, String, Value)>>>,
    task: tokio::task::AbortHandle,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    async fn start(at: Option<SocketAddr>, answers: Vec<Answers>) -> Self {
        let listener = TcpListener::bind(at.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        let got: Arc<Mutex<Vec<_>>> = Arc::default();
        let kept = Arc::clone(&got);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (kept, answers) = (Arc::clone(&kept), answers.clone());
                let serve = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (kept, answers) = (Arc::clone(&kept), answers.clone());
                    async move {
                        let header = |name: &str| {
                            let value = request.headers().get(name);
                            value.map_or("", |it| it.to_str().unwrap()).to_owned()
                        };
                        let (key, token) = (header("idempotency-key"), header("authorization"));
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        let answer = {
                            let mut kept = kept.lock().unwrap();
                            let answer = answers[kept.len().min(answers.len() - 1)];
                            kept.push((key, token, serde_json::from_slice(&body).unwrap()));
                            answer
                        };
                        let taken = json!({ "id": "m-1" }).to_string();
                        let (status, said) = match answer {
                            Answers::Taken => (202, taken),
                            Answers::Says(status, said) => (status, said.to_owned()),
                            Answers::HangsUp => return Err("hung up"),
                            Answers::LateWith(ms) => {
                                sleep(Duration::from_millis(ms)).await;
                                (202, taken)
                            }
                        };
                        let said = Full::new(Bytes::from(said));
                        Ok(Response::builder().status(status).body(said).unwrap())
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), serve));
            }
        });
        Self {
            at: address,
            got,
            task: task.abort_handle(),
        }
    }

    fn got(&self) -> Vec<(String, String, Value)> {
        self.got.lock().unwrap().clone()
    }
}

fn gateway_at(world: &World, at: SocketAddr) -> SmsGateway {
    let token_file = world.dir.join("sms.token");
    std::fs::write(&token_file, "chave-do-gateway\n").unwrap();
    SmsGateway {
        url: format!("http://{at}/v1/messages"),
        token_file,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_slow_dead_or_says_garbage_gets_each_message_under_one_key() {
    let world = World::new();
    let gateway = Gateway::start(
        None,
        vec![
            Answers::Says(200, "OK"),
            Answers::HangsUp,
            Answers::Says(503, "<html>"),
            Answers::LateWith(700),
            Answers::Taken,
        ],
    )
    .await;
    let config = notices(None, Some(gateway_at(&world, gateway.at)));
    let (hub, _courier) = sending(&world, None, &config);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = told_by(&spot.node, "Ilda", "sms 912345678", "fr");
    withdraw(&spot.node, record);
    spot.connect(hub.address);
    are(&hub.node, State::Handed, 1).await;
    let got = gateway.got();
    assert_eq!(got.len(), 4, "{got:?}");
    assert!(got.iter().all(|it| it.0 == got[0].0 && it.0.len() == 32));
    assert!(got.iter().all(|it| it.1 == "Bearer chave-do-gateway"));
    let said = &got[0].2;
    assert_eq!(said["to"], "+351912345678");
    assert_eq!(said["reference"], json!(got[0].0));
    let text = said["text"].as_str().unwrap();
    assert!(text.contains("Votre demande n° T01-Ilda"), "{text}");
    // Dead for a while: it drains when it is back.
    let at = gateway.at;
    drop(gateway);
    let other = told_by(&spot.node, "Rita", "sms +33612345678", "pt");
    withdraw(&spot.node, other);
    until("it was tried in vain", || {
        let waits = all(&hub.node, State::Waits);
        waits.first().is_some_and(|it| it.tries > 0)
    })
    .await;
    // What it answers twice is one message: it is not sent once it was taken.
    let gateway = Gateway::start(Some(at), vec![Answers::Taken]).await;
    are(&hub.node, State::Handed, 2).await;
    sleep(Duration::from_millis(1_500)).await;
    let got = gateway.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].2["to"], "+33612345678");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tried_for_long_enough_is_given_up_and_the_desk_hears_of_it() {
    let world = World::new();
    let gateway = Gateway::start(None, vec![Answers::Says(503, "")]).await;
    let config = Notices {
        give_up_minutes: 0,
        ..notices(None, Some(gateway_at(&world, gateway.at)))
    };
    let (hub, _courier) = sending(&world, None, &config);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = told_by(&spot.node, "Ilda", "sms 912345678", "pt");
    withdraw(&spot.node, record);
    spot.connect(hub.address);
    are(&hub.node, State::Failed, 1).await;
    let here = desk(&spot.node);
    until("the desk knows", || {
        let read = here
            .request(&somebody("ana.m"), &record.to_string())
            .unwrap();
        read.case.telling.attempts.len() == 1 && !read.case.telling.is_over
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_or_told_before_it_goes_is_not_sent() {
    let world = World::new();
    let gateway = Gateway::start(None, vec![Answers::Taken]).await;
    let config = Notices {
        delay_minutes: 60,
        ..notices(None, Some(gateway_at(&world, gateway.at)))
    };
    let (hub, courier) = sending(&world, None, &config);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let names = ["Ilda", "Rita", "Zita"];
    let records = names.map(|name| told_by(&spot.node, name, "sms 912345678", "pt"));
    records
        .iter()
        .for_each(|record| withdraw(&spot.node, *record));
    spot.connect(hub.address);
    are(&hub.node, State::Waits, 3).await;
    // One takes the consent back, one was told at the desk, one stays.
    spot.node
        .change(records[0], "ana.m", outcome::take_back, |_| Ok(()))
        .unwrap();
    let acts = spot.node.with_document(records[1], |d| {
        let acts = d.acts().filter(|act| act.kind == "withdrawn");
        acts.map(|act| act.id.clone()).collect::<Vec<_>>()
    });
    let acts = acts.unwrap().unwrap();
    spot.node
        .change(
            records[1],
            "ana.m",
            |d, a, at| outcome::tell(d, a, at, (&acts, Way::Sms)),
            |_| Ok(()),
        )
        .unwrap();
    are(&hub.node, State::Dropped, 2).await;
    drop(courier);
    let sql = |sql: &str| hub.node.store.write().execute_batch(sql).unwrap();
    // Undecided, it neither goes nor is given up.
    sql("UPDATE outbox SET next = 0;
         INSERT INTO conflict(id, kind, record, other, field, since)
             SELECT 'x', 'value', record, NULL, 'iban', 1 FROM outbox WHERE state = 'waits';
         INSERT OR IGNORE INTO outbox_due SELECT record FROM outbox WHERE state = 'waits'");
    let courier = courier::start(&hub.node, &config).unwrap();
    until("it was put off", || {
        let waits = all(&hub.node, State::Waits);
        waits.len() == 1 && waits[0].next_ms > 0
    })
    .await;
    assert_eq!(gateway.got(), []);
    drop(courier);
    sql("DELETE FROM conflict; UPDATE outbox SET next = 0");
    let _courier = courier::start(&hub.node, &config).unwrap();
    are(&hub.node, State::Handed, 1).await;
    assert_eq!(gateway.got().len(), 1);
    assert!(
        gateway.got()[0].2["text"]
            .as_str()
            .unwrap()
            .contains("T01-Zita")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agency_says_goes_to_the_citizen_and_a_hub_put_back_does_not_send_it_twice() {
    let world = World::new();
    let mail = Mail::start(world.dir.join("mail"), &[]);
    let config = notices(Some(mail.config()), None);
    let served = Served::start_as(&world, None, &agencies_config(), |c| {
        c.notices = Some(config.clone());
    });
    let courier = courier::start(&served.hub.node, &config).unwrap();
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = crate::agencies::card(&spot.node, "Olena");
    agree(&spot.node, record, "mail olena@exemplo.pt", "en");
    spot.connect(served.hub.address);
    served.has("iss", 1).await;
    let path = format!("/v1/requests/{record}/status");
    for (key, status) in [("k1", "accepted"), ("k2", "completed")] {
        let said = json!({ "status": status });
        assert!(say(served.at(), ISS, &path, (key, &said)).await.status < 300);
        let n = if key == "k1" { 1 } else { 2 };
        are(&served.hub.node, State::Handed, n).await;
    }
    let texts: Vec<String> = mail.taken().iter().map(|it| text_of(it)).collect();
    assert!(
        texts[0].contains("accepted") && texts[1].contains("Completed"),
        "{texts:?}"
    );
    let here = desk(&spot.node);
    until("the desk knows", || {
        let read = here
            .request(&somebody("ana.m"), &record.to_string())
            .unwrap();
        read.case.telling.is_over && read.case.telling.handed.is_some()
    })
    .await;
    // The outbox is lost; what was sent stands in the record.
    drop(courier);
    served
        .hub
        .node
        .store
        .write()
        .execute_batch(
            "DELETE FROM outbox; INSERT OR IGNORE INTO outbox_due SELECT record FROM request",
        )
        .unwrap();
    let _courier = courier::start(&served.hub.node, &config).unwrap();
    until("all was looked at", || {
        outbox::due(&served.hub.node.store.read(), 9)
            .unwrap()
            .is_empty()
    })
    .await;
    assert_eq!(all(&served.hub.node, State::Waits), []);
    assert_eq!(mail.taken().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spot_says_that_the_hub_sent_word_or_escalated() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = told_by(&spot.node, "Ilda", "sms 912345678", "pt");
    let asked = spot
        .node
        .begin("ana.m", |a, at| ticket::open(a, at, (None, false), "Ajuda"))
        .unwrap();
    let mark = |_: &[u8]| "0123456789abcdef0123456789abcdef".to_owned();
    let of = |record| Hub {
        record,
        mark: &mark,
    };
    spot.node
        .change(
            record,
            "Central",
            |d, a, at| notice::notify(d, (a, at), ("x", Way::Sms), Came::Handed, of(record)),
            |_| Ok(()),
        )
        .unwrap();
    spot.node
        .change(
            asked,
            "Central",
            |d, a, at| ticket::escalate(d, (a, at), ("Ana", "porque sim"), of(asked)),
            |_| Ok(()),
        )
        .unwrap();
    spot.connect(hub.address);
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("both are set aside, and the question is read", || {
        console.aside().unwrap().len() == 2 && !console.tickets().unwrap().is_empty()
    })
    .await;
    let row = console.tickets().unwrap().remove(0);
    assert!(row.second_line.is_none());
    let at_hub = hub
        .node
        .with_document(record, |d| d.acts().any(|a| a.kind == "hub-notified"));
    assert_eq!(at_hub.unwrap(), Some(false));
}

fn asked(console: &HubConsole, subject: &str) -> TicketRow {
    let rows = console.tickets().unwrap();
    rows.into_iter().find(|row| row.subject == subject).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_has_a_term_in_working_days_goes_to_the_second_line_and_the_desk_is_told() {
    let world = World::new();
    let terms = Terms {
        urgent_days: 0,
        usual_days: 3,
    };
    std::fs::write(
        world.dir.join("staff.toml"),
        "[[mediator]]\nid = \"rui.p\"\nname = \"Rui Pereira\"\nrole = \"operator\"\npin = \"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdHNhbHQ\"\n",
    )
    .unwrap();
    let hub = world.hub_as(None, |config| config.contact = terms);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let (ana, here) = (somebody("ana.m"), desk(&spot.node));
    let record = request(&spot.node, "Maria do Carmo").to_string();
    let usual = here.open_ticket(&ana, (&record, false), "Serve?").unwrap();
    here.open_ticket(&ana, ("", true), "O terminal não imprime.")
        .unwrap();
    spot.connect(hub.address);
    let console = HubConsole::new(Arc::clone(&hub.node));
    until("both are here", || console.tickets().unwrap().len() == 2).await;
    let today = Date::parse(&vereda::clock::today()).unwrap();
    let rows = console.tickets().unwrap();
    assert!(rows[0].is_urgent, "whose term ends first is first");
    let term = rows[1].term.clone().unwrap();
    assert_eq!(term.due, today.after_working(3, &[]).to_string());
    assert!(!term.is_over);

    // In somebody's hands, and nobody is kept out.
    let carla = somebody("carla");
    console.take_ticket(&carla, &usual, true).unwrap();
    assert_eq!(asked(&console, "Serve?").hand, Some(carla.person.clone()));
    console
        .take_ticket(&somebody("joana"), &usual, true)
        .unwrap();
    console.take_ticket(&carla, &usual, false).unwrap();
    assert_eq!(asked(&console, "Serve?").hand, None);

    for (to, reason) in [("", "  "), ("ninguem", "Só a entidade sabe.")] {
        let refused = console.escalate(&carla, &usual, (to, reason));
        assert!(
            matches!(refused, Err(DeskError::NotNow(_))),
            "{to} {reason}"
        );
    }
    let why = "Só a entidade sabe.";
    for _ in 0..2 {
        console.escalate(&carla, &usual, ("rui.p", why)).unwrap();
    }
    let first = console.tickets().unwrap().remove(0);
    let line = first.second_line.unwrap();
    assert_eq!(
        (first.id.as_str(), line.to.as_str(), line.reason.as_str()),
        (usual.as_str(), "Rui Pereira", why)
    );
    assert_eq!(first.hand.unwrap().name, "Rui Pereira");
    until("the desk is told", || {
        let row = here.ticket(&ana, &usual).unwrap().row;
        row.second_line.is_some_and(|it| it.reason == why)
    })
    .await;

    // An answer that is kept, by name and number.
    let text = "Bom dia. Diga a {nome} que o {numero} serve.\n{agente}, para {posto}: {servico}";
    let typed = CannedText {
        title: "Serve".into(),
        service: String::new(),
        text: text.into(),
    };
    console.keep_canned(&carla, None, &typed).unwrap();
    for wrong in [
        CannedText {
            text: "{morada}".into(),
            ..typed.clone()
        },
        CannedText {
            title: " ".into(),
            ..typed.clone()
        },
        CannedText {
            service: "nada".into(),
            ..typed.clone()
        },
        CannedText {
            text: "x".repeat(2_001),
            ..typed.clone()
        },
    ] {
        let refused = console.keep_canned(&carla, None, &wrong);
        assert!(matches!(refused, Err(DeskError::NotNow(_))), "{wrong:?}");
    }
    let kept = console.canned().unwrap().remove(0);
    let filled = console.filled(&carla, &usual, kept.id).unwrap();
    assert!(filled.starts_with("Bom dia. Diga a Maria que o T01-Maria do Carmo serve.\nPessoa carla, para Posto movel-07: "), "{filled}");
    // Of a question about no request names and numbers stay open, and are not sent so.
    let other = asked(&console, "O terminal não imprime.").id;
    let open = console.filled(&carla, &other, kept.id).unwrap();
    assert!(
        open.contains("{nome}") && !open.contains("{agente}"),
        "{open}"
    );
    assert!(
        matches!(console.answer(&carla, &other, &open), Err(DeskError::NotNow(why)) if why.contains("{nome}"))
    );
    console.answer(&carla, &usual, &filled).unwrap();
    let answered = asked(&console, "Serve?");
    assert_eq!(
        (answered.second_line, answered.term, answered.hand),
        (None, None, None)
    );
    assert!(matches!(
        console.escalate(&carla, &usual, ("", why)),
        Err(DeskError::NotNow(_))
    ));
    console
        .keep_canned(
            &carla,
            Some(kept.id),
            &CannedText {
                text: "Não.".into(),
                ..typed.clone()
            },
        )
        .unwrap();
    console.drop_canned(&carla, kept.id).unwrap();
    assert!(matches!(
        console.keep_canned(&carla, Some(kept.id), &typed),
        Err(DeskError::NotFound)
    ));
    assert!(console.canned().unwrap().is_empty());
}

#[test]
fn what_is_next_is_found_by_its_index_however_much_was_sent() {
    let world = World::new();
    let spot = world.spot("movel-07", &["monchique"]);
    let db = spot.node.store.read();
    for (sql, index) in [
        (
            "SELECT * FROM outbox o JOIN record r USING (record) WHERE o.state = 'waits' AND o.way = 'mail' AND o.next <= 7 ORDER BY o.next LIMIT 1",
            "outbox_next",
        ),
        (
            "SELECT * FROM outbox o JOIN record r USING (record) WHERE o.said = 0 ORDER BY o.changed LIMIT 1",
            "outbox_unsaid",
        ),
        (
            "SELECT * FROM outbox o JOIN record r USING (record) WHERE o.state = 'failed' ORDER BY o.changed DESC LIMIT 1",
            "outbox_state",
        ),
        (
            "SELECT count(*) FROM outbox WHERE state = 'handed'",
            "outbox_state",
        ),
    ] {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = plan.query_map([], |r| r.get::<_, String>(3)).unwrap();
        let lines: Vec<String> = lines.map(Result::unwrap).collect();
        assert!(
            lines.iter().any(|line| line.contains(index)),
            "{sql}: {lines:?}"
        );
        assert!(
            !lines.iter().any(|line| line.contains("TEMP B-TREE")),
            "{lines:?}"
        );
    }
}
