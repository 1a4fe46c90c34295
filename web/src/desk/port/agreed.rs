//! What the citizen agreed to, as pages show it.

use vereda_sync::record::consent::Consent;

use crate::moment::Moment;

/// What the citizen was shown and agreed to, and before whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// What, on which screen, in which language, under which signature.
    pub consent: Consent,
    /// When.
    pub at: Moment,
    /// Mediator, spot and stop.
    pub before: String,
}
