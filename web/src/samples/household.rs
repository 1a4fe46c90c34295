//! People of one household, for the samples.

use vereda_sync::record::Life;

use super::fake::FakeDesk;
use super::row;
use crate::desk::port::{DeskError, Households, Member, OfHousehold, Session};

/// Who else of the house is served: one is done, one nobody knows yet.
pub(crate) fn members() -> Vec<Member> {
    let member = |name: Option<&str>, closed, requests| Member {
        attendance: "a2".into(),
        citizen: name.map(Into::into),
        closed,
        requests,
    };
    let theirs = row("r5", Life::Received, "Manuel Ferrão", false);
    vec![
        member(Some("Manuel Ferrão"), true, vec![theirs]),
        member(None, false, vec![]),
    ]
}

/// What they asked for: the same as is looked at, and something else.
pub(crate) fn requests() -> Vec<OfHousehold> {
    [("r5", true), ("r6", false)]
        .map(|(id, repeats)| OfHousehold {
            row: row(id, Life::Recorded, "Manuel Ferrão", false),
            repeats,
        })
        .to_vec()
}

impl Households for FakeDesk {
    fn begin_beside(&self, _: &Session, _: &str) -> Result<String, DeskError> {
        Ok("a2".into())
    }
}
