//! Records: one small Automerge document each.

use serde::{Deserialize, Serialize};

/// The life of a request, visible everywhere. Nothing is ever shown as more
/// final than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    /// Being filled in at the desk.
    Draft,
    /// Durable at the node; signed provisionally.
    Recorded,
    /// At the hub: custody is proven.
    Received,
    /// Sent on to the agency.
    Forwarded,
    /// The agency accepted it.
    Accepted,
    /// The agency sent it back.
    Returned,
    /// The agency refused it.
    Refused,
    /// Done.
    Completed,
    /// Withdrawn, or found to be made twice.
    Withdrawn,
}
