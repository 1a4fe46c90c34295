//! Files that are whole under their name, or not there.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Writes a file beside its name, syncs it, renames it, and syncs that.
///
/// # Errors
/// What the disk says, or `content`; then nothing is under the name that was not before.
pub(crate) fn write(
    file: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&beside)?);
    content(&mut out)?;
    out.into_inner().map_err(|e| e.into_error())?.sync_all()?;
    fs::rename(&beside, file)?;
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
}
