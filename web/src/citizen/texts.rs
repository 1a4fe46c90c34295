//! The texts of the citizen's screen, in its languages. Texts of services live in
//! the catalogue.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The languages of the citizen's screen, in the order in which they are offered.
pub const LANGUAGES: [&str; 2] = ["pt", "en"];

const SOURCES: [(&str, &str); 2] = [
    ("pt", include_str!("../../locales/pt/citizen.ftl")),
    ("en", include_str!("../../locales/en/citizen.ftl")),
];

static BUNDLES: LazyLock<Vec<(&'static str, FluentBundle<FluentResource>)>> = LazyLock::new(|| {
    SOURCES
        .into_iter()
        .map(|(lang, source)| (lang, bundle(lang, source)))
        .collect()
});

fn bundle(lang: &str, source: &str) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = lang.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Both languages run left to right; the marks would only disturb comparisons.
    bundle.set_use_isolating(false);
    let resource =
        FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(lang, ?errors, "texts of the citizen's screen do not parse");
            resource
        });
    bundle.add_resource_overriding(resource);
    bundle
}

/// The texts in one language.
#[derive(Clone, Copy)]
pub struct Texts {
    lang: &'static str,
    bundle: Option<&'static FluentBundle<FluentResource>>,
}

impl Texts {
    /// In `lang`; in Portuguese when it is not one of [`LANGUAGES`].
    #[must_use]
    pub fn of(lang: &str) -> Self {
        let found = BUNDLES
            .iter()
            .find(|(l, _)| *l == lang)
            .or_else(|| BUNDLES.first());
        match found {
            Some((lang, bundle)) => Self {
                lang,
                bundle: Some(bundle),
            },
            None => Self {
                lang: "pt",
                bundle: None,
            },
        }
    }

    /// The language.
    #[must_use]
    pub fn lang(self) -> &'static str {
        self.lang
    }

    /// A text without variables.
    #[must_use]
    pub fn say(self, key: &str) -> String {
        self.say_with(key, &FluentArgs::new())
    }

    /// A text with one variable.
    #[must_use]
    pub fn say_of<'a>(self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.say_with(key, &args)
    }

    /// A text with variables. A missing key reads as itself: a test forbids it.
    #[must_use]
    pub fn say_with(self, key: &str, args: &FluentArgs<'_>) -> String {
        let pattern = self
            .bundle
            .and_then(|b| Some((b, b.get_message(key)?.value()?)));
        match pattern {
            Some((bundle, pattern)) => bundle
                .format_pattern(pattern, Some(args), &mut Vec::new())
                .into_owned(),
            None => key.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Keys, and the variables that each uses.
    fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source
            .lines()
            .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
        {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                current = line.split('=').next().unwrap().trim().to_owned();
                assert!(
                    keys.insert(current.clone(), BTreeSet::new()).is_none(),
                    "{current} stands twice"
                );
            }
            for variable in line.split('$').skip(1) {
                let name = variable
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric())
                    .collect();
                keys.get_mut(&current).unwrap().insert(name);
            }
        }
        keys
    }

    #[test]
    fn all_languages_have_the_same_keys_and_variables() {
        let portuguese = keys(SOURCES[0].1);
        assert!(portuguese.len() > 40);
        for (lang, source) in SOURCES {
            assert_eq!(keys(source), portuguese, "{lang}");
            assert!(
                FluentResource::try_new(source.to_owned()).is_ok(),
                "{lang} does not parse"
            );
        }
    }

    #[test]
    fn every_key_in_the_templates_exists() {
        let known = keys(SOURCES[0].1);
        let templates = [
            include_str!("page.rs"),
            include_str!("quiet.rs"),
            include_str!("following.rs"),
            include_str!("confirm.rs"),
            include_str!("recorded.rs"),
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
    }

    #[test]
    fn plurals_follow_the_language() {
        assert_eq!(
            Texts::of("pt").say_of("photographs", "count", 1),
            "1 fotografia"
        );
        assert_eq!(
            Texts::of("en").say_of("photographs", "count", 3),
            "3 photographs"
        );
        assert_eq!(Texts::of("xx").say("free"), "grátis");
    }
}
