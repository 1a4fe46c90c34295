//! What the strip on top of every page shows.

use super::Person;
use crate::moment::Moment;

/// The strip: place, link, what is unsent, last proof, citizen's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// Name of the spot.
    pub spot: String,
    /// The stop of today, if any.
    pub stop: Option<String>,
    /// The way to the hub.
    pub link: Link,
    /// Other spots on the same network.
    pub near: Vec<Near>,
    /// Changes written here that the hub has not acknowledged.
    pub unsent_changes: u64,
    /// Requests recorded here of which a change is unsent.
    pub unsent_requests: u64,
    /// Photographs the hub does not have yet.
    pub unsent_blobs: u64,
    /// When the oldest unsent change was written.
    pub oldest_unsent: Option<Moment>,
    /// From that age of it on it is urgent, in days.
    pub urgent_after_days: u16,
    /// When all was last proven to be at the hub.
    pub proven: Option<Moment>,
    /// Records known to be at the hub when it was proven.
    pub proven_records: u64,
    /// Now, to tell ages by.
    pub now: Moment,
    /// Whether a citizen screen is paired with this desk and connected.
    pub screen: ScreenLink,
    /// The language that it is read in, by its code in [`crate::texts::LANGUAGES`].
    pub screen_language: String,
    /// The edition of the catalogue, when it is older than it should ever be.
    pub old_catalogue: Option<u32>,
    /// Days for which the hub's list of who may sign in is still good, when they are few.
    pub list_ends_in: Option<u32>,
    /// This desk is for training: nothing here is real, and nothing is ever sent.
    pub training: Option<Training>,
}

/// What the reader of a desk for training can be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Training {
    /// Invented people who have a card.
    pub cards: Vec<Person>,
    /// Whose is in the reader, by id.
    pub inserted: Option<String>,
}

/// The way to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// No hub is configured.
    None,
    /// The hub cannot be reached.
    Down {
        /// Seconds until the next try.
        retry_in_s: u32,
    },
    /// Exchanging now.
    Exchanging {
        /// Changes and pieces of photographs done so far.
        done: u64,
        /// All that is known to have to go.
        total: u64,
        /// Seconds that the rest will take if it goes on as lately, roughly; `None`: too soon to
        /// say, or nothing moves.
        left_s: Option<u32>,
    },
    /// The last exchange ended well.
    Up,
    /// The hub answered, but must not be talked to; why, in Portuguese.
    Refused(String),
}

/// Another spot on the same network, with which this one shares what both may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// Its name.
    pub name: String,
    /// Each has all that the other has.
    pub whole: bool,
}

/// The citizen's screen of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenLink {
    /// None paired.
    None,
    /// Paired, but its page is not connected now.
    Away,
    /// Paired and following.
    Following,
}
