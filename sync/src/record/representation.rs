//! Somebody who acts for another: who they are, and by what authority. The attendance's identity is
//! always that of the person whose matter it is; whoever sits at the desk stands here, and both go
//! with every request.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::Answer;
use crate::catalogue::{Choice, Field, Kind, Rules, Step, Words};
use crate::day::Day;

/// The name of whoever acts.
pub const NAME: &str = "rep-name";
/// Their tax number, if they have one.
pub const NIF: &str = "rep-nif";
/// The last day on which the authority holds.
pub const UNTIL: &str = "rep-until";

/// The step of an attendance's form that asks for it, in every language of the citizen's screen.
pub static REPRESENTATION: LazyLock<Step> = LazyLock::new(|| Step {
    id: "representation".into(),
    title: words([
        "Quem representa",
        "Who acts for them",
        "Qui représente",
        "Quién representa",
        "Wer vertritt",
        "Хто представляє",
        "प्रतिनिधि कौन है",
        "प्रतिनिधि को हो",
        "من يمثّله",
    ]),
    advice: Words::from([(
        "pt",
        "A identificação é da pessoa de quem é o assunto. Aqui identifica-se quem veio por ela: veja o documento e a prova antes de continuar.",
    )]),
    when: None,
    repeat: None,
    fields: vec![
        Field::new(
            NAME,
            words([
                "Nome completo de quem representa",
                "Full name of the representative",
                "Nom complet du représentant",
                "Nombre completo de quien representa",
                "Vollständiger Name der Vertretung",
                "Повне ім’я представника",
                "प्रतिनिधि का पूरा नाम",
                "प्रतिनिधिको पूरा नाम",
                "الاسم الكامل للممثّل",
            ]),
            Kind::Name,
        ),
        Field::new(
            "rep-document",
            words([
                "Número do documento de identificação de quem representa",
                "Number of the representative’s identity document",
                "Numéro de la pièce d’identité du représentant",
                "Número del documento de identidad de quien representa",
                "Nummer des Ausweises der Vertretung",
                "Номер документа представника",
                "प्रतिनिधि के पहचान दस्तावेज़ की संख्या",
                "प्रतिनिधिको परिचयपत्रको नम्बर",
                "رقم وثيقة هوية الممثّل",
            ]),
            Kind::Text,
        ),
        Field {
            required: false,
            ..Field::new(
                NIF,
                words([
                    "NIF de quem representa",
                    "Representative’s tax number (NIF)",
                    "Numéro fiscal (NIF) du représentant",
                    "Número fiscal (NIF) de quien representa",
                    "Steuernummer (NIF) der Vertretung",
                    "Податковий номер (NIF) представника",
                    "प्रतिनिधि की कर संख्या (NIF)",
                    "प्रतिनिधिको कर नम्बर (NIF)",
                    "الرقم الضريبي (NIF) للممثّل",
                ]),
                Kind::Nif,
            )
        },
        Field {
            options: vec![
                choice(
                    "power",
                    [
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
                ),
                choice(
                    "legal",
                    [
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
                ),
                choice(
                    "guardian",
                    [
                        "Tutor ou acompanhante de maior",
                        "Guardian of an adult",
                        "Tuteur d’un majeur",
                        "Tutor de una persona adulta",
                        "Betreuung einer volljährigen Person",
                        "Опікун дорослої особи",
                        "वयस्क का अभिभावक",
                        "वयस्कको संरक्षक",
                        "وصيّ على راشد",
                    ],
                ),
                choice(
                    "family",
                    [
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
                ),
            ],
            ..Field::new(
                "rep-authority",
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
        },
        Field {
            hint: words([
                "O número, ou quem a passou e quando.",
                "Its number, or who gave it and when.",
                "Son numéro, ou qui l’a donnée et quand.",
                "Su número, o quién la dio y cuándo.",
                "Die Nummer, oder wer sie wann gab.",
                "Номер, або хто й коли видав.",
                "उसकी संख्या, या किसने और कब दिया।",
                "त्यसको नम्बर, वा कसले र कहिले दियो।",
                "رقمه، أو من أصدره ومتى.",
            ]),
            ..Field::new(
                "rep-proof",
                words([
                    "Documento que o prova",
                    "The document that proves it",
                    "Le document qui le prouve",
                    "El documento que lo prueba",
                    "Das Dokument, das es belegt",
                    "Документ, що це підтверджує",
                    "इसे सिद्ध करने वाला दस्तावेज़",
                    "यसलाई प्रमाणित गर्ने कागजात",
                    "الوثيقة التي تثبت ذلك",
                ]),
                Kind::Text,
            )
        },
        Field {
            required: false,
            rules: Rules {
                earliest: Some(Day::Days(0)),
                latest: Some(Day::Years(100)),
                ..Rules::default()
            },
            ..Field::new(
                UNTIL,
                words([
                    "Válido até",
                    "Valid until",
                    "Valable jusqu’au",
                    "Válido hasta",
                    "Gültig bis",
                    "Дійсний до",
                    "तक मान्य",
                    "सम्म मान्य",
                    "صالح حتى",
                ]),
                Kind::Date,
            )
        },
    ],
});

/// In the order of the languages of the citizen's screen.
pub(super) fn words(said: [&str; 9]) -> Words {
    let codes = ["pt", "en", "fr", "es", "de", "uk", "hi", "ne", "ar"];
    let mut pairs = [("", ""); 9];
    for (pair, (code, said)) in pairs.iter_mut().zip(codes.into_iter().zip(said)) {
        *pair = (code, said);
    }
    Words::from(pairs)
}

pub(super) fn choice(id: &str, label: [&str; 9]) -> Choice {
    Choice {
        id: id.into(),
        label: words(label),
    }
}

/// Whether the field tells who acts for another.
#[must_use]
pub fn is_of(field: &str) -> bool {
    REPRESENTATION.fields.iter().any(|f| f.id == field)
}

/// Who acts for another, by the answers of an attendance or a request.
#[must_use]
pub fn representative(answers: &BTreeMap<String, Answer>) -> Option<&str> {
    answers.get(NAME).map(|a| a.value.as_str())
}

/// Whether the authority holds on that day, `yyyy-mm-dd`. One without a last day does.
#[must_use]
pub fn holds(answers: &BTreeMap<String, Answer>, day: &str) -> bool {
    answers.get(UNTIL).is_none_or(|a| a.value.as_str() >= day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Provenance;

    #[test]
    fn an_authority_holds_to_its_last_day_and_not_beyond() {
        let mut answers = BTreeMap::new();
        assert!(holds(&answers, "2026-11-22"), "without a last day");
        let until = Answer {
            value: "2026-11-22".into(),
            provenance: Provenance::Typed,
        };
        answers.insert(UNTIL.to_owned(), until);
        assert!(holds(&answers, "2026-11-22") && !holds(&answers, "2026-11-23"));
    }

    #[test]
    fn no_field_is_one_of_the_identity() {
        use crate::record::attendance::is_identity;
        assert!(
            REPRESENTATION
                .fields
                .iter()
                .all(|f| is_of(&f.id) && !is_identity(&f.id))
        );
        assert!(!is_of("full-name"));
    }
}
