//! What residents abroad write: telephones and postal codes of other countries. They begin with the country; what does
//! not is Portuguese, and checked as that.

/// Countries and territories by ISO 3166-1 alpha-2, two letters each, and Kosovo.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCM\
CNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIO\
IQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNI\
NLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTO\
TRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// How postal codes are written where Portugal has its larger communities: 9 is a digit, A a letter, the rest itself;
/// several where there are several.
const FORMS: [(&str, &[&str]); 26] = [
    ("AD", &["AD999"]),
    ("AT", &["9999"]),
    ("AU", &["9999"]),
    ("BE", &["9999"]),
    ("BR", &["99999-999"]),
    ("CA", &["A9A 9A9"]),
    ("CH", &["9999"]),
    ("CV", &["9999"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("ES", &["99999"]),
    ("FI", &["99999"]),
    ("FR", &["99999"]),
    (
        "GB",
        &[
            "A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA",
        ],
    ),
    (
        "IE",
        &[
            "A99 A9A9", "A99 AA99", "A99 A999", "A99 AAAA", "A99 9AA9", "A99 99AA", "A9A A9A9",
        ],
    ),
    ("IT", &["99999"]),
    ("LU", &["9999"]),
    ("MC", &["99999"]),
    ("MZ", &["9999"]),
    ("NL", &["9999 AA"]),
    ("NO", &["9999"]),
    ("PL", &["99-999"]),
    ("SE", &["999 99"]),
    ("US", &["99999", "99999-9999"]),
    ("VE", &["9999"]),
    ("ZA", &["9999"]),
];

/// Calling codes of countries (ITU-T E.164). Those with one digit stand for all that begin so.
const CALLING: &str = " 1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 \
81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 \
238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 \
290 291 297 298 299 350 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 \
420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 \
679 680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855 856 870 880 886 960 961 962 963 964 965 966 967 968 970 \
971 972 973 974 975 976 977 979 992 993 994 995 996 998 ";

/// Whether there is a country of these two letters.
fn is_country(letters: &str) -> bool {
    let pairs = COUNTRIES.as_bytes().chunks_exact(2);
    pairs.into_iter().any(|pair| pair == letters.as_bytes())
}

/// The country that somebody wrote before a postal code, `FR 75008` or `fr-75008`, and the rest; `None`: none was.
pub(super) fn country(typed: &str) -> Option<(String, &str)> {
    let (letters, rest) = typed.split_at_checked(2)?;
    let rest = match rest.chars().next() {
        None => rest,
        Some(' ' | '-' | '\u{a0}') => rest.trim_start_matches([' ', '-', '\u{a0}']),
        Some(_) => return None,
    };
    let letters = letters.to_ascii_uppercase();
    is_country(&letters).then_some((letters, rest))
}

/// A postal code of that country in canonical form, `BR 01310-100`; otherwise a right one of that country.
pub(super) fn postal_code(country: &str, typed: &str) -> Result<String, String> {
    let kept = |c: &char| c.is_ascii_alphanumeric();
    let bare: String = typed
        .chars()
        .filter(kept)
        .collect::<String>()
        .to_ascii_uppercase();
    let strange = typed.chars().any(|c| !kept(&c) && !" -\u{a0}".contains(c));
    let forms = FORMS.iter().find(|(of, _)| *of == country);
    match forms {
        Some((_, forms)) => {
            let found = forms.iter().find_map(|form| formed(form, &bare));
            let code = found.filter(|_| !strange).ok_or_else(|| {
                let form = forms.first().copied().unwrap_or_default();
                format!("{country} {}", form.replace('9', "1").replace("A1A", "K1A"))
            })?;
            Ok(format!("{country} {code}"))
        }
        // Some countries have none.
        None if bare.is_empty() && !strange => Ok(country.to_owned()),
        None if strange || bare.len() > 10 => Err(format!("{country} 1234")),
        None => Ok(format!("{country} {bare}")),
    }
}

/// What was typed in that form, if it is of it.
fn formed(form: &str, bare: &str) -> Option<String> {
    let (mut typed, mut out) = (bare.chars(), String::new());
    for place in form.chars() {
        match place {
            '9' => out.push(typed.next().filter(char::is_ascii_digit)?),
            'A' => out.push(typed.next().filter(char::is_ascii_uppercase)?),
            'D' => out.push(typed.next().filter(|c| *c == 'D')?),
            other => out.push(other),
        }
    }
    typed.next().is_none().then_some(out)
}

/// A number after `+` or `00`, digits only, in canonical form: `+5511912345678`. `None`: no country has it.
pub(super) fn phone(digits: &str) -> Option<String> {
    let is_called = |n: usize| {
        let code = digits.get(..n);
        code.is_some_and(|code| CALLING.contains(&format!(" {code} ")))
    };
    // E.164: fifteen digits at most, with the country's.
    ((7..=15).contains(&digits.len()) && (1..=3).any(is_called)).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_stand_in_order_and_once() {
        let all: Vec<&[u8]> = COUNTRIES.as_bytes().chunks(2).collect();
        assert!(all.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(all.len(), 250);
        assert!(FORMS.iter().all(|(country, _)| is_country(country)));
        assert!(FORMS.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(!is_country("F") && !is_country("XX") && !is_country("DA"));
    }

    #[test]
    fn a_postal_code_abroad_begins_with_its_country() {
        for (typed, canonical) in [
            ("FR 75008", "FR 75008"),
            ("fr-75008", "FR 75008"),
            ("BR 01310100", "BR 01310-100"),
            ("br 01310-100", "BR 01310-100"),
            ("GB sw1x8sb", "GB SW1X 8SB"),
            ("GB EC1A 1BB", "GB EC1A 1BB"),
            ("BE 1040", "BE 1040"),
            ("US 20008-2735", "US 20008-2735"),
            ("AD AD500", "AD AD500"),
            ("AO", "AO"),
            ("JP 100-0001", "JP 1000001"),
        ] {
            let (country, rest) = country(typed).unwrap();
            assert_eq!(
                postal_code(&country, rest).as_deref(),
                Ok(canonical),
                "{typed}"
            );
            // What is canonical is read as itself.
            let (country, rest) = super::country(canonical).unwrap();
            assert_eq!(postal_code(&country, rest).as_deref(), Ok(canonical));
        }
        for typed in [
            "FR 7500",
            "FR 75008a",
            "GB 12345",
            "BR",
            "NL 1234",
            "AO 12345678901",
            "FR 75_08",
        ] {
            let (country, rest) = country(typed).unwrap();
            let example = postal_code(&country, rest).unwrap_err();
            assert!(example.starts_with(&country), "{typed}: {example}");
        }
        for typed in [
            "", "8", "8550-000", "SE1 9AA", "F-75008", "é 75008", "XX 1234",
        ] {
            assert_eq!(country(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_example_of_each_country_is_right() {
        for (country, forms) in FORMS {
            for form in forms {
                let bare = form.replace('9', "1");
                assert!(postal_code(country, &bare).is_ok(), "{country} {form}");
            }
            let example = postal_code(country, "?").unwrap_err();
            let (_, rest) = super::country(&example).unwrap();
            assert!(postal_code(country, rest).is_ok(), "{example}");
        }
    }

    #[test]
    fn a_telephone_abroad_is_of_a_country() {
        assert_eq!(phone("5511912345678").as_deref(), Some("+5511912345678"));
        assert_eq!(phone("33123456789").as_deref(), Some("+33123456789"));
        assert_eq!(phone("12025550143").as_deref(), Some("+12025550143"));
        for digits in [
            "",
            "3",
            "331234",
            "21012345678",
            "999123456789",
            "1234567890123456",
        ] {
            assert_eq!(phone(digits), None, "{digits}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,40}") {
            if let Some((country, rest)) = country(&typed)
                && let Ok(code) = postal_code(&country, rest)
            {
                let (again, rest) = super::country(&code).unwrap();
                proptest::prop_assert_eq!(postal_code(&again, rest), Ok(code.clone()));
            }
            let _ = phone(&typed);
        }
    }
}
