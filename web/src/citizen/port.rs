//! What the citizen's screen needs from the node.

use tokio::sync::broadcast;
use vereda_sync::catalogue::{Field, Service, Words};
use vereda_sync::check::Refusal;
use vereda_sync::record::Life;
use vereda_sync::record::declaration::Proof;
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::papers::Needed;

use crate::desk::port::{AnsweredStep, DeskError, Event, Saved};

/// The citizen screens of a node. Like the desk's, the calls block and what
/// returns `Ok` is durable.
pub trait CitizenScreens: Send + Sync + 'static {
    /// A new screen, not paired yet; the token goes into its cookie.
    ///
    /// # Errors
    /// When the store does not answer.
    fn open_screen(&self) -> Result<String, DeskError>;
    /// What the screen shows now; `None` for an unknown token.
    fn screen(&self, token: &str) -> Option<Screen>;
    /// The page of this screen is connected (`true`) or went away.
    fn screen_connected(&self, token: &str, connected: bool);
    /// Shows masked numbers, or hides them again.
    fn reveal(&self, token: &str, revealed: bool) -> Result<(), DeskError>;
    /// The citizen reads another language, by its code in [`crate::texts::LANGUAGES`].
    fn speak(&self, token: &str, language: &str) -> Result<(), DeskError>;
    /// One keystroke of the citizen's, as [`crate::desk::port::Desk::keystroke`]. Only while this
    /// screen is let write, and only a field of the step that it shows; else
    /// [`DeskError::NotNow`].
    fn write(
        &self,
        token: &str,
        place: Place<'_>,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError>;
    /// The citizen is through with the step, or would rather that the mediator wrote. `typed` is
    /// what a page without its script sends. When something is to mend, the screen says so and
    /// still writes.
    fn written(
        &self,
        token: &str,
        step: (&str, &str),
        typed: &[(String, String)],
        is_through: bool,
    ) -> Result<(), DeskError>;
    /// The citizen answers the confirmation: "Está certo" or "Quero corrigir".
    /// `shown` is [`Confirm::shown`] of the page that the citizen saw; another is
    /// refused with [`DeskError::NotNow`], so nobody confirms what they did not see. Where the
    /// service is signed and this holds no signature, the page comes again and says so.
    fn answer(
        &self,
        token: &str,
        request: &str,
        shown: &str,
        reply: Reply<'_>,
    ) -> Result<(), DeskError>;
    /// How the citizen found it, once, after the end of their attendance; `None`: rather not.
    /// When the screen no longer asks, nothing is counted.
    fn rate(&self, token: &str, face: Option<Face>) -> Result<(), DeskError>;
    /// As [`crate::desk::port::Desk::events`].
    fn screen_events(&self) -> broadcast::Receiver<Event>;
}

/// Where a citizen writes: what their page showed.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The attendance or request.
    pub form: &'a str,
    /// The step.
    pub step: &'a str,
    /// The field.
    pub field: &'a str,
}

/// What the citizen says to the confirmation. Nothing in it is checked yet.
#[derive(Debug, Clone, Copy)]
pub enum Reply<'a> {
    /// "Quero corrigir".
    Wrong,
    /// "Está certo".
    Right {
        /// What was drawn as a signature, as [`vereda_sync::record::signature`] writes it.
        strokes: &'a str,
        /// The name typed instead.
        name: &'a str,
    },
}

/// How a citizen found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Good.
    Good,
    /// So-so.
    Fair,
    /// Bad.
    Bad,
}

/// What one screen shows.
#[derive(Debug, Clone)]
pub struct Screen {
    /// Language of the citizen, by its code in [`crate::texts::LANGUAGES`].
    pub language: String,
    /// Whether numbers are shown in full.
    pub revealed: bool,
    /// Name of the spot.
    pub spot: String,
    /// Whether the node has no way to the hub now.
    pub offline: bool,
    /// Whether it follows a desk for training: nothing on it is real.
    pub training: bool,
    /// The matter.
    pub stage: Stage,
}

/// The stages of a citizen's screen.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Shows the code that the mediator types to pair it.
    Unpaired {
        /// Four digits.
        code: String,
    },
    /// Nobody is served. Nothing of the last person remains.
    Idle {
        /// Services and what to bring, shown in turn.
        services: Vec<Service>,
    },
    /// The turn of the queue that is called to this desk.
    Called {
        /// Its number.
        number: u32,
    },
    /// Follows a form.
    Following(Box<Following>),
    /// Asks for the confirmation.
    Confirm(Box<Confirm>),
    /// Recorded.
    Recorded(Box<Recorded>),
    /// The attendance is over: how was it?
    Faces,
}

/// A form as the citizen follows it.
#[derive(Debug, Clone)]
pub struct Following {
    /// First name or full name, as the citizen is addressed.
    pub citizen: Option<String>,
    /// Title of the service, or of the identification.
    pub title: Words,
    /// Name of the step.
    pub step: Words,
    /// Number of the step, from 1.
    pub step_number: usize,
    /// How many steps there are.
    pub steps: usize,
    /// The attendance or request, and the step, by their ids.
    pub place: (String, String),
    /// Whether the citizen is let write.
    pub writes: bool,
    /// The fields of the step that apply.
    pub fields: Vec<Followed>,
    /// The field that was typed into last.
    pub typing: Option<String>,
    /// What it costs, in cents; `None` for the identification.
    pub fee_cents: Option<u32>,
    /// Why nothing is paid, where there is an exemption.
    pub exempt: Option<Words>,
    /// What happens next.
    pub next: Words,
    /// Who sees the data.
    pub privacy: Words,
}

/// A field of a form as the citizen follows it.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Its definition.
    pub field: Field,
    /// The value as it stands.
    pub value: String,
    /// How it is written on this screen; `None`: here it is only read.
    pub input: Option<Input>,
}

/// A field that the citizen may write.
#[derive(Debug, Clone)]
pub struct Input {
    /// Revision of the value.
    pub revision: u64,
    /// What is to mend, once the citizen was through with the step.
    pub wrong: Option<Refusal>,
}

/// The confirmation.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The request.
    pub request: String,
    /// Fingerprint of the very words that are shown.
    pub shown: String,
    /// The service.
    pub service: Service,
    /// The citizen.
    pub citizen: String,
    /// All answers.
    pub steps: Vec<AnsweredStep>,
    /// What it costs, in cents.
    pub fee_cents: u32,
    /// Why nothing is paid, where there is an exemption.
    pub exempt: Option<Words>,
    /// The papers that it needs.
    pub papers: Vec<Needed>,
    /// The hour at a counter that it has or waits for.
    pub hour: Reserved,
    /// Of who declared who they are: whether it is proven.
    pub identity: Option<Proof>,
    /// The citizen has answered: right, or wants a correction.
    pub answered: Option<bool>,
    /// The citizen wanted to confirm and had not signed.
    pub unsigned: bool,
}

/// A recorded request.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its number.
    pub number: String,
    /// The service.
    pub service: Service,
    /// How far it is.
    pub life: Life,
    /// What it cost, in cents.
    pub fee_cents: u32,
    /// Why nothing was paid, where there is an exemption.
    pub exempt: Option<Words>,
    /// The papers that it needs.
    pub papers: Vec<Needed>,
    /// The hour at a counter that it has or waits for.
    pub hour: Reserved,
    /// Of who declared who they are: whether it is proven.
    pub identity: Option<Proof>,
    /// What the QR code holds.
    pub qr: String,
}
