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
        let found = tokio::task::spawn_blocking(move || match read(&file) {
            Ok(list) => list
                .nodes
                .into_iter()
                .find(|n| n.role == Role::Spot && n.fingerprint.eq_ignore_ascii_case(&fingerprint)),
            Err(error) => {
                tracing::error!(file = %file.display(), error, "the list of enrolled nodes cannot be read: nobody is let in");
                None
            }
        });
        found.await.ok().flatten().filter(|n| !n.scopes.is_empty())
    }
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
