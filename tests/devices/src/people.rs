//! Eight invented people. Their numbers pass every check and lie in series that
//! are obviously invented (civil numbers 0000… and 9999…, tax numbers 2999… and
//! 1999…, and so on); no address, nobody's birthday.

use crate::numbers;

/// Whoever a virtual card belongs to. Dates are ISO, names as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Short ASCII name for commands, such as `rosario`.
    pub key: &'static str,
    /// Given names.
    pub given_names: &'static str,
    /// Surnames.
    pub surname: &'static str,
    /// `F` or `M`.
    pub sex: &'static str,
    /// Date of birth.
    pub birth_date: &'static str,
    /// Metres with a comma.
    pub height: &'static str,
    /// First day of the card's validity.
    pub issued: &'static str,
    /// Last day of the card's validity.
    pub expiry: &'static str,
    /// Civil number, 8 digits.
    pub nic: String,
    /// Document number as printed, `NNNNNNNN D XXD`.
    pub document_number: String,
    /// Tax number, 9 digits.
    pub nif: String,
    /// Social security number, 11 digits.
    pub niss: String,
    /// Health service number, 9 digits.
    pub sns: String,
    /// The mother's given names and surnames.
    pub mother: (&'static str, &'static str),
    /// The father's given names and surnames.
    pub father: (&'static str, &'static str),
    /// A drawn silhouette, JPEG 2000.
    pub photo: &'static [u8],
}

impl Person {
    /// Given names and surnames in the Portuguese order.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_names, self.surname)
    }
}

/// A silhouette: no face, so nobody's.
const SILHOUETTE: &[u8] = include_bytes!("silhouette.jp2");

/// What differs between the people; the numbers follow from `series`.
struct Draft {
    key: &'static str,
    name: (&'static str, &'static str),
    sex: &'static str,
    birth_date: &'static str,
    height: &'static str,
    validity: (&'static str, &'static str),
    /// The first four digits of the civil and of the tax number.
    series: (&'static str, &'static str),
    mother: (&'static str, &'static str),
    father: (&'static str, &'static str),
}

const DRAFTS: [Draft; 8] = [
    Draft {
        key: "rosario",
        name: ("Maria do Rosário", "Encarnação"),
        sex: "F",
        birth_date: "1957-10-07",
        height: "1,58",
        validity: ("2021-03-15", "2031-03-14"),
        series: ("0000", "1999"),
        mother: ("Gertrudes da Luz", "Encarnação"),
        father: ("Silvério", "Galhofas"),
    },
    Draft {
        key: "baptista",
        name: ("João Baptista", "d'Assunção Peixeiro"),
        sex: "M",
        birth_date: "1971-06-24",
        height: "1,71",
        validity: ("2022-06-01", "2032-05-31"),
        series: ("0000", "2999"),
        mother: ("Conceição", "d'Assunção"),
        father: ("Baptista", "Peixeiro"),
    },
    // 91 years old in 2026.
    Draft {
        key: "deolinda",
        name: ("Deolinda das Dores", "Rebocho e Sá"),
        sex: "F",
        birth_date: "1935-02-11",
        height: "1,49",
        validity: ("2019-11-20", "2029-11-19"),
        series: ("0000", "1999"),
        mother: ("Perpétua", "Rebocho"),
        father: ("Inácio José", "de Sá"),
    },
    // The expired card.
    Draft {
        key: "anibal",
        name: ("Aníbal José", "Caçador Patrão"),
        sex: "M",
        birth_date: "1949-12-30",
        height: "1,66",
        validity: ("2014-04-02", "2019-04-02"),
        series: ("9999", "1999"),
        mother: ("Joaquina", "Caçador"),
        father: ("Aníbal", "Patrão"),
    },
    Draft {
        key: "ines",
        name: ("Inês Sofia", "Conceição Gonçalves"),
        sex: "F",
        birth_date: "1999-08-02",
        height: "1,67",
        validity: ("2023-09-12", "2028-09-11"),
        series: ("9999", "2999"),
        mother: ("Mónica", "Conceição"),
        father: ("Sérgio Luís", "Gonçalves"),
    },
    // A long name: nearly fills its field, and breaks narrow screens.
    Draft {
        key: "guilhermina",
        name: (
            "Maria Guilhermina da Purificação de São José",
            "Vasconcellos de Mello Alcoforado e Noronha-Falcão",
        ),
        sex: "F",
        birth_date: "1962-02-28",
        height: "1,63",
        validity: ("2020-01-31", "2030-01-30"),
        series: ("9999", "2999"),
        mother: ("Maria Francisca da Anunciação", "Vasconcellos de Mello"),
        father: ("Dom Bernardo Maria", "Alcoforado e Noronha-Falcão"),
    },
    // A short one: the surname is a particle and a letter.
    Draft {
        key: "amilcar",
        name: ("Amílcar", "do Ó"),
        sex: "M",
        birth_date: "1980-02-29",
        height: "1,80",
        validity: ("2024-02-29", "2034-02-28"),
        series: ("0000", "2999"),
        mother: ("Iria", "do Ó"),
        father: ("", ""),
    },
    // A boy of 14.
    Draft {
        key: "tome",
        name: ("Tomé Estêvão", "Simões Brás"),
        sex: "M",
        birth_date: "2012-05-19",
        height: "1,60",
        validity: ("2024-07-01", "2029-06-30"),
        series: ("9999", "2999"),
        mother: ("Sílvia", "Simões"),
        father: ("Estêvão", "Brás"),
    },
];

/// All eight, in a fixed order.
#[must_use]
pub fn all() -> Vec<Person> {
    DRAFTS
        .iter()
        .enumerate()
        .map(|(place, draft)| person(place, draft))
        .collect()
}

/// The person of that key.
#[must_use]
pub fn find(key: &str) -> Option<Person> {
    let place = DRAFTS.iter().position(|draft| draft.key == key)?;
    DRAFTS.get(place).map(|draft| person(place, draft))
}

fn person(place: usize, draft: &Draft) -> Person {
    // Far apart, so that a slip of one digit is never another of the eight.
    let own = 1_010 + 137 * place;
    let nic = format!("{}{own}", draft.series.0);
    let document = format!("{nic} {} ZZ", numbers::nic_check(&nic));
    let nif = format!("{}{own}", draft.series.1);
    let niss = format!("199999{own}");
    Person {
        key: draft.key,
        given_names: draft.name.0,
        surname: draft.name.1,
        sex: draft.sex,
        birth_date: draft.birth_date,
        height: draft.height,
        issued: draft.validity.0,
        expiry: draft.validity.1,
        document_number: format!("{document}{}", numbers::document_check(&document)),
        nif: format!("{nif}{}", numbers::nif_check(&nif)),
        niss: format!("{niss}{}", numbers::niss_check(&niss)),
        sns: format!("99990{own}"),
        nic,
        mother: draft.mother,
        father: draft.father,
        photo: SILHOUETTE,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_number_is_valid_and_obviously_invented() {
        for person in all() {
            let Person {
                nic,
                document_number,
                nif,
                niss,
                sns,
                key,
                ..
            } = &person;
            assert_eq!(
                (nic.len(), nif.len(), niss.len(), sns.len()),
                (8, 9, 11, 9),
                "{key}"
            );
            assert!(nic.starts_with("0000") || nic.starts_with("9999"), "{key}");
            assert!(nif.starts_with("1999") || nif.starts_with("2999"), "{key}");
            assert!(
                niss.starts_with("199999") && sns.starts_with("9999"),
                "{key}"
            );

            // Verified by the rule's other reading: the whole sums to 0.
            let sum = |text: &str, top: u32| -> u32 {
                let weights = (1..=top).rev();
                text.chars()
                    .filter_map(|c| c.to_digit(10))
                    .zip(weights)
                    .map(|(d, w)| d * w)
                    .sum()
            };
            let rest = sum(nif, 9) % 11;
            assert!(
                rest == 0 || (rest == 1 && nif.ends_with('0')),
                "{key}: {nif}"
            );
            assert_eq!(&document_number[..8], nic);
            let (head, last) = document_number.split_at(document_number.len() - 1);
            assert_eq!(numbers::document_check(head).to_string(), last, "{key}");
            let (head, last) = niss.split_at(10);
            assert_eq!(numbers::niss_check(head).to_string(), last, "{key}");
        }
    }

    #[test]
    fn a_slip_of_one_digit_is_noticed() {
        for person in all() {
            let (head, last) = person.document_number.split_at(13);
            let wrong = head.replacen('1', "2", 1);
            assert_ne!(numbers::document_check(&wrong).to_string(), last);
        }
    }

    #[test]
    fn keys_and_numbers_are_unique() {
        let people = all();
        let keys: HashSet<_> = people.iter().map(|person| person.key).collect();
        let numbers: HashSet<_> = people.iter().map(|person| person.nif.clone()).collect();
        assert_eq!((keys.len(), numbers.len()), (8, 8));
        assert_eq!(
            find("rosario").map(|p| p.full_name()).as_deref(),
            Some("Maria do Rosário Encarnação")
        );
        assert_eq!(find("nobody"), None);
    }
}
