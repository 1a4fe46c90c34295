//! What the page of a day's or a month's figures needs.

use vereda_sync::catalogue::Words;

use super::{DeskError, Session};

/// Figures of this spot.
pub trait Figures {
    /// Of a day (`yyyy-mm-dd`) or a month (`yyyy-mm`); of today when it is `None`.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is neither.
    fn figures(&self, session: &Session, period: Option<&str>) -> Result<FiguresView, DeskError>;
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiguresView {
    /// `yyyy-mm-dd` or `yyyy-mm`.
    pub period: String,
    /// The periods before and after; none after today's.
    pub before: String,
    /// As `before`.
    pub after: Option<String>,
    /// The month that a day is of, or the day that is today.
    pub other: String,
    /// Attendances by hour of a day, or by day of a month: every one of them, also those without.
    pub parts: Vec<Span>,
    /// Requests recorded, by service, most first.
    pub services: Vec<(Words, u64)>,
    /// What citizens said of it.
    pub opinions: Opinions,
    /// Complaints recorded, and how they stand now.
    pub complaints: Answered,
    /// Requests that only wait for the act itself to be done online.
    pub prepared: u64,
    /// Requests that were withdrawn.
    pub withdrawn: u64,
}

/// How citizens found it, counted without their names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opinions {
    /// How many were asked.
    pub asked: u64,
    /// Good.
    pub good: u64,
    /// So-so.
    pub fair: u64,
    /// Bad.
    pub bad: u64,
}

impl Opinions {
    /// With their words, also of those who said nothing.
    #[must_use]
    pub fn said(self) -> [(&'static str, u64); 4] {
        let answered = self.good + self.fair + self.bad;
        [
            ("Bom", self.good),
            ("Razoável", self.fair),
            ("Mau", self.bad),
            ("Sem resposta", self.asked.saturating_sub(answered)),
        ]
    }
}

/// Complaints by how they stand with their term; without those that were withdrawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    /// Answered within their term.
    pub in_time: u64,
    /// Answered after it.
    pub too_late: u64,
    /// Waiting, within their term.
    pub waiting: u64,
    /// Waiting, and the term is over.
    pub overdue: u64,
}

impl Answered {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.said().iter().map(|(_, n)| n).sum()
    }

    /// With their words.
    #[must_use]
    pub fn said(self) -> [(&'static str, u64); 4] {
        [
            ("Respondidas no prazo", self.in_time),
            ("Respondidas fora do prazo", self.too_late),
            ("À espera, no prazo", self.waiting),
            ("Em atraso", self.overdue),
        ]
    }
}

/// An hour of a day, or a day of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// `14` or `22`: hour, or day of the month.
    pub name: u8,
    /// Attendances begun in it.
    pub begun: u64,
    /// How long each closed one took, in seconds, sorted.
    pub took_s: Vec<u64>,
    /// How long each that came with a turn waited, in seconds, sorted.
    pub waited_s: Vec<u64>,
    /// Requests recorded in it.
    pub requests: u64,
}

impl Span {
    /// How many of its attendances are closed.
    #[must_use]
    pub fn closed(&self) -> u64 {
        self.took_s.len() as u64
    }
}

impl FiguresView {
    /// All parts as one.
    #[must_use]
    pub fn whole(&self) -> Span {
        let mut whole = Span::default();
        for part in &self.parts {
            whole.begun += part.begun;
            whole.requests += part.requests;
            whole.took_s.extend(&part.took_s);
            whole.waited_s.extend(&part.waited_s);
        }
        whole.took_s.sort_unstable();
        whole.waited_s.sort_unstable();
        whole
    }
}

/// The value that so many hundredths are not above; `sorted` is sorted.
#[must_use]
pub fn hundredth(sorted: &[u64], hundredths: usize) -> Option<u64> {
    let at = (sorted.len() * hundredths).div_ceil(100).max(1) - 1;
    sorted.get(at).copied()
}
