//! Who comes without a Citizen Card, but with another document: residents abroad, and foreigners who live here.

use crate::catalogue::{Choice, Field, Kind, Rules, When};
use crate::record::representation::{choice, words};

/// Which document it is.
pub(super) const OTHER: &str = "other-document";

/// The kinds of document, their words in records.
const KINDS: [&str; 3] = ["passport", "residence", "consular"];

/// The fields of the identity step: which document, of which country, its number. Nobody has to answer the first.
pub(super) fn fields() -> [Field; 3] {
    [which(), country(), number()]
}

fn which() -> Field {
    Field {
        required: false,
        options: options().into(),
        ..Field::new(
            OTHER,
            words([
                "Outro documento, se não traz Cartão de Cidadão",
                "Another document, without a Citizen Card",
                "Autre document, sans Carte de citoyen",
                "Otro documento, si no trae Tarjeta de Ciudadano",
                "Anderes Dokument, falls ohne Bürgerkarte",
                "Інший документ, якщо немає Картки громадянина",
                "अन्य दस्तावेज़, यदि नागरिक कार्ड नहीं है",
                "अर्को कागजात, नागरिक कार्ड नभएमा",
                "وثيقة أخرى، لمن ليس معه بطاقة المواطن",
            ]),
            Kind::Choice,
        )
    }
}

fn options() -> [Choice; 3] {
    let [passport, residence, consular] = KINDS;
    [
        choice(
            passport,
            [
                "Passaporte",
                "Passport",
                "Passeport",
                "Pasaporte",
                "Reisepass",
                "Паспорт",
                "पासपोर्ट",
                "राहदानी",
                "جواز سفر",
            ],
        ),
        choice(
            residence,
            [
                "Título de residência",
                "Residence permit",
                "Titre de séjour",
                "Permiso de residencia",
                "Aufenthaltstitel",
                "Посвідка на проживання",
                "निवास परमिट",
                "बसोबास अनुमतिपत्र",
                "تصريح إقامة",
            ],
        ),
        choice(
            consular,
            [
                "Inscrição consular",
                "Consular registration",
                "Inscription consulaire",
                "Inscripción consular",
                "Konsularische Anmeldung",
                "Консульський облік",
                "वाणिज्य दूतावास में पंजीकरण",
                "कन्सुलर दर्ता",
                "التسجيل القنصلي",
            ],
        ),
    ]
}

/// Only where a document was chosen.
fn chosen() -> Option<When> {
    Some(When {
        field: OTHER.into(),
        is: KINDS.map(str::to_owned).into(),
        ..When::default()
    })
}

fn country() -> Field {
    Field {
        when: chosen(),
        rules: Rules {
            min_chars: Some(2),
            max_chars: Some(60),
            ..Rules::default()
        },
        ..Field::new(
            "other-document-country",
            words([
                "País que o emitiu",
                "Country that issued it",
                "Pays qui l’a délivré",
                "País que lo expidió",
                "Ausstellendes Land",
                "Країна, що його видала",
                "जारी करने वाला देश",
                "जारी गर्ने देश",
                "بلد الإصدار",
            ]),
            Kind::Text,
        )
    }
}

fn number() -> Field {
    Field {
        when: chosen(),
        rules: Rules {
            pattern: Some("[A-Z0-9][A-Z0-9 ./-]{3,23}".into()),
            example: Some("AB 123456".into()),
            ..Rules::default()
        },
        ..Field::new(
            "other-document-number",
            words([
                "Número desse documento",
                "Number of that document",
                "Numéro de ce document",
                "Número de ese documento",
                "Nummer dieses Dokuments",
                "Номер цього документа",
                "उस दस्तावेज़ की संख्या",
                "त्यो कागजातको नम्बर",
                "رقم تلك الوثيقة",
            ]),
            Kind::Text,
        )
    }
}
