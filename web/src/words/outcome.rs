//! How a citizen is told the outcome, in words.

use vereda_sync::record::outcome::{Contact, Way};

use super::{in_groups, masked};

/// Way and address, in that language; what is none stays as it is.
pub(crate) fn shown(value: &str, lang: &str) -> String {
    match Contact::parse(value) {
        Some(contact) => line(&contact, &address(&contact), lang),
        None if value.is_empty() => "retirado".to_owned(),
        None => value.to_owned(),
    }
}

/// The same where others may see it: `SMS: ••• 5 678`.
#[must_use]
pub fn hidden(contact: &Contact, lang: &str) -> String {
    let to = match contact.way {
        Way::Call | Way::Sms => masked(&contact.to),
        Way::Mail => {
            let (name, domain) = contact.to.split_once('@').unwrap_or((&contact.to, ""));
            let first: String = name.chars().take(1).collect();
            format!("{first}•••@{domain}")
        }
        Way::Letter => "•••".to_owned(),
        Way::Comes => String::new(),
    };
    line(contact, &to, lang)
}

/// Number or address as people read it.
pub(crate) fn address(contact: &Contact) -> String {
    let to = contact.to.as_str();
    match contact.way {
        Way::Call | Way::Sms if to.len() == 9 && to.bytes().all(|b| b.is_ascii_digit()) => {
            in_groups(to, 3)
        }
        _ => to.to_owned(),
    }
}

fn line(contact: &Contact, to: &str, lang: &str) -> String {
    let way = contact.way.label().get(lang);
    match to {
        "" => way.to_owned(),
        to => format!("{way}: {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_near_reads_no_address() {
        for (value, said) in [
            (
                "sms 912345678",
                "Mensagem de telemóvel (SMS): •••\u{a0}5\u{a0}678",
            ),
            (
                "mail olena@exemplo.pt",
                "Correio eletrónico: o•••@exemplo.pt",
            ),
            ("letter Rua da Serra 1", "Carta: •••"),
            ("comes", "Venho eu saber"),
        ] {
            let contact = Contact::parse(value).unwrap();
            assert_eq!(hidden(&contact, "pt"), said);
        }
        assert_eq!(
            shown("call 912345678", "en"),
            "Telephone call: 912\u{a0}345\u{a0}678"
        );
        assert_eq!(shown("", "pt"), "retirado");
    }
}
