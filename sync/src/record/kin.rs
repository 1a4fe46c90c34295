//! Somebody close to a citizen, and what the citizen lets them be told: nothing, that the visit was, or how a
//! request ended. Asked at the bedside, kept in the attendance; a request gets it only where it says that the
//! outcome may be told.
//!
//! ```text
//! answers: kin-name · kin-relation · kin-phone · kin-may
//! acts: kin {may, words, language, how}    the consent: to which words, as with [`outcome`](super::outcome)
//! ```

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{Field, Kind, Step, Values, Words};
use crate::conflict::fingerprint;
use crate::hlc::Hlc;
use crate::record::consent::Confirmed;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::representation::{choice, words};
use crate::record::tour::MAX_NAME_CHARS;

/// Their name.
const NAME: &str = "kin-name";
/// What they are to the citizen.
const RELATION: &str = "kin-relation";
/// Their telephone.
const PHONE: &str = "kin-phone";
/// What they may be told.
const MAY: &str = "kin-may";

/// What somebody may be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum May {
    /// Nothing.
    #[default]
    Nothing,
    /// That the visit was.
    Visit,
    /// How the requests of this visit ended.
    Outcome,
}

impl May {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Visit, Self::Outcome];

    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Visit => "visit",
            Self::Outcome => "outcome",
        }
    }

    /// The inverse of [`May::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What the citizen is read, in Portuguese.
    #[must_use]
    pub fn said(self) -> &'static str {
        let field = KIN.fields.iter().find(|f| f.id == MAY);
        let options = field.map_or(&[][..], |f| f.options.as_slice());
        let option = options.iter().find(|o| o.id == self.code());
        option.map_or("", |o| o.label.pt())
    }
}

/// Somebody close, and what they may be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kin {
    /// Their name.
    pub name: String,
    /// What they are to the citizen.
    pub relation: String,
    /// Their telephone.
    pub phone: String,
    /// What they may be told.
    pub may: May,
}

impl Kin {
    /// Who may be told something, by the answers of an attendance or a request; who may be told nothing is
    /// nobody.
    #[must_use]
    pub fn of(answers: &BTreeMap<String, Answer>) -> Option<Self> {
        let text = |field: &str| -> String {
            let said = answers.value(field).unwrap_or_default();
            said.chars().take(MAX_NAME_CHARS).collect()
        };
        let may = May::from_code(answers.value(MAY)?)?;
        (may != May::Nothing).then(|| Self {
            name: text(NAME),
            relation: text(RELATION),
            phone: text(PHONE),
            may,
        })
    }
}

/// Whether the field is part of it.
#[must_use]
pub fn is_of(field: &str) -> bool {
    KIN.fields.iter().any(|f| f.id == field)
}

/// The answers that a request gets of those of its attendance.
#[must_use]
pub fn for_request(answers: &BTreeMap<String, Answer>) -> BTreeMap<String, Answer> {
    match Kin::of(answers) {
        Some(Kin {
            may: May::Outcome, ..
        }) => {
            let of = answers.iter().filter(|(field, _)| is_of(field));
            of.map(|(field, a)| (field.clone(), a.clone())).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// The citizen says who may be told what, to the mediator who read it to them; `None`: nobody. In an
/// attendance, or in a request of it, which gets nothing of whom it does not concern.
///
/// # Errors
/// When the document refuses.
pub fn say(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    kin: Option<&Kin>,
) -> Result<Written, DocumentError> {
    let may = kin.map_or(May::Nothing, |kin| kin.may);
    let of = |text: fn(&Kin) -> &str| kin.map_or("", text).to_owned();
    let values = [
        (NAME, of(|kin| &kin.name)),
        (RELATION, of(|kin| &kin.relation)),
        (PHONE, of(|kin| &kin.phone)),
        (MAY, may.code().to_owned()),
    ];
    let words = fingerprint([may.said(), "pt"]);
    let said = [
        ("may", may.code()),
        ("words", words.as_str()),
        ("language", "pt"),
        ("how", Confirmed::ByWord.code()),
    ];
    document.write(author, at, "kin", &said, |w| {
        values.into_iter().try_for_each(|(field, value)| {
            let provenance = Provenance::Typed;
            w.answer(field, &Answer { value, provenance })
        })
    })
}

fn field(id: &str, label: [&str; 9], kind: Kind) -> Field {
    Field {
        required: false,
        ..Field::new(id, words(label), kind)
    }
}

/// It as fields, for whoever reads a request.
pub static KIN: LazyLock<Step> = LazyLock::new(|| Step {
    id: "kin".into(),
    title: words([
        "Pessoa próxima",
        "Somebody close",
        "Proche",
        "Persona cercana",
        "Nahestehende Person",
        "Близька особа",
        "निकट व्यक्ति",
        "नजिकको व्यक्ति",
        "شخص مقرّب",
    ]),
    advice: Words::default(),
    when: None,
    repeat: None,
    fields: vec![
        field(
            NAME,
            [
                "Pessoa próxima: nome",
                "Somebody close: name",
                "Proche : nom",
                "Persona cercana: nombre",
                "Nahestehende Person: Name",
                "Близька особа: ім’я",
                "निकट व्यक्ति: नाम",
                "नजिकको व्यक्ति: नाम",
                "شخص مقرّب: الاسم",
            ],
            Kind::Name,
        ),
        field(
            RELATION,
            [
                "Pessoa próxima: o que é",
                "Somebody close: relation",
                "Proche : lien",
                "Persona cercana: relación",
                "Nahestehende Person: Beziehung",
                "Близька особа: ким є",
                "निकट व्यक्ति: संबंध",
                "नजिकको व्यक्ति: नाता",
                "شخص مقرّب: الصلة",
            ],
            Kind::Text,
        ),
        field(
            PHONE,
            [
                "Pessoa próxima: telefone",
                "Somebody close: telephone",
                "Proche : téléphone",
                "Persona cercana: teléfono",
                "Nahestehende Person: Telefon",
                "Близька особа: телефон",
                "निकट व्यक्ति: टेलीफ़ोन",
                "नजिकको व्यक्ति: टेलिफोन",
                "شخص مقرّب: الهاتف",
            ],
            Kind::Phone,
        ),
        Field {
            options: vec![
                choice(
                    "nothing",
                    [
                        "Não pode ser informada de nada",
                        "May be told nothing",
                        "Ne peut être informée de rien",
                        "No puede ser informada de nada",
                        "Darf nichts erfahren",
                        "Не можна нічого повідомляти",
                        "कुछ नहीं बताया जा सकता",
                        "केही भन्न मिल्दैन",
                        "لا يجوز إخباره بشيء",
                    ],
                ),
                choice(
                    "visit",
                    [
                        "Pode ser informada de que a visita se fez",
                        "May be told that the visit was",
                        "Peut être informée que la visite a eu lieu",
                        "Puede ser informada de que la visita se hizo",
                        "Darf erfahren, dass der Besuch war",
                        "Можна повідомити, що візит відбувся",
                        "बताया जा सकता है कि भेंट हुई",
                        "भेट भएको भन्न मिल्छ",
                        "يجوز إخباره بأن الزيارة تمّت",
                    ],
                ),
                choice(
                    "outcome",
                    [
                        "Pode ser informada do resultado dos pedidos desta visita",
                        "May be told how the requests of this visit ended",
                        "Peut être informée du résultat des demandes de cette visite",
                        "Puede ser informada del resultado de las solicitudes de esta visita",
                        "Darf erfahren, wie die Anträge dieses Besuchs ausgingen",
                        "Можна повідомити результат звернень цього візиту",
                        "इस भेंट के अनुरोधों का परिणाम बताया जा सकता है",
                        "यस भेटका अनुरोधको नतिजा भन्न मिल्छ",
                        "يجوز إخباره بنتيجة طلبات هذه الزيارة",
                    ],
                ),
            ],
            ..field(
                MAY,
                [
                    "Pessoa próxima: de que pode ser informada",
                    "Somebody close: what they may be told",
                    "Proche : ce dont elle peut être informée",
                    "Persona cercana: de qué puede ser informada",
                    "Nahestehende Person: was sie erfahren darf",
                    "Близька особа: що можна повідомити",
                    "निकट व्यक्ति: क्या बताया जा सकता है",
                    "नजिकको व्यक्ति: के भन्न मिल्छ",
                    "شخص مقرّب: ما يجوز إخباره به",
                ],
                Kind::Choice,
            )
        },
    ],
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::attendance;

    fn rosa(may: May) -> Kin {
        Kin {
            name: "Rosa Lopes".into(),
            relation: "filha".into(),
            phone: "912345678".into(),
            may,
        }
    }

    #[test]
    fn a_request_hears_of_whom_it_concerns_and_of_nobody_else() {
        let ana = Author::invented("m07", "Ana");
        let (mut d, _) = attendance::begin(&ana, Hlc::new(1_000, 0)).unwrap();
        assert_eq!(Kin::of(d.answers()), None);
        for (i, may) in May::ALL.into_iter().enumerate() {
            let at = Hlc::new(2_000 + i as u64, 0);
            say(&mut d, &ana, at, Some(&rosa(may))).unwrap();
            let known = Kin::of(d.answers());
            assert_eq!(known, (may != May::Nothing).then(|| rosa(may)));
            assert_eq!(for_request(d.answers()).is_empty(), may != May::Outcome);
        }
        // Taken back: name and telephone go too.
        say(&mut d, &ana, Hlc::new(9_000, 0), None).unwrap();
        assert_eq!(Kin::of(d.answers()), None);
        assert_eq!(d.answers().value(NAME), None);
    }
}
