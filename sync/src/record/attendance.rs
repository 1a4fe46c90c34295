//! The attendance: one citizen served, who they are and how we know.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::Answer;
use crate::catalogue::{Field, Kind as FieldKind, Rules, Step, Words};
use crate::hlc::Hlc;
use crate::record::Kind;
use crate::record::document::{Author, Document, DocumentError, Written};

/// The one step of an attendance's form: who the citizen is. Its field ids are
/// also those of the card's data, and requests copy them.
pub static IDENTITY: LazyLock<Step> = LazyLock::new(|| Step {
    id: "identity".into(),
    title: Words::from([("pt", "Identificação"), ("en", "Who you are")]),
    advice: Words::default(),
    when: None,
    repeat: None,
    fields: vec![
        field(
            "full-name",
            ("Nome completo", "Full name"),
            FieldKind::Name,
            true,
        ),
        field(
            "birth-date",
            ("Data de nascimento", "Date of birth"),
            FieldKind::Date,
            true,
        ),
        field(
            "nic",
            (
                "Número de identificação civil",
                "Civil identification number",
            ),
            FieldKind::Nic,
            false,
        ),
        field(
            "document-number",
            ("Número do documento", "Document number"),
            FieldKind::DocumentNumber,
            false,
        ),
        field(
            "nif",
            ("NIF — número de contribuinte", "NIF — tax number"),
            FieldKind::Nif,
            false,
        ),
        field(
            "niss",
            ("NISS — segurança social", "NISS — social security"),
            FieldKind::Niss,
            false,
        ),
        field(
            "sns",
            ("Número de utente do SNS", "Health service (SNS) number"),
            FieldKind::Sns,
            false,
        ),
        field(
            "nationality",
            ("Nacionalidade", "Nationality"),
            FieldKind::Text,
            false,
        ),
    ],
});

fn field(id: &str, (pt, en): (&str, &str), kind: FieldKind, required: bool) -> Field {
    Field {
        id: id.into(),
        label: Words::from([("pt", pt), ("en", en)]),
        hint: Words::default(),
        kind,
        required,
        card: Some(id.into()),
        options: vec![],
        when: None,
        at_least: 0,
        rules: Rules::default(),
    }
}

/// Whether the field tells who the citizen is.
#[must_use]
pub fn is_identity(field: &str) -> bool {
    IDENTITY.fields.iter().any(|f| f.id == field)
}

/// Begins an attendance.
///
/// # Errors
/// When the document refuses.
pub fn begin(author: &Author, at: Hlc) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Attendance, author, at, |_| Ok(()))
}

/// Begins an attendance of somebody who waited so long for their turn, in seconds.
///
/// # Errors
/// When the document refuses.
pub fn begin_after(
    author: &Author,
    at: Hlc,
    waited_s: u64,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Attendance, author, at, |w| {
        w.put_number("waited", waited_s)
    })
}

/// The identity step is finished.
///
/// # Errors
/// When the document refuses.
pub fn identify(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    answers: &BTreeMap<String, Answer>,
) -> Result<Written, DocumentError> {
    let before = document.answers().clone();
    document.write(author, at, "step", &[("step", &IDENTITY.id)], |w| {
        let changed = answers
            .iter()
            .filter(|(field, answer)| before.get(*field) != Some(answer));
        changed
            .into_iter()
            .try_for_each(|(field, answer)| w.answer(field, answer))
    })
}

/// The citizen has left.
///
/// # Errors
/// When the document refuses.
pub fn close(document: &mut Document, author: &Author, at: Hlc) -> Result<Written, DocumentError> {
    document.write(author, at, "closed", &[], |_| Ok(()))
}

/// What lists need to know of an attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The citizen's name, once known.
    pub citizen: Option<String>,
    /// Whether the identity step is finished.
    pub identified: bool,
    /// Whether it is closed.
    pub closed: bool,
    /// Who serves.
    pub mediator: String,
    /// When it began.
    pub opened: Hlc,
    /// When it was closed.
    pub ended: Option<Hlc>,
    /// How long the citizen waited for their turn, in seconds; `None`: there was no queue.
    pub waited_s: Option<u64>,
}

impl Summary {
    /// Reads it from the document; `None` if it is no attendance.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        if document.kind() != Some(Kind::Attendance) {
            return None;
        }
        let first = document.acts().next()?;
        let did = |kind: &str| document.acts().any(|a| a.kind == kind);
        Some(Self {
            citizen: document.answers().get("full-name").map(|a| a.value.clone()),
            identified: did("step"),
            closed: did("closed"),
            mediator: first.by.clone(),
            opened: first.at,
            ended: document
                .acts()
                .rev()
                .find(|a| a.kind == "closed")
                .map(|a| a.at),
            waited_s: document.number("waited"),
        })
    }
}
