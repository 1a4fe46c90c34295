//! People who do not exist, for training. Every one is called so; their numbers pass their checks
//! and are of a series that nobody is given.

use vereda_hardware::card::Identity;

/// Given names, surname, sex, birth date, civil number, tax number, social security, health, last
/// day of the card.
type Row = [&'static str; 9];

#[rustfmt::skip]
const PEOPLE: [Row; 5] = [
    ["Maria da Graça", "Ribeiro Inventada", "F", "1951-05-03", "00000101", "199900000", "19990000009", "199900000", "2031-02-28"],
    ["João", "D'Ávila Inventado", "M", "1988-11-20", "00000102", "199900019", "19990000017", "199900001", "2033-07-01"],
    // A child, who has no number of social security yet.
    ["Tomás", "Reis Inventado", "M", "2015-09-14", "00000103", "199900027", "", "199900002", "2029-09-13"],
    // A card that is no longer valid.
    ["Emília", "dos Santos Inventada", "F", "1939-01-30", "00000104", "199900035", "19990000033", "199900003", "2021-06-30"],
    // One name only.
    ["", "Inventada", "F", "1997-03-08", "00000105", "199900043", "19990000041", "199900004", "2032-03-07"],
];

/// All of them.
pub(super) fn people() -> Vec<Identity> {
    PEOPLE.iter().map(identity).collect()
}

fn identity(row: &Row) -> Identity {
    let [given, surname, sex, birth, nic, nif, niss, sns, expiry] = row.map(str::to_owned);
    Identity {
        given_names: given,
        surname,
        sex,
        nationality: "PRT".into(),
        birth_date: birth,
        height: String::new(),
        document_number: String::new(),
        nic,
        expiry,
        issued: String::new(),
        nif,
        niss,
        sns,
        father: String::new(),
        mother: String::new(),
        photo: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vereda_sync::check;

    #[test]
    fn their_numbers_pass_and_their_names_say_what_they_are() {
        let people = people();
        for card in &people {
            check::nif(&card.nif).unwrap();
            assert!(card.nif.starts_with("1999"));
            assert!(card.niss.is_empty() || check::niss(&card.niss).is_ok());
            assert!(card.full_name().contains("Inventad"));
        }
        let mut ids: Vec<_> = people.iter().map(|c| &c.nic).collect();
        ids.dedup();
        assert_eq!(ids.len(), people.len());
    }
}
