//! What the page of a receipt's state needs of the hub.

use vereda_sync::catalogue::Service;
use vereda_sync::day::Date;
use vereda_sync::record::Life;
use vereda_sync::record::late::Late;
use vereda_sync::verification::Check;

use crate::desk::port::DeskError;

/// The receipts whose state may be asked for.
pub trait Receipts: Send + Sync + 'static {
    /// How the recorded request with that number stands, whose receipt carries that check. `None`: there is no such
    /// number, or it is another's check; which of the two nobody is told.
    ///
    /// # Errors
    /// When the store does not answer.
    fn standing(&self, number: &str, check: &Check) -> Result<Option<Standing>, DeskError>;
}

/// How a request stands: nothing of any person, and not the stop, which may be where somebody lives.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The service.
    pub service: Service,
    /// How far it is.
    pub life: Life,
    /// Two places wrote apart, and nobody has decided yet.
    pub in_conflict: bool,
    /// The day on which it was recorded, at its place.
    pub day: Date,
    /// The spot that recorded it.
    pub spot: String,
    /// When it was filled in on paper, if it was on paper first.
    pub late: Option<Late>,
    /// Of a complaint: by which day it is to be answered, and on which it was.
    pub reply: Option<(Date, Option<Date>)>,
}
