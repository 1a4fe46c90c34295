//! Checks of what was typed: every identity number of Portugal carries its own
//! proof. A check gives the value in canonical form, or says what is wrong.
//!
//! Sources: NIC and document number (Cartão de Cidadão, "validação do número de
//! documento", IRN), NIF (mod 11), NISS (prime weights, Segurança Social), IBAN
//! (ISO 13616, mod 97).

use std::borrow::Cow;

use crate::catalogue::{Field, Kind, Rules, pattern};
use crate::day::Date;
use crate::money;
use crate::record::voice;

mod abroad;

/// Longest single line, in characters.
pub const MAX_LINE_CHARS: usize = 200;
/// Longest text of several lines, in characters.
pub const MAX_TEXT_CHARS: usize = 4_000;
/// Longest value that a draft keeps, in bytes. More than any check lets pass, so
/// that a wrong value stays to be mended, but bounded.
pub const MAX_VALUE_BYTES: usize = 16 << 10;

/// What is wrong with a value. The screens say it in words, at the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A required field is empty.
    #[error("missing")]
    Missing,
    /// Wrong number of digits.
    #[error("expected {expected} digits, found {found}")]
    Digits {
        /// How many digits it has when right.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// Right length, but the check digits do not agree: a slip of the finger.
    #[error("check digits do not agree")]
    CheckDigit,
    /// Not of the form that is expected; an example of a right one.
    #[error("expected a form like {example}")]
    Form {
        /// A value of the right form.
        example: Cow<'static, str>,
    },
    /// A date that the calendar does not have.
    #[error("no such date")]
    NoSuchDate,
    /// A date after today where none can be.
    #[error("date in the future")]
    Future,
    /// An account of another country: the agencies pay to SEPA accounts only.
    #[error("unknown country code")]
    Country,
    /// A date before the first that is right.
    #[error("date before {first}")]
    Early {
        /// The first that is right, `yyyy-mm-dd`.
        first: String,
    },
    /// A date after the last that is right.
    #[error("date after {last}")]
    Late {
        /// The last that is right, `yyyy-mm-dd`.
        last: String,
    },
    /// A number below the least that is right.
    #[error("less than {min}")]
    TooSmall {
        /// The least.
        min: i64,
    },
    /// A number above the most that is right.
    #[error("more than {max}")]
    TooLarge {
        /// The most.
        max: i64,
    },
    /// Shorter than it can be.
    #[error("shorter than {min} characters")]
    TooShort {
        /// The fewest characters.
        min: usize,
    },
    /// Longer than is kept.
    #[error("longer than {max} characters")]
    TooLong {
        /// The most that is kept.
        max: usize,
    },
    /// Not one of the options.
    #[error("not one of the options")]
    NoSuchOption,
    /// A required statement was not agreed to.
    #[error("not agreed to")]
    NotAgreed,
    /// Fewer photographs than asked for.
    #[error("at least {at_least} photographs are needed")]
    TooFew {
        /// How many are asked for.
        at_least: u8,
    },
}

/// Checks what was typed in `field` and gives its canonical form. `today` is
/// `yyyy-mm-dd`; an empty value of an optional field is `Ok("")`.
///
/// # Errors
/// What is wrong, for the person to mend.
pub fn check(field: &Field, typed: &str, today: &str) -> Result<String, Refusal> {
    let typed = typed.trim();
    if typed.is_empty() {
        return if field.required {
            Err(Refusal::Missing)
        } else {
            Ok(String::new())
        };
    }
    let rules = &field.rules;
    match field.kind {
        Kind::Text | Kind::Name => shaped(within(line(typed)?, rules)?, rules),
        Kind::LongText => within(bounded(typed, MAX_TEXT_CHARS)?, rules),
        Kind::Date => date(typed, rules, today),
        Kind::Nic => nic(typed),
        Kind::DocumentNumber => document_number(typed),
        Kind::Nif => nif(typed),
        Kind::Niss => niss(typed),
        Kind::Sns => digits(typed, 9),
        Kind::Iban => iban(typed),
        Kind::PostalCode => postal_code(typed, rules),
        Kind::Phone => phone(typed, rules),
        Kind::Email => email(typed),
        Kind::Money => ranged(money(typed)?, rules),
        Kind::Number => ranged(number(typed)?, rules),
        Kind::YesNo => match typed {
            "yes" | "no" => Ok(typed.into()),
            _ => Err(Refusal::NoSuchOption),
        },
        Kind::Choices => choices(field, typed),
        Kind::Choice => {
            if field.options.iter().any(|o| o.id == typed) {
                Ok(typed.into())
            } else {
                Err(Refusal::NoSuchOption)
            }
        }
        Kind::Consent => match typed {
            "yes" => Ok(typed.into()),
            _ if field.required => Err(Refusal::NotAgreed),
            _ => Ok(String::new()),
        },
        Kind::Photos => {
            let given = voice::photographs(typed);
            if given < usize::from(field.at_least) {
                return Err(Refusal::TooFew {
                    at_least: field.at_least,
                });
            }
            bounded(typed, MAX_TEXT_CHARS)
        }
        Kind::Position => position(typed),
    }
}

fn bounded(typed: &str, max: usize) -> Result<String, Refusal> {
    if typed.chars().count() > max {
        Err(Refusal::TooLong { max })
    } else {
        Ok(typed.to_owned())
    }
}

fn line(typed: &str) -> Result<String, Refusal> {
    bounded(typed, MAX_LINE_CHARS).map(|s| s.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// No shorter and no longer than the rules say.
fn within(text: String, rules: &Rules) -> Result<String, Refusal> {
    let chars = text.chars().count();
    let (min, max) = (
        rules.min_chars.map(usize::from),
        rules.max_chars.map(usize::from),
    );
    match (
        min.filter(|min| chars < *min),
        max.filter(|max| chars > *max),
    ) {
        (Some(min), _) => Err(Refusal::TooShort { min }),
        (_, Some(max)) => Err(Refusal::TooLong { max }),
        _ => Ok(text),
    }
}

/// Of the pattern that the rules give; letters may be written small.
fn shaped(text: String, rules: &Rules) -> Result<String, Refusal> {
    let Some(written) = &rules.pattern else {
        return Ok(text);
    };
    let wrong = || Refusal::Form {
        example: Cow::Owned(rules.example.clone().unwrap_or_default()),
    };
    let pattern = pattern::whole(written).map_err(|_| wrong())?;
    [text.to_uppercase(), text]
        .into_iter()
        .rev()
        .find(|text| pattern.is_match(text))
        .ok_or_else(wrong)
}

/// No smaller and no larger than the rules say.
fn ranged(number: String, rules: &Rules) -> Result<String, Refusal> {
    let value: f64 = number.parse().unwrap_or(f64::MAX);
    match (rules.min, rules.max) {
        (Some(min), _) if value < min as f64 => Err(Refusal::TooSmall { min }),
        (_, Some(max)) if value > max as f64 => Err(Refusal::TooLarge { max }),
        _ => Ok(number),
    }
}

/// A whole number; spaces between its digits are forgiven.
fn number(typed: &str) -> Result<String, Refusal> {
    let digits: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}'))
        .collect();
    let right = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse::<u32>() {
        Ok(number) if right => Ok(number.to_string()),
        _ => Err(Refusal::Form {
            example: Cow::Borrowed("3"),
        }),
    }
}

/// Ids of options, each once, in the order of the catalogue.
fn choices(field: &Field, typed: &str) -> Result<String, Refusal> {
    let chosen: Vec<&str> = typed.split_whitespace().collect();
    let options: Vec<&str> = field.options.iter().map(|o| o.id.as_str()).collect();
    if chosen.iter().any(|id| !options.contains(id)) {
        return Err(Refusal::NoSuchOption);
    }
    let kept = options.into_iter().filter(|id| chosen.contains(id));
    Ok(kept.collect::<Vec<_>>().join(" "))
}

/// Digits only; spaces, dots and hyphens between them are forgiven.
fn digits(typed: &str, expected: usize) -> Result<String, Refusal> {
    let mut out = String::with_capacity(expected);
    for c in typed.chars() {
        match c {
            '0'..='9' => out.push(c),
            ' ' | '.' | '-' | '\u{a0}' => {}
            _ => {
                return Err(Refusal::Digits {
                    expected,
                    found: typed.chars().filter(char::is_ascii_digit).count(),
                });
            }
        }
    }
    if out.len() == expected {
        Ok(out)
    } else {
        Err(Refusal::Digits {
            expected,
            found: out.len(),
        })
    }
}

fn values(digits: &str) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
    digits.bytes().map(|b| u32::from(b - b'0'))
}

/// Civil identification number: 8 digits. Its own check digit is only part of
/// the document number, so alone only its length can be checked.
fn nic(typed: &str) -> Result<String, Refusal> {
    digits(typed, 8)
}

/// Document number `NNNNNNNN D XXD`: Luhn over base-36 letters, from the right.
///
/// # Errors
/// [`Refusal::Form`] or [`Refusal::CheckDigit`].
pub fn document_number(typed: &str) -> Result<String, Refusal> {
    let compact: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase();
    let form = Refusal::Form {
        example: Cow::Borrowed("00000000 0 ZZ4"),
    };
    let b = compact.as_bytes();
    let shape = b.len() == 12
        && b[..9].iter().all(u8::is_ascii_digit)
        && b[9..11].iter().all(u8::is_ascii_alphanumeric)
        && b[11].is_ascii_digit();
    if !shape {
        return Err(form);
    }
    let sum: u32 = b
        .iter()
        .rev()
        .enumerate()
        .map(|(i, c)| {
            let v = char::from(*c).to_digit(36).unwrap_or(0);
            if i % 2 == 0 {
                v
            } else if v * 2 > 9 {
                v * 2 - 9
            } else {
                v * 2
            }
        })
        .sum();
    if !sum.is_multiple_of(10) {
        return Err(Refusal::CheckDigit);
    }
    Ok(format!(
        "{} {} {}",
        &compact[..8],
        &compact[8..9],
        &compact[9..]
    ))
}

/// Tax number: 9 digits, mod 11.
///
/// # Errors
/// [`Refusal::Digits`] or [`Refusal::CheckDigit`].
pub fn nif(typed: &str) -> Result<String, Refusal> {
    let d = digits(typed, 9)?;
    if values(&d).next_back() == Some(nif_check(&d)) {
        Ok(d)
    } else {
        Err(Refusal::CheckDigit)
    }
}

/// What the first eight digits say of the last.
fn nif_check(digits: &str) -> u32 {
    let weighed = values(digits).take(8).zip((2..=9).rev());
    let sum: u32 = weighed.map(|(v, w)| v * w).sum();
    match 11 - sum % 11 {
        10 | 11 => 0,
        n => n,
    }
}

/// Social-security number: 11 digits, prime weights.
///
/// # Errors
/// [`Refusal::Digits`] or [`Refusal::CheckDigit`].
pub fn niss(typed: &str) -> Result<String, Refusal> {
    let d = digits(typed, 11)?;
    if matches!(d.as_bytes()[0], b'1' | b'2') && values(&d).next_back() == Some(niss_check(&d)) {
        Ok(d)
    } else {
        Err(Refusal::CheckDigit)
    }
}

/// What the first ten digits say of the last.
fn niss_check(digits: &str) -> u32 {
    const WEIGHTS: [u32; 10] = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
    let sum: u32 = values(digits).zip(WEIGHTS).map(|(v, w)| v * w).sum();
    9 - sum % 10
}

/// International bank account number, ISO 13616. Portuguese ones have 25 characters.
///
/// # Errors
/// [`Refusal::Form`], [`Refusal::Country`] or [`Refusal::CheckDigit`].
pub fn iban(typed: &str) -> Result<String, Refusal> {
    let compact: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && *c != '.')
        .collect::<String>()
        .to_uppercase();
    let form = Refusal::Form {
        example: Cow::Borrowed("PT50 0002 0123 1234 5678 9015 4"),
    };
    let b = compact.as_bytes();
    if !(15..=34).contains(&b.len()) || !b.iter().all(u8::is_ascii_alphanumeric) {
        return Err(form);
    }
    if !b[..2].iter().all(u8::is_ascii_uppercase) || !b[2..4].iter().all(u8::is_ascii_digit) {
        return Err(form);
    }
    if b.starts_with(b"PT") && b.len() != 25 {
        return Err(Refusal::Digits {
            expected: 23,
            found: b.len() - 2,
        });
    }
    if !SEPA.contains(&&compact[..2]) {
        return Err(Refusal::Country);
    }
    if iban_rest(b) == 1 {
        Ok(compact)
    } else {
        Err(Refusal::CheckDigit)
    }
}

/// What ISO 13616 wants to be 1.
fn iban_rest(iban: &[u8]) -> u32 {
    let (country, account) = iban.split_at(iban.len().min(4));
    account.iter().chain(country).fold(0, |rest, c| {
        let v = char::from(*c).to_digit(36).unwrap_or(0);
        (rest * if v < 10 { 10 } else { 100 } + v) % 97
    })
}

/// The digits that follow from the others: what `stem` lacks to be a tax number, a
/// social-security number, or a Portuguese account of the [`iban`] form.
pub(crate) fn follows(stem: &str) -> Option<String> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match stem.len() {
        8 if digits(stem) => Some(nif_check(stem).to_string()),
        10 if digits(stem) => Some(niss_check(stem).to_string()),
        23 if stem.starts_with("PT") && digits(&stem[2..]) => {
            // One more at the end weighs as much as the country behind it shifts it.
            let rest = |end: u32| iban_rest(format!("{stem}{end:02}").as_bytes());
            let (none, one) = (rest(0), (rest(1) + 97 - rest(0)) % 97);
            let end = (0..100).find(|end| (none + one * end) % 97 == 1)?;
            Some(format!("{end:02}"))
        }
        _ => None,
    }
}

/// Countries of the Single Euro Payments Area.
const SEPA: [&str; 41] = [
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI",
    "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL",
    "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM",
];

fn postal_code(typed: &str, rules: &Rules) -> Result<String, Refusal> {
    let country = abroad::country(typed).filter(|_| !rules.portugal);
    let typed = match &country {
        Some((country, rest)) if country == "PT" => rest,
        Some((country, rest)) => {
            let wrong = |example| Refusal::Form {
                example: Cow::Owned(example),
            };
            return abroad::postal_code(country, rest).map_err(wrong);
        }
        None => typed,
    };
    let d = digits(typed, 7).map_err(|_| Refusal::Form {
        example: Cow::Borrowed("8550-000"),
    })?;
    if d.starts_with('0') {
        return Err(Refusal::Form {
            example: Cow::Borrowed("8550-000"),
        });
    }
    Ok(format!("{}-{}", &d[..4], &d[4..]))
}

/// A telephone number: nine digits of Portugal's, or of another country with `+` or `00` and its code.
///
/// # Errors
/// What is wrong with it.
pub fn phone(typed: &str, rules: &Rules) -> Result<String, Refusal> {
    let foreign = typed.starts_with('+') || typed.starts_with("00");
    let compact: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')' | '+' | '\u{a0}'))
        .collect();
    let form = Refusal::Form {
        example: Cow::Borrowed("912 345 678"),
    };
    if compact.is_empty() || !compact.bytes().all(|b| b.is_ascii_digit()) {
        return Err(form);
    }
    let compact = match typed.starts_with("00") {
        true => compact.get(2..).unwrap_or_default(),
        false => &compact,
    };
    let national = compact.strip_prefix("351").filter(|_| foreign);
    if foreign && national.is_none() {
        let abroad = abroad::phone(compact).filter(|_| !rules.portugal);
        return abroad.ok_or(match rules.portugal {
            true => form,
            false => Refusal::Form {
                example: Cow::Borrowed("+55 11 91234 5678"),
            },
        });
    }
    let national = national.unwrap_or(compact);
    if national.len() != 9 {
        return Err(Refusal::Digits {
            expected: 9,
            found: national.len(),
        });
    }
    if matches!(national.as_bytes()[0], b'2' | b'3' | b'9') {
        Ok(national.to_owned())
    } else {
        Err(form)
    }
}

fn email(typed: &str) -> Result<String, Refusal> {
    let form = || Refusal::Form {
        example: Cow::Borrowed("maria@exemplo.pt"),
    };
    let (name, host) = typed.rsplit_once('@').ok_or_else(form)?;
    let right = !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !typed.chars().any(|c| c.is_whitespace() || c.is_control());
    if right {
        bounded(typed, 254)
    } else {
        Err(form())
    }
}

/// Euros with a comma or point, to euros with two decimals: `1 234,5` → `1234.50`.
/// The canonical form is read as itself, so checking twice changes nothing.
fn money(typed: &str) -> Result<String, Refusal> {
    let cents = money::cents(typed).ok_or(Refusal::Form {
        example: Cow::Borrowed("1250,00"),
    })?;
    Ok(format!("{}.{:02}", cents / 100, cents % 100))
}

/// `dd/mm/yyyy`, `dd-mm-yyyy`, `dd mm yyyy` or `yyyy-mm-dd`, within the window of the rules.
fn date(typed: &str, rules: &Rules, today: &str) -> Result<String, Refusal> {
    let form = Refusal::Form {
        example: Cow::Borrowed("31/12/1960"),
    };
    if written(typed).is_none() {
        return Err(form);
    }
    let date = read_date(typed).filter(|date| *date >= Date::FIRST);
    let date = date.ok_or(Refusal::NoSuchDate)?;
    let Some(today) = Date::parse(today) else {
        return Ok(date.to_string());
    };
    let (first, last) = rules.window(today);
    match date {
        date if date < first => Err(Refusal::Early {
            first: first.to_string(),
        }),
        date if date > last && last == today => Err(Refusal::Future),
        date if date > last => Err(Refusal::Late {
            last: last.to_string(),
        }),
        date => Ok(date.to_string()),
    }
}

/// Year, month and day of a date as people write it.
fn written(typed: &str) -> Option<(u16, u16, u16)> {
    let parts: Vec<&str> = typed
        .split(['/', '-', ' ', '.'])
        .filter(|p| !p.is_empty())
        .collect();
    let [a, b, c] = parts[..] else {
        return None;
    };
    let (y, m, d) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
    let number = |s: &str| match s.len() {
        ..=4 => s.parse::<u16>().ok(),
        _ => None,
    };
    Some((number(y)?, number(m)?, number(d)?))
}

/// A date as people write it, if the calendar has it.
pub(crate) fn read_date(typed: &str) -> Option<Date> {
    let (y, m, d) = written(typed)?;
    Date::of(i32::from(y), m, d)
}

/// A number as people write it: spaces and the euro sign aside.
pub(crate) fn read_number(typed: &str) -> Option<f64> {
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '€' | '\u{a0}'))
        .map(|c| if c == ',' { '.' } else { c })
        .collect();
    let right = plain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.parse().ok().filter(|_| right)
}

fn position(typed: &str) -> Result<String, Refusal> {
    let form = || Refusal::Form {
        example: Cow::Borrowed("37.3192,-8.5556"),
    };
    let parts: Vec<f64> = typed
        .split(',')
        .map(|p| p.trim().parse::<f64>())
        .collect::<Result<_, _>>()
        .map_err(|_| form())?;
    match parts[..] {
        [lat, lon] | [lat, lon, _] if lat.abs() <= 90.0 && lon.abs() <= 180.0 => Ok(parts
            .iter()
            .map(f64::to_string)
            .collect::<Vec<_>>()
            .join(",")),
        _ => Err(form()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind) -> Field {
        Field::new("x", crate::catalogue::Words::default(), kind)
    }

    #[test]
    fn rules_of_a_field_go_beyond_its_kind() {
        let with = |kind: Kind, rules: &str| {
            let mut field = field(kind);
            field.rules = toml::from_str(rules).unwrap();
            field.options = ["a", "b"]
                .map(|id| crate::catalogue::Choice {
                    id: id.into(),
                    label: crate::catalogue::Words::default(),
                })
                .into();
            field
        };
        let licence = "pattern = '[A-Z]{1,2}-[0-9]{1,7}'\nexample = 'L-123456'";
        for (kind, rules, typed, said) in [
            (Kind::Text, licence, "l-123456", Ok("L-123456")),
            (
                Kind::Text,
                licence,
                "123456",
                Err("expected a form like L-123456"),
            ),
            (
                Kind::Text,
                "min_chars = 4",
                "abc",
                Err("shorter than 4 characters"),
            ),
            (
                Kind::LongText,
                "max_chars = 3",
                "abcd",
                Err("longer than 3 characters"),
            ),
            (
                Kind::Number,
                "min = 1\nmax = 20",
                "021",
                Err("more than 20"),
            ),
            (Kind::Number, "min = 1", "0", Err("less than 1")),
            (Kind::Number, "", "1 000", Ok("1000")),
            (Kind::Number, "", "-1", Err("expected a form like 3")),
            (
                Kind::Money,
                "max = 10000",
                "10000,01",
                Err("more than 10000"),
            ),
            (
                Kind::Date,
                "earliest = '-6 months'",
                "21/05/2026",
                Ok("2026-05-21"),
            ),
            (
                Kind::Date,
                "earliest = '-6 months'",
                "20/05/2026",
                Err("date before 2026-05-21"),
            ),
            (
                Kind::Date,
                "latest = '+10 years'",
                "22/11/2026",
                Ok("2026-11-22"),
            ),
            (
                Kind::Date,
                "latest = '+1 day'",
                "23/11/2026",
                Err("date after 2026-11-22"),
            ),
            (Kind::YesNo, "", "no", Ok("no")),
            (Kind::YesNo, "", "maybe", Err("not one of the options")),
            (Kind::Choices, "", "b a b", Ok("a b")),
            (Kind::Choices, "", "a c", Err("not one of the options")),
        ] {
            let checked = check(&with(kind, rules), typed, "2026-11-21");
            let expected = said.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(
                checked.map_err(|r| r.to_string()),
                expected,
                "{kind:?} {rules} {typed}"
            );
        }
    }

    #[test]
    fn right_values_come_out_in_canonical_form() {
        for (kind, typed, canonical) in [
            (Kind::Nif, "123 456 789", "123456789"),
            (Kind::Nif, "299999998", "299999998"),
            (
                Kind::Iban,
                "pt50 0002 0123 1234 5678 9015 4",
                "PT50000201231234567890154",
            ),
            (
                Kind::Iban,
                "DE89 3704 0044 0532 0130 00",
                "DE89370400440532013000",
            ),
            (Kind::DocumentNumber, "000000000zz4", "00000000 0 ZZ4"),
            (Kind::Niss, "11234567800", "11234567800"),
            (Kind::Nic, "0000 0000", "00000000"),
            (Kind::PostalCode, "8550 123", "8550-123"),
            (Kind::Phone, "+351 912 345 678", "912345678"),
            (Kind::Phone, "+33 1 23 45 67 89", "+33123456789"),
            (Kind::Phone, "0033 1 23 45 67 89", "+33123456789"),
            (Kind::Phone, "00351 912 345 678", "912345678"),
            (Kind::PostalCode, "pt 8550-123", "8550-123"),
            (Kind::PostalCode, "BR 01310100", "BR 01310-100"),
            (Kind::Date, "29/2/2024", "2024-02-29"),
            (Kind::Date, "2024-02-29", "2024-02-29"),
            (Kind::Money, "1 250,5 €", "1250.50"),
            (Kind::Money, "10000", "10000.00"),
            (Kind::Money, "1250.50", "1250.50"),
            (Kind::Email, "maria@exemplo.pt", "maria@exemplo.pt"),
            (Kind::Name, "  Maria   do Rosário ", "Maria do Rosário"),
            (Kind::Position, "37.3192, -8.5556, 12", "37.3192,-8.5556,12"),
        ] {
            assert_eq!(
                check(&field(kind), typed, "2026-11-21"),
                Ok(canonical.to_owned()),
                "{kind:?} {typed}"
            );
        }
    }

    #[test]
    fn check_digits_follow_from_the_others() {
        let right = [
            ("12345678", "9"),
            ("1122334455", "0"),
            ("PT500002012312345678901", "54"),
        ];
        for (stem, end) in right {
            assert_eq!(follows(stem).as_deref(), Some(end), "{stem}");
        }
        for stem in [
            "",
            "1234567",
            "1234567x",
            "ES500002012312345678901",
            "PT5000020123123456789é",
        ] {
            assert_eq!(follows(stem), None, "{stem}");
        }
    }

    #[test]
    fn wrong_values_are_told_apart() {
        for (kind, typed, refusal) in [
            (Kind::Nif, "123456780", Refusal::CheckDigit),
            (
                Kind::Nif,
                "12345",
                Refusal::Digits {
                    expected: 9,
                    found: 5,
                },
            ),
            (
                Kind::Nif,
                "12345678x",
                Refusal::Digits {
                    expected: 9,
                    found: 8,
                },
            ),
            (Kind::Niss, "11234567807", Refusal::CheckDigit),
            (
                Kind::Iban,
                "PT50 0002 0123 1234 5678 9015 5",
                Refusal::CheckDigit,
            ),
            (
                Kind::Iban,
                "PT50 0002 0123",
                Refusal::Form {
                    example: Cow::Borrowed("PT50 0002 0123 1234 5678 9015 4"),
                },
            ),
            (Kind::Iban, "US89370400440532013000", Refusal::Country),
            (Kind::DocumentNumber, "00000000 0 ZZ5", Refusal::CheckDigit),
            (
                Kind::PostalCode,
                "8550",
                Refusal::Form {
                    example: Cow::Borrowed("8550-000"),
                },
            ),
            (Kind::Date, "31/02/2020", Refusal::NoSuchDate),
            (Kind::Date, "22/11/2026", Refusal::Future),
            (
                Kind::Date,
                "0001/1",
                Refusal::Form {
                    example: Cow::Borrowed("31/12/1960"),
                },
            ),
            (
                Kind::Phone,
                "12",
                Refusal::Digits {
                    expected: 9,
                    found: 2,
                },
            ),
            (Kind::Consent, "no", Refusal::NotAgreed),
            (Kind::Text, "  ", Refusal::Missing),
        ] {
            assert_eq!(
                check(&field(kind), typed, "2026-11-21"),
                Err(refusal),
                "{kind:?} {typed}"
            );
        }
    }

    #[test]
    fn what_is_to_be_in_portugal_is_not_taken_from_elsewhere() {
        for kind in [Kind::PostalCode, Kind::Phone] {
            let mut field = field(kind);
            let (abroad, here) = match kind {
                Kind::PostalCode => ("FR 75008", "8550-123"),
                _ => ("+33 1 23 45 67 89", "+351 912 345 678"),
            };
            assert!(check(&field, abroad, "2026-11-21").is_ok());
            field.rules.portugal = true;
            assert!(check(&field, abroad, "2026-11-21").is_err(), "{abroad}");
            assert!(check(&field, here, "2026-11-21").is_ok());
        }
    }

    #[test]
    fn a_value_of_a_megabyte_is_refused_not_kept() {
        assert_eq!(
            check(&field(Kind::Text), &"a".repeat(1 << 20), "2026-11-21"),
            Err(Refusal::TooLong {
                max: MAX_LINE_CHARS
            })
        );
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(typed in "\\PC{0,60}", kind in 0usize..17) {
            let kinds = [Kind::Text, Kind::LongText, Kind::Name, Kind::Date, Kind::Nic, Kind::DocumentNumber,
                Kind::Nif, Kind::Niss, Kind::Sns, Kind::Iban, Kind::PostalCode, Kind::Phone, Kind::Email,
                Kind::Money, Kind::Choice, Kind::Consent, Kind::Position];
            let _ = check(&field(kinds[kind]), &typed, "2026-11-21");
        }

        #[test]
        fn one_wrong_digit_of_a_nif_is_always_noticed(at in 0usize..8, by in 1u8..10) {
            let mut d = b"123456789".to_vec();
            d[at] = b'0' + (d[at] - b'0' + by) % 10;
            proptest::prop_assert!(nif(std::str::from_utf8(&d).unwrap()).is_err());
        }
    }
}
