//! What the pages about the catalogue need: what is proposed, what is published, and who has it.

use vereda_sync::catalogue::{Fault, Service};

use crate::desk::port::{DeskError, Session};
use crate::moment::Moment;

/// The catalogue as people at the hub change it: one proposes, another one agrees, spots take it.
pub trait CatalogueDesk {
    /// What is published, what is proposed, and which spot has what.
    ///
    /// # Errors
    /// When the store does not answer.
    fn editions(&self, session: &Session) -> Result<EditionsView, DeskError>;
    /// Files that somebody sends, by their names: a folder, or one `.zip`. Gives the proposal, wrong or not.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when there is no catalogue in them, it is too large, or too many proposals wait.
    fn send_edition(
        &self,
        session: &Session,
        sent: Vec<(String, Vec<u8>)>,
    ) -> Result<i64, DeskError>;
    /// A proposal with the files of the newest edition, to be changed.
    ///
    /// # Errors
    /// As [`CatalogueDesk::send_edition`].
    fn begin_edition(&self, session: &Session) -> Result<i64, DeskError>;
    /// One proposal: its faults, or what it changes.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn edition_proposal(&self, session: &Session, id: i64) -> Result<ProposalView, DeskError>;
    /// The text of one file of a proposal.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn edition_text(&self, id: i64, name: &str) -> Result<String, DeskError>;
    /// Keeps the text of one file: its name, and the text. `files`: [`ProposalView::files_shown`] when it was opened.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when somebody else wrote meanwhile, or it is too large; [`DeskError::NotFound`].
    fn keep_edition_text(
        &self,
        session: &Session,
        id: i64,
        named: (&str, &str),
        files: &str,
    ) -> Result<(), DeskError>;
    /// Somebody wants it published: for those scopes (none: all spots), and why. Another person has to agree.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is wrong, changes nothing, or nobody says why.
    fn propose_edition(
        &self,
        session: &Session,
        id: i64,
        scopes: &[String],
        reason: &str,
    ) -> Result<(), DeskError>;
    /// The second person agrees: it is sealed and published. `shown`: [`Wanted::shown`] of what they saw. Gives the edition.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] to whoever proposed it, and when it is no longer what they saw.
    fn agree_edition(&self, session: &Session, id: i64, shown: &str) -> Result<u32, DeskError>;
    /// It is not to be published now; the files stay.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn unpropose_edition(&self, session: &Session, id: i64) -> Result<(), DeskError>;
    /// The proposal goes, with its files.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn drop_edition(&self, session: &Session, id: i64) -> Result<(), DeskError>;
    /// Proposes to go back to what was before an edition, under a new number. Gives the proposal.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when there is none before it, or nobody says why.
    fn withdraw_edition(
        &self,
        session: &Session,
        edition: u32,
        reason: &str,
    ) -> Result<i64, DeskError>;
    /// The files of a proposal, or of an edition, as a `.zip`.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn edition_zip(&self, of: Files) -> Result<Vec<u8>, DeskError>;
    /// A service as a proposal has it, and the languages of its texts.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::NotNow`] while the proposal is wrong.
    fn edition_service(&self, id: i64, service: &str) -> Result<(Service, Vec<String>), DeskError>;
}

/// Whose files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Of a proposal.
    Proposal(i64),
    /// Of an edition.
    Edition(u32),
}

/// The page of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditionsView {
    /// The newest edition here.
    pub newest: u32,
    /// It was never signed: this hub reads a folder, and hands out nothing of it.
    pub is_unsigned: bool,
    /// What is handed out, the newest first.
    pub published: Vec<EditionRow>,
    /// What is proposed, the newest first.
    pub proposals: Vec<ProposalRow>,
    /// Every spot that is accepted, by name.
    pub uptake: Vec<UptakeRow>,
}

/// An edition that is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionRow {
    /// Its number.
    pub edition: u32,
    /// When it was published.
    pub at: Moment,
    /// Who agreed to it, and when; none: it is of before two persons were named.
    pub by: Vec<(String, Moment)>,
    /// For which scopes; none: for all.
    pub scopes: Vec<String>,
    /// Why.
    pub reason: String,
    /// The edition that it takes back.
    pub withdraws: Option<u32>,
    /// It is the newest for somebody, and something is before it to go back to.
    pub may_withdraw: bool,
}

/// A proposal in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalRow {
    /// Its number here.
    pub id: i64,
    /// Who wrote it last.
    pub by: String,
    /// When.
    pub at: Moment,
    /// How much is wrong with it.
    pub faults: u32,
    /// The edition that it is to take back.
    pub withdraws: Option<u32>,
    /// Somebody wants it published.
    pub wanted: Option<Wanted>,
}

/// Somebody wants a proposal published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who.
    pub by: String,
    /// Whoever looks wants it.
    pub own: bool,
    /// When.
    pub at: Moment,
    /// For which scopes; none: for all.
    pub scopes: Vec<String>,
    /// Why.
    pub reason: String,
    /// It, or what is published, changed since: it has to be proposed again.
    pub is_stale: bool,
    /// Fingerprint of what was shown.
    pub shown: String,
}

/// One proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalView {
    /// As in the list.
    pub row: ProposalRow,
    /// Its files, with their sizes in bytes.
    pub files: Vec<(String, u64)>,
    /// Fingerprint of the files.
    pub files_shown: String,
    /// What is wrong, at most 200.
    pub faults: Vec<Fault>,
    /// The number that it gets.
    pub edition: u32,
    /// The edition that it is compared with.
    pub base: u32,
    /// What changes, of the whole and then by service.
    pub changes: Vec<ServiceChanges>,
    /// Its services: id and title.
    pub services: Vec<(String, String)>,
    /// Places that spots write for: scope, and names of the spots.
    pub places: Vec<(String, Vec<String>)>,
}

/// What changes in one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceChanges {
    /// Its id and title; `None`: the catalogue as a whole.
    pub service: Option<(String, String)>,
    /// What changes, in words.
    pub lines: Vec<String>,
    /// What becomes of drafts that are open, in words.
    pub drafts: Vec<String>,
    /// How many are known at the hub.
    pub open: u64,
}

/// Which edition a spot has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UptakeRow {
    /// The spot's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The edition that it said it has, and when it said so first; `None`: it never said.
    pub has: Option<(u32, Option<Moment>)>,
    /// The version of its program.
    pub program: String,
    /// When it spoke with the hub last.
    pub seen: Option<Moment>,
    /// The newest edition for it.
    pub newest: u32,
}

impl UptakeRow {
    /// It has what it should.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.has.is_some_and(|(edition, _)| edition >= self.newest)
    }
}
