//! Records: one small Automerge document each.
//!
//! [`document`] is what all of them share: answers with provenance, and [`act`]s
//! that say who did what, where and when. [`attendance`], [`request`], [`till`], [`ticket`], [`lookup`],
//! [`notice`], [`lease`], [`assessment`], [`tour`], [`booking`], [`occurrence`], [`facility`], [`resident_list`], [`resident`], [`pack`] and [`revocation`] hold all that is particular to theirs; [`case`] is what becomes of a request, [`agency`] what its agency was told and says, [`complaint`] its
//! answer where it must have one, [`representation`] who acts for another, [`capacity`] whether they decide for themselves, [`kin`] who else may be told, [`declaration`] who has no
//! documents, [`late`] what was on paper first, [`papers`] what they brought, [`consent`] what a citizen agreed to, [`signature`] the hand under it, and
//! [`outcome`] how they are told how it ended.

pub mod act;
pub mod agency;
pub mod assessment;
pub mod attendance;
pub mod booking;
pub mod capacity;
pub mod case;
pub mod complaint;
pub mod consent;
pub mod decision;
pub mod declaration;
pub mod document;
pub mod facility;
pub mod household;
pub mod kin;
pub mod late;
pub mod lease;
pub mod lookup;
pub mod notice;
pub mod occurrence;
pub mod outcome;
pub mod pack;
pub mod papers;
pub mod representation;
pub mod request;
pub mod resident;
pub mod resident_list;
pub mod revocation;
pub mod sighting;
pub mod signature;
pub mod ticket;
pub mod till;
pub mod tour;
mod view;
pub mod voice;

use serde::{Deserialize, Serialize};

/// The kinds of record. A kind that this version does not know is stored and
/// passed on, and shown to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One citizen served.
    Attendance,
    /// One service asked for.
    Request,
    /// The money of one spot on one day.
    Till,
    /// A question to the contact centre.
    Ticket,
    /// A look-up beyond what a spot holds.
    Lookup,
    /// What the hub tells spots.
    Notice,
    /// A list of values that an agency gave the hub.
    Stock,
    /// Some of them, for one spot.
    Lease,
    /// A spot held against the standards of service.
    Assessment,
    /// The stops of a vehicle.
    Tour,
    /// Somebody who comes to one of them.
    Booking,
    /// A care home, or another place to which a visit goes.
    Facility,
    /// Who is to be seen there on one visit.
    ResidentList,
    /// Somebody on such a list.
    Resident,
    /// Something happened, and other rules hold for a while.
    Occurrence,
    /// Blank forms on paper.
    Pack,
    /// A certificate that is accepted no longer.
    Revocation,
}

impl Kind {
    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Attendance => "attendance",
            Self::Request => "request",
            Self::Till => "till",
            Self::Ticket => "ticket",
            Self::Lookup => "lookup",
            Self::Notice => "notice",
            Self::Stock => "stock",
            Self::Lease => "lease",
            Self::Assessment => "assessment",
            Self::Tour => "tour",
            Self::Booking => "booking",
            Self::Facility => "facility",
            Self::ResidentList => "resident-list",
            Self::Resident => "resident",
            Self::Occurrence => "occurrence",
            Self::Pack => "pack",
            Self::Revocation => "revocation",
        }
    }

    /// The inverse of [`Kind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [
            Self::Attendance,
            Self::Request,
            Self::Till,
            Self::Ticket,
            Self::Lookup,
            Self::Notice,
            Self::Stock,
            Self::Lease,
            Self::Assessment,
            Self::Tour,
            Self::Booking,
            Self::Facility,
            Self::ResidentList,
            Self::Resident,
            Self::Occurrence,
            Self::Pack,
            Self::Revocation,
        ];
        all.into_iter().find(|kind| kind.code() == code)
    }
}

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
