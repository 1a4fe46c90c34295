//! The allow-list: who is on it may exchange. Read anew at every request, so
//! that taking a node off is all that its revocation needs.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::authority::{Enrolled, List, Role};

/// Largest list that is read, in bytes: some ten thousand nodes.
const MAX_LIST_BYTES: u64 = 4 << 20;

/// The list, as a file.
#[derive(Debug, Clone)]
pub(super) struct AllowList(pub(super) PathBuf);

impl AllowList {
    /// The spot with that certificate. `None` also when the list cannot be read:
    /// a torn list lets nobody in.
    pub(super) async fn spot(&self, fingerprint: &str) -> Option<Enrolled> {
        let (file, fingerprint) = (self.0.clone(), fingerprint.to_owned());
        let found = tokio::task::spawn_blocking(move || enrolled(&file, &fingerprint));
        found.await.ok().flatten()
    }
}

/// The spot with that certificate, as the list in `file` has it now.
pub(crate) fn enrolled(file: &Path, fingerprint: &str) -> Option<Enrolled> {
    let list = match read(file) {
        Ok(list) => list,
        Err(error) => {
            tracing::error!(file = %file.display(), error, "the list of enrolled nodes cannot be read: nobody is let in");
            return None;
        }
    };
    let mut nodes = list.nodes.into_iter();
    nodes.find(|n| {
        n.role == Role::Spot
            && n.fingerprint.eq_ignore_ascii_case(fingerprint)
            && !n.scopes.is_empty()
    })
}

fn read(file: &Path) -> Result<List, String> {
    let open = std::fs::File::open(file).map_err(|e| e.to_string())?;
    let mut text = String::new();
    // Bounded also when it grows while it is read.
    open.take(MAX_LIST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|e| e.to_string())?;
    if text.len() as u64 > MAX_LIST_BYTES {
        return Err("larger than a list can be".into());
    }
    toml::from_str(&text).map_err(|e| e.message().to_owned())
}
