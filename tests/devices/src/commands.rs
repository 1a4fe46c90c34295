//! The commands of the `devices` program: a line in, a line out.

use std::thread;
use std::time::{Duration, Instant};

use crate::cc1::Card;
use crate::pcscd::Daemon;
use crate::vpcd::{Inserted, SLOTS};
use crate::{Fault, people};

/// What `help` answers.
pub const HELP: &str = "insert SLOT KEY [FAULT] | swap SLOT KEY [FAULT] | remove SLOT | kill-daemon | start-daemon | list | people | help";

/// How long a slot is empty between two cards. A hand needs longer; without it
/// the daemon, which asks the virtual reader every 400 ms, may miss the change
/// and go on taking the new card for the old one.
const HAND: Duration = Duration::from_millis(500);

/// A card that somebody put in: it stays in its slot when the daemon dies, as a
/// real one does.
struct Held {
    key: &'static str,
    fault: Fault,
    inserted: Option<Inserted>,
}

/// The desk's devices as they are.
pub struct Desk {
    daemon: Option<Daemon>,
    slots: Vec<Slot>,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    emptied: Option<Instant>,
}

impl Slot {
    /// Takes the card out, if there is one.
    fn empty(&mut self) {
        if self.held.take().is_some() {
            self.emptied = Some(Instant::now());
        }
    }
}

impl Desk {
    /// Two empty slots behind a running daemon.
    #[must_use]
    pub fn new(daemon: Daemon) -> Self {
        Self {
            daemon: Some(daemon),
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
        }
    }

    /// Carries out one command; the answer starts with `ok` or `error`.
    pub fn answer(&mut self, line: &str) -> String {
        match self.carry_out(line) {
            Ok(answer) if answer.is_empty() => "ok".to_owned(),
            Ok(answer) => format!("ok {answer}"),
            Err(error) => format!("error {error}"),
        }
    }

    fn carry_out(&mut self, line: &str) -> Result<String, String> {
        let mut words = line.split_whitespace();
        match words.next() {
            Some(how @ ("insert" | "swap")) => {
                let slot = self.slot(words.next())?;
                let key = words.next().ok_or("whose card? see: people")?;
                let person = people::find(key).ok_or("nobody of that key, see: people")?;
                let fault: Fault = words
                    .collect::<Vec<_>>()
                    .join(" ")
                    .parse()
                    .map_err(|error: crate::fault::UnknownFault| error.to_string())?;
                let place = &mut self.slots[slot];
                // The old card leaves first: a slot takes one connection.
                place.empty();
                if let (Some(emptied), "insert") = (place.emptied, how) {
                    thread::sleep(HAND.saturating_sub(emptied.elapsed()));
                }
                place.held = Some(Held {
                    key: person.key,
                    fault,
                    inserted: None,
                });
                self.connect(slot)?;
                Ok(person.full_name())
            }
            Some("remove") => {
                let slot = self.slot(words.next())?;
                self.slots[slot].empty();
                Ok(String::new())
            }
            Some("kill-daemon") => {
                self.daemon = None;
                Ok(String::new())
            }
            Some("start-daemon") => {
                if self.daemon.as_mut().is_some_and(Daemon::is_running) {
                    return Err("the daemon is running".to_owned());
                }
                self.daemon = Some(Daemon::start().map_err(|error| error.to_string())?);
                for slot in 0..self.slots.len() {
                    self.connect(slot)?;
                }
                Ok(String::new())
            }
            Some("list") => Ok(self.list()),
            Some("people") => {
                let all = people::all();
                Ok(all
                    .iter()
                    .map(|person| person.key)
                    .collect::<Vec<_>>()
                    .join(" "))
            }
            Some("help") => Ok(HELP.to_owned()),
            _ => Err(format!("unknown command, one of: {HELP}")),
        }
    }

    fn slot(&self, word: Option<&str>) -> Result<usize, String> {
        let slot: Option<usize> = word.and_then(|word| word.parse().ok());
        slot.filter(|&slot| slot < self.slots.len())
            .ok_or("which slot? 0 or 1".to_owned())
    }

    /// Dials in for the card of a slot, if there is one and a daemon to meet.
    fn connect(&mut self, slot: usize) -> Result<(), String> {
        let (Some(_), Some(held)) = (&self.daemon, &mut self.slots[slot].held) else {
            return Ok(());
        };
        let Some(person) = people::find(held.key) else {
            return Ok(());
        };
        let number = u16::try_from(slot).map_err(|error| error.to_string())?;
        let card = Card::new(&person, held.fault);
        let inserted = Inserted::insert(number, card, held.fault);
        held.inserted = Some(inserted.map_err(|error| format!("virtual reader: {error}"))?);
        Ok(())
    }

    fn list(&mut self) -> String {
        let running = self.daemon.as_mut().is_some_and(Daemon::is_running);
        let mut list = format!("daemon={}", if running { "up" } else { "down" });
        for (number, slot) in self.slots.iter().enumerate() {
            let Some(held) = &slot.held else {
                list.push_str(&format!(" {number}=empty"));
                continue;
            };
            let (apdus, gone) = held
                .inserted
                .as_ref()
                .map_or((0, true), |card| (card.answered(), card.is_gone()));
            let fault = held.fault.to_string().replace(' ', ":");
            let left = if gone { ",gone" } else { "" };
            list.push_str(&format!(
                " {number}={},{fault},apdus:{apdus}{left}",
                held.key
            ));
        }
        list
    }
}
