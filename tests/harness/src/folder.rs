//! Folders: where cargo built, and one to work in that goes away by itself.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;

/// The root of the repository. Asked for at run time where cargo says it, since
/// work trees may share a target folder.
#[must_use]
pub fn repository() -> PathBuf {
    let tests = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    tests.parent().map_or(tests.clone(), Path::to_path_buf)
}

/// Where cargo builds.
#[must_use]
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => repository().join(folder),
        None => repository().join("target"),
    }
}

/// The program under test, built in release mode.
///
/// # Errors
/// When it is not built yet; then how to.
pub fn vereda() -> anyhow::Result<PathBuf> {
    let program = target().join("release/vereda");
    anyhow::ensure!(
        program.is_file(),
        "{} is not there: `cargo xtask bench` builds it, or `cargo build --release -p vereda`",
        program.display()
    );
    Ok(program)
}

/// The program under test as tests have it: what `VEREDA_BIN` says, or that of the debug build.
///
/// # Errors
/// When it is not built yet; then how to.
pub fn vereda_of_tests() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("VEREDA_BIN").map(PathBuf::from);
    let program = named.unwrap_or_else(|| target().join("debug/vereda"));
    anyhow::ensure!(
        program.is_file(),
        "{} is not there: `cargo xtask test` builds it, or `cargo build -p vereda`",
        program.display()
    );
    Ok(program)
}

/// Copies a folder with all that is in it.
///
/// # Errors
/// What the disk says.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (inside, there) = (entry.path(), to.join(entry.file_name()));
        match inside.is_dir() {
            true => copy(&inside, &there)?,
            false => drop(std::fs::copy(&inside, &there)?),
        }
    }
    Ok(())
}

/// A folder of its own beside what cargo built, so on a real disk; removed with all in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn make(name: &str) -> anyhow::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = target().join(format!("bench/work/{name}-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The kind of file system that it is on, as the kernel names it.
    #[must_use]
    pub fn file_system(&self) -> String {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let found = mounts.lines().filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            let (point, kind) = (words.next()?, words.next()?);
            self.0
                .starts_with(point)
                .then(|| (point.len(), kind.to_owned()))
        });
        found
            .max()
            .map_or_else(|| "unknown".into(), |(_, kind)| kind)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
