use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;
use vereda_sync::id::RecordId;
use vereda_sync::number::number;
use vereda_sync::verification::{code, qr};

use super::*;
use crate::desk::port::DeskError;
use crate::samples::verify::standing;
use port::Standing;
use vereda_sync::record::Life;

const RECORD: RecordId = RecordId([0xa5; 32]);

/// One request, which takes its time when it is asked for by name.
#[derive(Default)]
struct One {
    asked: AtomicUsize,
    slow: bool,
    broken: bool,
}

fn known() -> String {
    number("M07", &[7; 32], 1)
}

impl Receipts for One {
    fn standing(&self, number: &str, check: &Check) -> Result<Option<Standing>, DeskError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.broken {
            return Err(DeskError::NotFound);
        }
        if number != known() {
            return Ok(None);
        }
        if self.slow {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(check.fits(RECORD).then(|| standing(Life::Received)))
    }
}

fn house(one: One) -> (Arc<One>, Router) {
    let one = Arc::new(one);
    let guard = HostGuard::new(["verificar.exemplo.pt"]);
    let proxies = [IpAddr::from([127, 0, 0, 1])];
    (Arc::clone(&one), router(one, &proxies, guard))
}

async fn get_as(router: &Router, path: &str, from: [u8; 4], forwarded: &str) -> (Response, String) {
    let request = Request::get(path)
        .header("host", "verificar.exemplo.pt")
        .header("accept-language", "xx, fr-CA;q=0.8, de")
        .header("x-forwarded-for", forwarded)
        .extension(ConnectInfo(SocketAddr::from((from, 40_000))))
        .body(Body::empty())
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    (Response::from_parts(parts, Body::empty()), text)
}

async fn get_page(router: &Router, path: &str) -> (StatusCode, String) {
    let (response, text) = get_as(router, path, [192, 0, 2, 1], "").await;
    (response.status(), text)
}

#[tokio::test]
async fn the_address_of_the_code_shows_the_state_in_the_browsers_language() {
    let (_, router) = house(One::default());
    let address = qr(Some(""), &known(), RECORD);
    let (status, html) = get_page(&router, &address).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("<html lang=\"fr\">") && html.contains("Espaço Móvel 07"));
    let (_, html) = get_page(&router, &format!("{address}?lingua=pt")).await;
    assert!(html.contains("A central recebeu o pedido"), "{html}");
    // As it is typed, and as the older code reads.
    let typed = known().to_lowercase().replace('-', "+");
    let small = code(RECORD).to_lowercase();
    let (status, _) = get_page(&router, &format!("/?numero={typed}&codigo={small}")).await;
    assert_eq!(status, StatusCode::OK);
    let older = qr(None, &known(), RECORD);
    let (status, _) = get_page(&router, &format!("/?numero={older}&codigo=")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_number_and_a_wrong_code_answer_alike_and_after_the_same_time() {
    let (one, router) = house(One {
        slow: true,
        ..One::default()
    });
    let wrong_code = format!("/{}/0000-0000", known());
    let unknown = format!("/{}/{}", number("M07", &[7; 32], 2), code(RECORD));
    let mut pages = vec![];
    for path in [&wrong_code, &unknown] {
        let begun = Instant::now();
        let (status, html) = get_page(&router, path).await;
        assert!(begun.elapsed() >= BEAT);
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (number, code) = path[1..].split_once('/').unwrap();
        pages.push(html.replace(number, "N").replace(code, "C"));
    }
    assert_eq!(one.asked.load(Ordering::SeqCst), 2);
    assert_eq!(pages[0], pages[1]);
}

#[test]
fn how_long_the_hub_took_is_not_seen() {
    for (took, after) in [(0, 300), (1, 300), (299, 300), (300, 600), (1_000, 1_200)] {
        let after = Duration::from_millis(after);
        assert_eq!(on_the_beat(Duration::from_millis(took)), after);
    }
}

#[tokio::test]
async fn a_slip_of_the_pen_is_said_without_asking_the_hub() {
    let (one, router) = house(One::default());
    let swapped = known().replacen('-', "-Z", 1);
    for (number, code, said) in [
        (swapped.as_str(), "45FY-TN2A", "numero-mal"),
        (&known(), "45FY", "codigo-mal"),
        (&"9".repeat(4_000), &"9".repeat(4_000), "numero-mal"),
        ("%3Cb%3E", "%22", "codigo-mal"),
        ("", "", "codigo-mal"),
    ] {
        let (status, html) = get_page(&router, &format!("/?numero={number}&codigo={code}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        assert!(html.contains(said) && !html.contains("<b>"), "{html}");
        assert!(html.len() < 20_000);
    }
    assert_eq!(one.asked.load(Ordering::SeqCst), 0);
}

/// How many of so many at once were told to come again later, and what they read.
async fn refused(
    router: &Router,
    n: usize,
    from: [u8; 4],
    forwarded: &str,
) -> Vec<(Response, String)> {
    let path = format!("/{}/0000-0000", known());
    let all = (0..n).map(|_| get_as(router, &path, from, forwarded));
    let all = futures_util::future::join_all(all).await;
    let refused = all.into_iter().filter(|(response, _)| {
        let known = [StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS];
        assert!(known.contains(&response.status()));
        response.status() == StatusCode::TOO_MANY_REQUESTS
    });
    refused.collect()
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again_and_others_are_not() {
    let (one, router) = house(One::default());
    let somebody = [192, 0, 2, 1];
    let told = refused(&router, 40, somebody, "").await;
    assert_eq!(told.len(), 10);
    let (response, html) = &told[0];
    let seconds = response.headers()["retry-after"].to_str().unwrap();
    assert!(["1", "2"].contains(&seconds), "{seconds}");
    assert!(html.contains("Attendez une minute"), "{html}");
    assert_eq!(one.asked.load(Ordering::SeqCst), 30);
    // Whoever it says that it asks for: it is not believed.
    assert!(
        !refused(&router, 5, somebody, "198.51.100.1")
            .await
            .is_empty()
    );
    assert!(refused(&router, 5, [192, 0, 2, 2], "").await.is_empty());
    // Of the proxy it is.
    let proxy = [127, 0, 0, 1];
    assert!(!refused(&router, 5, proxy, "192.0.2.1").await.is_empty());
    let another = refused(&router, 5, proxy, "192.0.2.1, 192.0.2.9").await;
    assert!(another.is_empty());
    // The page itself is always there.
    assert_eq!(get_page(&router, "/").await.0, StatusCode::OK);
}

#[tokio::test]
async fn nothing_else_is_behind_this_door() {
    let (_, router) = house(One::default());
    for path in [
        "/entrar",
        "/pedidos",
        "/pedido/x",
        "/conflito/x/y",
        "/cidadao",
    ] {
        let (status, html) = get_page(&router, path).await;
        let wanted = match path {
            "/pedido/x" => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(status, wanted, "{path}");
        assert!(html.contains("numero") && !html.contains("PIN"), "{path}");
    }
    let foreign = Request::get("/")
        .header("host", "outro.exemplo.pt")
        .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))))
        .body(Body::empty())
        .unwrap();
    let response = router.clone().oneshot(foreign).await.unwrap();
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
    let (response, _) = get_as(&router, "/", [192, 0, 2, 1], "").await;
    let headers = response.headers();
    assert!(
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-robots-tag"], "noindex");
}

#[tokio::test]
async fn a_hub_that_cannot_answer_says_so_and_not_that_there_is_nothing() {
    let (_, router) = house(One {
        broken: true,
        ..One::default()
    });
    let (status, html) = get_page(&router, &qr(Some(""), &known(), RECORD)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(html.contains("pas perdue"), "{html}");
}

#[test]
fn where_it_comes_from_is_what_the_nearest_proxy_that_is_believed_saw() {
    let [proxy, inner, far]: [IpAddr; 3] =
        ["10.0.0.1", "10.0.0.2", "198.51.100.1"].map(|ip| ip.parse().unwrap());
    let proxies = [proxy, inner];
    let of = |from, lines: &[&str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        source(from, &headers, &proxies)
    };
    assert_eq!(of(far, &["192.0.2.9"]), far);
    assert_eq!(of(proxy, &[]), proxy);
    assert_eq!(of(proxy, &["198.51.100.1"]), far);
    assert_eq!(of(proxy, &["1.1.1.1, 198.51.100.1, 10.0.0.2"]), far);
    assert_eq!(of(proxy, &["1.1.1.1", "198.51.100.1"]), far);
    assert_eq!(of(proxy, &["198.51.100.1, nonsense"]), proxy);
    let many = "10.0.0.2, ".repeat(2_000) + "10.0.0.2";
    assert_eq!(of(proxy, &[&many]), inner);
}
