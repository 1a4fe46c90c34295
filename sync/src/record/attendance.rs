//! The attendance: one citizen served, who they are and how we know.

mod other_document;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::Answer;
use crate::catalogue::{Field, Kind as FieldKind, Step, Words};
use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::record::Kind;
use crate::record::act::Act;
use crate::record::declaration::DECLARATION;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::household;
use crate::record::late::{self, Late};
use crate::record::outcome::Agreement;
use crate::record::representation::REPRESENTATION;

/// The one step of an attendance's form: who the citizen is. Its field ids are
/// also those of the card's data, and requests copy them. It is in every language
/// that the citizen's screen speaks; names of numbers stay as the card has them.
pub static IDENTITY: LazyLock<Step> = LazyLock::new(|| {
    let mut step = asked();
    step.fields.extend(other_document::fields());
    step
});

/// What the Citizen Card knows.
fn asked() -> Step {
    Step {
        id: "identity".into(),
        title: Words::from([
            ("pt", "Identificação"),
            ("en", "Who you are"),
            ("fr", "Qui vous êtes"),
            ("es", "Quién es usted"),
            ("de", "Wer Sie sind"),
            ("uk", "Хто ви"),
            ("hi", "आपकी पहचान"),
            ("ne", "तपाईंको परिचय"),
            ("ar", "بيانات هويتك"),
        ]),
        advice: Words::default(),
        when: None,
        repeat: None,
        fields: vec![
            field(
                "full-name",
                FieldKind::Name,
                true,
                [
                    ("pt", "Nome completo"),
                    ("en", "Full name"),
                    ("fr", "Nom complet"),
                    ("es", "Nombre completo"),
                    ("de", "Vollständiger Name"),
                    ("uk", "Повне ім’я"),
                    ("hi", "पूरा नाम"),
                    ("ne", "पूरा नाम"),
                    ("ar", "الاسم الكامل"),
                ],
            ),
            field(
                "birth-date",
                FieldKind::Date,
                true,
                [
                    ("pt", "Data de nascimento"),
                    ("en", "Date of birth"),
                    ("fr", "Date de naissance"),
                    ("es", "Fecha de nacimiento"),
                    ("de", "Geburtsdatum"),
                    ("uk", "Дата народження"),
                    ("hi", "जन्म तिथि"),
                    ("ne", "जन्म मिति"),
                    ("ar", "تاريخ الميلاد"),
                ],
            ),
            field(
                "nic",
                FieldKind::Nic,
                false,
                [
                    ("pt", "Número de identificação civil"),
                    ("en", "Civil identification number"),
                    ("fr", "Numéro d’identification civile"),
                    ("es", "Número de identificación civil"),
                    ("de", "Zivile Identifikationsnummer"),
                    ("uk", "Номер цивільної ідентифікації"),
                    ("hi", "नागरिक पहचान संख्या"),
                    ("ne", "नागरिक पहिचान नम्बर"),
                    ("ar", "رقم التعريف المدني"),
                ],
            ),
            field(
                "document-number",
                FieldKind::DocumentNumber,
                false,
                [
                    ("pt", "Número do documento"),
                    ("en", "Document number"),
                    ("fr", "Numéro du document"),
                    ("es", "Número del documento"),
                    ("de", "Nummer des Ausweises"),
                    ("uk", "Номер документа"),
                    ("hi", "दस्तावेज़ संख्या"),
                    ("ne", "कागजातको नम्बर"),
                    ("ar", "رقم الوثيقة"),
                ],
            ),
            field(
                "nif",
                FieldKind::Nif,
                false,
                [
                    ("pt", "NIF — número de contribuinte"),
                    ("en", "NIF — tax number"),
                    ("fr", "NIF — numéro fiscal"),
                    ("es", "NIF — número fiscal"),
                    ("de", "NIF — Steuernummer"),
                    ("uk", "NIF — податковий номер"),
                    ("hi", "NIF — कर संख्या"),
                    ("ne", "NIF — कर नम्बर"),
                    ("ar", "NIF — الرقم الضريبي"),
                ],
            ),
            field(
                "niss",
                FieldKind::Niss,
                false,
                [
                    ("pt", "NISS — segurança social"),
                    ("en", "NISS — social security"),
                    ("fr", "NISS — sécurité sociale"),
                    ("es", "NISS — seguridad social"),
                    ("de", "NISS — Sozialversicherung"),
                    ("uk", "NISS — соціальне страхування"),
                    ("hi", "NISS — सामाजिक सुरक्षा"),
                    ("ne", "NISS — सामाजिक सुरक्षा"),
                    ("ar", "NISS — الضمان الاجتماعي"),
                ],
            ),
            field(
                "sns",
                FieldKind::Sns,
                false,
                [
                    ("pt", "Número de utente do SNS"),
                    ("en", "Health service (SNS) number"),
                    ("fr", "Numéro du service de santé (SNS)"),
                    ("es", "Número del servicio de salud (SNS)"),
                    ("de", "Nummer des Gesundheitsdienstes (SNS)"),
                    ("uk", "Номер у службі охорони здоров’я (SNS)"),
                    ("hi", "स्वास्थ्य सेवा (SNS) संख्या"),
                    ("ne", "स्वास्थ्य सेवा (SNS) नम्बर"),
                    ("ar", "رقم الخدمة الصحية (SNS)"),
                ],
            ),
            field(
                "nationality",
                FieldKind::Text,
                false,
                [
                    ("pt", "Nacionalidade"),
                    ("en", "Nationality"),
                    ("fr", "Nationalité"),
                    ("es", "Nacionalidad"),
                    ("de", "Staatsangehörigkeit"),
                    ("uk", "Громадянство"),
                    ("hi", "राष्ट्रीयता"),
                    ("ne", "राष्ट्रियता"),
                    ("ar", "الجنسية"),
                ],
            ),
        ],
    }
}

fn field<const N: usize>(
    id: &str,
    kind: FieldKind,
    required: bool,
    label: [(&str, &str); N],
) -> Field {
    Field {
        required,
        card: Some(id.into()),
        ..Field::new(id, Words::from(label), kind)
    }
}

/// The acts that say whether somebody acts for the citizen.
const REPRESENTED: &str = "represented";
const IN_PERSON: &str = "in-person";
/// And whether the citizen has documents.
const UNDOCUMENTED: &str = "without-documents";
const DOCUMENTED: &str = "with-documents";

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

/// Begins an attendance of somebody who was served on paper, whose form is typed now.
///
/// # Errors
/// When the document refuses.
pub fn begin_late(
    author: &Author,
    at: Hlc,
    late: &Late,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Attendance, author, at, |w| {
        w.put_text(late::ROOT, &late.encode())
    })
}

/// Begins an attendance of somebody of the household of whom that attendance was.
///
/// # Errors
/// When the document refuses.
pub fn begin_beside(
    author: &Author,
    at: Hlc,
    household: RecordId,
) -> Result<(Document, Written), DocumentError> {
    Document::create(Kind::Attendance, author, at, |w| {
        w.put_text(household::ROOT, &household.to_string())
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
    finish_step(document, author, at, &IDENTITY.id, answers)
}

/// A step of its form is finished: [`IDENTITY`], who acts for another, what is declared instead of
/// documents, or how they are told the outcome.
///
/// # Errors
/// When the document refuses.
pub fn finish_step(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    step: &str,
    answers: &BTreeMap<String, Answer>,
) -> Result<Written, DocumentError> {
    finish_agreed(document, author, at, (step, None), answers)
}

/// As [`finish_step`], of [`OUTCOME`](super::outcome::OUTCOME): with what was agreed to there.
///
/// # Errors
/// When the document refuses.
pub fn finish_agreed(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    (step, agreement): (&str, Option<&Agreement>),
    answers: &BTreeMap<String, Answer>,
) -> Result<Written, DocumentError> {
    let before = document.answers().clone();
    let agreed = agreement.map_or_else(Vec::new, Agreement::said);
    let agreed = agreed.iter().map(|(key, said)| (*key, said.as_str()));
    let said: Vec<_> = [("step", step)].into_iter().chain(agreed).collect();
    document.write(author, at, "step", &said, |w| {
        let changed = answers
            .iter()
            .filter(|(field, answer)| before.get(*field) != Some(answer));
        changed
            .into_iter()
            .try_for_each(|(field, answer)| w.answer(field, answer))
    })
}

/// Somebody acts for the citizen, or it is the citizen after all.
///
/// # Errors
/// When the document refuses.
pub fn represent(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    represented: bool,
) -> Result<Written, DocumentError> {
    let kind = if represented { REPRESENTED } else { IN_PERSON };
    document.write(author, at, kind, &[], |_| Ok(()))
}

/// The citizen has no documents and declares who they are, or has them after all.
///
/// # Errors
/// When the document refuses.
pub fn declare(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    undocumented: bool,
) -> Result<Written, DocumentError> {
    let kind = match undocumented {
        true => UNDOCUMENTED,
        false => DOCUMENTED,
    };
    document.write(author, at, kind, &[], |_| Ok(()))
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
    /// Somebody acts for the citizen.
    pub represented: bool,
    /// Whether it is known who.
    pub represented_by: bool,
    /// The citizen has no documents.
    pub undocumented: bool,
    /// Whether they declared who they are.
    pub declared: bool,
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
        let finished = |step: &str| {
            let said = |a: &Act| a.kind == "step" && a.more.get("step").is_some_and(|s| s == step);
            document.acts().any(said)
        };
        let last_of = |yes: &str, no: &str| {
            let mut said = document.acts().rev();
            let last = said.find(|a| a.kind == yes || a.kind == no);
            last.is_some_and(|a| a.kind == yes)
        };
        Some(Self {
            citizen: document.answers().get("full-name").map(|a| a.value.clone()),
            identified: finished(&IDENTITY.id),
            represented: last_of(REPRESENTED, IN_PERSON),
            represented_by: finished(&REPRESENTATION.id),
            undocumented: last_of(UNDOCUMENTED, DOCUMENTED),
            declared: finished(&DECLARATION.id),
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
