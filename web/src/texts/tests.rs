use std::collections::{BTreeMap, BTreeSet};

use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::declaration::{DECLARATION, PROOF};
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::representation::REPRESENTATION;

use super::*;

/// Keys with their text, and the variables that each uses.
fn keys(source: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut keys: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut current = String::new();
    for line in source
        .lines()
        .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
    {
        let mut text = line;
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            let (key, rest) = line.split_once('=').unwrap();
            key.trim().clone_into(&mut current);
            text = rest;
            assert!(
                keys.insert(current.clone(), Default::default()).is_none(),
                "{current} stands twice"
            );
        }
        let (said, variables) = keys.get_mut(&current).unwrap();
        said.push_str(text.trim());
        said.push('\n');
        for variable in line.split('$').skip(1) {
            let name = variable
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric())
                .collect();
            variables.insert(name);
        }
    }
    keys
}

/// What a person reads of a text: without placeables, selectors and codes.
fn words(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for line in text.lines() {
        // Variants of a selection stand within its braces, and are read all the same.
        let variant = line
            .trim_start_matches('*')
            .strip_prefix('[')
            .and_then(|l| l.split_once(']'));
        let line = variant.map_or(line, |(_, said)| said);
        for c in line.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ if depth == 0 || variant.is_some() && depth == 1 => plain.push(c),
                _ => {}
            }
        }
        plain.push(' ');
    }
    plain
        .split(|c: char| !c.is_alphabetic() && !is_mark(c))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Signs of Devanagari and Arabic that stand within words and are no letters to Rust.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{963}' | '\u{64b}'..='\u{652}' | '’')
}

fn texts() -> impl Iterator<Item = (&'static str, BTreeMap<String, (String, BTreeSet<String>)>)> {
    LANGUAGES.iter().map(|l| (l.code, keys(l.source)))
}

#[test]
fn all_languages_have_the_same_keys_and_variables() {
    let variables = |source| -> BTreeMap<String, BTreeSet<String>> {
        keys(source).into_iter().map(|(k, (_, v))| (k, v)).collect()
    };
    let portuguese = variables(LANGUAGES[0].source);
    assert!(portuguese.len() > 50);
    for language in &LANGUAGES {
        assert_eq!(variables(language.source), portuguese, "{}", language.code);
        assert!(
            FluentResource::try_new(language.source.to_owned()).is_ok(),
            "{} does not parse",
            language.code
        );
    }
}

#[test]
fn every_key_in_the_templates_exists_and_every_key_is_used() {
    let known = keys(LANGUAGES[0].source);
    let templates = [
        include_str!("../texts.rs"),
        include_str!("../texts/word.rs"),
        include_str!("../words.rs"),
        include_str!("../citizen.rs"),
        include_str!("../citizen/confirm.rs"),
        include_str!("../citizen/faces.rs"),
        include_str!("../citizen/following.rs"),
        include_str!("../citizen/guide.rs"),
        include_str!("../citizen/page.rs"),
        include_str!("../citizen/quiet.rs"),
        include_str!("../citizen/recorded.rs"),
        include_str!("../citizen/value.rs"),
        include_str!("../citizen/writing.rs"),
        include_str!("../desk/complaints.rs"),
        include_str!("../desk/pack_paper.rs"),
        include_str!("../desk/receipt.rs"),
        include_str!("../verify/page.rs"),
    ];
    for template in templates {
        for call in [".say(\"", ".say_of(\"", "say_with(\"", "both(t, \""] {
            for key in template
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
            {
                assert!(known.contains_key(key), "{key}");
            }
        }
    }
    for key in known.keys() {
        let quoted = format!("\"{key}\"");
        assert!(
            templates.iter().any(|t| t.contains(&quoted)),
            "nothing says {key}"
        );
    }
}

/// Each script has its letters: what was left in another language is seen by that.
#[test]
fn every_text_is_in_the_script_of_its_language() {
    // Codes and signs that stay as they are.
    let same = ["qr", "pt"];
    for (lang, texts) in texts() {
        let own = |c: char| match lang {
            "uk" => matches!(c, 'а'..='я' | 'є' | 'і' | 'ї' | 'ґ' | '’') && !"ыэъё".contains(c),
            "hi" | "ne" => matches!(c, '\u{900}'..='\u{963}'),
            "ar" => matches!(c, '\u{621}'..='\u{652}'),
            _ => matches!(c, 'a'..='z' | '’' | 'ß'..='ÿ' | 'œ'),
        };
        for (key, (text, _)) in texts {
            let words = words(&text);
            for word in words.iter().filter(|w| !same.contains(&w.as_str())) {
                assert!(word.chars().all(own), "{lang}, {key}: «{word}»");
            }
            assert!(
                key == "money" || !words.is_empty(),
                "{lang}, {key}: says nothing"
            );
        }
    }
}

/// Of languages with one script, the small words tell them apart.
#[test]
fn no_text_stands_in_a_related_language() {
    let telling: [(&str, &[&str]); 7] = [
        ("pt", &["não", "está", "pedido", "ainda", "uma", "com"]),
        ("en", &["the", "is", "your", "not", "this", "and"]),
        ("fr", &["est", "votre", "pas", "une", "vous"]),
        (
            "es",
            &["el", "su", "está", "todavía", "una", "usted", "con"],
        ),
        ("de", &["der", "die", "ist", "nicht", "ihr", "und", "sie"]),
        ("hi", &["है", "हैं", "नहीं", "और", "आपका", "करें"]),
        ("ne", &["छ", "छैन", "तपाईंको", "भयो", "नम्बर", "हुन्छ"]),
    ];
    // Words that two of them share.
    let shared = ["está"];
    for (lang, texts) in texts() {
        for (key, (text, _)) in texts {
            for word in words(&text) {
                let foreign = telling.iter().find(|(other, tell)| {
                    *other != lang && tell.contains(&word.as_str()) && !shared.contains(&&*word)
                });
                assert!(
                    foreign.is_none(),
                    "{lang}, {key}: «{word}», as in {foreign:?}"
                );
            }
        }
    }
}

/// Equal texts in two languages are looked at once, and listed here when they are right.
#[test]
fn texts_that_two_languages_share_are_known() {
    let known = ["choose-language", "cost", "free"];
    let all: Vec<_> = texts().collect();
    for (i, (lang, one)) in all.iter().enumerate() {
        for (other, two) in &all[i + 1..] {
            for (key, (text, _)) in one {
                let listed = *key == "money"
                    || (*lang, *other, key.as_str()) == ("en", "es", "no")
                    || (*lang, *other, key.as_str()) == ("en", "fr", "turn-title")
                    || (*lang, *other, key.as_str()) == ("hi", "ne", "turn-title")
                    || (*lang, *other) == ("hi", "ne") && known.contains(&key.as_str());
                assert!(
                    listed || two[key].0 != *text,
                    "{key} is the same in {lang} and {other}: {text}"
                );
            }
        }
    }
}

#[test]
fn the_identification_is_asked_in_every_language() {
    for language in &LANGUAGES {
        assert!(IDENTITY.title.has(language.code), "{}", language.code);
        for step in [
            &*IDENTITY,
            &*REPRESENTATION,
            &*DECLARATION,
            &*PROOF,
            &*OUTCOME,
        ] {
            assert!(step.title.has(language.code), "{}", language.code);
            for field in &step.fields {
                let options = field.options.iter().map(|o| &o.label);
                for words in options.chain([&field.label]) {
                    let is_said = words.has(language.code);
                    assert!(is_said, "{} in {}", field.id, language.code);
                }
            }
        }
    }
}

#[test]
fn plurals_follow_the_language() {
    for (lang, count, said) in [
        ("pt", 1, "1 fotografia"),
        ("en", 3, "3 photographs"),
        ("fr", 0, "0 photo"),
        ("fr", 2, "2 photos"),
        ("uk", 1, "1 фотографія"),
        ("uk", 3, "3 фотографії"),
        ("uk", 11, "11 фотографій"),
        ("uk", 21, "21 фотографія"),
        ("hi", 2, "2 तस्वीरें"),
        ("ar", 1, "صورة واحدة"),
        ("ar", 2, "صورتان"),
        ("ar", 3, "3 صور"),
        ("ar", 11, "11 صورة"),
        ("ar", 100, "100 صورة"),
    ] {
        let text = Texts::of(lang).say_of("photographs", "count", count);
        assert_eq!(without_isolates(&text), said);
    }
    assert_eq!(Texts::of("xx").say("free"), "grátis");
}

#[test]
fn sums_and_dates_are_written_as_the_language_does_in_digits_that_match_the_paper() {
    for (lang, sum, date) in [
        ("pt", "1 250 000,50 €", "3 de maio de 1951"),
        ("en", "€1,250,000.50", "3 May 1951"),
        ("fr", "1 250 000,50 €", "3 mai 1951"),
        ("es", "1.250.000,50 €", "3 de mayo de 1951"),
        ("de", "1.250.000,50 €", "3. Mai 1951"),
        ("uk", "1 250 000,50 €", "3 травня 1951 року"),
        ("hi", "€12,50,000.50", "3 मई 1951"),
        ("ne", "€12,50,000.50", "सन् 1951 मे 3"),
        ("ar", "1,250,000.50 يورو", "3 مايو 1951"),
    ] {
        let t = Texts::of(lang);
        let plain = |text: String| without_isolates(&text).replace('\u{a0}', " ");
        assert_eq!(plain(t.money(125_000_050)), sum);
        assert_eq!(t.date("1951-05-03").unwrap(), date);
        assert_eq!(
            t.date("3/5/51"),
            None,
            "what was typed stays as it was typed"
        );
        assert_eq!(t.date("1951-02-30"), None);
    }
    assert_eq!(
        Texts::of("fr").date("2026-12-01").unwrap(),
        "1er décembre 2026"
    );
    assert_eq!(Texts::of("de").money(500), "5,00\u{a0}€");
    assert_eq!(Texts::of("hi").money(99_950), "€999.50");
}

#[test]
fn what_is_put_into_arabic_does_not_turn_its_line_around() {
    let said = Texts::of("ar").say_of("recorded-qr", "number", "M07-4821");
    assert!(said.contains("\u{2068}M07-4821\u{2069}"), "{said}");
}

fn without_isolates(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}
