//! `vereda doctor`: what is missing, wrong or unsent, in words that a crew
//! understands, with what to do. Looks only; changes nothing but the store's
//! own upkeep.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use rusqlite::Connection;
use vereda_hardware::card::pcsc::{PcscReader, ReaderFilter};
use vereda_hardware::card::{CardReader, CardState};
use vereda_web::place::settle;

use super::say;
use crate::catalogue::signed;
use crate::clock;
use crate::config::{Config, Kind};
use crate::node::Node;
use crate::staff::{AT_DESKS, Role};
use crate::store::audit::seen;
use crate::store::{agencies, blob, journal, parked, quarantine};

/// Work older than this is a reason to act, in milliseconds: three days.
const OLD_MS: i64 = 3 * 24 * 60 * 60 * 1000;
/// A record that waits for longer than this is a reason to act, in milliseconds: a day.
const PARKED_MS: i64 = 24 * 60 * 60 * 1000;
/// Less free disk than this is a reason to act, in bytes.
const LOW_DISK_BYTES: u64 = 1 << 30;

/// One finding.
enum Finding {
    Good(String),
    /// Works, but somebody should know.
    Note(String),
    /// Something is wrong: what, and what to do.
    Wrong(String, String),
}

/// Examines the node and prints what it found; fails when something is wrong.
///
/// # Errors
/// When nothing can be printed.
pub fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let findings = examine(config);
    let mut wrong = 0;
    for finding in &findings {
        match finding {
            Finding::Good(what) => say(&format!("  ok      {what}"))?,
            Finding::Note(what) => say(&format!("  note    {what}"))?,
            Finding::Wrong(what, remedy) => {
                wrong += 1;
                say(&format!("  WRONG   {what}\n          → {remedy}"))?;
            }
        }
    }
    match wrong {
        0 => say("Nothing is wrong.")?,
        1 => say("1 thing is wrong.")?,
        n => say(&format!("{n} things are wrong."))?,
    }
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn examine(file: &Path) -> Vec<Finding> {
    use Finding::{Good, Wrong};
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(e) => {
            return vec![Wrong(
                e.to_string(),
                "mend the configuration; images/spot.toml explains every value".into(),
            )];
        }
    };
    settle(config.node.zone, &config.node.languages);
    let mut out = vec![Good(format!(
        "configuration of {} ({}), where it is {} ({})",
        config.node.name,
        config.node.id,
        clock::minute_in(clock::now_ms(), config.node.zone),
        config.node.zone.name()
    ))];
    if !config.store.path.exists() {
        out.push(Finding::Note(
            "no store yet: it is made at the first start".into(),
        ));
    }
    let hub = config.hub.clone();
    let card = config.card.clone();
    let keep = config.keep.clone();
    let kind = config.node.kind;
    let folder = config
        .store
        .path
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned();
    match Node::open(config) {
        Ok(node) => store(&node, &mut out),
        Err(e) => out.push(Wrong(
            format!("{e:#}"),
            "nothing was changed; put back the file that is named, or call the support".into(),
        )),
    }
    disk(&folder, &mut out);
    if let Some(keep) = keep.filter(|keep| !keep.folder.is_dir()) {
        out.push(Wrong(
            format!(
                "no copy of what is typed is kept: {} is not there",
                keep.folder.display()
            ),
            "plug in its stick or disk, or change `folder` in `[keep]`".into(),
        ));
    }
    if let Some(hub) = hub {
        for file in [&hub.certificate, &hub.key, &hub.authority] {
            if !file.exists() {
                out.push(Wrong(
                    format!("{} is missing", file.display()),
                    "enrol this node again at the hub".into(),
                ));
            }
        }
        reach(&hub.address, &mut out);
    }
    if kind != Kind::Hub {
        reader(&card.reader, &mut out);
    }
    out
}

fn store(node: &Node, out: &mut Vec<Finding>) {
    use Finding::{Good, Note, Wrong};
    let db = node.store.read();
    match db.query_row("PRAGMA quick_check(1)", [], |r| r.get::<_, String>(0)) {
        Ok(said) if said == "ok" => {
            out.push(Good("the store opens with its key and is whole".into()))
        }
        Ok(said) => out.push(Wrong(
            format!("the store is damaged: {said}"),
            "keep the machine; copy the file away; call the support".into(),
        )),
        Err(e) => out.push(Wrong(
            format!("the store cannot be read: {e}"),
            "keep the machine and call the support".into(),
        )),
    }
    catalogue(node, out);
    people(node, out);
    let aside = db
        .query_row(
            "SELECT count(*) FROM record WHERE dirty = 2 AND record NOT IN (SELECT record FROM parked)",
            [],
            |r| r.get::<_, i64>(0),
        )
        .unwrap_or(0);
    if aside > 0 {
        out.push(Wrong(
            format!("{aside} records cannot be read"),
            "`vereda inspect … records` names them; call the support".into(),
        ));
    }
    parked_records(parked::figures(&db).unwrap_or_default(), out);
    if node.is_hub() {
        let held = quarantine::waiting(&db).unwrap_or(0);
        if held > 0 {
            out.push(Wrong(
                format!("{held} changes are in quarantine"),
                "`vereda inspect … quarantine` says whose and why; `vereda quarantine` settles them"
                    .into(),
            ));
        }
        told(node, &db, out);
        return;
    }
    let unsent = journal::unsent(&db).unwrap_or_default();
    let photos = blob::unsent(&db, &node.config.node.id).map_or(0, |b| b.len());
    let age_ms = unsent.oldest_ms.map(|ms| clock::now_ms() - ms);
    match (unsent.changes, age_ms) {
        (0, _) if photos == 0 => out.push(Good("nothing is unsent".into())),
        (changes, age) => {
            let text = format!(
                "{changes} changes and {photos} photographs are unsent; the oldest for {}",
                ago(age.unwrap_or(0))
            );
            if age.is_some_and(|age| age > OLD_MS) {
                out.push(Wrong(
                    text,
                    "bring the node to a place with a network soon".into(),
                ));
            } else {
                out.push(Note(text));
            }
        }
    }
    match unsent.proven_ms {
        Some(ms) => out.push(Good(format!(
            "last proven at the hub {} ago",
            ago(clock::now_ms() - ms)
        ))),
        None => out.push(Note("never proven at the hub yet".into())),
    }
    seen_of_hub(node, &db, out);
    if !node.clock_is_sure() {
        out.push(Note(
            "the clock was not compared with the hub's this week: times are marked as unsure"
                .into(),
        ));
    }
}

/// How far this spot saw the hub's log of accesses grow.
fn seen_of_hub(node: &Node, db: &Connection, out: &mut Vec<Finding>) {
    for origin in seen::origins(db).unwrap_or_default() {
        let Some(seen) = seen::of(db, &origin).unwrap_or_default() else {
            continue;
        };
        let (size, at) = (seen.checkpoint.size, seen.checkpoint.at_ms);
        let when = clock::minute_in(at, node.config.node.zone);
        out.push(match seen.wrong {
            None => Finding::Good(format!(
                "the hub's log of who saw what had {size} lines on {when}, and only ever grew"
            )),
            Some(wrong) => Finding::Wrong(
                format!("the hub took back what its log of who saw what said: {}", wrong.why),
                "`vereda audit seen` prints the proof: give it to the data protection officer, not to the hub's administrators"
                    .into(),
            ),
        });
    }
}

/// Who may sign in, by which list, and how long that one is good.
fn people(node: &Node, out: &mut Vec<Finding>) {
    use Finding::{Good, Note, Wrong};
    let staff = node.staff();
    if node.is_hub() {
        let administrators = staff.of_roles(&[Role::Administrator]).count();
        if administrators < 2 {
            out.push(Note(format!(
                "{administrators} administrators can sign in: what takes two persons waits for a second one; `vereda pin`, and a name in {}",
                node.config.staff.file.display()
            )));
        }
        out.push(match staff.publish_days() {
            Some(days) => Good(format!(
                "spots are given lists of who may sign in, each good for {days} days"
            )),
            None => Note(
                "spots are given no lists of who may sign in: whoever leaves stays in their files; `[publish]` in the staff file"
                    .into(),
            ),
        });
        return;
    }
    let people = staff.of_roles(AT_DESKS).count();
    let Some(given) = node.staff_list.given() else {
        out.push(Note(format!(
            "{people} people may sign in by this machine's own file: the hub gave no list yet"
        )));
        return;
    };
    let now_ms = node.now_ms();
    let text = format!(
        "{people} people may sign in by the hub's list of {} ago, which ends on {}",
        ago(now_ms - given.sealed_ms),
        clock::day(given.until_ms)
    );
    let remedy = "bring this machine to a network: a newer list comes by itself within a minute";
    out.push(match (given.is_over(now_ms), given.few_days_left(now_ms)) {
        (true, _) => Wrong(
            format!(
                "nobody can sign in: the hub's list ended on {}",
                clock::day(given.until_ms)
            ),
            remedy.into(),
        ),
        (false, Some(_)) => Wrong(text, remedy.into()),
        (false, None) => Good(text),
    });
}

/// How far what is sent to each agency is.
fn told(node: &Node, db: &Connection, out: &mut Vec<Finding>) {
    for it in node.config.agencies.iter().flat_map(|it| &it.agencies) {
        let head = agencies::head(db, &it.id).unwrap_or(0);
        if it.webhook.is_none() {
            out.push(Finding::Good(format!(
                "{} has {head} events in its feed",
                it.id
            )));
            continue;
        }
        let sending = agencies::sending(db, &it.id).unwrap_or_default();
        let waiting = head.saturating_sub(sending.seq);
        out.push(match sending.trouble {
            Some(why) => Finding::Wrong(
                format!(
                    "{} does not take what is sent to it ({why}): {waiting} events wait",
                    it.id
                ),
                "ask the agency; everything goes in order when it takes it again".into(),
            ),
            None => Finding::Good(format!(
                "{}: {waiting} of {head} events are still to be sent",
                it.id
            )),
        });
    }
}

/// The edition, whether it is signed, and whether it is too old to be the newest.
fn catalogue(node: &Node, out: &mut Vec<Finding>) {
    let (edition, services) = (node.catalogue().edition, node.catalogue().services.len());
    let text = format!("catalogue edition {edition}: {services} services");
    match node.catalogue_is_old() {
        true => out.push(Finding::Wrong(
            format!("{text}; it should have been followed by now"),
            "bring the signed catalogue that the hub has published since; until then confirm fees"
                .into(),
        )),
        false => out.push(Finding::Good(text)),
    }
    if !signed::is_signed(&node.config.catalogue.file) {
        out.push(Finding::Note(
            "the catalogue is a folder and not signed: whoever can write there changes fees; `vereda catalogue sign`"
                .into(),
        ));
    }
}

/// Records that wait for changes which are not here: a note, and after a day a reason to act.
fn parked_records((count, oldest): (u64, Option<i64>), out: &mut Vec<Finding>) {
    let Some(oldest) = oldest.filter(|_| count > 0) else {
        return;
    };
    let age_ms = clock::now_ms() - oldest;
    let text = format!(
        "{count} records wait for changes that are not here; the oldest for {}",
        ago(age_ms)
    );
    out.push(match age_ms > PARKED_MS {
        true => Finding::Wrong(
            text,
            "`vereda inspect … parked` says whose; connect the spots that have not been here since"
                .into(),
        ),
        false => Finding::Note(text),
    });
}

fn reach(address: &str, out: &mut Vec<Finding>) {
    let found = address.to_socket_addrs().map(|mut a| a.next());
    let reached = match found {
        Ok(Some(a)) => TcpStream::connect_timeout(&a, Duration::from_secs(3))
            .map(drop)
            .map_err(|e| e.to_string()),
        Ok(None) => Err("no such name".into()),
        Err(e) => Err(e.to_string()),
    };
    out.push(match reached {
        Ok(()) => Finding::Good(format!("the hub answers at {address}")),
        Err(e) => Finding::Note(format!(
            "the hub does not answer at {address} ({e}): work goes on, and is sent later"
        )),
    });
}

fn reader(name: &str, out: &mut Vec<Finding>) {
    if name == "none" {
        out.push(Finding::Note(
            "no card reader is configured: identity is typed".into(),
        ));
        return;
    }
    let reader = PcscReader::start(ReaderFilter::from_config(name), Duration::from_secs(3));
    // The first look takes a moment; a card is read within the same time.
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(100));
        if !matches!(
            reader.state(),
            CardState::NoDaemon | CardState::Reading { .. }
        ) {
            break;
        }
    }
    out.push(match reader.state() {
        CardState::NoDaemon => Finding::Wrong(
            "the card service (pcscd) does not run".into(),
            "start it: systemctl start pcscd".into(),
        ),
        CardState::NoReader => Finding::Wrong(
            format!("no card reader ({name}) is plugged in"),
            "plug it in, or set `reader` in `[card]`; meanwhile identity is typed".into(),
        ),
        CardState::Empty => Finding::Good("the card reader is ready, without a card".into()),
        CardState::Reading { .. } | CardState::Ready(_) => {
            Finding::Good("the card reader reads a card".into())
        }
        CardState::Failed(fault) => Finding::Wrong(
            format!("the card in the reader: {fault}"),
            "try another card".into(),
        ),
    });
}

fn disk(folder: &Path, out: &mut Vec<Finding>) {
    let Some(free) = crate::disk::free(folder) else {
        return;
    };
    let said = format!("{} MB of disk are free", free >> 20);
    out.push(if free < LOW_DISK_BYTES {
        Finding::Wrong(
            said,
            "free some space: without it nothing new can be recorded".into(),
        )
    } else {
        Finding::Good(said)
    });
}

fn ago(ms: i64) -> String {
    match ms / 60_000 {
        m if m < 120 => format!("{m} min"),
        m if m < 48 * 60 => format!("{} h", m / 60),
        m => format!("{} days", m / 60 / 24),
    }
}
