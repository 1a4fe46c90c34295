//! The people who may sign in here: a file, as the hub publishes it. Sign-in
//! needs no network; PINs are kept as Argon2id hashes only.

use std::path::Path;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use serde::Deserialize;

/// Wrong PINs until a person is locked out.
pub const MAX_TRIES: u32 = 5;
/// Wrong PINs at a desk that joined, whosever, until nobody signs in there.
pub const MAX_TRIES_AT_DESK: u32 = 10;
/// How long a person is locked out, in milliseconds.
pub const LOCKED_MS: i64 = 15 * 60 * 1000;
/// Longest PIN that is looked at, in bytes.
pub const MAX_PIN_BYTES: usize = 64;

/// The staff list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Everybody.
    #[serde(rename = "mediator", default)]
    people: Vec<Member>,
}

/// Somebody who may sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Stable id.
    pub id: String,
    /// Name, as it is shown and recorded.
    pub name: String,
    /// What they do.
    pub role: Role,
    pin: String,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Serves citizens at a desk.
    Mediator,
    /// Settles conflicts at the hub.
    Operator,
}

impl Staff {
    /// Reads the staff list.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn load(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let staff: Self = toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        for member in &staff.people {
            if PasswordHash::new(&member.pin).is_err() {
                return Err(format!(
                    "{}: the PIN of `{}` is not a hash; make one with `vereda pin`",
                    file.display(),
                    member.id
                ));
            }
        }
        Ok(staff)
    }

    /// The people of a role.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Member> {
        self.people.iter().filter(move |m| m.role == role)
    }

    /// Somebody of a role.
    #[must_use]
    pub fn find(&self, id: &str, role: Role) -> Option<&Member> {
        self.of_role(role).find(|m| m.id == id)
    }
}

impl Member {
    /// Whether this is the person's PIN. Takes some 50 ms on purpose.
    #[must_use]
    pub fn has_pin(&self, pin: &str) -> bool {
        pin.len() <= MAX_PIN_BYTES
            && PasswordHash::new(&self.pin).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(pin.as_bytes(), &hash)
                    .is_ok()
            })
    }
}

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
