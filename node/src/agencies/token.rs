//! Tokens of agencies: 32 random bytes each, of which only the hash is kept.

use sha2::{Digest, Sha256};

use crate::node::random;
use crate::people::hex;
use crate::store::Result;

/// What a token begins with, so that whoever finds one knows what it is.
const BEGINS: &str = "vereda_";

/// A new token.
///
/// # Errors
/// When there are no random bytes.
pub fn drawn() -> Result<String> {
    Ok(format!("{BEGINS}{}", hex(&random::<32>()?)))
}

/// What the configuration holds of a token. It has too many letters to be guessed, so the hash needs no salt and no time.
#[must_use]
pub fn hashed(token: &str) -> String {
    hex(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_drawn_twice_and_each_has_its_hash() {
        let (one, other) = (drawn().unwrap(), drawn().unwrap());
        assert_ne!(one, other);
        assert_eq!(hashed(&one).len(), 64);
        assert_ne!(hashed(&one), hashed(&other));
    }
}
