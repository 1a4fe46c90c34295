//! A month of tours, at the desk and at the console.

use vereda_sync::record::tour::Standing;

/// The stops of a month and of the weeks at its ends.
#[derive(Debug, Clone, Default)]
pub struct CalendarView {
    /// Which, `yyyy-mm`.
    pub month: String,
    /// Today, `yyyy-mm-dd`.
    pub today: String,
    /// They are of several spots, and each is named.
    pub shows_spots: bool,
    /// There are more than are shown.
    pub is_cut: bool,
    /// By day and hour.
    pub stops: Vec<CalendarStop>,
}

/// A stop in a month.
#[derive(Debug, Clone)]
pub struct CalendarStop {
    /// Its day at its place, `yyyy-mm-dd`.
    pub day: String,
    /// `10:00–12:00`, as it is now.
    pub hours: String,
    /// The place.
    pub place: String,
    /// Who goes.
    pub spot: String,
    /// How it stands.
    pub standing: Standing,
    /// Its tour.
    pub tour: String,
    /// What names it on the page of its tour.
    pub anchor: String,
    /// So many other spots go to the same place on that day.
    pub others: u64,
}
