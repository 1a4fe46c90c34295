//! The console with a million requests behind it: its pages, and what a new request that was made twice costs until it is listed.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::ensure;
use vereda_sync::id::RecordId;
use vereda_sync::record::request;

use vereda_tests::folder::{Folder, vereda};
use vereda_tests::http::Client;
use vereda_tests::invented::{Person, Seeded};
use vereda_tests::program::Serving;
use vereda_tests::spot::{AUDITOR, OPERATOR};

use crate::driven::Pair;
use crate::many::{self, Crowd};
use crate::records::{self, IDENTITY, Made};
use crate::report::Row;
use crate::samples::Samples;
use crate::sync::append;

const REQUESTS: u64 = 1_000_000;
/// So many a day as all spots of the country together: 1.5 million a year.
const EVERY_MS: u64 = 21_000;
const SPOTS: u64 = 850;
/// Requests that are made a second time.
const TWICE: u64 = 200;
/// Each page is asked for so often.
const ASKED: u32 = 20;

pub(super) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("console-pages")?;
    let pair = Pair::make(&folder.path().join("pair"))?;
    let begun = Instant::now();
    let crowd = Crowd {
        records: 2 * REQUESTS,
        // Of another scope: the spot does not take all of it.
        scope: "pais",
        every_ms: EVERY_MS,
        person: citizen,
        spot: Some(|count| format!("Espaço {:03}", count % SPOTS)),
        is_derived: true,
    };
    let one = many::gather(&pair.hub, &crowd)?;
    println!(
        "  {REQUESTS} requests and as many attendances: made and derived in {:.0} s, {:.1} GB",
        begun.elapsed().as_secs_f64(),
        gigabytes(pair.hub.store.path())
    );
    let mut rows = made_twice(&pair)?;
    rows.extend(programs(pair, one)?);
    Ok(rows)
}

/// Somebody with numbers that are theirs alone.
fn citizen(seed: &mut Seeded, count: u64) -> Person {
    let mut person = Person::draw(seed);
    for (field, digits) in [("nic", 8), ("nif", 9), ("niss", 11), ("sns", 9)] {
        person
            .answers
            .insert(field.into(), format!("{count:0digits$}"));
    }
    let day = format!(
        "{}-{:02}-{:02}",
        1930 + seed.below(80),
        1 + seed.below(12),
        1 + seed.below(28)
    );
    person.answers.insert("birth-date".into(), day);
    person
}

/// Requests that are made once more at another spot: time of the hub from their arrival until they are listed.
fn made_twice(pair: &Pair) -> anyhow::Result<Vec<Row>> {
    let mut seed = Seeded::new(12);
    let mut times = Samples::default();
    let listed = |pair: &Pair| -> anyhow::Result<u64> {
        let db = pair.hub.store.read();
        let count: i64 = db.query_row(
            "SELECT count(*) FROM conflict WHERE kind = 'duplicate'",
            [],
            |r| r.get(0),
        )?;
        Ok(count.unsigned_abs())
    };
    let before = listed(pair)?;
    for count in 0..TWICE {
        let of = REQUESTS - 1_000 + count;
        let mut person = citizen(&mut seed, of);
        person.answers.remove("nic");
        let again = again(&person, of)?;
        append(&pair.spot, &[again])?;
        pair.exchange()?;
        times.time(|| pair.hub.derive_arrived())?;
    }
    let found = listed(pair)? - before;
    ensure!(found >= TWICE, "only {found} of {TWICE} were listed");
    Ok(vec![
        Row::new(
            "a new request made twice: derived and listed, p50",
            times.p50(),
            "ms",
        ),
        Row::new(format!("the same, p95 of {TWICE}"), times.p95(), "ms").at_most(50.0),
    ])
}

/// The request of the citizen of that count, once more, a day later.
fn again(person: &Person, count: u64) -> anyhow::Result<Made> {
    let author = records::author();
    let at = |seconds: u64| records::after(count * EVERY_MS + 86_400_000 + seconds * 1000);
    let attendance = RecordId([7; 32]);
    let begun = request::begin(
        &author,
        at(0),
        ("apoio-habitacao", 3),
        attendance,
        &person.typed(IDENTITY),
    )?;
    let number = records::number_of(10_000_000 + count);
    Made::begun(begun).then(|d| request::record(d, &author, at(30), &number, 0, None))
}

/// The program itself: every page.
fn programs(pair: Pair, one: RecordId) -> anyhow::Result<Vec<Row>> {
    let Pair {
        spot,
        hub,
        places: [_, place],
        ..
    } = pair;
    let conflict: String = hub.store.read().query_row(
        "SELECT id FROM conflict ORDER BY since DESC LIMIT 1",
        [],
        |r| r.get(0),
    )?;
    drop((spot, hub));
    let hub = Serving::start_as("hub", Command::new(vereda()?), &place.config_file())?;
    let signed_in = |who| -> anyhow::Result<Client> {
        let mut console = Client::connect(&hub.address)?;
        console.sign_in(who)?;
        Ok(console)
    };
    let mut rows = pages(&mut signed_in(OPERATOR)?, &of_operators(&conflict, one))?;
    rows.extend(pages(&mut signed_in(AUDITOR)?, &of_auditors())?);
    Ok(rows)
}

/// Names and addresses.
type Pages = Vec<(&'static str, String)>;

fn of_operators(conflict: &str, one: RecordId) -> Pages {
    vec![
        ("Conflitos", "/".to_owned()),
        ("a conflict, both sides", format!("/conflito/{conflict}")),
        ("Decididos", "/decididos".into()),
        ("Pedidos", "/pedidos".into()),
        ("Pedidos, a name", "/pedidos?q=zulmira+zzz".into()),
        ("Pedidos, a common name", "/pedidos?q=maria+silva".into()),
        ("a request", format!("/pedido/{one}")),
        ("Apoio", "/apoio".into()),
        ("Reclamações", "/reclamacoes".into()),
        ("Mensagens", "/mensagens".into()),
        ("Percursos", "/percursos".into()),
        ("Lares", "/lares".into()),
        ("Consultas", "/consultas".into()),
        ("Avaliações", "/avaliacoes".into()),
        ("Reservas", "/reservas".into()),
        ("Postos", "/postos".into()),
        ("Números", "/numeros".into()),
    ]
}

fn of_auditors() -> Pages {
    vec![
        ("Quarentena", "/quarentena".into()),
        ("Entidades", "/entidades".into()),
        ("Fora da região", "/alheios".into()),
        ("Acessos", "/acessos".into()),
        ("Acessos, at spots", "/acessos?onde=postos".into()),
        (
            "what there is of a citizen",
            "/acessos/cidadao?numero=000000007".into(),
        ),
        ("Conservação", "/conservacao".into()),
        ("Pessoas", "/pessoas".into()),
    ]
}

fn pages(console: &mut Client, pages: &Pages) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, path) in pages {
        console.get(path)?;
        let mut times = Samples::default();
        for _ in 0..ASKED {
            times.time(|| console.get(path))?;
        }
        rows.push(Row::new(format!("{name}, p95 of {ASKED}"), times.p95(), "ms").at_most(100.0));
    }
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn gigabytes(store: &Path) -> f64 {
    many::size_of(store) as f64 / 1e9
}
