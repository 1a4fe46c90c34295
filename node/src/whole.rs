//! Files that are whole under their name, or not there: written beside it, synced, renamed, and that synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// For whoever the system's mask lets read it.
pub(crate) const PUBLIC: u32 = 0o666;
/// For this user alone.
pub(crate) const SECRET: u32 = 0o600;

/// Puts these bytes under that name. The folder must be there.
///
/// # Errors
/// What the disk says; then nothing is under the name that was not before.
pub(crate) fn put(file: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let (beside, mut out) = begin(file, mode)?;
    out.write_all(bytes)?;
    end(&beside, out, file)
}

/// Lets `content` write what stands under that name.
///
/// # Errors
/// As [`put`], or what `content` says.
pub(crate) fn write(
    file: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (beside, out) = begin(file, PUBLIC)?;
    let mut out = BufWriter::with_capacity(1 << 20, out);
    content(&mut out)?;
    let out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(end(&beside, out, file)?)
}

fn begin(file: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    // One that an earlier try left could be another's, a pipe, or a way elsewhere.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let mut new = OpenOptions::new();
    let out = new.write(true).create_new(true).mode(mode).open(&beside)?;
    Ok((beside, out))
}

fn end(beside: &Path, out: File, file: &Path) -> io::Result<()> {
    out.sync_all()?;
    drop(out);
    fs::rename(beside, file)?;
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
