//! The virtual card reader: the real smart card daemon with virtual cards, in namespaces of its own.

use super::config::{Layout, Site};
use super::node::{lines, tell};
use crate::{place, run};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A socket's path fits into 108 bytes, the last of which is zero.
const LONGEST_SOCKET: usize = 107;

/// The program that runs the daemon and holds the cards. Like the nodes, it ends when its standard input closes.
pub(super) struct Cards {
    child: Child,
    answers: mpsc::Receiver<String>,
    socket: PathBuf,
}

impl Cards {
    /// Starts the daemon and its two readers; an error says why there will be none.
    pub(super) fn start(devices: &Path, layout: &Layout) -> Result<Self, String> {
        let begun = Instant::now();
        let unshare = namespaces()?;
        let run_dir = run_dir(layout);
        // A socket that a killed daemon left behind would look like one that serves.
        let _ = std::fs::remove_dir_all(&run_dir);
        std::fs::create_dir_all(&run_dir)
            .map_err(|error| format!("{}: {error}", run_dir.display()))?;
        let log_path = layout.dir.join("devices.log");
        let log =
            File::create(&log_path).map_err(|error| format!("{}: {error}", log_path.display()))?;
        let mut command = run::command("unshare");
        // Virtual cards dial in over loopback, which is down in a new network namespace.
        command
            .args(unshare)
            .args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
        command.arg(devices).arg("--run-dir").arg(&run_dir);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command
            .spawn()
            .map_err(|error| format!("unshare could not start: {error}"))?;
        let answers = lines(&mut child);
        let mut cards = Cards {
            child,
            answers,
            socket: socket(&run_dir),
        };
        while !cards.socket.exists() {
            let ended = !matches!(cards.child.try_wait(), Ok(None));
            if ended || begun.elapsed() > READY_WITHIN {
                let what = if ended {
                    "ended at once"
                } else {
                    "did not become ready"
                };
                return Err(format!(
                    "the virtual card reader {what}; see {}",
                    log_path.display()
                ));
            }
            thread::sleep(Duration::from_millis(50));
        }
        println!(
            "  readers  two virtual ones, ready after {}",
            run::spoken(begun.elapsed())
        );
        Ok(cards)
    }

    /// Where the daemon listens.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Puts a card into a spot's reader.
    pub(super) fn insert(&mut self, site: Site, key: &str) -> Result<String, String> {
        self.ask(&format!("insert {} {key}", site.slot()))
    }

    /// Takes the card out.
    pub(super) fn remove(&mut self, site: Site) -> Result<String, String> {
        self.ask(&format!("remove {}", site.slot()))
    }

    /// The cards that there are, in the reader program's words.
    pub(super) fn list(&mut self) -> Result<String, String> {
        self.ask("list")
    }

    fn ask(&mut self, command: &str) -> Result<String, String> {
        // What it said before is no answer to this: it may have greeted, or answered too late.
        while self.answers.try_recv().is_ok() {}
        tell(&mut self.child, command)
            .map_err(|error| format!("the card reader is gone: {error}"))?;
        self.answers
            .recv_timeout(ANSWER_WITHIN)
            .map_err(|_| "the card reader does not answer".into())
    }
}

impl Drop for Cards {
    fn drop(&mut self) {
        // It takes the daemon down with it, which needs a moment.
        drop(self.child.stdin.take());
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < Duration::from_secs(3)
        {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How to make namespaces here: as root, or as root of a user namespace, where the system permits it.
fn namespaces() -> Result<&'static [&'static str], String> {
    let flags: &[&str] = if place::is_root() {
        &["-m", "-n"]
    } else {
        &["-r", "-m", "-n"]
    };
    if run::succeeds(run::command("unshare").args(flags).arg("true")) {
        Ok(flags)
    } else {
        Err("this system permits no namespaces (unshare was refused), which keep the virtual reader apart \
             from real ones; run the demonstration as root, or allow user namespaces"
            .into())
    }
}

/// In the demonstration's folder, or in the temporary one if the daemon's socket would not fit into its path.
fn run_dir(layout: &Layout) -> PathBuf {
    let near = layout.dir.join("run");
    if socket(&near).as_os_str().len() <= LONGEST_SOCKET {
        near
    } else {
        std::env::temp_dir().join(format!("vereda-demo-{}", std::process::id()))
    }
}

fn socket(run_dir: &Path) -> PathBuf {
    run_dir.join("pcscd/pcscd.comm")
}

/// The keys of the cards in the answer to `list`: its words but for a leading `ok`.
pub(super) fn keys(answer: &str) -> Vec<&str> {
    answer
        .split([' ', ','])
        .filter(|word| !word.is_empty() && *word != "ok")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_keys_are_read_from_the_answer() {
        assert_eq!(keys("ok maria antonio"), ["maria", "antonio"]);
        assert_eq!(keys("maria, antonio"), ["maria", "antonio"]);
        assert!(keys("").is_empty());
    }
}
