//! What an authority to act for another is good for: its kinds as data, which document each needs, how far it
//! reaches, and whether it covers a service on a day. Being family, or caring for somebody, is none.

use std::collections::BTreeMap;

use super::{AUTHORITY, FROM, MATTERS, POWERS, UNTIL, choice, words};
use crate::answer::Answer;
use crate::catalogue::{Field, Kind, Matter, Values, When, Words};
use crate::day::{Date, Day};

/// A kind of authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// The word in records.
    pub id: &'static str,
    /// The document that proves it, in Portuguese.
    pub document: &'static str,
    /// It is for somebody who is not of age yet, and ends when they are.
    pub of_minor: bool,
    /// The document says how far it reaches.
    pub has_powers: bool,
    /// It is for these matters alone; empty: for all that the document does not leave out.
    pub matters: &'static [Matter],
}

/// All kinds, as they are offered.
pub const KINDS: [Authority; 6] = [
    Authority {
        id: "power",
        document: "a procuração, original ou certidão",
        of_minor: false,
        has_powers: true,
        matters: &[],
    },
    Authority {
        id: "guardian",
        document: "a sentença que nomeia o acompanhante, ou certidão dela",
        of_minor: false,
        has_powers: true,
        matters: &[],
    },
    Authority {
        id: "legal",
        document: "o assento de nascimento ou o Cartão de Cidadão do menor",
        of_minor: true,
        has_powers: false,
        matters: &[],
    },
    Authority {
        id: "tutor",
        document: "a decisão do tribunal que nomeia o tutor",
        of_minor: true,
        has_powers: false,
        matters: &[],
    },
    Authority {
        id: "heir",
        document: "a habilitação de herdeiros",
        of_minor: false,
        has_powers: false,
        matters: &[Matter::Property],
    },
    Authority {
        id: "family",
        document: "a autorização assinada pelo próprio",
        of_minor: false,
        has_powers: false,
        matters: &[],
    },
];

/// How far an authority reaches whose document says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Powers {
    /// All acts.
    General,
    /// Those that it names.
    Special,
    /// Administration of property.
    Property,
    /// It only authorises: the person asks themselves.
    Assent,
}

impl Powers {
    fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "general" => Self::General,
            "special" => Self::Special,
            "property" => Self::Property,
            "assent" => Self::Assent,
            _ => return None,
        })
    }
}

/// Why an authority does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacks {
    /// It ended; its last day.
    Ended(Date),
    /// It has not begun; its first day.
    NotYet(Date),
    /// It was for a minor, and they are of age.
    OfAge(&'static Authority),
    /// It only authorises what the person asks themselves.
    OnlyAssents,
    /// It does not reach as far as this service.
    NotCovered(&'static Authority),
    /// What stands there cannot be read.
    Unreadable,
}

/// The kind of that id.
#[must_use]
pub fn kind(id: &str) -> Option<&'static Authority> {
    KINDS.iter().find(|kind| kind.id == id)
}

/// Whether whoever acts may ask for a service of that matter on that day, by the answers of an attendance or a
/// request.
///
/// # Errors
/// What their authority lacks.
pub fn covers(
    answers: &BTreeMap<String, Answer>,
    matter: Option<Matter>,
    today: Date,
) -> Result<(), Lacks> {
    let said = |field: &str| answers.value(field).filter(|said| !said.is_empty());
    let day = |field: &str| match said(field) {
        None => Ok(None),
        Some(text) => Date::parse(text).map(Some).ok_or(Lacks::Unreadable),
    };
    let kind = said(AUTHORITY).and_then(kind).ok_or(Lacks::Unreadable)?;
    if let Some(last) = day(UNTIL)?.filter(|last| *last < today) {
        return Err(Lacks::Ended(last));
    }
    if let Some(first) = day(FROM)?.filter(|first| *first > today) {
        return Err(Lacks::NotYet(first));
    }
    if kind.of_minor {
        let born = day("birth-date")?;
        if born.is_none_or(|born| born <= Day::Years(-18).date(today)) {
            return Err(Lacks::OfAge(kind));
        }
    }
    let is_of = |named: &[Matter]| matter.is_some_and(|matter| named.contains(&matter));
    // Until now nobody was asked how far it reaches: what was written so is taken for all.
    let powers = match said(POWERS).filter(|_| kind.has_powers) {
        None => Powers::General,
        Some(code) => Powers::from_code(code).ok_or(Lacks::Unreadable)?,
    };
    let reaches = match powers {
        Powers::Assent => return Err(Lacks::OnlyAssents),
        Powers::General => kind.matters.is_empty() || is_of(kind.matters),
        // Who administers somebody's property receives what is due to them.
        Powers::Property => is_of(&[Matter::Property, Matter::Benefits]),
        Powers::Special => matter.is_some_and(|matter| {
            let mut named = said(MATTERS).unwrap_or_default().split(' ');
            named.any(|named| named == matter.code())
        }),
    };
    match reaches {
        true => Ok(()),
        false => Err(Lacks::NotCovered(kind)),
    }
}

pub(super) fn field() -> Field {
    let label = |id| {
        words(match id {
            "power" => [
                "Procuração",
                "Power of attorney",
                "Procuration",
                "Poder notarial",
                "Vollmacht",
                "Довіреність",
                "मुख़्तारनामा",
                "अख्तियारनामा",
                "توكيل",
            ],
            "guardian" => [
                "Acompanhante de maior, por sentença",
                "Accompanying person of an adult, by court judgement",
                "Accompagnant d’un majeur, par jugement",
                "Acompañante de persona adulta, por sentencia",
                "Gerichtlich bestellte Begleitung einer volljährigen Person",
                "Супровідник повнолітньої особи за рішенням суду",
                "न्यायालय द्वारा नियुक्त वयस्क का सहायक",
                "अदालतले तोकेको वयस्कको सहयोगी",
                "مرافق راشد بحكم قضائي",
            ],
            "legal" => [
                "Representante legal (pais de menor)",
                "Legal representative (parent of a minor)",
                "Représentant légal (parent d’un mineur)",
                "Representante legal (padres de un menor)",
                "Gesetzliche Vertretung (Eltern)",
                "Законний представник (батьки неповнолітнього)",
                "क़ानूनी प्रतिनिधि (नाबालिग के माता-पिता)",
                "कानुनी प्रतिनिधि (नाबालकका अभिभावक)",
                "الممثّل القانوني (والد قاصر)",
            ],
            "tutor" => [
                "Tutor de menor, por decisão do tribunal",
                "Guardian of a minor, by court decision",
                "Tuteur d’un mineur, par décision de justice",
                "Tutor de un menor, por decisión judicial",
                "Gerichtlich bestellter Vormund",
                "Опікун неповнолітнього за рішенням суду",
                "न्यायालय द्वारा नियुक्त नाबालिग का अभिभावक",
                "अदालतले तोकेको नाबालकको संरक्षक",
                "وصيّ على قاصر بقرار قضائي",
            ],
            "heir" => [
                "Cabeça-de-casal de herança",
                "Administrator of an estate",
                "Administrateur de succession",
                "Administrador de herencia",
                "Nachlassverwaltung",
                "Управитель спадщини",
                "विरासत का प्रबंधक",
                "अपुताली सम्पत्तिको व्यवस्थापक",
                "مدير تركة",
            ],
            _ => [
                "Familiar com autorização assinada",
                "Family member with signed authority",
                "Membre de la famille avec autorisation signée",
                "Familiar con autorización firmada",
                "Angehörige mit unterschriebener Erlaubnis",
                "Родич із підписаним дозволом",
                "हस्ताक्षरित अनुमति वाला परिजन",
                "सही गरिएको अनुमति भएको परिवारजन",
                "قريب بتفويض موقّع",
            ],
        })
    };
    Field {
        hint: words([
            "Ser da família ou cuidar da pessoa não chega: é preciso um documento.",
            "Being family or caring for the person is not enough: a document is needed.",
            "Être de la famille ou aidant ne suffit pas : il faut un document.",
            "Ser familiar o cuidador no basta: hace falta un documento.",
            "Verwandtschaft oder Pflege genügt nicht: nötig ist ein Dokument.",
            "Бути родичем чи доглядати недостатньо: потрібен документ.",
            "परिजन या देखभालकर्ता होना काफ़ी नहीं: दस्तावेज़ चाहिए।",
            "परिवार वा हेरचाह गर्ने हुनु मात्र पुग्दैन: कागजात चाहिन्छ।",
            "القرابة أو الرعاية لا تكفي: تلزم وثيقة.",
        ]),
        options: KINDS
            .iter()
            .map(|kind| crate::catalogue::Choice {
                id: kind.id.into(),
                label: label(kind.id),
            })
            .collect(),
        ..Field::new(
            AUTHORITY,
            words([
                "Com que autoridade",
                "By what authority",
                "À quel titre",
                "Con qué autoridad",
                "Mit welcher Befugnis",
                "На якій підставі",
                "किस अधिकार से",
                "कुन अधिकारले",
                "بأي صفة",
            ]),
            Kind::Choice,
        )
    }
}

fn when(field: &str, is: impl IntoIterator<Item = &'static str>) -> Option<When> {
    Some(When {
        field: field.into(),
        is: is.into_iter().map(str::to_owned).collect(),
        ..When::default()
    })
}

pub(super) fn powers() -> Field {
    let with = KINDS.iter().filter(|kind| kind.has_powers);
    Field {
        when: when(AUTHORITY, with.map(|kind| kind.id)),
        options: vec![
            choice(
                "general",
                [
                    "Todos os atos",
                    "All acts",
                    "Tous les actes",
                    "Todos los actos",
                    "Alle Handlungen",
                    "Усі дії",
                    "सभी कार्य",
                    "सबै कार्य",
                    "جميع الأعمال",
                ],
            ),
            choice(
                "special",
                [
                    "Só os atos que o documento diz",
                    "Only the acts that the document names",
                    "Seulement les actes nommés par le document",
                    "Solo los actos que dice el documento",
                    "Nur die im Dokument genannten",
                    "Лише дії, названі в документі",
                    "केवल दस्तावेज़ में लिखे कार्य",
                    "कागजातमा लेखिएका कार्य मात्र",
                    "الأعمال المذكورة في الوثيقة فقط",
                ],
            ),
            choice(
                "property",
                [
                    "Só administrar bens",
                    "Only administering property",
                    "Seulement administrer des biens",
                    "Solo administrar bienes",
                    "Nur Vermögensverwaltung",
                    "Лише управління майном",
                    "केवल संपत्ति का प्रबंधन",
                    "सम्पत्तिको व्यवस्थापन मात्र",
                    "إدارة الأموال فقط",
                ],
            ),
            choice(
                "assent",
                [
                    "Só autorizar o que a própria pessoa pede",
                    "Only authorising what the person asks for",
                    "Seulement autoriser ce que la personne demande",
                    "Solo autorizar lo que pide la persona",
                    "Nur zustimmen, wenn die Person selbst beantragt",
                    "Лише дозволяти те, про що просить сама особа",
                    "केवल व्यक्ति के अनुरोध को अनुमति देना",
                    "व्यक्तिले मागेको कुरालाई अनुमति दिने मात्र",
                    "الإذن فقط بما يطلبه الشخص نفسه",
                ],
            ),
        ],
        ..Field::new(
            POWERS,
            words([
                "O que o documento deixa fazer",
                "What the document allows",
                "Ce que le document permet",
                "Qué permite el documento",
                "Was das Dokument erlaubt",
                "Що дозволяє документ",
                "दस्तावेज़ क्या करने देता है",
                "कागजातले के गर्न दिन्छ",
                "ما تسمح به الوثيقة",
            ]),
            Kind::Choice,
        )
    }
}

pub(super) fn matters() -> Field {
    let label = |matter: Matter| -> Words {
        words(match matter {
            Matter::Identity => [
                "Documentos de identificação",
                "Identity documents",
                "Papiers d’identité",
                "Documentos de identidad",
                "Ausweise",
                "Документи, що посвідчують особу",
                "पहचान दस्तावेज़",
                "परिचयपत्र",
                "وثائق الهوية",
            ],
            Matter::Health => [
                "Saúde",
                "Health",
                "Santé",
                "Salud",
                "Gesundheit",
                "Здоров’я",
                "स्वास्थ्य",
                "स्वास्थ्य",
                "الصحة",
            ],
            Matter::Benefits => [
                "Subsídios, pensões e reembolsos",
                "Benefits, pensions and refunds",
                "Prestations, pensions et remboursements",
                "Subsidios, pensiones y reembolsos",
                "Leistungen, Renten und Erstattungen",
                "Допомоги, пенсії та відшкодування",
                "भत्ते, पेंशन और वापसी",
                "भत्ता, निवृत्तिभरण र फिर्ता",
                "الإعانات والمعاشات والاسترداد",
            ],
            Matter::Property => [
                "Bens, impostos e heranças",
                "Property, taxes and inheritance",
                "Biens, impôts et successions",
                "Bienes, impuestos y herencias",
                "Vermögen, Steuern und Erbschaften",
                "Майно, податки та спадщина",
                "संपत्ति, कर और विरासत",
                "सम्पत्ति, कर र अंश",
                "الأموال والضرائب والتركات",
            ],
            Matter::Certificates => [
                "Certidões e certificados",
                "Certificates",
                "Certificats",
                "Certificados",
                "Bescheinigungen",
                "Довідки та свідоцтва",
                "प्रमाणपत्र",
                "प्रमाणपत्रहरू",
                "الشهادات",
            ],
        })
    };
    Field {
        when: when(POWERS, ["special"]),
        options: Matter::ALL
            .into_iter()
            .map(|matter| crate::catalogue::Choice {
                id: matter.code().into(),
                label: label(matter),
            })
            .collect(),
        ..Field::new(
            MATTERS,
            words([
                "De que atos fala o documento",
                "Which acts the document names",
                "Quels actes le document nomme",
                "De qué actos habla el documento",
                "Welche Handlungen das Dokument nennt",
                "Які дії названо в документі",
                "दस्तावेज़ में कौन से कार्य लिखे हैं",
                "कागजातमा कुन कार्य लेखिएका छन्",
                "الأعمال التي تذكرها الوثيقة",
            ]),
            Kind::Choices,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Provenance;

    fn today() -> Date {
        Date::parse("2026-11-22").unwrap()
    }

    fn covered(said: &[(&str, &str)], matter: Option<Matter>) -> Result<(), Lacks> {
        let typed = |value: &str| Answer {
            value: value.to_owned(),
            provenance: Provenance::Typed,
        };
        let answers = said.iter();
        let answers = answers.map(|(field, value)| ((*field).to_owned(), typed(value)));
        covers(&answers.collect(), matter, today())
    }

    #[test]
    fn an_authority_holds_from_its_first_day_to_its_last_and_no_longer() {
        let of = |from: &str, until: &str| {
            let said = [(AUTHORITY, "power"), (FROM, from), (UNTIL, until)];
            covered(&said, None)
        };
        assert_eq!(of("", ""), Ok(()), "without a last day");
        assert_eq!(of("2026-11-22", "2026-11-22"), Ok(()));
        assert!(matches!(of("", "2026-11-21"), Err(Lacks::Ended(_))));
        assert!(matches!(of("2026-11-23", ""), Err(Lacks::NotYet(_))));
        assert_eq!(of("amanhã", ""), Err(Lacks::Unreadable));
        assert_eq!(covered(&[], None), Err(Lacks::Unreadable));
        assert_eq!(
            covered(&[(AUTHORITY, "carer")], None),
            Err(Lacks::Unreadable),
            "to care for somebody is no authority"
        );
    }

    #[test]
    fn who_is_of_age_has_no_parents_to_act_for_them() {
        for kind in ["legal", "tutor"] {
            let of = |born: &str| covered(&[(AUTHORITY, kind), ("birth-date", born)], None);
            assert_eq!(of("2008-11-23"), Ok(()));
            for born in ["2008-11-22", "1941-03-02", ""] {
                assert!(matches!(of(born), Err(Lacks::OfAge(_))), "{kind} {born}");
            }
        }
    }

    #[test]
    fn an_authority_reaches_as_far_as_its_document_says() {
        use Matter::{Benefits, Certificates, Health, Property};
        for kind in ["power", "guardian"] {
            let of = |powers: &str, matters: &str, matter| {
                let said = [(AUTHORITY, kind), (POWERS, powers), (MATTERS, matters)];
                covered(&said, matter)
            };
            assert_eq!(of("general", "", None), Ok(()));
            assert_eq!(of("assent", "", Some(Health)), Err(Lacks::OnlyAssents));
            for matter in [Property, Benefits] {
                assert_eq!(of("property", "", Some(matter)), Ok(()));
            }
            assert_eq!(
                of("special", "health certificates", Some(Certificates)),
                Ok(())
            );
            for (powers, matters, matter) in [
                ("property", "", Some(Health)),
                ("property", "", None),
                ("special", "health", Some(Certificates)),
                // Of a service that says nothing of its matter, no paper that names some can be enough.
                ("special", "health", None),
                ("special", "", Some(Health)),
            ] {
                let lacks = of(powers, matters, matter);
                assert!(
                    matches!(lacks, Err(Lacks::NotCovered(_))),
                    "{powers} {matters}"
                );
            }
        }
        let heir = |matter| covered(&[(AUTHORITY, "heir")], matter);
        assert_eq!(heir(Some(Property)), Ok(()));
        assert!(heir(Some(Health)).is_err() && heir(None).is_err());
        // What it is asked of a kind that has none says nothing.
        assert_eq!(
            covered(&[(AUTHORITY, "family"), (POWERS, "assent")], None),
            Ok(())
        );
    }

    #[test]
    fn every_kind_is_offered_with_the_document_that_proves_it() {
        let field = field();
        assert_eq!(field.options.len(), KINDS.len());
        for (option, kind) in field.options.iter().zip(&KINDS) {
            assert_eq!(option.id, kind.id);
            assert!(option.label.has("ne") && !kind.document.is_empty());
        }
    }
}
