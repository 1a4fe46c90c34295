//! `vereda publish`: a version of this program, for spots.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};

use super::say;
use crate::clock;
use crate::config::Config;
use crate::link::seal::Seal;
use crate::link::tls;
use crate::people::hex;
use crate::updates::{self, MAX_PROGRAM_BYTES, Release, Version};
use crate::whole;

/// Signs a program with the hub's key and puts it where the hub hands it out.
///
/// # Errors
/// When it is no such program, or the key cannot sign.
pub fn publish(
    program: &Path,
    hub: &Config,
    (version, target): (&str, Option<&str>),
    notes: &str,
) -> anyhow::Result<()> {
    let sync = hub
        .sync
        .as_ref()
        .context("only the hub publishes: this is no configuration of a hub")?;
    let version = Version::parse(version).context("a version is three numbers, as 1.2.3")?;
    let mut bytes = Vec::new();
    std::fs::File::open(program)
        .and_then(|file| file.take(MAX_PROGRAM_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| program.display().to_string())?;
    ensure!(
        bytes.len() as u64 <= MAX_PROGRAM_BYTES,
        "{}: larger than any program that is taken",
        program.display()
    );
    let release = Release {
        version,
        target: target.map_or_else(updates::target, str::to_owned),
        bytes: bytes.len() as u64,
        sha256: hex(&Sha256::digest(&bytes)),
        notes: notes.trim().to_owned(),
    };
    let certificate = tls::certificate(&sync.certificate)?;
    let key = Seal::load(&sync.key)?;
    let sealed = release.seal((&key, &certificate), clock::wall_ms())?;
    let folder = updates::folder(hub);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(release.program());
    ensure!(
        !file.exists() || std::fs::read(&file)? == bytes,
        "{} was published and is another program: give this one a newer version",
        file.display()
    );
    // The program first: spots are told of it by the other.
    whole::put(&file, &bytes, whole::PUBLIC)?;
    whole::put(&file.with_added_extension("vupd"), &sealed, whole::PUBLIC)?;
    say(&format!(
        "version {} for {} is offered to spots: {} bytes",
        release.version, release.target, release.bytes
    ))
}
