//! What citizens read in word that the hub sends them: the number, the service, how it stands, where to look. Nothing of them,
//! and nothing of what they asked for.

use fluent_bundle::FluentArgs;
use vereda_sync::catalogue::Service;
use vereda_sync::record::Life;

use super::Texts;

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News<'a> {
    /// It stands so now.
    Stands(Life),
    /// It was the same as another one, which goes on: its number.
    Same(&'a str),
    /// It was a complaint, and has an answer.
    Replied,
}

/// Of which request.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its number.
    pub number: &'a str,
    /// Its service, if it is known.
    pub service: Option<&'a Service>,
    /// The name of its agency.
    pub agency: &'a str,
    /// Where its state is shown, if it is anywhere.
    pub address: Option<&'a str>,
}

/// What stands above it, in mail.
#[must_use]
pub fn subject(t: Texts, about: &About<'_>) -> String {
    t.say_of("word-subject", "number", about.number)
}

/// What it says.
#[must_use]
pub fn text(t: Texts, about: &About<'_>, news: News<'_>) -> String {
    let title = about.service.map_or("", |it| it.title.get(t.lang()));
    let mut args = FluentArgs::new();
    args.set("number", about.number);
    args.set("service", title);
    let how = match (news, about.service) {
        (News::Stands(life), Some(it)) => t.how_final(life, it.offline, about.agency),
        (News::Stands(_), None) => String::new(),
        (News::Same(other), _) => t.say_of("word-same", "other", other),
        (News::Replied, _) => t.say("word-replied"),
    };
    let look = match about.address {
        Some(address) => t.say_of("word-look", "address", address),
        None => t.say("word-ask"),
    };
    let all = [
        t.say_with("word-about", &args),
        how,
        look,
        t.say("word-no-reply"),
    ];
    let all: Vec<String> = all.into_iter().filter(|it| !it.is_empty()).collect();
    // Nothing that is no letter stands between an address and whoever opens it.
    all.join("\n\n").replace(['\u{2068}', '\u{2069}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::housing;
    use crate::texts::LANGUAGES;

    #[test]
    fn every_language_says_number_service_how_it_stands_and_where_to_look() {
        let service = housing();
        for language in &LANGUAGES {
            let t = Texts::of(language.code);
            let about = About {
                number: "M07-4821-7QK-3",
                service: Some(&service),
                agency: "CCDR",
                address: Some("https://verificar.exemplo.pt/M07-4821-7QK-3/7KQ4-2ZD8"),
            };
            for news in [
                News::Stands(Life::Refused),
                News::Same("M07-1"),
                News::Replied,
            ] {
                let said = text(t, &about, news);
                for part in [
                    about.number,
                    service.title.get(language.code),
                    about.address.unwrap(),
                ] {
                    assert!(said.contains(part), "{}: {part} in {said}", language.code);
                }
                assert!(said.chars().count() < 500, "{said}");
            }
            assert!(subject(t, &about).contains(about.number));
            let none = About {
                address: None,
                ..about
            };
            assert!(!text(t, &none, News::Replied).contains("http"));
        }
    }
}
