//! The people who may sign in here: a file, as the hub publishes it. Sign-in
//! needs no network; PINs are kept as Argon2id hashes only.

use std::path::Path;

use argon2::password_hash::PasswordHash;
use serde::{Deserialize, Serialize};

use vereda_sync::day::Date;

use crate::clock;

mod list;
mod pin;

pub(crate) use list::{Laid, StaffList};
pub(crate) use pin::is as is_pin_of;
pub use pin::{hash_pin, is_hash, weakness};

/// Wrong PINs until a person is locked out.
pub const MAX_TRIES: u32 = 5;
/// Wrong PINs at a desk that joined, whosever, until nobody signs in there.
pub const MAX_TRIES_AT_DESK: u32 = 10;
/// How long a person is locked out, in milliseconds.
pub const LOCKED_MS: i64 = 15 * 60 * 1000;
/// Lists with last days and PINs of one use are given to spots that say that they can read this form.
pub const FORM_WITH_DAYS: u32 = 2;
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Ids of the spots at whose desks they sign in; without, at all of their regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spots: Option<Vec<String>>,
    /// Their last day, `yyyy-mm-dd`; without, they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// They left, whatever day it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// The PIN is of one use, until that day, `yyyy-mm-dd`: whoever signs in with it chooses one of their own first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// In the list of a spot: the PIN opens the console too, so it is changed there alone. What a spot says can then
    /// never open the console.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_hub: bool,
    pub(crate) pin: String,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
            let days = [&member.ends, &member.once].into_iter().flatten();
            if let Some(day) = days.into_iter().find(|day| Date::parse(day).is_none()) {
                return Err(format!("`{day}` of `{id}` is no day, as 2026-12-31 is"));
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

    /// The people who have any of those roles, and have not left.
    pub fn of_roles(&self, roles: &'static [Role]) -> impl Iterator<Item = &Member> {
        let today = clock::today();
        let here = self.people.iter().filter(move |m| m.is_here(&today));
        here.filter(move |m| m.has_any(roles))
    }

    /// Everybody, those who left too.
    #[must_use]
    pub fn everybody(&self) -> &[Member] {
        &self.people
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

    /// Somebody stands here so from now on, in place of what the file says of them.
    pub(crate) fn put(&mut self, member: Member) {
        match self.people.iter_mut().find(|m| m.id == member.id) {
            Some(known) => *known = member,
            None => self.people.push(member),
        }
    }

    /// Somebody as they stand here, also when they left.
    #[must_use]
    pub fn of_id(&self, id: &str) -> Option<&Member> {
        self.people.iter().find(|m| m.id == id)
    }

    /// For how many days a list is good that this hub gives to a spot; `None`: it gives none.
    #[must_use]
    pub fn publish_days(&self) -> Option<i64> {
        self.publish.map(|publish| publish.days.into())
    }

    /// Whether somebody signs in at a spot with that id that writes in those scopes.
    #[must_use]
    pub fn serves_at(&self, member: &Member, (spot, scopes): (&str, &[String])) -> bool {
        if let Some(spots) = &member.spots {
            return spots.iter().any(|id| id == spot);
        }
        self.regions_of(member).is_none_or(|regions| {
            regions
                .iter()
                .any(|region| region.scopes.iter().any(|scope| scopes.contains(scope)))
        })
    }

    /// The list of those who may sign in at a spot that writes in those scopes, as such a list is written: without roles of
    /// the hub. A spot of before (`form` 1) is told nothing that it could not read: it hears of who left, and no last days.
    ///
    /// # Errors
    /// When it cannot be written, which it has no reason to.
    pub fn list_for(&self, spot: (&str, &[String]), form: u32) -> Result<String, toml::ser::Error> {
        #[derive(Serialize)]
        struct List {
            mediator: Vec<Member>,
        }
        let today = clock::today();
        let people = self.of_roles(AT_DESKS).filter(|m| self.serves_at(m, spot));
        // A PIN of one use that nobody used in time opens nothing.
        let people = people.filter(|m| m.once.as_ref().is_none_or(|day| *day >= today));
        let people = people.map(|member| {
            let mut member = member.clone();
            member.at_hub = member.has_any(AT_THE_HUB);
            member.roles.retain(|role| AT_DESKS.contains(role));
            (member.regions, member.spots) = (None, None);
            if form < FORM_WITH_DAYS {
                (member.ends, member.once, member.at_hub) = (None, None, false);
            }
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
    /// Somebody of whom nothing is said yet: nobody signs in as them.
    pub(crate) fn nobody() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            roles: vec![],
            regions: None,
            spots: None,
            ends: None,
            gone: false,
            once: None,
            at_hub: false,
            pin: String::new(),
        }
    }

    /// Whether they have one of those roles.
    #[must_use]
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// Whether they have not left by that day, `yyyy-mm-dd`.
    #[must_use]
    pub fn is_here(&self, today: &str) -> bool {
        !self.gone && self.ends.as_deref().is_none_or(|last| today <= last)
    }

    /// Whether this is the person's PIN. Takes some 50 ms on purpose.
    #[must_use]
    pub fn has_pin(&self, pin: &str) -> bool {
        pin::is(pin, &self.pin)
    }
}
