//! Who saw or changed what: a line for each access, in an append-only log over which a Merkle tree is kept (RFC 6962), and
//! checkpoints of it as signed notes have them (C2SP `tlog-checkpoint`). A line that is changed, taken out or moved changes
//! every root after it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::journal::{Frontier, Hash};

/// Longest text of a line that somebody typed, in characters.
pub const MAX_SOUGHT: usize = 100;
/// Longest line, in bytes.
pub const MAX_LINE_BYTES: usize = 8 << 10;
/// Longest name of a log, in bytes.
pub const MAX_ORIGIN_BYTES: usize = 200;
/// Most records that one line names.
pub const MAX_ABOUT: usize = 64;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// Opened it.
    Read,
    /// Changed something there.
    Wrote,
    /// Was not let in, or it is not there for them.
    Refused,
}

/// One access, as the log has it: a line of JSON with its fields in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who: their id, and their name then.
    pub person: String,
    /// Their name.
    pub name: String,
    /// What they did.
    pub did: Did,
    /// At which address, as the router has it: `/pedido/{request}`.
    pub page: String,
    /// The records that it was about, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// What they looked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sought: String,
    /// A page that was open showed itself anew; nobody pressed anything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_itself: bool,
}

impl Access {
    /// The line of the log.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The inverse of [`Access::encode`].
    #[must_use]
    pub fn decode(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// The leaf of a line: `SHA-256(0x00 ‖ line)`.
#[must_use]
pub fn leaf(line: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(line);
    hash.finalize().into()
}

/// What is sealed of a log: whose it is, how long, its root, in the lines of a C2SP checkpoint; the time follows as an
/// extension, in milliseconds since 1970.
#[must_use]
pub fn checkpoint(origin: &str, frontier: &Frontier, at_ms: i64) -> String {
    let root = STANDARD.encode(frontier.root());
    format!("{origin}\n{}\n{root}\n{at_ms}\n", frontier.size())
}

/// What a checkpoint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted<'n> {
    /// Whose log it is.
    pub origin: &'n str,
    /// Lines.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

impl<'n> Noted<'n> {
    /// Reads what [`checkpoint`] wrote, and nothing else.
    #[must_use]
    pub fn read(note: &'n str) -> Option<Self> {
        let mut lines = note.strip_suffix('\n')?.split('\n');
        let origin = lines
            .next()
            .filter(|o| !o.is_empty() && o.len() <= MAX_ORIGIN_BYTES)?;
        let size: u64 = number(lines.next()?)?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        let at_ms: i64 = number(lines.next()?)?;
        let read = Self {
            origin,
            size,
            root,
            at_ms,
        };
        lines.next().is_none().then_some(read)
    }
}

/// A number as it is written, without zeros before it.
fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|n: &N| n.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_nothing_else_is() {
        let access = Access {
            seq: 7,
            at: 1_795_000_000_000,
            person: "teresa.n".into(),
            name: "Teresa Nunes".into(),
            did: Did::Read,
            page: "/pedido/{request}".into(),
            about: vec!["ab".into()],
            sought: String::new(),
            by_itself: false,
        };
        let line = access.encode();
        assert_eq!(Access::decode(&line).as_ref(), Some(&access));
        assert!(!line.contains('\n') && !line.contains("sought"));
        assert_eq!(Access::decode(&line.replace("read", "looked")), None);
        assert_ne!(leaf(&line), leaf(&line.replace("teresa", "teresã")));
    }

    #[test]
    fn a_checkpoint_has_the_lines_of_a_note() {
        let mut frontier = Frontier::default();
        frontier.push(leaf("a"));
        let note = checkpoint("vereda central", &frontier, 5);
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!((lines[0], lines[1], lines[3]), ("vereda central", "1", "5"));
        let read = Noted::read(&note).unwrap();
        assert_eq!(
            (read.origin, read.size, read.at_ms),
            ("vereda central", 1, 5)
        );
        assert_eq!(read.root, frontier.root());
        for other in [
            note.trim_end().to_owned(),
            format!("{note}\n"),
            note.replace("\n1\n", "\n01\n"),
            note.replace("\n5\n", "\n\n"),
            note.replace("vereda central", ""),
        ] {
            assert_eq!(Noted::read(&other), None, "{other:?}");
        }
    }
}
