//! Whether a person decides for themselves, and that they consent to being asked for: said at the bedside before
//! any request, kept in the attendance and copied into each request.
//!
//! ```text
//! answers: cap-capacity   in the words of Lei 49/2018 (maior acompanhado)
//!          cap-consent    how they consent, or that a representative asks
//! acts of the attendance: consented
//! ```
//! A family member or carer has no power by being one: who asks for another does so by
//! [`representation`](super::representation).

use std::sync::LazyLock;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{Field, Kind, Step, Words};
use crate::hlc::Hlc;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::representation::{choice, words};

/// The field of [`Capacity`].
pub const CAPACITY: &str = "cap-capacity";
/// The field of [`Consent`].
pub const CONSENT: &str = "cap-consent";

/// Whether somebody decides for themselves. What a court decided of an adult is one of the measures of
/// artigo 145.º of the Código Civil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// They decide for themselves, with help or without.
    Own,
    /// Accompanied: *representação geral*. The accompanying person decides.
    General,
    /// Accompanied: *representação especial*, for the acts that the judgement names.
    Special,
    /// Accompanied: *administração de bens*.
    Property,
    /// Accompanied: *autorização prévia*. They ask themselves, and the accompanying person authorises it.
    Assent,
}

impl Capacity {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::General,
        Self::Special,
        Self::Property,
        Self::Assent,
    ];

    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::General => "general",
            Self::Special => "special",
            Self::Property => "property",
            Self::Assent => "assent",
        }
    }

    /// The inverse of [`Capacity::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static Words {
        label(CAPACITY, self.code())
    }
}

/// How somebody consents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// They say so.
    Spoken,
    /// They sign it.
    Signed,
    /// With somebody's support, who helps them to understand and to say it.
    Supported,
    /// Somebody asks in their place, by an authority of their own.
    Represented,
}

impl Consent {
    /// All of them, as they are offered.
    pub const ALL: [Self; 4] = [
        Self::Spoken,
        Self::Signed,
        Self::Supported,
        Self::Represented,
    ];

    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Spoken => "spoken",
            Self::Signed => "signed",
            Self::Supported => "supported",
            Self::Represented => "represented",
        }
    }

    /// The inverse of [`Consent::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static Words {
        label(CONSENT, self.code())
    }
}

/// Why a consent does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insufficient {
    /// The judgement gives the decision to the accompanying person.
    NeedsRepresentative,
    /// The judgement asks for their authorisation.
    NeedsAssent,
}

/// Whether that consent does for that capacity.
///
/// # Errors
/// What it lacks.
pub fn suffices(capacity: Capacity, consent: Consent) -> Result<(), Insufficient> {
    match (capacity, consent) {
        (Capacity::General, Consent::Represented) => Ok(()),
        (Capacity::General, _) => Err(Insufficient::NeedsRepresentative),
        // Who only authorises does not ask in their place.
        (Capacity::Assent, Consent::Supported) => Ok(()),
        (Capacity::Assent, _) => Err(Insufficient::NeedsAssent),
        (Capacity::Own | Capacity::Special | Capacity::Property, _) => Ok(()),
    }
}

/// What was said at the bedside, in an attendance; of what is said again the last counts.
///
/// # Errors
/// When the document refuses.
pub fn say(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    capacity: Capacity,
    consent: Consent,
) -> Result<Written, DocumentError> {
    let typed = |value: &str| Answer {
        value: value.to_owned(),
        provenance: Provenance::Typed,
    };
    let said = [("how", consent.code()), ("capacity", capacity.code())];
    document.write(author, at, "consented", &said, |w| {
        w.answer(CAPACITY, &typed(capacity.code()))?;
        w.answer(CONSENT, &typed(consent.code()))
    })
}

/// Whether the field tells it.
#[must_use]
pub fn is_of(field: &str) -> bool {
    [CAPACITY, CONSENT].contains(&field)
}

fn label(field: &str, option: &str) -> &'static Words {
    static NONE: LazyLock<Words> = LazyLock::new(Words::default);
    let field = BEDSIDE.fields.iter().find(|f| f.id == field);
    let options = field.map_or(&[][..], |f| f.options.as_slice());
    let option = options.iter().find(|o| o.id == option);
    option.map_or(&NONE, |o| &o.label)
}

/// Both as fields, for whoever reads a request; asked at the bedside alone.
pub static BEDSIDE: LazyLock<Step> = LazyLock::new(|| Step {
    id: "bedside".into(),
    title: words([
        "Capacidade e consentimento",
        "Capacity and consent",
        "Capacité et consentement",
        "Capacidad y consentimiento",
        "Fähigkeit und Einwilligung",
        "Дієздатність і згода",
        "क्षमता और सहमति",
        "क्षमता र सहमति",
        "الأهلية والموافقة",
    ]),
    advice: Words::default(),
    when: None,
    repeat: None,
    fields: vec![
        Field {
            options: vec![
                choice(
                    "own",
                    [
                        "Decide por si",
                        "Decides for themselves",
                        "Décide par elle-même",
                        "Decide por sí misma",
                        "Entscheidet selbst",
                        "Вирішує самостійно",
                        "स्वयं निर्णय लेते हैं",
                        "आफैं निर्णय गर्छन्",
                        "يقرّر بنفسه",
                    ],
                ),
                choice(
                    "general",
                    [
                        "Maior acompanhado: representação geral",
                        "Accompanied adult: general representation",
                        "Majeur accompagné : représentation générale",
                        "Mayor acompañado: representación general",
                        "Begleitete volljährige Person: allgemeine Vertretung",
                        "Повнолітній із супроводом: загальне представництво",
                        "सहायता प्राप्त वयस्क: सामान्य प्रतिनिधित्व",
                        "सहयोग प्राप्त वयस्क: साधारण प्रतिनिधित्व",
                        "راشد مصحوب: تمثيل عام",
                    ],
                ),
                choice(
                    "special",
                    [
                        "Maior acompanhado: representação só em certos atos",
                        "Accompanied adult: representation in certain acts only",
                        "Majeur accompagné : représentation pour certains actes",
                        "Mayor acompañado: representación solo en ciertos actos",
                        "Begleitete volljährige Person: Vertretung nur in bestimmten Fällen",
                        "Повнолітній із супроводом: представництво лише в певних діях",
                        "सहायता प्राप्त वयस्क: केवल कुछ कार्यों में प्रतिनिधित्व",
                        "सहयोग प्राप्त वयस्क: केही कार्यमा मात्र प्रतिनिधित्व",
                        "راشد مصحوب: تمثيل في أعمال معيّنة فقط",
                    ],
                ),
                choice(
                    "property",
                    [
                        "Maior acompanhado: administração de bens",
                        "Accompanied adult: administration of property",
                        "Majeur accompagné : administration des biens",
                        "Mayor acompañado: administración de bienes",
                        "Begleitete volljährige Person: Vermögensverwaltung",
                        "Повнолітній із супроводом: управління майном",
                        "सहायता प्राप्त वयस्क: संपत्ति का प्रबंधन",
                        "सहयोग प्राप्त वयस्क: सम्पत्तिको व्यवस्थापन",
                        "راشد مصحوب: إدارة الأموال",
                    ],
                ),
                choice(
                    "assent",
                    [
                        "Maior acompanhado: precisa da autorização do acompanhante",
                        "Accompanied adult: needs the accompanying person’s authorisation",
                        "Majeur accompagné : l’autorisation de l’accompagnant est nécessaire",
                        "Mayor acompañado: necesita la autorización del acompañante",
                        "Begleitete volljährige Person: braucht die Zustimmung der Begleitung",
                        "Повнолітній із супроводом: потрібен дозвіл супровідника",
                        "सहायता प्राप्त वयस्क: सहायक की अनुमति आवश्यक",
                        "सहयोग प्राप्त वयस्क: सहयोगीको अनुमति आवश्यक",
                        "راشد مصحوب: يلزم إذن المرافق",
                    ],
                ),
            ],
            ..Field::new(
                CAPACITY,
                words([
                    "Capacidade",
                    "Capacity",
                    "Capacité",
                    "Capacidad",
                    "Entscheidungsfähigkeit",
                    "Дієздатність",
                    "क्षमता",
                    "क्षमता",
                    "الأهلية",
                ]),
                Kind::Choice,
            )
        },
        Field {
            options: vec![
                choice(
                    "spoken",
                    [
                        "Disse que sim",
                        "Said yes",
                        "A dit oui",
                        "Dijo que sí",
                        "Hat ja gesagt",
                        "Дав усну згоду",
                        "हाँ कहा",
                        "हुन्छ भन्नुभयो",
                        "قال نعم",
                    ],
                ),
                choice(
                    "signed",
                    [
                        "Assinou",
                        "Signed",
                        "A signé",
                        "Firmó",
                        "Hat unterschrieben",
                        "Підписав",
                        "हस्ताक्षर किए",
                        "सही गर्नुभयो",
                        "وقّع",
                    ],
                ),
                choice(
                    "supported",
                    [
                        "Disse que sim, com apoio",
                        "Said yes, with support",
                        "A dit oui, avec de l’aide",
                        "Dijo que sí, con apoyo",
                        "Hat mit Unterstützung ja gesagt",
                        "Дав згоду з підтримкою",
                        "सहायता से हाँ कहा",
                        "सहयोगमा हुन्छ भन्नुभयो",
                        "قال نعم بمساعدة",
                    ],
                ),
                choice(
                    "represented",
                    [
                        "Pede quem representa",
                        "The representative asks",
                        "Le représentant demande",
                        "Pide quien representa",
                        "Die Vertretung stellt den Antrag",
                        "Звертається представник",
                        "प्रतिनिधि माँगता है",
                        "प्रतिनिधिले माग्छ",
                        "يطلب الممثّل",
                    ],
                ),
            ],
            ..Field::new(
                CONSENT,
                words([
                    "Consentimento",
                    "Consent",
                    "Consentement",
                    "Consentimiento",
                    "Einwilligung",
                    "Згода",
                    "सहमति",
                    "सहमति",
                    "الموافقة",
                ]),
                Kind::Choice,
            )
        },
    ],
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decides_is_asked_and_nobody_else_in_their_place() {
        for consent in [Consent::Spoken, Consent::Signed, Consent::Supported] {
            assert_eq!(suffices(Capacity::Own, consent), Ok(()));
            assert_eq!(
                suffices(Capacity::General, consent),
                Err(Insufficient::NeedsRepresentative)
            );
        }
        assert_eq!(suffices(Capacity::General, Consent::Represented), Ok(()));
        assert_eq!(suffices(Capacity::Assent, Consent::Supported), Ok(()));
        for consent in [Consent::Spoken, Consent::Signed, Consent::Represented] {
            assert_eq!(
                suffices(Capacity::Assent, consent),
                Err(Insufficient::NeedsAssent)
            );
        }
    }

    #[test]
    fn every_word_of_it_is_an_option_with_a_name() {
        for capacity in Capacity::ALL {
            assert_eq!(Capacity::from_code(capacity.code()), Some(capacity));
            assert!(capacity.label().has("ar"));
        }
        for consent in Consent::ALL {
            assert_eq!(Consent::from_code(consent.code()), Some(consent));
            assert!(consent.label().has("uk"));
        }
        assert_eq!(Capacity::from_code("nobody"), None);
        assert!(BEDSIDE.fields.iter().all(|f| is_of(&f.id)));
    }
}
