//! What the citizen was shown and agreed to: how, when, on which screen, in which language, and
//! under which signature. It stands in the request as the act `confirmed`.

use crate::record::act::Act;
use crate::record::signature::Strokes;

/// How the citizen confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// On the citizen's screen.
    OnScreen,
    /// Said to the mediator.
    ByWord,
    /// On the form of paper that was filled in before ([`late`](super::late)).
    OnPaper,
}

impl Confirmed {
    /// The word in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OnScreen => "screen",
            Self::ByWord => "word",
            Self::OnPaper => "paper",
        }
    }
}

/// A signature under what was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// Drawn on the citizen's screen.
    Drawn(Strokes),
    /// The name typed there by whoever cannot, or does not want to, draw.
    Typed(String),
    /// On paper, which the mediator keeps.
    Paper,
}

/// Longest name that is typed as a signature, in characters.
pub const MAX_NAME_CHARS: usize = 120;

/// What was shown and agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// How.
    pub how: Confirmed,
    /// Fingerprint of what was agreed to: answers, service, fee. A later answer makes another.
    pub shown: String,
    /// Fingerprint of the very words that stood there: questions, answers, cost, the agency's
    /// notice on data protection, in the language below.
    pub words: String,
    /// Their language.
    pub language: String,
    /// The edition of the catalogue that they are from.
    pub edition: u32,
    /// How many answers there were.
    pub answers: u32,
    /// What it was said to cost, in cents.
    pub fee_cents: u32,
    /// The screen, by the id that it has at its node; `None`: the mediator's was read aloud.
    pub screen: Option<String>,
    /// The signature, where the service needs one.
    pub signed: Option<Signed>,
}

impl Consent {
    /// What the act says.
    pub(super) fn said(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![
            ("how", self.how.code().to_owned()),
            ("shown", self.shown.clone()),
            ("words", self.words.clone()),
            ("language", self.language.clone()),
            ("edition", self.edition.to_string()),
            ("answers", self.answers.to_string()),
            ("fee", self.fee_cents.to_string()),
        ];
        said.extend(self.screen.clone().map(|id| ("screen", id)));
        let (how, what) = match &self.signed {
            None => return said,
            Some(Signed::Drawn(strokes)) => ("drawn", strokes.to_string()),
            Some(Signed::Typed(name)) => ("typed", name.clone()),
            Some(Signed::Paper) => ("paper", String::new()),
        };
        said.push(("signed", how.to_owned()));
        if !what.is_empty() {
            said.push(("signature", what));
        }
        said
    }

    /// Reads it from an act `confirmed`. What another node wrote and is not as it should be is
    /// left out, and never shown as more than it is.
    #[must_use]
    pub fn of(act: &Act) -> Option<Self> {
        if act.kind != "confirmed" {
            return None;
        }
        let said = |key: &str| act.more.get(key).map_or("", String::as_str);
        let number = |key: &str| said(key).parse().unwrap_or(0);
        Some(Self {
            how: match said("how") {
                "screen" => Confirmed::OnScreen,
                "paper" => Confirmed::OnPaper,
                _ => Confirmed::ByWord,
            },
            shown: said("shown").to_owned(),
            words: said("words").to_owned(),
            language: said("language").to_owned(),
            edition: number("edition"),
            answers: number("answers"),
            fee_cents: number("fee"),
            screen: act.more.get("screen").cloned(),
            signed: match said("signed") {
                "drawn" => Strokes::parse(said("signature")).ok().map(Signed::Drawn),
                "typed" => name(said("signature")).map(Signed::Typed),
                "paper" => Some(Signed::Paper),
                _ => None,
            },
        })
    }
}

/// A name typed as a signature; `None` when nobody would sign so.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let is_one = letters >= 2
        && text.chars().count() <= MAX_NAME_CHARS
        && !text.chars().any(char::is_control);
    is_one.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(signed: Option<Signed>) -> Consent {
        Consent {
            how: Confirmed::OnScreen,
            shown: "abc".into(),
            words: "def".into(),
            language: "uk".into(),
            edition: 3,
            answers: 9,
            fee_cents: 500,
            screen: Some("3f2a".into()),
            signed,
        }
    }

    fn act(consent: &Consent) -> Act {
        Act {
            kind: "confirmed".into(),
            more: consent
                .said()
                .into_iter()
                .map(|(key, said)| (key.to_owned(), said))
                .collect(),
            ..Act::default()
        }
    }

    #[test]
    fn it_reads_back_with_each_kind_of_signature() {
        let drawn = Strokes::parse("1,1 20,20 40,10 60,30 90,10").unwrap();
        for signed in [
            None,
            Some(Signed::Drawn(drawn)),
            Some(Signed::Typed("Олена Ковальчук".into())),
            Some(Signed::Paper),
        ] {
            let all = consent(signed);
            assert_eq!(Consent::of(&act(&all)), Some(all));
        }
    }

    #[test]
    fn a_signature_that_is_none_is_not_shown_as_one() {
        let mut forged = act(&consent(Some(Signed::Paper)));
        for (how, what) in [
            ("drawn", "<svg onload=x>"),
            ("typed", "x\u{7}y"),
            ("sealed", ""),
        ] {
            forged.more.insert("signed".into(), how.into());
            forged.more.insert("signature".into(), what.into());
            assert_eq!(Consent::of(&forged).unwrap().signed, None, "{how}");
        }
    }

    #[test]
    fn what_an_older_version_wrote_still_says_how() {
        let mut old = Act {
            kind: "confirmed".into(),
            ..Act::default()
        };
        old.more.insert("how".into(), "screen".into());
        let read = Consent::of(&old).unwrap();
        assert_eq!(
            (read.how, read.language.as_str()),
            (Confirmed::OnScreen, "")
        );
        old.kind = "recorded".into();
        assert_eq!(Consent::of(&old), None);
    }
}
