//! The people who may sign in here: a file, as the hub publishes it. Sign-in
//! needs no network; PINs are kept as Argon2id hashes only.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use serde::{Deserialize, Serialize};

use crate::roster::Roster;

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
    /// Named sets of scopes, for people whose word holds in a part of the country.
    #[serde(rename = "region", default)]
    regions: Vec<Region>,
    /// At a hub: it says to the spots who may sign in there.
    publish: Option<Publish>,
}

/// How the lists are that a hub gives to its spots.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    /// For so many days each is good.
    days: u16,
}

/// A part of the country: the spots of some scopes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Stable id.
    pub id: String,
    /// Name, as it is shown.
    pub name: String,
    /// The scopes in it.
    pub scopes: Vec<String>,
}

/// Somebody who may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Stable id.
    pub id: String,
    /// Name, as it is shown and recorded.
    pub name: String,
    /// What they do: a small hub has people with several roles.
    #[serde(rename = "role", deserialize_with = "one_or_several")]
    pub roles: Vec<Role>,
    /// Ids of the regions where their word holds; without, everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
    pin: String,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Serves citizens at a desk.
    Mediator,
    /// Leads the crew of a vehicle, and serves citizens too.
    CrewLead,
    /// Settles conflicts at the hub.
    Operator,
    /// Answers desks at the contact centre.
    Agent,
    /// Looks after spots, people and the catalogue.
    Administrator,
    /// Reads what was done, and changes nothing.
    Auditor,
}

/// Who signs in at a desk of a spot.
pub const AT_DESKS: &[Role] = &[Role::Mediator, Role::CrewLead];
/// Who signs in at the console of the hub.
pub const AT_THE_HUB: &[Role] = &[
    Role::Operator,
    Role::Agent,
    Role::Administrator,
    Role::Auditor,
];

fn one_or_several<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Role>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(Role),
        Several(Vec<Role>),
    }
    Ok(match Either::deserialize(from)? {
        Either::One(role) => vec![role],
        Either::Several(roles) => roles,
    })
}

impl Staff {
    /// Reads the staff list.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn load(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        Self::parse(&text).map_err(|e| format!("{}: {e}", file.display()))
    }

    /// A staff list as it is written.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let staff: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if let Some(publish) = staff.publish
            && !(2..=365).contains(&publish.days)
        {
            return Err(format!(
                "[publish] days = {}: a list is good for 2 to 365 days",
                publish.days
            ));
        }
        for (at, member) in staff.people.iter().enumerate() {
            let id = &member.id;
            if PasswordHash::new(&member.pin).is_err() {
                return Err(format!(
                    "the PIN of `{id}` is not a hash; make one with `vereda pin`"
                ));
            }
            if member.roles.is_empty() {
                return Err(format!("`{id}` has no role"));
            }
            if staff.people.iter().take(at).any(|other| other.id == *id) {
                return Err(format!("`{id}` is there twice"));
            }
            let mut named = member.regions.iter().flatten();
            if let Some(unknown) = named.find(|r| staff.regions.iter().all(|known| known.id != **r))
            {
                return Err(format!(
                    "`{id}` is of the region `{unknown}`, which is not in the list: add a [[region]] with that id"
                ));
            }
        }
        Ok(staff)
    }

    /// The people who have any of those roles.
    pub fn of_roles(&self, roles: &'static [Role]) -> impl Iterator<Item = &Member> {
        self.people.iter().filter(move |m| m.has_any(roles))
    }

    /// Somebody who has any of those roles.
    #[must_use]
    pub fn find(&self, id: &str, roles: &'static [Role]) -> Option<&Member> {
        self.of_roles(roles).find(|m| m.id == id)
    }

    /// The parts of the country that are named here.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// For how many days a list is good that this hub gives to a spot; `None`: it gives none.
    #[must_use]
    pub fn publish_days(&self) -> Option<i64> {
        self.publish.map(|publish| publish.days.into())
    }

    /// The list of those who may sign in at a spot that writes in those scopes, as such a list is written: without roles of
    /// the hub.
    ///
    /// # Errors
    /// When it cannot be written, which it has no reason to.
    pub fn list_for(&self, scopes: &[String]) -> Result<String, toml::ser::Error> {
        #[derive(Serialize)]
        struct List {
            mediator: Vec<Member>,
        }
        let is_there = |member: &&Member| match self.regions_of(member) {
            None => true,
            Some(regions) => regions
                .iter()
                .any(|region| region.scopes.iter().any(|scope| scopes.contains(scope))),
        };
        let people = self.of_roles(AT_DESKS).filter(is_there).map(|member| {
            let mut member = member.clone();
            member.roles.retain(|role| AT_DESKS.contains(role));
            member.regions = None;
            member
        });
        toml::to_string(&List {
            mediator: people.collect(),
        })
    }

    /// The regions where somebody's word holds; `None`: everywhere.
    #[must_use]
    pub fn regions_of(&self, member: &Member) -> Option<Vec<&Region>> {
        let named = member.regions.as_ref()?;
        Some(
            self.regions
                .iter()
                .filter(|region| named.contains(&region.id))
                .collect(),
        )
    }
}

impl Member {
    /// Whether they have one of those roles.
    #[must_use]
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// Whether this is the person's PIN. Takes some 50 ms on purpose.
    #[must_use]
    pub fn has_pin(&self, pin: &str) -> bool {
        is_hashed_as(&self.pin, pin)
    }
}

/// Whether that is the hash of it, as [`hash_pin`] makes them. Takes some 50 ms on purpose.
pub(crate) fn is_hashed_as(hash: &str, pin: &str) -> bool {
    pin.len() <= MAX_PIN_BYTES
        && PasswordHash::new(hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(pin.as_bytes(), &hash)
                .is_ok()
        })
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

/// When a file was written, and its size.
type Stamp = (SystemTime, u64);

/// Who may sign in at a node now: those of its own file, read again when it changes, or of the list that its hub gave it.
#[derive(Debug)]
pub struct StaffList {
    file: PathBuf,
    own: Mutex<(Option<Stamp>, Arc<Staff>)>,
    given: Mutex<Option<Arc<Roster>>>,
}

impl StaffList {
    /// The people as they were read of that file.
    pub(crate) fn new(file: &Path, staff: Staff) -> Self {
        Self {
            own: Mutex::new((stamp(file), Arc::new(staff))),
            file: file.to_owned(),
            given: Mutex::default(),
        }
    }

    /// The list as it is now.
    pub(crate) fn now(&self) -> Arc<Staff> {
        if let Some(given) = self.given() {
            return Arc::clone(&given.staff);
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.file);
        if stamp.is_some() && stamp != own.0 {
            own.0 = stamp;
            match Staff::load(&self.file) {
                Ok(staff) => own.1 = Arc::new(staff),
                // Half written, perhaps: who was there stays.
                Err(error) => tracing::error!(error, "the staff list changed and cannot be read"),
            }
        }
        Arc::clone(&own.1)
    }

    /// The list that the hub gave, if it gave one.
    pub(crate) fn given(&self) -> Option<Arc<Roster>> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.clone()
    }

    /// From now on that list holds.
    pub(crate) fn give(&self, roster: Roster) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        *given = Some(Arc::new(roster));
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let is = std::fs::metadata(file).ok()?;
    Some((is.modified().ok()?, is.len()))
}
