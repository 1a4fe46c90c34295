//! What the pages about the desks of a spot need: other machines on its own network, who joins, who is heard of,
//! who has what.

use std::time::Duration;

use tokio::sync::broadcast;

use super::{DeskError, Session};
use crate::moment::Moment;

/// Several desks on one node.
pub trait Desks {
    /// The desks of this spot.
    ///
    /// # Errors
    /// When the store does not answer.
    fn desks(&self, session: &Session) -> Result<DesksView, DeskError>;
    /// Shows a new code by which one machine joins: as a desk, or as a citizen's screen.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] at any desk but the node's own, and where nobody listens for others.
    fn offer(&self, session: &Session, is_screen: bool) -> Result<(), DeskError>;
    /// Shows the code no longer.
    ///
    /// # Errors
    /// As [`Desks::offer`].
    fn end_offer(&self, session: &Session) -> Result<(), DeskError>;
    /// Takes a machine out, at once.
    ///
    /// # Errors
    /// As [`Desks::offer`].
    fn remove_desk(&self, session: &Session, id: &str) -> Result<(), DeskError>;
    /// This desk has an attendance from now on, with all that is typed in it; the one that had it only reads.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::NotNow`] when it was closed.
    fn continue_here(&self, session: &Session, attendance: &str) -> Result<(), DeskError>;
    /// A stream of events of the desk of that session is open, or ended.
    fn present(&self, session: &Session, is_there: bool);
}

/// Who has an attendance that is looked at from another desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The attendance.
    pub attendance: String,
    /// The person.
    pub by: String,
    /// The desk, as people call it.
    pub desk: String,
    /// Since when.
    pub since: Moment,
    /// For how long that desk was not heard of; `None` while it is there.
    pub silence: Option<Duration>,
    /// They took it over: here it is only read.
    pub is_taken: bool,
}

/// The desks of a spot.
#[derive(Debug, Clone)]
pub struct DesksView {
    /// Asked at the node's own desk: only there machines are let in and taken out.
    pub is_own: bool,
    /// Why no other machine can join; `None` when it can.
    pub cannot: Option<String>,
    /// How a browser opens this node, the best first.
    pub addresses: Vec<String>,
    /// SHA-256 of the authority's certificate, as browsers show it.
    pub fingerprint: String,
    /// The code that is shown.
    pub offer: Option<OfferView>,
    /// The node's own desk first, then all that joined.
    pub desks: Vec<DeskRow>,
}

/// A code that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Eight digits.
    pub code: String,
    /// It is for a citizen's screen.
    pub is_screen: bool,
    /// Until when it is good.
    pub until: Moment,
    /// Wrong codes that somebody typed since it is shown.
    pub wrong: u32,
}

/// A desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRow {
    /// Its id; empty for the node's own.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// It is a citizen's screen.
    pub is_screen: bool,
    /// When it was heard of last; `None` while it is there.
    pub heard: Option<Moment>,
    /// Who is signed in at it.
    pub people: Vec<String>,
    /// It is the one that asks.
    pub is_this: bool,
}

/// Who decides about machines that come over the spot's own network.
pub trait Door: Send + Sync + 'static {
    /// What the spot is called.
    fn spot(&self) -> String;
    /// As [`DesksView::fingerprint`].
    fn fingerprint(&self) -> String;
    /// The authority's certificate, DER.
    fn certificate(&self) -> Vec<u8>;
    /// A stream of events of a machine is open, or ended.
    fn present(&self, id: &str, is_there: bool);
    /// The machine with that token, if it joined and was not taken out.
    fn admit(&self, token: &str) -> Option<Admitted>;
    /// Lets a machine in; gives its token, which the node does not keep.
    ///
    /// # Errors
    /// Why not.
    fn join(&self, code: &str, name: &str) -> Result<(String, Admitted), JoinRefusal>;
    /// The ids of machines that are taken out, as it happens.
    fn removed(&self) -> broadcast::Receiver<String>;
}

/// A machine that joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Its id.
    pub id: String,
    /// It is a citizen's screen: nothing else is served to it.
    pub is_screen: bool,
}

/// Why a machine did not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRefusal {
    /// No code is shown, or no longer.
    NoCode,
    /// The one that is shown is another.
    WrongCode,
    /// It has no name, or one that is too long.
    Name,
    /// So many joined that no more do.
    Full,
    /// The store does not answer; it is in the log.
    Broken,
}
