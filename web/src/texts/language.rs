//! The languages that citizens read here, and how each writes a sum.

/// A language of the citizen's screen.
#[derive(Debug)]
pub struct Language {
    /// `pt`, `en`: the key in the catalogue's texts and in the store.
    pub code: &'static str,
    /// The tag for the browser: the Portuguese here is European.
    pub tag: &'static str,
    /// Its name for the mediator, within a Portuguese sentence.
    pub in_portuguese: &'static str,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
    pub(super) numerals: Numerals,
    pub(super) source: &'static str,
}

impl Language {
    /// `ltr` or `rtl`, for `dir`.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        if self.right_to_left { "rtl" } else { "ltr" }
    }
}

/// How a sum is written. The digits are 0 to 9 in all languages, also where others are
/// in use: they must match the paper, the card and the coins.
#[derive(Debug)]
pub(super) struct Numerals {
    decimal: char,
    thousands: &'static str,
    /// After the first three digits, groups of two: 12,50,000.
    in_lakhs: bool,
}

const COMMA: Numerals = Numerals {
    decimal: ',',
    thousands: "\u{a0}",
    in_lakhs: false,
};
const COMMA_AFTER_POINTS: Numerals = Numerals {
    thousands: ".",
    ..COMMA
};
const POINT: Numerals = Numerals {
    decimal: '.',
    thousands: ",",
    in_lakhs: false,
};
const POINT_IN_LAKHS: Numerals = Numerals {
    in_lakhs: true,
    ..POINT
};

impl Numerals {
    /// Cents as a sum without currency: `1 250,50`.
    pub(super) fn sum(&self, cents: u64) -> String {
        let whole = (cents / 100).to_string();
        let (mut rest, mut groups) = (whole.as_str(), Vec::new());
        let mut size = 3;
        while rest.len() > size {
            let (head, group) = rest.split_at(rest.len() - size);
            groups.push(group);
            rest = head;
            if self.in_lakhs {
                size = 2;
            }
        }
        groups.push(rest);
        groups.reverse();
        format!(
            "{}{}{:02}",
            groups.join(self.thousands),
            self.decimal,
            cents % 100
        )
    }
}

macro_rules! language {
    ($code:literal, $tag:literal, $name:literal, $right_to_left:literal, $numerals:expr) => {
        Language {
            code: $code,
            tag: $tag,
            in_portuguese: $name,
            right_to_left: $right_to_left,
            numerals: $numerals,
            source: include_str!(concat!("../../locales/", $code, "/citizen.ftl")),
        }
    };
}

/// The languages, in the order in which they are offered. The first is what the law and the
/// mediator read, and what every next citizen is greeted in.
pub static LANGUAGES: [Language; 9] = [
    language!("pt", "pt-PT", "português", false, COMMA),
    language!("en", "en", "inglês", false, POINT),
    language!("fr", "fr", "francês", false, COMMA),
    language!("es", "es", "espanhol", false, COMMA_AFTER_POINTS),
    language!("de", "de", "alemão", false, COMMA_AFTER_POINTS),
    language!("uk", "uk", "ucraniano", false, COMMA),
    language!("hi", "hi", "hindi", false, POINT_IN_LAKHS),
    language!("ne", "ne", "nepalês", false, POINT_IN_LAKHS),
    language!("ar", "ar", "árabe", true, POINT),
];

/// The language that a screen begins with.
pub const PORTUGUESE: &str = "pt";

/// The language of that code or tag, if it is one of [`LANGUAGES`].
#[must_use]
pub fn language(code: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|l| l.code == code || l.tag == code)
}
