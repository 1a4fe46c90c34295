//! PINs: hashed, told apart, and those that nobody may choose.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, Params};

use super::MAX_PIN_BYTES;

/// Longest hash that is taken from another node, in bytes.
const MAX_HASH_BYTES: usize = 200;

/// Hashes a PIN for the staff list.
///
/// # Errors
/// When the PIN is too long or there is no randomness.
pub fn hash_pin(pin: &str) -> Result<String, String> {
    if !(4..=MAX_PIN_BYTES).contains(&pin.len()) {
        return Err(format!("a PIN has 4 to {MAX_PIN_BYTES} characters"));
    }
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|e| e.to_string())?;
    let salt = SaltString::encode_b64(&salt).map_err(|e| e.to_string())?;
    Ok(Argon2::default()
        .hash_password(pin.as_bytes(), &salt)
        .map_err(|e| e.to_string())?
        .to_string())
}

/// Whether that is the PIN of a hash. Takes some 50 ms on purpose.
pub(crate) fn is(pin: &str, hash: &str) -> bool {
    pin.len() <= MAX_PIN_BYTES
        && PasswordHash::new(hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(pin.as_bytes(), &hash)
                .is_ok()
        })
}

/// Whether a hash that another node made is one as [`hash_pin`] makes: one that asks for more work or memory would stop
/// whoever compares with it.
#[must_use]
pub fn is_hash(hash: &str) -> bool {
    if hash.len() > MAX_HASH_BYTES {
        return false;
    }
    let Ok(read) = PasswordHash::new(hash) else {
        return false;
    };
    let params = Params::try_from(&read);
    let usual = Params::default();
    let same = params.is_ok_and(|is| {
        (is.m_cost(), is.t_cost(), is.p_cost()) == (usual.m_cost(), usual.t_cost(), usual.p_cost())
    });
    same && read.algorithm.as_str() == "argon2id" && read.salt.is_some() && read.hash.is_some()
}

/// Why a PIN is one that somebody tries first, in Portuguese; `None`: it can be chosen.
#[must_use]
pub fn weakness(pin: &str) -> Option<&'static str> {
    let chars: Vec<char> = pin.chars().collect();
    if chars.len() < 4 {
        return Some("O PIN tem de ter pelo menos 4 algarismos.");
    }
    if pin.len() > MAX_PIN_BYTES {
        return Some("O PIN é longo de mais: cabem 64 algarismos.");
    }
    if chars.iter().any(|c| c.is_control()) {
        return Some("O PIN tem um sinal que não se consegue escrever num teclado.");
    }
    let of_two = chars.iter().zip(chars.iter().skip(2));
    if chars.iter().all(|c| Some(c) == chars.first()) || of_two.into_iter().all(|(a, b)| a == b) {
        return Some("Repete os mesmos algarismos: é dos primeiros que alguém tenta.");
    }
    let steps = chars.iter().zip(chars.iter().skip(1));
    let steps: Vec<i64> = steps
        .map(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a)))
        .collect();
    // From 9 to 0 it goes on, as on a keyboard.
    let goes = |by: i64, round: i64| steps.iter().all(|step| *step == by || *step == round);
    if goes(1, -9) || goes(-1, 9) {
        return Some("São algarismos seguidos: é dos primeiros que alguém tenta.");
    }
    if is_of_a_date(&chars) {
        return Some("Parece um ano ou uma data de nascimento: quem o conhece tenta isso.");
    }
    None
}

/// A year of somebody who lives, alone or with day and month before or after it.
fn is_of_a_date(chars: &[char]) -> bool {
    let digits: Option<Vec<u32>> = chars.iter().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else {
        return false;
    };
    let number = |of: &[u32]| of.iter().fold(0, |sum, digit| sum * 10 + digit);
    let is_year = |of: &[u32]| (1900..=2039).contains(&number(of));
    let is_day = |of: &[u32]| {
        let (first, second) = of.split_at(2);
        let (a, b) = (number(first), number(second));
        let fits = |day, month| (1..=31).contains(&day) && (1..=12).contains(&month);
        fits(a, b) || fits(b, a)
    };
    match digits.len() {
        4 => is_year(&digits),
        8 => {
            let (first, second) = digits.split_at(4);
            (is_day(first) && is_year(second)) || (is_year(first) && is_day(second))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_cannot_be_chosen() {
        for weak in [
            "1234", "4321", "0000", "7777", "1212", "123456", "8901", "1962", "2024", "12051962",
            "19620512", "31121999", "12", "", "abcd", "\u{7}123",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
        for good in [
            "2718", "1618", "4827", "1357", "2580", "99481", "cavalo", "45121962", "1899",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
        assert!(weakness(&"7".repeat(65)).is_some());
    }

    #[test]
    fn a_hash_of_another_node_is_as_ours_or_is_not_taken() {
        let hash = hash_pin("2718").unwrap();
        assert!(is_hash(&hash) && is("2718", &hash) && !is("2719", &hash));
        for other in [
            "",
            "plain",
            &hash.replace("argon2id", "argon2i"),
            &hash.replace("m=19456", "m=4194304"),
            &hash.replace("t=2", "t=2000"),
            &format!("{hash}{}", "A".repeat(300)),
            hash.rsplit_once('$').unwrap().0,
        ] {
            assert!(!is_hash(other), "{other}");
        }
    }
}
