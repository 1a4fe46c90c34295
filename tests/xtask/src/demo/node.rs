//! A running vereda: started, watched, killed like a machine whose plug is pulled.

use super::config::{Layout, Site};
use crate::run;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Opening a large store after a power cut takes seconds; longer than this is a fault.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a node may take to end by itself before it is killed.
const END_WITHIN: Duration = Duration::from_secs(5);

/// One node's process. It holds the only other end of the node's standard input: when we die, whatever the way, that
/// closes, and the node ends.
pub(super) struct Node {
    pub(super) site: Site,
    vereda: PathBuf,
    config: PathBuf,
    log: PathBuf,
    card_socket: Option<PathBuf>,
    child: Option<Child>,
}

impl Node {
    /// A node that has not been started.
    pub(super) fn new(
        site: Site,
        vereda: &Path,
        layout: &Layout,
        card_socket: Option<&Path>,
    ) -> Self {
        Node {
            site,
            vereda: vereda.to_owned(),
            config: layout.folder(site).join("config.toml"),
            log: layout.dir.join(format!("{}.log", site.id())),
            card_socket: card_socket.map(Path::to_owned),
            child: None,
        }
    }

    /// Starts it and waits until it serves; gives the address.
    pub(super) fn start(&mut self) -> Result<String, String> {
        let begun = Instant::now();
        let log = File::options().create(true).append(true).open(&self.log);
        let log = log.map_err(|error| format!("{}: {error}", self.log.display()))?;
        let mut command = run::command(&self.vereda);
        command
            .arg(self.site.role())
            .arg("--config")
            .arg(&self.config)
            .arg("--stop-with-stdin");
        if let Some(socket) = &self.card_socket {
            command.env("PCSCLITE_CSOCK_NAME", socket);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", self.vereda.display()))?;
        let said = lines(&mut child);
        self.child = Some(child);
        match self.served(&said, begun) {
            Ok(address) => {
                println!(
                    "  {:8} {address}  serving after {}",
                    self.site.word(),
                    run::spoken(begun.elapsed())
                );
                Ok(address)
            }
            Err(why) => {
                self.pull_the_plug();
                Err(format!(
                    "the {} {why}\n{}",
                    self.site.word(),
                    self.last_words()
                ))
            }
        }
    }

    fn served(&mut self, said: &mpsc::Receiver<String>, begun: Instant) -> Result<String, String> {
        loop {
            match said.recv_timeout(READY_WITHIN.saturating_sub(begun.elapsed())) {
                Ok(line) => {
                    if let Some(address) = line.strip_prefix("serving ") {
                        return Ok(address.trim().to_owned());
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    return Err(format!(
                        "does not serve after {}",
                        run::spoken(READY_WITHIN)
                    ));
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err("ended before it served".into());
                }
            }
        }
    }

    /// Kills it at once, as a power cut would.
    pub(super) fn pull_the_plug(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; waiting takes it off the process table either way.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end and waits; a node that does not is killed.
    pub(super) fn stop(&mut self) {
        self.close_stdin();
        let begun = Instant::now();
        while self.is_running() && begun.elapsed() < END_WITHIN {
            thread::sleep(Duration::from_millis(20));
        }
        self.pull_the_plug();
    }

    /// Tells it to end, without waiting.
    pub(super) fn close_stdin(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.stdin.take());
        }
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Its process id, while it runs.
    pub(super) fn process_id(&mut self) -> Option<u32> {
        if self.is_running() {
            self.child.as_ref().map(Child::id)
        } else {
            None
        }
    }

    /// Whether it has ended since the last time anybody asked, without having been told to.
    pub(super) fn ended_by_itself(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        Some(status)
    }

    /// The end of its log.
    pub(super) fn last_words(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let last = &lines[lines.len().saturating_sub(12)..];
        format!(
            "the end of {}:\n  {}",
            self.log.display(),
            last.join("\n  ")
        )
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The lines that a program prints. They are read to the end, so that it never waits for us to listen.
pub(super) fn lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Nobody waits for lines any more: keep reading all the same.
                let _ = sender.send(line);
            }
        });
    }
    lines
}

/// Writes a line to a program that reads commands.
pub(super) fn tell(child: &mut Child, line: &str) -> std::io::Result<()> {
    match &mut child.stdin {
        Some(stdin) => writeln!(stdin, "{line}").and_then(|()| stdin.flush()),
        None => Err(std::io::ErrorKind::BrokenPipe.into()),
    }
}
