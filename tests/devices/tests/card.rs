//! The card's driver against the real `pcscd`, with virtual cards under it.
//!
//! Every test has a daemon of its own in namespaces of its own. The client
//! library takes the daemon's socket from the environment, once a process, so
//! each test runs in a process of its own: this same test, started again.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests say what they saw"
)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use vereda_devices::{Devices, Fault, SOCKET_VARIABLE, people, socket_path};
use vereda_hardware::card::pcsc::{PcscReader, ReaderFilter};
use vereda_hardware::card::{CardFault, CardReader, CardState, Identity};

const RUN_DIR: &str = "VEREDA_CARD_TEST_DIR";
const DEADLINE: Duration = Duration::from_secs(1);
/// No wait in here is longer; all of them usually end far sooner.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs `body` with devices of its own in a process of its own.
fn alone(name: &str, body: fn(&mut Devices)) {
    if let Some(dir) = std::env::var_os(RUN_DIR) {
        // A hang becomes a failure; the devices end when their input closes.
        thread::spawn(|| {
            thread::sleep(6 * LIMIT);
            println!("took too long");
            std::process::exit(124);
        });
        let program = env!("CARGO_BIN_EXE_devices").as_ref();
        body(&mut Devices::start_with(program, &PathBuf::from(dir)).unwrap());
        return;
    }
    let dir = std::env::temp_dir().join(format!("vd-{}-{name}", std::process::id()));
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(RUN_DIR, &dir)
        .env(SOCKET_VARIABLE, socket_path(&dir))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}\npcscd: {}",
        String::from_utf8_lossy(&output.stderr),
        std::fs::read_to_string(dir.join("pcscd.log")).unwrap_or_default(),
    );
    for line in said.lines().filter(|line| line.starts_with("· ")) {
        println!("{name} {line}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// A reader and every state it went through.
struct Watched {
    reader: PcscReader,
    states: Arc<Mutex<Vec<(Instant, CardState)>>>,
}

impl Watched {
    fn start(filter: &str) -> Self {
        let reader = PcscReader::start(ReaderFilter::from_config(filter), DEADLINE);
        let states = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&states);
        reader.subscribe(Box::new(move |state| {
            log.lock().unwrap().push((Instant::now(), state))
        }));
        Self { reader, states }
    }

    /// Waits for a state that fits and returns it; everything up to it is
    /// forgotten, so that the next wait is for what comes after.
    fn until(&self, what: &str, fits: impl Fn(&CardState) -> bool) -> (Instant, CardState) {
        let give_up = Instant::now() + LIMIT;
        loop {
            {
                let mut states = self.states.lock().unwrap();
                if let Some(place) = states.iter().position(|(_, state)| fits(state)) {
                    return states.drain(..=place).next_back().unwrap();
                }
                assert!(
                    Instant::now() < give_up,
                    "no {what} within {LIMIT:?}: {states:?}"
                );
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn until_is(&self, wanted: CardState) -> Instant {
        self.until(&format!("{wanted:?}"), |state| *state == wanted)
            .0
    }

    fn until_ready(&self) -> (Instant, Arc<Identity>) {
        match self.until("identity", |state| matches!(state, CardState::Ready(_))) {
            (at, CardState::Ready(identity)) => (at, identity),
            _ => unreachable!("filtered"),
        }
    }

    fn until_reading(&self, least: u32) {
        self.until(
            "progress",
            |state| matches!(state, CardState::Reading { done, .. } if *done >= least),
        );
    }

    fn until_failed(&self, fault: CardFault) -> Instant {
        self.until_is(CardState::Failed(fault))
    }
}

#[test]
fn everybody_is_read() {
    alone("everybody_is_read", |devices| {
        let watched = Watched::start("any");
        watched.until_is(CardState::Empty);
        for person in people::all() {
            let inserted = Instant::now();
            devices.insert(0, person.key, Fault::None).unwrap();
            let (noticed, first) = watched.until("reading", |s| *s != CardState::Empty);
            assert_eq!(first, CardState::Reading { done: 0, total: 0 });
            let (ready, identity) = watched.until_ready();
            println!(
                "· {}: noticed after {} ms, read in {} ms, {} APDUs",
                person.key,
                (noticed - inserted).as_millis(),
                (ready - noticed).as_millis(),
                devices.apdus(0).unwrap().unwrap(),
            );
            assert_eq!(identity.full_name(), person.full_name());
            assert_eq!(identity.nif, person.nif);
            assert_eq!(identity.photo, person.photo);
            assert_eq!(identity.expired_on("2026-01-01"), person.key == "anibal");
            devices.remove(0).unwrap();
            watched.until_is(CardState::Empty);
        }
    });
}

#[test]
fn progress_only_grows_and_a_card_is_read_again_on_demand() {
    alone(
        "progress_only_grows_and_a_card_is_read_again_on_demand",
        |devices| {
            let watched = Watched::start("any");
            devices.insert(0, "ines", Fault::None).unwrap();
            for _ in 0..2 {
                let mut last = 0;
                loop {
                    match watched.until("state", |_| true).1 {
                        CardState::Reading { done, total } => {
                            assert!(done >= last && (total == 15_500 || (total, done) == (0, 0)));
                            last = done;
                        }
                        CardState::Ready(_) => break,
                        _ => assert_eq!(last, 0),
                    }
                }
                assert_eq!(last, 15_500);
                watched.reader.read_again();
            }
        },
    );
}

#[test]
fn a_card_pulled_in_the_middle_is_told_and_the_next_one_read() {
    alone(
        "a_card_pulled_in_the_middle_is_told_and_the_next_one_read",
        |devices| {
            let watched = Watched::start("any");
            for after in [0, 2, 5, 30] {
                devices.insert(0, "rosario", Fault::Pull(after)).unwrap();
                watched.until_failed(CardFault::Removed);
                // It stays, for whoever looks at the screen a moment later.
                thread::sleep(Duration::from_millis(600));
                assert_eq!(
                    watched.reader.state(),
                    CardState::Failed(CardFault::Removed)
                );
                devices.insert(0, "rosario", Fault::None).unwrap();
                watched.until_ready();
                devices.remove(0).unwrap();
                watched.until_is(CardState::Empty);
            }
            // Another person's card in the middle, so fast that the daemon never
            // sees the slot empty: what is read must be all of one card.
            devices.insert(0, "rosario", Fault::Slow(20)).unwrap();
            watched.until_reading(1_000);
            devices.swap(0, "baptista", Fault::None).unwrap();
            let (_, identity) = watched.until_ready();
            assert_eq!(identity.full_name(), "João Baptista d'Assunção Peixeiro");
        },
    );
}

#[test]
fn a_stalled_card_blocks_nobody_and_ends_by_the_deadline() {
    alone(
        "a_stalled_card_blocks_nobody_and_ends_by_the_deadline",
        |devices| {
            let (first, second) = (Watched::start("00 00"), Watched::start("00 01"));
            for after in [0, 4, 20] {
                devices.insert(0, "deolinda", Fault::Stall(after)).unwrap();
                first.until("reading", |s| matches!(s, CardState::Reading { .. }));
                let begun = Instant::now();
                devices.insert(1, "tome", Fault::None).unwrap();
                second.until_ready();
                println!(
                    "· the other slot was read {} ms later",
                    begun.elapsed().as_millis()
                );
                let stalled = first.until_failed(CardFault::Stalled) - begun;
                assert!(stalled < 2 * DEADLINE, "{stalled:?}");
                println!(
                    "· stall after {after} APDUs told in {} ms",
                    stalled.as_millis()
                );
                // Asking again does not pile up readings behind the stuck one.
                first.reader.read_again();
                devices.insert(0, "deolinda", Fault::None).unwrap();
                let (_, identity) = first.until_ready();
                assert_eq!(identity.birth_date, "1935-02-11");
                devices.remove(0).unwrap();
                devices.remove(1).unwrap();
                first.until_is(CardState::Empty);
                second.until_is(CardState::Empty);
            }
        },
    );
}

#[test]
fn the_daemon_may_die_and_come_back() {
    alone("the_daemon_may_die_and_come_back", |devices| {
        let watched = Watched::start("any");
        devices.insert(0, "amilcar", Fault::None).unwrap();
        watched.until_ready();
        for fault in [Fault::None, Fault::Slow(20)] {
            let killed = Instant::now();
            devices.kill_daemon().unwrap();
            let lost = watched.until_is(CardState::NoDaemon) - killed;
            devices.restart_daemon().unwrap();
            let started = Instant::now();
            let (ready, identity) = watched.until_ready();
            println!(
                "· loss seen in {} ms, card read {} ms after the restart",
                lost.as_millis(),
                (ready - started).as_millis()
            );
            assert_eq!(identity.full_name(), "Amílcar do Ó");
            // The second time in the middle of a reading.
            devices.insert(0, "amilcar", fault).unwrap();
            watched.until_reading(1);
            if fault != Fault::None {
                devices.kill_daemon().unwrap();
                watched.until_is(CardState::NoDaemon);
                devices.restart_daemon().unwrap();
            }
            watched.until_ready();
        }
    });
}

#[test]
fn bad_cards_are_told_apart() {
    alone("bad_cards_are_told_apart", |devices| {
        let watched = Watched::start("any");
        let malformed = |what| CardFault::Malformed { what };
        let cases = [
            (Fault::Garbage, malformed("surname")),
            (Fault::Oversized, malformed("EF02 size")),
            (Fault::Truncated, malformed("file cut short")),
            (Fault::Inactive, CardFault::Inactive),
            (Fault::Unknown, CardFault::Unknown),
            (Fault::SecondGeneration, CardFault::Unsupported),
        ];
        for (fault, expected) in cases {
            devices.insert(0, "guilhermina", fault).unwrap();
            watched.until_failed(expected);
            devices.remove(0).unwrap();
            watched.until_is(CardState::Empty);
        }
        devices.insert(0, "guilhermina", Fault::None).unwrap();
        watched.until_ready();
    });
}

#[test]
fn two_slots_are_read_at_once() {
    alone("two_slots_are_read_at_once", |devices| {
        let (first, second) = (Watched::start("00 00"), Watched::start("00 01"));
        for _ in 0..3 {
            devices.insert(0, "rosario", Fault::None).unwrap();
            devices.insert(1, "baptista", Fault::None).unwrap();
            assert_eq!(first.until_ready().1.given_names, "Maria do Rosário");
            assert_eq!(second.until_ready().1.given_names, "João Baptista");
            devices.remove(0).unwrap();
            first.until_is(CardState::Empty);
            assert!(matches!(second.reader.state(), CardState::Ready(_)));
            devices.remove(1).unwrap();
            second.until_is(CardState::Empty);
        }
    });
}

#[test]
fn no_reader_no_daemon_and_a_quick_farewell() {
    alone("no_reader_no_daemon_and_a_quick_farewell", |devices| {
        let watched = Watched::start("Printer");
        watched.until_is(CardState::NoReader);
        devices.kill_daemon().unwrap();
        watched.until_is(CardState::NoDaemon);
        let late = Watched::start("any");
        assert_eq!(late.reader.state(), CardState::NoDaemon);
        devices.restart_daemon().unwrap();
        late.until_is(CardState::Empty);

        let states = Arc::clone(&late.states);
        let leaving = Instant::now();
        drop(late);
        assert!(
            leaving.elapsed() < Duration::from_millis(700),
            "{:?}",
            leaving.elapsed()
        );
        states.lock().unwrap().clear();
        devices.insert(0, "ines", Fault::None).unwrap();
        thread::sleep(Duration::from_secs(1));
        assert!(states.lock().unwrap().is_empty(), "the thread went on");
        assert_eq!(devices.apdus(0).unwrap(), Some(0));
    });
}

#[test]
fn a_creeping_card_ends_too() {
    alone("a_creeping_card_ends_too", |devices| {
        // Never silent for as long as the deadline, and yet without an end.
        let deadline = Duration::from_millis(250);
        let reader: Arc<dyn CardReader> = Arc::new(PcscReader::start(ReaderFilter::Any, deadline));
        devices.insert(0, "rosario", Fault::Slow(200)).unwrap();
        let begun = Instant::now();
        while reader.state() != CardState::Failed(CardFault::Stalled) {
            assert!(begun.elapsed() < LIMIT, "{:?}", reader.state());
            thread::sleep(Duration::from_millis(10));
        }
        println!("· ended after {} ms", begun.elapsed().as_millis());
        assert!(devices.apdus(0).unwrap().unwrap() > 5);
        // The reading that was left behind does not go on by itself.
        thread::sleep(Duration::from_millis(500));
        let asked = devices.apdus(0).unwrap();
        thread::sleep(Duration::from_millis(500));
        assert_eq!(devices.apdus(0).unwrap(), asked);
    });
}

#[test]
fn another_program_may_hold_the_card() {
    alone("another_program_may_hold_the_card", |devices| {
        devices.insert(0, "rosario", Fault::None).unwrap();
        let name = c"Virtual PCD 00 00";
        let other = pcsc::Context::establish(pcsc::Scope::User).unwrap();
        let connect = |mode| {
            let give_up = Instant::now() + LIMIT;
            loop {
                match other.connect(name, mode, pcsc::Protocols::ANY) {
                    Ok(card) => return card,
                    Err(error) => assert!(Instant::now() < give_up, "{error}"),
                }
                thread::sleep(Duration::from_millis(20));
            }
        };
        let card = connect(pcsc::ShareMode::Exclusive);
        let watched = Watched::start("any");
        watched.until_failed(CardFault::InUse);
        drop(card);
        watched.reader.read_again();
        watched.until_ready();

        let mut card = connect(pcsc::ShareMode::Shared);
        let transaction = card.transaction().unwrap();
        watched.reader.read_again();
        watched.until_failed(CardFault::Stalled);
        drop(transaction);
        // The reading that was left waiting ends by itself, and another begins.
        watched.reader.read_again();
        watched.until_ready();
    });
}

/// The daemon's process, by the file it writes its id to.
fn daemon_pid(dir: &std::path::Path) -> String {
    let text = std::fs::read_to_string(dir.join("pcscd/pcscd.pid")).unwrap();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    assert!(!digits.is_empty(), "{text:?}");
    digits
}

fn until_gone(pid: &str) {
    let give_up = Instant::now() + LIMIT;
    // Gone, or a zombie that its new parent has not collected.
    while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z ")) {
        assert!(Instant::now() < give_up, "{pid} is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn however_the_program_ends_the_daemon_ends() {
    for signal in ["KILL", "TERM", ""] {
        let dir = std::env::temp_dir().join(format!("vd-{}-end{signal}", std::process::id()));
        let program = env!("CARGO_BIN_EXE_devices").as_ref();
        let devices = Devices::start_with(program, &dir).unwrap();
        let daemon = daemon_pid(&dir);
        assert!(PathBuf::from(format!("/proc/{daemon}")).exists());
        if !signal.is_empty() {
            let own = devices.pid().to_string();
            assert!(
                Command::new("kill")
                    .args(["-s", signal, &own])
                    .status()
                    .unwrap()
                    .success()
            );
            until_gone(&daemon);
        }
        drop(devices);
        until_gone(&daemon);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
