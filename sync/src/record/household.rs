//! People of one household: each has an attendance and requests of their own, and both say by their first change to whose
//! household they belong.
//!
//! ```text
//! household     of an attendance: the attendance of whoever of them was served first; of a request: the same, where its own
//!               attendance is another
//! ```
//! The first says nothing, as nobody knew then that others would come: who names its attendance is of its household. So
//! nothing that stands is written anew when somebody joins.

use crate::id::RecordId;
use crate::record::Kind;
use crate::record::document::Document;

/// Where it stands in a document.
pub(crate) const ROOT: &str = "household";

/// Most people of one household that are served together.
pub const MAX_MEMBERS: usize = 24;

/// What an attendance or a request says of its household; `None` of the first one, and of what is neither.
#[must_use]
pub fn said(document: &Document) -> Option<RecordId> {
    matches!(document.kind()?, Kind::Attendance | Kind::Request)
        .then(|| document.text(ROOT).and_then(RecordId::from_hex))?
}

/// By what the others of the household know each other: that attendance, or this one, where nobody came before.
#[must_use]
pub fn of_attendance(document: &Document, id: RecordId) -> RecordId {
    said(document).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::hlc::Hlc;
    use crate::record::document::Author;
    use crate::record::{attendance, request};

    #[test]
    fn everybody_names_the_first_attendance_and_the_first_names_none() {
        let (a, at) = (Author::invented("m07", "Ana Martins"), Hlc::new(1, 0));
        let first = RecordId([1; 32]);
        let (document, _) = attendance::begin(&a, at).unwrap();
        assert_eq!(said(&document), None);
        assert_eq!(of_attendance(&document, first), first);
        let (document, _) = attendance::begin_beside(&a, at, first).unwrap();
        let second = RecordId([2; 32]);
        assert_eq!(of_attendance(&document, second), first);
        let beside = request::Beside {
            household: Some(first),
            ..request::Beside::default()
        };
        let of = ("cesd", 1);
        let begin = |beside| request::begin_with(&a, at, of, second, (&BTreeMap::new(), beside));
        let (asked, _) = begin(&beside).unwrap();
        assert_eq!(said(&asked), Some(first));
        let (alone, _) = begin(&request::Beside::default()).unwrap();
        assert_eq!(said(&alone), None);
    }
}
