//! A revocation: the hub says that a certificate is accepted no longer, as that of a laptop that was lost.
//!
//! ```text
//! of             the node that it was given to
//! certificate    its fingerprint: SHA-256, 64 hexadecimal digits
//! since          the day of the revocation
//! acts: opened
//! ```
//! It is final: the same node may be enrolled anew, under another certificate. Spots need it where no hub is in
//! reach, as two of them meet.

use crate::day::Date;
use crate::hlc::Hlc;
use crate::record::Kind;
use crate::record::document::{Author, Document, DocumentError, Written};

/// The scope of all revocations. No spot holds it: they are given to each, to be read.
pub const SCOPE: &str = "!revocations";
/// Longest id of a node, in characters.
const MAX_NODE_CHARS: usize = 60;

/// A revocation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The node whose certificate it was, by id.
    pub node: String,
    /// Fingerprint of the certificate, 64 lowercase hexadecimal digits.
    pub certificate: String,
    /// Since when.
    pub since: Date,
}

/// Says that a certificate is accepted no longer.
///
/// # Errors
/// When the document refuses.
pub fn revoke(
    author: &Author,
    at: Hlc,
    revocation: &Revocation,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Revocation, author, at, |w| {
        w.put_text("of", &revocation.node)?;
        w.put_text("certificate", &revocation.certificate)?;
        w.put_text("since", &revocation.since.to_string())
    })
}

impl Revocation {
    /// Reads it from the document; `None` if it is no revocation.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Revocation) {
            return None;
        }
        let certificate = document.text("certificate")?.to_ascii_lowercase();
        let is_digest =
            certificate.len() == 64 && certificate.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self {
            node: document.text("of")?.chars().take(MAX_NODE_CHARS).collect(),
            certificate: is_digest.then_some(certificate)?,
            since: Date::parse(document.text("since")?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(certificate: &str) -> Document {
        let author = Author::invented("central", "");
        let said = Revocation {
            node: "movel-07".into(),
            certificate: certificate.into(),
            since: Date::parse("2026-11-23").unwrap(),
        };
        revoke(&author, Hlc::new(1, 0), &said).unwrap().0
    }

    #[test]
    fn it_says_whose_certificate_and_since_when() {
        let said = Revocation::of(&told(&"AB".repeat(32))).unwrap();
        assert_eq!(said.certificate, "ab".repeat(32));
        assert_eq!(
            (said.node.as_str(), said.since.to_string().as_str()),
            ("movel-07", "2026-11-23")
        );
    }

    #[test]
    fn what_is_no_fingerprint_revokes_nobody() {
        for odd in ["", "ab", &"zz".repeat(32), &"ab".repeat(33)] {
            assert_eq!(Revocation::of(&told(odd)), None, "{odd}");
        }
    }
}
