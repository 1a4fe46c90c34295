//! Somebody without documents: they declare who they are, up to two people who know them say so
//! too, and a document proves it later. All of it goes with every request.
//!
//! ```text
//! answers: dec-*      what they declare, who knows them, by when it is proven
//!          proof-*    the document that proved it
//! acts: proven        by whom it was seen, and when
//! ```

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::{Answer, Provenance};
use crate::catalogue::{Field, Kind, Rules, Step, Values, When, Words};
use crate::day::Day;
use crate::hlc::Hlc;
use crate::record::case;
use crate::record::document::{Author, Document, DocumentError, Written};
use crate::record::representation::{choice, words};

/// The last day on which the proof is expected.
pub const UNTIL: &str = "dec-until";
/// The citizen says that it is true.
const HONOUR: &str = "dec-honour";
/// How many people say so too.
const WITNESSES: &str = "dec-witnesses";
/// Their documents.
const WITNESS_DOCUMENTS: [&str; 2] = ["dec-1-document", "dec-2-document"];
/// Documents of others that no witness has.
const OTHER_DOCUMENTS: [&str; 4] = [
    "nic",
    "document-number",
    "other-document-number",
    "rep-document",
];
/// The kind of the document that proved it.
pub const PROOF_KIND: &str = "proof-document";
/// Its number.
pub const PROOF_NUMBER: &str = "proof-number";

/// The step of an attendance's form that asks for it, in every language of the citizen's screen.
pub static DECLARATION: LazyLock<Step> = LazyLock::new(|| {
    let mut fields = vec![why(), witnesses()];
    fields.extend(witness(
        ["dec-1-name", "dec-1-document", "dec-1-knows"],
        "1",
        &["one", "two"],
    ));
    fields.extend(witness(
        ["dec-2-name", "dec-2-document", "dec-2-knows"],
        "2",
        &["two"],
    ));
    fields.extend([until(), honour()]);
    Step {
        id: "declaration".into(),
        title: words([
            "Declaração de quem não tem documentos",
            "Declaration without documents",
            "Déclaration sans documents",
            "Declaración sin documentos",
            "Erklärung ohne Ausweis",
            "Заява без документів",
            "बिना दस्तावेज़ों के घोषणा",
            "कागजातविना घोषणा",
            "تصريح من دون وثائق",
        ]),
        advice: Words::from([(
            "pt",
            "O cidadão declara quem é; se houver quem o conheça, veja o documento de cada testemunha. A prova fica em falta e o pedido di-lo onde for.",
        )]),
        when: None,
        repeat: None,
        fields,
    }
});

/// What proves it later.
pub static PROOF: LazyLock<Step> = LazyLock::new(|| Step {
    id: "proof".into(),
    title: words([
        "Prova da identidade",
        "Proof of identity",
        "Preuve d’identité",
        "Prueba de identidad",
        "Nachweis der Identität",
        "Підтвердження особи",
        "पहचान का प्रमाण",
        "पहिचानको प्रमाण",
        "إثبات الهوية",
    ]),
    advice: Words::default(),
    when: None,
    repeat: None,
    fields: vec![
        Field {
            options: vec![
                choice(
                    "citizen-card",
                    [
                        "Cartão de Cidadão",
                        "Citizen card",
                        "Carte de citoyen",
                        "Tarjeta de ciudadano",
                        "Bürgerkarte",
                        "Картка громадянина",
                        "नागरिक कार्ड",
                        "नागरिक कार्ड",
                        "بطاقة المواطن",
                    ],
                ),
                choice(
                    "passport",
                    [
                        "Passaporte",
                        "Passport",
                        "Passeport",
                        "Pasaporte",
                        "Reisepass",
                        "Паспорт",
                        "पासपोर्ट",
                        "राहदानी",
                        "جواز السفر",
                    ],
                ),
                choice(
                    "residence",
                    [
                        "Título de residência",
                        "Residence permit",
                        "Titre de séjour",
                        "Permiso de residencia",
                        "Aufenthaltstitel",
                        "Посвідка на проживання",
                        "निवास अनुमति",
                        "बसोबास अनुमति",
                        "تصريح الإقامة",
                    ],
                ),
                choice(
                    "birth",
                    [
                        "Certidão de nascimento",
                        "Birth certificate",
                        "Acte de naissance",
                        "Partida de nacimiento",
                        "Geburtsurkunde",
                        "Свідоцтво про народження",
                        "जन्म प्रमाणपत्र",
                        "जन्म दर्ता",
                        "شهادة الميلاد",
                    ],
                ),
                choice(
                    "other",
                    [
                        "Outro documento oficial",
                        "Another official document",
                        "Un autre document officiel",
                        "Otro documento oficial",
                        "Ein anderes amtliches Dokument",
                        "Інший офіційний документ",
                        "कोई अन्य सरकारी दस्तावेज़",
                        "अर्को सरकारी कागजात",
                        "وثيقة رسمية أخرى",
                    ],
                ),
            ],
            ..Field::new(
                PROOF_KIND,
                words([
                    "Documento que provou quem é",
                    "Document that proved who they are",
                    "Document qui l’a prouvée",
                    "Documento que la probó",
                    "Dokument, das sie belegte",
                    "Документ, що підтвердив особу",
                    "पहचान सिद्ध करने वाला दस्तावेज़",
                    "पहिचान प्रमाणित गर्ने कागजात",
                    "الوثيقة التي أثبتتها",
                ]),
                Kind::Choice,
            )
        },
        Field {
            rules: Rules {
                max_chars: Some(60),
                ..Rules::default()
            },
            ..Field::new(
                PROOF_NUMBER,
                words([
                    "Número desse documento",
                    "Number of that document",
                    "Numéro de ce document",
                    "Número de ese documento",
                    "Nummer dieses Dokuments",
                    "Номер цього документа",
                    "उस दस्तावेज़ की संख्या",
                    "त्यस कागजातको नम्बर",
                    "رقم تلك الوثيقة",
                ]),
                Kind::Text,
            )
        },
    ],
});

fn why() -> Field {
    Field {
        options: vec![
            choice(
                "lost",
                [
                    "Perderam-se ou arderam",
                    "They were lost or burnt",
                    "Ils sont perdus ou ont brûlé",
                    "Se perdieron o se quemaron",
                    "Sie sind verloren oder verbrannt",
                    "Їх загублено або вони згоріли",
                    "वे खो गए या जल गए",
                    "हराए वा जले",
                    "فُقدت أو احترقت",
                ],
            ),
            choice(
                "stolen",
                [
                    "Foram roubados",
                    "They were stolen",
                    "Ils ont été volés",
                    "Se los robaron",
                    "Sie wurden gestohlen",
                    "Їх вкрали",
                    "वे चोरी हो गए",
                    "चोरी भए",
                    "سُرقت",
                ],
            ),
            choice(
                "away",
                [
                    "Estão onde não se chega",
                    "They are where nobody can go now",
                    "Ils sont en un lieu inaccessible",
                    "Están en un lugar al que no se llega",
                    "Sie sind dort, wo man nicht hinkommt",
                    "Вони там, куди не дістатися",
                    "वे ऐसी जगह हैं जहाँ पहुँचा नहीं जा सकता",
                    "पुग्न नसकिने ठाउँमा छन्",
                    "هي في مكان لا يمكن الوصول إليه",
                ],
            ),
            choice(
                "never",
                [
                    "Nunca os teve",
                    "They never had any",
                    "Il n’y en a jamais eu",
                    "Nunca los tuvo",
                    "Es gab nie welche",
                    "Їх ніколи не було",
                    "कभी थे ही नहीं",
                    "कहिल्यै थिएनन्",
                    "لم تكن لديه قط",
                ],
            ),
        ],
        ..Field::new(
            "dec-why",
            words([
                "Porque não tem documentos",
                "Why there are no documents",
                "Pourquoi il n’y a pas de documents",
                "Por qué no hay documentos",
                "Warum es keinen Ausweis gibt",
                "Чому немає документів",
                "दस्तावेज़ क्यों नहीं हैं",
                "कागजात किन छैनन्",
                "لماذا لا توجد وثائق",
            ]),
            Kind::Choice,
        )
    }
}

fn witnesses() -> Field {
    Field {
        options: vec![
            choice(
                "none",
                [
                    "Ninguém",
                    "Nobody",
                    "Personne",
                    "Nadie",
                    "Niemand",
                    "Ніхто",
                    "कोई नहीं",
                    "कोही छैन",
                    "لا أحد",
                ],
            ),
            choice(
                "one",
                [
                    "Uma pessoa",
                    "One person",
                    "Une personne",
                    "Una persona",
                    "Eine Person",
                    "Одна особа",
                    "एक व्यक्ति",
                    "एक जना",
                    "شخص واحد",
                ],
            ),
            choice(
                "two",
                [
                    "Duas pessoas",
                    "Two people",
                    "Deux personnes",
                    "Dos personas",
                    "Zwei Personen",
                    "Дві особи",
                    "दो व्यक्ति",
                    "दुई जना",
                    "شخصان",
                ],
            ),
        ],
        ..Field::new(
            WITNESSES,
            words([
                "Quem está aqui e o conhece",
                "Who is here and knows the citizen",
                "Qui est ici et connaît la personne",
                "Quién está aquí y conoce a la persona",
                "Wer hier ist und die Person kennt",
                "Хто тут є і знає цю особу",
                "यहाँ कौन है जो इन्हें जानता है",
                "यहाँ को छ जसले चिन्छ",
                "من الحاضر هنا ويعرف الشخص",
            ]),
            Kind::Choice,
        )
    }
}

/// The three questions about a witness, where there are so many.
fn witness(ids: [&str; 3], number: &str, of: &[&str]) -> [Field; 3] {
    let [name, document, knows] = ids;
    let when = When {
        field: WITNESSES.into(),
        is: of.iter().map(|of| (*of).to_owned()).collect(),
        ..When::default()
    };
    let asked = |id: &str, label: [&str; 9], kind: Kind| Field {
        when: Some(when.clone()),
        ..Field::new(
            id,
            words(
                label
                    .map(|l| l.replace('#', number))
                    .each_ref()
                    .map(String::as_str),
            ),
            kind,
        )
    };
    [
        asked(
            name,
            [
                "Testemunha #: nome completo",
                "Witness #: full name",
                "Témoin # : nom complet",
                "Testigo #: nombre completo",
                "Zeuge #: vollständiger Name",
                "Свідок #: повне ім’я",
                "गवाह #: पूरा नाम",
                "साक्षी #: पूरा नाम",
                "الشاهد #: الاسم الكامل",
            ],
            Kind::Name,
        ),
        asked(
            document,
            [
                "Testemunha #: número do documento de identificação",
                "Witness #: number of the identity document",
                "Témoin # : numéro de la pièce d’identité",
                "Testigo #: número del documento de identidad",
                "Zeuge #: Nummer des Ausweises",
                "Свідок #: номер документа",
                "गवाह #: पहचान दस्तावेज़ की संख्या",
                "साक्षी #: परिचयपत्रको नम्बर",
                "الشاهد #: رقم وثيقة الهوية",
            ],
            Kind::Text,
        ),
        asked(
            knows,
            [
                "Testemunha #: de onde o conhece",
                "Witness #: how they know the citizen",
                "Témoin # : comment il connaît la personne",
                "Testigo #: de qué conoce a la persona",
                "Zeuge #: woher er die Person kennt",
                "Свідок #: звідки знає цю особу",
                "गवाह #: कैसे जानते हैं",
                "साक्षी #: कसरी चिन्छन्",
                "الشاهد #: كيف يعرف الشخص",
            ],
            Kind::Text,
        ),
    ]
}

fn until() -> Field {
    Field {
        rules: Rules {
            earliest: Some(Day::Days(0)),
            latest: Some(Day::Years(1)),
            ..Rules::default()
        },
        ..Field::new(
            UNTIL,
            words([
                "Entrega a prova de quem é até",
                "Proves who they are by",
                "Prouvera son identité avant le",
                "Probará quién es antes del",
                "Belegt die Identität bis",
                "Підтвердить особу до",
                "पहचान का प्रमाण देने की अंतिम तिथि",
                "पहिचानको प्रमाण बुझाउने अन्तिम दिन",
                "يثبت هويته قبل",
            ]),
            Kind::Date,
        )
    }
}

fn honour() -> Field {
    Field::new(
        HONOUR,
        words([
            "Declaro por minha honra que sou quem digo ser e que entrego a prova. Sei que uma declaração falsa é crime.",
            "I declare on my honour that I am who I say I am and that I will bring the proof. I know that a false declaration is a crime.",
            "Je déclare sur l’honneur être la personne que je dis être et que j’apporterai la preuve. Je sais qu’une fausse déclaration est un délit.",
            "Declaro por mi honor que soy quien digo ser y que entregaré la prueba. Sé que una declaración falsa es delito.",
            "Ich erkläre auf Ehre, dass ich bin, wer ich zu sein angebe, und dass ich den Nachweis bringe. Ich weiß, dass eine falsche Erklärung strafbar ist.",
            "Заявляю під слово честі, що я є тим, ким називаюся, і що принесу підтвердження. Я знаю, що неправдива заява є злочином.",
            "मैं सत्यनिष्ठा से घोषणा करता/करती हूँ कि मैं वही हूँ जो बताता/बताती हूँ और प्रमाण दूँगा/दूँगी। मुझे पता है कि झूठी घोषणा अपराध है।",
            "म इमानदारीपूर्वक घोषणा गर्छु कि म आफूले भनेकै व्यक्ति हुँ र प्रमाण बुझाउनेछु। झूटो घोषणा अपराध हो भन्ने मलाई थाहा छ।",
            "أصرّح بشرفي أنني الشخص الذي أقول إنني هو وأنني سأحضر الإثبات. أعلم أن التصريح الكاذب جريمة.",
        ]),
        Kind::Consent,
    )
}

/// How it stands with who somebody without documents is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is declared, and a document is to prove it by that day, `yyyy-mm-dd`.
    Owed(String),
    /// A document proved it.
    Given {
        /// Which: an option of [`PROOF_KIND`].
        document: String,
        /// Its number.
        number: String,
    },
}

/// Whether the field is part of a declaration.
#[must_use]
pub fn is_of(field: &str) -> bool {
    DECLARATION.fields.iter().any(|f| f.id == field)
}

/// How it stands, by the answers of an attendance or a request; `None`: there is nothing declared.
#[must_use]
pub fn proof(answers: &BTreeMap<String, Answer>) -> Option<Proof> {
    let said = |field: &str| answers.value(field).filter(|said| !said.is_empty());
    said(HONOUR)?;
    Some(match (said(PROOF_KIND), said(PROOF_NUMBER)) {
        (Some(document), Some(number)) => Proof::Given {
            document: document.to_owned(),
            number: number.to_owned(),
        },
        _ => Proof::Owed(said(UNTIL).unwrap_or_default().to_owned()),
    })
}

/// Whether the proof is still owed.
#[must_use]
pub fn owes(answers: &BTreeMap<String, Answer>) -> bool {
    matches!(proof(answers), Some(Proof::Owed(_)))
}

/// Whether each witness is somebody else: not the other one, the citizen, or who acts for them.
/// `citizen` are the attendance's answers, `said` what is declared.
#[must_use]
pub fn are_others(citizen: &BTreeMap<String, Answer>, said: &BTreeMap<String, Answer>) -> bool {
    let plain = |of: &BTreeMap<String, Answer>, field: &str| {
        let number: String = of
            .value(field)?
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        (!number.is_empty()).then(|| number.to_uppercase())
    };
    let mut known: Vec<String> = OTHER_DOCUMENTS
        .iter()
        .filter_map(|f| plain(citizen, f))
        .collect();
    WITNESS_DOCUMENTS
        .iter()
        .filter_map(|f| plain(said, f))
        .all(|number| {
            let is_other = !known.contains(&number);
            known.push(number);
            is_other
        })
}

/// A document proved who the citizen is: which, and its number. So the request stands.
///
/// # Errors
/// When the document refuses.
pub fn prove(
    document: &mut Document,
    author: &Author,
    at: Hlc,
    kind: &str,
    number: &str,
) -> Result<Written, DocumentError> {
    let may_stand = case::may_stand(document);
    let said = [("document", kind), ("number", number)];
    document.write(author, at, "proven", &said, |w| {
        for (field, value) in [(PROOF_KIND, kind), (PROOF_NUMBER, number)] {
            let answer = Answer {
                value: value.to_owned(),
                provenance: Provenance::Typed,
            };
            w.answer(field, &answer)?;
        }
        match may_stand {
            true => case::stands(w),
            false => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Asked;
    use crate::check::{Refusal, check};

    fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
        let typed = |value: &str| Answer {
            value: value.to_owned(),
            provenance: Provenance::Typed,
        };
        let pairs = pairs.iter();
        pairs.map(|(id, v)| ((*id).to_owned(), typed(v))).collect()
    }

    #[test]
    fn a_proof_is_owed_from_the_declaration_until_a_document_is_there() {
        assert_eq!(proof(&answers(&[("dec-until", "2026-12-01")])), None);
        let mut all = answers(&[
            (HONOUR, "yes"),
            (UNTIL, "2026-12-01"),
            (PROOF_KIND, "passport"),
        ]);
        assert_eq!(proof(&all), Some(Proof::Owed("2026-12-01".into())));
        assert!(owes(&all), "a kind without a number proves nothing");
        all.extend(answers(&[(PROOF_NUMBER, "P 123")]));
        assert!(!owes(&all));
        assert!(matches!(proof(&all), Some(Proof::Given { number, .. }) if number == "P 123"));
    }

    #[test]
    fn as_many_witnesses_are_asked_for_as_there_are_and_none_vouches_twice() {
        let asked = |said: &str| {
            let values = answers(&[(WITNESSES, said)]);
            let asked = Asked::all(&values);
            DECLARATION
                .fields_for(&asked, "2026-11-22")
                .filter(|f| f.id.ends_with("-name"))
                .count()
        };
        assert_eq!(["none", "one", "two"].map(asked), [0, 1, 2]);
        let citizen = answers(&[("nic", "12345678"), ("rep-document", "PT 999")]);
        let two = |one: &str, other: &str| {
            are_others(
                &citizen,
                &answers(&[("dec-1-document", one), ("dec-2-document", other)]),
            )
        };
        assert!(two("11111111", "22222222") && two("11111111", "") && two("", ""));
        for (one, other) in [("1111 1111", "11111111"), ("12345678", ""), ("1", "pt999")] {
            assert!(!two(one, other), "{one} {other}");
        }
    }

    #[test]
    fn it_is_declared_on_honour_or_not_at_all() {
        let honour = DECLARATION.fields.iter().find(|f| f.id == HONOUR).unwrap();
        assert_eq!(check(honour, "no", "2026-11-22"), Err(Refusal::NotAgreed));
        use crate::record::attendance::is_identity;
        use crate::record::representation;
        for field in DECLARATION.fields.iter().chain(&PROOF.fields) {
            assert!(
                !is_identity(&field.id) && !representation::is_of(&field.id),
                "{}",
                field.id
            );
        }
    }
}
