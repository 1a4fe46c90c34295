//! What citizens read, in their languages: the second screen, and on the paper the part
//! that is theirs. One file a language (`locales/*/citizen.ftl`); texts of services live
//! in the catalogue.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;
use vereda_sync::catalogue::Offline;
use vereda_sync::record::Life;

mod language;
#[cfg(test)]
mod tests;
pub mod word;

pub use language::{LANGUAGES, Language, PORTUGUESE, language};

static BUNDLES: LazyLock<Vec<FluentBundle<FluentResource>>> =
    LazyLock::new(|| LANGUAGES.iter().map(bundle).collect());

fn bundle(language: &Language) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = language.code.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Names and numbers would turn a line around that runs from right to left; elsewhere
    // the marks would only disturb comparisons.
    bundle.set_use_isolating(language.right_to_left);
    let resource =
        FluentResource::try_new(language.source.to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(lang = language.code, ?errors, "texts do not parse");
            resource
        });
    bundle.add_resource_overriding(resource);
    bundle
}

/// The texts in one language.
#[derive(Clone, Copy)]
pub struct Texts {
    language: &'static Language,
    bundle: Option<&'static FluentBundle<FluentResource>>,
}

impl Texts {
    /// In `lang`; in Portuguese when it is not one of [`LANGUAGES`].
    #[must_use]
    pub fn of(lang: &str) -> Self {
        let at = LANGUAGES.iter().position(|l| l.code == lang).unwrap_or(0);
        Self {
            language: &LANGUAGES[at],
            bundle: BUNDLES.get(at),
        }
    }

    /// The code of the language.
    #[must_use]
    pub fn lang(self) -> &'static str {
        self.language.code
    }

    /// The language.
    #[must_use]
    pub fn language(self) -> &'static Language {
        self.language
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

    /// A sum, as the language writes it.
    #[must_use]
    pub fn money(self, cents: u64) -> String {
        self.say_of("money", "amount", self.language.numerals.sum(cents))
    }

    /// What something costs: a sum, or that it is free.
    #[must_use]
    pub fn fee(self, cents: u32) -> String {
        match cents {
            0 => self.say("free"),
            cents => self.money(u64::from(cents)),
        }
    }

    /// `2024-02-29` with the month in words, which nobody takes for a day; `None` if it is no
    /// such date.
    #[must_use]
    pub fn date(self, iso: &str) -> Option<String> {
        let date: jiff::civil::Date = (iso.len() == 10).then(|| iso.parse().ok()).flatten()?;
        let mut args = FluentArgs::new();
        args.set("day", date.day());
        args.set("month", date.month());
        args.set("year", date.year());
        // Nothing in it is foreign, and the marks would hide its direction from the browser.
        Some(
            self.say_with("date", &args)
                .replace(['\u{2068}', '\u{2069}'], ""),
        )
    }

    /// How final a request is, in a sentence or two: the same on screen and paper.
    #[must_use]
    pub fn how_final(self, life: Life, offline: Offline, agency: &str) -> String {
        let key = match (life, offline) {
            (Life::Draft, _) => "life-draft",
            (Life::Recorded, Offline::Prepared) => "life-prepared",
            (Life::Recorded, _) => "life-recorded",
            (Life::Received, Offline::Recorded) => "life-kept",
            (Life::Received, _) => "life-received",
            (Life::Forwarded, _) => "life-forwarded",
            (Life::Accepted, _) => "life-accepted",
            (Life::Returned, _) => "life-returned",
            (Life::Refused, _) => "life-refused",
            (Life::Completed, _) => "life-completed",
            (Life::Withdrawn, _) => "life-withdrawn",
        };
        self.say_of(key, "agency", agency)
    }
}
