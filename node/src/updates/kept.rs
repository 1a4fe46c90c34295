//! The newer programs that a spot has: coming, whole, begun.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};

use super::{Release, SEALED, Version, folder, published, target};
use crate::config::Config;
use crate::people::hex;
use crate::whole;

/// Set for a program that was begun in place of another: it begins no third.
const IN_PLACE_OF: &str = "VEREDA_IN_PLACE_OF";
/// So often a version is begun that never held out; then the installed one goes on.
const MAX_TRIES: u8 = 3;

/// The program of a release, as far as it is here.
pub(crate) fn part_of(folder: &Path, release: &Release) -> PathBuf {
    folder.join(format!("{}.part", release.program()))
}

/// Whether its program is here, whole.
pub(crate) fn held(folder: &Path, release: &Release) -> bool {
    let program = folder.join(release.program());
    program.is_file() && program.with_added_extension(SEALED).is_file()
}

/// All of the program is here: it is looked at, and kept under its name; what is older goes. What is not what the hub
/// sealed is thrown away.
///
/// # Errors
/// When it is not that program, or the disk refuses.
pub(crate) fn finish(folder: &Path, release: &Release, sealed: &[u8]) -> anyhow::Result<()> {
    let part = part_of(folder, release);
    if !is(&part, release)? {
        fs::remove_file(&part)?;
        anyhow::bail!("the program that came is not the one that the hub sealed; it comes anew");
    }
    fs::set_permissions(&part, fs::Permissions::from_mode(0o755))?;
    fs::File::open(&part)?.sync_all()?;
    let program = folder.join(release.program());
    fs::rename(&part, &program)?;
    // Without it the program is not there.
    let beside = program.with_added_extension(SEALED);
    whole::put(&beside, sealed, whole::PUBLIC)?;
    drop_older(folder, release);
    Ok(())
}

/// Whether a file is the program of that release.
fn is(file: &Path, release: &Release) -> anyhow::Result<bool> {
    let mut file = fs::File::open(file)?;
    if file.metadata()?.len() != release.bytes {
        return Ok(false);
    }
    let (mut sha, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            n => sha.update(piece.get(..n).unwrap_or(&[])),
        }
    }
    Ok(hex(&sha.finalize()) == release.sha256)
}

/// Leaves the newest and the one before it.
fn drop_older(folder: &Path, newest: &Release) {
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    let version_of = |path: &Path| {
        let name = path
            .file_name()?
            .to_str()?
            .strip_prefix("vereda-")?
            .to_owned();
        Version::parse(name.split('-').next()?)
    };
    let mut all: Vec<(Version, PathBuf)> = files
        .flatten()
        .filter_map(|file| Some((version_of(&file.path())?, file.path())))
        .filter(|(version, _)| *version < newest.version)
        .collect();
    all.sort();
    let before = all.last().map(|(version, _)| *version);
    for (version, path) in all {
        if Some(version) != before
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::warn!(file = %path.display(), %error, "an old program stays");
        }
    }
}

/// The newest version that is here whole and begins with the next start.
#[must_use]
pub fn waiting(config: &Config) -> Option<Release> {
    newest(config).filter(|it| !is_given_up(config, it))
}

fn newest(config: &Config) -> Option<Release> {
    let folder = folder(config);
    let all = published(&folder, config.authority()?, (&target(), Version::own()));
    all.into_iter()
        .map(|(release, _)| release)
        .find(|release| held(&folder, release))
}

fn tries_file(config: &Config, release: &Release) -> PathBuf {
    let program = folder(config).join(release.program());
    program.with_added_extension("tries")
}

fn tries(config: &Config, release: &Release) -> u8 {
    let text = fs::read_to_string(tries_file(config, release)).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// Whether it was begun often enough without holding out.
fn is_given_up(config: &Config, release: &Release) -> bool {
    tries(config, release) >= MAX_TRIES
}

/// Begins the newest program that is here in place of this one, with the same arguments. Gives why not, when there is one;
/// on success it does not come back.
///
/// # Errors
/// When one is here and cannot be begun: this program goes on.
pub fn begin_newest(config: &Config) -> anyhow::Result<()> {
    if std::env::var_os(IN_PLACE_OF).is_some() {
        return Ok(());
    }
    let Some(release) = newest(config) else {
        return Ok(());
    };
    ensure!(
        !is_given_up(config, &release),
        "version {} was begun {MAX_TRIES} times and never held out: this one goes on; tell the support",
        release.version
    );
    let program = folder(config).join(release.program());
    ensure!(
        is(&program, &release)?,
        "{} is not what the hub sealed any more: remove it, and it comes anew",
        program.display()
    );
    let tried = tries(config, &release) + 1;
    let tries = tried.to_string();
    whole::put(
        &tries_file(config, &release),
        tries.as_bytes(),
        whole::PUBLIC,
    )?;
    tracing::info!(version = %release.version, "a newer version begins");
    let error = Command::new(&program)
        .args(std::env::args_os().skip(1))
        .env(IN_PLACE_OF, Version::own().to_string())
        .exec();
    Err(error).with_context(|| format!("beginning {}", program.display()))
}

/// This program, begun in place of another, has held out.
pub fn settled(config: &Config) {
    if std::env::var_os(IN_PLACE_OF).is_none() {
        return;
    }
    let own = Version::own();
    let Ok(files) = fs::read_dir(folder(config)) else {
        return;
    };
    let of_own = format!("vereda-{own}-");
    let counts = files.flatten().map(|file| file.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(&of_own) && name.ends_with(".tries"))
    });
    for path in counts {
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(file = %path.display(), %error, "this version counts as tried");
        }
    }
}
