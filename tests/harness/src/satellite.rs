//! A satellite between two network namespaces, made where the kernel has no netem: a TUN device in
//! each, and this process carries packets between them with a rate, a delay and losses.
//!
//! The hub is at [`HUB`] in the namespace of the process itself, the spot in that of a child. Both
//! are entered with `nsenter`. Nothing else is reachable from there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tun_rs::{DeviceBuilder, SyncDevice};

use crate::invented::Seeded;

/// Where the hub is.
pub const HUB: &str = "10.77.0.1";
const SPOT: &str = "10.77.0.2";
const MTU: u16 = 1_500;
/// What waits for its turn at a modem, in milliseconds of the line; what comes on top is dropped.
const QUEUE_MS: u64 = 3_000;

/// How the line is, the same both ways.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// From one end to the other, in milliseconds.
    pub delay_ms: u64,
    /// Bits a second.
    pub rate: u64,
    /// Packets that are lost, of a thousand.
    pub loss_per_mille: u64,
}

/// 256 kbit/s, 600 ms each way.
pub const SATELLITE: Line = Line {
    delay_ms: 600,
    rate: 256_000,
    loss_per_mille: 0,
};

/// The word with which [`Satellite::start`] has a program run [`serve`].
pub const SERVE: &str = "serve-satellite";

/// A running satellite; ends with this.
#[derive(Debug)]
pub struct Satellite {
    child: Child,
    spot: u32,
    as_root: bool,
}

impl Satellite {
    /// Puts it up; `program` runs [`serve`] when its first argument is [`SERVE`].
    ///
    /// # Errors
    /// When the kernel does not give namespaces or TUN devices.
    pub fn start(program: &Path, line: Line) -> anyhow::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let as_root = std::fs::metadata("/proc/self")?.uid() == 0;
        // Somebody who is not root is root in a user namespace of their own.
        let own: &[&str] = if as_root {
            &["--net"]
        } else {
            &["--user", "--map-root-user", "--net"]
        };
        let mut child = Command::new("unshare")
            .args(own)
            .arg(program)
            .arg(SERVE)
            .args([line.delay_ms, line.rate, line.loss_per_mille].map(|n| n.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("unshare")?;
        let mut said = String::new();
        let out = child.stdout.take().context("no output")?;
        BufReader::new(out).read_line(&mut said)?;
        let spot = said.trim().strip_prefix("up ").and_then(|n| n.parse().ok());
        let Some(spot) = spot else {
            let _ = child.kill();
            bail!("no satellite: {said:?} {:?}", child.wait());
        };
        Ok(Self {
            child,
            spot,
            as_root,
        })
    }

    /// A program at the hub's end.
    #[must_use]
    pub fn at_hub(&self, program: &Path) -> Command {
        self.inside(self.child.id(), program)
    }

    /// A program at the spot's end.
    #[must_use]
    pub fn at_spot(&self, program: &Path) -> Command {
        self.inside(self.spot, program)
    }

    fn inside(&self, process: u32, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &process.to_string(), "--net"]);
        if !self.as_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--").arg(program);
        command
    }

    /// Bytes of IP that arrived from the spot at the hub, and the other way.
    ///
    /// # Errors
    /// When the devices are gone.
    pub fn arrived(&self) -> anyhow::Result<(u64, u64)> {
        let of = |process: u32, device: &str| {
            let file = format!("/proc/{process}/net/dev");
            let text = std::fs::read_to_string(file)?;
            let line = text
                .lines()
                .find_map(|l| l.trim().strip_prefix(device)?.strip_prefix(':'));
            let bytes = line.and_then(|l| l.split_whitespace().next()?.parse().ok());
            bytes.with_context(|| format!("no device {device}"))
        };
        Ok((of(self.child.id(), "hub")?, of(self.spot, "spot")?))
    }
}

impl Drop for Satellite {
    fn drop(&mut self) {
        // Its input closes: it ends, and its child with it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The process itself, in a network namespace of its own: `DELAY_MS RATE LOSS_PER_MILLE`.
///
/// # Errors
/// What the kernel does not give.
pub fn serve(arguments: &[&str]) -> anyhow::Result<()> {
    let numbers = arguments.iter().map(|n| n.parse());
    let [delay_ms, rate, loss_per_mille] = numbers.collect::<Result<Vec<u64>, _>>()?[..] else {
        bail!("{SERVE} DELAY_MS RATE LOSS_PER_MILLE");
    };
    let line = Line {
        delay_ms,
        rate,
        loss_per_mille,
    };
    let hub = Arc::new(device("hub")?);
    let spot = Arc::new(device("spot")?);
    let mut holder = Command::new("unshare")
        .args(["--net", "cat"])
        .stdin(Stdio::piped())
        .spawn()?;
    let id = holder.id().to_string();
    let other = format!("/proc/{id}/ns/net");
    let begun = Instant::now();
    while std::fs::read_link(&other)? == std::fs::read_link("/proc/self/ns/net")? {
        ensure!(
            begun.elapsed() < Duration::from_secs(10),
            "no second namespace"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    ip(&[], &format!("link set spot netns {id}"))?;
    let there = ["nsenter", "--target", &id, "--net"];
    for (within, device, here, peer) in
        [(&[][..], "hub", HUB, SPOT), (&there[..], "spot", SPOT, HUB)]
    {
        ip(within, "link set lo up")?;
        ip(
            within,
            &format!("address add {here} peer {peer} dev {device}"),
        )?;
        ip(within, &format!("link set {device} mtu {MTU} up"))?;
    }
    carry(&spot, &hub, line, 31);
    carry(&hub, &spot, line, 37);
    writeln!(std::io::stdout(), "up {id}")?;
    std::io::stdout().flush()?;
    // Until whoever started us is gone.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    drop(holder.stdin.take());
    holder.wait()?;
    // The threads that carry wait for packets: they end with the process.
    std::process::exit(0);
}

fn device(name: &str) -> anyhow::Result<SyncDevice> {
    DeviceBuilder::new()
        .name(name)
        .build_sync()
        .with_context(|| format!("a TUN device {name}"))
}

fn ip(within: &[&str], words: &str) -> anyhow::Result<()> {
    run(
        within,
        &["ip"]
            .into_iter()
            .chain(words.split(' '))
            .collect::<Vec<_>>(),
    )
}

fn run(within: &[&str], words: &[&str]) -> anyhow::Result<()> {
    let all = [within, words].concat();
    let done = Command::new(all[0]).args(&all[1..]).status();
    ensure!(
        done.is_ok_and(|status| status.success()),
        "{}",
        all.join(" ")
    );
    Ok(())
}

/// One way: a packet waits for its turn, takes its time, and arrives or does not.
fn carry(from: &Arc<SyncDevice>, to: &Arc<SyncDevice>, line: Line, seed: u64) {
    let (from, to) = (Arc::clone(from), Arc::clone(to));
    let (queue, due) = channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut random = Seeded::new(seed);
        let mut free = Instant::now();
        let mut buffer = vec![0; usize::from(MTU) + 64];
        while let Ok(length) = from.recv(&mut buffer) {
            let now = Instant::now();
            free = free.max(now);
            if free - now > Duration::from_millis(QUEUE_MS) {
                continue;
            }
            free += Duration::from_micros(length as u64 * 8_000_000 / line.rate);
            let lost = random.below(1_000) < line.loss_per_mille;
            let at = free + Duration::from_millis(line.delay_ms);
            if !lost && queue.send((at, buffer[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (at, packet) in due {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            // A device that is down drops it, as a dish in the rain does.
            let _ = to.send(&packet);
        }
    });
}
