//! Room on disks.

use std::path::Path;
use std::process::Command;

/// Bytes that are free where a folder is; `None` when the system does not say.
#[must_use]
pub(crate) fn free(folder: &Path) -> Option<u64> {
    // `df` knows; the standard library does not.
    let df = Command::new("df")
        .args(["--output=avail", "-B1", "--"])
        .arg(folder)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&df.stdout);
    text.lines().nth(1)?.trim().parse().ok()
}
