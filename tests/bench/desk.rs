//! The desk with 100,000 requests behind it: its pages, the search while somebody types, and ten
//! desks of a vehicle that type at once, each with a citizen who follows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use vereda::node::Node;
use vereda_sync::answer::Answer;
use vereda_sync::id::RecordId;

use vereda_tests::folder::Folder;
use vereda_tests::http::Client;
use vereda_tests::invented::{Person, Seeded};
use vereda_tests::program::Serving;
use vereda_tests::spot::{MEDIATOR, Place};

use crate::durable::Bare;
use crate::keystroke::{commits, start};
use crate::many;
use crate::records::IDENTITY;
use crate::report::Row;
use crate::samples::Samples;

/// Each page is asked for so often.
const ASKED: u32 = 50;
/// Half of them requests, half attendances.
const RECORDS: u64 = 200_000;
const DESKS: usize = 10;
/// Each desk types so many keys.
const KEYS: usize = 120;
/// What a search finds: names as they are typed, a number, nothing.
const SEARCHES: [&str; 5] = [
    "maria da encarnacao",
    "joao peixeiro",
    "m07-",
    "silva",
    "zzzzzz",
];
/// What every typed name begins with, so that it is found in what the citizen is sent.
const BEGINS: &str = "Zq";

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("desk")?;
    let place = Place::spot(folder.path().join("spot"), 9)?;
    let begun = Instant::now();
    let recorded = {
        let node = Node::open(place.config()?)?;
        let recorded = many::fill(&node, RECORDS)?;
        many::prove(&node)?;
        recorded
    };
    println!(
        "  {RECORDS} records: made in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let spot = start(&place)?;
    let mut desk = Desk::sign_in(&spot)?;
    let mut rows = pages(&mut desk, recorded)?;
    rows.push(searches(&mut desk)?);
    rows.extend(typing(&spot, &folder)?);
    Ok(rows)
}

/// A mediator who signed in.
struct Desk {
    client: Client,
    guard: String,
}

impl Desk {
    fn sign_in(spot: &Serving) -> anyhow::Result<Self> {
        let mut client = Client::connect(&spot.address)?;
        let guard = client.sign_in(MEDIATOR)?;
        Ok(Self { client, guard })
    }

    /// Posts a form; gives the last part of where it leads to.
    fn post(&mut self, path: &str, form: &str) -> anyhow::Result<String> {
        let form = format!("guarda={}&{form}", self.guard);
        let answer = self.client.post(path, &form)?;
        ensure!(answer.status == 303, "{path}: {}", answer.status);
        Ok(answer
            .location
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned())
    }

    /// Finishes a step of a form with these answers.
    fn finish(
        &mut self,
        form: &str,
        step: &str,
        answers: &BTreeMap<String, Answer>,
    ) -> anyhow::Result<()> {
        let field = |(id, answer): (&String, &Answer)| format!("f.{id}={}", encoded(&answer.value));
        let typed: Vec<String> = answers.iter().map(field).collect();
        self.post(&format!("/formulario/{form}/{step}"), &typed.join("&"))?;
        Ok(())
    }
}

/// Every page of the desk, and the citizen's.
fn pages(desk: &mut Desk, recorded: RecordId) -> anyhow::Result<Vec<Row>> {
    let attendance = desk.post("/atendimentos", "")?;
    let person = Person::draw(&mut Seeded::new(77));
    desk.finish(&attendance, "identity", &person.typed(IDENTITY))?;
    let begun = format!("/atendimento/{attendance}/pedidos");
    let draft = desk.post(&begun, "servico=apoio-habitacao")?;
    let ready = desk.post(&begun, "servico=cesd")?;
    desk.finish(&ready, "numbers", &person.typed(&["niss", "sns"]))?;
    let mut lives = person.typed(&["address", "postal-code"]);
    lives.insert("locality".into(), lives["address"].clone());
    desk.finish(&ready, "address", &lives)?;
    let pages = [
        ("Hoje", "/".to_owned()),
        ("an attendance", format!("/atendimento/{attendance}")),
        ("who it is", format!("/formulario/{attendance}")),
        ("a form", format!("/formulario/{draft}")),
        ("the services", "/servicos?q=cart".to_owned()),
        ("check your answers", format!("/conferir/{ready}")),
        ("a receipt", format!("/comprovativo/{recorded}")),
        ("Pedidos", "/pedidos".to_owned()),
        ("a request", format!("/pedido/{recorded}")),
        ("Caixa", "/caixa".to_owned()),
        ("Apoio", "/apoio".to_owned()),
        ("Números, a day", "/numeros/2024-06-12".to_owned()),
        ("Números, a month of 4,320", "/numeros/2024-06".to_owned()),
        ("the citizen's screen", "/cidadao".to_owned()),
    ];
    // The citizen's screen has its cookie and its client.
    let mut screen = Screen::open(&desk.client)?;
    desk.post("/ecra", &format!("codigo={}", screen.code))?;
    desk.client.get(&format!("/formulario/{draft}"))?;
    let (mut slowest, mut heaviest) = (("", 0.0), ("", 0.0));
    let mut rows = Vec::new();
    for (name, path) in &pages {
        let client = match path.as_str() {
            "/cidadao" => &mut screen.client,
            _ => &mut desk.client,
        };
        let first = client.get(path)?.text();
        let weight = weight(client, &first)?;
        let mut times = Samples::default();
        for _ in 0..ASKED {
            times.time(|| client.get(path))?;
        }
        if times.p95() > slowest.1 {
            slowest = (name, times.p95());
        }
        if weight > heaviest.1 {
            heaviest = (name, weight);
        }
        rows.push(Row::new(format!("{name}, p95 of {ASKED}"), times.p95(), "ms").at_most(20.0));
    }
    rows.push(Row::new(format!("the slowest page: {}", slowest.0), slowest.1, "ms").at_most(20.0));
    let said = format!("the heaviest page with all it loads: {}", heaviest.0);
    rows.push(Row::new(said, heaviest.1 / 1000.0, "kB").at_most(80.0));
    Ok(rows)
}

/// As forms carry it.
fn encoded(text: &str) -> String {
    let byte = |b: u8| match b.is_ascii_alphanumeric() {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Bytes of a page and of what it loads, as they come over the wire.
pub(crate) fn weight(client: &mut Client, page: &str) -> anyhow::Result<f64> {
    let mut bytes = page.len();
    for piece in page.split("=\"/assets/").skip(1) {
        let path = format!("/assets/{}", piece.split('"').next().unwrap_or_default());
        bytes += client.get(&path)?.body.len();
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok(bytes as f64)
}

/// The list after every key of a search.
fn searches(desk: &mut Desk) -> anyhow::Result<Row> {
    let mut times = Samples::default();
    for search in SEARCHES {
        for (end, key) in search.char_indices() {
            let typed = search[..end + key.len_utf8()].replace(' ', "+");
            times.time(|| desk.client.get(&format!("/pedidos?q={typed}")))?;
        }
    }
    Ok(Row::new("a search after every key, p95", times.p95(), "ms").at_most(30.0))
}

/// A citizen's screen.
struct Screen {
    client: Client,
    code: String,
}

impl Screen {
    fn open(desk: &Client) -> anyhow::Result<Self> {
        let mut client = Client::connect(desk.address())?;
        client.open("/cidadao")?;
        let page = client.get("/cidadao")?.text();
        let code = page
            .split("class=\"code")
            .nth(1)
            .and_then(|p| p.split('>').nth(1));
        let code = code.and_then(|p| p.split('<').next()).context("no code")?;
        let code = code.chars().filter(char::is_ascii_digit).collect();
        Ok(Self { client, code })
    }
}

/// Ten desks at once, with the floor beside them: one commit.
fn typing(spot: &Serving, folder: &Folder) -> anyhow::Result<[Row; 4]> {
    let bare = Bare::open(folder.path())?;
    let (done, ready) = (AtomicBool::new(false), std::sync::Barrier::new(DESKS));
    let (typed, floor) = thread::scope(|threads| {
        let floor = threads.spawn(|| commits(&bare, &done));
        let desks: Vec<ScopedJoinHandle<'_, anyhow::Result<Typed>>> = (0..DESKS)
            .map(|desk| {
                let ready = &ready;
                threads.spawn(move || {
                    let sits = sit_down(spot);
                    // Nobody waits for a desk that could not be made.
                    ready.wait();
                    type_name(sits?, desk)
                })
            })
            .collect();
        let ended = |_| anyhow!("a desk ended early");
        let typed: anyhow::Result<Vec<Typed>> = desks
            .into_iter()
            .map(|d| d.join().map_err(ended)?)
            .collect();
        done.store(true, Ordering::Relaxed);
        let floor = floor
            .join()
            .map_err(|_| anyhow!("the bare commits ended early"))??;
        anyhow::Ok((typed?, floor))
    })?;
    let all = |of: fn(&Typed) -> &Vec<f64>| {
        Samples::from(typed.iter().flat_map(|t| of(t).clone()).collect::<Vec<_>>())
    };
    let (shown, kept) = (all(|t| &t.shown_ms), all(|t| &t.kept_ms));
    Ok([
        Row::new("ten desks: key to the citizen, p50", shown.p50(), "ms").over(floor.p50()),
        Row::new("ten desks: key to the citizen, p95", shown.p95(), "ms")
            .over(floor.p95())
            .at_most(60.0),
        Row::new("ten desks: key until it is kept, p50", kept.p50(), "ms").over(floor.p50()),
        Row::new("ten desks: key until it is kept, p95", kept.p95(), "ms").over(floor.p95()),
    ])
}

/// What one desk measured, in milliseconds.
struct Typed {
    shown_ms: Vec<f64>,
    kept_ms: Vec<f64>,
}

/// A desk with its citizen's screen on the first form of an attendance; gives the form.
fn sit_down(spot: &Serving) -> anyhow::Result<(Desk, Screen, String)> {
    let mut desk = Desk::sign_in(spot)?;
    let screen = Screen::open(&desk.client)?;
    desk.post("/ecra", &format!("codigo={}", screen.code))?;
    let form = desk.post("/atendimentos", "")?;
    desk.client.get(&format!("/formulario/{form}"))?;
    Ok((desk, screen, form))
}

fn type_name(
    (mut desk, screen, form): (Desk, Screen, String),
    seed: usize,
) -> anyhow::Result<Typed> {
    let pressed: Mutex<HashMap<usize, Instant>> = Mutex::default();
    let mut kept = Samples::default();
    let mut events = screen.client.follow("/cidadao/eventos")?;
    // What it shows now: from here on only what is typed.
    events.until(|_| true)?;
    let shown_ms = thread::scope(|threads| {
        let follower = threads.spawn(|| -> anyhow::Result<Vec<f64>> {
            let (mut seen, mut times) = (0, Vec::new());
            while seen < KEYS {
                let text = events.until(|event| event.contains(BEGINS))?;
                let now = Instant::now();
                let length = text.split(BEGINS).nth(1).unwrap_or_default();
                let length = length
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .count();
                let pressed = pressed.lock().map_err(|_| anyhow!("the typist ended"))?;
                for key in seen + 1..=length {
                    let at = pressed.get(&key).context("a key that nobody pressed")?;
                    times.push(now.duration_since(*at).as_secs_f64() * 1000.0);
                }
                seen = seen.max(length);
            }
            Ok(times)
        });
        let mut name = BEGINS.to_owned();
        for key in 1..=KEYS {
            name.push('x');
            let base = u64::from(u32::MAX) << 16;
            let body = format!(
                r#"{{"guarda":"{}","value":"{name}","base":{base}}}"#,
                desk.guard
            );
            if let Ok(mut pressed) = pressed.lock() {
                pressed.insert(key, Instant::now());
            }
            let path = format!("/rascunho/{form}/full-name");
            let answer = kept.time(|| desk.client.post(&path, &body))?;
            ensure!(answer.status == 200, "a keystroke: {}", answer.text());
            // As far apart as a quick typist's keys, never quite alike: 55 to 105 ms.
            let pause = u64::try_from((key * 37 + seed * 11) % 51)?;
            thread::sleep(Duration::from_millis(55 + pause));
        }
        follower
            .join()
            .map_err(|_| anyhow!("the screen ended early"))?
    })?;
    Ok(Typed {
        shown_ms,
        kept_ms: kept.into(),
    })
}
