//! The depot: a hub, its vans with the lines between them, and the clock that they all have.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, ensure};
use vereda_tests::folder::{self, Folder};
use vereda_tests::program::Serving;
use vereda_tests::spot::{Authority, Place};

use crate::line::Line;

/// Of everybody.
pub(crate) const PIN: &str = "2718";
/// Who plans tours at the hub.
pub(crate) const OPERATOR: &str = "teresa.n";

/// A machine that can be started, killed and started again, at one address.
pub(crate) struct Machine {
    pub(crate) id: String,
    role: &'static str,
    pub(crate) place: Place,
    /// Of its pages.
    pub(crate) address: String,
    program: PathBuf,
    running: Mutex<Option<Serving>>,
}

impl Machine {
    /// Starts it, on the clock of this machine or some days ahead of it.
    pub(crate) fn start(&self, days_ahead: u32) -> anyhow::Result<()> {
        let command = self.command(days_ahead);
        let serving = Serving::start_as(self.role, command, &self.place.config_file())
            .with_context(|| self.id.clone())?;
        *self.running() = Some(serving);
        Ok(())
    }

    /// The plug is pulled.
    pub(crate) fn kill(&self) {
        if let Some(serving) = self.running().take() {
            serving.kill();
        }
    }

    /// It is told to end, and does.
    pub(crate) fn stop(&self) {
        drop(self.running().take());
    }

    /// Runs one of its commands to its end; gives what it said.
    pub(crate) fn run(&self, days_ahead: u32, arguments: &[&str]) -> anyhow::Result<String> {
        let (first, rest) = arguments.split_first().context("no command")?;
        let mut command = self.command(days_ahead);
        command
            .arg(first)
            .arg("--config")
            .arg(self.place.config_file())
            .args(rest);
        let done = command.output()?;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let erred = String::from_utf8_lossy(&done.stderr).into_owned();
        ensure!(done.status.success(), "{}: {first}: {said}{erred}", self.id);
        Ok(said)
    }

    fn command(&self, days_ahead: u32) -> Command {
        if days_ahead == 0 {
            return Command::new(&self.program);
        }
        let mut command = Command::new("faketime");
        command
            .arg("-f")
            .arg(format!("+{days_ahead}d"))
            .arg(&self.program);
        command
    }

    fn running(&self) -> MutexGuard<'_, Option<Serving>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A van with its ways to the hub and to the others.
pub(crate) struct Van {
    pub(crate) machine: Machine,
    pub(crate) name: String,
    pub(crate) to_hub: Line,
    /// By it the other vans reach this one.
    pub(crate) to_it: Line,
}

/// Everything in one folder, which goes away with it.
pub(crate) struct Site {
    pub(crate) hub: Machine,
    pub(crate) vans: Vec<Van>,
    // Last, so that it outlives what runs in it.
    _folder: Folder,
}

impl Site {
    /// A hub and so many vans, each with so many mediators, enrolled and not started.
    pub(crate) fn make(program: &Path, vans: usize, desks: usize) -> anyhow::Result<Self> {
        let folder = Folder::make("day")?;
        let among = folder.path();
        let authority = Authority::make(among)?;
        let staff = staff(desks)?;
        let machine = |place: Place, id: &str, role| -> anyhow::Result<Machine> {
            std::fs::write(place.folder().join("staff.toml"), &staff)?;
            let port = free_port()?;
            place.configure(
                "[web]\nlisten = \"127.0.0.1:0\"",
                &format!("[web]\nlisten = \"127.0.0.1:{port}\""),
            )?;
            authority.enrol(&place)?;
            Ok(Machine {
                id: id.to_owned(),
                role,
                place,
                address: format!("127.0.0.1:{port}"),
                program: program.to_owned(),
                running: Mutex::new(None),
            })
        };
        let hub_port = free_port()?;
        let hub = Place::hub(among.join("central"))?;
        let listen = |port| format!("127.0.0.1:{port}\"\ncertificate");
        hub.configure(&listen(0), &listen(hub_port))?;
        let hub = machine(hub, "central", "hub")?;
        let mut made: Vec<Van> = Vec::new();
        for count in 1..=vans {
            let (id, name) = (
                format!("movel-{count:02}"),
                format!("Espaço Móvel {count:02}"),
            );
            let to_hub = Line::open(hub_port)?;
            let place = Place::spot(among.join(&id), to_hub.port())?;
            place.configure("id = \"movel-07\"", &format!("id = \"{id}\""))?;
            place.configure("Espaço Móvel 07", &name)?;
            place.configure("\"M07\"", &format!("\"M{count:02}\""))?;
            // What the hub has archived is let go of a day later.
            place.configure("[store]\n", "[store]\nkeep_days = 1\n")?;
            let port = free_port()?;
            let to_it = Line::open(port)?;
            let known: Vec<String> = made
                .iter()
                .map(|other| format!("\"127.0.0.1:{}\"", other.to_it.port()))
                .collect();
            place.configure(
                "listen = \"127.0.0.1:0\"\ndiscover = false",
                &format!(
                    "listen = \"127.0.0.1:{port}\"\ndiscover = false\nknown = [{}]",
                    known.join(", ")
                ),
            )?;
            let machine = machine(place, &id, "spot")?;
            made.push(Van {
                machine,
                name,
                to_hub,
                to_it,
            });
        }
        // The stick that goes from hand to hand.
        std::fs::create_dir_all(among.join("pen"))?;
        Ok(Self {
            hub,
            vans: made,
            _folder: folder,
        })
    }

    /// All but what has died.
    pub(crate) fn stop(&self) {
        for van in &self.vans {
            van.machine.stop();
        }
        self.hub.stop();
    }
}

/// Who signs in: so many mediators, and an operator.
fn staff(desks: usize) -> anyhow::Result<String> {
    // Slow on purpose, so all have the same.
    let hash = vereda::staff::hash_pin(PIN).map_err(|why| anyhow::anyhow!(why))?;
    let entry = |id: &str, name: &str, role: &str| {
        format!(
            "[[mediator]]\nid = \"{id}\"\nname = \"{name}\"\nrole = \"{role}\"\npin = \"{hash}\"\n\n"
        )
    };
    let mut staff = entry(OPERATOR, "Teresa Nunes", "operator");
    for desk in 0..desks {
        staff.push_str(&entry(
            &mediator(desk),
            &format!("Mesa {}", desk + 1),
            "mediator",
        ));
    }
    Ok(staff)
}

/// Who sits at a desk.
pub(crate) fn mediator(desk: usize) -> String {
    format!("mesa.{}", desk + 1)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The program: what `VEREDA_BIN` says, or the best that is built.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    match std::env::var_os("VEREDA_BIN") {
        Some(_) => folder::vereda_of_tests(),
        None => folder::vereda(),
    }
}
