//! What the console needs of how spots assess themselves.

use vereda_sync::record::assessment::Verdict;

use crate::desk::port::{AssessmentRow, AssessmentView, DeskError, History};

/// How the spots find that they stand with the standards of service.
pub trait Assessed {
    /// Every spot with its latest assessment: those first that have none of the last twelve months.
    ///
    /// # Errors
    /// When the store does not answer.
    fn assessed(&self) -> Result<Vec<SpotAssessed>, DeskError>;
    /// One assessment, and how that spot's standards stood over time.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is none that was recorded.
    fn assessment(&self, id: &str) -> Result<(AssessmentView, History), DeskError>;
}

/// A spot and its latest assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotAssessed {
    /// Name of the spot.
    pub name: String,
    /// Its latest; `None`: it never recorded one.
    pub latest: Option<AssessmentRow>,
    /// There is none of the last twelve months.
    pub is_due: bool,
    /// What is not met, or in part, in the order of the standards.
    pub short: Vec<(String, Verdict)>,
    /// What is owed: what will be done, by which day (`yyyy-mm-dd`), and whether that is gone.
    pub owed: Vec<(String, String, bool)>,
}
