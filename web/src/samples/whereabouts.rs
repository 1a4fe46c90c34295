//! Where the work is, for the samples.

use super::ago;
use crate::desk::port::{DeskError, Near, Parts, Session, Told, Whereabouts, WhereaboutsView};
use crate::moment::Moment;
use crate::samples::fake::FakeDesk;

/// A vehicle that is out, beside another.
pub(crate) fn out() -> WhereaboutsView {
    let near = |name: &str, whole| Near {
        name: name.to_owned(),
        whole,
    };
    WhereaboutsView {
        requests: 14,
        photographs: 3,
        is_unsent: true,
        proven: Some(ago(640)),
        near: vec![
            near("Espaço Móvel 08", true),
            near("Espaço Solidário 02", false),
        ],
        told: vec![Told {
            spot: "Espaço Móvel 08".to_owned(),
            requests: 9,
            taken_over: Moment {
                unix_ms: ago(0).unix_ms + 60 * 3_600_000,
                ..ago(0)
            },
        }],
        parts: vec![Parts {
            spot: "Espaço Solidário 02".to_owned(),
            here: 3,
            handed: 1,
            since: ago(200),
        }],
        receipts: vec![("Espaço Móvel 09".to_owned(), 1)],
        revoked: vec![("Espaço Móvel 03".to_owned(), "2026-11-03".to_owned())],
    }
}

/// Everything is at the hub.
pub(crate) fn home() -> WhereaboutsView {
    WhereaboutsView {
        proven: Some(ago(2)),
        ..WhereaboutsView::default()
    }
}

impl Whereabouts for FakeDesk {
    fn whereabouts(&self, _: &Session) -> Result<WhereaboutsView, DeskError> {
        Ok(out())
    }
}
