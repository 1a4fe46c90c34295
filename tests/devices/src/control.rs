//! The `devices` program as a test sees it: started, told, ended.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::Fault;

/// Names the `devices` program for tests of other crates. Without it, it is
/// looked for where cargo puts it: beside the running test's folder
/// (`target/<profile>/devices`), so `cargo build -p vereda-devices` must have run.
pub const BIN_VARIABLE: &str = "VEREDA_DEVICES_BIN";
/// Where a client of the daemon looks for its socket. It must be in the
/// *client's* environment before the client first speaks to the daemon.
pub const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";

const ANSWER: Duration = Duration::from_secs(15);
const FAREWELL: Duration = Duration::from_secs(2);

/// The daemon's socket for a run directory; keep that path short (under 85
/// bytes), or the socket's name does not fit.
#[must_use]
pub fn socket_path(run_dir: &Path) -> PathBuf {
    run_dir.join("pcscd").join("pcscd.comm")
}

/// What went wrong with the virtual devices.
#[derive(Debug, Error)]
pub enum DevicesError {
    /// The program is not where it is looked for.
    #[error("no `devices` program: set VEREDA_DEVICES_BIN or run `cargo build -p vereda-devices`")]
    NoProgram,
    /// It could not be started or spoken to.
    #[error("devices program: {0}")]
    Program(#[from] io::Error),
    /// It did not answer in time, or ended; its messages are in `devices.log`.
    #[error("the devices program gives no answer, see devices.log in its run directory")]
    Silent,
    /// It refused.
    #[error("devices: {0}")]
    Refused(String),
}

/// Running virtual devices; ended, with the daemon, when dropped. When the
/// process that holds this is killed, the program sees its input close and ends
/// the daemon and itself.
#[derive(Debug)]
pub struct Devices {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    run_dir: PathBuf,
}

impl Devices {
    /// Starts them with the program found by [`BIN_VARIABLE`] or beside this
    /// executable. `run_dir` is made if it is missing.
    ///
    /// # Errors
    /// When the program is missing, or cannot have its namespace or daemon.
    pub fn start(run_dir: &Path) -> Result<Self, DevicesError> {
        Self::start_with(&program()?, run_dir)
    }

    /// The same with a given program.
    ///
    /// # Errors
    /// As [`Devices::start`].
    pub fn start_with(program: &Path, run_dir: &Path) -> Result<Self, DevicesError> {
        std::fs::create_dir_all(run_dir)?;
        let run_dir = run_dir.canonicalize()?;
        let log = File::create(run_dir.join("devices.log"))?;
        let mut child = Command::new(program)
            .arg("--run-dir")
            .arg(&run_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let (tell, answers) = mpsc::channel();
        let input = child.stdin.take();
        let output = child.stdout.take();
        // From here on dropping ends the program, also when something fails.
        let devices = Self {
            child,
            input,
            answers,
            run_dir,
        };
        if let Some(output) = output {
            thread::Builder::new()
                .name("devices".to_owned())
                .spawn(move || {
                    for line in BufReader::new(output).lines() {
                        let Ok(line) = line else { return };
                        if tell.send(line).is_err() {
                            return;
                        }
                    }
                })?;
        }
        devices.hear()?;
        Ok(devices)
    }

    /// The socket that clients of this daemon need in [`SOCKET_VARIABLE`].
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket_path(&self.run_dir)
    }

    /// The process id of the program.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Puts a person's card into slot 0 or 1, in place of what was there. A
    /// slot is empty for half a second between two cards, as with a hand.
    ///
    /// # Errors
    /// When the program does not answer or refuses.
    pub fn insert(&mut self, slot: u16, key: &str, fault: Fault) -> Result<(), DevicesError> {
        self.tell(&format!("insert {slot} {key} {fault}")).map(drop)
    }

    /// The same without the half second that a hand needs: so fast that the
    /// daemon may not notice that it is another card.
    ///
    /// # Errors
    /// As [`Devices::insert`].
    pub fn swap(&mut self, slot: u16, key: &str, fault: Fault) -> Result<(), DevicesError> {
        self.tell(&format!("swap {slot} {key} {fault}")).map(drop)
    }

    /// Takes the card out.
    ///
    /// # Errors
    /// As [`Devices::insert`].
    pub fn remove(&mut self, slot: u16) -> Result<(), DevicesError> {
        self.tell(&format!("remove {slot}")).map(drop)
    }

    /// Kills the daemon as a crash would; the cards stay in their slots.
    ///
    /// # Errors
    /// As [`Devices::insert`].
    pub fn kill_daemon(&mut self) -> Result<(), DevicesError> {
        self.tell("kill-daemon").map(drop)
    }

    /// Starts the daemon again after [`Devices::kill_daemon`].
    ///
    /// # Errors
    /// As [`Devices::insert`].
    pub fn restart_daemon(&mut self) -> Result<(), DevicesError> {
        self.tell("start-daemon").map(drop)
    }

    /// Daemon and slots in one line, such as
    /// `daemon=up 0=rosario,none,apdus:69 1=empty`.
    ///
    /// # Errors
    /// As [`Devices::insert`].
    pub fn list(&mut self) -> Result<String, DevicesError> {
        self.tell("list")
    }

    /// APDUs that the card in a slot has answered; `None` for an empty slot.
    ///
    /// # Errors
    /// As [`Devices::insert`].
    pub fn apdus(&mut self, slot: u16) -> Result<Option<u32>, DevicesError> {
        let list = self.list()?;
        let own = list
            .split(' ')
            .find_map(|part| part.strip_prefix(&format!("{slot}=")));
        let count =
            own.and_then(|card| card.split(',').find_map(|item| item.strip_prefix("apdus:")));
        Ok(count.and_then(|count| count.parse().ok()))
    }

    fn tell(&mut self, line: &str) -> Result<String, DevicesError> {
        let input = self.input.as_mut().ok_or(DevicesError::Silent)?;
        writeln!(input, "{line}")?;
        input.flush()?;
        self.hear()
    }

    fn hear(&self) -> Result<String, DevicesError> {
        let answer = self
            .answers
            .recv_timeout(ANSWER)
            .map_err(|_| DevicesError::Silent)?;
        match answer.split_once(' ').unwrap_or((&answer, "")) {
            ("ok", rest) => Ok(rest.to_owned()),
            ("error", rest) => Err(DevicesError::Refused(rest.to_owned())),
            _ => Err(DevicesError::Refused(answer)),
        }
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        // Closing its input is the polite way; the daemon dies with it anyhow.
        drop(self.input.take());
        let until = Instant::now() + FAREWELL;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() >= until {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn program() -> Result<PathBuf, DevicesError> {
    if let Some(path) = std::env::var_os(BIN_VARIABLE) {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    // A test is `target/<profile>/deps/NAME`, another program one folder up.
    let folders = own.ancestors().skip(1).take(2);
    let found = folders
        .map(|folder| folder.join("devices"))
        .find(|path| path.is_file());
    found.ok_or(DevicesError::NoProgram)
}
