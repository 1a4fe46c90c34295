//! Machines that enrol by a code, certificates that are renewed, and nodes that were away for too long.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use vereda::authority::issue::{Is, Issuing, holds};
use vereda::authority::{self, Role};
use vereda::config::{Config, Enrolment};
use vereda::console::HubConsole;
use vereda::enrolment::{Answer, Office};
use vereda::link::{First, enrol, start_caller};
use vereda::store::enrolment as stored;
use vereda_sync::enrolment::Code;
use vereda_web::console::port::{CodeState, Console, Enrolling, NewNode};
use vereda_web::desk::port::{DeskError, Link};

use crate::world::{TestHub, TestSpot, World, request, somebody, until};

/// A hub that signs.
pub(crate) fn signing(world: &World) -> TestHub {
    let key = world.dir.join("authority/authority.key");
    let sync = free_port();
    world.hub_as(Some(sync), |config| {
        config.enrolment = Some(Enrolment {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            address: "127.0.0.1:1".into(),
            hub: sync.to_string(),
            authority_key: key,
            days: 60,
        });
    })
}

fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

pub(crate) fn new_node(id: &str) -> NewNode {
    NewNode {
        name: format!("Espaço {id}"),
        id: id.into(),
        prefix: format!("M{}", &id[id.len() - 2..]),
        kind: "vehicle".into(),
        stop: "Alferce".into(),
        scopes: vec!["monchique".into()],
        ..NewNode::default()
    }
}

fn code_for(hub: &TestHub, id: &str) -> String {
    let console = HubConsole::new(hub.node.clone());
    let made = console.make_enrolment_code(&somebody("carla"), &new_node(id));
    made.unwrap().code
}

async fn enrols(hub: &TestHub, code: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/demo/catalogue");
    let address = hub.listener.enrolment.unwrap().to_string();
    enrol(&First {
        hub: &address,
        code,
        folder,
        web: SocketAddr::from(([127, 0, 0, 1], 8_107)),
        catalogue: Some(&catalogue),
    })
    .await
}

fn why<T>(done: anyhow::Result<T>) -> String {
    match done {
        Ok(_) => panic!("it enrolled"),
        Err(error) => format!("{error:#}"),
    }
}

fn handle(code: &str) -> String {
    Code::parse(code).unwrap().handle
}

fn state_of(hub: &TestHub, code: &str) -> CodeState {
    let console = HubConsole::new(hub.node.clone());
    let all = console.enrolment().unwrap().codes;
    let one = all.into_iter().find(|row| row.handle == handle(code));
    one.unwrap().state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_machine_enrols_with_a_code_and_its_work_arrives() {
    let world = World::new();
    let hub = signing(&world);
    let code = code_for(&hub, "movel-09");
    let folder = world.dir.join("novo");
    let file = enrols(&hub, &code.to_lowercase(), &folder).await.unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(
        (config.node.id.as_str(), config.node.name.as_str()),
        ("movel-09", "Espaço movel-09")
    );
    assert_eq!(config.node.scopes, ["monchique"]);
    assert_eq!(config.node.stop.as_deref(), Some("Alferce"));
    let secret = std::fs::metadata(folder.join("keys/node.key")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&secret.permissions());
    assert_eq!(mode & 0o077, 0, "the key is for nobody else");
    // It starts from what it was told, and brings what it writes.
    let node = std::sync::Arc::new(vereda::node::Node::open(config.clone()).unwrap());
    request(&node, "Ana");
    let mut hub_of = config.hub.unwrap();
    hub_of.retry_max_s = 1;
    let mut spot = TestSpot {
        node,
        dir: folder.clone(),
        link: None,
        peers: None,
    };
    spot.link = Some(start_caller(spot.node.clone(), &hub_of).unwrap());
    spot.proven().await;
    assert!(matches!(state_of(&hub, &code), CodeState::Used(_)));
    // The same machine again, as after a power cut when the certificate had come: nothing changes.
    enrols(&hub, &code, &folder).await.unwrap();
    // Another one: the code was used.
    let other = why(enrols(&hub, &code, &world.dir.join("outro")).await);
    assert!(other.contains("used already"), "{other}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_power_goes_between_two_steps_and_the_next_try_goes_on() {
    let world = World::new();
    let hub = signing(&world);
    let code = code_for(&hub, "movel-09");
    let folder = world.dir.join("novo");
    enrols(&hub, &code, &folder).await.unwrap();
    let certificate = std::fs::read(folder.join("keys/node.crt")).unwrap();
    // The key was made and the code is used, the certificate never came.
    std::fs::remove_file(folder.join("keys/node.crt")).unwrap();
    std::fs::remove_file(folder.join("config.toml")).unwrap();
    enrols(&hub, &code, &folder).await.unwrap();
    assert_eq!(
        std::fs::read(folder.join("keys/node.crt")).unwrap(),
        certificate
    );
    // The hub lost the power after it knew that the code was used, before the list.
    let list = world.dir.join("authority/enrolled.toml");
    authority::change(&list, |list| {
        list.nodes.retain(|n| n.id != "movel-09");
        Ok(())
    })
    .unwrap();
    std::fs::remove_file(folder.join("keys/node.crt")).unwrap();
    enrols(&hub, &code, &folder).await.unwrap();
    // Revoked since: no code brings it back.
    authority::revoke(&world.dir.join("authority"), "movel-09").unwrap();
    std::fs::remove_file(folder.join("keys/node.crt")).unwrap();
    let refused = why(enrols(&hub, &code, &folder).await);
    assert!(refused.contains("revoked"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_wrong_late_taken_back_or_guessed_enrols_nobody() {
    let world = World::new();
    let hub = signing(&world);
    let console = HubConsole::new(hub.node.clone());
    let folder = world.dir.join("novo");
    assert!(why(enrols(&hub, "não é", &folder).await).contains("no enrolment code"));
    // Of another hub's authority: nothing is sent, and no try is counted.
    let late = code_for(&hub, "movel-09");
    let elsewhere = format!("{}-0000-0000-0000", &late[..9]);
    let refused = why(enrols(&hub, &elsewhere, &folder).await);
    assert!(refused.contains("is not the hub of this code"), "{refused}");
    let tries = |code: &str| {
        stored::code(&hub.node.store.read(), &handle(code))
            .unwrap()
            .unwrap()
            .tries
    };
    assert_eq!(tries(&late), 0);
    // Fifteen minutes later; and a day before, by a clock that was set back.
    for shift in [-16 * 60_000, 3_600_000] {
        let at = hub.node.now_ms() + shift;
        hub.node
            .store
            .write()
            .execute("UPDATE enrolment_code SET made = ?1", [at])
            .unwrap();
        let refused = why(enrols(&hub, &late, &folder).await);
        assert!(refused.contains("good no longer"), "{refused}");
        assert_eq!(state_of(&hub, &late), CodeState::Late);
    }
    let back = code_for(&hub, "movel-10");
    console
        .withdraw_enrolment_code(&somebody("carla"), &handle(&back))
        .unwrap();
    assert!(why(enrols(&hub, &back, &folder).await).contains("good no longer"));
    assert!(matches!(
        console.withdraw_enrolment_code(&somebody("carla"), &handle(&back)),
        Err(DeskError::NotNow(_))
    ));
    // Guessed: after five wrong secrets the right one is good no longer.
    let right = code_for(&hub, "movel-11");
    let is_zero = &right[5..9] == "0000";
    let wrong = format!(
        "{}-{}-{}",
        &right[..4],
        if is_zero { "1111" } else { "0000" },
        &right[10..]
    );
    for _ in 0..5 {
        assert!(why(enrols(&hub, &wrong, &folder).await).contains("no such code"));
    }
    assert!(why(enrols(&hub, &right, &folder).await).contains("no such code"));
    assert_eq!(state_of(&hub, &right), CodeState::Guessed);
    // Whoever goes on is not looked at any longer, whatever they show.
    let good = code_for(&hub, "movel-12");
    for _ in 0..4 {
        let _ = enrols(&hub, &wrong, &folder).await;
    }
    let refused = why(enrols(&hub, &good, &folder).await);
    assert!(refused.contains("too many wrong codes"), "{refused}");
    assert!(!folder.join("keys/node.crt").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_asks_for_more_gets_what_the_code_says() {
    let world = World::new();
    let hub = signing(&world);
    let office = Office::of(&hub.node).unwrap().unwrap();
    let code = Code::parse(&code_for(&hub, "movel-09")).unwrap();
    let shown = (code.handle.as_str(), code.secret.as_str());
    // What is no request, what is too large, what nobody signed.
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let mut params = CertificateParams::new(vec!["central".into(), "localhost".into()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let asked = params.serialize_request(&key).unwrap().der().to_vec();
    let mut forged = asked.clone();
    *forged.last_mut().unwrap() ^= 1;
    for odd in [vec![], vec![0x30; 300], vec![0; 9_000], forged] {
        assert!(matches!(
            office.enrol(shown, &odd).unwrap(),
            Answer::Malformed(_)
        ));
    }
    let Answer::Given(certificate) = office.enrol(shown, &asked).unwrap() else {
        panic!("it is refused");
    };
    let is = vereda::link::tls::neighbour(&certificate).unwrap();
    assert_eq!(
        (is.node.as_str(), &is.scopes[..]),
        ("movel-09", &["monchique".to_owned()][..])
    );
    let der = CertificateDer::from(certificate.as_slice());
    let read = webpki::EndEntityCert::try_from(&der).unwrap();
    assert_eq!(read.valid_dns_names().collect::<Vec<_>>(), ["movel-09"]);
    let (from, to) = holds(&certificate).unwrap();
    assert_eq!((to - from) / 86_400_000, 61);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_of_a_new_node_is_looked_at() {
    let world = World::new();
    let hub = signing(&world);
    let console = HubConsole::new(hub.node.clone());
    let make = |change: &dyn Fn(&mut NewNode)| {
        let mut node = new_node("movel-09");
        change(&mut node);
        match console.make_enrolment_code(&somebody("carla"), &node) {
            Err(DeskError::NotNow(why)) => why,
            other => panic!("{other:?}"),
        }
    };
    assert!(make(&|n| n.name = " ".into()).contains("nome"));
    assert!(make(&|n| n.id = "Móvel".into()).contains("identificador"));
    assert!(make(&|n| n.prefix = "m".into()).contains("começo"));
    assert!(make(&|n| n.kind = "hub".into()).contains("Escolha"));
    assert!(make(&|n| n.scopes = vec!["lisboa".into()]).contains("território"));
    assert!(make(&|n| n.scopes = vec![]).contains("território"));
    assert!(make(&|n| n.position = "aqui".into()).contains("posição"));
    assert!(make(&|n| n.zone = "Lua".into()).contains("fuso"));
    assert!(make(&|n| n.id = "central".into()).contains("identificador"));
    let code = code_for(&hub, "movel-08");
    assert!(
        make(&|n| n.prefix = "M08".into()).contains("números"),
        "{code}"
    );
    let elsewhere = World::new();
    let quiet = elsewhere.hub(None);
    let console = HubConsole::new(quiet.node.clone());
    let made = console.make_enrolment_code(&somebody("carla"), &new_node("movel-09"));
    assert!(matches!(made, Err(DeskError::NotNow(_))));
    assert!(!console.enrolment().unwrap().is_here);
}

/// Gives a spot a certificate that holds from and to so many days after today, as the list has it.
fn dated(world: &World, id: &str, days: (i32, i32)) {
    let dir = world.dir.join("authority");
    let issuing = Issuing::load(&dir.join("authority.crt"), &dir.join("authority.key")).unwrap();
    let key = std::fs::read_to_string(world.dir.join(id).join("node.key")).unwrap();
    let is = Is {
        id,
        role: Role::Spot,
        scopes: &["monchique".to_owned()],
        dns: &[],
    };
    let issued = issuing
        .issue_from(&KeyPair::from_pem(&key).unwrap(), &is, days)
        .unwrap();
    std::fs::write(world.dir.join(id).join("node.crt"), &issued.pem).unwrap();
    authority::change(&dir.join("enrolled.toml"), |list| {
        list.put(issued.enrolled);
        Ok(())
    })
    .unwrap();
}

fn certificate(world: &World, id: &str) -> Vec<u8> {
    let file = world.dir.join(id).join("node.crt");
    CertificateDer::from_pem_file(file).unwrap().to_vec()
}

fn on_list(world: &World, id: &str) -> usize {
    let text = std::fs::read_to_string(world.dir.join("authority/enrolled.toml")).unwrap();
    text.matches(&format!("id = \"{id}\"")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_from_two_thirds_of_its_time_on_and_nothing_is_interrupted() {
    let world = World::new();
    let hub = signing(&world);
    let mut spot = world.spot("movel-07", &["monchique"]);
    dated(&world, "movel-07", (-45, 15));
    let before = certificate(&world, "movel-07");
    let key = std::fs::read(spot.dir.join("node.key")).unwrap();
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    until("it has another certificate", || {
        certificate(&world, "movel-07") != before
    })
    .await;
    assert_eq!(std::fs::read(spot.dir.join("node.key")).unwrap(), key);
    // Under the new one it goes on, and the older is good no longer.
    until("the older is gone", || on_list(&world, "movel-07") == 1).await;
    request(&spot.node, "Beatriz");
    spot.proven().await;
    assert!(!matches!(spot.link(), Link::Refused(_)));
    let (_, to) = holds(&certificate(&world, "movel-07")).unwrap();
    assert!(to > hub.node.now_ms() + 50 * 86_400_000);
    // A good one is left alone.
    let now = certificate(&world, "movel-07");
    spot.sync_now();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(certificate(&world, "movel-07"), now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_away_for_months_waits_for_somebody_and_then_delivers_all() {
    let world = World::new();
    let hub = signing(&world);
    let mut spot = world.spot("movel-07", &["monchique"]);
    dated(&world, "movel-07", (-200, -140));
    let id = request(&spot.node, "Ana");
    let hub_of = vereda::config::Hub {
        renewal: Some(hub.listener.enrolment.unwrap().to_string()),
        ..spot.hub_config(hub.address)
    };
    spot.link = Some(start_caller(spot.node.clone(), &hub_of).unwrap());
    let said = spot.refused().await;
    let console = HubConsole::new(hub.node.clone());
    let rows = console.enrolment().unwrap().renewals;
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    // What stands at the desk and at the console is the same.
    assert!(said.contains(&format!("chave {}", row.key)), "{said}");
    assert!(said.contains("última prova nunca"), "{said}");
    assert_eq!(row.proven, (None, None));
    assert_eq!(console.renewals_waiting().unwrap(), 1);
    // Nothing was taken.
    assert!(console.request(&id.to_string()).is_err());
    assert!(!spot.is_proven());
    let answer = (row.key.as_str(), true);
    assert!(
        console
            .answer_renewal(&somebody("carla"), &row.certificate, ("0000-0000", true))
            .is_err()
    );
    console
        .answer_renewal(&somebody("carla"), &row.certificate, answer)
        .unwrap();
    assert!(
        console
            .answer_renewal(&somebody("vasco"), &row.certificate, answer)
            .is_err()
    );
    spot.proven().await;
    until("the hub has read it", || {
        let request = console.request(&id.to_string());
        request.is_ok_and(|it| it.row.citizen == "Ana")
    })
    .await;
    until("the older is gone", || on_list(&world, "movel-07") == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_refused_or_revoked_gets_no_other_certificate_also_after_a_restore() {
    let world = World::new();
    let hub = signing(&world);
    let console = HubConsole::new(hub.node.clone());
    let mut spot = world.spot("movel-07", &["monchique"]);
    dated(&world, "movel-07", (-200, -140));
    let old = certificate(&world, "movel-07");
    let list = world.dir.join("authority/enrolled.toml");
    let copy = std::fs::read(&list).unwrap();
    let hub_of = vereda::config::Hub {
        renewal: Some(hub.listener.enrolment.unwrap().to_string()),
        ..spot.hub_config(hub.address)
    };
    spot.link = Some(start_caller(spot.node.clone(), &hub_of).unwrap());
    spot.refused().await;
    let row = console.enrolment().unwrap().renewals.remove(0);
    console
        .answer_renewal(&somebody("carla"), &row.certificate, (&row.key, false))
        .unwrap();
    until(
        "the spot hears that nobody agreed",
        || matches!(spot.link(), Link::Refused(why) if why.contains("não dá outro")),
    )
    .await;
    // Somebody agreed before it was revoked; the hub tells all; then a copy of the list is put back.
    let db = hub.node.store.write();
    db.execute("UPDATE renewal_asked SET agreed = 1", [])
        .unwrap();
    drop(db);
    authority::revoke(&world.dir.join("authority"), "movel-07").unwrap();
    hub.node.tell_revocations().unwrap();
    std::fs::write(&list, copy).unwrap();
    spot.sync_now();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(matches!(spot.link(), Link::Refused(_)));
    assert_eq!(certificate(&world, "movel-07"), old);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_whose_clock_is_wrong_is_told_so_and_sends_nothing() {
    let world = World::new();
    // As it looks to a machine whose clock is a year behind, or one ahead.
    for days in [(300, 360), (-400, -340)] {
        let dir = world.dir.join("authority");
        let issuing =
            Issuing::load(&dir.join("authority.crt"), &dir.join("authority.key")).unwrap();
        let key = std::fs::read_to_string(world.dir.join("central/node.key")).unwrap();
        let is = Is {
            id: "central",
            role: Role::Hub,
            scopes: &[],
            dns: &["localhost".to_owned()],
        };
        let key = KeyPair::from_pem(&key).unwrap();
        let issued = issuing.issue_from(&key, &is, days).unwrap();
        std::fs::write(world.dir.join("central/node.crt"), issued.pem).unwrap();
        let hub = signing(&world);
        let code = code_for(&hub, &format!("movel-{}", days.0.unsigned_abs() % 100 + 11));
        let refused = why(enrols(&hub, &code, &world.dir.join("novo")).await);
        assert!(refused.contains("clock"), "{refused}");
        assert!(matches!(state_of(&hub, &code), CodeState::Good(_)));
        hub.stop().await;
    }
}
