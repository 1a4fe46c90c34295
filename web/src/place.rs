//! Where this program stands: a process serves one place, its day is that place's, and its screen greets in the
//! languages of that place. Hub and spots take it from here, pages and papers too.

use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use vereda_sync::text::fold;

use crate::texts::{self, LANGUAGES, Language};

/// The names of all zones that are in the binary.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned());
    let mut all: Vec<String> = all.filter(|name| name.contains('/')).collect();
    all.sort_unstable();
    all
});

/// That of this process: its zone, and its languages before the others.
static HERE: OnceLock<(Zone, Vec<&'static Language>)> = OnceLock::new();

/// Names in Portuguese, after "hora" and alone: those of Portugal, of Portuguese embassies and consulates, and of
/// countries where Portuguese is spoken. Of others the name of the zone stands.
const NAMES: [(&str, &str, &str); 26] = [
    ("Europe/Lisbon", "de Lisboa", "em Lisboa"),
    ("Atlantic/Azores", "dos Açores", "nos Açores"),
    ("Atlantic/Madeira", "da Madeira", "na Madeira"),
    ("Africa/Bissau", "de Bissau", "em Bissau"),
    ("Africa/Johannesburg", "de Joanesburgo", "em Joanesburgo"),
    ("Africa/Sao_Tome", "de São Tomé", "em São Tomé"),
    ("America/New_York", "de Nova Iorque", "em Nova Iorque"),
    ("America/Sao_Paulo", "de São Paulo", "em São Paulo"),
    ("Asia/Dili", "de Díli", "em Díli"),
    ("Asia/Tokyo", "de Tóquio", "em Tóquio"),
    ("Atlantic/Cape_Verde", "de Cabo Verde", "em Cabo Verde"),
    ("Australia/Sydney", "de Sydney", "em Sydney"),
    ("Europe/Amsterdam", "de Amesterdão", "em Amesterdão"),
    ("Europe/Athens", "de Atenas", "em Atenas"),
    ("Europe/Berlin", "de Berlim", "em Berlim"),
    ("Europe/Brussels", "de Bruxelas", "em Bruxelas"),
    ("Europe/Copenhagen", "de Copenhaga", "em Copenhaga"),
    ("Europe/Dublin", "de Dublim", "em Dublim"),
    ("Europe/Kyiv", "de Kiev", "em Kiev"),
    ("Europe/London", "de Londres", "em Londres"),
    ("Europe/Luxembourg", "do Luxemburgo", "no Luxemburgo"),
    ("Europe/Rome", "de Roma", "em Roma"),
    ("Europe/Stockholm", "de Estocolmo", "em Estocolmo"),
    ("Europe/Vienna", "de Viena", "em Viena"),
    ("Europe/Warsaw", "de Varsóvia", "em Varsóvia"),
    ("Europe/Zurich", "de Zurique", "em Zurique"),
];

/// A time zone that the binary knows, by its name in the IANA database: `America/Sao_Paulo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Zone(&'static str);

impl Default for Zone {
    fn default() -> Self {
        Self::LISBON
    }
}

impl Zone {
    /// Mainland Portugal's: that of the hub, of agencies and their counters, and of whatever names no other.
    pub const LISBON: Self = Self("Europe/Lisbon");

    /// The zone of that name; `None`: this program knows none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let at = KNOWN.binary_search_by(|known| known.as_str().cmp(name));
        at.ok()
            .and_then(|at| KNOWN.get(at))
            .map(|name| Self(name.as_str()))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Its rules.
    #[must_use]
    pub fn rules(self) -> TimeZone {
        TimeZone::get(self.0).unwrap_or(TimeZone::UTC)
    }

    /// As records name it: nothing for Lisbon's, which is meant where nothing is said.
    #[must_use]
    pub fn in_records(self) -> Option<String> {
        (self != Self::LISBON).then(|| self.0.to_owned())
    }

    /// That which a record names; `None`: one that this program does not know.
    #[must_use]
    pub fn of_record(name: Option<&str>) -> Option<Self> {
        name.map_or(Some(Self::LISBON), Self::named)
    }

    /// Whether it is one of Portugal's.
    #[must_use]
    pub fn is_portugal(self) -> bool {
        ["Europe/Lisbon", "Atlantic/Azores", "Atlantic/Madeira"].contains(&self.0)
    }

    /// When that hour of that day is there, milliseconds since 1970; `yyyy-mm-dd` and `hh:mm`.
    #[must_use]
    pub fn ms_at(self, day: &str, hour: &str) -> Option<i64> {
        let local: jiff::civil::DateTime = format!("{day}T{hour}").parse().ok()?;
        let at = local.to_zoned(self.rules()).ok()?;
        Some(at.timestamp().as_millisecond())
    }

    /// `hh:mm` there.
    #[must_use]
    pub fn hour_at(self, unix_ms: i64) -> String {
        let at = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
        at.to_zoned(self.rules()).strftime("%H:%M").to_string()
    }

    /// Whether clocks of both show the same at that time.
    #[must_use]
    pub fn agrees(self, other: Self, unix_ms: i64) -> bool {
        let at = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
        self == other || self.rules().to_offset(at) == other.rules().to_offset(at)
    }

    /// `de São Paulo`, after "hora".
    #[must_use]
    pub fn of(self) -> String {
        self.called(|(_, of, _)| of, "de")
    }

    /// `em São Paulo`.
    #[must_use]
    pub fn at(self) -> String {
        self.called(|(_, _, at)| at, "em")
    }

    fn called(
        self,
        form: fn((&str, &'static str, &'static str)) -> &'static str,
        with: &str,
    ) -> String {
        let known = NAMES.iter().find(|(name, ..)| *name == self.0);
        known.map_or_else(
            || format!("{with} {}", self.place()),
            |name| form(*name).to_owned(),
        )
    }

    /// `Nova Deli` has no entry of its own: the city of the zone's name.
    fn place(self) -> String {
        let last = self.0.rsplit('/').next().unwrap_or(self.0);
        // `Etc/GMT+3` is three hours behind.
        match (self.0.strip_prefix("Etc/GMT"), last) {
            (Some(""), _) | (_, "UTC") => "UTC".to_owned(),
            (Some(hours), _) => match hours.strip_prefix('+') {
                Some(behind) => format!("UTC\u{2212}{behind}"),
                None => format!("UTC+{}", hours.trim_start_matches('-')),
            },
            (None, city) => city.replace('_', " "),
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| {
            let letters = |text: &str| -> String {
                let last = fold(text.rsplit('/').next().unwrap_or(text));
                last.chars().filter(char::is_ascii_alphanumeric).collect()
            };
            let meant = letters(&name);
            let near = KNOWN.iter().find(|known| letters(known) == meant);
            let known = near.map_or("Europe/Lisbon, Europe/Paris, America/Sao_Paulo", String::as_str);
            let shown: String = name.chars().take(60).collect();
            format!("`{shown}` is no time zone that is known here: write its name in the IANA database, as {known}")
        })
    }
}

// Not derived: that would borrow the name from what is read.
impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.to_owned()
    }
}

/// Says where this process stands, once, before anything is shown or counted, and the codes of the languages in which
/// it greets first. Gives whether it stands in that zone now.
pub fn settle(zone: Zone, languages: &[String]) -> bool {
    let place = || {
        let mut first: Vec<&'static Language> = Vec::new();
        let named = languages.iter().filter_map(|code| texts::language(code));
        for language in named.chain(&LANGUAGES) {
            if first.iter().all(|known| known.code != language.code) {
                first.push(language);
            }
        }
        (zone, first)
    };
    HERE.get_or_init(place).0 == zone
}

/// Where this process stands: Lisbon's zone until something else is said.
#[must_use]
pub fn here() -> Zone {
    HERE.get().map_or(Zone::LISBON, |(zone, _)| *zone)
}

/// All languages of the citizen's screen, those of this place first.
pub fn languages() -> impl Iterator<Item = &'static Language> + Clone {
    let ordered = HERE.get().map(|(_, languages)| languages.as_slice());
    let rest = if ordered.is_some() {
        &[][..]
    } else {
        &LANGUAGES[..]
    };
    ordered.unwrap_or_default().iter().copied().chain(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_alone() {
        for name in [
            "Europe/Lisbon",
            "America/Sao_Paulo",
            "Etc/GMT+12",
            "Pacific/Kiritimati",
        ] {
            let zone = Zone::named(name).unwrap();
            assert_eq!(zone.name(), name);
            assert_eq!(zone.rules().iana_name(), Some(name));
        }
        for name in [
            "",
            "Lisbon",
            "europe/lisbon",
            "Europe/Lisbon ",
            "Europe/",
            "../etc",
        ] {
            assert_eq!(Zone::named(name), None, "{name}");
        }
        assert_eq!(Zone::default(), Zone::named("Europe/Lisbon").unwrap());
    }

    #[test]
    fn a_wrong_name_is_told_with_the_right_one() {
        for (typed, meant) in [
            ("America/SaoPaulo", "America/Sao_Paulo"),
            ("São Paulo", "America/Sao_Paulo"),
            ("paris", "Europe/Paris"),
            ("Europe/Atlantis", "Europe/Lisbon"),
        ] {
            let told = Zone::try_from(typed.to_owned()).unwrap_err();
            assert!(told.contains(typed) && told.contains(meant), "{told}");
        }
        assert!(Zone::try_from("x".repeat(1 << 16)).unwrap_err().len() < 300);
    }

    #[test]
    fn every_name_in_portuguese_is_that_of_a_zone() {
        for (name, ..) in NAMES {
            assert!(Zone::named(name).is_some(), "{name}");
        }
        let said = |name| {
            let zone = Zone::named(name).unwrap();
            (zone.of(), zone.at())
        };
        let owned = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            said("America/Sao_Paulo"),
            owned("de São Paulo", "em São Paulo")
        );
        assert_eq!(said("Atlantic/Azores"), owned("dos Açores", "nos Açores"));
        assert_eq!(
            said("America/Port_of_Spain"),
            owned("de Port of Spain", "em Port of Spain")
        );
        assert_eq!(said("Etc/GMT+3"), owned("de UTC−3", "em UTC−3"));
        assert_eq!(said("Etc/GMT-12"), owned("de UTC+12", "em UTC+12"));
    }

    #[test]
    fn the_languages_of_the_place_come_first_and_none_is_lost() {
        let codes = || languages().map(|l| l.code).collect::<Vec<_>>();
        assert_eq!(codes()[..2], ["pt", "en"]);
        assert!(settle(
            Zone::LISBON,
            &["fr".into(), "pt".into(), "fr".into(), "xx".into()]
        ));
        assert_eq!(codes()[..3], ["fr", "pt", "en"]);
        assert_eq!(codes().len(), LANGUAGES.len());
    }

    #[test]
    fn clocks_agree_by_the_season() {
        let (lisbon, paris) = (Zone::LISBON, Zone::named("Europe/Paris").unwrap());
        let london = Zone::named("Europe/London").unwrap();
        for month_ms in [1_767_225_600_000, 1_783_000_000_000] {
            assert!(lisbon.agrees(london, month_ms));
            assert!(!lisbon.agrees(paris, month_ms));
        }
    }
}
