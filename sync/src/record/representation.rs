//! Somebody who acts for another: who they are, and by what authority. The attendance's identity is
//! always that of the person whose matter it is; whoever sits at the desk stands here, and both go
//! with every request. What an authority is good for: [`authority`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::Answer;
use crate::catalogue::{Choice, Field, Kind, Rules, Step, Words};
use crate::day::Day;

pub mod authority;

/// The name of whoever acts.
pub const NAME: &str = "rep-name";
/// Their tax number, if they have one.
pub const NIF: &str = "rep-nif";
/// By what authority: the id of an [`authority::Authority`].
pub const AUTHORITY: &str = "rep-authority";
/// How far it reaches: the code of a [`authority::Powers`].
pub const POWERS: &str = "rep-powers";
/// Which matters it names, where it reaches no further than that.
pub const MATTERS: &str = "rep-matters";
/// The first day on which the authority holds.
pub const FROM: &str = "rep-from";
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
        authority::field(),
        authority::powers(),
        authority::matters(),
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
                    "Documento que o prova, visto agora",
                    "The document that proves it, seen now",
                    "Le document qui le prouve, vu maintenant",
                    "El documento que lo prueba, visto ahora",
                    "Das Dokument, das es belegt, jetzt gesehen",
                    "Документ, що це підтверджує, показаний зараз",
                    "इसे सिद्ध करने वाला दस्तावेज़, अभी देखा गया",
                    "यसलाई प्रमाणित गर्ने कागजात, अहिले हेरिएको",
                    "الوثيقة التي تثبت ذلك، معروضة الآن",
                ]),
                Kind::Text,
            )
        },
        Field {
            required: false,
            rules: Rules {
                // One that begins later is written down as it is, and refused for what is asked today.
                latest: Some(Day::Years(1)),
                ..Rules::default()
            },
            ..Field::new(
                FROM,
                words([
                    "Válido desde",
                    "Valid from",
                    "Valable à partir du",
                    "Válido desde",
                    "Gültig ab",
                    "Дійсний з",
                    "से मान्य",
                    "देखि मान्य",
                    "صالح من",
                ]),
                Kind::Date,
            )
        },
        Field {
            required: false,
            hint: words([
                "Se já acabou, não serve: é precisa uma autoridade em vigor.",
                "One that has ended does not do: one in force is needed.",
                "Si elle a pris fin, elle ne suffit pas : il en faut une en vigueur.",
                "Si ya terminó, no sirve: hace falta una en vigor.",
                "Eine abgelaufene genügt nicht: nötig ist eine gültige.",
                "Прострочена не підходить: потрібна чинна.",
                "समाप्त हो चुका नहीं चलेगा: वर्तमान में मान्य चाहिए।",
                "सकिइसकेको चल्दैन: हाल मान्य भएको चाहिन्छ।",
                "المنتهي لا يكفي: يلزم تفويض سارٍ.",
            ]),
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

#[cfg(test)]
mod tests {
    use super::*;

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
