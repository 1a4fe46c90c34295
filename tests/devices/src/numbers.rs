//! Check digits of Portuguese identity numbers.

/// The check digit of a tax number (NIF): modulo 11 over its first 8 digits.
#[must_use]
pub fn nif_check(first: &str) -> u32 {
    modulo_11(first)
}

/// The check digit of a civil number (NIC): modulo 11 over its 8 digits.
#[must_use]
pub fn nic_check(number: &str) -> u32 {
    modulo_11(number)
}

/// The check digit of a social security number (NISS) over its first 10 digits.
#[must_use]
pub fn niss_check(first: &str) -> u32 {
    const WEIGHTS: [u32; 10] = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
    let sum: u32 = digits(first)
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    9 - sum % 10
}

/// The last digit of a document number, over the 11 characters before it
/// (spaces do not count): every second one from the right doubled, letters from
/// A = 10, modulo 10.
#[must_use]
pub fn document_check(first: &str) -> u32 {
    let values = first.chars().filter_map(|c| c.to_digit(36)).rev();
    // The check digit itself is the rightmost, so the doubling starts here.
    let sum: u32 = values
        .enumerate()
        .map(|(place, value)| match value * 2 {
            _ if place % 2 == 1 => value,
            doubled if doubled > 9 => doubled - 9,
            doubled => doubled,
        })
        .sum();
    (10 - sum % 10) % 10
}

/// Weights 9 to 2; a remainder under 2 gives 0.
fn modulo_11(number: &str) -> u32 {
    let sum: u32 = digits(number)
        .zip((2..=9).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    let remainder = sum % 11;
    if remainder < 2 { 0 } else { 11 - remainder }
}

fn digits(text: &str) -> impl Iterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that official pages print as examples of the rules.
    #[test]
    fn published_examples() {
        assert_eq!(document_check("00000000 0 ZZ"), 4);
        assert_eq!(nif_check("12345678"), 9);
        assert_eq!(nic_check("00000000"), 0);
        assert_eq!(
            niss_check("1234567890"),
            9 - (29 + 46 + 57 + 68 + 65 + 66 + 49 + 40 + 27) % 10
        );
    }
}
