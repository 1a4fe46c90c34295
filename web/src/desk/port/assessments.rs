//! What the pages about assessments need, at the desk and at the console.

use vereda_sync::catalogue::Standard;
use vereda_sync::record::assessment::{Figure, Verdict};

use super::{By, DeskError, FormField, Session};

/// How this spot stands with the standards of service, as it finds itself.
pub trait Assessments {
    /// What was assessed here, and what is being.
    ///
    /// # Errors
    /// When the store does not answer.
    fn assessments(&self, session: &Session) -> Result<AssessmentsView, DeskError>;
    /// Begins one, or goes on with the one that is begun; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the catalogue has no standards.
    fn begin_assessment(&self, session: &Session) -> Result<String, DeskError>;
    /// One assessment of this spot.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is none of this spot.
    fn assessment(&self, session: &Session, id: &str) -> Result<AssessmentView, DeskError>;
    /// What the page sent becomes part of the draft, whatever is wrong with it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] once it is recorded.
    fn keep_assessment(
        &self,
        session: &Session,
        id: &str,
        typed: &[(String, String)],
    ) -> Result<(), DeskError>;
    /// Keeps what the page sent and records it, with the figures as they are now. Twice is as once.
    ///
    /// # Errors
    /// [`DeskError::Refused`] by field; what was typed is in the draft.
    fn record_assessment(
        &self,
        session: &Session,
        id: &str,
        typed: &[(String, String)],
    ) -> Result<(), DeskError>;
    /// A draft is not gone on with.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] once it is recorded.
    fn drop_assessment(&self, session: &Session, id: &str) -> Result<(), DeskError>;
    /// What was to be done for a standard is done, with a word on it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when there is no word, or nothing was to be done.
    fn remedied(
        &self,
        session: &Session,
        id: &str,
        standard: &str,
        word: &str,
    ) -> Result<(), DeskError>;
}

/// What was assessed at a spot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssessmentsView {
    /// The catalogue has standards.
    pub is_offered: bool,
    /// Those that are begun: id, and who began.
    pub drafts: Vec<(String, By)>,
    /// Those that were recorded, the latest first, at most 12.
    pub recorded: Vec<AssessmentRow>,
    /// How the standards stood in them.
    pub history: History,
}

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Standards that are met.
    pub met: u64,
    /// In part.
    pub partly: u64,
    /// Not met.
    pub missed: u64,
    /// That do not apply, or of which nothing was counted.
    pub aside: u64,
}

/// An assessment as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentRow {
    /// Its id.
    pub id: String,
    /// Who recorded it.
    pub by: By,
    /// How it ended.
    pub tally: Tally,
    /// What was promised and is not done.
    pub owed: u64,
    /// So much of it is past its day.
    pub late: u64,
}

/// How standards stood over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The day of each assessment, `yyyy-mm-dd`, the oldest first.
    pub days: Vec<String>,
    /// Each standard, in the words of the latest that has it, and how it stood on those days; `None`:
    /// it was not asked.
    pub rows: Vec<(String, Vec<Option<Verdict>>)>,
}

/// One assessment.
#[derive(Debug, Clone)]
pub struct AssessmentView {
    /// Its id.
    pub id: String,
    /// Name of the spot.
    pub spot: String,
    /// The edition of the catalogue whose standards they are.
    pub edition: u64,
    /// Another edition is here since, with other standards.
    pub is_of_before: bool,
    /// Who began it.
    pub begun: By,
    /// The days of the figures, `yyyy-mm-dd`: of the last 30 until it is recorded.
    pub from: String,
    /// As `from`.
    pub to: String,
    /// Who recorded it; `None`: it is a draft.
    pub recorded: Option<By>,
    /// Of a draft: its revision.
    pub revision: u64,
    /// The standards, in their order.
    pub standards: Vec<AssessedStandard>,
}

/// A standard and what was found of it.
#[derive(Debug, Clone)]
pub struct AssessedStandard {
    /// The standard.
    pub standard: Standard,
    /// How it stands; `None`: nobody said yet.
    pub verdict: Option<Verdict>,
    /// Of a measured one, the figure.
    pub figure: Option<Figure>,
    /// Of a draft, the fields of its form.
    pub fields: Vec<FormField>,
    /// A note, or empty.
    pub note: String,
    /// What will be done, or empty.
    pub todo: String,
    /// By which day, `yyyy-mm-dd`, or empty.
    pub by: String,
    /// That it was done: a word, and who said so.
    pub done: Option<(String, By)>,
    /// It is not done and its day is gone.
    pub is_late: bool,
}

/// What was promised and waits to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedRemedy {
    /// The assessment.
    pub assessment: String,
    /// Id of the standard.
    pub standard: String,
    /// Its sentence.
    pub text: String,
    /// What will be done.
    pub todo: String,
    /// By which day, `yyyy-mm-dd`.
    pub by: String,
    /// That day is gone.
    pub is_late: bool,
}

impl AssessmentView {
    /// How often each verdict stands.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(self.standards.iter().filter_map(|it| it.verdict))
    }
}

impl Tally {
    /// Counts them.
    pub fn of(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            *match verdict {
                Verdict::Met => &mut tally.met,
                Verdict::Partly => &mut tally.partly,
                Verdict::Missed => &mut tally.missed,
                Verdict::Aside => &mut tally.aside,
            } += 1;
        }
        tally
    }
}
