//! Where things are: the repository, what cargo built, programs on the `PATH`.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
///
/// Cargo sets `CARGO_MANIFEST_DIR` when it runs us. It is asked for at run time, because a target folder that several
/// work trees share may hand one tree the program that another has built.
pub(crate) fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors()
        .nth(2)
        .map_or(here.clone(), Path::to_path_buf)
}

/// Where cargo builds: `CARGO_TARGET_DIR`, or `target` in the root.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        // `join` keeps an absolute path as it is.
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A program of this workspace, as built with `profile` (`debug` or `release`).
pub(crate) fn built(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(name)
}

/// The journeys in a browser, which are written in JavaScript.
pub(crate) fn journeys() -> PathBuf {
    root().join("tests/journeys")
}

/// The folder of a Python environment with the prebuilt tools that [`crate::install`] fetched.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The `PATH` that everything we start gets: the caller's first, then our own tools.
pub(crate) fn path() -> std::ffi::OsString {
    let mut folders: Vec<PathBuf> = env::var_os("PATH")
        .map(|p| env::split_paths(&p).collect())
        .unwrap_or_default();
    folders.push(tools().join("bin"));
    // Only a folder name with a colon fails here; without our tools the caller's `PATH` still serves.
    env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

/// The first program of this name on [`path`].
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&path())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Whether we are root: a folder of our own in `/proc` belongs to us.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}
