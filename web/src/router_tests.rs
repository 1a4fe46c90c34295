//! The routers against a desk in memory: who gets in, what is refused, what is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::HostGuard;
use crate::samples::fake::{Fake, FakeDesk};

struct House {
    fake: Arc<Fake>,
    router: Router,
}

fn house() -> House {
    let fake = Arc::new(Fake::new());
    let desk = FakeDesk(fake.clone());
    let router = crate::desk::router(
        Arc::new(desk.clone()),
        Arc::new(desk),
        HostGuard::new(["posto"]),
    );
    House { fake, router }
}

impl House {
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> Response<Body> {
        self.send(
            signed("GET", path)
                .header("accept", "text/html")
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    async fn post(&self, path: &str, form: &str) -> Response<Body> {
        let request = signed("POST", path)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    async fn key(&self, field: &str, body: String) -> Response<Body> {
        let request = signed("POST", &format!("/rascunho/r1/{field}"))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn photo(&self, bytes: Vec<u8>) -> Response<Body> {
        let mut body = b"--x\r\ncontent-disposition: form-data; name=\"guarda\"\r\n\r\nguard\r\n--x\r\ncontent-disposition: form-data; name=\"ficheiro\"; filename=\"a.jpg\"\r\n\r\n".to_vec();
        body.extend(bytes);
        body.extend(b"\r\n--x--\r\n");
        // As a socket gives it: in pieces, with pauses.
        let pieces: Vec<Vec<u8>> = body
            .chunks((64 << 10).min(body.len() / 2 + 1))
            .map(<[u8]>::to_vec)
            .collect();
        let pieces = futures_util::stream::iter(pieces).then(async |piece| {
            tokio::task::yield_now().await;
            Ok::<_, std::io::Error>(piece)
        });
        let request = signed("POST", "/anexos/r1/photos")
            .header("content-type", "multipart/form-data; boundary=x");
        self.send(request.body(Body::from_stream(pieces)).unwrap())
            .await
    }
}

fn signed(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "posto:8080")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "vereda=token; vereda-ecra=screen")
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    )
    .unwrap()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |v| v.to_str().unwrap())
}

#[tokio::test]
async fn foreign_hosts_and_foreign_pages_get_nothing() {
    let house = house();
    let rebound = signed("GET", "/").body(Body::empty()).unwrap();
    let (mut parts, body) = rebound.into_parts();
    parts
        .headers
        .insert("host", "evil.example".parse().unwrap());
    assert_eq!(
        house.send(Request::from_parts(parts, body)).await.status(),
        StatusCode::MISDIRECTED_REQUEST
    );

    let forged = Request::post("/atendimentos")
        .header("host", "posto:8080")
        .header("origin", "http://evil.example")
        .header("cookie", "vereda=token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("guarda=guard"))
        .unwrap();
    assert_eq!(house.send(forged).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_needs_its_token() {
    let house = house();
    assert_eq!(
        house.post("/atendimentos", "").await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        house.post("/atendimentos", "guarda=other").await.status(),
        StatusCode::FORBIDDEN
    );
    let begun = house.post("/atendimentos", "guarda=guard").await;
    assert_eq!(
        (begun.status(), header(&begun, "location")),
        (StatusCode::SEE_OTHER, "/atendimento/a1")
    );
    let key = house
        .key(
            "iban",
            r#"{"guarda":"other","value":"PT50","base":1}"#.into(),
        )
        .await;
    assert_eq!(key.status(), StatusCode::FORBIDDEN);
    assert_eq!(house.fake.value("iban"), None);
    assert_eq!(
        house
            .post("/cidadao/mostrar", "guarda=x&mostrar=sim")
            .await
            .status(),
        StatusCode::FORBIDDEN
    );
    // The screen's keys carry a token of their own.
    let key = |guard: &str, more: usize| {
        let value = "1".repeat(more);
        let body = format!(
            r#"{{"guarda":"{guard}","form":"r1","step":"contact","field":"phone","value":"{value}","base":0}}"#
        );
        let request = signed("POST", "/cidadao/rascunho");
        house.send(request.body(Body::from(body)).unwrap())
    };
    let own = crate::guard::derived("screen");
    assert_eq!(key("guard", 9).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        key(&own, 20_000).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(key(&own, 9).await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let house = house();
    for path in ["/", "/entrar", "/cidadao", "/nada", "/assets/x/desk.js"] {
        let response = house.get(path).await;
        assert!(
            header(&response, "content-security-policy").starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
    }
    let asset = house.get(&crate::assets::url("desk.js")).await;
    assert!(header(&asset, "cache-control").contains("immutable"));
}

#[tokio::test]
async fn signing_in_sets_a_strict_cookie_and_comes_back() {
    let house = house();
    let asked = house
        .send(
            Request::get("/pedido/r1")
                .header("host", "posto")
                .header("accept", "text/html")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(header(&asked, "location"), "/entrar?para=/pedido/r1");
    let wrong = house.post("/entrar", "pessoa=m0&pin=1").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(wrong).await.contains("mais 2 vezes"));
    let right = house
        .post("/entrar", "pessoa=m0&pin=1234&para=/pedido/r1")
        .await;
    assert_eq!(header(&right, "location"), "/pedido/r1");
    assert_eq!(
        header(&right, "set-cookie"),
        "vereda=token; Path=/; HttpOnly; SameSite=Strict"
    );
    let astray = house
        .post("/entrar", "pessoa=m0&pin=1234&para=//evil.example")
        .await;
    assert_eq!(header(&astray, "location"), "/");
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_comes_back_under_the_names_of_its_fields() {
    let house = house();
    let request = Request::post("/formulario/r1/contact")
        .header("host", "posto")
        .header("accept", "text/html")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let body = "f.phone=912+345+678&f.iban=%3Cb%3EPT50&f.%3Ci%3E=estranho&f.email=";
    let response = house.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let page = text(response).await;
    for said in [
        "<dt>Telefone</dt><dd>912 345 678</dd>",
        "<dt>IBAN</dt><dd>&lt;b&gt;PT50</dd>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // What nobody knows keeps its own name, as text; what is empty is not there.
    assert!(
        page.contains("<dt>&lt;i&gt;</dt><dd>estranho</dd>"),
        "{page}"
    );
    assert_eq!(page.matches("<dt>").count(), 3, "{page}");
}

#[tokio::test]
async fn a_script_without_session_is_told_so() {
    let house = house();
    let request = Request::post("/rascunho/r1/iban")
        .header("host", "posto")
        .header("sec-fetch-site", "same-origin");
    let response = house.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(text(response).await.contains("Entre de novo"));
}

#[tokio::test]
async fn a_keystroke_is_acknowledged_with_its_revision() {
    let house = house();
    let saved = house
        .key(
            "iban",
            r#"{"guarda":"guard","value":"PT50 0","base":1}"#.into(),
        )
        .await;
    assert_eq!(saved.status(), StatusCode::OK);
    assert!(text(saved).await.contains(r#""revision":2"#));
    assert_eq!(house.fake.value("iban").as_deref(), Some("PT50 0"));

    house.fake.elsewhere("iban", "PT50 9");
    let late = house
        .key(
            "iban",
            r#"{"guarda":"guard","value":"PT50 00","base":2}"#.into(),
        )
        .await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    let said = text(late).await;
    assert!(
        said.contains("Rui P.") && said.contains("PT50 9") && said.contains(r#""revision":3"#),
        "{said}"
    );
}

#[tokio::test]
async fn an_oversized_keystroke_is_told_in_words() {
    let house = house();
    let value = "a".repeat(20 << 10);
    let response = house
        .key(
            "damage",
            format!(r#"{{"guarda":"guard","value":"{value}","base":1}}"#),
        )
        .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(response).await.contains("mais de 16 kB"));
    let form = house
        .post(
            "/atendimentos",
            &format!("guarda=guard&x={}", "a".repeat(70 << 10)),
        )
        .await;
    assert_eq!(form.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_refused_step_comes_again_with_what_was_typed() {
    let house = house();
    let response = house
        .post(
            "/formulario/r1/contact",
            "guarda=guard&f.phone=91234567&f.iban=PT50+xyz",
        )
        .await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(response).await;
    crate::samples::check::check("a refused step", &page);
    for said in [
        "O telefone tem 9 algarismos; escreveu 8.",
        "value=\"91234567\"",
        "value=\"PT50 xyz\"",
        "href=\"#f-phone\"",
        "Erro",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[tokio::test]
async fn a_second_click_on_record_leads_to_the_same_receipt() {
    let house = house();
    for _ in 0..2 {
        let recorded = house.post("/conferir/r1/registar", "guarda=guard").await;
        assert_eq!(header(&recorded, "location"), "/comprovativo/r1");
    }
    assert_eq!(*house.fake.recorded.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_note_that_does_not_fit_on_the_disk_is_not_lost() {
    let house = house();
    let response = house
        .post("/pedido/r1/nota", "guarda=guard&nota=Volta+na+quinta")
        .await;
    assert_eq!(response.status(), StatusCode::INSUFFICIENT_STORAGE);
    let page = text(response).await;
    assert!(
        page.contains("Volta na quinta") && page.contains("disco"),
        "{page}"
    );
}

#[tokio::test]
async fn a_photograph_goes_to_the_disk_in_pieces() {
    let house = house();
    let mut photo = vec![0_u8; 3 << 20];
    photo[..2].copy_from_slice(b"\xff\xd8");
    let response = house.photo(photo).await;
    assert_eq!(response.status(), StatusCode::OK);
    let taken = house.fake.taken.lock().unwrap().clone();
    assert_eq!(taken.iter().sum::<usize>(), 3 << 20);
    assert!(
        taken.len() > 10 && taken.iter().all(|piece| *piece <= 1 << 20),
        "{}",
        taken.len()
    );

    let page = house.photo(b"<html>".to_vec()).await;
    assert_eq!(page.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(text(page).await.contains("não é uma imagem"));
}

#[tokio::test]
async fn a_photograph_without_token_is_not_read() {
    let house = house();
    let body = "--x\r\ncontent-disposition: form-data; name=\"ficheiro\"; filename=\"a.jpg\"\r\n\r\nzz\r\n--x--\r\n";
    let request = signed("POST", "/anexos/r1/photos")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(Body::from(body))
        .unwrap();
    assert_eq!(house.send(request).await.status(), StatusCode::FORBIDDEN);
    assert!(house.fake.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_blob_that_calls_itself_a_page_stays_inert() {
    let house = house();
    let photo = house.get("/anexo/aa").await;
    assert_eq!(header(&photo, "content-type"), "image/jpeg");
    assert_eq!(
        photo.into_body().collect().await.unwrap().to_bytes().len(),
        600_000
    );
    let page = house.get("/anexo/page").await;
    assert_eq!(header(&page, "content-type"), "application/octet-stream");
    assert!(header(&page, "content-security-policy").contains("sandbox"));
}

/// Reads the stream until it holds `wanted`.
async fn read_until(body: &mut Body, wanted: &str) -> String {
    let mut read = String::new();
    let reading = async {
        while !read.contains(wanted) {
            let frame = body.frame().await.expect("the stream goes on").unwrap();
            read.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(5), reading)
        .await
        .unwrap_or_else(|_| panic!("no {wanted}"));
    read
}

#[tokio::test]
async fn what_is_typed_reaches_the_citizen_alone_in_its_region() {
    let house = house();
    let mut stream = house.get("/cidadao/eventos").await.into_body();
    read_until(&mut stream, "event: all").await;
    house
        .key(
            "email",
            r#"{"guarda":"guard","value":"maria@ex","base":1}"#.into(),
        )
        .await;
    let news = read_until(&mut stream, "maria@ex").await;
    assert!(
        news.contains("event: region")
            && news.contains("campo-email")
            && !news.contains("campo-iban"),
        "{news}"
    );
    drop(stream);
    for _ in 0..100 {
        if house.fake.connections() == [true, false] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", house.fake.connections());
}

#[tokio::test]
async fn the_desk_is_sent_the_strip_and_the_mirror() {
    let house = house();
    let mut stream = house
        .get("/eventos?formulario=r1&passo=contact&atendimento=a1")
        .await
        .into_body();
    let first = read_until(&mut stream, "event: screen").await;
    assert!(
        first.contains("event: strip")
            && first.contains("event: card")
            && first.contains("retry: 500"),
        "{first}"
    );
    house
        .key(
            "email",
            r#"{"guarda":"guard","value":"maria@ex","base":1}"#.into(),
        )
        .await;
    let news = read_until(&mut stream, "maria@ex").await;
    assert!(
        !news.contains("event: form"),
        "one's own keys do not come back: {news}"
    );
}

#[tokio::test]
async fn a_page_hears_of_what_happened_before_its_events_came() {
    let page = text(house().get("/").await).await;
    let now = page.split("/eventos?desde=").nth(1).unwrap();
    let now: u64 = now.split(['"', '&']).next().unwrap().parse().unwrap();
    for (drawn_at, missed) in [(now, false), (now - 1, true)] {
        let house = house();
        let watching = format!("/eventos?desde={drawn_at}&formulario=r1&passo=contact");
        let mut stream = house.get(&watching).await.into_body();
        let mut came = read_until(&mut stream, "event: screen").await;
        // A key comes after all that was due at first.
        let typed = format!(r#"{{"guarda":"guard","value":"{drawn_at}@ex","base":1}}"#);
        house.key("email", typed).await;
        came += &read_until(&mut stream, &format!("{drawn_at}@ex")).await;
        assert_eq!(came.contains("event: messages"), missed, "{came}");
        assert_eq!(came.contains("event: record"), missed, "{came}");
    }
}

#[tokio::test]
async fn search_answers_with_a_fragment() {
    let house = house();
    let found = text(house.get("/servicos?q=casa&atendimento=a1").await).await;
    assert!(
        found.contains("housing-aid") && !found.contains("<html"),
        "{found}"
    );
    let none = text(house.get("/servicos?q=zzzzzz&atendimento=a1").await).await;
    assert!(none.contains("Nenhum serviço"), "{none}");
}

#[tokio::test]
async fn whoever_trains_reaches_the_desk_for_training_and_nobody_else_does() {
    let (real, training) = (Arc::new(Fake::new()), Arc::new(Fake::new()));
    let desk = |fake: &Arc<Fake>| Arc::new(FakeDesk(fake.clone()));
    let router = crate::desk::router_with_training(
        desk(&real),
        desk(&training),
        desk(&real),
        HostGuard::new(["posto"]),
    );
    let key = |cookie: &'static str, value: &'static str| {
        let request = Request::builder()
            .method("POST")
            .uri("/rascunho/r1/phone")
            .header("host", "posto")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie)
            .header("content-type", "application/json");
        let body = serde_json::json!({ "value": value, "base": 1, "guarda": "guard" });
        router
            .clone()
            .oneshot(request.body(Body::from(body.to_string())).unwrap())
    };
    key("vereda=token", "912000001").await.unwrap();
    key("vereda=treino-token", "912000002").await.unwrap();
    assert_eq!(real.value("phone").as_deref(), Some("912000001"));
    assert_eq!(training.value("phone").as_deref(), Some("912000002"));
}

/// `VEREDA_SERVE=7070 cargo test -p vereda-web serve_the_fake -- --ignored` serves the
/// desk in memory (Ana Martins, PIN 1234), to try the scripts in a browser.
#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn serve_the_fake() {
    let port = std::env::var("VEREDA_SERVE").unwrap();
    let desk = FakeDesk(Arc::new(Fake::new()));
    let router = crate::desk::router(
        Arc::new(desk.clone()),
        Arc::new(desk),
        HostGuard::new(["127.0.0.1", "localhost"]),
    );
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    axum::serve(listener, router).await.unwrap();
}
