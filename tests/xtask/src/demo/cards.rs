//! The virtual card reader: the real smart card daemon with virtual cards, in namespaces of its own.

use super::config::{Layout, Site};
use super::node::{lines, tell};
use crate::run;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// The daemon's socket lies in this folder, and a socket's path fits into 107 bytes.
const LONGEST_RUN_DIR: usize = 84;

/// The `devices` program, which runs the daemon and holds the cards. Like the nodes, it ends when its input closes.
pub(super) struct Cards {
    child: Child,
    answers: mpsc::Receiver<String>,
    socket: PathBuf,
}

impl Cards {
    /// Starts the daemon and its two readers; an error says why there will be none.
    pub(super) fn start(devices: &Path, layout: &Layout) -> Result<Self, String> {
        let begun = Instant::now();
        let run_dir = run_dir(layout);
        // A socket that a killed daemon left behind would look like one that serves.
        let _ = std::fs::remove_dir_all(&run_dir);
        std::fs::create_dir_all(&run_dir)
            .map_err(|error| format!("{}: {error}", run_dir.display()))?;
        let log_path = layout.dir.join("devices.log");
        let log =
            File::create(&log_path).map_err(|error| format!("{}: {error}", log_path.display()))?;
        let mut command = run::command(devices);
        command
            .arg("--run-dir")
            .arg(&run_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", devices.display()))?;
        let answers = lines(&mut child);
        let cards = Cards {
            child,
            answers,
            socket: run_dir.join("pcscd/pcscd.comm"),
        };
        match cards.hear(READY_WITHIN) {
            Ok(_) => {
                println!(
                    "  readers  two virtual ones, ready after {}",
                    run::spoken(begun.elapsed())
                );
                if let Some(name) = real_reader() {
                    println!("           and a real one, {name}: the vehicle uses that");
                }
                Ok(cards)
            }
            Err(why) => {
                let said = std::fs::read_to_string(&log_path).unwrap_or_default();
                Err(explained(&why, said.trim()))
            }
        }
    }

    /// Where the daemon listens.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Puts a card into a spot's reader, in place of the one that is there; gives the name on it.
    pub(super) fn insert(&mut self, site: Site, key: &str) -> Result<String, String> {
        self.ask(&format!("insert {} {key}", site.slot()))
    }

    /// Takes the card out.
    pub(super) fn remove(&mut self, site: Site) -> Result<(), String> {
        self.ask(&format!("remove {}", site.slot())).map(drop)
    }

    /// The keys of the cards that there are.
    pub(super) fn keys(&mut self) -> Result<Vec<String>, String> {
        Ok(self
            .ask("people")?
            .split_whitespace()
            .map(str::to_owned)
            .collect())
    }

    /// The daemon and what is in the readers, in the words of the program.
    pub(super) fn state(&mut self) -> Result<String, String> {
        self.ask("list")
    }

    fn ask(&mut self, command: &str) -> Result<String, String> {
        // An answer that came too late for its question is none to this one.
        while self.answers.try_recv().is_ok() {}
        tell(&mut self.child, command)
            .map_err(|error| format!("the card reader is gone: {error}"))?;
        self.hear(ANSWER_WITHIN)
    }

    fn hear(&self, within: Duration) -> Result<String, String> {
        let line = self
            .answers
            .recv_timeout(within)
            .map_err(|_| "the card reader does not answer")?;
        answer(&line)
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

/// In the demonstration's folder, or in the temporary one if that lies too deep for a socket's path.
fn run_dir(layout: &Layout) -> PathBuf {
    let near = layout.dir.join("run");
    if near.as_os_str().len() <= LONGEST_RUN_DIR {
        near
    } else {
        std::env::temp_dir().join(format!("vereda-demo-{}", std::process::id()))
    }
}

/// What a line of the program says: `ok …` or `error …`.
fn answer(line: &str) -> Result<String, String> {
    match line.split_once(' ').unwrap_or((line, "")) {
        ("ok", rest) => Ok(rest.to_owned()),
        ("error", why) => Err(why.to_owned()),
        _ => Err(format!("the card reader says {line:?}")),
    }
}

/// A refusal of namespaces in words that help; anything else as it was said.
fn explained(why: &str, said: &str) -> String {
    if said.contains("unshare") {
        format!(
            "this system permits no namespaces ({said}), which keep the virtual readers apart from real ones; \
             run the demonstration as root, or allow user namespaces"
        )
    } else if said.is_empty() {
        why.to_owned()
    } else {
        format!("{why} ({said})")
    }
}

/// A real card reader that is plugged in: a USB interface of the class for smart
/// cards (0b). The daemon in its namespace finds it when it starts.
pub(super) fn real_reader() -> Option<String> {
    let devices = std::fs::read_dir("/sys/bus/usb/devices").ok()?;
    devices.flatten().find_map(|interface| {
        let class = std::fs::read_to_string(interface.path().join("bInterfaceClass")).ok()?;
        (class.trim() == "0b").then(|| {
            let product = interface.path().join("../product");
            std::fs::read_to_string(product)
                .map_or_else(|_| "over USB".into(), |name| name.trim().to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_refusals() {
        assert_eq!(answer("ok"), Ok(String::new()));
        assert_eq!(answer("ok Maria do Rosário"), Ok("Maria do Rosário".into()));
        assert_eq!(
            answer("error which slot? 0 or 1"),
            Err("which slot? 0 or 1".into())
        );
        assert!(answer("Segmentation fault").is_err());
    }

    #[test]
    fn a_refused_namespace_is_explained() {
        let said = "Error: unshare: unshare failed: Operation not permitted";
        assert!(
            explained("the card reader does not answer", said).contains("permits no namespaces")
        );
        assert_eq!(
            explained("no virtual reader: install pcscd", ""),
            "no virtual reader: install pcscd"
        );
    }
}
