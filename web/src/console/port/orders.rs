//! What the pages need on what nodes are told to do.

use crate::desk::port::{DeskError, Session};
use crate::moment::Moment;

/// Orders to single nodes.
pub trait Ordering {
    /// The orders of a node, the latest first.
    ///
    /// # Errors
    /// When the store does not answer.
    fn orders(&self, session: &Session, node: &str) -> Result<Vec<OrderRow>, DeskError>;
    /// Orders something. That a node lays down what it holds waits for a second person.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason where there must be one, or while the same is under way;
    /// [`DeskError::NotFound`].
    fn order(
        &self,
        session: &Session,
        node: &str,
        kind: Remedy,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// The second person agrees.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] to whoever ordered it, and when it waits for nobody.
    fn agree_order(&self, session: &Session, node: &str, number: u64) -> Result<(), DeskError>;
    /// Takes an order back that the node has not heard of.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it has.
    fn withdraw_order(&self, session: &Session, node: &str, number: u64) -> Result<(), DeskError>;
    /// What a node sent to help find a fault, zstd; that somebody got it is written down.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn diagnosis(&self, session: &Session, node: &str, number: u64) -> Result<Vec<u8>, DeskError>;
}

/// What a node can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Exchange from the beginning.
    Resync,
    /// Make its lists anew.
    Rebuild,
    /// Take the program that is offered.
    Update,
    /// Make a new key.
    Rotate,
    /// Send what helps to find a fault.
    Diagnose,
    /// Lay down all that it holds of people, once it is delivered.
    LayDown,
    /// The same at once: it is lost.
    LayDownAtOnce,
}

impl Remedy {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Resync,
        Self::Rebuild,
        Self::Update,
        Self::Rotate,
        Self::Diagnose,
        Self::LayDown,
        Self::LayDownAtOnce,
    ];

    /// As forms name it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Resync => "trocar",
            Self::Rebuild => "refazer",
            Self::Update => "programa",
            Self::Rotate => "chave",
            Self::Diagnose => "diagnostico",
            Self::LayDown => "largar",
            Self::LayDownAtOnce => "largar-ja",
        }
    }

    /// Whether two people have to agree.
    #[must_use]
    pub fn needs_two(self) -> bool {
        matches!(self, Self::LayDown | Self::LayDownAtOnce)
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Its number.
    pub number: u64,
    /// What is to be done.
    pub kind: Remedy,
    /// Why, if somebody said so.
    pub reason: String,
    /// Who ordered it, and when.
    pub by: (String, Moment),
    /// Whoever looks did.
    pub own: bool,
    /// The second person, and when they agreed.
    pub agreed: Option<(String, Moment)>,
    /// It waits for a second person.
    pub waits: bool,
    /// Somebody took it back.
    pub is_withdrawn: bool,
    /// When the node said that it has it.
    pub heard: Option<Moment>,
    /// What it said last, as long as nothing ended it: what it waits for.
    pub says: String,
    /// How it ended.
    pub ended: Option<(OrderEnd, Moment)>,
    /// What came with that can be fetched.
    pub has_diagnosis: bool,
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEnd {
    /// It was done.
    Done,
    /// The node does not do that.
    Refused,
    /// The node tried.
    Failed,
}
