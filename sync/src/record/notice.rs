//! A notice: the hub tells spots something, and each says that a mediator has read it.
//!
//! ```text
//! to            by the first change: ids of nodes with a space between them, or `*`: all
//! until         the last day on which it is shown
//! urgent        "yes", or empty
//! notes         what it says
//! acts: opened · seen (at most one counts of each node)
//! ```

use crate::day::Date;
use crate::hlc::Hlc;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::case::node_of;
use crate::record::document::{Author, Document, DocumentError, Written};

/// The scope of all notices. No spot holds it: a notice is given to each that it is for.
pub const SCOPE: &str = "!notices";

/// Everybody, in place of a list.
const ALL: &str = "*";

/// For whom a notice is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// Every spot.
    All,
    /// These nodes, by id.
    Only(Vec<String>),
}

impl To {
    /// Whether it is for that node.
    #[must_use]
    pub fn is_for(&self, node: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(nodes) => nodes.iter().any(|n| n == node),
        }
    }
}

/// A notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// For whom it is.
    pub to: To,
    /// The last day on which it is shown.
    pub until: Date,
    /// It is shown on every page.
    pub is_urgent: bool,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub by: Act,
    /// Who has read it, the first of each node, oldest first.
    pub seen: Vec<Act>,
}

/// Tells spots something.
///
/// # Errors
/// When the document refuses.
pub fn tell(
    author: &Author,
    at: Hlc,
    to: &To,
    (until, is_urgent): (Date, bool),
    text: &str,
) -> Result<(Document, Written), DocumentError> {
    let to = match to {
        To::All => ALL.to_owned(),
        To::Only(nodes) => nodes.join(" "),
    };
    Document::create(Kind::Notice, author, at, |w| {
        w.put_text("to", &to)?;
        w.put_text("until", &until.to_string())?;
        w.put_text("urgent", if is_urgent { "yes" } else { "" })?;
        w.note(text)
    })
}

/// A mediator of this node has read it.
///
/// # Errors
/// When the document refuses.
pub fn see(document: &mut Document, author: &Author, at: Hlc) -> Result<Written, DocumentError> {
    document.write(author, at, "seen", &[], |_| Ok(()))
}

impl Notice {
    /// Reads it from the document; `None` if it is no notice.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Notice) {
            return None;
        }
        let (by, text) = document.notes().into_iter().next()?;
        let to = match document.text("to")? {
            ALL => To::All,
            nodes => To::Only(nodes.split_whitespace().map(str::to_owned).collect()),
        };
        let mut seen: Vec<Act> = Vec::new();
        for act in document.acts().filter(|a| a.kind == "seen") {
            if seen.iter().all(|s| node_of(s) != node_of(act)) {
                seen.push(act.clone());
            }
        }
        Some(Self {
            to,
            until: Date::parse(document.text("until")?)?,
            is_urgent: document.text("urgent") == Some("yes"),
            text,
            by,
            seen,
        })
    }

    /// Who has read it at that node.
    #[must_use]
    pub fn seen_at(&self, node: &str) -> Option<&Act> {
        self.seen.iter().find(|act| node_of(act) == node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(node: &str, person: &str) -> Author {
        Author::invented(node, person)
    }

    fn copy(d: &mut Document) -> Document {
        let changes = d.changes().unwrap();
        Document::load(changes.iter().map(|c| c.bytes.as_slice())).unwrap()
    }

    #[test]
    fn each_spot_says_once_that_it_has_read_it() {
        let until = Date::parse("2026-12-01").unwrap();
        let to = To::Only(vec!["m07".into(), "s02".into()]);
        let teresa = author("central", "Teresa");
        let told = tell(&teresa, Hlc::new(1_000, 0), &to, (until, true), "Sem IBAN.");
        let mut d = told.unwrap().0;
        let notice = Notice::of(&d).unwrap();
        assert_eq!((notice.until, notice.is_urgent), (until, true));
        assert_eq!(
            (notice.text.as_str(), notice.by.by.as_str()),
            ("Sem IBAN.", "Teresa")
        );
        assert!(notice.to.is_for("m07") && !notice.to.is_for("m08"));
        let mut there = copy(&mut d);
        let seen = see(&mut there, &author("s02", "Rui"), Hlc::new(3_000, 0)).unwrap();
        see(&mut d, &author("m07", "Ana"), Hlc::new(2_000, 0)).unwrap();
        see(&mut d, &author("m07", "Eva"), Hlc::new(2_500, 0)).unwrap();
        d.apply([seen.bytes.as_slice()]).unwrap();
        let notice = Notice::of(&d).unwrap();
        let who: Vec<&str> = notice.seen.iter().map(|a| a.by.as_str()).collect();
        assert_eq!(who, ["Ana", "Rui"]);
        assert_eq!(notice.seen_at("s02").map(|a| a.by.as_str()), Some("Rui"));
        assert_eq!(notice.seen_at("central"), None);
    }

    #[test]
    fn a_notice_for_all_is_for_whoever_comes_later() {
        let until = Date::parse("2026-12-01").unwrap();
        let teresa = author("central", "Teresa");
        let told = tell(
            &teresa,
            Hlc::new(1_000, 0),
            &To::All,
            (until, false),
            "Bom dia.",
        );
        let notice = Notice::of(&told.unwrap().0).unwrap();
        assert!(notice.to.is_for("anybody") && !notice.is_urgent);
    }
}
