//! The program itself, running: ends with who started it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// A running `vereda spot` or `vereda hub`.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    /// Where it serves, `host:port`.
    pub address: String,
    /// From its start until it said that it serves.
    pub serving_after: Duration,
}

impl Serving {
    /// Starts a spot and waits until it serves. Its log goes beside the configuration.
    ///
    /// # Errors
    /// When it ends instead; its log says why.
    pub fn start(program: &Path, config: &Path) -> anyhow::Result<Self> {
        Self::start_as("spot", Command::new(program), config)
    }

    /// Starts a spot or a hub; `command` is the program, with what it may run under before it.
    ///
    /// # Errors
    /// As [`Serving::start`].
    pub fn start_as(role: &str, mut command: Command, config: &Path) -> anyhow::Result<Self> {
        let log = config.with_file_name("node.log");
        let begun = Instant::now();
        let mut child = command
            .args([role, "--stop-with-stdin", "--config"])
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        let out = child.stdout.take().context("no output")?;
        for line in BufReader::new(out).lines() {
            if let Some(address) = line?.strip_prefix("serving http://") {
                return Ok(Self {
                    child,
                    address: address.trim().to_owned(),
                    serving_after: begun.elapsed(),
                });
            }
        }
        child.wait()?;
        bail!(
            "vereda ended: {}",
            std::fs::read_to_string(&log).unwrap_or_default()
        )
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nobody gets to tidy up.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Memory in bytes that it holds now, and the most that it ever held.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory(&self) -> anyhow::Result<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name));
            let kilobytes = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
            kilobytes
                .map(|kb| kb * 1024)
                .with_context(|| name.to_owned())
        };
        Ok((of("VmRSS:")?, of("VmHWM:")?))
    }

    /// The CPU that it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(self.child.id())
    }

    /// The CPU that its thread of that name has used so far.
    ///
    /// # Errors
    /// When there is no such thread.
    pub fn cpu_of_thread(&self, name: &str) -> anyhow::Result<Duration> {
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = std::fs::read_to_string(thread?.path().join("stat"));
            // Another thread may have ended meanwhile.
            if let Ok(stat) = stat
                && stat.contains(&format!("({name})"))
            {
                return cpu_in(&stat);
            }
        }
        bail!("there is no thread {name}")
    }
}

/// The CPU that a process has used so far, its own and the kernel's for it, to 10 ms.
///
/// # Errors
/// When there is no such process.
pub fn cpu_of(process: u32) -> anyhow::Result<Duration> {
    cpu_in(&std::fs::read_to_string(format!("/proc/{process}/stat"))?)
}

/// What the line of a process or a thread says that it has used.
fn cpu_in(stat: &str) -> anyhow::Result<Duration> {
    /// Linux counts in hundredths of a second there, on every machine.
    const TICK: Duration = Duration::from_millis(10);
    // The program's name may hold anything, so from its closing bracket on.
    let (_, fields) = stat.rsplit_once(')').context("stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let sum: u32 = ticks.map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * sum)
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Closing its input tells it to end; what does not listen is killed.
        drop(self.child.stdin.take());
        let patience = Instant::now() + Duration::from_secs(5);
        while Instant::now() < patience {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
