//! The real `pcscd` with the two slots of a virtual reader, in a mount and
//! network namespace of its own.
//!
//! Inside, the run directory is bound over `/run`, so that the daemon's fixed
//! path `/run/pcscd/pcscd.comm` is `DIR/pcscd/pcscd.comm` outside; a Unix
//! socket with a path is reached across network namespaces. Ports 35963 and
//! 35964, which vpcd opens on all addresses, exist on the inner loopback only.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::vpcd::PORT;

/// The driver of vsmartcard-vpcd, as Debian installs it.
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// The longest path of a Unix socket, without its final NUL.
const LONGEST_SOCKET: usize = 107;
const START: Duration = Duration::from_secs(10);

/// Why the daemon could not be started.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// A command of the system failed.
    #[error("{command}: {source}")]
    Command {
        /// Which one.
        command: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// Files of the run directory.
    #[error("run directory: {0}")]
    Files(#[from] io::Error),
    /// The run directory's path is too long for a socket in it.
    #[error("the run directory's path is too long for a socket: {0}")]
    TooLong(PathBuf),
    /// The daemon came up without its socket.
    #[error("pcscd opened no socket within 10 s, see pcscd.log in the run directory")]
    Silent,
    /// The driver of the virtual reader is missing.
    #[error("no virtual reader: install pcscd and vsmartcard-vpcd")]
    NoDriver,
}

/// Replaces this process by the same program in namespaces of its own, with
/// `--inside` before its other arguments. It keeps its process id, so whoever
/// started it may signal it directly. Returns only when that failed.
#[must_use]
pub fn enter_namespace(arguments: &[String]) -> io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut command = Command::new("unshare");
    // Without root, a user namespace gives the right to the other two.
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() != 0) {
        command.arg("-r");
    }
    command
        .args(["-m", "-n", "--"])
        .arg(program)
        .arg("--inside")
        .args(arguments)
        .exec()
}

/// The daemon, ended when this is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
}

/// Prepares the namespace this process is already in: loopback and `/run`.
///
/// # Errors
/// When a file or a command fails, as outside of a namespace.
pub fn prepare(run_dir: &Path) -> Result<(), DaemonError> {
    if !Path::new(DRIVER).exists() {
        return Err(DaemonError::NoDriver);
    }
    let socket = crate::socket_path(run_dir);
    if socket.as_os_str().len() > LONGEST_SOCKET {
        return Err(DaemonError::TooLong(socket));
    }
    let sockets = run_dir.join("pcscd");
    let conf = run_dir.join("reader.conf.d");
    fs::create_dir_all(&sockets)?;
    fs::create_dir_all(&conf)?;
    // Clients may be other users than the one who started this.
    fs::set_permissions(&sockets, Permissions::from_mode(0o755))?;
    let reader = format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{PORT:#06X}\nLIBPATH {DRIVER}\nCHANNELID {PORT:#06X}\n"
    );
    fs::write(conf.join("vpcd"), reader)?;
    run("ip", Command::new("ip").args(["link", "set", "lo", "up"]))?;
    run(
        "mount",
        Command::new("mount").arg("--bind").arg(run_dir).arg("/run"),
    )
}

fn run(name: &'static str, command: &mut Command) -> Result<(), DaemonError> {
    let failed = |source| DaemonError::Command {
        command: name,
        source,
    };
    let output = command.stdin(Stdio::null()).output().map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(failed(io::Error::other(said)))
}

impl Daemon {
    /// Starts it in the prepared namespace and waits for its socket. Must be
    /// called on the main thread: the daemon dies with the thread that started
    /// it, which is what leaves no orphan when this process is killed.
    ///
    /// # Errors
    /// When it does not start or opens no socket.
    pub fn start() -> Result<Self, DaemonError> {
        // As after a crash: pcscd refuses to start over its own remains.
        for remains in ["/run/pcscd/pcscd.comm", "/run/pcscd/pcscd.pid"] {
            match fs::remove_file(remains) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open("/run/pcscd.log")?;
        let child = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "pcscd",
                "--foreground",
                "--config",
                "/run/reader.conf.d",
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|source| DaemonError::Command {
                command: "pcscd",
                source,
            })?;
        let mut daemon = Self { child };
        let until = Instant::now() + START;
        while !Path::new("/run/pcscd/pcscd.comm").exists() {
            if !daemon.is_running() || Instant::now() >= until {
                return Err(DaemonError::Silent);
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(daemon)
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// Killed, as in a crash: its socket stays behind, and nothing listens.
impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
