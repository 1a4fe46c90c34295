//! Other machines on the spot's own network, over real TLS: who has not joined gets the page where one does and
//! nothing else, who has is a desk, and who is taken out is nobody at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vereda::desk::SpotDesk;
use vereda::lan::{LanHandle, MAX_TRIES};
use vereda::node::Node;
use vereda_web::desk::port::{Desk, Desks, Session};

use crate::support::{Folder, NoLink, PIN, demo, opened, sign_in};

const LAN: &str = "[lan]\nlisten = \"127.0.0.1:0\"\n";

struct Spot {
    node: Arc<Node>,
    desk: Arc<SpotDesk>,
    lan: LanHandle,
}

impl Spot {
    fn start(folder: &Folder) -> Self {
        let node = opened(folder, "movel-07", "vehicle", &demo("catalogue"), LAN).unwrap();
        let desk = Arc::new(SpotDesk::new(Arc::clone(&node), None, Box::new(NoLink)));
        let pages = Arc::clone(&desk);
        let lan = vereda::lan::serve(&node, node.config.lan.as_ref().unwrap(), |guard| {
            vereda_web::desk::router(Arc::clone(&pages) as _, pages, guard)
        });
        Self {
            node,
            desk,
            lan: lan.unwrap(),
        }
    }

    fn tls(&self, alpn: &[u8]) -> TlsConnector {
        let served = self.node.doors.served().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(served.certificate.to_vec().into()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        TlsConnector::from(Arc::new(config))
    }

    async fn connect(&self, alpn: &[u8]) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.lan.address).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        self.tls(alpn).connect(name, stream).await.unwrap()
    }

    fn code(&self, session: &Session, is_screen: bool) -> String {
        self.desk.offer(session, is_screen).unwrap();
        self.desk.desks(session).unwrap().offer.unwrap().code
    }
}

/// A browser on another machine, as far as it matters.
struct Machine {
    requests: http1::SendRequest<Full<Bytes>>,
    host: String,
    cookies: Vec<String>,
}

impl Machine {
    async fn at(spot: &Spot) -> Self {
        let stream = spot.connect(b"http/1.1").await;
        let (requests, driver) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        Self {
            requests,
            host: spot.lan.address.to_string(),
            cookies: vec![],
        }
    }

    async fn send(
        &mut self,
        request: hyper::http::request::Builder,
        body: &str,
    ) -> Response<Incoming> {
        let request = request
            .header("host", &self.host)
            .header("cookie", self.cookies.join("; "))
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())));
        self.requests.ready().await.unwrap();
        self.requests.send_request(request.unwrap()).await.unwrap()
    }

    async fn get(&mut self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("accept", "text/html");
        let answer = self.send(request, "").await;
        let (status, to) = (answer.status(), location(&answer));
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        match status.is_redirection() {
            true => (status, to),
            false => (status, String::from_utf8_lossy(&body).into_owned()),
        }
    }

    async fn post(&mut self, path: &str, body: &str) -> (StatusCode, String) {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self.send(request, body).await;
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for rule in ["; HttpOnly", "; SameSite=Strict", "; Secure", "; Path=/"] {
                assert!(cookie.contains(rule), "{cookie}");
            }
            assert!(cookie.starts_with("__Host-vereda"), "{cookie}");
            self.cookies
                .push(cookie.split(';').next().unwrap().to_owned());
        }
        let (status, to) = (answer.status(), location(&answer));
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        match status.is_redirection() {
            true => (status, to),
            false => (status, String::from_utf8_lossy(&body).into_owned()),
        }
    }

    async fn join(&mut self, code: &str, name: &str) -> (StatusCode, String) {
        self.post("/juntar", &format!("codigo={code}&nome={name}"))
            .await
    }
}

fn location(answer: &Response<Incoming>) -> String {
    let to = answer.headers().get("location");
    to.map_or_else(String::new, |to| to.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_joined_gets_the_page_where_one_does_and_nothing_else() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let mut machine = Machine::at(&spot).await;
    for path in [
        "/",
        "/entrar",
        "/mesas",
        "/cidadao",
        "/pedidos",
        "/acessibilidade",
    ] {
        let (status, to) = machine.get(path).await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, "/juntar"),
            "{path}"
        );
    }
    for path in ["/eventos", "/cidadao/eventos", "/anexo/00"] {
        let answer = machine.send(Request::get(path), "").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        answer.into_body().collect().await.unwrap();
    }
    let pin = format!("pessoa=ana.m&pin={PIN}");
    let (status, _) = machine.post("/entrar", &pin).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "nobody signs in there");
    let (status, page) = machine.get("/juntar").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        !page.contains("Ana Martins"),
        "who works here is nobody's matter"
    );
    let fingerprint = spot
        .node
        .doors
        .served()
        .unwrap()
        .fingerprint
        .replace(':', " ");
    assert!(page.contains(&fingerprint[..11]), "{page}");
    // Whoever makes a browser believe that another name is this machine gets nothing of it.
    for host in [
        "evil.example",
        "evil.example:443",
        "127.0.0.1:1",
        "localhost",
    ] {
        machine.host = host.into();
        let (status, _) = machine.get("/juntar").await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    machine.host = spot.lan.address.to_string();
    let foreign = Request::post("/juntar").header("sec-fetch-site", "cross-site");
    let answer = machine.send(foreign, "codigo=1&nome=a").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_tries_open_nothing_and_the_code_is_void() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let ana = sign_in(&spot.desk, "ana.m");
    let mut machine = Machine::at(&spot).await;
    let (_, page) = machine.join("12345678", "Mesa").await;
    assert!(page.contains("não está a mostrar nenhum código"), "{page}");
    let code = spot.code(&ana, false);
    let right: u64 = code.parse().unwrap();
    for n in 1..=10_000 {
        let wrong = format!("{:08}", (right + n) % 100_000_000);
        let (status, _) = machine.join(&wrong, "Mesa").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        if n == u64::from(MAX_TRIES) - 1 {
            let offer = spot.desk.desks(&ana).unwrap().offer.unwrap();
            assert_eq!(
                offer.wrong,
                MAX_TRIES - 1,
                "the desk sees that somebody tries"
            );
        }
    }
    assert_eq!(spot.desk.desks(&ana).unwrap().offer, None);
    let (status, _) = machine.join(&code, "Mesa").await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "also the right one"
    );
    assert_eq!(spot.desk.desks(&ana).unwrap().desks.len(), 1);
    // Another one is good, once.
    let code = spot.code(&ana, false);
    let (status, _) = machine.join(&code, "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "without a name");
    assert_eq!(
        machine.join(&code, "Mesa+2").await,
        (StatusCode::SEE_OTHER, "/".into())
    );
    let (status, _) = Machine::at(&spot).await.join(&code, "Mesa+3").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_joined_is_a_desk_until_it_is_taken_out_and_then_at_once_nobody() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let ana = sign_in(&spot.desk, "ana.m");
    let mut machine = Machine::at(&spot).await;
    let code = spot.code(&ana, false);
    machine.join(&code, "Mesa+2").await;
    let token = machine.cookies[0].split_once('=').unwrap().1.to_owned();
    let kept: Vec<u8> = {
        let db = spot.node.store.read();
        db.query_row("SELECT token FROM joined", [], |r| r.get(0))
            .unwrap()
    };
    assert_ne!(kept, token.as_bytes(), "only its hash is kept");
    let pin = format!("pessoa=rui.p&pin={PIN}");
    assert_eq!(
        machine.post("/entrar", &pin).await,
        (StatusCode::SEE_OTHER, "/".into())
    );
    let (status, page) = machine.get("/").await;
    assert!(status == StatusCode::OK && page.contains("Rui Pires"));
    let (_, page) = machine.get("/mesas").await;
    assert!(
        !page.contains("Retirar"),
        "desks are taken out at the node alone"
    );
    let desks = spot.desk.desks(&ana).unwrap().desks;
    assert_eq!((desks[1].name.as_str(), &desks[1].heard), ("Mesa 2", &None));
    assert_eq!(desks[1].people, ["Rui Pires"]);
    // What it was given is good there only.
    let session = spot
        .desk
        .session(machine.cookies[1].split_once('=').unwrap().1)
        .unwrap();
    assert_eq!(session.desk, desks[1].id);
    assert!(spot.desk.offer(&session, false).is_err());
    assert!(spot.desk.remove_desk(&session, &desks[1].id).is_err());
    let mut other = Machine::at(&spot).await;
    let code = spot.code(&ana, false);
    other.join(&code, "Mesa+3").await;
    other.cookies.push(machine.cookies[1].clone());
    assert_eq!(
        other.get("/").await,
        (StatusCode::SEE_OTHER, "/entrar".into())
    );
    // Its stream is open, and ends within a second.
    let mut stream = machine.send(Request::get("/eventos"), "").await;
    assert_eq!(stream.status(), StatusCode::OK);
    stream.body_mut().frame().await.unwrap().unwrap();
    spot.desk.remove_desk(&ana, &desks[1].id).unwrap();
    let began = Instant::now();
    let rest = tokio::time::timeout(Duration::from_secs(1), stream.into_body().collect());
    let rest = rest.await.expect("it goes on").unwrap().to_bytes();
    assert!(rest.ends_with(b"event: reload\ndata: {}\n\n"));
    assert!(began.elapsed() < Duration::from_secs(1));
    let mut again = Machine::at(&spot).await;
    again.cookies.clone_from(&machine.cookies);
    assert_eq!(
        again.get("/").await,
        (StatusCode::SEE_OTHER, "/juntar".into())
    );
    assert_eq!(
        spot.desk
            .session(machine.cookies[1].split_once('=').unwrap().1),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_are_tried_at_a_desk_so_often_and_no_more_and_nobody_else_is_kept_out() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let ana = sign_in(&spot.desk, "ana.m");
    let mut machine = Machine::at(&spot).await;
    machine.join(&spot.code(&ana, false), "Mesa+2").await;
    // Of each person so many that nobody of them is locked out.
    for _ in 0..4 {
        machine.post("/entrar", "pessoa=ana.m&pin=0000").await;
        machine.post("/entrar", "pessoa=rui.p&pin=0000").await;
    }
    spot.desk.sign_in("ana.m", PIN).unwrap();
    spot.desk.sign_in("rui.p", PIN).unwrap();
    for _ in 0..2 {
        machine.post("/entrar", "pessoa=ana.m&pin=0000").await;
    }
    let pin = format!("pessoa=rui.p&pin={PIN}");
    let (status, page) = machine.post("/entrar", &pin).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    spot.desk.sign_in("rui.p", PIN).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_screen_joins_and_is_served_nothing_else() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let ana = sign_in(&spot.desk, "ana.m");
    let mut tablet = Machine::at(&spot).await;
    let code = spot.code(&ana, true);
    assert_eq!(
        tablet.join(&code, "Tablet").await,
        (StatusCode::SEE_OTHER, "/cidadao".into())
    );
    for path in ["/", "/entrar", "/mesas", "/pedidos", "/cidadaos"] {
        assert_eq!(
            tablet.get(path).await,
            (StatusCode::SEE_OTHER, "/cidadao".into()),
            "{path}"
        );
    }
    let answer = tablet
        .send(Request::get("/cidadao").header("accept", "text/html"), "")
        .await;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .unwrap()
        .to_str()
        .unwrap();
    assert!(cookie.starts_with("__Host-vereda-ecra"), "{cookie}");
    tablet
        .cookies
        .push(cookie.split(';').next().unwrap().to_owned());
    answer.into_body().collect().await.unwrap();
    let (status, _) = tablet.get("/cidadao").await;
    assert_eq!(status, StatusCode::OK);
    let code: String = {
        let db = spot.node.store.read();
        db.query_row("SELECT code FROM screen", [], |r| r.get(0))
            .unwrap()
    };
    spot.desk.pair_screen(&ana, &code).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_that_speak_http_2_are_served_and_its_host_is_looked_at_too() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let stream = spot.connect(b"h2").await;
    let (mut requests, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(driver);
    for (host, status) in [
        (spot.lan.address.to_string(), StatusCode::OK),
        ("evil.example".into(), StatusCode::MISDIRECTED_REQUEST),
    ] {
        let request = Request::get(format!("https://{host}/juntar"));
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let answer = requests.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_and_says_nothing_keeps_no_other_out_and_is_gone_soon() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let mut idle = Vec::new();
    // As another machine of the network.
    for _ in 0..60 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 9], 0))).unwrap();
        idle.push(socket.connect(spot.lan.address).await.unwrap());
    }
    let mut machine = Machine::at(&spot).await;
    assert_eq!(machine.get("/juntar").await.0, StatusCode::OK);
    let began = Instant::now();
    for stream in idle {
        let ended = async {
            stream.readable().await.unwrap();
            let mut piece = [0; 64];
            // Closed, or refused: whatever, it is no longer held.
            matches!(stream.try_read(&mut piece), Ok(_) | Err(_))
        };
        assert!(
            tokio::time::timeout(Duration::from_secs(15), ended)
                .await
                .unwrap()
        );
    }
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_lid_is_closed_is_found_out_though_its_connection_never_ended() {
    let folder = Folder::new();
    let spot = Spot::start(&folder);
    let ana = sign_in(&spot.desk, "ana.m");
    let mut machine = Machine::at(&spot).await;
    machine.join(&spot.code(&ana, false), "Mesa+2").await;
    let pin = format!("pessoa=rui.p&pin={PIN}");
    machine.post("/entrar", &pin).await;
    let id = spot.desk.desks(&ana).unwrap().desks[1].id.clone();
    let (spot, cookies) = (Arc::new(spot), machine.cookies.join("; "));
    let (there, there_is) = std::sync::mpsc::channel();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    // What runs it is stopped once its page is open: nothing answers any more, and its socket stays open.
    let asleep = std::thread::spawn({
        let (spot, host) = (Arc::clone(&spot), machine.host.clone());
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            let opened = runtime.block_on(async {
                let stream = TokioIo::new(spot.connect(b"h2").await);
                let (mut requests, driver) = http2::handshake(TokioExecutor::new(), stream)
                    .await
                    .unwrap();
                tokio::spawn(driver);
                let request = Request::get(format!("https://{host}/eventos"))
                    .header("cookie", cookies)
                    .body(Full::<Bytes>::default());
                let mut answer = requests.send_request(request.unwrap()).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                answer.body_mut().frame().await.unwrap().unwrap();
                (requests, answer)
            });
            there.send(()).unwrap();
            is_done.recv().ok();
            drop(opened);
        }
    });
    tokio::task::block_in_place(|| there_is.recv().unwrap());
    let began = Instant::now();
    while spot.node.doors.silence(&id).is_none() {
        assert!(
            began.elapsed() < Duration::from_secs(45),
            "it counts as there"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let took = began.elapsed();
    assert!(took >= vereda::lan::SILENT, "no desk is given up at once");
    drop(done);
    asleep.join().unwrap();
}
