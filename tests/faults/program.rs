//! What runs beside the tests of faults and is killed: a desk that writes, a hub that takes frames,
//! and a satellite. Each line on its output is something that was acknowledged.
#![expect(
    clippy::print_stdout,
    reason = "its output is what the tests compare with"
)]

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, anyhow, bail, ensure};
use vereda::config::Config;
use vereda::desk::SpotDesk;
use vereda::node::{Node, Sender};
use vereda::store::journal;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::record::request;
use vereda_tests::http::Client;
use vereda_tests::invented::{Person, Seeded};
use vereda_tests::satellite;
use vereda_tests::spot::{Alone, MEDIATOR, SCOPE};
use vereda_web::desk::port::Desk;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["desk", config, turns] => desk(Path::new(config), turns.parse()?),
        ["frames", config, frames] => take_frames(Path::new(config), Path::new(frames)),
        ["attendance", address] => begin_attendance(address),
        [satellite::SERVE, ref link @ ..] => satellite::serve(link),
        _ => bail!(
            "faults desk CONFIG TURNS | frames CONFIG FILE | attendance ADDRESS | serve-satellite …"
        ),
    }
}

/// A line with the time at which it was true, in nanoseconds since 1970.
fn say(line: &str) {
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |t| t.as_nanos());
    println!("{now} {line}");
    // Whoever reads must have it before anything else happens.
    let _ = std::io::stdout().flush();
}

/// One attendance more, at a desk that runs.
fn begin_attendance(address: &str) -> anyhow::Result<()> {
    let mut desk = Client::connect(address)?;
    let guard = desk.sign_in(MEDIATOR)?;
    let begun = desk.post("/atendimentos", &format!("guarda={guard}"))?;
    ensure!(begun.status == 303, "an attendance: {}", begun.status);
    Ok(())
}

/// Somebody types and notes; what is refused is said, and the next is tried.
fn desk(config: &Path, turns: u32) -> anyhow::Result<()> {
    let node = Arc::new(Node::open(Config::load(config)?)?);
    let desk = SpotDesk::new(Arc::clone(&node), None, Box::new(Alone));
    let token = desk.sign_in(MEDIATOR.0, MEDIATOR.1);
    let token = token.map_err(|why| anyhow!("{why:?}"))?;
    let session = desk.session(&token).context("no session")?;
    let identity = Person::draw(&mut Seeded::new(5)).typed(&["full-name", "nif"]);
    say("open");
    let mut record = None;
    let mut form = None;
    let mut base = 0;
    for turn in 0..turns {
        if turn % 16 == 0 {
            (record, form, base) = (None, None, 0);
        }
        if form.is_none() {
            form = desk.begin_attendance(&session).ok();
        }
        if let Some(form) = &form {
            match desk.keystroke(&session, form, "full-name", &turn.to_string(), base) {
                Ok(saved) => {
                    base = saved.revision;
                    say(&format!("typed {form} {turn}"));
                }
                Err(why) => say(&format!("refused typing {turn} {why:?}")),
            }
        }
        if record.is_none() {
            let begin = |author: &_, at| {
                request::begin(
                    author,
                    at,
                    ("apoio-habitacao", 3),
                    RecordId([7; 32]),
                    &identity,
                )
            };
            match node.begin("ana.m", begin) {
                Ok(begun) => {
                    say(&format!("begun {begun}"));
                    record = Some(begun);
                }
                Err(why) => say(&format!("refused beginning {turn} {why}")),
            }
        }
        if let Some(record) = record {
            let note =
                |d: &mut _, author: &_, at: Hlc| request::note(d, author, at, &turn.to_string());
            match node.change(record, "ana.m", note, |_| Ok(())) {
                Ok(()) => say(&format!("noted {record} {turn}")),
                Err(why) => say(&format!("refused {record} {turn} {why}")),
            }
        }
    }
    say("done");
    Ok(())
}

/// A hub takes frames out of a file: the journal's id, then for each frame its first index, its
/// length, and what is packed.
fn take_frames(config: &Path, frames: &Path) -> anyhow::Result<()> {
    let node = Node::open(Config::load(config)?)?;
    let bytes = std::fs::read(frames)?;
    let (id, mut rest) = bytes.split_first_chunk::<16>().context("no journal")?;
    let (id, spot) = (JournalId(*id), "movel-07");
    {
        let db = node.store.write();
        if journal::find(&db, id)?.is_none() {
            journal::begin(&db, id, spot, false)?;
        }
    }
    let sender = Sender {
        node: spot.into(),
        scopes: vec![SCOPE.into()],
    };
    say("open");
    while let Some((first, after)) = rest.split_first_chunk::<8>() {
        let (length, after) = after.split_first_chunk::<4>().context("no length")?;
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        let (packed, after) = after.split_at_checked(length).context("no frame")?;
        rest = after;
        match node.take_frame(&sender, id, u64::from_be_bytes(*first), packed) {
            Ok(stored) => say(&format!("held {}", stored.held)),
            Err(why) => say(&format!("refused {why:#}")),
        }
    }
    node.derive_arrived()?;
    say("done");
    Ok(())
}
