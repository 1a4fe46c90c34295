//! What the hub counts over all spots.

use vereda_sync::catalogue::Words;

use crate::desk::port::DeskError;

/// Most months that are counted at once.
pub const MAX_MONTHS: usize = 24;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The first month, `yyyy-mm`.
    pub from: String,
    /// The last.
    pub to: String,
    /// Of one region alone, by its scope.
    pub region: Option<String>,
    /// Of one service alone; attendances are of none.
    pub service: Option<String>,
}

/// Longest wait of each kind but the last, in minutes.
pub const WAITS: [u64; 5] = [5, 10, 15, 30, 60];

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Attendances begun.
    pub attended: u64,
    /// Those of them that were closed.
    pub closed: u64,
    /// Those that came with a turn, by how long they waited: up to each of [`WAITS`], and longer.
    pub waited: [u64; 6],
    /// Requests recorded.
    pub recorded: u64,
    /// Those of them that were withdrawn.
    pub withdrawn: u64,
    /// That were sent back and stand so.
    pub returned: u64,
    /// That an agency refused.
    pub refused: u64,
    /// That an agency completed.
    pub completed: u64,
    /// Complaints, without those that were withdrawn.
    pub complaints: u64,
    /// Those of them that were answered within their term.
    pub in_time: u64,
    /// That were answered after it.
    pub too_late: u64,
    /// Requests whose receipt says how to do it alone the next time.
    pub guided: u64,
}

impl Tally {
    /// All counts, in the order in which tables have them.
    pub(crate) fn counts(&self) -> impl Iterator<Item = u64> {
        let before = [self.attended, self.closed];
        let after = [
            self.recorded,
            self.withdrawn,
            self.returned,
            self.refused,
            self.completed,
            self.complaints,
            self.in_time,
            self.too_late,
            self.guided,
        ];
        before.into_iter().chain(self.waited).chain(after)
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        let Self {
            attended,
            closed,
            waited,
            recorded,
            withdrawn,
            returned,
            refused,
            completed,
            complaints,
            in_time,
            too_late,
            guided,
        } = other;
        self.attended += attended;
        self.closed += closed;
        for (mine, theirs) in self.waited.iter_mut().zip(waited) {
            *mine += theirs;
        }
        self.recorded += recorded;
        self.withdrawn += withdrawn;
        self.returned += returned;
        self.refused += refused;
        self.completed += completed;
        self.complaints += complaints;
        self.in_time += in_time;
        self.too_late += too_late;
        self.guided += guided;
    }

    /// Within how many minutes that many in a hundred had waited; `Some(None)`: longer than an hour.
    #[must_use]
    pub fn within(&self, hundredth: u64) -> Option<Option<u64>> {
        let all: u64 = self.waited.iter().sum();
        let mut so_far = 0;
        let kind = self.waited.iter().position(|n| {
            so_far += n;
            so_far > 0 && so_far * 100 >= all * hundredth
        });
        (all > 0).then(|| kind.and_then(|kind| WAITS.get(kind).copied()))
    }
}

/// A month, service, agency, spot or region with what was counted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its name as people read it; of a month `yyyy-mm`.
    pub name: String,
    /// The figures.
    pub tally: Tally,
}

/// The page.
#[derive(Debug, Clone)]
pub struct StatisticsView {
    /// What was asked for.
    pub wanted: Wanted,
    /// Regions that there are.
    pub regions: Vec<String>,
    /// Services that there are, with their titles.
    pub services: Vec<(String, Words)>,
    /// Month by month, also those of which there is nothing.
    pub months: Vec<Counted>,
    /// By service, most first.
    pub by_service: Vec<Counted>,
    /// By agency, most first.
    pub by_agency: Vec<Counted>,
    /// By spot, most first; at most 100.
    pub by_spot: Vec<Counted>,
    /// Spots beyond those.
    pub more_spots: u64,
    /// By region, most first.
    pub by_region: Vec<Counted>,
    /// In open data nothing of fewer than so many.
    pub smallest: u64,
}

/// Where a list goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One line of the whole list: a month, region, service and spot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `yyyy-mm`.
    pub month: String,
    /// The region, by its scope.
    pub region: String,
    /// The title of the service; empty of attendances.
    pub service: String,
    /// Name of the spot.
    pub spot: String,
    /// The figures.
    pub tally: Tally,
}

/// A line of open data: a month; of one region; of one service there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLine {
    /// `yyyy-mm`.
    pub month: String,
    /// The region; empty for all.
    pub region: String,
    /// The title of the service; empty for all.
    pub service: String,
    /// Requests recorded; `None` is hidden.
    pub requests: Option<u64>,
}

/// Figures of all spots.
pub trait Statistics {
    /// The page; of nothing that was asked for, the twelve months that end with this one.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the months cannot be, or are too many; it says which may be.
    fn statistics(&self, wanted: &Wanted) -> Result<StatisticsView, DeskError>;
    /// A part of all lines, from where the last one ended; and where it goes on, if it does.
    ///
    /// # Errors
    /// As [`Statistics::statistics`].
    fn lines(
        &self,
        wanted: &Wanted,
        after: Option<Cursor>,
    ) -> Result<(Vec<Line>, Option<Cursor>), DeskError>;
    /// Open data: the lines of one month that is over, from where the last one ended; and where it goes on.
    ///
    /// # Errors
    /// As [`Statistics::statistics`].
    fn open_lines(
        &self,
        wanted: &Wanted,
        after: Option<Cursor>,
    ) -> Result<(Vec<OpenLine>, Option<Cursor>), DeskError>;
}
