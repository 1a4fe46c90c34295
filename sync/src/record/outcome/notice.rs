//! Word that the hub sends by itself, over a server of mail or a gateway of text messages.
//!
//! ```text
//! hub-notified   `of` (the outcome), `way`, `state`: "handed" to the server or gateway, or "failed" (`reason`)
//! ```
//! Handed over is all that a hub can know: whether it was read, or came at all, is said nowhere. Nobody but the hub writes
//! this: it carries the hub's mark ([`agency`](super::agency)).

use super::Way;
use crate::hlc::Hlc;
use crate::record::act::Act;
use crate::record::agency::Hub;
use crate::record::case::said;
use crate::record::document::{Author, Document, DocumentError, Written};

const NOTIFIED: &str = "hub-notified";
const HANDED: &str = "handed";
const FAILED: &str = "failed";

/// What became of word that the hub sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came<'a> {
    /// The server or gateway took it.
    Handed,
    /// It could not be handed over, and that is given up; why.
    Failed(&'a str),
}

/// The hub sent word of an outcome, by the id of its act.
///
/// # Errors
/// When the document refuses.
pub fn notify(
    document: &mut Document,
    by: (&Author, Hlc),
    (of, way): (&str, Way),
    came: Came<'_>,
    hub: Hub<'_>,
) -> Result<Written, DocumentError> {
    let (state, reason) = match came {
        Came::Handed => (HANDED, ""),
        Came::Failed(why) => (FAILED, why),
    };
    let said = [
        ("of", of),
        ("way", way.code()),
        ("state", state),
        ("reason", reason),
    ];
    hub.write(document, by, NOTIFIED, &said)
}

/// Whether an act is word that the hub handed over.
#[must_use]
pub fn is_handed(act: &Act) -> bool {
    act.kind == NOTIFIED && said(act, "state") == HANDED
}

/// Whether an act is word that the hub could not hand over.
#[must_use]
pub fn has_failed(act: &Act) -> bool {
    act.kind == NOTIFIED && said(act, "state") == FAILED
}

/// By which way, of an act that says so.
#[must_use]
pub fn way(act: &Act) -> Option<Way> {
    Way::from_code(said(act, "way"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::answer::Provenance;
    use crate::id::RecordId;
    use crate::record::agency::{self, Speaker, Status};
    use crate::record::case::Case;
    use crate::record::outcome::{Agreement, Contact, Telling, agree};
    use crate::record::request;

    fn at(second: u64) -> Hlc {
        Hlc::new(second * 1000, 0)
    }

    #[test]
    fn what_was_handed_over_is_told_and_what_failed_is_a_try_in_vain() {
        let (ana, central) = (
            Author::invented("m07", "Ana"),
            Author::invented("central", "Central"),
        );
        let begun = request::begin(
            &ana,
            at(1),
            ("cesd", 1),
            RecordId([9; 32]),
            &BTreeMap::new(),
        );
        let (mut d, first) = begun.unwrap();
        let contact = Contact::parse("mail olena@exemplo.pt").unwrap();
        let agreement = Agreement::to(&contact, "uk", (1, None));
        let known = (&contact, Provenance::Typed);
        agree(&mut d, &ana, at(2), known, &agreement).unwrap();
        request::record(&mut d, &ana, at(3), "M07-AAAA-BBBB-C", 0, None).unwrap();
        let mark = |_: &[u8]| "mark".to_owned();
        let hub = Hub {
            record: RecordId::from(first.change),
            mark: &mark,
        };
        let iss = Speaker {
            agency: "iss",
            name: "Segurança Social",
        };
        let telling = |d: &Document| -> Telling { Case::of(d).unwrap().telling };
        let by = (&central, at(4));
        agency::say(&mut d, by, iss, (Status::Accepted, "", ""), hub).unwrap();
        let now = telling(&d);
        assert_eq!(now.to_tell, [], "nobody is called for that");
        let accepted = now.taken_on.unwrap().id;
        notify(
            &mut d,
            (&central, at(5)),
            (&accepted, Way::Mail),
            Came::Handed,
            hub,
        )
        .unwrap();
        assert_eq!(telling(&d).taken_on, None);
        let by = (&central, at(6));
        agency::say(&mut d, by, iss, (Status::Completed, "", ""), hub).unwrap();
        let done = telling(&d).to_tell[0].id.clone();
        let failed = Came::Failed("endereço recusado");
        notify(&mut d, (&central, at(7)), (&done, Way::Mail), failed, hub).unwrap();
        let now = telling(&d);
        assert_eq!((now.to_tell.len(), now.attempts.len()), (1, 1));
        assert!(!now.is_over);
        notify(
            &mut d,
            (&central, at(8)),
            (&done, Way::Mail),
            Came::Handed,
            hub,
        )
        .unwrap();
        let now = telling(&d);
        assert!(now.is_over && now.to_tell.is_empty() && now.attempts.is_empty());
        assert!(now.told.is_some_and(|act| way(&act) == Some(Way::Mail)));
    }

    #[test]
    fn no_spot_writes_it_unseen() {
        let ana = Author::invented("m07", "Ana");
        let begun = request::begin(
            &ana,
            at(1),
            ("cesd", 1),
            RecordId([9; 32]),
            &BTreeMap::new(),
        );
        let (mut d, first) = begun.unwrap();
        assert!(!agency::may_speak(&first.bytes));
        let mark = |_: &[u8]| "invented".to_owned();
        let hub = Hub {
            record: RecordId::from(first.change),
            mark: &mark,
        };
        let forged = notify(&mut d, (&ana, at(2)), ("x", Way::Sms), Came::Handed, hub).unwrap();
        assert!(agency::may_speak(&forged.bytes));
        let acts = agency::acts_in(&forged.bytes).unwrap();
        assert_eq!((acts.len(), agency::mark(&acts[0])), (1, "invented"));
    }
}
