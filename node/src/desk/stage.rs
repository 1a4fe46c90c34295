//! What a citizen screen is told to show, as the store keeps it.

use serde::{Deserialize, Serialize};

/// The stage of a screen; everything shown is read afresh from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Nobody is served.
    #[default]
    Idle,
    /// A turn of the queue is called to this desk.
    Called {
        /// Its number.
        number: u32,
    },
    /// Follows a step of a form.
    Following {
        /// The form.
        form: String,
        /// The step.
        step: String,
        /// Who writes its answers.
        #[serde(default)]
        writing: Writing,
    },
    /// Asks for the confirmation of a request.
    Confirm {
        /// The request.
        request: String,
        /// Fingerprint of what is shown.
        shown: String,
        /// What the citizen answered.
        answered: Option<bool>,
        /// The citizen wanted to confirm and had not signed.
        #[serde(default)]
        unsigned: bool,
    },
    /// The attendance is over: how was it?
    Faces {
        /// When it was asked, milliseconds since 1970: who comes later is another person.
        since_ms: i64,
    },
    /// A recorded request.
    Recorded {
        /// The request.
        request: String,
    },
}

/// Whether the citizen writes the answers of the step that a screen follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Writing {
    /// The mediator does, and the citizen reads.
    #[default]
    No,
    /// The citizen does.
    Yes,
    /// They were through, and something is to mend: the screen says what.
    Tried,
}

impl Stage {
    /// As the store keeps it.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The inverse; anything unreadable is [`Stage::Idle`].
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The form or request that it shows.
    #[must_use]
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Idle | Self::Called { .. } | Self::Faces { .. } => None,
            Self::Following { form, .. } => Some(form),
            Self::Confirm { request, .. } | Self::Recorded { request } => Some(request),
        }
    }
}
