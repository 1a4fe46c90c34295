//! Who looked at whose data at this desk: the spot's own log of accesses, which goes to the hub.

use std::time::Duration;

use vereda_web::access::Accessed;
use vereda_web::desk::port::{DeskError, Looks, Session};

use super::{SpotDesk, fault};
use crate::audit::writing;

/// The same page is written down once in so long.
pub(super) const ANEW: Duration = Duration::from_secs(3_600);

impl Looks for SpotDesk {
    fn note_look(&self, session: &Session, accessed: &Accessed) -> Result<(), DeskError> {
        // Whom one sees in training was invented.
        if self.training.is_some() || !self.looked.is_news(&session.person.id, accessed) {
            return Ok(());
        }
        writing::write(&self.node, session, accessed).map_err(fault)
    }
}
